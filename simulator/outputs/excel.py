"""Tables as a workbook for spreadsheets."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

_WIDEST = 40  # characters of a column
MADE = dt.datetime(2000, 1, 1)
"""When every workbook says it was made: always the same, so that the same rows give the same bytes."""


def workbook(sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """Return an Excel file with a sheet for each table, its columns named by the first row.

    Every value is text: a spreadsheet rounds long numbers and turns dates into its own.
    """
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for name, rows in sheets.items():
            sheet, names = book.add_worksheet(name), list(rows[0]) if rows else []
            for column, field in enumerate(names):
                values = [_said(row.get(field)) for row in rows]
                sheet.write_string(0, column, field, bold)
                for number, value in enumerate(values, 1):
                    sheet.write_string(number, column, value, text)
                sheet.set_column(column, column, min(max(map(len, (field, *values))) + 2, _WIDEST), text)
            sheet.freeze_panes(1, 0)
            if names:
                sheet.autofilter(0, 0, len(rows), len(names) - 1)
    return stream.getvalue()


def _said(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)
