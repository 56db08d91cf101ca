"""Reading codes and words from values that came from outside, and the words for what was found."""

from __future__ import annotations

import re

from schemas.values import Name

# A number that stands for a code is short; longer ones would only be slow to write out.
_LARGEST_CODE = 10**12
_SHORT_CODE = re.compile(r"[0-9A-Za-z]{1,8}")

MISSING = Name("没有填写", "is missing")


def filled(value: object) -> bool:
    """Whether a value is there: neither absent nor null, nor an empty text, list or object."""
    return value is not None and not (isinstance(value, str | list | dict) and not value)


def code_of(value: object, longest: int | None = None) -> str | None:
    """Return a code as text, also one that was sent as a whole number; None for anything else or nothing.

    Nothing is also what is longer than a field may be, where that is told: the schema reports it.
    """
    if isinstance(value, str):
        return value if value and (longest is None or len(value) <= longest) else None
    if type(value) is int and abs(value) < _LARGEST_CODE:
        return str(value)
    return None


def found_code(value: object, *, quote: bool) -> Name:
    """Return the words for a code that is not the right one; it is quoted where it may be and is short."""
    code = code_of(value)
    if code is None:
        return MISSING
    if quote and _SHORT_CODE.fullmatch(code):
        return Name(f"是“{code}”", f'is "{code}"')
    return Name("是另一个值", "is another value")
