"""Routes of the ground floor."""

from django.urls import URLPattern, URLResolver, include, path

from accounts.views import calendar
from accounts.views.factors import factor_page, factor_remove, key_add, key_change, recovery_codes
from accounts.views.finding import search_page
from accounts.views.login import login_page, logout_page, own_account, own_phone, password_page, session_clock
from accounts.views.reference import help_page, kit_page, role_card
from accounts.views.retention import retention_page
from accounts.views.today import today_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("", today_page, name="today"),
    path("login/", login_page, name="login"),
    path("logout/", logout_page, name="logout"),
    path("password/", password_page, name="password"),
    path("account/session/", session_clock, name="session"),
    path("account/", own_account, name="account"),
    path("account/second-factor/", factor_page, name="second-factor"),
    path("account/second-factor/recovery/", recovery_codes, name="recovery-codes"),
    path("account/second-factor/keys/", key_add, name="security-key-add"),
    path("account/second-factor/keys/<int:pk>/", key_change, name="security-key"),
    path("account/second-factor/remove/", factor_remove, name="second-factor-remove"),
    path("system/users/", include("accounts.routes.users")),
    path("system/areas/", include("accounts.routes.areas")),
    path("system/retention/", retention_page, name="retention"),
    path("account/phone/", own_phone, name="own-phone"),
    path("reveals/", include("accounts.routes.reveals")),
    path("system/exports/", include("accounts.routes.exports")),
    path("search/", search_page, name="search"),
    path("account/calendar/", calendar.calendar_page, name="calendar"),
    path("account/calendar/revoke/", calendar.calendar_revoke, name="calendar-revoke"),
    path("calendar/<slug:token>/deadlines.ics", calendar.calendar_feed, name="calendar-feed"),
    path("account/schedules/", include("accounts.routes.schedules")),
    path("account/filters/", include("accounts.routes.saved_filters")),
    path("help/", help_page, name="help"),
    path("help/<slug:role>/", role_card, name="role-card"),
    path("system/kit/", kit_page, name="kit"),
    path("notices/", include("accounts.routes.notices")),
    path("jobs/", include("accounts.jobs.urls")),
    path("imports/", include("accounts.spreadsheets.urls")),
    path("system/audit/", include("accounts.audit.urls")),
]
