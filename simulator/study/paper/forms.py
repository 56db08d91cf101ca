"""The forms there are, and a folder of them made from a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from simulator.outputs.files import filled_whole
from simulator.outputs.paper import Sheet, paper
from simulator.study.paper import claims, ledgers, money, monthly
from simulator.study.paper.source import Source


class Form(NamedTuple):
    """A form: the name of its file, what it is called, how its sheets are made, and the table it may be without."""

    id: str
    zh: str
    en: str
    make: Callable[[Source], Sequence[Sheet]]
    table: str = ""


FORMS = (
    Form("statistics", "异地就医统计表", "monthly statistics", monthly.statistics),
    Form("circular", "督查通报", "ranking circular", monthly.circular),
    Form("annex-1-institutions", "附件1 接入工作台账", "annex 1, institutions", ledgers.annex_1, "institutions"),
    Form("annex-2-filing", "附件2 备案便捷服务工作台账", "annex 2, filing service", ledgers.annex_2, "filing_service"),
    Form("poverty", "贫困人口专项台账", "special ledger of the poor", ledgers.poverty, "aid_recipients"),
    Form("reconciliation", "日对账结果", "daily reconciliation", money.reconciliation),
    Form("clearing", "清算平衡总表", "clearing balance sheet", money.balance),
    Form("prepaid", "预付金", "prepaid money", money.prepaid, "prepaid"),
    Form("claims", "手工报销台账", "ledger of paper claims", claims.claims),
)


def make_forms(source: Source, out: Path) -> Mapping[str, Any]:
    """Make every form into ``out``, each file whole; return what was made, amounts in fen. Raises OSError."""
    made, books, again = [], {}, f"run{source.run}" if source.run else ""
    for form in FORMS:
        sheets = form.make(source)
        name = "-".join(filter(None, (form.id, source.month.text, source.city, again))) + ".xlsx"
        books[name] = paper(sheets, source.origin)
        missing = form.table if form.table and not source.has(form.table) else None
        told = [_told(sheet) for sheet in sheets]
        made.append({"id": form.id, "zh": form.zh, "en": form.en, "file": name, "missing": missing, "sheets": told})
    with filled_whole(out) as folder:
        for name, book in books.items():
            (folder / name).write_bytes(book)
    return {
        "folder": str(out),
        "month": source.month.text,
        "finished": source.month.seen_to == source.month.last,
        "run": source.run,
        "city": source.city or None,
        "forms": made,
    }


def _told(sheet: Sheet) -> Mapping[str, Any]:
    return {
        "tab": sheet.tab,
        "title": sheet.title,
        "rows": len(sheet.rows),
        "totals": {key: value for key, value in sheet.totals().items() if isinstance(value, int)},
    }
