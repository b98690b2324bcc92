"""The typer application, made of the verbs that this room holds."""

import os
import sys
import warnings
from collections.abc import Sequence

import typer

from unbraid import __version__
from unbraid.cli._console import say, say_error
from unbraid.core import rooms
from unbraid.core.errors import UnbraidError, say_cautions


def _version(wanted: bool | None) -> None:
    if wanted:
        typer.echo(f"unbraid {__version__}")
        raise typer.Exit


def _unbraid(
    _: bool | None = typer.Option(
        None, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Learn representations of data, and find out how far to trust them."""


def make_app() -> typer.Typer:
    """Return the application with one command per file of this room.

    Returns
    -------
    typer.Typer
        The application.
    """
    app = typer.Typer(
        name="unbraid",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_unbraid)
    for verb in rooms.names("cli"):
        app.command(name=verb)(rooms.load("cli", verb))
    return app


def run_app(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; every error is one line on stderr.

    Parameters
    ----------
    arguments
        The words after ``unbraid``.

    Returns
    -------
    int
        0 for success, 1 for a failed run, 2 for bad input, 130 after Ctrl-C.
    """
    try:
        with warnings.catch_warnings():
            say_cautions(say)
            code = make_app()(args=list(arguments), standalone_mode=False)
    except UnbraidError as error:
        say_error(str(error))
        return error.exit_code
    except typer.TyperException as error:
        return _usage(error)
    except BrokenPipeError:
        # The reader of stdout went away (`unbraid score ... | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (typer.Abort, KeyboardInterrupt):
        code = 130
    if code == 130:  # typer makes this code of Ctrl-C
        say_error("interrupted; what was finished is kept, and the same command continues it")
    return code if isinstance(code, int) else 0


def _usage(error: typer.TyperException) -> int:
    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    if not message or type(error).__name__ == "NoArgsIsHelpError":
        return 0  # the help was printed
    hint = f"; try {context.command_path} --help" if context is not None else ""
    say_error(" ".join(message.split()).removesuffix(".") + hint)
    return 2
