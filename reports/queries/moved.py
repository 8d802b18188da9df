"""A village that was moved counts in the township of its newest report: never in two, never in none."""


def here(day: str, moment: str = "") -> str:
    """Condition on a figure `f`: `day` is SQL for the day of the total, `moment` for the recorded moment (none: now).

    The units that ever moved are read once a statement.
    """
    known = f", {moment}" if moment else ""
    return f"""(NOT f.area_id = ANY ((SELECT figure_movers())::bigint[])
                OR NOT figure_counts_elsewhere(f.area_id, f.township_id, f.date, {day}{known}))"""


def stood_below(township: str, parent: str, day: str) -> str:
    """Condition: the township (SQL for its id and present superior) stood right below %(unit)s on the day."""
    return f"""coalesce((SELECT v.parent_id FROM accounts_areaversion v WHERE v.area_id = {township}
                AND v.valid_to > {day} AND (v.valid_from IS NULL OR v.valid_from <= {day})), {parent}) = %(unit)s"""  # noqa: S608 (constant text)
