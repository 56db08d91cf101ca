"""Texts in Chinese and English: one table of sentences, one of names, and figures put into words.

The tables are TOML files beside the templates; each entry has both languages, or reading them fails.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from simulator.core.values.money import FEN_PER_YUAN, half_up

LANGS = ("zh", "en")
TABLES = ("page.toml", "names.toml", "certify.toml", "proxy.toml", "load.toml", "experiment.toml")

Text = Mapping[str, str]

_FEN_WAN, _FEN_YI = 10**6, 10**10  # 万元, 亿元
_FEN_THOUSAND, _FEN_MILLION, _FEN_BILLION = 10**5, 10**8, 10**11
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October")
_MONTH_NAMES = (*_MONTHS, "November", "December")
_JOIN = {"zh": "、", "en": ", "}
_MINUS = "−"


@cache
def load_texts() -> Mapping[str, Text]:
    """Return every text by ``table.key``; raises ValueError for one that lacks a language."""
    folder = resources.files("simulator.outputs.templates")
    texts: dict[str, Text] = {}
    for name in TABLES:
        for key, text in _leaves(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))):
            if key in texts or text.keys() != set(LANGS) or not all(text.values()):
                raise ValueError(f"{name}: {key} must stand once, with zh and en")
            texts[key] = text
    return texts


def _leaves(tables: Mapping[str, Mapping[str, Text]]) -> Iterator[tuple[str, Text]]:
    for table, entries in tables.items():
        for key, text in entries.items():
            yield f"{table}.{key}", text


class Say:
    """One language: ``say("rate.title")`` gives a sentence, the methods put figures into words."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = load_texts()

    def __call__(self, key: str, *values: object) -> str:
        """Return a sentence with its places filled; raises KeyError for a key no table has."""
        text = self._texts[key][self.lang]
        return text.format(*values) if values else text

    def name(self, table: str, code: str) -> str:
        """Return the name of a code; a code without a name is shown as it is, underscores as spaces."""
        text = self._texts.get(f"{table}.{code}")
        return text[self.lang] if text else code.replace("_", " ")

    def has(self, table: str, code: str) -> bool:
        """Tell whether a code has a name in a table."""
        return f"{table}.{code}" in self._texts

    def of(self, named: Any) -> str:
        """Return the name of a value that has both, as attributes or as keys ``zh`` and ``en``."""
        return str(named[self.lang] if isinstance(named, Mapping) else getattr(named, self.lang))

    def join(self, parts: Sequence[str]) -> str:
        """Return a list in one line."""
        return _JOIN[self.lang].join(parts)

    @property
    def money_unit(self) -> str:
        """Return the unit of large amounts in tables and charts."""
        return {"zh": "万元", "en": "thousand yuan"}[self.lang]

    @property
    def money_size(self) -> int:
        """Return how many fen the unit of large amounts has."""
        return {"zh": _FEN_WAN, "en": _FEN_THOUSAND}[self.lang]

    def large(self, fen: int) -> str:
        """Return an amount in the unit of large amounts, without its name: two decimals of 万元, one of thousands."""
        places = 2 if self.lang == "zh" else 1
        return _decimal(half_up(fen * 10**places, self.money_size), places)

    def money(self, fen: int) -> str:
        """Return an amount for a sentence, with a unit that fits its size."""
        sizes = {
            "zh": ((_FEN_YI, "亿元"), (_FEN_WAN, "万元"), (FEN_PER_YUAN, "元")),
            "en": ((_FEN_BILLION, " billion yuan"), (_FEN_MILLION, " million yuan"), (FEN_PER_YUAN, " yuan")),
        }[self.lang]
        size, unit = next((pair for pair in sizes if abs(fen) >= pair[0]), sizes[-1])
        return f"{_decimal(half_up(fen * 100, size), 2)}{unit}"

    @staticmethod
    def yuan(fen: int) -> str:
        """Return an amount in yuan to the fen, with thousands marks."""
        return _decimal(fen, 2)

    @staticmethod
    def fixed(value: int, places: int) -> str:
        """Return a scaled integer with its decimals, without trailing zeros beyond the second."""
        text = _decimal(value, places)
        whole, _, rest = text.partition(".")
        return f"{whole}.{rest[:2]}{rest[2:].rstrip('0')}"

    @staticmethod
    def count(number: int) -> str:
        """Return a whole number with thousands marks."""
        return f"{number:,}".replace("-", _MINUS)

    @staticmethod
    def share(share: float | None, places: int = 2) -> str:
        """Return a share of 1 in per cent; a dash where there is none."""
        return "–" if share is None else f"{share * 100:.{places}f}%"

    @staticmethod
    def rate(basis_points: int) -> str:
        """Return a rate in per cent, without needless zeros."""
        return f"{_decimal(basis_points, 2).rstrip('0').rstrip('.')}%"

    def day(self, day: str) -> str:
        """Return a day (ISO) for a sentence."""
        year, month, number = (int(part) for part in day.split("-"))
        return f"{year}年{month}月{number}日" if self.lang == "zh" else f"{number} {_MONTH_NAMES[month - 1]} {year}"

    def month(self, month: str) -> str:
        """Return a month (``2016-10``) for a sentence."""
        year, number = (int(part) for part in month.split("-"))
        return f"{year}年{number}月" if self.lang == "zh" else f"{_MONTH_NAMES[number - 1]} {year}"


def _decimal(value: int, places: int) -> str:
    whole, rest = divmod(abs(value), 10**places)
    return f"{_MINUS if value < 0 else ''}{whole:,}.{rest:0{places}d}"
