from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "日报与汇总"

    def ready(self) -> None:
        """Declare audit types, metrics, the menu, the cards of 今日 and the panel of the village file."""
        from reports import (  # noqa: PLC0415
            area_share,
            audit_types,  # noqa: F401
            comment_retention,
            comment_tasks,  # noqa: F401
            comment_today,
            comparison_tasks,  # noqa: F401
            daily_today,
            finders,
            lifecycle_today,
            metrics,
            navigation,
            partition_tasks,  # noqa: F401
            role_cards,
            rollup_today,
            schedules,
            tasks,  # noqa: F401
            village_panels,
        )

        area_share.declare()
        metrics.declare()
        navigation.declare()
        role_cards.declare()
        finders.declare()
        schedules.declare()
        comment_retention.declare()
        comment_today.declare()
        daily_today.declare()
        lifecycle_today.declare()
        rollup_today.declare()
        village_panels.declare()
