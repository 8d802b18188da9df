"""Everything before the virtual environment exists: make it, fill it, hand over. Standard library only."""

import argparse
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

from config.launcher import assets, preflight, processes
from config.launcher.errors import LaunchError

ROOT = preflight.ROOT
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# command → requirements file it needs; dev.txt holds everything of run.txt
NEEDS = {"run": "run", "demo": "run", "manage": "run", "test": "dev", "check": "dev", "bench": "dev"}
HELP = {
    "run": "serve the application (the default)",
    "test": "run the tests on throw-away servers: [--all] [pytest arguments]",
    "check": "format, lint, types, imports, templates, migrations, lock files, then tests: [--no-tests]",
    "bench": "measure and print a table: [arguments of the benchmark]",
    "demo": "load a demo city: --city 3307 --days 30 --seed 1",
    "manage": "a command of manage.py on this data: load_divisions --city 3307",
}


def parser() -> argparse.ArgumentParser:
    """The command line; options of the other commands are read inside the environment."""
    lines = [f"  {name:6} {text}" for name, text in HELP.items()]
    it = argparse.ArgumentParser(
        prog="run.py",
        usage="python3 run.py [run [--port 8000] [--host 127.0.0.1] [--no-demo]|test|check|bench|demo|manage]",
        description="村选 CunXuan",
        epilog="commands:\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    it.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    it.add_argument("--host", default="127.0.0.1", help="0.0.0.0 serves the whole network")
    it.add_argument("--no-demo", action="store_true", help="start empty and create the first administrator")
    return it


def say(text: str) -> None:
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    """Prepare the environment for the command and become it; returns only when that fails."""
    command = arguments[0] if arguments and arguments[0] in NEEDS else "run"
    rest = arguments[1:] if arguments and arguments[0] in NEEDS else arguments
    try:
        if command == "run":
            options = parser().parse_args(rest)
            preflight.refuse_running(preflight.data_directory())
            preflight.refuse_taken_port(options.host, options.port)
            preflight.make_data_directory(preflight.data_directory())
        with preflight.one_installs():
            prepare(NEEDS[command])
    except LaunchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    os.chdir(ROOT)
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    os.execve(PYTHON, [str(PYTHON), "-m", "config.launcher", command, *rest], environment)  # noqa: S606


def prepare(profile: str) -> None:
    """Environment, requirements of the profile, files of the pages: only what is missing or has changed."""
    if not is_installed(profile):
        preflight.refuse_full_disk(ROOT, preflight.ROOM_TO_INSTALL)
        make_environment()
        install(profile)
    fetch_assets()


def stamp(profile: str) -> Path:
    return VENV / f".installed-{profile}"


def digest(profile: str) -> str:
    return hashlib.sha256((ROOT / "requirements" / f"{profile}.txt").read_bytes()).hexdigest()


def is_installed(profile: str) -> bool:
    """True when this environment works and holds exactly what the requirements file says, or more."""
    profiles = {profile, "dev"} if profile == "run" else {profile}
    current = any(stamp(one).exists() and stamp(one).read_text() == digest(one) for one in profiles)
    return current and PYTHON.exists()


def make_environment() -> None:
    """Create .venv, or create it anew where an earlier start was killed before pip was in it."""
    if PYTHON.exists() and any(VENV.glob("lib/python*/site-packages/pip/__main__.py")):
        return
    say("建立 Python 环境 · creating .venv")
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=True).create(VENV)
    except (subprocess.CalledProcessError, OSError) as error:
        shutil.rmtree(VENV, ignore_errors=True)
        if isinstance(error, OSError):
            zh, en = preflight.reason(error)
            raise LaunchError(
                f"不能写入程序目录 {ROOT}：{zh}。请把程序放到可写的目录再启动。",
                f"The folder of the program, {ROOT}, cannot be written: {en}. Put it where you may write.",
            ) from None
        raise LaunchError(
            f"不能建立 Python 虚拟环境（Debian/Ubuntu 请先 apt install python3-venv）：{error}",
            f"Could not create the virtual environment (on Debian: apt install python3-venv): {error}",
        ) from None


def install(profile: str) -> None:
    """pip install with hashes, from whatever registry this machine is set up for, showing how far it is."""
    requirements = ROOT / "requirements" / f"{profile}.txt"
    total = len(re.findall(r"^[\w.\[\]-]+==", requirements.read_text(), re.MULTILINE))
    say(f"安装 {total} 个依赖包 · installing {total} packages (requirements/{profile}.txt)")
    started = time.monotonic()
    failed = pip("--requirement", str(requirements), total=total)
    if failed:
        preflight.refuse_full_disk(ROOT, preflight.ROOM_TO_BREATHE, needed=preflight.ROOM_TO_INSTALL)
        raise LaunchError(
            f"依赖包没有装好，请检查软件源（pip 的 index-url）和网络：{failed}",
            f"The packages could not be installed; check the package registry and the network: {failed}",
            exit_code=7,
        )
    stamp(profile).write_text(digest(profile))
    say(f"依赖包就绪 · packages installed, {time.monotonic() - started:.0f} s")


def pip(*arguments: str, total: int) -> str:
    """Run pip install and show one line per ten packages; returns its last error, empty when it worked."""
    running = subprocess.Popen(
        [PYTHON, "-m", "pip", "install", "--require-hashes", "--disable-pip-version-check", "--no-input",
         "--progress-bar=off", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT,
        preexec_fn=processes.ends_with_parent(signal.SIGTERM),
    )  # fmt: skip
    seen, complaint = 0, ""
    for line in running.stdout or ():
        if line.startswith("Collecting "):
            seen += 1
            if seen % 10 == 0:
                say(f"  {min(seen, total)}/{total} {line.split()[1].partition('==')[0]}")
        elif line.startswith("Installing collected packages"):
            say("  解包 · unpacking")
        elif line.startswith("ERROR"):
            complaint = complaint or line.removeprefix("ERROR:").strip()
    if running.stdout:
        running.stdout.close()
    return (complaint or "pip failed") if running.wait() else ""


def fetch_assets() -> None:
    """Files of the pages through npm; its absence is said, not fatal."""
    if assets.are_current():
        return
    environment = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if not shutil.which("npm", path=environment["PATH"]):
        say("安装 node · no node on this machine, installing the pinned one")
        if pip("--requirement", str(ROOT / "requirements" / "node.txt"), total=1):
            say("没有 node，页面改用自带样式 · no node: the pages use their own style sheets only")
            return
    say("下载前端文件和区划清单 · fetching the files of the pages and the division list (npm)")
    done = subprocess.run(
        [PYTHON, "-m", "config.launcher.assets"], cwd=ROOT, env=environment, check=False,
        preexec_fn=processes.ends_with_parent(signal.SIGTERM),
    )  # fmt: skip
    if done.returncode:
        say(
            "前端文件没有下载：页面改用自带样式，没有图表，演示数据改用生成的小县；下次启动再试。\n"
            "The npm registry did not answer: the pages use their own style sheets, without charts, and the "
            "demo a small generated county; the next start tries again."
        )
