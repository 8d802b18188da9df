"""From a model's declaration (`TableAccess`) to grants, row policies and triggers: pure text, no queries."""

from dataclasses import dataclass

from accounts.choices import SYSTEM_ROLE
from accounts.scope.access import TableAccess
from config.databases import AUDITOR, BACKUP, GATEKEEPER, LOGIN, OWNER, WEB, WORKER

APPLICATION = f"{WEB}, {WORKER}"
VERBS = {"S": "SELECT", "I": "INSERT", "U": "UPDATE", "D": "DELETE"}

IN_SCOPE = "unit_path >= (SELECT scope_path()) AND unit_path < (SELECT scope_end())"
# A null scope (none set) makes the comparison null: no rows.
ABOVE_SCOPE = "starts_with((SELECT scope_path()), unit_path)"
OWN_LEVEL = "unit_path = (SELECT scope_path())"
RECIPIENT_IN_SCOPE = "recipient_path >= (SELECT scope_path()) AND recipient_path < (SELECT scope_end())"
SYSTEM = f"(SELECT scope_role()) = '{SYSTEM_ROLE}'"


@dataclass(frozen=True)
class Policy:
    """One row policy; `using` filters rows seen, `check` rows written."""

    name: str
    verb: str
    roles: str
    using: str = ""
    check: str = ""

    def sql(self, table: str) -> str:
        text = f'CREATE POLICY {self.name} ON "{table}" FOR {self.verb} TO {self.roles}'
        if self.using:
            text += f" USING ({self.using})"
        if self.check:
            text += f" WITH CHECK ({self.check})"
        return text


