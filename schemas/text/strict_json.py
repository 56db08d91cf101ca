"""Reading JSON that came from outside: exact numbers, no duplicate keys, nothing a hostile text could break.

The standard library reads the text; hooks keep every decimal exact and refuse what JSON leaves open. Whatever is
wrong ends in one `BadText`, never in a RecursionError or a MemoryError.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NoReturn

from schemas.errors import BadText
from schemas.text.json_faults import Refused, located, lone_surrogate, not_utf8, syntax, too_deep
from schemas.values import Name

# Sixteen million bytes: a hundred fee lines with every field at its full length stay below two million.
MAX_BYTES = 16_000_000
# The interface nests five deep: message, input, block, row, value.
MAX_DEPTH = 32
# The longest number of the interface has 16 digits; the rest is room for a good message about a wrong one.
MAX_DIGITS = 40

# Escapes of a valid text: a pair of surrogates, a surrogate alone (the group), any other; each is read as a whole.
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL
)


def parse(text: str | bytes) -> object:
    """Read one strict JSON document and return it with every decimal as `Decimal` and every integer as `int`.

    Refused with `BadText`: bytes that are not UTF-8, a byte order mark, duplicate keys, NaN and Infinity, numbers of
    more than 40 digits or powers of ten beyond 40, more than 32 levels of nesting, lone surrogates, more than 16 MB.
    """
    document = _decoded(text)
    if not document.strip():
        raise BadText(Name("文本是空的", "the text is empty"), Name("请发送报文", "send a message"), line=1, column=1)
    try:
        value: object = _DECODER.decode(document)
    except json.JSONDecodeError as error:
        raise syntax(document, error) from None
    except RecursionError:
        raise too_deep(document, MAX_DEPTH) from None
    except Refused as refused:
        raise located(document, refused) from None
    if document.count("{") + document.count("[") > MAX_DEPTH and not _is_shallow(value):
        raise too_deep(document, MAX_DEPTH)
    if "\\ud" in document or "\\uD" in document:
        _refuse_lone_surrogates(document)
    return value


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise BadText(
            Name(f"超过{MAX_BYTES}字节", f"it is longer than {MAX_BYTES} bytes"),
            Name("请分成多个报文发送", "send it as several messages"),
        )
    if isinstance(text, bytes):
        try:
            document = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise not_utf8(text, error) from None
    else:
        document = text
        _refuse_raw_surrogates(document)
    if document.startswith("\ufeff"):
        raise BadText(
            Name("以字节顺序标记（BOM）开头", "it starts with a byte order mark"),
            Name("请用不带BOM的UTF-8发送", "send UTF-8 without it"),
            line=1,
            column=1,
        )
    return document


def _refuse_raw_surrogates(document: str) -> None:
    try:
        document.encode("utf-8")
    except UnicodeEncodeError as error:
        raise lone_surrogate(document, error.start) from None


def _refuse_lone_surrogates(document: str) -> None:
    for match in _ESCAPE.finditer(document):
        if match[1]:
            raise lone_surrogate(document, match.start())


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused(
            None,
            Name("同一个对象里有重复的键", "the same object already has this key"),
            Name("每个键只保留一次", "keep each key once"),
        )
    return members


def _integer(token: str) -> int:
    if len(token) > MAX_DIGITS:
        raise _long_number(token)
    return int(token)


def _decimal(token: str) -> Decimal:
    mantissa, _, power = token.replace("E", "e").partition("e")
    if len(mantissa) > MAX_DIGITS + 2:
        raise _long_number(token)
    if len(power) > 4 or (power and abs(int(power)) > MAX_DIGITS):
        raise Refused(
            token,
            Name(f"数字的指数超过{MAX_DIGITS}", f"a number has an exponent beyond {MAX_DIGITS}"),
            Name("请写出完整的数字，不用指数", "write the number out, without an exponent"),
        )
    return Decimal(token)


def _long_number(token: str) -> Refused:
    return Refused(
        token,
        Name(f"数字超过{MAX_DIGITS}位", f"a number has more than {MAX_DIGITS} digits"),
        Name("请按接口规定的长度发送", "send it with the length the interface allows"),
    )


def _constant(token: str) -> NoReturn:
    raise Refused(
        token,
        Name(f"{token} 不是JSON数字", f"{token} is no JSON number"),
        Name("请发送数字，空数字发送0", "send a number, 0 for an empty one"),
    )


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item) if type(child) in (dict, list)]
        if not level:
            return True
    return False


def _children(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)
