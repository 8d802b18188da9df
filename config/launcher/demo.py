"""run.py demo: load a demo city into the data directory, whether the application is running or not."""

from config.launcher import application
from config.launcher.manage import prepared


def run(arguments: list[str]) -> int:
    """`arguments` go to manage.py load_demo; defaults are those of the first start."""
    chosen = tuple(arguments) if "--city" in arguments else (*application.DEMO, *arguments)
    with prepared() as env:
        application.load_demo(env, chosen)
    return 0
