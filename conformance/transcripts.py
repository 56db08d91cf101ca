"""What was said in an attempt at a case, as a report shows it: each exchange of the evidence, personal data masked."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

import schemas
from conformance.evidence import FROM, HOOK, TO, Line, as_bytes
from schemas.errors import SchemaError
from simulator.inputs.packed_files import NotPacked, unpacked
from simulator.outputs.masking import mask_name, mask_number, masked

_PERSONAL = re.compile(r"(?<![0-9A-Za-z])[0-9]{14,17}[0-9Xx](?![0-9A-Za-z])")
_TOLD_BY_HOOKS = frozenset({"psn_no", "certno", "name", "born"})
_LONGEST = 1600  # characters of a message that are shown
_INFNO = re.compile(rb'"infno" *: *"([A-Z0-9]{4})"')


class Said(NamedTuple):
    """An exchange: ``kind`` is to, from or hook; ``result`` is the infcode or what came instead of one.

    ``asked`` and ``told`` are masked texts, ``cut`` says that one was too long to be shown whole. ``begun`` and
    ``seconds`` place it in time; ``wrong`` marks it as where something was wrong.
    """

    number: int
    kind: str
    infno: str
    result: str
    asked: str
    told: str
    cut: bool
    begun: float
    seconds: float
    wrong: bool


def transcript(lines: Sequence[Line], wrong: Collection[int], personal: Collection[str]) -> list[Said]:
    """Return the exchanges of an attempt; ``wrong`` are numbers of lines, ``personal`` names of fields to mask."""
    said: list[Said] = []
    upwards: list[Said] = []  # what it asked meanwhile: the evidence has it before the call that it belongs to
    first: dt.datetime | None = None
    elapsed = 0.0
    for line in lines:
        if line.kind not in {TO, FROM, HOOK}:
            continue
        at = dt.datetime.fromisoformat(line.now)
        first = first or at
        begun = max((at - first).total_seconds(), elapsed)
        if line.kind == HOOK:
            said += [_hook(line, begun), *upwards]
            upwards = []
            continue
        exchange = _exchange(line, begun, personal, wrong=line.number in wrong)
        if line.kind == FROM:
            upwards.append(exchange)
            continue
        elapsed = begun + exchange.seconds
        said += [exchange, *upwards]
        upwards = []
    return said + upwards


def _hook(line: Line, begun: float) -> Said:
    asked, told = (_text(masked(line.said.get(side, {}), _TOLD_BY_HOOKS)) for side in ("asked", "told"))
    name = str(line.said["name"])
    return Said(line.number, HOOK, name, "", asked[:_LONGEST], told, len(asked) > _LONGEST, begun, 0.0, wrong=False)


def _exchange(line: Line, begun: float, personal: Collection[str], *, wrong: bool) -> Said:
    said = line.said
    body, reply = as_bytes(said["body"]), as_bytes(said["reply"])
    asked, told = (_shown(each, personal) for each in (body, reply))
    infno = _INFNO.search(body)
    return Said(
        number=line.number,
        kind=line.kind,
        infno=infno[1].decode() if infno else "?",
        result=_result(said, reply),
        asked=asked[:_LONGEST],
        told=told[:_LONGEST],
        cut=max(len(asked), len(told)) > _LONGEST,
        begun=begun,
        seconds=float(said.get("seconds", 0.0)),
        wrong=wrong,
    )


def _result(said: Mapping[str, Any], reply: bytes) -> str:
    if said["status"] != 200:  # HTTP's "OK"
        return str(said.get("why") or said.get("fault") or f"HTTP {said['status']}")
    try:
        return str(orjson.loads(reply)["infcode"])
    except (ValueError, KeyError, TypeError):
        return "HTTP 200"


def _shown(body: bytes, personal: Collection[str]) -> str:
    """Return a message with personal data masked, also where it is none that can be read."""
    try:
        return _text(masked(schemas.parse(body), personal))
    except SchemaError:
        try:
            text = unpacked(body)  # a file that was fetched
        except NotPacked:
            text = body.decode(errors="replace")
        return _PERSONAL.sub(lambda found: mask_number(found[0]), text)


def _text(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2, default=_number).decode()


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)  # only shown: it is never computed with
    raise TypeError


def masked_words(text: str, names: Collection[str] = ()) -> str:
    """Return a sentence with long numbers and known names masked."""
    text = _PERSONAL.sub(lambda found: mask_number(found[0]), text)
    for name in names:
        text = text.replace(name, mask_name(name))
    return text


def curl(line: Line) -> str:
    """Return the commands that send a recorded call again, signed anew; the secret stands in a variable."""
    said = line.said
    key, url = said["party"], said["url"]
    read = _READ_BYTES if isinstance(said["body"], dict) else _READ_TEXT
    take = f"sed -n {line.number}p evidence.ndjson | python3 -c '{read}'"
    named = {name.lower() for name in said["headers"]}
    scheme = next((each for mark, each in _SIGNING.items() if mark in named), ())
    lines = [part.replace("KEY", key) for part in scheme]
    signed = [f"  {part} \\" for part in lines if part.startswith("-H")]
    post = f"  curl -s '{url}' -H 'content-type: application/json;charset=utf-8' \\"
    return "\n".join(
        [*(part for part in lines if not part.startswith("-H")), f"{take} |", post, *signed, "  --data-binary @-"]
    )


_READ_TEXT = 'import json, sys; print(json.load(sys.stdin)["said"]["body"], end="")'
_READ_BYTES = (
    "import base64, json, sys; "
    'sys.stdout.buffer.write(base64.b64decode(json.load(sys.stdin)["said"]["body"]["base64"]))'
)
_SIGNING: Mapping[str, tuple[str, ...]] = {
    "x-tif-paasid": (
        "SECRET=…  # KEY",
        "AT=$(date +%s) NONCE=$(openssl rand -hex 16)",
        'SIGNATURE=$(printf %s "$AT$SECRET$NONCE$AT" | sha256sum | cut -d" " -f1)',
        "-H 'x-tif-paasid: KEY' -H \"x-tif-timestamp: $AT\"",
        '-H "x-tif-nonce: $NONCE" -H "x-tif-signature: $SIGNATURE"',
    ),
    "_api_access_key": (
        "SECRET=…  # KEY",
        "AT=$(date +%s)000",
        'TEXT="_api_access_key=KEY&_api_name=rsfComIfsService&_api_timestamp=$AT&_api_version=1.0.0"',
        'SIGNATURE=$(printf %s "$TEXT" | openssl dgst -sha1 -hmac "$SECRET" -binary | base64)',
        "-H '_api_access_key: KEY' -H '_api_name: rsfComIfsService' -H '_api_version: 1.0.0'",
        '-H "_api_timestamp: $AT" -H "_api_signature: $SIGNATURE"',
    ),
}
"""What signs a call by hand, by a header that tells the scheme; lines with ``-H`` are curl's."""
