"""Official paper as workbooks: forms in Chinese that print on A4, with signature blocks.

Amounts are whole fen until they are written; a cell holds yuan as a number that reads back to the same fen. Totals and
derived columns are live formulas beside the values they give, computed here from whole numbers.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Any, NamedTuple

import xlsxwriter
from rich.cells import cell_len
from xlsxwriter.utility import xl_col_to_name

from simulator.core.values.money import FEN_PER_YUAN, WHOLE_RATE, half_up
from simulator.outputs.excel import MADE

Value = str | int | float | dt.date | None
Row = Mapping[str, Value]

TEXT, ORDINAL, COUNT, YUAN, WAN, SHARE, DAY = "text", "ordinal", "count", "yuan", "wan", "share", "day"
"""What a column holds: words, a place, a number of cases, fen shown as yuan, whole 万元, a share of 1, a day."""

NONE = "–"
FEN_PER_WAN = 1_000_000
SIGNED = "单位负责人：{0}审核人：{0}填表人：{0}填报日期：　　　　年　　月　　日".format("　" * 6)
SEALED = "填报单位（盖章）：" + "　" * 10
_SUMMED = {COUNT, YUAN, WAN}
_FORMATS = {ORDINAL: "0", COUNT: "#,##0", YUAN: "#,##0.00", WAN: "#,##0", SHARE: "0.00%", DAY: "yyyy-mm-dd", TEXT: "@"}
_KEPT_FEN = 10**15  # a spreadsheet keeps fifteen digits of a number
_A4, _ONCE, _LINE = 9, 2, 16
_HEAD = 3  # rows above the names of the columns: what it is an annex of, its title, whose and when


class Way(NamedTuple):
    """How a cell follows from others of its row: as a formula over their places, and as a value of their values."""

    text: Callable[[Sequence[str]], str]
    value: Callable[[Sequence[int]], int | float | str]


SUM = Way(lambda cells: f"ROUND({'+'.join(cells)},2)", sum)
DIFFERENCE = Way(lambda cells: f"ROUND({cells[0]}-{cells[1]},2)", lambda values: values[0] - values[1])
EXCESS = Way(lambda cells: f"ROUND(MAX({cells[0]}-{cells[1]},0),2)", lambda values: max(values[0] - values[1], 0))
BALANCE_OF = Way(
    lambda cells: f"ROUND({cells[0]}+{cells[1]}-{cells[2]},2)", lambda values: values[0] + values[1] - values[2]
)
RATIO = Way(
    lambda cells: f'IF({cells[1]}=0,"{NONE}",{cells[0]}/{cells[1]})',
    lambda values: values[0] / values[1] if values[1] else NONE,
)


def quota(basis_points: int) -> Way:
    """Return the way from yuan to a share of it in whole 万元, half up (P75-30)."""
    return Way(
        lambda cells: f"ROUND({cells[0]}*{basis_points}/{WHOLE_RATE}/10000,0)",
        lambda values: half_up(values[0] * basis_points, WHOLE_RATE * FEN_PER_WAN),
    )


class Column(NamedTuple):
    """A column: ``key`` of a row's value, title, width in characters, what it holds, the heading it shares with others.

    A column with a ``way`` follows from the columns ``of`` it; ``along`` tells that the total of it does too (a rate),
    where others are added up.
    """

    key: str
    title: str
    kind: str = TEXT
    width: float = 10
    group: str = ""
    way: Way | None = None
    of: tuple[str, ...] = ()

    @property
    def along(self) -> bool:
        """Tell whether the total of the column follows from other totals."""
        return self.kind == SHARE


class Sheet(NamedTuple):
    """One form: what it is called, about which month, whose, in which unit; its columns, rows and notes.

    ``mark`` stands above the title (附件1). A row may lack a value or have None: its cell is empty.
    """

    tab: str
    title: str
    period: str
    org: str
    unit: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    notes: Sequence[str]
    mark: str = ""
    landscape: bool = True

    def values(self) -> list[dict[str, Value]]:
        """Return the rows with the columns that follow from others."""
        return [derived(self.columns, row) for row in self.rows]

    def totals(self) -> dict[str, Value]:
        """Return the totals by column, amounts in fen."""
        rows = self.values()
        sums = {
            column.key: sum(_whole(row.get(column.key)) for row in rows)
            for column in self.columns
            if column.kind in _SUMMED
        }
        along = [column for column in self.columns if column.along]
        return {**sums, **{column.key: derived(along, sums)[column.key] for column in along}}


def derived(columns: Iterable[Column], row: Row) -> dict[str, Value]:
    """Return a row with its columns that follow from others, worked out from left to right."""
    found: dict[str, Value] = dict(row)
    for column in columns:
        if column.way is not None:
            found[column.key] = column.way.value([_whole(found.get(key)) for key in column.of])
    return found


def yuan_cell(fen: int) -> Decimal:
    """Return yuan for a cell, written with all its digits; raises ValueError beyond what a spreadsheet keeps."""
    if abs(fen) >= _KEPT_FEN:
        raise ValueError(f"{fen} fen are more than a spreadsheet keeps")
    return Decimal(fen) / FEN_PER_YUAN


def paper(sheets: Sequence[Sheet], source: str) -> bytes:
    """Return an Excel file with a form on each sheet; ``source`` stands in the head of every page."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE, "title": sheets[0].title})
        pen = _Pen(book)
        for sheet in sheets:
            pen.draw(sheet, source)
    return stream.getvalue()


