from django.apps import AppConfig
from django.conf import settings


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "账号与底座"

    def ready(self) -> None:
        """Declare audit types, jobs and menu lines."""
        from accounts import area_imports, audit_types, imports  # noqa: F401, PLC0415 - needs the apps to be ready
        from accounts.area_tasks import register as areas  # noqa: PLC0415 - needs the models
        from accounts.audit import setup as audit  # noqa: PLC0415 - needs the models
        from accounts.auth import housekeeping as sessions  # noqa: PLC0415 - needs the models
        from accounts.auth.rules import factor_roles, role_networks  # noqa: PLC0415 - beside the others
        from accounts.contacts import register as contacts  # noqa: PLC0415 - needs the models
        from accounts.duty_cards import declare as duty_cards  # noqa: PLC0415 - beside the others
        from accounts.finders import register as finders  # noqa: PLC0415 - needs the models
        from accounts.jobs import setup as jobs  # noqa: PLC0415 - needs the models
        from accounts.menu import register as menu  # noqa: PLC0415 - beside the others
        from accounts.notice_tasks import register as notices  # noqa: PLC0415 - needs the models
        from accounts.retention import personal  # noqa: PLC0415 - needs the models
        from accounts.retention import setup as retention  # noqa: PLC0415 - needs the models
        from accounts.schedule_tasks import register as schedules  # noqa: PLC0415 - needs the models
        from accounts.spreadsheets import work  # noqa: F401, PLC0415 - registers its jobs
        from accounts.today_duties import register as duties  # noqa: PLC0415 - needs the models

        factor_roles(
            settings.SECOND_FACTOR
        )  # a mistyped role stops the start, it must not switch the demand off
        role_networks(settings.NETWORKS)
        menu()
        contacts()
        finders()
        notices()
        schedules()
        duties()
        duty_cards()
        audit.declare()
        jobs.register()
        areas()
        sessions.register()
        retention.register()
        personal.declare()
        imports.declare()
        area_imports.declare()
