"""The command line: one file per verb, which parses and prints and computes nothing."""

import sys


def main() -> None:
    """Run the command line; the entry point of the ``unbraid`` command.

    Raises
    ------
    SystemExit
        Always: 0 for success, 1 for a failed run, 2 for bad input, 130 after Ctrl-C.
    """
    try:
        # Imported here, so that Ctrl-C while the imports run ends as quietly as later.
        from unbraid.cli._app import run_app

        code = run_app(sys.argv[1:])
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    sys.exit(code)
