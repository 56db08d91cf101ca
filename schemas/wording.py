"""Puts findings into words: one sentence in each language that says what was found and what is expected.

A value is quoted only where it cannot be personal: short codes, and numbers and dates of fields that are not marked
personal. Everything else is described by its type and length.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from decimal import Decimal

from schemas.rules import Path
from schemas.values import Block, Field, Finding, Name

# More codes than this are not listed in a message; the nearest or the first ones stand for them.
LISTED_CODES = 12

_SHORT_CODE = re.compile(r"[0-9A-Za-z]{1,8}")
_PLAIN_NAME = re.compile(r"[A-Za-z][0-9A-Za-z_]{0,39}")
_FULL_WIDTH = re.compile("[\uff10-\uff19]")
_IS = {
    "null": Name("是null", "is null"),
    "boolean": Name("是布尔值", "is true or false"),
    "number": Name("是数字", "is a number"),
    "array": Name("是列表", "is a list"),
    "object": Name("是对象", "is an object"),
}


def pointer(path: Path) -> str:
    """Return the JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


class Wording:
    """Words the findings of one kind of message, whose head fields and blocks it knows."""

    def __init__(
        self, head: Mapping[str, Field], layout: Mapping[str, Block], codes: Mapping[str, Mapping[str, str]]
    ) -> None:
        self._head = head
        self._layout = layout
        self._codes = codes

    def missing(self, path: Path) -> Finding:
        """Word a required member that is absent; `path` leads to where it should stand."""
        subject, place, form = self._subject(path), self._subject(path[:-1]), self._form(path)
        return Finding(
            pointer(path),
            "required",
            f"{place.zh}缺少必填的{subject.zh}；请补上{form.zh}。",
            f"{subject.en} is missing from {place.en}; add it as {form.en}.",
        )

    def unknown(self, path: Path, known: list[str]) -> Finding:
        """Word a member the interface does not define; `known` are the names it does define there."""
        name, place = str(path[-1]), self._subject(path[:-1])
        quoted = f" {name}" if _PLAIN_NAME.fullmatch(name) else ""
        near = difflib.get_close_matches(name, known, 1) if quoted else []
        zh, en = (f"改为 {near[0]}", f"rename it to {near[0]}") if near else ("改正名称", "correct its name")
        return Finding(
            pointer(path),
            "additionalProperties",
            f"{place.zh}中有接口未定义的字段{quoted}；请删除或{zh}。",
            f"{place.en} has a field{quoted} that the interface does not define; remove it or {en}.",
        )

    def wrong(self, path: Path, keyword: str, value: object, expected: object) -> Finding:
        """Word a value that breaks `keyword`, whose operand is `expected`."""
        subject, found = self._subject(path), self._found(path, keyword, value)
        form = self._expected(path, keyword, value, expected)
        return Finding(
            pointer(path),
            keyword,
            f"{subject.zh}{found.zh}；应为{form.zh}。",
            f"{subject.en} {found.en}; it must be {form.en}.",
        )

    def _block(self, path: Path) -> Block | None:
        return self._layout.get(str(path[1])) if len(path) > 1 else None

    def _field(self, path: Path) -> Field | None:
        if len(path) == 1:
            return self._head.get(str(path[0]))
        block = self._block(path)
        return block.fields.get(str(path[-1])) if block and len(path) > 2 else None

    def _subject(self, path: Path) -> Name:
        if not path:
            return Name("报文", "the message")
        known = self._field(path) or self._block(path)
        if known is None:
            return Name("该值", "the value")
        row = f"第{path[2] + 1}行" if len(path) > 2 and isinstance(path[2], int) else ""
        row_en = f"row {path[2] + 1} of " if row and isinstance(path[2], int) else ""
        if isinstance(known, Block):
            return Name(f"{known.zh}（{known.name}）{row}", f"{row_en}{known.name} ({known.en})")
        place = f" in {row_en}{path[1]}" if row else ""
        return Name(f"{row}{known.zh}（{known.name}）", f"{known.name} ({known.en}){place}")

    def _form(self, path: Path) -> Name:
        field, block = self._field(path), self._block(path)
        if len(path) == 1 and path[0] in {"input", "output"}:
            names = "、".join(self._layout)
            return (
                Name(f"含有 {names} 的对象", f"an object with {', '.join(self._layout)}")
                if names
                else Name("对象", "an object")
            )
        if field is not None:
            return field.form
        if block is None or not block.list or len(path) > 2:
            return Name("对象", "an object")
        return Name(f"{block.least}至{block.most}行的列表", f"a list of {block.least} to {block.most} rows")

    def _expected(self, path: Path, keyword: str, value: object, expected: object) -> Name:
        field = self._field(path)
        if keyword == "const":
            return Name(f"“{expected}”", f'"{expected}"')
        if keyword == "minLength" and expected == 1:
            return Name("非空文本", "a text that is not empty")
        if keyword == "maxProperties":
            return Name("空对象或不出现，因为交易失败", "empty or absent, because the transaction was refused")
        if keyword == "enum" and field is not None and field.code is not None:
            return self._choice(field, value)
        return self._form(path)

    def _choice(self, field: Field, value: object) -> Name:
        table = self._codes[str(field.code)]
        if len(table) <= LISTED_CODES:
            zh = "、".join(f"{code} {label}" for code, label in table.items())
            return Name(f"{field.form.zh}：{zh}", f"{field.form.en}: {', '.join(table)}")
        near = difflib.get_close_matches(str(value), table, 3, 0.5) or list(table)[:3]
        zh = "、".join(f"{code} {table[code]}" for code in near)
        return Name(f"{field.form.zh}，例如 {zh}", f"{field.form.en}, such as {', '.join(near)}")

    def _found(self, path: Path, keyword: str, value: object) -> Name:
        field = self._field(path)
        if isinstance(value, str):
            return _found_text(keyword, value, quotable=field is None or not field.personal)
        if isinstance(value, list) and keyword != "type":
            return Name(f"有{len(value)}行", f"has {len(value)} rows")
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and keyword != "type":
            return _found_number(keyword, value, quotable=field is None or not field.personal)
        return _IS[_type_of(value)]


