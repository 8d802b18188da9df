from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"
    verbose_name = "装配"

    def ready(self) -> None:
        from config import celery, health  # noqa: F401, PLC0415 - the current app of every process; needs the models
        from config.backup import setup as backup  # noqa: PLC0415 - needs the models

        health.register()
        backup.register()
