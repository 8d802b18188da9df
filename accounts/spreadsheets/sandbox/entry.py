"""Entry of the reading process. Arguments: mode (`read`, `bundle`, `explain` or `mark`) and the
descriptors of the rows file, the report and the settings.

The file arrives on standard input. Everything needed is imported first; then the process gives up its
rights, its network and its memory; only then is the first byte of the file read.
"""

import codecs
import ctypes
import json
import os
import resource
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cx_archive
import cx_bundle
import cx_cells
import cx_csv
import cx_refuse
import cx_sheet
import python_calamine

for _name in ("cp437", "gb18030", "utf-8-sig", "utf-16", "utf-16-le", "ascii", "latin-1"):
    codecs.lookup(_name)  # codecs load late, and the other user may not be able to read them

NOBODY = 65534
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
SIGKILL = 9


def lock_in(limits: dict) -> list[str]:
    """Limits, no network, other user, no new rights. Returns what this machine did not permit."""
    refused = []
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    if os.getuid() == 0:
        if libc.unshare(CLONE_NEWNET) != 0:
            refused.append("network")
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        except PermissionError:
            refused.append("user")
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    for name, value in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, limits["cpu"]),
        (resource.RLIMIT_FSIZE, limits["file_size"]),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(name, (value, value))
    return refused


def read_bundle(rows, told, start: int, seconds: int) -> None:
    """Read every workbook of a .zip from number `start` on; a refused one stops no other.

    Each is told in a line of its own as soon as its rows are written, so that one that makes this process die is
    known by being the next. The alarm ends a process that one file holds up, whatever it is busy with.
    """
    archive, entries = cx_bundle.opened(sys.stdin.buffer)
    _tell(told, {"names": [cx_bundle.name_of(entry) for entry in entries]})
    for entry in entries[start:]:
        member = {"kind": "", "sheets": [], "refused": None}
        signal.alarm(seconds)
        try:
            read(cx_bundle.content_of(archive, entry), rows, member)
        except cx_refuse.RefusedFile as refusal:
            member["refused"] = refusal.payload
        except MemoryError:
            member["refused"] = cx_refuse.RefusedFile("XL-016", detail="memory").payload
        signal.alarm(0)
        rows.flush()
        _tell(told, member)


def _tell(told, line: dict) -> None:
    told.write(json.dumps(line, ensure_ascii=False) + "\n")
    told.flush()


def read(source, rows, report: dict) -> None:
    """Fill the rows file and the report's `sheets`: name, state, place in the rows file, facts."""
    report["kind"] = cx_archive.kind_of(source)
    if report["kind"] == "csv":
        start = rows.tell()
        written, width = cx_csv.write_rows(source, rows)
        report["sheets"].append(
            _sheet("", "visible", start, rows.tell(), written, width, cx_sheet.SheetFacts())
        )
        return
    archive = cx_archive.open_checked(source)
    parts = cx_sheet.sheet_parts(archive)
    facts = [cx_sheet.facts_of(archive, part, name) for name, _state, part in parts]
    source.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(source)
    except python_calamine.CalamineError as error:
        raise cx_refuse.RefusedFile("XL-010", detail=type(error).__name__) from None
    for (name, state, part), fact in zip(parts, facts, strict=True):
        start = rows.tell()
        try:
            sheet = book.get_sheet_by_name(name)
        except python_calamine.CalamineError as error:
            raise cx_refuse.RefusedFile("XL-010", sheet=name, detail=type(error).__name__) from None
        rows_used, columns_used = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.start else (0, 0)
        if cx_sheet.is_too_large(rows_used, columns_used):
            cx_sheet.check_extent(archive, part, name)
            cx_sheet.check_size(name, rows_used, columns_used)
        fact.max_row = rows_used
        written, width = cx_cells.write_sheet(sheet, fact, rows)
        report["sheets"].append(_sheet(name, state, start, rows.tell(), written, width, fact))


def explain() -> None:
    """Say why reading the file had to be stopped: the slow check of each sheet's extent."""
    source = sys.stdin.buffer
    if cx_archive.kind_of(source) == "xlsx":
        archive = cx_archive.open_checked(source)
        for name, _state, part in cx_sheet.sheet_parts(archive):
            cx_sheet.check_extent(archive, part, name)
    raise cx_refuse.RefusedFile("XL-016")


def _sheet(name, state, start, end, rows, width, facts) -> dict:
    return {
        "name": name, "state": state, "start": start, "end": end, "rows": rows, "width": width,
        "merges": facts.merges, "hidden_rows": facts.hidden_rows, "hidden_cols": facts.hidden_cols,
        "formulas": facts.formulas, "max_row": facts.max_row,
    }  # fmt: skip


def peak_memory() -> int:
    """Highest resident memory in MB; ru_maxrss would count what the parent held when it started us."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    mode, rows_fd, report_fd = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    with os.fdopen(int(sys.argv[4]), encoding="utf-8") as settings:
        limits = json.load(settings)
    if mode == "mark":
        import cx_mark  # noqa: PLC0415
    report = {"refused": None, "sheets": [], "not_permitted": lock_in(limits)}
    rows = os.fdopen(rows_fd, "wb", buffering=1 << 16)
    target = os.fdopen(report_fd, "w", encoding="utf-8")
    try:
        if mode == "mark":
            cx_mark.mark(sys.stdin.buffer, rows, limits["marks"])
        elif mode == "explain":
            explain()
        elif mode == "bundle":
            read_bundle(rows, target, limits["start"], limits["each"])
        else:
            read(sys.stdin.buffer, rows, report)
        rows.flush()
    except cx_refuse.RefusedFile as refusal:
        report["refused"] = refusal.payload
    except MemoryError:
        report["refused"] = cx_refuse.RefusedFile("XL-016", detail="memory").payload
    report["peak_mb"] = peak_memory()
    with target:
        json.dump(report, target, ensure_ascii=False)


main()
