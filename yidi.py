"""The command `yidi`: mounts the commands of each part."""

from __future__ import annotations

import sys
from importlib import metadata
from typing import Annotated

import typer

import schemas.commands
import simulator.study.commands

app = typer.Typer(
    name="yidi",
    help="异地 · simulation and test harness for cross-region medical-insurance settlement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(schemas.commands.app, name="schema")
app.command("simulate")(simulator.study.commands.simulate_command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"yidi {metadata.version('yidi')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Options that come before a command."""


def main() -> None:
    """Run the command; a fault of the tool is one sentence and exit code 4, never a traceback."""
    try:
        app()
    except Exception as error:  # the last resort: whatever was not foreseen is our fault
        sys.stderr.write(f"yidi: fault of the tool ({type(error).__name__}: {error}); please report it\n")
        raise SystemExit(4) from None


if __name__ == "__main__":
    main()
