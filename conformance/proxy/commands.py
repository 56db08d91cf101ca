"""The command ``yidi proxy``.

Exit codes: 0 nothing is wrong, 1 findings, 2 usage or an address that cannot be listened on, 3 the upstream was never
reached, 4 the judging process has died.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import urlsplit

import orjson
import typer

import schemas
from conformance.proxy.beside import Beside, Judging, JudgingDied
from conformance.proxy.findings import SIDES, TITLES, WRONG
from conformance.proxy.keys import key_for
from conformance.proxy.rejudging import judge_again
from conformance.proxy.relay import Link
from conformance.proxy.report import REASONS
from conformance.proxy.results import LOG, PAGE, About
from conformance.proxy.running import keep_earlier, watch
from schemas.errors import SchemaError
from simulator.core.visits.lifecycle import Tables, transitions
from simulator.inputs.errors import InputError
from simulator.inputs.platforms import ground_of
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox.clock import machine
from simulator.sandbox.server import Cannot, address_of, listen, tls_context

_FOUND, _USAGE, _NOT_REACHED, _FAULT = 1, 2, 3, 4
_MEGABYTE = 1 << 20


def proxy_command(  # noqa: PLR0917  # options of a command are all positional to it
    to: Annotated[str, typer.Option("--to", help="the system that answers: http://city.example/fsi/api")] = "",
    at: Annotated[str, typer.Option("--listen", help="where calls come in")] = "127.0.0.1:8095",
    out: Annotated[Path, typer.Option("--out", help="where log, findings and report go")] = Path("out/proxy"),
    pack: Annotated[str, typer.Option("--pack", help="the policy pack whose order of steps is judged")] = "",
    profile: Annotated[str, typer.Option("--profile", help="strict or lenient")] = "strict",
    key_file: Annotated[Path | None, typer.Option("--key-file", help="key of the pseudonyms (new)")] = None,
    every: Annotated[int, typer.Option("--report-every", min=0, help="report after so many exchanges too")] = 0,
    seconds: Annotated[float, typer.Option("--seconds", min=1, max=600, help="silence after which it is 504")] = 120,
    most: Annotated[int, typer.Option("--most", min=1, max=64, help="megabytes of a body that are judged")] = 4,
    cert: Annotated[Path | None, typer.Option("--cert", help="certificate (PEM) to listen with TLS")] = None,
    cert_key: Annotated[Path | None, typer.Option("--cert-key", help="its key (PEM)")] = None,
    ca: Annotated[Path | None, typer.Option("--ca", help="certificates (PEM) to trust instead")] = None,
    log: Annotated[Path | None, typer.Option("--judge", help="judge a written log again instead")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on standard output")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "en",
) -> None:
    """Sit on a link, pass everything on unaltered, and judge what goes by."""
    try:
        known_language(lang)
        schemas.load(profile=profile)
        if log is not None:
            _tell(judge_again(log, profile, pack, _tables(pack)), (), as_json=as_json, lang=lang)
        host, port = _address(at)
        link = Link(_upstream(to), seconds, most * _MEGABYTE, _trusted(ca))
        tables, tls = _tables(pack), _listening(cert, cert_key)
        with listen(host, port) as bound:
            out.mkdir(parents=True, exist_ok=True)
            key, key_path = key_for(out, key_file)
            keep_earlier(out)
            about = About(address_of(bound), link.to, profile, pack, machine().isoformat(timespec="seconds"))
            (out / LOG).touch()  # whoever cannot write is told before anything passes
            beside = Beside(Judging(about, tables, key, out, every, lang), lambda: _note_death(lang))
            results = watch(link, beside, bound, tls, lambda: _ready(about, out, tls=tls is not None, lang=lang))
    except (UsageError, Cannot, SchemaError) as problem:
        fail("yidi proxy", problem.zh, problem.en, _USAGE, as_json=as_json, lang=lang if lang == "zh" else "en")
    except InputError as problem:
        fail("yidi proxy", str(problem), str(problem), _USAGE, as_json=as_json, lang=lang)
    except JudgingDied as died:
        zh = f"判定进程已中止（退出码{died}），{out / LOG} 止于其时；通过的报文未受影响。请报告。"
        en = f"the judging process has ended (exit code {died}); {out / LOG} ends there, what passed was not touched."
        fail("yidi proxy", zh, f"{en} Please report it.", _FAULT, as_json=as_json, lang=lang)
    except OSError as problem:
        place, why = problem.filename or out, problem.strerror or type(problem).__name__
        zh = f"{place} 无法写入（{why}）；请用 --out 指明可写的文件夹。"
        en = f"{place} cannot be written ({why}); name a folder that can be as --out."
        fail("yidi proxy", zh, en, _USAGE, as_json=as_json, lang=lang)
    _tell({**results, "key_file": str(key_path)}, _kept(out, key_path, lang), as_json=as_json, lang=lang)


def _tell(results: Mapping[str, Any], more: Iterable[str], *, as_json: bool, lang: str) -> NoReturn:
    if as_json:
        said = {name: value for name, value in results.items() if name != "findings"}
        sys.stdout.write(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode() + "\n")
    else:
        for line in (*summary(results, lang), *more):
            typer.echo(line)
    raise typer.Exit(_code(results))


def _kept(out: Path, key: Path, lang: str) -> Iterator[str]:
    yield f"{out / PAGE}  {out / LOG}"
    zh, en = f"假名密钥 {key}：请另行保管，勿随结果外传", f"key of the pseudonyms {key}: keep it apart from these"
    yield zh if lang == "zh" else en


def summary(results: Mapping[str, Any], lang: str) -> Iterator[str]:
    """Return the lines that say what came of a watch."""
    zh, side = lang == "zh", 0 if lang == "zh" else 1
    seen, judged = results["exchanges"], results["judged"]
    if results["reached"]:
        wrong, notes = results["wrong"], results["notes"]
        yield (
            f"交互{seen}次，已判定{judged}次：问题{wrong}个，提示{notes}个"
            if zh
            else f"{seen} exchanges, {judged} judged: {wrong} findings, {notes} notes"
        )
    else:
        said = f"上游 {results['to']} 始终未能连通，交互{seen}次，没有可判定的内容"
        yield said if zh else f"the upstream {results['to']} was never reached in {seen} exchanges: nothing to judge"
    for each in results["counts"]:
        mark = "✗" if each["level"] == WRONG else "·"
        whose, what = SIDES[each["side"]][side], TITLES[each["code"]][side]
        yield f"  {mark} {each['count']:>5}  {whose} · {what} [{each['code']}]"
    for why, count in results["not_judged"].items():
        yield f"  ? {count:>5}  {REASONS[why][side]}"
    middle = results["visits_not_seen_from_the_beginning"]
    if middle:
        yield f"  ? {middle:>5}  " + ("就诊未从头看到" if zh else "visits not seen from the beginning")


def _code(results: Mapping[str, Any]) -> int:
    if not results["reached"]:
        return _NOT_REACHED
    return _FOUND if results["wrong"] else 0


def _note_death(lang: str) -> None:
    zh, en = "判定进程已中止：继续转发，不再判定", "the judging process has ended: calls still pass, and are not judged"
    typer.echo(f"yidi proxy: {zh if lang == 'zh' else en}", err=True)


def _ready(about: About, out: Path, *, tls: bool, lang: str) -> None:
    """Say that calls are taken, on standard error."""
    where = f"{'https' if tls else 'http'}://{about.listen}"
    typer.echo(f"{where} → {about.to}  {'记录' if lang == 'zh' else 'log'} {out / LOG}", err=True)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()):
        raise UsageError(
            f"--listen {text} 不是地址；如 127.0.0.1:8095。", f"--listen {text} is no address; write 127.0.0.1:8095."
        )
    return host.strip("[]"), int(port)


def _upstream(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
        )
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        example = "http://city.example/fsi/api"
        raise UsageError(f"--to {text} 不是地址；如 {example}。", f"--to {text} is no address; write {example}.")
    return text.rstrip("/")


def _tables(pack: str) -> Tables:
    """Return which step may follow which: without a pack, discharge may come before settlement or after it."""
    if not pack:
        return transitions(discharge_first=False)
    first = ground_of(pack).pack.at("process.discharge_first", machine().date())
    return transitions(discharge_first=bool(first.value))


def _trusted(ca: Path | None) -> ssl.SSLContext | None:
    try:
        return ssl.create_default_context(cafile=str(ca)) if ca else None
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise UsageError(
            f"--ca {ca} 不可用（{why}）；请指明可读的PEM证书文件。",
            f"--ca {ca} is of no use ({why}); name a readable file of certificates in PEM.",
        ) from None


def _listening(cert: Path | None, key: Path | None) -> ssl.SSLContext | None:
    if cert is None and key is None:
        return None
    if cert is None or key is None or not cert.is_file() or not key.is_file():
        raise UsageError(
            "--cert 与 --cert-key 须同时指明存在的PEM文件。", "--cert and --cert-key go together and name files in PEM."
        )
    return tls_context(cert, key)
