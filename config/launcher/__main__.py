"""python -m config.launcher run|test|check|bench|demo: what run.py becomes inside the environment."""

import importlib
import sys

from config.launcher.errors import LaunchError

COMMANDS = {"run": "supervisor", "test": "tests", "check": "checks", "bench": "bench", "demo": "demo"}


def main(arguments: list[str]) -> int:
    command, rest = (arguments[0], arguments[1:]) if arguments else ("run", [])
    module = importlib.import_module(f"config.launcher.{COMMANDS[command]}")
    try:
        return int(module.run(rest))
    except LaunchError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
