"""How a table is protected: each model declares it once, `manage.py migrate` carries it out."""

from dataclasses import dataclass
from typing import Literal

from accounts.choices import BUSINESS_READERS

Kind = Literal["own", "inherited", "addressed", "personal", "login", "system", "reference"]


@dataclass(frozen=True)
class TableAccess:
    """Declaration of one table's protection (docs/decisions/0002-scope-in-the-database.md).

    kind
        own        rows of a unit: read by the unit and those above it, written by the roles named
        inherited  rows of a unit that the units below may read too (rounds, cut-offs, bulletins)
        addressed  rows of a sending unit to a unit below it: before it is sent only the sender reads it; then sender,
                   recipient and the units above either, never those beside or below. Written by the sender; the
                   recipient may update what it was sent. `recipient_path` is filled by trigger, and `recipient_left`
                   once the recipient is no longer below the sender
        personal   rows of one assignment
        login      users and sessions: reached through the alias `login` alone
        system     reached through the gatekeeper's functions alone
        reference  everybody reads, the owner writes (and the roles in `insert`/`update`)
    area           foreign key that names the row's unit; `unit_path` is filled from it by trigger
    readers        roles that read; insert, update, delete: roles that write
    recipient      foreign key of an addressed table that names the unit written to
    released       column of an addressed table that is null until the recipient may read the row
    follows        foreign key to an addressed table: the row is read by those who read that one, and written by its
                   own unit (`area`), which is the one that says it
    guard          trigger function of our own that refuses changes the policies cannot tell apart
    self_column    column that equals the reader's own assignment: such rows are readable whatever the role
    shared_column  of a personal table: rows where it is true are read by everybody who stands at the very same unit;
                   `unit_path` is that of the one whose row it is
    frozen         no UPDATE or DELETE grant, and a trigger refuses both
    server_time    columns that a trigger sets to the database clock at INSERT
    versions       table that keeps what each UPDATE of a row replaced, for reading past moments (moments.sql)
    derived        rows that only system jobs write, `unit_path` included: no row triggers; the run's act is the audit
    audited        statement triggers add an event per statement; False only for progress and login tables
    audit_key      column whose values the audit event lists
    guarded_by_key foreign keys whose unit a composite key of the database holds together already
    application_reads  for `system` tables: SQL condition under which web and worker may read rows
    auditor_reads  whether the database role of the auditor may read the table
    gatekeeper     verbs the gatekeeper's functions need on the table, out of 'SIUD'
    """

    kind: Kind
    area: str = "area"
    readers: tuple[str, ...] = BUSINESS_READERS
    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    recipient: str = "recipient"
    released: str = "sent_at"
    follows: str = ""
    guard: str = ""
    self_column: str = ""
    shared_column: str = ""
    frozen: bool = False
    server_time: tuple[str, ...] = ()
    versions: str = ""
    derived: bool = False
    audited: bool = True
    audit_key: str = "id"
    guarded_by_key: tuple[str, ...] = ()
    application_reads: str = ""
    auditor_reads: bool = False
    gatekeeper: str = ""
    gatekeeper_reads: bool = False
    login_reads: bool = False

    @property
    def has_unit(self) -> bool:
        """Whether the table carries `unit_path`."""
        return self.kind in ("own", "inherited", "addressed")

    @property
    def has_recipient(self) -> bool:
        """Whether the table carries `recipient_path`."""
        return self.kind == "addressed" and not self.follows

    @property
    def is_business(self) -> bool:
        """Whether web and worker reach the table under row policies."""
        return self.has_unit or self.kind == "personal"
