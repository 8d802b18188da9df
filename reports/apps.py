from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "日报与汇总"

    def ready(self) -> None:
        from reports import metrics  # noqa: PLC0415 - the registry is on the ground floor

        metrics.declare()
