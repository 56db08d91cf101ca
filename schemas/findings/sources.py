"""Where a demand comes from, in words: editions and clients by letter, requirement rows by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.values import Block, Name

# Editions and clients a field is published in, by the letter that stands in the schemas.
EDITIONS: Mapping[str, Name] = {
    "H": Name("湖南版", "Hunan edition"),
    "N": Name("内蒙古客户端", "Inner Mongolia client"),
    "G": Name("广东客户端", "Guangdong client"),
    "J": Name("江苏徐州库表字典", "Xuzhou (Jiangsu) table dictionary"),
    "O": Name("医院软件枚举", "enumerations of a hospital system"),
}
# What stands in the place of letters where no edition publishes a field.
ELSEWHERE: Mapping[str, Name] = {
    "local": Name("地方增加的字段", "local addition seen in the field"),
    "none": Name("无来源", "no source"),
    "yidi": Name("本项目提议", "this project's proposal"),
}
# The rules of JSON itself, and what this project makes of them.
JSON = Name("RFC 8259 和本项目对JSON的要求", "RFC 8259, and what this project asks of JSON")


def in_words(sources: str) -> Name:
    """Return the sources of a field ("HNG", "H/O", "local", "yidi") in words."""
    if sources in ELSEWHERE:
        return ELSEWHERE[sources]
    return listed([EDITIONS[letter] for letter in sources if letter in EDITIONS] or [ELSEWHERE["none"]])


def of_block(block: Block) -> str:
    """Return the sources of a block: whatever publishes one of its fields, in the order of `EDITIONS`."""
    found = {field.sources for field in block.fields.values()} | {of_block(each) for each in block.blocks.values()}
    letters = "".join(letter for letter in EDITIONS if any(letter in each for each in found - ELSEWHERE.keys()))
    return letters or min(found, default="none")


def of_rule(basis: Iterable[str]) -> Name:
    """Return the basis of a named rule: requirement rows ("P75-A9") and places of an edition ("H 2304")."""
    return listed([_cited(each) for each in basis])


def listed(names: list[Name]) -> Name:
    """Return names one after another."""
    return Name("、".join(each.zh for each in names), ", ".join(each.en for each in names))


def _cited(basis: str) -> Name:
    letter, _, place = basis.partition(" ")
    if letter in EDITIONS and place:
        zh = "信封" if place == "envelope" else place
        return Name(f"{EDITIONS[letter].zh} {zh}", f"{EDITIONS[letter].en} {place}")
    return Name(f"要求 {basis}", f"requirement {basis}")
