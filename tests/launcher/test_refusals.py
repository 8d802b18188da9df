"""What stops a start is one Chinese and one English sentence and an exit code of its own."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from config.launcher import application, binaries, bootstrap, postgres, preflight, services
from config.launcher.errors import LaunchError
from tests.launcher.conftest import Launch, surroundings


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_taken_port(launch: Callable[..., Launch], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        one = launch("--port", str(port))
        assert one.process.wait(30) == 4
    assert one.said().splitlines() == [
        f"端口 {port} 已被其他程序占用，请换一个：python3 run.py --port {port + 1}",
        f"Port {port} is taken by another program; choose another one with --port.",
    ]
    assert not (tmp_path / "data").exists()


def test_free_port_is_taken_for_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    preflight.refuse_taken_port("127.0.0.1", port)


@pytest.mark.parametrize(("free", "refused"), [(499, True), (500, False)])
def test_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, refused: bool) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, free * preflight.MEGABYTE))
    folder = tmp_path / "not" / "yet"
    if not refused:
        preflight.refuse_full_disk(folder, preflight.ROOM_TO_RUN)
        return
    with pytest.raises(LaunchError) as refusal:
        preflight.refuse_full_disk(folder, preflight.ROOM_TO_RUN)
    assert refusal.value.exit_code == 5
    assert refusal.value.zh == f"磁盘空间不足：{tmp_path} 只剩 499 MB，至少需要 500 MB。"


def test_data_directory_of_another_postgres(
    launch: Callable[..., Launch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUNXUAN_PG_BIN", raising=False)  # the launch does not inherit it either
    data = tmp_path / "data" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    usual = binaries.all_postgres()[0].major
    one = launch()
    assert one.process.wait(30) == 3
    assert one.said().splitlines() == [
        f"数据目录 {data} 由 PostgreSQL 12 建立，本机可用的是 {usual}，不能直接打开；"
        "请先用旧版本 pg_dump 导出，见 docs/operations.md。",
        f"The data directory was created by PostgreSQL 12, but {usual} is what runs here: "
        "dump it with the old version first, see docs/operations.md.",
    ]


def test_data_directory_keeps_the_version_that_made_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer, older = (binaries.Binaries(Path(f"/pg/{major}"), major) for major in (18, 16))
    monkeypatch.setattr(binaries, "all_postgres", lambda: [newer, older])
    assert services.choose_postgres(tmp_path) == newer
    (tmp_path / "PG_VERSION").write_text("16\n")
    assert services.choose_postgres(tmp_path) == older


def test_schema_of_a_newer_version(monkeypatch: pytest.MonkeyPatch) -> None:
    known = sorted(application.known_migrations())
    assert ("accounts", "0001_initial") in known
    rows: list[tuple[str, str]] = [*known, ("auth", "9999_theirs")]
    monkeypatch.setattr(application, "owner_rows", lambda *_: rows)
    application.refuse_newer_schema({})
    rows.append(("reports", "0999_from_the_future"))
    with pytest.raises(LaunchError) as refusal:
        application.refuse_newer_schema({})
    assert refusal.value.exit_code == 3
    assert refusal.value.zh == (
        "数据由更新版本的程序写成（多出 reports.0999_from_the_future），"
        "请升级程序后再启动，或换一个数据目录。"
    )


def test_missing_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text(
        f"no-such-package==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    )
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    for name, value in {"CONFIG_FILE": "/dev/null", "INDEX_URL": "http://127.0.0.1:9/", "FIND_LINKS": "",
                        "EXTRA_INDEX_URL": "", "RETRIES": "0"}.items():  # fmt: skip
        monkeypatch.setenv(f"PIP_{name}", value)
    with pytest.raises(LaunchError) as refusal:
        bootstrap.install("run")
    assert refusal.value.exit_code == 7
    assert refusal.value.zh == (
        "依赖包没有装好，请检查软件源（pip 的 index-url）和网络："
        "Could not find a version that satisfies the requirement no-such-package==1.0 (from versions: none)"
    )
    assert not (tmp_path / ".installed-run").exists()


def test_run_py_starts_without_any_package(tmp_path: Path) -> None:
    """run.py and what it imports before .venv exists: the standard library, in isolation."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", "import config.launcher.bootstrap"],
        cwd=preflight.ROOT, env=surroundings(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_locale_without_chinese_trigrams(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, any_postgres: binaries.Binaries
) -> None:
    monkeypatch.setattr(postgres, "LOCALE", "C")
    server = postgres.PostgresServer(any_postgres, tmp_path / "postgres", postgres.THROW_AWAY)
    with pytest.raises(LaunchError) as refusal:
        server.start()
    assert refusal.value.zh == (
        "数据库的区域设置不支持中文检索（show_trgm 为空），请换用 C.UTF-8 或 zh_CN.UTF-8。"
    )
    assert server.process is None


@pytest.fixture
def any_postgres() -> Any:
    return binaries.all_postgres()[0]
