"""What can go wrong before a message is even looked at.

SchemaError             an unknown version, transaction or direction
└── BadText             a text that is not strict JSON
"""

from __future__ import annotations

from schemas.values import Name


class SchemaError(ValueError):
    """A question the schemas cannot answer; `zh` and `en` name the mistake and the cure in one sentence each."""

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(en)


class BadText(SchemaError):
    """A text that is not strict JSON in UTF-8.

    `what` and `cure` are bilingual phrases, `where` is the place: line and column counted from 1 in characters, or
    the text as a whole where they are None. The sentences do not repeat the text itself.
    """

    def __init__(self, what: Name, cure: Name, *, line: int | None = None, column: int | None = None) -> None:
        self.what = what
        self.cure = cure
        self.line = line
        self.column = column
        where = self.where
        super().__init__(f"{where.zh}：{what.zh}；{cure.zh}。", f"{where.en}: {what.en}; {cure.en}.")

    @property
    def where(self) -> Name:
        """The place in both languages."""
        if self.line is None:
            return Name("文本", "the text")
        return Name(f"第{self.line}行第{self.column}列", f"line {self.line}, column {self.column}")