def _found_text(keyword: str, value: str, *, quotable: bool) -> Name:
    if not value:
        return Name("为空", "is empty")
    if keyword in {"date", "type"}:
        day = value[:10] if quotable else ""
        return {
            "date": Name(
                f"是不存在的日期{day}",
                f"is {day}, a day that does not exist" if day else "is a day that does not exist",
            ),
            "type": Name("是文本", "is a text"),
        }[keyword]
    if keyword in {"pattern", "enum", "const"}:
        return _found_writing(value, quotable=quotable and keyword != "pattern")
    return Name(f"有{len(value)}个字符", f"has {_counted(value)}")


def _found_writing(value: str, *, quotable: bool) -> Name:
    if quotable and _SHORT_CODE.fullmatch(value):
        return Name(f"是“{value}”", f'is "{value}"')
    if _FULL_WIDTH.search(value):
        return Name("含有全角数字", "has full-width digits")
    if value != value.strip():
        return Name("首尾有空白或换行", "has white space or a line break at an end")
    return Name(f"有{len(value)}个字符，写法不对", f"has {_counted(value)}, in another form")


def _counted(value: str) -> str:
    return "1 character" if len(value) == 1 else f"{len(value)} characters"


def _found_number(keyword: str, value: int | Decimal, *, quotable: bool) -> Name:
    if keyword == "decimals" and quotable:
        return Name(f"是{value}，小数位过多", f"is {value}, which has too many decimals")
    if keyword == "decimals":
        return Name("小数位过多", "has too many decimals")
    if value < 0 and keyword in {"minimum", "exclusiveMinimum"}:
        return Name("是负数或过小", "is negative or too small")
    return Name("超出范围", "is out of range")


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list) else "number"
