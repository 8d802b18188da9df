"""The files of other projects that the pages load: installed by npm from the lock, copied to static/vendor.

    python -m config.launcher.assets            # npm ci and copy, when the lock or this file changed

Without npm or its registry the application still works with its own style sheets; charts and the Chinese
font of the pages are missing then, and the demo uses a small generated county instead of the real list.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from config.launcher import processes
from config.launcher.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "static" / "vendor"
STAMP = TARGET / ".stamp"
INPUTS = ("package.json", "package-lock.json", "config/launcher/assets.py")
# folder below static/vendor → package, and file in the package → name of the copy
FILES = {
    "tabler": (
        "@tabler/core",
        {"dist/css/tabler.min.css": "tabler.min.css", "dist/js/tabler.min.js": "tabler.min.js"},
    ),
    # Bars, lines, pies and scatters with axes, legend and tooltip: 240 KB compressed instead of 370.
    "echarts": ("echarts", {"dist/echarts.common.min.js": "echarts.min.js", "NOTICE": "NOTICE"}),
    "axe-core": ("axe-core", {"axe.min.js": "axe.min.js"}),
}
FONT = "@fontsource/noto-sans-sc"
# Faces the reader's machine may have already; the browser asks for a file only without any of them.
LOCAL_FACES = {
    400: ("Noto Sans SC", "NotoSansSC-Regular", "Noto Sans CJK SC", "NotoSansCJKsc-Regular",
          "PingFangSC-Regular", "Microsoft YaHei"),
    700: ("Noto Sans SC Bold", "NotoSansSC-Bold", "Noto Sans CJK SC Bold", "NotoSansCJKsc-Bold",
          "PingFangSC-Semibold", "Microsoft YaHei Bold"),
}  # fmt: skip
SOURCE_MAP = re.compile(r"(?m)^\s*(?:/\*|//)[#@]\s*sourceMappingURL=.*$")
FACE_SOURCE = re.compile(r"src: url\(\./files/([\w-]+\.woff2)\)[^;]*;")


def fingerprint() -> str:
    """Digest of everything the copy depends on."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in INPUTS)).hexdigest()


def are_current() -> bool:
    """True when the copy was made from this lock by this version of the list."""
    copied = STAMP.exists() and STAMP.read_text() == fingerprint()
    return copied and (ROOT / "node_modules").is_dir()


def copy_text(source: Path, target: Path) -> None:
    """Copy a file without its source-map comment: the map is not there, and a manifest build fails on it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(SOURCE_MAP.sub("", source.read_text(encoding="utf-8")), encoding="utf-8")


def copy_font(package: Path, target: Path) -> None:
    """Two weights of Noto Sans SC, in pieces the browser chooses by the characters on the page."""
    (target / "files").mkdir(parents=True, exist_ok=True)
    sheets = []
    for weight, faces in LOCAL_FACES.items():
        local = ", ".join(f'local("{face}")' for face in faces)
        sheet = (package / f"{weight}.css").read_text(encoding="utf-8")
        for name in FACE_SOURCE.findall(sheet):
            shutil.copyfile(package / "files" / name, target / "files" / name)
        sheets.append(FACE_SOURCE.sub(rf'src: {local}, url(./files/\1) format("woff2");', sheet))
    (target / "noto-sans-sc.css").write_text("\n".join(sheets), encoding="utf-8")
    shutil.copyfile(package / "LICENSE", target / "LICENSE")


def copy(modules: Path, target: Path) -> None:
    """Replace `target` by fresh copies out of `modules` (a node_modules folder)."""
    shutil.rmtree(target, ignore_errors=True)
    for folder, (package, names) in FILES.items():
        for name, copied in {**names, "LICENSE": "LICENSE"}.items():
            if (modules / package / name).exists():
                copy_text(modules / package / name, target / folder / copied)
    copy_font(modules / FONT, target / "noto-sans-sc")


def install() -> None:
    """npm ci and copy; raises LaunchError with npm's own reason when that is not possible."""
    npm = shutil.which("npm")
    if npm is None:
        raise LaunchError("没有 npm。", "There is no npm.")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=processes.ends_with_parent(signal.SIGTERM),
        env={**os.environ, "npm_config_fetch_retries": "1", "npm_config_fetch_timeout": "60000"},
    )  # fmt: skip
    if done.returncode:
        reason = next((line for line in done.stderr.splitlines() if "npm error" in line), "npm ci failed")
        raise LaunchError(f"npm 未能安装前端文件：{reason}", f"npm could not install the assets: {reason}")
    copy(ROOT / "node_modules", TARGET)
    STAMP.write_text(fingerprint())


def main() -> int:
    if are_current():
        return 0
    try:
        install()
    except LaunchError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
