"""What is wrong with a text that is no strict JSON, in words and with its place: each function makes one `BadText`."""

from __future__ import annotations

import json

from schemas.errors import BadText
from schemas.text.tokens import line_and_column, tokens
from schemas.values import Name

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


class Refused(Exception):
    """Raised inside a hook, where the place is not known: `token` is looked up afterwards, None is a duplicate key."""

    def __init__(self, token: str | None, what: Name, cure: Name) -> None:
        self.token = token
        self.what = what
        self.cure = cure


def syntax(document: str, error: json.JSONDecodeError) -> BadText:
    """What the parser complains of; `error` says where."""
    at_end = not document[error.pos :].strip() or error.msg.startswith("Unterminated")
    unknown = Name("不是有效的JSON", "this is not valid JSON")
    complaint = _CUT if at_end else _COMPLAINTS.get(error.msg, unknown)
    cure = Name("请发送完整的报文", "send the whole message") if at_end else Name("请改正此处", "correct this place")
    return BadText(complaint, cure, line=error.lineno, column=error.colno)


def located(document: str, refused: Refused) -> BadText:
    """What a hook has refused; the text is read once more to find where it stands."""
    token = refused.token
    if token is None:
        at = _second_key(document)
    else:
        at = next((match.start() for match in tokens(document) if match.group().startswith(token)), 0)
    return _bad_at(document, at, refused.what, refused.cure)


def not_utf8(text: bytes, error: UnicodeDecodeError) -> BadText:
    """Bytes that are not UTF-8."""
    before = text[: error.start].decode("utf-8")
    if error.reason == "unexpected end of data":
        what = Name("文本在一个字符中间结束", "the text ends in the middle of a character")
        cure = Name("请发送完整的报文", "send the whole message")
    else:
        what = Name("字节不是UTF-8编码", "these bytes are not UTF-8")
        cure = Name("请用UTF-8编码发送，不要用GBK、GB18030或UTF-16", "send UTF-8, not GBK, GB18030 or UTF-16")
    return _bad_at(before, len(before), what, cure)


def lone_surrogate(document: str, at: int) -> BadText:
    """Half of a surrogate pair at an offset."""
    return _bad_at(
        document,
        at,
        Name("有单独的代理项，不成一个字符", "a lone surrogate stands here, which is no character"),
        Name("请发送完整的字符", "send the whole character"),
    )


def too_deep(document: str, limit: int) -> BadText:
    """More than `limit` brackets are open at once."""
    depth, at = 0, 0
    for match in tokens(document):
        token = match.group()
        depth += (token in "[{") - (token in "]}")
        if depth > limit:
            at = match.start()
            break
    return _bad_at(
        document,
        at,
        Name(f"嵌套超过{limit}层", f"the nesting is more than {limit} levels deep"),
        Name("请按接口的结构发送", "send the structure of the interface"),
    )


def _second_key(document: str) -> int:
    """Where an object repeats a key. The parser does not say, so the text is read once more, without recursion."""
    seen: list[set[str]] = []
    last, at = "", -1
    for match in tokens(document):
        token = match.group()
        if token in "[{":
            seen.append(set())
        elif token in "]}":
            seen.pop()
        elif token[0] == '"':
            last, at = token, match.start()
        elif token == ":":
            key = str(json.loads(last, strict=False)) if "\\" in last else last[1:-1]
            if key in seen[-1]:
                break
            seen[-1].add(key)
    return at


def _bad_at(document: str, at: int, what: Name, cure: Name) -> BadText:
    line, column = line_and_column(document, at)
    return BadText(what, cure, line=line, column=column)
