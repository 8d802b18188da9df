"""Routes of the comments under /api/v1/comments/."""

from django.urls import path

from reports import api_comment_counts, api_comments

app_name = "api-comments"
urlpatterns = [
    path("", api_comments.CommentListView.as_view(), name="list"),
    path("send/", api_comments.SendView.as_view(), name="send"),
    path("notes/", api_comments.NotesView.as_view(), name="notes"),
    path("pins/", api_comments.PinView.as_view(), name="pins"),
    path("draft/", api_comments.DraftingView.as_view(), name="draft"),
    path("export/", api_comments.CommentExportView.as_view(), name="export"),
    path("counts/", api_comment_counts.CountsView.as_view(), name="counts"),
    path("counts/export/", api_comment_counts.CountsExportView.as_view(), name="counts-export"),
    path("settings/", api_comments.SettingsView.as_view(), name="settings"),
    path("rules/", api_comments.RulesView.as_view(), name="rules"),
    path("rules/<str:code>/", api_comments.RuleView.as_view(), name="rule"),
    path("<int:pk>/", api_comments.CommentView.as_view(), name="comment"),
    path("<int:pk>/document/", api_comments.DocumentView.as_view(), name="document"),
    path("<int:pk>/pdf/", api_comments.PdfView.as_view(), name="pdf"),
    path("<int:pk>/moves/", api_comments.MoveView.as_view(), name="moves"),
]
