"""The tokens of a JSON text, and places in it counted as an editor counts them."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A whole string (which may hold brackets), one sign of structure, or a bare word: number, true, false, null.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},:]|[^\s\[\]{},:"]++', re.DOTALL)


def tokens(text: str) -> Iterator[re.Match[str]]:
    """Yield the tokens in order; what is no token, such as a string without its end, is passed over."""
    return _TOKEN.finditer(text)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1; the column counts characters, a rare one as one."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
