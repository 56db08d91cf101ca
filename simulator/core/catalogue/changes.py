"""Approved changes of the catalogue (目录变更) and the log of them: every change carries an approval id (JS-3.2e).

A change adds, revises or withdraws items from a day on. It never rewrites the past: what held before that day stays,
so that a fee line of last month is priced as it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from simulator.core.catalogue.items import (
    CLASS_B,
    CONSUMABLES,
    DRUGS,
    HERBS,
    PREPARATIONS,
    Catalogue,
    Item,
    Version,
    before,
)
from simulator.core.platform.message import Block, Message

ADDED, REVISED, WITHDRAWN = "1", "2", "3"  # chg_type: 新增, 变更, 停用
# The message names no charge type (med_chrgitm_type): an added item gets the usual one of its list.
_CHARGE_TYPE = {DRUGS: "09", HERBS: "10", PREPARATIONS: "11", CONSUMABLES: "08"}
_TREATMENT = "05"
_MICRO_PER_FEN = 10_000


class Row(NamedTuple):
    """One changed item: ``first_share`` in basis points and ``cap`` in fen, None where they stay as they were."""

    list_type: str
    code: str
    zh: str
    kind: str
    level: str
    first_share: int | None
    cap: int | None
    reason: str


class Change(NamedTuple):
    """An approved change: by whom and when, on whose application (empty: the province's own), in force from when."""

    approval: str
    authority: str
    approved: dt.date
    applicant: str
    version: str
    in_force: dt.date
    rows: tuple[Row, ...]


class Entry(NamedTuple):
    """A line of the change log: the approval id (empty: none was given), the organisation, the day, and what it was."""

    approval: str
    authority: str
    day: dt.date
    what: str


class Changed(NamedTuple):
    """Fact: an approved change was made (province) or received (city) ``on`` a day."""

    change: Change
    on: dt.date


class ChangeLog:
    """The log of one platform: its lines in order, and the approval ids among them."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.approvals: set[str] = set()

    def add(self, *entries: Entry) -> None:
        """Add lines."""
        self.entries += entries
        self.approvals |= {entry.approval for entry in entries} - {""}

    def unapproved(self) -> list[Entry]:
        """Return the lines that bear no approval id: each is a violation (JS-3.2e)."""
        return [entry for entry in self.entries if not entry.approval]


def amended(catalogue: Catalogue, change: Change, on: dt.date | None = None) -> Catalogue:
    """Return the catalogue with a change: it touches the entry of its day, not those that later versions bring.

    ``on`` is the day it became known here, by default that of its approval. A change in force from another day, or
    known since another, than what bore its label before is a version of its own, so that who holds that label hears of
    it (JS-3.2e).
    """
    for row in change.rows:
        entries = _series(catalogue.entries(row.code), row, change.in_force)
        if entries:
            catalogue = catalogue.with_entries(row.code, entries)
    made = Version(change.version, on or change.approved, change.in_force, change.approval, change.authority)
    if made not in catalogue.history:
        versions = tuple(sorted((*catalogue.history, made), key=lambda version: (version.in_force, version.announced)))
        catalogue = catalogue._replace(version=versions[-1].label, versions=versions)
    return catalogue


def entries_of(change: Change) -> list[Entry]:
    """Return the lines that a change makes in the log."""
    verbs = {ADDED: "新增", REVISED: "变更", WITHDRAWN: "停用"}
    return [
        Entry(change.approval, change.authority, change.approved, f"{verbs[row.kind]}{row.code}{row.zh}：{row.reason}")
        for row in change.rows
    ]


def blocks_of(change: Change, rows: Sequence[Row]) -> dict[str, Any]:
    """Return some rows of a change as the blocks of a D103."""
    data = {
        "list_aprv_id": change.approval,
        "aprv_org_name": change.authority,
        "aprv_date": change.approved.isoformat(),
        "appy_admdvs": change.applicant,
        "ver": change.version,
        "begndate": change.in_force.isoformat(),
        "totalrow": len(rows),
    }
    return {"data": data, "listchg": [_listed(row, number) for number, row in enumerate(rows, start=1)]}


def change_of(asked: Message) -> Change:
    """Read the change out of a D103."""
    data = asked.block("data")
    return Change(
        data["list_aprv_id"],
        data["aprv_org_name"],
        dt.date.fromisoformat(data["aprv_date"]),
        data.get("appy_admdvs") or "",
        data["ver"],
        dt.date.fromisoformat(data["begndate"]),
        tuple(_row(row) for row in asked.rows("listchg")),
    )


def _series(known: tuple[Item, ...], row: Row, day: dt.date) -> tuple[Item, ...]:
    """Return the entries of a code once a row holds from ``day`` on.

    One withdrawn on its first day never held: it stays, ended before it began, so that who has it hears of its end.
    """
    now = next((entry for entry in known if entry.holds_on(day)), None)
    earlier = [
        entry._replace(valid_to=before(day)) if entry is now else entry for entry in known if entry.valid_from < day
    ]
    later = [entry for entry in known if entry.valid_from > day]
    if row.kind == WITHDRAWN:
        never = [entry._replace(valid_to=before(day)) for entry in known if entry.valid_from == day]
        return (*earlier, *never, *later)
    until = now.valid_to if now is not None else before(later[0].valid_from) if later else None
    last = now or (earlier[-1] if earlier else None)
    return (*earlier, _item(row, last, day)._replace(valid_from=day, valid_to=until), *later)


def _item(row: Row, last: Item | None, day: dt.date) -> Item:
    """Return the entry a row makes out of the last one, or of nothing."""
    cap = None if row.cap is None else row.cap * _MICRO_PER_FEN
    if last is None:
        charge_type = _CHARGE_TYPE.get(row.list_type, _TREATMENT)
        last = Item(row.code, row.zh, row.level, charge_type, cap or 0, cap, 0, day, None, row.list_type)
    share = last.first_share if row.first_share is None else row.first_share
    return last._replace(
        zh=row.zh,
        level=row.level,
        cap=last.cap if cap is None else cap,
        level_caps=last.level_caps if cap is None else (),
        first_share=share if row.level == CLASS_B else 0,
    )


def _listed(row: Row, number: int) -> dict[str, Any]:
    listed: dict[str, Any] = {
        "seqno": number,
        "list_type": row.list_type,
        "med_list_codg": row.code,
        "hilist_name": row.zh,
        "chg_type": row.kind,
        "chrgitm_lv": row.level,
        "chg_rea": row.reason,
    }
    if row.first_share is not None:
        listed["selfpay_prop"] = row.first_share
    if row.cap is not None:
        listed["pric_uplmt_amt"] = row.cap
    return listed


def _row(row: Block) -> Row:
    return Row(
        row["list_type"],
        row["med_list_codg"],
        row["hilist_name"],
        row["chg_type"],
        row.get("chrgitm_lv") or "",
        row.get("selfpay_prop"),
        row.get("pric_uplmt_amt"),
        row["chg_rea"],
    )
