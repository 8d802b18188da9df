"""python -m config.launcher run|test|check|bench|demo|manage: what run.py becomes inside the environment."""

import importlib
import sys

from config.launcher import preflight
from config.launcher.errors import LaunchError

COMMANDS = {
    "run": "supervisor", "test": "tests", "check": "checks", "bench": "bench", "demo": "demo", "manage": "manage",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("run", [])
    module = importlib.import_module(f"config.launcher.{COMMANDS[command]}")
    try:
        return int(module.run(rest))
    except LaunchError as error:
        return told(preflight.blamed_on_disk(error, preflight.data_directory()))
    except OSError as error:
        if error.errno not in preflight.REASONS:
            raise
        return told(preflight.explained(error, preflight.data_directory()))
    except KeyboardInterrupt:
        return 130


def told(error: LaunchError) -> int:
    print(error, file=sys.stderr)
    return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
