"""Rows for an export, straight from a server-side cursor: nothing is loaded, memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

CHUNK = 5_000


def open_rows(
    source: QuerySet | str, params: Sequence[Any] | None = None, *, using: str = "default", chunk: int = CHUNK
) -> Iterator[tuple]:
    """Rows of a `values_list` queryset or of SQL text, as tuples, in the caller's transaction and scope."""
    if isinstance(source, QuerySet):
        try:
            sql, params = source.query.sql_with_params()
        except EmptyResultSet:  # Django knows without asking: a search that found no name
            return
        using = source.db
    else:
        sql = source
    with connections[using].chunked_cursor() as cursor:
        cursor.itersize = chunk
        cursor.execute(sql, params)
        while rows := cursor.fetchmany(chunk):
            yield from rows
