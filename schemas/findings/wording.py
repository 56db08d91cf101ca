"""Puts findings into words: in each language one sentence, and the parts it is made of."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from schemas.findings import phrases, sources
from schemas.findings.spots import Layout, Spot
from schemas.rules import Path, Rule
from schemas.values import Block, Field, Finding, Name

# More codes than this are not listed in a message; the nearest or the first ones stand for them.
LISTED_CODES = 12
# Names and codes longer than this are not compared with those of the interface.
COMPARED = 40

_MUST_BE = Name("应为", "it must be")
_MUST_HOLD = Name("应满足：", "the rule is:")
# A key that looks like a name of the interface: with more digits in a row it may be somebody's number.
_PLAIN_NAME = re.compile(rf"(?=.{{1,{COMPARED}}}$)[A-Za-z_](?:[A-Za-z_]|[0-9]{{1,3}}(?![0-9]))*(?!\n)")


def pointer(path: Path) -> str:
    """Return the JSON pointer (RFC 6901) of a path; a key that may be personal data is masked as `***`."""
    return "".join(f"/{part}" if isinstance(part, int) or _PLAIN_NAME.fullmatch(part) else "/***" for part in path)


class Wording:
    """Words the findings of one kind of message, whose head fields and body it knows."""

    def __init__(self, head: Mapping[str, Field], body: Block, codes: Mapping[str, Mapping[str, Name]]) -> None:
        self._layout = Layout(head, body)
        self._codes = codes

    def missing(self, path: Path) -> Finding:
        """Word a required member that is absent; `path` leads to where it should stand."""
        spot = self._layout.spot(path)
        subject, place, form = spot.subject, self._layout.spot(path[:-1]).subject, spot.form
        return Finding(
            pointer(path),
            "required",
            f"{place.zh}缺少必填的{subject.zh}；请补上{form.zh}。",
            f"{subject.en} is missing from {place.en}; add it as {form.en}.",
            expected=form,
            received=Name("没有", "nothing"),
            basis=spot.basis,
            cure=Name("补上该字段", "add it"),
        )

    def unknown(self, path: Path, known: list[str]) -> Finding:
        """Word a member the interface does not define; `known` are its names there that are not sent."""
        around = self._layout.spot(path[:-1])
        name, place = str(path[-1]), around.subject
        quoted = f" {name}" if _PLAIN_NAME.fullmatch(name) else ""
        near = _nearest(name, known) if quoted else []
        inside = [
            block.name for block in (around.block.blocks.values() if around.block else ()) if name in block.fields
        ]
        zh, en = (f"改为 {near[0]}", f"rename it to {near[0]}") if near else ("改正名称", "correct its name")
        if inside:
            zh, en = f"移到 {inside[0]} 中", f"move it into {inside[0]}"
        like = Name(f"，如 {near[0]}", f", such as {near[0]}") if near else Name("", "")
        return Finding(
            pointer(path),
            "additionalProperties",
            f"{place.zh}中有接口未定义的字段{quoted}；请删除或{zh}。",
            f"{place.en} has a field{quoted} that the interface does not define; remove it or {en}.",
            expected=Name(f"接口定义的字段{like.zh}", f"a field that the interface defines{like.en}"),
            received=Name(f"未定义的字段{quoted}", f"an unknown field{quoted}"),
            basis=around.basis,
            cure=Name(f"删除或{zh}", f"remove it or {en}"),
        )

    def wrong(self, path: Path, keyword: str, value: object, operand: object) -> Finding:
        """Word a value that breaks a keyword of the schema, whose operand is given."""
        spot = self._layout.spot(path)
        return _finding(
            path,
            keyword,
            spot,
            received=phrases.received(spot, keyword, value),
            expected=self._expected(spot, keyword, value, operand),
            basis=spot.basis,
            cure=phrases.cure(spot, keyword, value, operand),
        )

    def broken(self, path: Path, name: str, received: Name, rule: Rule | None) -> Finding:
        """Word a value that breaks a named rule; `rule` is None for the rules of the fields, decimals and date."""
        spot = self._layout.spot(path)
        return _finding(
            path,
            name,
            spot,
            received=received,
            expected=spot.form if rule is None else rule.says,
            basis=spot.basis if rule is None else sources.of_rule(rule.basis),
            cure=phrases.cure(spot, name, None, None) if rule is None else rule.cure,
            must=_MUST_BE if rule is None else _MUST_HOLD,
        )

    def _expected(self, spot: Spot, keyword: str, value: object, operand: object) -> Name:
        if keyword == "const":
            return Name(f"“{operand}”", f'"{operand}"')
        if keyword == "minLength" and operand == 1:
            return Name("非空文本", "a text that is not empty")
        if keyword == "maxProperties":
            return Name("空对象或不出现，因为交易失败", "empty or absent, because the transaction was refused")
        if keyword == "enum" and spot.field is not None and spot.field.code in self._codes:
            return self._choice(spot.field, str(value))
        return spot.form

    def _choice(self, field: Field, value: str) -> Name:
        table = self._codes[str(field.code)]
        if len(table) <= LISTED_CODES:
            listed = _labelled(table, list(table))
            return Name(f"{field.form.zh}：{listed.zh}", f"{field.form.en}: {listed.en}")
        near = difflib.get_close_matches(value, table, 3, 0.5) if len(value) <= COMPARED else []
        listed = _labelled(table, near or list(table)[:3])
        return Name(f"{field.form.zh}，例如 {listed.zh}", f"{field.form.en}, such as {listed.en}")


def _nearest(name: str, known: list[str]) -> list[str]:
    same = [each for each in known if each.lower() == name.lower()]
    return same or difflib.get_close_matches(name, known, 1)


def _labelled(table: Mapping[str, Name], codes: list[str]) -> Name:
    return sources.listed([Name(f"{code} {table[code].zh}", f"{code} {table[code].en}") for code in codes])


def _finding(
    path: Path,
    keyword: str,
    spot: Spot,
    *,
    received: Name,
    expected: Name,
    basis: Name,
    cure: Name,
    must: Name = _MUST_BE,
) -> Finding:
    subject = spot.subject
    return Finding(
        pointer(path),
        keyword,
        f"{subject.zh}{received.zh}；{must.zh}{expected.zh}。",
        f"{subject.en} {received.en}; {must.en} {expected.en}.",
        expected=expected,
        received=phrases.standing_alone(received),
        basis=basis,
        cure=cure,
    )
