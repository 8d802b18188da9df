"""The admin as a careful user registers it: joins instead of a query a row, the order of the unique code."""

from django.contrib import admin

from benchmarks.stock.models import Village


@admin.register(Village)
class VillageAdmin(admin.ModelAdmin):
    list_display = (
        "name", "township", "county", "kind", "party_org_type", "population", "households", "registered_voters",
        "party_members", "representatives", "seats_party", "seats_committee", "is_due", "is_pilot", "is_large", "code",
    )  # fmt: skip
    list_select_related = ("township__county",)
    list_filter = ("kind", "party_org_type", "is_due", "is_pilot", "is_large")
    search_fields = ("name", "code")
    ordering = ("code",)
    list_per_page = 100

    @admin.display(ordering="township__county")
    def county(self, village: Village) -> str:
        return village.township.county.name
