"""What a reply says, read from its bytes as cheaply as can be: the infcode of the envelope, and single values.

Most replies begin with their infcode and spell values plainly; these are scanned. Whatever is not sure is parsed, so
that an ``infcode`` further down, in a text, or there twice fools nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

_CODE = b'"infcode"'
_FIRST = re.compile(rb'[ \t\r\n]*\{[ \t\r\n]*"infcode"[ \t\r\n]*:[ \t\r\n]*("?)(-?[0-9]{1,9})\1[ \t\r\n]*[,}]')
_PLAIN = re.compile(rb'[ \t\r\n]*:[ \t\r\n]*(?:"([^"\\]*)"|(-?[0-9][-+.eE0-9]*))[ \t\r\n]*[,}\]]')
_SPACE = b" \t\r\n"


class NoReply(ValueError):
    """A body that is no reply of the interface; ``str()`` says why."""


def infcode_of(body: bytes) -> int:
    """Return the infcode of a reply's envelope, be it a number or quoted digits. Raises NoReply."""
    found = _FIRST.match(body)
    if found and body.find(_CODE, found.end()) < 0 and _looks_whole(body):
        return int(found[2])
    return _read_code(_parsed(body))


def learn(body: bytes, name: str) -> bytes | None:
    """Return the first value of a field as it stands in JSON, a text without its quotes.

    None where there is no value but null. Raises NoReply.
    """
    quoted = b'"%b"' % name.encode()
    at = body.find(quoted)
    if at < 0 and b"\\u" not in body:
        return None
    if at > 0 and body[at - 1] in b"{, \t\r\n" and (found := _PLAIN.match(body, at + len(quoted))):
        text = found[1]
        return found[2] if text is None else text
    return next((_spelt(value) for key, value in _fields(_parsed(body)) if key == name and value is not None), None)


def _looks_whole(body: bytes) -> bool:
    end = body.endswith(b"}") or body.rstrip(_SPACE).endswith(b"}")
    return end and body.count(b"{") == body.count(b"}")


def _read_code(reply: Any) -> int:
    code = reply.get("infcode") if isinstance(reply, dict) else None
    if isinstance(code, str) and re.fullmatch("-?[0-9]{1,9}", code):
        return int(code)
    if isinstance(code, int) and not isinstance(code, bool):
        return code
    raise NoReply("JSON without an infcode in its envelope" if isinstance(reply, dict) else "JSON that is no object")


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), object_pairs_hook=_once, parse_float=Decimal)
    except NoReply:
        raise
    except (ValueError, RecursionError) as problem:
        raise NoReply(f"no JSON: {str(problem)[:100]}") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise NoReply("JSON with a field that stands twice in one object")
    return made


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Every field of a document in the order of its text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from _fields(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _fields(inner)


def _spelt(value: Any) -> bytes:
    if isinstance(value, Decimal):
        return str(value).encode()
    try:
        text = json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:  # half of a pair, which only an escape can hold
        text = json.dumps(value, default=str).encode()
    return text[1:-1] if isinstance(value, str) else text
