"""What a city's people cost in other cities, by the month of the bills: the measure of what sheets ask it for."""

from __future__ import annotations

from simulator.core.benefit.settlement import Settlement
from simulator.core.clearing.months import month_of


class Owed:
    """What an insured city owes treatment cities by its own rows, in fen.

    A row that a reconciliation enters late counts for the month of what it sets right, as the other side claims it.
    """

    def __init__(self, city: str) -> None:
        self._city = city
        self.by_area: dict[tuple[str, str], dict[str, int]] = {}  # (month, insutype) → pooling area → fen
        self.to: dict[tuple[str, str], int] = {}  # (month, treatment city) → fen
        self.back: dict[tuple[str, str], int] = {}  # (month, treatment city) → fen of it that were taken back
        self._pending: list[Settlement] = []  # rows of a correction, until it says what they are for
        self._last: Settlement | None = None

    def settled(self, row: Settlement, *, correction: bool) -> None:
        """Take in a settlement of one of the city's people; care at home is owed to nobody."""
        if row.treatment_city == row.insured_city:
            return
        if correction:
            self._pending.append(row)
        else:
            self._add(row, month_of(row.at), 1)
            self._last = row

    def corrected(self, month: str, setl_id: str) -> None:
        """Count the rows of a correction for the month of what they set right; the last one may be such a row."""
        for row in self._pending:
            self._add(row, month, 1)
        last = self._last
        if not self._pending and last is not None and last.setl_id == setl_id:
            self._add(last, month_of(last.at), -1)
            self._add(last, month, 1)
        self._pending, self._last = [], None

    def add(self, month: str, treatment: str, amount: int, sign: int = 1) -> None:
        """Count a correction after a dispute for the month that takes it up (P75-57)."""
        self.to[month, treatment] = self.to.get((month, treatment), 0) + sign * amount
        self.back[month, treatment] = self.back.get((month, treatment), 0) + sign * max(-amount, 0)

    def later(self, month: str, treatment: str) -> int:
        """Return what the months after one have added to the debt to a treatment city."""
        return sum(fen for (each, city), fen in self.to.items() if each > month and city == treatment)

    def taken_back(self, first: str, last: str, treatment: str) -> int:
        """Return what was taken back in some months of what a treatment city was owed, whenever that was settled."""
        return sum(fen for (each, city), fen in self.back.items() if first <= each <= last and city == treatment)

    def _add(self, row: Settlement, month: str, sign: int) -> None:
        areas = self.by_area.setdefault((month, row.insutype), {})
        areas[row.insured_area] = areas.get(row.insured_area, 0) + sign * row.shares.cleared
        self.add(month, row.treatment_city, row.shares.cleared, sign)
