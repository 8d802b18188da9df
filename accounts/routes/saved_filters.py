from django.urls import path

from accounts.views import saved_filters

app_name = "filters"

urlpatterns = [
    path("", saved_filters.filter_list, name="list"),
    path("save/", saved_filters.filter_save, name="save"),
    path("<int:pk>/", saved_filters.filter_change, name="change"),
    path("<int:pk>/delete/", saved_filters.filter_delete, name="delete"),
]
