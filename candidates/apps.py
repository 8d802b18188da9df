from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"
    verbose_name = "人选与联审"

    def ready(self) -> None:
        from candidates import metrics  # noqa: PLC0415 - the registry is on the ground floor

        metrics.declare()
