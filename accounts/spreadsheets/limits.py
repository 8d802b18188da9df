"""Sizes and times that an uploaded file must keep (P22)."""

MAX_UPLOAD = 20 << 20
READ_MEMORY = 512 << 20
MARK_MEMORY = 768 << 20
READ_SECONDS = 10
ROWS_FILE = 400 << 20
ERROR_LINES = 1_000
PREVIEW_ROWS = 200
