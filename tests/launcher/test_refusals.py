"""What stops a start is one Chinese and one English sentence and an exit code of its own."""

import ast
import errno
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


def test_failure_on_a_full_disk_is_blamed_on_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server or a command that fails for want of room says something else; a coded refusal keeps its own."""
    failed, taken = LaunchError("数据库没有启动", "PostgreSQL did not start"), LaunchError("端口", "port", 4)
    for free, codes in ((20, (1, 4)), (19, (5, 4))):
        usage = Usage(10**12, 0, free * preflight.MEGABYTE)
        monkeypatch.setattr(shutil, "disk_usage", lambda _, usage=usage: usage)
        assert tuple(preflight.blamed_on_disk(one, tmp_path).exit_code for one in (failed, taken)) == codes


def test_a_file_where_the_data_directory_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = []
    for folder in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(LaunchError) as refusal:
            preflight.make_data_directory(folder)
        said.append((refusal.value.exit_code, refusal.value.zh))
    assert said == [
        (1, f"不能写入数据目录 {tmp_path}/file：它是一个文件，不是文件夹。可以用 CUNXUAN_DATA 指定别的目录。"),
        (1, f"不能写入数据目录 {tmp_path}/file/data：它的上级是一个文件，不是文件夹。"
            "可以用 CUNXUAN_DATA 指定别的目录。"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "zh"),
    [(errno.EACCES, "没有权限"), (errno.EROFS, "文件系统只读"), (errno.ENOSPC, "磁盘已满")],
)
def test_data_directory_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, zh: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(number, "x", str(tmp_path))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(LaunchError) as refusal:
        preflight.make_data_directory(tmp_path)
    assert refusal.value.zh == f"不能写入数据目录 {tmp_path}：{zh}。可以用 CUNXUAN_DATA 指定别的目录。"


def test_folder_of_the_program_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(bootstrap.venv.EnvBuilder, "create", refuse)
    with pytest.raises(LaunchError) as refusal:
        bootstrap.make_environment()
    assert (
        refusal.value.zh == f"不能写入程序目录 {preflight.ROOT}：文件系统只读。请把程序放到可写的目录再启动。"
    )


def test_older_python(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """run.py is a file that Python 3.5 can read, and says so before it imports anything of ours."""
    source = (preflight.ROOT / "run.py").read_text(encoding="utf-8")
    spaces: dict[str, Any] = {"__name__": "run"}
    exec(compile(ast.parse(source, feature_version=(3, 5)), "run.py", "exec"), spaces)  # noqa: S102 - our own file
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    assert spaces["main"]() == 2
    assert capsys.readouterr().err.splitlines() == [
        "需要 Python 3.11 或更新版本，当前是 3.10。",
        "Python 3.11 or newer is needed, this is 3.10.",
    ]


def test_second_installation_waits_for_the_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preflight, "ROOT", tmp_path)
    script = (
        "import fcntl, os, sys, time; held = os.open(sys.argv[1], os.O_RDONLY); "
        "fcntl.flock(held, fcntl.LOCK_EX); print('held', flush=True); time.sleep(0.5)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with preflight.one_installs():
            assert first.wait(5) == 0
    with preflight.one_installs():
        pass
    assert capsys.readouterr().out == (
        "另一个 run.py 正在安装，等它装完 · another run.py is installing, waiting for it\n"
    )


@pytest.mark.parametrize(
    ("areas", "users", "unfinished", "loaded"),
    [
        (False, False, False, True),
        (True, False, True, True),
        (True, False, False, False),
        (False, True, False, False),
        (True, True, True, False),
    ],
)
def test_demo_goes_only_into_an_empty_installation(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    areas: bool,
    users: bool,
    unfinished: bool,
    loaded: bool,
) -> None:
    held = {"accounts_area": areas, "accounts_user": users}
    monkeypatch.setattr(application, "owner_rows", lambda _, query: [(held[query.split()[-1][:-1]],)])
    done: list[tuple[str, ...]] = []
    monkeypatch.setattr(application, "load_demo", lambda _, arguments: done.append(arguments))
    if unfinished:
        (tmp_path / "first-start").touch()
    application.load_first_data({}, tmp_path, demo=True)
    assert done == ([application.DEMO] if loaded else [])


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
