"""Load a demo city into the data directory, whether the application is running or not."""

from contextlib import ExitStack

from config.launcher import application, preflight, services
from config.launcher.errors import LaunchError


def run(arguments: list[str]) -> int:
    """`arguments` go to manage.py load_demo; defaults are those of the first start."""
    chosen = tuple(arguments) if "--city" in arguments else (*application.DEMO, *arguments)
    folder = preflight.data_directory()
    preflight.refuse_full_disk(folder, preflight.ROOM_TO_RUN)
    preflight.make_data_directory(folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(preflight.only_one(folder))
            servers, _ = stack.enter_context(services.both(folder))
        except LaunchError as error:
            servers = running(error)
        env = application.environment(folder, servers)
        application.prepare_database(env, folder)
        application.load_demo(env, chosen)
    return 0


def running(error: LaunchError) -> dict[str, str]:
    """The servers of the run.py that holds the data directory; raises `error` when there is none."""
    kept = preflight.data_directory() / "servers.env"
    if not kept.exists():
        raise error
    return dict(line.split("=", 1) for line in kept.read_text().splitlines())
