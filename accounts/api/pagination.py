"""Keyset pages: as fast at page 5,000 as at the first, and never a full count."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """Pages by the view's ordering (default: primary key); `page_size` up to 500."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "pk"
