"""The command `yidi`: mounts the commands of each part."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from importlib import import_module, metadata
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from simulator.outputs.console import fail, speak_utf8

USAGE, FAULT, INTERRUPTED, PIPE_CLOSED = 2, 4, 130, 141
# What the option parser raises for any line it cannot follow.
_REFUSED_LINE: Any = typer.BadParameter.__mro__[2]


PLACES: Mapping[str, str] = {
    "schema": "schemas.commands:app",
    "simulate": "simulator.study.commands:simulate_command",
    "compare": "simulator.study.compare_command:compare_command",
    "explain": "simulator.study.explain:explain_command",
    "load": "simulator.traffic.commands:load_command",
    "backtest": "simulator.traffic.backtest_commands:backtest_command",
    "requirements": "simulator.study.requirements:requirements_command",
    "forms": "simulator.study.paper.command:forms_command",
    "serve": "simulator.sandbox.commands:serve_command",
    "journal": "simulator.sandbox.journal_commands:app",
    "init": "conformance.setup_commands:init_command",
    "doctor": "conformance.setup_commands:doctor_command",
    "data": "conformance.setup_commands:data_app",
    "certify": "conformance.commands:certify_command",
    "proxy": "conformance.proxy.commands:proxy_command",
    "verify": "conformance.verify_commands:verify_command",
    "diff": "conformance.setup_commands:diff_command",
    "replay": "conformance.replaying:replay_command",
    "mutants": "conformance.mutants.commands:mutants_command",
}
"""Where each command is: nothing is imported before it is asked for, so that none waits for what another needs."""


class Commands(TyperGroup):
    """All commands; whatever ends one early is a sentence and an exit code, with ``--json`` also a document."""

    def __init__(self, **attrs: Any) -> None:
        super().__init__(**attrs)
        self.commands: Any = dict.fromkeys(PLACES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import and return a command, None where there is none of the name."""
        module, _, name = PLACES.get(cmd_name, "").partition(":")
        if not name:
            return None
        found, one = getattr(import_module(module), name), typer.Typer()
        if isinstance(found, typer.Typer):
            one.add_typer(found, name=cmd_name)
        else:
            one.command(cmd_name)(found)
        return typer.main.get_group(one).commands[cmd_name]

    def main(self, args: Any = None, *, standalone_mode: bool = True, **more: Any) -> Any:  # type: ignore[override]
        """Run a command line and leave with its exit code."""
        speak_utf8()
        line = list(sys.argv[1:] if args is None else args)
        as_json, lang = "--json" in line, "zh" if "zh" in line else "en"
        try:
            try:
                code = super().main(line, standalone_mode=False, **more)
            except typer.Exit:
                raise
            except _REFUSED_LINE as error:
                sentence = error.format_message()
                if not sentence.strip() or not line:
                    raise typer.Exit(USAGE) from None  # the help has been shown
                fail("yidi", f"{sentence}（见 --help）", f"{sentence} (see --help)", USAGE, as_json=as_json, lang=lang)
            except SystemExit:  # the option parser's way to say that nobody reads the output any more
                _let_go_of_output()
                raise typer.Exit(PIPE_CLOSED) from None
            except (KeyboardInterrupt, typer.Abort):
                fail("yidi", "已中断。", "interrupted.", INTERRUPTED, as_json=as_json, lang=lang)
            except OSError as error:
                if error.filename is not None or error.errno not in {errno.ENOSPC, errno.EIO}:
                    _fault(error, as_json=False, lang=lang)
                _let_go_of_output()
                zh, en = f"输出无法写入（{error.strerror}）。", f"the output cannot be written ({error.strerror})."
                fail("yidi", zh, en, USAGE, as_json=False, lang=lang)
            except Exception as error:  # the last resort: whatever was not foreseen is our fault
                _fault(error, as_json=as_json, lang=lang)
        except typer.Exit as left:
            code = left.exit_code
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code


def _fault(error: Exception, *, as_json: bool, lang: str) -> NoReturn:
    what = f"{type(error).__name__}: {error}"
    zh, en = f"工具故障（{what}），请报告。", f"fault of the tool ({what}); please report it."
    fail("yidi", zh, en, FAULT, as_json=as_json, lang=lang)


def _let_go_of_output() -> None:
    """Let what is still to be written go nowhere, so that leaving does not fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    cls=Commands,
    name="yidi",
    help="异地 · simulation and test harness for cross-region medical-insurance settlement.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
