from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "supervision"
    verbose_name = "督导"

    def ready(self) -> None:
        from supervision import metrics  # noqa: PLC0415 - the registry is on the ground floor

        metrics.declare()
