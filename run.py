#!/usr/bin/env python3
"""Set up and run 村选 (CunXuan): python3 run.py [run|test|check|bench|demo|manage] [options]; --help lists them.

Needs Python 3.11 or newer and a package registry, nothing else: it makes .venv, installs the pinned
requirements and the files of the pages, then hands over to config/launcher inside that environment.
"""

import sys


def main():
    if sys.version_info < (3, 11):  # noqa: UP036 - this file alone must run on an older Python
        sys.stderr.write(
            "需要 Python 3.11 或更新版本，当前是 {0}.{1}。\n"
            "Python 3.11 or newer is needed, this is {0}.{1}.\n".format(*sys.version_info[:2])
        )
        return 2
    from config.launcher import bootstrap  # noqa: PLC0415 - an older Python could not read it

    return bootstrap.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
