"""``python -P -m conformance.mutants.serve NAME …``: ``yidi serve`` with the options after the name, as a mutant."""

from __future__ import annotations

import sys

import typer

from conformance.mutants.registry import named
from simulator.sandbox.commands import serve_command


def main() -> None:
    """Serve a mutant until told to stop; exit code 2 where there is none of that name."""
    if len(sys.argv) == 1:
        sys.exit("usage: python -m conformance.mutants.serve NAME [options of yidi serve]")
    name, *options = sys.argv[1:]
    try:
        named(name).apply()
    except KeyError as problem:
        sys.stderr.write(f"{problem.args[0]}\n")
        sys.exit(2)
    app = typer.Typer(add_completion=False)
    app.command()(serve_command)
    app(options)


if __name__ == "__main__":
    main()
