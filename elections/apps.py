from django.apps import AppConfig


class ElectionsConfig(AppConfig):
    name = "elections"
    verbose_name = "选举"

    def ready(self) -> None:
        """Declare audit types, jobs, metrics, sheets and the menu."""
        from elections import (  # noqa: PLC0415
            area_share,
            audit_types,  # noqa: F401
            finders,
            imports,
            metrics,
            navigation,
            role_cards,
            schedules,
            tasks,  # noqa: F401
            today,
        )

        area_share.declare()
        metrics.declare()
        navigation.declare()
        role_cards.declare()
        finders.declare()
        schedules.declare()
        today.declare()
        imports.declare()
