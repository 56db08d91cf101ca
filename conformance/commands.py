"""The commands ``yidi certify`` and what belongs to it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from conformance import SUITES
from conformance.reference import Reference
from simulator.inputs.subjects import Subject

_DEMO_CODE, _DEMO_PACK = "320300", "jiangsu-2023"
_EXIT = {0: 0, 1: 1, 2: 130, 3: 4, 4: 2, 5: 5}
"""The exit code of DESIGN for each of pytest's."""


def certify_command(
    arguments: Annotated[list[str] | None, typer.Argument(help="for pytest: -k, -m, --lf, -x, -n …")] = None,
    config: Annotated[str, typer.Option("-c", "--config", help="the system under test: conformance.toml")] = "",
    out: Annotated[Path, typer.Option("--out", help="where certificate, report and evidence go")] = Path("out/cert"),
    seed: Annotated[str, typer.Option("--seed", help="what the invented people are made from")] = "1",
    demo: Annotated[bool, typer.Option("--demo", help="certify the bundled reference city")] = False,
) -> None:
    """Run the suites against a system under test."""
    out.mkdir(parents=True, exist_ok=True)
    with _demo() if demo else contextlib.nullcontext(config) as file:
        code = run_suites(str(file), out / "evidence.ndjson", seed, *(arguments or ()))
    raise typer.Exit(_EXIT.get(code, 4))


def run_suites(file: str, evidence: Path, seed: str, *arguments: str) -> int:
    """Run pytest with the plugin; return its exit code."""
    line = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(SUITES)]
    line += ["--yidi", file, "--yidi-seed", seed, "--yidi-evidence", str(evidence), *arguments, str(SUITES)]
    return subprocess.run(line, check=False).returncode


@contextlib.contextmanager
def _demo() -> Iterator[Path]:
    """Start the reference city, its bench's address above it; return its configuration."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reference = Reference(folder, f"http://127.0.0.1:{port}", code=_DEMO_CODE, pack=_DEMO_PACK)
        try:
            file = folder / "conformance.toml"
            file.write_text(written(reference.subject(_DEMO_CODE, _DEMO_PACK)._replace(port=port)), encoding="utf-8")
            yield file
        finally:
            reference.end()


def written(subject: Subject) -> str:
    """Return a configuration as ``conformance.toml`` says it."""
    hooks = "".join(f'{name} = "{how}"\n' for name, how in subject.hooks.items())
    return (
        f'[subject]\nname = "{subject.name}"\nbuild = "{subject.build}"\nrole = "{subject.role}"\n'
        f'code = "{subject.code}"\n\n[target]\nurl = "{subject.url}"\nfrom_above = "{subject.from_above}"\n\n'
        f'[upstream]\nhost = "{subject.host}"\nport = {subject.port}\n\n[keys]\nseed = "{subject.seed}"\n\n'
        f'[rules]\npack = "{subject.pack}"\nprofile = "{subject.profile}"\n\n[hooks]\n{hooks}'
    )
