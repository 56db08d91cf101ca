"""The command ``yidi certify``."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance import SUITES, suites_of
from conformance.certificate import NAME, NoCertificate, expect_good, issue
from conformance.ci import tell
from conformance.reference import DEMOS, NoReference, Reference, free_port
from conformance.report import causes_of, write_report
from conformance.results import NAME as RESULTS
from conformance.results import read_results
from conformance.run import EVIDENCE
from conformance.sections import BUREAU, NATIONAL, counts_of, said_of_bureau, tag
from conformance.signing import read_key
from conformance.verdicts import INTERRUPTED, WORDS
from simulator.inputs.errors import InputError
from simulator.inputs.subjects import Subject, read_subject
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox.parties import CITY

_DEMO_PACK = "jiangsu-2023"
_EXIT = {0: 0, 1: 1, 2: 130, 3: 4, 4: 2, 5: 5}
"""The exit code of DESIGN for each of pytest's, where a run has left no results."""
_USAGE, _FAULT = 2, 4
_CAUSES = 3  # that are told on the console; the report has all
_MADE = (RESULTS, EVIDENCE, NAME, "certificate.html", "report.html", "replay-*.json")
"""What a run leaves, and a new one in the same folder replaces."""


def certify_command(  # noqa: PLR0917  # options of a command are all positional to it
    arguments: Annotated[list[str] | None, typer.Argument(help="after --, for pytest: -k, -m, --lf, -x, -n …")] = None,
    config: Annotated[str, typer.Option("-c", "--config", help="the system under test: conformance.toml")] = "",
    out: Annotated[Path, typer.Option("--out", help="where certificate, report and evidence go")] = Path("out/cert"),
    seed: Annotated[str, typer.Option("--seed", help="what the invented people are made from (new)")] = "",
    demo: Annotated[bool, typer.Option("--demo", help="certify the bundled reference")] = False,
    role: Annotated[str, typer.Option("--role", help="with --demo: which reference: city, province, hospital")] = CITY,
    mutant: Annotated[str, typer.Option("--mutant", help="with --demo: the reference, wrong in one way")] = "",
    smoke: Annotated[bool, typer.Option("--smoke", help="only the short selection (no certificate)")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="go on with a run that was stopped, same options")] = False,
    waivers: Annotated[Path | None, typer.Option("--waivers", help="breaches that somebody answers for")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="Ed25519 key in PEM; without: self-issued")] = None,
    days: Annotated[int, typer.Option("--days", min=0, help="how long the certificate holds (0: as configured)")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on standard output")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "en",
) -> None:
    """Run the suites against a system under test and certify it."""
    try:
        known_language(lang)
        private = read_key(key) if key is not None else None
        if demo == bool(config):
            words = "-c conformance.toml or --demo"
            raise UsageError(f"请指明被测系统：{words}", f"name the system under test: either {words}")
        if mutant and not demo:
            raise UsageError("--mutant 只与 --demo 同用", "--mutant goes with --demo")
        expect_demo(role, demo=demo)
        more = [*(["-m", "smoke"] if smoke else []), *(["--yidi-resume"] if resume else [])]
        more += ["--yidi-waivers", str(waivers)] if waivers is not None else []
        with demo_city(mutant, role) if demo else contextlib.nullcontext(config) as file:
            subject = read_subject(file)
            holds = days or subject.validity_days
            if subject.by_hand and not (seed or resume):
                words = "people loaded by hand are those of one seed: name it with --seed"
                raise UsageError("手工导入的人员属于某一种子，请用 --seed 指明", words)
            _prepare(out, resume=resume)
            code = run_suites(str(file), out / EVIDENCE, seed, *more, *(arguments or ()), quiet=as_json)
        if not (out / RESULTS).exists():
            _expect_begun(code)
            raise typer.Exit(_EXIT.get(code, _FAULT))
        results = read_results(out / RESULTS)
        write_report(out, lang=lang)
        certificate = certified(out, results, private, holds, lang)
        for line in tell(results, os.environ):
            typer.echo(line, err=as_json)
    except UsageError as problem:
        fail("yidi certify", problem.zh, problem.en, _USAGE, as_json=as_json, lang=lang if lang == "zh" else "en")
    except InputError as problem:
        fail("yidi certify", str(problem), str(problem), _USAGE, as_json=as_json, lang=lang)
    except KeyboardInterrupt:
        if (out / RESULTS).exists():
            raise
        zh, en = "已中断，尚未执行任何用例，没有结果。", "interrupted before any case was run: there are no results."
        fail("yidi certify", zh, en, INTERRUPTED, as_json=as_json, lang=lang if lang == "zh" else "en")
    except NoReference as problem:
        code = _USAGE if mutant else _FAULT
        fail("yidi certify", f"参考系统未能启动：{problem}", str(problem), code, as_json=as_json, lang=lang)
    _tell(results, certificate, out, as_json=as_json, lang=lang)
    raise typer.Exit(results["exit"])


