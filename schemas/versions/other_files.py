"""What changed beside the messages: texts, named rules, columns of files, and data that decide about no message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.versions import wording
from schemas.versions.change import Change
from schemas.versions.folders import CATALOGUE, Version
from schemas.versions.resolved import NAMED, canonical, is_text

RULES = "rules.json"

# Members of a rule that only explain it.
_EXPLAINING = frozenset({"zh", "en", "title", "note", "notes", "basis", "cure", "sources"})


def text_changes(a: Version, b: Version) -> Iterator[Change]:
    """Yield the schema files whose titles, notes or labels changed."""
    before, after = _schemas(a), _schemas(b)
    for name in sorted(before.keys() & after.keys()):
        places = tuple(dict.fromkeys(_texts(before[name], after[name], ())))
        if places:
            yield Change(name, wording.TEXTS_CHANGED, False, False, "text", places)


def data_changes(a: Version, b: Version) -> Iterator[Change]:
    """Yield the changes of the files that are no schemas, and files that came or went."""
    for name in sorted(_beside(a) ^ _beside(b)):
        what = wording.added("file") if name in b.files else wording.removed("file")
        yield Change(name, what, False, False, "file")
    yield from _rule_changes(a, b)
    yield from _column_changes(_catalogue(a), _catalogue(b))
    for name in sorted((a.files.keys() & b.files.keys()) - a.schemas.keys() - {RULES}):
        if a.files[name] != b.files[name]:
            yield Change(name, wording.DATA_CHANGED, False, False, "text", _entries(a.files[name], b.files[name]))


def ruled_fields(version: Version, message: str) -> frozenset[str]:
    """Return the names that a message's rules mention; a rule binds where the fields it names exist."""
    infno, _, direction = message.partition(" ")
    names: set[str] = set()
    for rule in _rules(version).values():
        where = rule.get("where", {})
        if infno in where.get("infnos", (infno,)) and direction in where.get("direction", direction):
            names.update(re.findall(r"\w+", canonical(_bare(rule))))
    return frozenset(names)


def _beside(version: Version) -> set[str]:
    """Return the files that are no messages; rules are told one by one."""
    return version.files.keys() - version.messages.values() - {RULES}


def _schemas(version: Version) -> Mapping[str, Any]:
    """Return the schemas of a version; messages by their names, which do not depend on the folder they stand in."""
    messages = {name: message for message, name in version.messages.items()}
    return {messages.get(name, name): content for name, content in version.schemas.items()}


def _texts(a: Any, b: Any, path: tuple[str, ...], *, names: bool = False) -> Iterator[str]:
    if isinstance(a, list) and isinstance(b, list):
        for number, (one, two) in enumerate(zip(a, b, strict=False)):
            yield from _texts(one, two, (*path, str(number)))
    if not (isinstance(a, dict) and isinstance(b, dict)):
        return
    for key in sorted({**a, **b}):
        before, after = a.get(key), b.get(key)
        if not names and is_text(key, before) and is_text(key, after):
            if before != after:
                yield "/".join(path)
        elif before is not None and after is not None:
            yield from _texts(before, after, (*path, key), names=key in NAMED and not names)


def _rules(version: Version) -> Mapping[str, Any]:
    content = version.files.get(RULES, [])
    rows = content.get("rules", []) if isinstance(content, dict) else content
    return {row["id"]: row for row in rows}


def _rule_changes(a: Version, b: Version) -> Iterator[Change]:
    """Yield the rules that differ; one that binds only to messages the other version lacks breaks nobody."""
    before, after = _rules(a), _rules(b)
    for rule in sorted({**before, **after}):
        where = f"{RULES} {rule}"
        if rule not in before:
            yield Change(where, wording.added("rule", rule), _reaches(after[rule], a), False, "rule")
        elif rule not in after:
            yield Change(where, wording.removed("rule", rule), False, _reaches(before[rule], b), "rule")
        elif _bare(before[rule]) != _bare(after[rule]):
            yield Change(where, wording.RULE_CHANGED, True, True, "rule")
        elif before[rule] != after[rule]:
            yield Change(where, wording.TEXTS_CHANGED, False, False, "text")


def _reaches(rule: Any, version: Version) -> bool:
    """Whether a rule may bind to a message of a version; one that names no transactions may bind to all."""
    infnos = rule.get("where", {}).get("infnos", ())
    known = {message.partition(" ")[0] for message in version.messages}
    return not infnos or not known.isdisjoint(infnos)


def _bare(rule: Any) -> Any:
    """Return a rule without what only explains it."""
    if isinstance(rule, list):
        return [_bare(each) for each in rule]
    if not isinstance(rule, dict):
        return rule
    return {key: _bare(value) for key, value in rule.items() if key not in _EXPLAINING and not _is_name(value)}


def _is_name(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"zh", "en"}


def _catalogue(version: Version) -> Mapping[str, Any]:
    rows: Mapping[str, Any] = version.files[CATALOGUE].get("transactions", {})
    return rows


def _column_changes(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the text files with more or fewer columns: they are read by position, so neither side copes."""
    for infno in sorted(a.keys() & b.keys()):
        before, after = len(a[infno].get("columns", [])), len(b[infno].get("columns", []))
        if before != after:
            what = wording.changed("columns", str(before), str(after))
            yield Change(f"{CATALOGUE} {infno}", what, True, True, "columns")


def _entries(a: Any, b: Any) -> tuple[str, ...]:
    """Return the names of the entries that differ; empty where a file has no named entries."""
    before, after = _named(a), _named(b)
    return tuple(sorted(key for key in {**before, **after} if before.get(key) != after.get(key)))


def _named(content: Any) -> Mapping[str, Any]:
    if isinstance(content, dict):
        return _named(content["transactions"]) if "transactions" in content else content
    if isinstance(content, list) and all(isinstance(row, dict) and "id" in row for row in content):
        return {str(row["id"]): row for row in content}
    return {}
