from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "日报与汇总"

    def ready(self) -> None:
        from reports import audit_types, metrics, tasks  # noqa: F401, PLC0415 - the registries are on the ground floor

        metrics.declare()
