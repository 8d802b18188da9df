"""Lock files, compose file, Dockerfile, vendor files: good as they are, and the checks do refuse."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from config.launcher import assets, checks, lockfiles
from config.launcher.preflight import ROOT

HASH = "    --hash=sha256:" + "0" * 64


def test_lock_files_are_free_of_hosts_and_current() -> None:
    assert lockfiles.complaints() == []


@pytest.mark.parametrize(
    "line",
    [
        f"a==1 \\\n{HASH}\n--extra-index-url https://mirror.example/simple",
        f"a @ https://mirror.example/a.whl \\\n{HASH}",
        f"--find-links /opt/wheels\na==1 \\\n{HASH}",
        f"-e ./somewhere\na==1 \\\n{HASH}",
        "a==1",
    ],
)
def test_planted_host_folder_or_missing_hash_in_requirements(line: str) -> None:
    assert lockfiles.in_requirements(f"b==2 \\\n{HASH}\n") == []
    assert len(lockfiles.in_requirements(f"b==2 \\\n{HASH}\n{line}\n")) >= 1


def test_a_requirements_file_behind_pyproject_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    text = (ROOT / "requirements" / "production.txt").read_text()
    pin = lockfiles.declared("production.txt", project)[0]
    assert lockfiles.behind("production.txt", text, project) == []
    assert lockfiles.behind("production.txt", text.replace(pin, pin + "9"), project) == [pin]


@pytest.mark.parametrize("entry", [{"resolved": "https://mirror.example/x.tgz", "integrity": "sha512-x"}, {}])
def test_planted_mirror_in_package_lock(entry: dict[str, str]) -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    lock["packages"]["node_modules/planted"] = entry
    assert lockfiles.in_package_lock(json.dumps(lock)) == ["node_modules/planted"]


def checked(step: str, file: Path) -> int:
    """Exit code of one step of run.py check on another file."""
    command = [*checks.STEPS[step][:-1], str(file)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path}, capture_output=True, check=False
    ).returncode


def test_compose_file_is_valid_and_a_planted_error_is_refused(tmp_path: Path) -> None:
    good = ROOT / "docker-compose.yml"
    assert checked("compose file", good) == 0
    planted = tmp_path / "docker-compose.yml"
    planted.write_text(good.read_text().replace("    restart: unless-stopped\n", "    restarts: always\n", 1))
    assert checked("compose file", planted) == 1


def test_dockerfile_is_clean_and_a_planted_error_is_refused(tmp_path: Path) -> None:
    good = ROOT / "deploy" / "Dockerfile"
    assert checked("Dockerfile", good) == 0
    planted = tmp_path / "Dockerfile"
    planted.write_text(good.read_text().replace("WORKDIR /srv/cunxuan", "WORKDIR srv", 1))
    assert checked("Dockerfile", planted) == 1


def test_vendor_copy_has_the_named_files_without_source_maps(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    for package, names in assets.FILES.values():
        for name in names:
            file = modules / package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("a{}\n/*# sourceMappingURL=x.map */\n//# sourceMappingURL=x.map")
    font = modules / assets.FONT
    (font / "files").mkdir(parents=True)
    (font / "LICENSE").write_text("OFL")
    for weight in (400, 700):
        (font / f"{weight}.css").write_text(
            f"@font-face{{src: url(./files/a-{weight}.woff2) format('woff2'), url(./files/a-{weight}.woff)"
            " format('woff');unicode-range: U+4e00;}"
        )
        (font / "files" / f"a-{weight}.woff2").write_bytes(b"font")
    target = tmp_path / "vendor"
    assets.copy(modules, target)
    assert sorted(str(file.relative_to(target)) for file in target.rglob("*") if file.is_file()) == [
        "axe-core/axe.min.js",
        "echarts/NOTICE",
        "echarts/echarts.min.js",
        "noto-sans-sc/LICENSE",
        "noto-sans-sc/files/a-400.woff2",
        "noto-sans-sc/files/a-700.woff2",
        "noto-sans-sc/noto-sans-sc.css",
        "tabler/tabler.min.css",
        "tabler/tabler.min.js",
    ]
    assert (target / "tabler" / "tabler.min.css").read_text() == "a{}\n\n"
    sheet = (target / "noto-sans-sc" / "noto-sans-sc.css").read_text()
    assert sheet.count(".woff2") == 2
    assert sheet.count(".woff)") == 0
    assert sheet.index("local(") < sheet.index("url(")


def test_missing_npm_is_said_and_not_fatal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assets, "are_current", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda *_args, **_kwargs: None)
    assert assets.main() == 1
    assert capsys.readouterr().err == "没有 npm。\nThere is no npm.\n"
