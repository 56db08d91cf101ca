"""The kind `identity`: an 18-character identity number holds what GB 11643 says.

The 17 digits give the check character, digits 7 to 14 are a day that existed, digit 17 is odd for a man.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import mul

from schemas.rules.fields import exists
from schemas.rules.model import Check, Found, Row, Rule
from schemas.rules.sites import Reference, Site
from schemas.rules.texts import code_of
from schemas.values import Name

_LENGTH = 18
_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_MAN, _WOMAN = "1", "2"


def bind_identity(rule: Rule, site: Site) -> Check:
    """Parameters: `number`; and `birth` or `gender`, a field to compare instead of checking the number itself.

    A number that has not 18 characters is passed over: older ones have 15.
    """
    number = site.field(rule.parameters["number"])
    if "birth" in rule.parameters:
        return _compared(number, site.field(rule.parameters["birth"]), _other_birth)
    if "gender" in rule.parameters:
        return _compared(number, site.field(rule.parameters["gender"]), _other_gender)

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        text = number.get(row, message)
        wrong = _wrong(text) if isinstance(text, str) and len(text) == _LENGTH else None
        return () if wrong is None else (Found(number.tail, wrong),)

    return check


def _compared(number: Reference, field: Reference, differs: Callable[[str, str], bool]) -> Check:
    words = Name(f"与 {number.name} 中的不同", f"is not the one in {number.name}")

    def check(row: Row, message: Row) -> tuple[Found, ...]:
        text, value = number.get(row, message), code_of(field.get(row, message))
        if not isinstance(text, str) or not _NUMBER.fullmatch(text) or value is None:
            return ()
        return (Found(field.tail, words),) if differs(text, value) else ()

    return check


def _wrong(text: str) -> Name | None:
    if not _NUMBER.fullmatch(text):
        return Name("不是17位数字加1位校验码", "is not 17 digits and a check character")
    if not exists(f"{text[6:10]}-{text[10:12]}-{text[12:14]}"):
        return Name("所含出生日期不存在", "holds a day of birth that does not exist")
    remainder = sum(map(mul, map(int, text[:-1]), _WEIGHTS)) % 11
    if _CHECK_DIGITS[remainder] != text[-1].upper():
        return Name("校验码不对", "has a wrong check character")
    return None


def _other_birth(number: str, birth: str) -> bool:
    return len(birth) >= len("yyyy-MM-dd") and birth[:10].replace("-", "") != number[6:14]


def _other_gender(number: str, gender: str) -> bool:
    return gender in {_MAN, _WOMAN} and (gender == _MAN) is not (int(number[16]) % 2 == 1)
