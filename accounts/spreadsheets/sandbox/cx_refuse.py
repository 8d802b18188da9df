"""The one way a sandbox module says no."""


class RefusedFile(Exception):
    """The file is refused as a whole: `code`, and optionally where (sheet name, row and column from 1)."""

    def __init__(self, code: str, *, sheet: str = "", row: int = 0, col: int = 0, detail: str = "") -> None:
        super().__init__(code, detail)
        self.payload = {"code": code, "sheet": sheet, "row": row, "col": col, "detail": detail}
