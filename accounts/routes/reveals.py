from django.urls import path

from accounts.views import reveal_consents, reveals

app_name = "reveals"

urlpatterns = [
    path("", reveals.reveal_register, name="list"),
    path("consents/", reveal_consents.consent_list, name="consents"),
    path("consents/<int:pk>/", reveal_consents.consent_decide, name="consent-decide"),
    path("<slug:owner>.<slug:field>/<int:pk>/", reveals.reveal_page, name="show"),
    path("<slug:owner>.<slug:field>/<int:pk>/ask/", reveal_consents.consent_ask, name="consent-ask"),
]
