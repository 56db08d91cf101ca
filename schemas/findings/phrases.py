"""The parts of a sentence about a wrong value: what was received, and what to do about it.

A value is quoted only where it cannot be personal: short codes, and numbers of fields that are not marked personal.
Everything else is described by its type and length. Phrases of what was received go on from the name of the field.
"""

from __future__ import annotations

import re
from decimal import Decimal

from schemas.findings.spots import Spot
from schemas.values import Name

_SHORT_CODE = re.compile(r"[0-9A-Za-z]{1,8}")
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")
# A number that is written longer than this is not quoted: it may be a telephone or an identity number.
_QUOTED_DIGITS = 10
_NUMBERS = frozenset({"amount", "quantity", "price", "ratio", "age", "number", "integer"})
_IS = {
    "null": Name("是null", "is null"),
    "boolean": Name("是布尔值", "is true or false"),
    "number": Name("是数字", "is a number"),
    "array": Name("是列表", "is a list"),
    "object": Name("是对象", "is an object"),
    "string": Name("是文本", "is a text"),
}


def received(spot: Spot, keyword: str, value: object) -> Name:
    """Return what was found, as it goes on from the subject: "is a text of 7 characters"."""
    if value == "":
        return Name("是空文本", "is an empty text")
    if keyword == "type" or (keyword in {"enum", "const"} and not isinstance(value, str)):
        return _IS[_type_of(value)]
    if isinstance(value, str):
        return _text(keyword, value, quotable=not spot.is_personal and _like_a_code(spot, value))
    if isinstance(value, list):
        return Name(f"是有{len(value)}行的列表", f"is a list of {_counted(len(value), 'row')}")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return _number(value, quotable=not spot.is_personal and len(str(abs(value))) <= _QUOTED_DIGITS)
    return _IS[_type_of(value)]


def standing_alone(phrase: Name) -> Name:
    """Return what was received without the verb that joins it to the subject."""
    return Name(phrase.zh.removeprefix("是"), phrase.en.removeprefix("is "))


def cure(spot: Spot, keyword: str, value: object, operand: object) -> Name:
    """Return what to do about a value that breaks a keyword, whose operand is given."""
    if value == "" and keyword in {"minLength", "pattern", "enum"}:
        return Name("填写该字段", "fill it in")
    if keyword == "type" or (keyword in {"enum", "const"} and not isinstance(value, str)):
        return _cure_of_type(spot, value)
    if keyword in {"pattern", "enum"} and isinstance(value, str) and _FULL_WIDTH.search(value):
        return Name("改用半角字符", "write it with ASCII digits and letters")
    if keyword in {"pattern", "enum"} and isinstance(value, str) and value != value.strip():
        return Name("去掉首尾的空白和换行", "remove the white space at its ends")
    return _CURES.get(keyword, _SEND).filled(spot.form, operand)


class _Cure:
    """A cure with room for the form of the field and the operand of the keyword."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en

    def filled(self, form: Name, operand: object) -> Name:
        return Name(self.zh.format(form=form.zh, n=operand), self.en.format(form=form.en, n=operand))


_SEND = _Cure("改为{form}", "send {form}")
_CURES = {
    "const": _Cure("改为“{n}”，或改用它所属的交易", 'send "{n}", or use the transaction it belongs to'),
    "enum": _Cure("改用代码表中的代码", "use a code of the table"),
    "minLength": _Cure("补足到至少{n}个字符", "write at least {n} characters"),
    "maxLength": _Cure("缩短到最多{n}个字符", "shorten it to {n} characters"),
    "pattern": _Cure("写成{form}", "write it as {form}"),
    "minItems": _Cure("至少发送{n}行", "send at least {n} of them"),
    "maxItems": _Cure(
        "每个报文最多{n}行，其余另发报文", "send at most {n} rows in a message, the rest in further messages"
    ),
    "maxProperties": _Cure("交易失败时不返回数据", "leave it out of a refusal"),
    "decimals": _Cure("按规定的小数位四舍五入", "round it to the decimals that are allowed"),
    "date": _Cure("改为日历上存在的日期", "send a day of the calendar"),
}


def _cure_of_type(spot: Spot, value: object) -> Name:
    field, block = spot.field, spot.block
    if field is not None and value is None:
        empty = ("0", "0") if field.kind in _NUMBERS else ('空文本 ""', 'an empty text ""')
        return Name(f"没有内容时发送{empty[0]}，不发送null", f"send {empty[1]} where there is nothing, not null")
    if field is not None and field.kind in _NUMBERS and isinstance(value, str):
        return Name("作为数字发送，不加引号", "send it as a number, without quotes")
    if field is not None and field.kind not in _NUMBERS and isinstance(value, int | Decimal):
        return Name("加上双引号，作为文本发送", "put it in double quotes, as a text")
    if block is not None and block.list and isinstance(value, dict):
        return Name("用方括号括成列表", "put it into a list, in square brackets")
    return _SEND.filled(spot.form, None)


def _text(keyword: str, value: str, *, quotable: bool) -> Name:
    size = _counted(len(value), "character")
    if keyword not in {"pattern", "enum", "const"}:
        return Name(f"是{len(value)}个字符的文本", f"is a text of {size}")
    if quotable and keyword != "pattern" and _SHORT_CODE.fullmatch(value):
        return Name(f"是“{value}”", f'is "{value}"')
    if _FULL_WIDTH.search(value):
        return Name("是含有全角字符的文本", "is a text with full-width characters")
    if value != value.strip():
        return Name("是首尾有空白或换行的文本", "is a text with white space or a line break at an end")
    return Name(f"是{len(value)}个字符、写法不对的文本", f"is a text of {size} in another form")


def _like_a_code(spot: Spot, value: str) -> bool:
    """Whether a text is no longer than the codes of its table; a longer one may be a name or a day of birth."""
    length = spot.field.length if spot.field is not None else None
    return len(value) <= (length or 0) + 1


def _number(value: int | Decimal, *, quotable: bool) -> Name:
    if quotable:
        return Name(f"是{value}，超出范围", f"is {value}, which is out of range")
    return Name("是超出范围的数字", "is a number out of range")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array"
    return "string" if isinstance(value, str) else "number"
