from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "risk"
    verbose_name = "选情研判"

    def ready(self) -> None:
        from risk import metrics  # noqa: PLC0415 - the registry is on the ground floor

        metrics.declare()
