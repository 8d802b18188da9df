"""The site's settings with the peers' pages beside ours."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.web"
