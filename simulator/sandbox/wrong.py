"""What is wrong, in one sentence in each language."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


class InBoth(Exception):
    """What an operator is told in both languages; ``str()`` is the English sentence."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class Wrong(ValueError):
    """A request of the control API that cannot be done as it stands; nothing of it was done."""

    def __init__(self, zh: str, en: str, **more: object) -> None:
        self.zh, self.en, self.more = zh, en, more
        super().__init__(en)


def said_of(problem: Exception) -> Said:
    """Return what there is to say of a problem; one that has no words of its own in Chinese keeps its own."""
    text = str(problem)
    return Said(getattr(problem, "zh", text), getattr(problem, "en", text))
