"""The command ``yidi verify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from conformance.signing import read_trust
from conformance.verifying import Refused, verify
from simulator.inputs.errors import InputError
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox.clock import machine

_USAGE = 2


def verify_command(
    certificate: Annotated[Path, typer.Argument(help="certificate.json, or the folder it stands in")],
    trust: Annotated[Path | None, typer.Option("--trust", help="issuers that are trusted: trust.toml")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document on standard output")] = False,
    lang: Annotated[str, typer.Option("--lang", help="zh or en")] = "en",
) -> None:
    """Verify a certificate: form, hashes, signature and validity, then all its evidence, judged again."""
    try:
        known_language(lang)
        issuers = read_trust(trust) if trust is not None else None
        found = verify(certificate, machine().date(), issuers)
    except UsageError as problem:
        fail("yidi verify", problem.zh, problem.en, _USAGE, as_json=as_json, lang="en")
    except InputError as problem:
        fail("yidi verify", str(problem), str(problem), _USAGE, as_json=as_json, lang=lang)
    except Refused as refused:
        fail("yidi verify", f"{refused.zh}。", f"{refused.en}.", refused.code, as_json=as_json, lang=lang)
    said = _said(found.certificate, found.issuer)
    if as_json:
        sys.stdout.write(orjson.dumps(said, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    typer.echo(said[lang])


def _said(certificate: Any, issuer: str) -> dict[str, Any]:
    subject, validity, counts = certificate["subject"], certificate["validity"], certificate["counts"]
    whose, until = f"{subject['name']} {subject['build']}".strip(), validity["to"]
    key = certificate["issuer"]["key"]
    by_zh, by_en = (issuer, issuer) if issuer else (f"自签（{key}）", f"self-issued ({key})")
    cases = counts["pass"]
    return {
        "valid": True,
        "issuer": issuer or None,
        "key": key,
        "subject": subject,
        "profile": certificate["profile"],
        "validity": validity,
        "counts": counts,
        "zh": f"有效：{whose}，{cases}个用例通过，有效期至{until}，签发者：{by_zh}。",
        "en": f"valid: {whose}, {cases} cases pass, until {until}, issued by {by_en}.",
    }
