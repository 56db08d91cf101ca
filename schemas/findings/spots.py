"""What stands at a path of a message: a field or a block, in which rows, and how it is called in a sentence.

Like a street address: from the message down through block, row and block again to the field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from schemas.findings.sources import in_words, listed, of_block
from schemas.rules import Path
from schemas.values import Block, Field, Name

# More blocks than this are not named where an object is expected.
_NAMED_BLOCKS = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a message.

    Either `field` or `block` is what stands there; both are None where the interface knows nothing. `rows` are the
    rows on the way, outermost first, each the name of its list and a number from 1; `is_row` when the last is meant.
    """

    block: Block | None = None
    field: Field | None = None
    rows: tuple[tuple[str, int], ...] = ()
    is_row: bool = False

    @property
    def subject(self) -> Name:
        """What to call it in a sentence."""
        known = self.field or self.block
        if known is None:
            return Name("该值", "the value")
        if not known.name:
            return Name(known.zh, known.en)
        return _row_called(known, self.rows) if self.is_row else _called(known, self.rows)

    @property
    def form(self) -> Name:
        """How the value is to be written."""
        if self.field is not None:
            return self.field.form
        block = self.block
        if block is None or not block.list or self.is_row:
            return _object(block)
        return _rows(block.least or 0, block.most)

    @property
    def basis(self) -> Name:
        """What the demand on this place rests on."""
        if self.field is None:
            return in_words("none" if self.block is None else of_block(self.block))
        words = in_words(self.field.sources)
        if self.field.uncertain:
            words = Name(f"{words.zh}（待核实）", f"{words.en} (uncertain)")
        if self.field.basis:
            words = Name(f"{words.zh}（{self.field.basis}）", f"{words.en} ({self.field.basis})")
        if self.field.code is None:
            return words
        table = self.field.code
        return listed([words, Name(f"代码表 {table}", f"code table {table}")])

    @property
    def is_personal(self) -> bool:
        """Whether a value here must not be quoted."""
        return self.field is not None and self.field.personal


class Layout:
    """The head fields and the body of one kind of message, to look places up in."""

    def __init__(self, head: Mapping[str, Field], body: Block) -> None:
        fields = {name: field for name, field in head.items() if name != body.name}
        nothing = Name("", "")
        self._whole = Block("", "报文", "the message", False, True, None, None, fields, {body.name: body}, nothing)

    def spot(self, path: Path) -> Spot:
        """Return what stands at a path, or should stand there."""
        spot = Spot(self._whole)
        for part in path:
            spot = _row(spot, part) if isinstance(part, int) else _member(spot, part)
        return spot


def _row(spot: Spot, index: int) -> Spot:
    known = spot.field or spot.block
    if known is None or spot.is_row:
        return Spot()
    return replace(spot, rows=(*spot.rows, (known.name, index + 1)), is_row=True)


def _member(spot: Spot, name: str) -> Spot:
    block = spot.block
    if block is None:
        return Spot()
    return Spot(block.blocks.get(name), block.fields.get(name), spot.rows)


def _called(known: Field | Block, rows: tuple[tuple[str, int], ...]) -> Name:
    place = f" in {_en_rows(rows).removeprefix(' of ')}" if rows else ""
    return Name(f"{_zh_rows(rows)}{known.zh}（{known.name}）", f"{known.name} ({known.en}){place}")


def _row_called(known: Field | Block, rows: tuple[tuple[str, int], ...]) -> Name:
    *above, (_, number) = rows
    return Name(
        f"{_zh_rows(above)}{known.zh}（{known.name}）第{number}行",
        f"row {number} of {known.name} ({known.en}){_en_rows(above)}",
    )


def _zh_rows(rows: Sequence[tuple[str, int]]) -> str:
    """One list needs no name, because the field says which it is."""
    if len(rows) == 1:
        return f"第{rows[0][1]}行"
    return "、".join(f"{name} 第{number}行" for name, number in rows) + "的" if rows else ""


def _en_rows(rows: Sequence[tuple[str, int]]) -> str:
    return "".join(f" of row {number} of {name}" for name, number in reversed(rows))


def _object(block: Block | None) -> Name:
    names = list(block.blocks) if block is not None else []
    if not 0 < len(names) <= _NAMED_BLOCKS:
        return Name("对象", "an object")
    return Name(f"含有 {'、'.join(names)} 的对象", f"an object with {', '.join(names)}")


def _rows(least: int, most: int | None) -> Name:
    if most is not None:
        return Name(f"{least}至{most}行的列表", f"a list of {least} to {most} rows")
    if least == 0:
        return Name("列表", "a list")
    rows = "1 row" if least == 1 else f"{least} rows"
    return Name(f"至少{least}行的列表", f"a list of at least {rows}")
