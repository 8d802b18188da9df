from django.apps import AppConfig


class ElectionsConfig(AppConfig):
    name = "elections"
    verbose_name = "选举"

    def ready(self) -> None:
        """Declare audit types, jobs, metrics, sheets and the menu."""
        from elections import audit_types, finders, imports, metrics, navigation, tasks  # noqa: F401, PLC0415

        metrics.declare()
        navigation.declare()
        finders.declare()
        imports.declare()
