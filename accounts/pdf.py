"""PDF from a template of our own: optional, made by jobs in a process of its own, refused with what to install."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from accounts.errors import Refusal
from accounts.press import LACKING

SOURCE: Final = "运行手册“PDF”一节"
# A letter takes one second; a machine that is busy takes longer.
SECONDS: Final = 60
# What the process is told of ours: where fonts are, and no secret.
TOLD: Final = ("PATH", "HOME", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME")


def make_pdf(template: str, style: str, context: dict[str, Any]) -> bytes:
    """The PDF of a template with one style sheet of static/; nothing else is read, from nowhere."""
    css = Path(str(finders.find(style))).read_text(encoding="utf-8")
    order = json.dumps({"html": render_to_string(template, context), "css": css})
    done = subprocess.run(
        [sys.executable, "-m", "accounts.press"],
        cwd=settings.BASE_DIR, env={"LC_ALL": "C.UTF-8"} | {key: os.environ[key] for key in TOLD if key in os.environ},
        input=order.encode(), capture_output=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    if done.returncode == LACKING:
        raise Refusal(
            "pdf_unavailable",
            f"服务器上没有{done.stderr.decode()}，排不出 PDF。先下载 Word；请系统管理员按运行手册装上",
            source=SOURCE,
            status=409,
        )
    done.check_returncode()
    return done.stdout