def role_in(roles: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{role}'" for role in roles)
    return f"(SELECT scope_role()) = ANY (ARRAY[{listed}]::text[])"


def policies(access: TableAccess, columns: frozenset[str], follows: str = "") -> list[Policy]:
    """Every row policy of a table, the owner's and the gatekeeper's included; `follows`: table that `access` names."""
    rows: list[Policy] = []
    if access.kind != "system":
        rows.append(Policy("owner_all", "ALL", OWNER, "true", "true"))
    rows.append(Policy("backup_read", "SELECT", BACKUP, "true"))
    if gatekeeper_verbs(access):
        rows.append(Policy("gatekeeper_all", "ALL", GATEKEEPER, "true", "true"))
    if access.application_reads:
        rows.append(Policy("scope_read", "SELECT", APPLICATION, access.application_reads))
    if access.auditor_reads:
        rows.append(Policy("auditor_read", "SELECT", AUDITOR, "true"))
    if access.kind == "login":
        rows.append(Policy("login_all", "ALL", LOGIN, "true", "true"))
    if access.login_reads:
        rows.append(Policy("login_read", "SELECT", LOGIN, "true"))
    if access.kind == "addressed":
        rows += _addressed_policies(access, follows)
    elif access.is_business:
        rows += _application_policies(access, columns)
    if access.kind == "reference":
        rows += _reference_policies(access)
    return rows


def is_open(access: TableAccess) -> bool:
    """Reference data that no role writes needs no row-level security."""
    return access.kind == "reference" and not (access.insert or access.update or access.delete)


def _reference_policies(access: TableAccess) -> list[Policy]:
    rows = [Policy("read_all", "SELECT", f"{APPLICATION}, {LOGIN}, {GATEKEEPER}", "true")]
    for verb, roles in (("INSERT", access.insert), ("UPDATE", access.update), ("DELETE", access.delete)):
        if roles:
            using = "" if verb == "INSERT" else role_in(roles)
            check = "" if verb == "DELETE" else role_in(roles)
            rows.append(Policy(f"scope_{verb.lower()}", verb, APPLICATION, using, check))
    return rows


def _application_policies(access: TableAccess, columns: frozenset[str]) -> list[Policy]:
    readable = f"{visible(access, columns)} AND {role_in((*access.readers, SYSTEM_ROLE))}"
    if access.kind == "inherited":
        readable = f"({readable}) OR {ABOVE_SCOPE}"
    if access.self_column and access.kind != "personal":
        readable = f"({readable}) OR {access.self_column} = (SELECT scope_assignment())"
    if access.shared_column:
        readable = f"({readable}) OR ({access.shared_column} AND {OWN_LEVEL} AND {role_in(access.readers)})"
    rows = [Policy("scope_read", "SELECT", APPLICATION, readable)]
    for verb, roles in (("INSERT", access.insert), ("UPDATE", access.update), ("DELETE", access.delete)):
        if not roles:
            continue
        writable = f"{writable_rows(access, columns)} AND {role_in(roles)}"
        if access.shared_column and verb != "DELETE":
            writable += f" AND {OWN_LEVEL}"  # nobody shares with another unit
        using = "" if verb == "INSERT" else writable
        check = "" if verb == "DELETE" else writable
        rows.append(Policy(f"scope_{verb.lower()}", verb, APPLICATION, using, check))
    return rows


def _addressed_policies(access: TableAccess, follows: str) -> list[Policy]:
    """A row between two units. Only whole units write to each other: a list of named units opens nothing."""
    whole = "(SELECT scope_units()) IS NULL"
    own = f"({OWN_LEVEL} OR {SYSTEM})"
    if access.follows:
        # The parent's own policies apply inside.
        parent = f'EXISTS (SELECT 1 FROM "{follows}" parent WHERE parent.id = {access.follows}_id)'  # noqa: S608
        read, change = parent, f"{own} AND {parent}"
    else:
        sent = f"{access.released} IS NOT NULL"
        read = f"({own} OR ({sent} AND (({IN_SCOPE}) OR ({RECIPIENT_IN_SCOPE}))))"
        change = f"({own} OR ({sent} AND recipient_path = (SELECT scope_path())))"
        parent = "true"
    readable = f"{read} AND {whole} AND {role_in((*access.readers, SYSTEM_ROLE))}"
    rows = [Policy("scope_read", "SELECT", APPLICATION, readable)]
    if access.insert:
        check = f"{own} AND {parent} AND {whole} AND {role_in(access.insert)}"
        rows.append(Policy("scope_insert", "INSERT", APPLICATION, check=check))
    for verb, roles, rule in (
        ("UPDATE", access.update, change),
        ("DELETE", access.delete, f"{own} AND {parent}"),
    ):
        if roles:
            writable = f"{rule} AND {whole} AND {role_in(roles)}"
            check = "" if verb == "DELETE" else writable
            rows.append(Policy(f"scope_{verb.lower()}", verb, APPLICATION, writable, check))
    return rows


def visible(access: TableAccess, columns: frozenset[str]) -> str:
    """The rows of the scope, whatever the role."""
    if access.kind == "personal":
        return f"({access.self_column} = (SELECT scope_assignment()) OR {SYSTEM})"
    if "area_id" in columns and access.area == "area":
        return f"{IN_SCOPE} AND ((SELECT scope_units()) IS NULL OR area_id = ANY ((SELECT scope_units())::bigint[]))"
    return IN_SCOPE


def writable_rows(access: TableAccess, columns: frozenset[str]) -> str:
    if access.kind == "inherited":
        return f"(unit_path = (SELECT scope_path()) OR {SYSTEM})"
    return visible(access, columns)


def gatekeeper_verbs(access: TableAccess) -> str:
    """What the gatekeeper's functions may do on the table, out of 'SIUD'."""
    if access.gatekeeper:
        return access.gatekeeper
    if access.kind == "system":
        return "SIUD"
    # It reads every unit's rows to check that references stay on one line (check_same_line).
    return "S" if access.gatekeeper_reads or access.kind == "reference" or access.has_unit else ""


def grants(access: TableAccess, table: str, *, partition: bool = False) -> list[str]:
    """Grants of a table, after everything has been revoked. A partition gets none: it is reached by its parent."""
    everyone = f"{WEB}, {WORKER}, {LOGIN}, {GATEKEEPER}, {AUDITOR}, {BACKUP}"
    text = [f'REVOKE ALL ON "{table}" FROM PUBLIC, {everyone}']
    if partition:
        return text
    text.append(f'GRANT SELECT ON "{table}" TO {BACKUP}')
    if verbs := gatekeeper_verbs(access):
        text.append(f'GRANT {_verbs(verbs)} ON "{table}" TO {GATEKEEPER}')
    if access.kind == "login":
        text.append(f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {LOGIN}')
    if access.login_reads or access.kind == "reference":
        text.append(f'GRANT SELECT ON "{table}" TO {LOGIN}')
    if access.application_reads:
        text.append(f'GRANT SELECT ON "{table}" TO {APPLICATION}')
    if access.auditor_reads:
        text.append(f'GRANT SELECT ON "{table}" TO {AUDITOR}')
    if access.is_business or access.kind == "reference":
        text.append(f'GRANT {_verbs(application_verbs(access))} ON "{table}" TO {APPLICATION}')
    return text


def application_verbs(access: TableAccess) -> str:
    """What the application's roles may do at all; the policies narrow it to rows and roles."""
    written = zip("IUD", (access.insert, access.update, access.delete), strict=True)
    return "S" + "".join(verb for verb, roles in written if roles and not (access.frozen and verb in "UD"))


def _verbs(letters: str) -> str:
    return ", ".join(VERBS[letter] for letter in letters)


def triggers(access: TableAccess, table: str, links: list[tuple[str, str]]) -> list[str]:
    """Triggers of a table: the unit's path, the database's clock, frozen rows, references on one line.

    `links` are (column, table) of foreign keys to tables that carry a unit.
    """
    if access.derived:
        return []
    on = f'ON "{table}" FOR EACH ROW EXECUTE FUNCTION'
    text: list[str] = []
    if access.has_unit and links:
        pairs = ", ".join(f"'{column}', '{parent}'" for column, parent in links)
        text.append(f"CREATE TRIGGER d_same_line BEFORE INSERT OR UPDATE {on} check_same_line({pairs})")
    if access.has_unit:
        fill = f"fill_unit_path('{access.area}_id')"
        text.append(f"CREATE TRIGGER a_unit_path BEFORE INSERT OR UPDATE {on} {fill}")
    if access.has_recipient:
        fill = f"fill_recipient_path('{access.recipient}_id')"
        text.append(f"CREATE TRIGGER a_unit_recipient BEFORE INSERT OR UPDATE {on} {fill}")
    if access.guard:
        text.append(f"CREATE TRIGGER e_guard BEFORE INSERT OR UPDATE OR DELETE {on} {access.guard}()")
    if access.server_time:
        columns = ", ".join(f"'{column}'" for column in access.server_time)
        text.append(f"CREATE TRIGGER b_server_time BEFORE INSERT {on} set_server_time({columns})")
    if access.versions:
        text.append(
            f'CREATE TRIGGER f_versions AFTER UPDATE ON "{table}" '
            "REFERENCING OLD TABLE AS version_was NEW TABLE AS version_is FOR EACH STATEMENT "
            f"EXECUTE FUNCTION keep_versions('{access.versions}')"
        )
    if access.frozen:
        text.append(f"CREATE TRIGGER c_frozen BEFORE UPDATE OR DELETE {on} refuse_change()")
        text.append(
            f'CREATE TRIGGER c_frozen_truncate BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT '
            "EXECUTE FUNCTION refuse_change()"
        )
    return text
