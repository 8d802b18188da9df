"""The trail in words: whose act it was, what it was done to, which field changed. Codes stand beside them."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist

from accounts.models import AuditAct, User

# Acts of no office: roles of the database and system tasks, by the name the database writes down.
SYSTEM = {
    "cunxuan_login": "登录服务",
    "cunxuan_owner": "安装和升级",
    "rollup": "自动汇总",
    "retention": "到期清理",
    "audit": "自动校验",
}


def name_doers(acts: list[AuditAct]) -> None:
    """Give every act `doer`: the name on it; of a sign-in, which belongs to no office yet, the account's person.

    One query where there are acts on accounts without an office.
    """
    own = [act for act in acts if not act.office_name and act.subject_kind == "accounts.user"]
    ids = {act.subject_id for act in own if act.subject_id.isdigit()}
    rows = User.objects.filter(pk__in=ids).values_list("pk", "display_name", "username") if ids else ()
    names = {str(pk): f"{name}（{username}）" for pk, name, username in rows}
    for act in acts:
        act.doer = SYSTEM.get(act.holder_name, act.holder_name)
    for act in own:
        act.doer = names.get(act.subject_id, act.doer)


def subject_word(kind: str) -> str:
    """日报 for reports.dailysheet; the kind itself where it is no table of ours."""
    model = _model(kind)
    return str(model._meta.verbose_name) if model else kind


def relation_word(table: str) -> str:
    """日报 for reports_dailysheet."""
    return _tables().get(table, table)


def field_word(kind: str, name: str) -> str:
    """状态 for the field `state`; the name itself where it is no field of the subject."""
    model = _model(kind)
    try:
        field: Any = model._meta.get_field(name) if model else None
    except FieldDoesNotExist:
        field = None
    word = str(getattr(field, "verbose_name", name))
    return name if word == name.replace("_", " ") else word


def _model(kind: str) -> Any:
    try:
        return apps.get_model(kind)
    except (LookupError, ValueError):
        return None


@cache
def _tables() -> dict[str, str]:
    return {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
