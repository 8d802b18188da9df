"""T23: whatever somebody with all rights changes in the chain, its content or a frozen table is named."""

import pytest

from accounts.audit import anchors
from accounts.audit.verification import cursor_of, verifier
from config.databases import SEALER
from tests.accounts.audit.lab import REFORGE, TABLE, breaks, exported
from tests.snapshot import superuser

LAST = "(SELECT max(seq) FROM accounts_auditchain)"
# Puts everything back to the state when entry `last - 2` was the newest, head included.
OLD_DUMP = f"""
DELETE FROM {TABLE} WHERE id = (SELECT max(id) FROM {TABLE});
DELETE FROM accounts_auditevent WHERE id IN (SELECT ref FROM accounts_auditchain WHERE kind = 'event' AND seq > {LAST} - 2);
DELETE FROM accounts_auditact WHERE id IN (SELECT ref FROM accounts_auditchain WHERE kind = 'act' AND seq > {LAST} - 2);
DELETE FROM accounts_auditchain WHERE seq > {LAST} - 2;
UPDATE accounts_audithead SET (seq, hash) = (SELECT seq, hash FROM accounts_auditchain ORDER BY seq DESC LIMIT 1)"""
EMPTY = f"""
DELETE FROM accounts_auditchain; DELETE FROM accounts_auditevent; DELETE FROM accounts_auditact; DELETE FROM {TABLE};
UPDATE accounts_audithead SET seq = 0, chain_id = '{{0}}', hash = sha256('{{0}}')"""
OTHER_CHAIN = "11111111-2222-3333-4444-555555555555"
EVENT_OF_LAB = f"(SELECT max(id) FROM accounts_auditevent WHERE relation = '{TABLE}')"

TAMPERED = {
    "alter an act": (
        "UPDATE accounts_auditact SET reason = 'other' WHERE reason = 'second'",
        ["content_differs"],
    ),
    "alter the actor": (
        "UPDATE accounts_auditact SET holder_name = 'another' WHERE reason = 'second'",
        ["content_differs"],
    ),
    "alter an event": (
        f"UPDATE accounts_auditevent SET row_count = 9 WHERE id = {EVENT_OF_LAB}",
        ["content_differs", "row_without_event"],
    ),
    "delete an act": (
        "DELETE FROM accounts_auditact WHERE reason = 'second'",
        ["act_missing", "content_missing"],
    ),
    "delete an event": (
        f"DELETE FROM accounts_auditevent WHERE id = {EVENT_OF_LAB}",
        ["content_missing", "row_without_event"],
    ),
    "delete an entry": (
        "DELETE FROM accounts_auditchain WHERE kind = 'act' AND ref ="
        " (SELECT id FROM accounts_auditact WHERE reason = 'second')",
        ["act_missing", "entry_missing", "not_sealed"],
    ),
    "insert an act": (
        "INSERT INTO accounts_auditact OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(a, '{\"id\": 99999999}')).* FROM"
        " accounts_auditact a WHERE reason = 'second'",
        ["not_sealed"],
    ),
    "swap two acts": (
        "UPDATE accounts_auditact SET reason = CASE reason WHEN 'first' THEN 'second' ELSE 'first' END"
        " WHERE reason IN ('first', 'second')",
        ["content_differs"],
    ),
    "reorder two entries": (
        f"UPDATE accounts_auditchain SET seq = -1 WHERE seq = {LAST};"
        f"UPDATE accounts_auditchain SET seq = {LAST} + 1 WHERE seq = {LAST};"
        f"UPDATE accounts_auditchain SET seq = {LAST} - 1 WHERE seq = -1",
        [
            "anchor_differs",
            "content_differs",
            "head_differs",
            "prev_differs",
            "row_without_event",
            "time_backwards",
        ],
    ),
    "backdate an act": (
        "UPDATE accounts_auditact SET at = at - interval '1 day' WHERE reason = 'second'",
        ["content_differs"],
    ),
    "backdate an entry": (
        f"UPDATE accounts_auditchain SET sealed_at = sealed_at - interval '1 day' WHERE seq = {LAST}",
        ["content_differs", "row_without_event", "time_backwards"],
    ),
    "cut the tail": (
        f"DELETE FROM accounts_auditchain WHERE seq > {LAST} - 2",
        ["head_differs", "not_sealed", "row_without_event", "tail_missing"],
    ),
    "restore an old dump": (OLD_DUMP, ["tail_missing"]),
    "drop the whole chain": (EMPTY.format(OTHER_CHAIN), ["chain_replaced"]),
    "re-forge everything": (
        "UPDATE accounts_auditact SET reason = 'other' WHERE reason = 'second';" + REFORGE,
        ["anchor_differs"],
    ),
    "change a frozen row": (f"UPDATE {TABLE} SET name = 'other' WHERE name = 'b'", ["row_changed"]),
    "delete a frozen row": (f"DELETE FROM {TABLE} WHERE name = 'b'", ["rows_missing"]),
    "add a frozen row": (f"INSERT INTO {TABLE} (name) VALUES ('unseen')", ["row_without_event"]),
}


@pytest.fixture
def story(lab, writer, settings, tmp_path):
    """Three sealed acts, an anchor after each, and a superuser's cursor whose changes are rolled back."""
    settings.AUDIT_ANCHOR_DIR = tmp_path
    for reason, names in {"first": ["a"], "second": ["b", "c"], "third": ["d"]}.items():
        writer.write(*names, reason=reason)
        with cursor_of(SEALER) as cursor:
            anchors.anchor(cursor)
    connection = superuser()
    connection.autocommit = False
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        yield cursor
    connection.rollback()
    connection.close()


def kept() -> list[str]:
    return list(verifier().anchor_lines(anchors.settings.AUDIT_ANCHOR_DIR))


def test_t23_untouched_chain_has_no_breaks(story):
    assert breaks(exported(story), kept(), anchors.anchor_key()) == []


def tampered(story, names, *trusted) -> dict[str, list[str]]:
    """What the verifier says after each change alone; every change is undone before the next."""
    found = {}
    for name in names:
        story.execute("SAVEPOINT before")
        story.execute(TAMPERED[name][0])
        found[name] = breaks(exported(story), *trusted)
        story.execute("ROLLBACK TO before")
    return found


def test_t23_every_change_is_named(story):
    expected = {name: codes for name, (_, codes) in TAMPERED.items()}
    assert tampered(story, TAMPERED, kept(), anchors.anchor_key()) == expected


def test_t23_negative_control_without_anchors_a_superuser_goes_unnoticed(story):
    names = ["re-forge everything", "restore an old dump", "drop the whole chain"]
    assert tampered(story, names) == {name: [] for name in names}


def test_t23_a_forged_anchor_is_not_believed(story):
    lines = [line.replace('"seq": ', '"seq": 1') for line in kept()]
    assert breaks(exported(story), lines, anchors.anchor_key()) == ["anchor_mac"]
    assert breaks(exported(story), [*kept(), "not json"], anchors.anchor_key()) == ["anchor_unreadable"]


def test_t23_an_export_that_was_cut_or_shuffled_is_not_verified(story):
    lines = exported(story)
    assert breaks(lines[:-1], kept(), anchors.anchor_key()) == ["export_cut"]
    with pytest.raises(ValueError, match="out of order"):
        breaks([lines[0], lines[3], lines[2], *lines[4:]])
    with pytest.raises(ValueError, match="empty"):
        breaks([])