def certified(
    out: Path, results: Mapping[str, Any], key: Ed25519PrivateKey | None, days: int, lang: str = "en"
) -> Mapping[str, Any] | NoCertificate:
    """Issue the certificate of a run, or return why there is none."""
    try:
        expect_good(results, [row["id"] for row in results["cases"]] + results["not_run"])
        return issue(out, all_cases(results["subject"]["role"]), key=key, days=days, lang=lang)
    except NoCertificate as none:
        return none


def run_suites(
    file: str, evidence: Path, seed: str, *arguments: str, quiet: bool = False, suites: Path = SUITES
) -> int:
    """Run pytest with the plugin on suites, or one of them; return its exit code.

    Ctrl-C is the child's, which writes what it has.
    """
    line = [*_pytest(), "-o", f"cache_dir={evidence.resolve().parent / '.pytest_cache'}", "--no-header"]
    line += ["--yidi", file, "--yidi-seed", seed, "--yidi-evidence", str(evidence), *arguments, str(suites)]
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    try:
        with subprocess.Popen(line, stdout=sys.stderr if quiet else None) as child:
            if heard:  # before there was a child to hear it
                child.send_signal(signal.SIGINT)
            return child.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _expect_begun(code: int) -> None:
    """Raise KeyboardInterrupt for pytest's exit code of a run that was stopped before it had begun."""
    if code in {-signal.SIGINT, pytest.ExitCode.INTERRUPTED}:
        raise KeyboardInterrupt


def all_cases(role: str = CITY) -> tuple[str, ...]:
    """Return the names of all cases of the suites of a role."""
    line = [*_pytest(), "-p", "no:cacheprovider", "--yidi", "offline", "--collect-only", "-q", str(suites_of(role))]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    return tuple(line for line in said.splitlines() if "::" in line)


def _pytest() -> Sequence[str]:
    return sys.executable, "-P", "-m", "pytest", "-c", "/dev/null", "--rootdir", str(SUITES)


def _prepare(out: Path, *, resume: bool) -> None:
    """Clear what another run has left, but not to go on with it; raises InputError."""
    if resume:
        if not (out / EVIDENCE).exists():
            raise InputError(str(out), "", f"has no {EVIDENCE} to go on with", "leave out --resume")
        made: tuple[str, ...] = (RESULTS, NAME)
    else:
        made = _MADE
    try:
        out.mkdir(parents=True, exist_ok=True)
        for pattern in made:
            for path in out.glob(pattern):
                path.unlink()
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise InputError(str(out), "", problem, "name another folder with --out") from None


