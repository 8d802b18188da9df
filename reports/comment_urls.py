"""Routes of the comments."""

from django.urls import path

from reports.views import comment_acts, comment_counts, comment_lists, comment_rules, comments

app_name = "comments"
urlpatterns = [
    path("", comment_lists.comment_list, name="list"),
    path("send/", comment_lists.send_all, name="send-all"),
    path("draft/", comment_lists.draft_now, name="draft-now"),
    path("notes/", comment_lists.note, name="note"),
    path("export/", comment_lists.export, name="export"),
    path("counts/", comment_counts.counts, name="counts"),
    path("counts/export/", comment_counts.export, name="counts-export"),
    path("pin/", comment_acts.pin, name="pin"),
    path("rules/", comment_rules.rules, name="rules"),
    path("rules/settings/", comment_rules.settings, name="settings"),
    path("rules/<str:code>/", comment_rules.rule, name="rule"),
    path("<int:pk>/", comments.comment, name="comment"),
    path("<int:pk>/document/", comments.document, name="document"),
    path("<int:pk>/pdf/", comments.pdf, name="pdf"),
    path("<int:pk>/save/", comment_acts.save, name="save"),
    path("<int:pk>/send/", comment_acts.send, name="send"),
    path("<int:pk>/skip/", comment_acts.skip, name="skip"),
    path("<int:pk>/restore/", comment_acts.restore, name="restore"),
    path("<int:pk>/merge/", comment_acts.merge, name="merge"),
    path("<int:pk>/answer/", comment_acts.answer, name="answer"),
    path("<int:pk>/settle/", comment_acts.settle, name="settle"),
]
