"""T42: the disk of the data, of the log, of the uploads is full: a clean refusal, an alarm, nothing half written."""

import os
import subprocess
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import close_old_connections, connections
from django.test import Client

from accounts import outages
from accounts.alarms import Level
from config import health
from config.launcher import processes
from config.room import database_has_room
from tests.helpers import log_in
from tests.outages.servers import serving
from tests.outages.test_t38_postgres_gone import DURABLE, assert_whole, breaks_of_chain, copy, filers  # noqa: F401

MEGABYTE = 1 << 20


class Disk:
    """A small file system of its own that can be filled and freed."""

    def __init__(self, place: Path, megabytes: int) -> None:
        self.place, self.ballast = place, place / "ballast"
        place.mkdir(mode=0o711)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "tmpfs", place])
        if done.returncode:
            pytest.skip("file systems may not be mounted here")

    def fill(self) -> None:
        with self.ballast.open("wb", buffering=0) as file:
            for size in (MEGABYTE, 4096):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def gone(self) -> None:
        subprocess.run(["umount", "--lazy", self.place], check=False)


@pytest.fixture
def disk(tmp_path):
    """disk(name, megabytes) mounts one; the test is skipped where that is not allowed."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts file systems")
    made: list[Disk] = []

    def mount(name: str, megabytes: int) -> Disk:
        made.append(Disk(tmp_path / name, megabytes))
        return made[-1]

    yield mount
    for one in made:
        one.gone()


def test_t42_the_disk_of_the_data(copy, disk, cast, monkeypatch):  # noqa: F811
    """The first filing of a month needs new files; it is refused as a whole, and goes through when there is room."""
    server = copy("data-disk").copy_of()
    server.stop()
    full = disk("small", 600)
    moved = full.place / "data"
    subprocess.run(["cp", "-a", server.data, moved], check=True)
    log = server.folder / "log"
    (moved / "pg_wal").rename(full.place / "moved-log")
    subprocess.run(["cp", "-a", full.place / "moved-log", log], check=True)
    subprocess.run(["rm", "-rf", full.place / "moved-log"], check=True)
    (moved / "pg_wal").symlink_to(log)
    server.data = moved
    server.start(processes.free_port())
    with serving(server.port):
        one = filers(cast)[0]
        assert database_has_room()
        full.fill()
        assert database_has_room() is False
        assert health.database_disk().level == Level.ALARM
        answer = first_refused(one)
        assert (answer.status_code, answer.json()["code"]) == (503, "disk_full")
        with (
            monkeypatch.context() as off
        ):  # the negative control: a full disk that is not told from our own mistakes
            off.setattr(outages, "STATES", {})
            answer = first_refused(one)
            assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
        full.free()
        assert database_has_room()
        one.days = one.days[:2]
        one.run()
        assert (repr(one.error), len(one.receipts)) == ("None", 2)
        assert_whole([one])
        assert breaks_of_chain() == []


def first_refused(one):
    """Drafts of one day after the other: the files have room for some rows before they must grow."""
    answers = (put_draft(one, day) for day in one.days)
    return next(answer for answer in answers if answer.status_code != 200)


def put_draft(one, day):
    close_old_connections()
    url = f"/api/v1/daily/{day}/draft/"
    codes = [
        village["code"] for village in one.client.get(f"/api/v1/daily/{day}/").json().get("villages", ())
    ]
    draft = {"edits": [], "confirm": codes, "zero": codes}
    return one.client.put(url, draft, content_type="application/json")


def test_t42_the_disk_of_the_log(copy, disk, cast):  # noqa: F811
    """PostgreSQL stops rather than acknowledge what it cannot write down; afterwards everything is there."""
    server = copy("log-disk", *DURABLE, "max_wal_size=32MB", "min_wal_size=32MB").copy_of()
    full = disk("log", 160)
    subprocess.run(["cp", "-a", f"{server.data}/pg_wal", full.place / "pg_wal"], check=True)
    subprocess.run(["rm", "-rf", server.data / "pg_wal"], check=True)
    (server.data / "pg_wal").symlink_to(full.place / "pg_wal")
    server.start(processes.free_port())
    with serving(server.port):
        one, other = filers(cast)[:2]
        days, one.days = one.days, one.days[:2]
        one.run()
        assert repr(one.error) == "None"
        full.fill()
        for _ in range(20):
            try:
                server.ask("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'x', repeat('y', 1000000))")
            except Exception:
                break
        else:
            pytest.fail("the log's disk took everything")
        answer = other.client.get(f"/api/v1/daily/{days[2]}/")
        assert (answer.status_code, answer.json()["code"]) in {(503, "database_gone"), (503, "disk_full")}
        server.stop()
        full.free()
        server.start(server.port)
        connections.close_all()
        other.days = days[:2]
        other.run()
        assert (repr(other.error), len(other.receipts)) == ("None", 2)
        assert_whole([one, other])
        assert breaks_of_chain() == []


def test_t42_the_disk_of_the_uploads(committed, disk, cast, settings):
    """A workbook that finds no room is refused, nothing of it stays, and the health page says so."""
    full = disk("uploads", 4)
    settings.DATA_DIR, settings.UPLOADS_DIR = full.place, full.place / "uploads"
    client = log_in(Client(raise_request_exception=False), cast.users["town"])
    full.fill()
    answer = client.post("/imports/orgs/", {"file": SimpleUploadedFile("底册.xlsx", b"PK" + b"x" * 500_000)})
    assert answer.status_code == 503
    assert "磁盘已满，本次操作没有写入" in answer.content.decode()
    assert [path for path in full.place.rglob("*") if path.is_file()] == [full.ballast]
    assert health.disk().level == Level.ALARM
    full.free()
    assert health.disk().level == Level.OK
    again = client.post("/imports/orgs/", {"file": SimpleUploadedFile("底册.xlsx", b"PK" + b"x" * 5_000)})
    assert again.status_code != 503


def test_t42_negative_control_an_upload_that_takes_a_full_disk_for_a_mistake(
    committed, disk, cast, settings, monkeypatch
):
    """Without the map of outages the same upload is a 500 that tells nobody to make room."""
    full = disk("uploads", 4)
    settings.DATA_DIR, settings.UPLOADS_DIR = full.place, full.place / "uploads"
    monkeypatch.setattr(outages, "FULL", ())
    client = log_in(Client(raise_request_exception=False), cast.users["town"])
    full.fill()
    answer = client.post("/imports/orgs/", {"file": SimpleUploadedFile("底册.xlsx", b"PK" + b"x" * 500_000)})
    assert (answer.status_code, "磁盘已满" in answer.content.decode()) == (500, False)