def _tell(
    results: Mapping[str, Any],
    certificate: Mapping[str, Any] | NoCertificate,
    out: Path,
    *,
    as_json: bool,
    lang: str,
) -> None:
    none = certificate if isinstance(certificate, NoCertificate) else None
    if as_json:
        head = {name: value for name, value in results.items() if name not in {"cases", "not_run"}}
        head["counts"] = counts_of(results["cases"], NATIONAL)
        head["bureau_counts"] = counts_of(results["cases"], BUREAU)
        head["certificate"] = None if none else str(out / NAME)
        head["why_no_certificate"] = {"zh": none.zh, "en": none.en} if none else None
        sys.stdout.write(orjson.dumps(head, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    for line in summary(results, certificate, out, lang):
        typer.echo(line)


def summary(
    results: Mapping[str, Any], certificate: Mapping[str, Any] | NoCertificate, out: Path, lang: str
) -> Iterator[str]:
    """Return the lines that say what came of a run."""
    side = 0 if lang == "zh" else 1
    counts = "，" if lang == "zh" else ", "
    verdict, national = WORDS[results["verdict"]][side], counts_of(results["cases"], NATIONAL)
    said = counts.join(f"{WORDS[name][side]} {count}" for name, count in national.items() if count)
    subject = results["subject"]
    yield f"{subject['name']} {subject['build']}".strip() + f" — {verdict}: {said or '0'}"
    if bureau := said_of_bureau(results["cases"], lang):
        yield bureau
    for cause in causes_of(results["cases"])[:_CAUSES]:
        what = f"{tag(cause.cases[0], lang)}{getattr(cause, lang)} {cause.seen[lang]}".strip()
        yield f"  {len(cause.cases)} × {what}"
    for waiver in results["waivers"]:
        if waiver["problem"]:
            what = waiver["clause"] or waiver["case"]
            words = {"unused": ("未用到", "is not needed"), "expired": ("已过期", "has expired")}[waiver["problem"]]
            yield f"豁免 {what} {words[0]}" if lang == "zh" else f"the waiver of {what} {words[1]}"
    if isinstance(certificate, NoCertificate):
        yield f"不出具证书：{certificate.zh}。" if lang == "zh" else f"no certificate: {certificate.en}."
        yield str(out / RESULTS)
        return
    issuer, until = certificate["issuer"], certificate["validity"]["to"]
    if lang == "zh":
        yield f"证书 {out / NAME}，有效期至{until}" + ("（自签）" if issuer["self_issued"] else "")
    else:
        yield f"certificate {out / NAME}, until {until}" + (" (self-issued)" if issuer["self_issued"] else "")


@contextlib.contextmanager
def demo_city(mutant: str = "", role: str = CITY) -> Iterator[Path]:
    """Start the reference of a role or a mutant of it, its bench's address around it; return its configuration."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        above = f"http://127.0.0.1:{port}"
        code = DEMOS[role]
        reference = Reference(folder, above, role=role, code=code, pack=_DEMO_PACK, mutant=mutant)
        try:
            file = folder / "conformance.toml"
            file.write_text(written(reference.subject(code, _DEMO_PACK)._replace(port=port)), encoding="utf-8")
            yield file
        finally:
            reference.end()


def expect_demo(role: str, *, demo: bool) -> None:
    """Refuse a role that there is no reference of, or that a configuration says; raises UsageError."""
    if role != CITY and not demo:
        raise UsageError("--role 只与 --demo 同用", "--role goes with --demo: a configuration says its own")
    if role not in DEMOS:
        known = ", ".join(DEMOS)
        raise UsageError(f"没有角色{role}的参考系统；应为{known}之一", f"there is no reference {role}: use {known}")


def written(subject: Subject) -> str:
    """Return a configuration as ``conformance.toml`` says it."""
    hooks = "".join(f'{name} = "{how}"\n' for name, how in subject.hooks.items())
    return (
        f'[subject]\nname = "{subject.name}"\nbuild = "{subject.build}"\nrole = "{subject.role}"\n'
        f'code = "{subject.code}"\n\n[target]\nurl = "{subject.url}"\nfrom_above = "{subject.from_above}"\n\n'
        f'[upstream]\nhost = "{subject.host}"\nport = {subject.port}\n\n[keys]\nseed = "{subject.seed}"\n\n'
        f'[rules]\npack = "{subject.pack}"\nprofile = "{subject.profile}"\n\n[hooks]\n{hooks}'
    )
