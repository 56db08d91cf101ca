"""Reading JSON that came from outside: exact numbers, no duplicate keys, nothing a hostile text could break.

The standard library reads the text; hooks keep every decimal exact and refuse what JSON leaves open. Whatever is
wrong ends in one `BadText`, never in a RecursionError or a MemoryError.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import NoReturn

from schemas.errors import BadText
from schemas.values import Name

# Sixteen million bytes: a hundred fee lines with every field at its full length stay below two million.
MAX_BYTES = 16_000_000
# The interface nests five deep: message, input, block, row, value.
MAX_DEPTH = 32
# The longest number of the interface has 16 digits; the rest is room for a good message about a wrong one.
MAX_DIGITS = 40

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}:]', re.DOTALL)
_CUT = Name("文本在中途结束", "the text ends too early")
_COMPLAINTS = {
    "Expecting value": Name("此处应有一个值", "a value is expected here"),
    "Expecting ',' delimiter": Name("此处应为逗号或结束括号", "a comma or a closing bracket is expected here"),
    "Expecting ':' delimiter": Name("键的后面应为冒号", "a colon is expected after the key"),
    "Expecting property name enclosed in double quotes": Name(
        "此处应为双引号括起的键", "a key in double quotes is expected here"
    ),
    "Illegal trailing comma before end of object": Name(
        "结束括号前多了逗号", "a comma stands before the closing bracket"
    ),
    "Illegal trailing comma before end of array": Name(
        "结束括号前多了逗号", "a comma stands before the closing bracket"
    ),
    "Unterminated string starting at": Name("文本值缺少结束的双引号", "a text has no closing double quote"),
    "Invalid control character at": Name("文本值中有未转义的控制字符", "a text holds a bare control character"),
    "Invalid \\escape": Name("反斜杠后面的字符无效", "a backslash is followed by a wrong character"),
    "Invalid \\uXXXX escape": Name("\\u 后面应为4位十六进制数字", "\\u must be followed by 4 hexadecimal digits"),
    "Extra data": Name("JSON 结束后还有内容", "something follows the end of the JSON value"),
}


def parse(text: str | bytes) -> object:
    """Read one strict JSON document and return it with every decimal as `Decimal` and every integer as `int`.

    Refused with `BadText`: bytes that are not UTF-8, a byte order mark, duplicate keys, NaN and Infinity, numbers of
    more than 40 digits or powers of ten beyond 40, more than 32 levels of nesting, lone surrogates, more than 16 MB.
    """
    document = _decoded(text)
    try:
        value: object = json.loads(
            document,
            object_pairs_hook=_unique,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise _syntax(document, error) from None
    except RecursionError:
        raise _too_deep(document) from None
    except _Refused as refused:
        raise _located(document, refused) from None
    if not _is_shallow(value):
        raise _too_deep(document)
    if "\\ud" in document or "\\uD" in document:
        _refuse_lone_surrogates(document, value)
    return value


class _Refused(Exception):
    """Raised inside a hook, where the place is not known: `token` is looked up afterwards, None is a duplicate key."""

    def __init__(self, token: str | None, what: Name, cure: Name) -> None:
        self.token = token
        self.what = what
        self.cure = cure


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
            raise _not_utf8(text, error) from None
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


def _not_utf8(text: bytes, error: UnicodeDecodeError) -> BadText:
    before = text[: error.start].decode("utf-8")
    if error.reason == "unexpected end of data":
        what = Name("文本在一个字符中间结束", "the text ends in the middle of a character")
        cure = Name("请发送完整的报文", "send the whole message")
    else:
        what = Name("字节不是UTF-8编码", "these bytes are not UTF-8")
        cure = Name("请用UTF-8编码发送，不要用GBK或GB18030", "send UTF-8, not GBK, GB18030 or UTF-16")
    return BadText(what, cure, line=_line(before, len(before)), column=_column(before, len(before)))


def _refuse_raw_surrogates(document: str) -> None:
    try:
        document.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _surrogate(_line(document, error.start), _column(document, error.start)) from None


def _refuse_lone_surrogates(document: str, value: object) -> None:
    level = [value]
    while level:
        strings = [item for item in level if type(item) is str]
        try:
            "".join(f"{item}\0" for item in strings).encode("utf-8")
        except UnicodeEncodeError:
            at = min(i for i in (document.find("\\ud"), document.find("\\uD")) if i >= 0)
            raise _surrogate(_line(document, at), _column(document, at)) from None
        level = [child for item in level for child in _children(item, keys=True)]


def _surrogate(line: int, column: int) -> BadText:
    return BadText(
        Name("有单独的代理项，不成一个字符", "a lone surrogate stands here, which is no character"),
        Name("请发送完整的字符", "send the whole character"),
        line=line,
        column=column,
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused(
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
    if len(mantissa) > MAX_DIGITS + 2 or len(power) > 4 or (power and abs(int(power)) > MAX_DIGITS):
        raise _long_number(token)
    return Decimal(token)


def _long_number(token: str) -> _Refused:
    return _Refused(
        token,
        Name(f"数字超过{MAX_DIGITS}位", f"a number has more than {MAX_DIGITS} digits"),
        Name("请按接口规定的长度发送", "send it with the length the interface allows"),
    )


def _constant(token: str) -> NoReturn:
    raise _Refused(
        token,
        Name(f"{token} 不是JSON数字", f"{token} is no JSON number"),
        Name("请发送数字，空数字发送0", "send a number, 0 for an empty one"),
    )


def _syntax(document: str, error: json.JSONDecodeError) -> BadText:
    at_end = not document[error.pos :].strip() or error.msg.startswith("Unterminated")
    unknown = Name("不是有效的JSON", "this is not valid JSON")
    complaint = _CUT if at_end else _COMPLAINTS.get(error.msg, unknown)
    cure = Name("请发送完整的报文", "send the whole message") if at_end else Name("请改正此处", "correct this place")
    return BadText(complaint, cure, line=error.lineno, column=error.colno)


def _located(document: str, refused: _Refused) -> BadText:
    at = _second_key(document) if refused.token is None else document.find(refused.token)
    if at < 0:
        return BadText(refused.what, refused.cure)
    return BadText(refused.what, refused.cure, line=_line(document, at), column=_column(document, at))


def _second_key(document: str) -> int:
    """Where an object repeats a key. The parser does not say, so the text is read once more, without recursion."""
    seen: list[set[str]] = []
    last, at = "", -1
    for match in _TOKEN.finditer(document):
        token = match.group()
        if token in "[{":
            seen.append(set())
        elif token in "]}":
            seen.pop()
        elif token[0] == '"':
            last, at = token, match.start()
        elif token == ":":
            key = json.loads(last, strict=False)
            if key in seen[-1]:
                return at
            seen[-1].add(key)
    return -1


def _too_deep(document: str) -> BadText:
    depth = 0
    for match in _TOKEN.finditer(document):
        token = match.group()
        depth += (token in "[{") - (token in "]}")
        if depth > MAX_DEPTH:
            break
    return BadText(
        Name(f"嵌套超过{MAX_DEPTH}层", f"the nesting is more than {MAX_DEPTH} levels deep"),
        Name("请按接口的结构发送", "send the structure of the interface"),
        line=_line(document, match.start()),
        column=_column(document, match.start()),
    )


def _is_shallow(value: object) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item) if type(child) in (dict, list)]
        if not level:
            return True
    return False


def _children(item: object, *, keys: bool = False) -> list[object]:
    if isinstance(item, dict):
        return [*item, *item.values()] if keys else list(item.values())
    return item if isinstance(item, list) else []


def _line(document: str, at: int) -> int:
    return document.count("\n", 0, at) + 1


def _column(document: str, at: int) -> int:
    return at - document.rfind("\n", 0, at)
