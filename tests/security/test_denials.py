"""Refused attempts are counted by route, for foreign and absent alike, and outlive the request."""

import pytest

from accounts.models import AuditDenial


def counted(key: str, cast) -> tuple[int, list[str]]:
    """Attempts of a member of the cast in this hour and the routes they were on."""
    row = AuditDenial.objects.using("owner").filter(assignment_id=getattr(cast, key).pk).first()
    return (row.attempts, [sample["what"] for sample in row.samples]) if row else (0, [])


@pytest.mark.parametrize(
    ("url", "route", "status"),
    [
        ("/orgs/990101102201/", "elections:org", 404),
        ("/orgs/990101102299/", "elections:org", 404),
        ("/api/v1/orgs/990101102201/", "api-org-detail", 404),
        ("/orgs/?unit=990101102", "elections:orgs", 404),
        ("/orgs/?unit=000000000", "elections:orgs", 404),
        ("/system/audit/", "audit:list", 403),
        ("/api/v1/audit/acts/", "audit-acts", 403),
    ],
)
def test_a_refused_attempt_is_counted_once(committed, cast, client_of, url, route, status):
    client = client_of("town")
    assert client.get(url).status_code == status
    assert counted("town", cast) == (1, [route])


@pytest.mark.parametrize("url", ["/orgs/", "/nothing/here/"])
def test_what_is_not_refused_is_not_counted(committed, cast, client_of, url):
    client_of("town").get(url)
    assert counted("town", cast) == (0, [])


@pytest.mark.parametrize(
    "url", ["/reports/completeness/?to=yesterday", "/reports/rollup/?date=2026-13-01", "/reports/daily/x/"]
)
def test_an_unreadable_day_is_absent_and_no_fault_of_ours(committed, client_of, url):
    assert client_of("county").get(url).status_code in (200, 404)