class Cell(NamedTuple):
    """What a cell shows, amounts in fen; with a formula the value is what that comes to."""

    value: Value
    formula: str
    kind: str


class _Pen:
    """Draws forms into a workbook."""

    def __init__(self, book: Any) -> None:
        self._book = book
        font = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
        boxed = {**font, "border": 1}
        centred = {"align": "center", "text_wrap": True}
        self._title = book.add_format({**font, "font_size": 16, "bold": True, "align": "center"})
        self._left, self._middle, self._right = (
            book.add_format({**font, "align": align}) for align in ("left", "center", "right")
        )
        self._note = book.add_format({**font, "font_size": 9, "text_wrap": True})
        self._name = book.add_format({**boxed, **centred, "bold": True, "bg_color": "#F2F2F2"})
        self._cells = {
            (kind, strong): book.add_format(
                {
                    **boxed,
                    "num_format": code,
                    "bold": strong,
                    "align": "left" if kind == TEXT else "center" if kind in {ORDINAL, DAY} else "right",
                    "text_wrap": kind == TEXT,
                }
            )
            for kind, code in _FORMATS.items()
            for strong in (False, True)
        }

    def draw(self, form: Sheet, source: str) -> None:
        """Draw one form."""
        sheet = self._book.add_worksheet(form.tab)
        last = len(form.columns) - 1
        for place, wide in enumerate(widths := _widths(form)):
            sheet.set_column(place, place, wide)
        if form.mark:
            sheet.write_string(0, 0, form.mark, self._left)
        sheet.merge_range(1, 0, 1, last, form.title, self._title)
        sheet.set_row(1, 26)
        for first, final, text, look in zip(
            (0, last // 3 + 1, 2 * last // 3 + 1),
            (last // 3, 2 * last // 3, last),
            (f"填报单位：{form.org}", form.period, form.unit),
            (self._left, self._middle, self._right),
            strict=True,
        ):
            _across(sheet, (2, first, final), text, look)
        row = self._names(sheet, form.columns)
        names = row - 1
        end = self._tail(sheet, form, self._body(sheet, form, row), sum(widths))
        sheet.freeze_panes(row, 0)
        _set_page(sheet, form, source, last_name=names, last_row=end, last_column=last)

    def _names(self, sheet: Any, columns: Sequence[Column]) -> int:
        """Write the names of the columns, with a row of shared headings above where there are any."""
        if not any(column.group for column in columns):
            sheet.set_row(_HEAD, 30)
            for place, column in enumerate(columns):
                sheet.write_string(_HEAD, place, column.title, self._name)
            return _HEAD + 1
        place = 0
        sheet.set_row(_HEAD + 1, 30)
        for group, members in groupby(columns, lambda column: column.group):
            first = place
            for column in members:
                if group:
                    sheet.write_string(_HEAD + 1, place, column.title, self._name)
                else:
                    sheet.merge_range(_HEAD, place, _HEAD + 1, place, column.title, self._name)
                place += 1
            if group:
                _across(sheet, (_HEAD, first, place - 1), group, self._name)
        return _HEAD + 2

    def _body(self, sheet: Any, form: Sheet, first: int) -> int:
        """Write rows and totals; return the next row. A form without rows says so in an empty one."""
        places = {column.key: xl_col_to_name(place) for place, column in enumerate(form.columns)}
        rows = form.values() or [{form.columns[0].key: "本月无"}]
        for number, row in enumerate(rows, first):
            for place, column in enumerate(form.columns):
                value = row.get(column.key)
                formula = "" if column.way is None or value is None else _formula(column, places, number)
                self._write(sheet, (number, place), Cell(value, formula, column.kind))
        end, totals = first + len(rows), form.totals()
        if not totals:
            return end
        self._write(sheet, (end, 0), Cell("合计", "", TEXT), strong=True)
        for place, column in enumerate(form.columns[1:], 1):
            letter = places[column.key]
            added = f"=ROUND(SUM({letter}{first + 1}:{letter}{end}),2)"
            formula = _formula(column, places, end) if column.along else added
            total = totals.get(column.key)
            self._write(sheet, (end, place), Cell(total, "" if total is None else formula, column.kind), strong=True)
        return end + 1

    def _write(self, sheet: Any, at: tuple[int, int], cell: Cell, *, strong: bool = False) -> None:
        value = yuan_cell(cell.value) if cell.kind == YUAN and isinstance(cell.value, int) else cell.value
        look = self._cells[cell.kind, strong]
        if cell.formula:
            sheet.write_formula(*at, cell.formula, look, value)
        elif value is None:
            sheet.write_blank(*at, None, look)
        elif isinstance(value, str):
            sheet.write_string(*at, value, look)
        elif isinstance(value, dt.date):
            sheet.write_datetime(*at, value, look)
        else:
            sheet.write_number(*at, value, look)

    def _tail(self, sheet: Any, form: Sheet, row: int, wide: float) -> int:
        """Write notes, signatures and seal below a form so many characters wide; return the last row."""
        last = len(form.columns) - 1
        for number, note in enumerate(form.notes, 1):
            text = f"{'注：' if number == 1 else '　　'}{number}．{note}"
            sheet.merge_range(row, 0, row, last, text, self._note)
            sheet.set_row(row, _LINE * ceil(cell_len(text) / wide))
            row += 1
        for text in (SIGNED, SEALED):
            sheet.merge_range(row, 0, row, last, text, self._left)
            sheet.set_row(row, 2 * _LINE)
            row += 1
        return row - 1


def _set_page(sheet: Any, form: Sheet, source: str, *, last_name: int, last_row: int, last_column: int) -> None:
    """Set the page: A4, one page wide, title and names on every page, its number below."""
    sheet.set_paper(_A4)
    (sheet.set_landscape if form.landscape else sheet.set_portrait)()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.75, bottom=0.75)
    sheet.center_horizontally()
    sheet.hide_gridlines(_ONCE)
    sheet.repeat_rows(0, last_name)
    sheet.print_area(0, 0, last_row, last_column)
    sheet.set_header("&R&8" + source.replace("&", "&&"))
    sheet.set_footer("&C第 &P 页，共 &N 页")


def _widths(form: Sheet) -> list[float]:
    """Return the widths of the columns in characters, those of amounts and counts as wide as what they show."""
    shown = [*form.values(), form.totals()]
    found = []
    for column in form.columns:
        values = (row.get(column.key) for row in shown) if column.kind in _SUMMED else ()
        places = 3 if column.kind == YUAN else 0
        digits = (len(f"{value // (FEN_PER_YUAN if places else 1):,}") for value in values if isinstance(value, int))
        found.append(max([column.width, *(each + places + 2 for each in digits)]))
    return found


def _across(sheet: Any, span: tuple[int, int, int], text: str, look: Any) -> None:
    """Write a text across cells of a row, given as (row, first, last)."""
    row, first, last = span
    if first == last:
        sheet.write_string(row, first, text, look)
    else:
        sheet.merge_range(row, first, row, last, text, look)


def _formula(column: Column, places: Mapping[str, str], row: int) -> str:
    assert column.way is not None
    return "=" + column.way.text([f"{places[key]}{row + 1}" for key in column.of])


def _whole(value: Value) -> int:
    return value if isinstance(value, int) else 0
