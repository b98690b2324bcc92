"""``unbraid report``: rebuild the page of a run from its folder alone."""

from pathlib import Path
from typing import Annotated

import typer

from unbraid.cli._console import say
from unbraid.report import build


def report(
    folder: Annotated[Path, typer.Argument(help="The folder that 'unbraid run' wrote.")],
) -> None:
    """Rebuild report.html from what a run folder holds."""
    say(f"report: {build(folder).resolve()}")
