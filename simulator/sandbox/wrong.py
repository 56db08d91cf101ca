"""What is wrong with what somebody asked of the sandbox, in one sentence in each language."""

from __future__ import annotations


class Wrong(ValueError):
    """A request of the control API that cannot be done as it stands; nothing of it was done."""

    def __init__(self, zh: str, en: str, **more: object) -> None:
        self.zh, self.en, self.more = zh, en, more
        super().__init__(en)
