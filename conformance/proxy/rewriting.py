"""Puts pseudonyms into the text of a message and leaves every other character as it was sent.

The text is walked token by token, so that spelling of numbers, order and white space stay and what a checker finds in
the written text is what it found in the one that was sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import schemas
from conformance.proxy.fields import BORN, FILE, IDENTITY, KEPT, NAME, NUMBER, PERSONAL, PHONE
from conformance.proxy.pseudonyms import Pseudonyms

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\s+')
_LOOSE = re.compile(
    r"(?<![0-9A-Za-z])(?:[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx]"
    r"|[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}|1[3-9][0-9]{9})(?![0-9A-Za-z])"
)
"""Identity numbers and mobile numbers wherever they stand."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOBILE_LENGTH = 11
_SHORTEST: Mapping[str, int] = {NAME: 2, IDENTITY: 6, PHONE: 6, NUMBER: 6, BORN: 8}
"""Characters from which on a value is looked for in other texts too; all others are replaced in place only."""
_CONSTANTS = frozenset({"true", "false", "null"})


class Rewriter:
    """Puts the pseudonyms of one key in the place of personal data."""

    def __init__(self, pseudonyms: Pseudonyms, registry: schemas.Registry) -> None:
        self._pseudonyms = pseudonyms
        self._known = known_names(registry)

    def message(self, text: str, known: Mapping[str, str]) -> str:
        """Return the text of a message that is strict JSON; ``known`` are values replaced inside other texts."""
        loose = _any_of(known)
        return "".join(self._token(token, field, known, loose) for token, field in _walk(text))

    def known(self, *texts: str) -> dict[str, str]:
        """Return the personal values in messages with their pseudonyms, as far as they are looked for elsewhere."""
        found: dict[str, str] = {}
        for text in texts:
            for token, field in _walk(text):
                kind = PERSONAL.get(field or "", "")
                if token[0] == '"' and kind in _SHORTEST:
                    value = json.loads(token)
                    if len(value) >= _SHORTEST[kind] and value.strip(" 0-*"):
                        found[value] = self._pseudonyms.of(kind, value)
        return found

    def digest(self, content: bytes) -> str:
        """Return what stands for a content that is not shown."""
        return self._pseudonyms.digest(content)

    def words(self, text: str, known: Mapping[str, str]) -> str:
        """Return a text with values known from the exchange, identity numbers and mobile numbers replaced."""
        return self._scrubbed(text, known, _any_of(known))

    def _scrubbed(self, text: str, known: Mapping[str, str], loose: re.Pattern[str] | None) -> str:
        marked = text if loose is None else loose.sub(lambda found: f"\0{known[found[0]]}\0", text)
        parts = marked.split("\0")  # every second one is a pseudonym already
        parts[::2] = [_LOOSE.sub(self._number, part) for part in parts[::2]]
        return "".join(parts)

    def _number(self, found: re.Match[str]) -> str:
        kind = PHONE if len(found[0]) == _MOBILE_LENGTH else IDENTITY
        return self._pseudonyms.of(kind, found[0])

    def _token(self, token: str, field: str | None, known: Mapping[str, str], loose: re.Pattern[str] | None) -> str:
        if field is None:  # a sign between values, or the name of a field
            return self._named(token) if token[0] == '"' else token
        kind = PERSONAL.get(field) or (None if field in self._known else NUMBER)
        if token[0] != '"':
            return token if kind is None or token in _CONSTANTS else self._digits(kind, token)
        value = json.loads(token)
        if kind == FILE:
            new = f"{len(value)} characters" if value else value
        elif kind is None:
            new = self._scrubbed(value, known, loose)
        else:
            new = self._pseudonyms.of(kind, value)
        return token if new == value else json.dumps(new, ensure_ascii=False)

    def _named(self, token: str) -> str:
        name = json.loads(token)
        return token if name in self._known or _NAME.fullmatch(name) else json.dumps(self._pseudonyms.words(name))

    def _digits(self, kind: str, token: str) -> str:
        new = self._pseudonyms.of(kind, token) if token.isdigit() else self._pseudonyms.number(token)
        return new if new[:1] != "0" or len(new) == 1 else "1" + new[1:]


@cache
def known_names(registry: schemas.Registry) -> frozenset[str]:
    """Return every name a message of the interface may have in it, by any profile."""
    names = {*registry.dictionary, *PERSONAL, *KEPT, *registry.profile.rename}
    return frozenset(names.union(registry.head("request"), registry.head("response")))


def _any_of(known: Mapping[str, str]) -> re.Pattern[str] | None:
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if known else None


def _walk(text: str) -> Iterator[tuple[str, str | None]]:
    """Yield the tokens of a JSON text, each value with the name of its field ("" without one), others with None."""
    inside: list[Any] = []  # for each bracket that is open: is it an object, and the field it is the value of
    field, naming = "", False
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token in "{[":
            inside.append((token == "{", field))
            naming = token == "{"
            yield token, None
        elif token in "}]":
            field = inside.pop()[1]
            yield token, None
        elif token == ",":
            naming, field = inside[-1][0], inside[-1][1]
            yield token, None
        elif token == ":" or token.isspace():
            yield token, None
        elif naming:
            field, naming = json.loads(token), False
            yield token, None
        else:
            yield token, field
