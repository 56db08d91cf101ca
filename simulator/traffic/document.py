"""``load.json``: all that a run measured, judged and rests on, as its published schema (``load.schema.json``) wants it.

Times are whole microseconds, amounts whole fen. Of messages only those of findings and examples are kept, and those are
masked. Page, JUnit and console are made of this document alone.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib import metadata, resources
from typing import Any

import orjson

import schemas
from schemas import SchemaError
from simulator.outputs.files import folder_digest
from simulator.outputs.masking import mask_number, masked, personal_fields
from simulator.traffic.limits import Figures, Judged, Profile
from simulator.traffic.seen import Seen
from simulator.traffic.verdict import WORDS, Verdict
from simulator.traffic.whys import words_of

FORMAT = "yidi/load/1"
NAME = "load.json"

_DEPENDENCIES = ("hdrhistogram", "httptools", "orjson", "simpy", "uvloop", "jsonschema-rs", "altair", "jinja2")
_SHOWN_FINDINGS = 50
_LONGEST = 6000  # characters of a message
_PERSONAL = re.compile(r"(?<![0-9A-Za-z])[0-9]{14,17}[0-9Xx](?![0-9A-Za-z])")


def document(
    figures: Figures,
    verdict: Verdict,
    limits: Sequence[Judged],
    *,
    asked: Mapping[str, Any],
    target: Mapping[str, Any],
    provenance: Mapping[str, Any],
    profile: Profile,
    money: Mapping[str, Any] | None = None,
    findings: Sequence[Any] = (),
    sampled: int = 0,
    examples: Iterable[Seen] = (),
    capacity: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the document of a run; ``sampled`` is the number of visits whose replies were judged."""
    zh, en = WORDS[verdict.name]
    return {
        "format": FORMAT,
        "verdict": {
            "name": verdict.name,
            "exit": verdict.exit,
            "zh": zh,
            "en": en,
            "causes": [cause._asdict() for cause in verdict.causes],
        },
        "asked": dict(asked),
        "target": dict(target),
        **figures,
        "profile": {"id": profile.id, "zh": profile.zh, "en": profile.en},
        "limits": [_limit(each, profile) for each in limits],
        "money": None if money is None else dict(money),
        "findings": {
            "visits": sampled,
            "count": len(findings),
            "shown": [_finding(each) for each in findings[:_SHOWN_FINDINGS]],
        },
        "examples": [_example(each) for each in examples],
        "capacity": None if capacity is None else dict(capacity),
        "provenance": dict(provenance),
    }


def provenance_of(
    *, schedule: str, scenario: str, inputs: Mapping[str, str], seed: int, take: int, profile: Profile
) -> dict[str, Any]:
    """Return what a run rests on: digests of schedule, inputs and interface, versions, seed; no time."""
    return {
        "yidi": metadata.version("yidi"),
        "python": platform.python_version(),
        "dependencies": {name: metadata.version(name) for name in _DEPENDENCIES},
        "scenario": scenario,
        "schedule": schedule,
        "inputs": dict(sorted(inputs.items())),
        "schemas": {"v1": folder_digest(resources.files("schemas").joinpath("v1"))},
        "profile": {profile.id: profile.digest},
        "seed": seed,
        "take": take,
    }


def shown(message: bytes | str) -> str:
    """Return a message as it may be shown: personal data masked, also where it is none that can be read, and cut."""
    raw = message.encode() if isinstance(message, str) else message
    if not raw:
        return ""
    try:
        said = masked(schemas.parse(raw), _personal())
        text = orjson.dumps(said, option=orjson.OPT_INDENT_2, default=_number).decode()
    except SchemaError:
        text = masked_words(raw.decode(errors="replace"))
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def masked_words(text: str) -> str:
    """Return a sentence with identity numbers masked."""
    return _PERSONAL.sub(lambda found: mask_number(found[0]), text)


def dumps(made: Mapping[str, Any]) -> bytes:
    """Return the document as the text of its file."""
    return orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _limit(judged: Judged, profile: Profile) -> dict[str, Any]:
    limit = judged.limit
    assumed = profile.assumptions.get(limit.basis.assumption)
    return {
        "id": limit.id,
        "zh": limit.zh,
        "en": limit.en,
        "measure": limit.measure,
        "clause": limit.basis.clause,
        "assumption": limit.basis.assumption,
        "why": None if assumed is None else {"zh": assumed.zh, "en": assumed.en},
        "state": judged.state,
        "said": {"zh": judged.zh, "en": judged.en},
    }


def _finding(found: Any) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "infno": found.infno,
        "visit": found.visit,
        "pointer": found.pointer,
        "expected": masked_words(str(found.expected)),
        "got": masked_words(str(found.got)),
        "zh": masked_words(found.zh),
        "en": masked_words(found.en),
        "request": shown(found.request),
        "reply": shown(found.reply),
    }


def _example(seen: Seen) -> dict[str, Any]:
    words = words_of(seen.why) if seen.why else None
    return {
        "infno": seen.infno,
        "visit": seen.visit,
        "outcome": seen.outcome,
        "code": seen.code,
        "due": seen.due_ns // 1000,
        "zh": words.zh if words else "",
        "en": words.en if words else "",
        "request": shown(seen.request),
        "reply": shown(seen.reply),
    }


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)  # only shown: it is never computed with
    raise TypeError


@cache
def _personal() -> frozenset[str]:
    return personal_fields(schemas.load())
