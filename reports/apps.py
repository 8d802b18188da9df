from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "日报与汇总"

    def ready(self) -> None:
        """Declare audit types, metrics, the menu and the cards of 今日."""
        from reports import audit_types, daily_today, metrics, navigation, rollup_today, tasks  # noqa: F401, PLC0415

        metrics.declare()
        navigation.declare()
        daily_today.declare()
        rollup_today.declare()
