"""run.py manage: a command of manage.py on the data directory, whether the application is running or not."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from config.launcher import application, preflight, services
from config.launcher.errors import LaunchError


@contextmanager
def prepared() -> Iterator[dict[str, str]]:
    """The application's environment over the running servers, or over our own until the end of `with`.

    What runs already has prepared its database: nothing is done to it again under those who work.
    """
    folder = preflight.data_directory()
    preflight.refuse_full_disk(folder, preflight.ROOM_TO_RUN)
    preflight.make_data_directory(folder)
    with ExitStack() as stack:
        served = False
        try:
            stack.enter_context(preflight.only_one(folder))
        except LaunchError:
            servers = application.running_servers(folder)
            if not servers:
                raise
            served = True
        else:
            servers, _ = stack.enter_context(services.both(folder))
        env = application.environment(folder, servers)
        if not (served and application.is_migrated(env)):
            application.prepare_database(env, folder)
        yield env


def run(arguments: list[str]) -> int:
    """`arguments` are those of manage.py; without any it lists its commands."""
    with prepared() as env:
        application.manage(arguments or ["help"], env)
    return 0
