"""Suspected impostors (冒名): the person's settlements stop, the province is told, and someone finds out (P75-24)."""

from __future__ import annotations

from simulator.core.audit.facts import Clear, Cleared, Suspect, Suspected
from simulator.core.audit.words import suspicion_blocks
from simulator.core.platform.message import Message
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack

# What is stopped, and the block that names the person: beginning a visit, and settling one.
_STOPPED = {
    "2102": "druginfo",
    "2201": "data",
    "2207": "data",
    "2304": "data",
    "2401": "mdtrtinfo",
}


class Suspicions(Office):
    """The suspicions of one city; ``cases`` are those it raised, by number, open and settled."""

    def __init__(self, code: str, province: str, pack: PolicyPack, calendar: WorkCalendar) -> None:
        self._code = code
        self._province = province
        self._pack = pack
        self._calendar = calendar
        self.cases: dict[str, Suspected] = {}
        self.outcomes: dict[str, Cleared] = {}
        self._open: dict[str, set[str]] = {}
        self._impostors: set[str] = set()  # visits of someone who was not the insured person
        self.does = declining({Suspect: self._suspect, Clear: self._clear})
        self.folds = {Suspected: self._fold_suspected, Cleared: self._fold_cleared}

    def stopped(self, asked: Message) -> bool:
        """Tell whether a hospital's request must wait: its person is suspected, or its visit was an impostor's."""
        block = _STOPPED.get(asked.infno)
        if block is None or not (self._open or self._impostors):
            return False
        data = asked.block(block)
        return bool(self._open.get(data["psn_no"])) or data.get("mdtrt_id") in self._impostors

    def suspect(self, turn: Turn, psn_no: str, mdtrt_id: str, text: str, *, setl_id: str = "", amount: int = 0) -> None:
        """Raise a suspicion and report it; ``text`` says nothing personal."""
        days = int(self._pack.at("audit.times.suspicion", turn.now.date(), self._code).value)  # type: ignore[arg-type]
        due = self._calendar.add_workdays(turn.now.date(), days).day
        head = f"YC{self._code}{turn.now:%Y%m}M"
        excp_id = f"{head}{1 + sum(known.startswith(head) for known in self.cases):04d}"
        found = Suspected(excp_id, psn_no, mdtrt_id, setl_id, amount, text, turn.now, due)
        turn.record(found)
        turn.ask(self._province, "S301", suspicion_blocks(found, self._code, turn.now))

    def _suspect(self, turn: Turn, action: Suspect) -> None:
        self.suspect(turn, action.psn_no, action.mdtrt_id, action.text)

    def _clear(self, turn: Turn, action: Clear) -> None:
        """Settle a suspicion. Declined where it is not known, or settled already."""
        found = self.cases.get(action.excp_id)
        if found is None or action.excp_id in self.outcomes:
            raise Refused("unknown_suspicion", action.excp_id)
        turn.record(Cleared(action.excp_id, action.impostor, action.text, turn.now))
        turn.ask(self._province, "S301", suspicion_blocks(found, self._code, turn.now, action.text))

    def _fold_suspected(self, fact: Suspected) -> None:
        self.cases[fact.excp_id] = fact
        self._open.setdefault(fact.psn_no, set()).add(fact.excp_id)

    def _fold_cleared(self, fact: Cleared) -> None:
        self.outcomes[fact.excp_id] = fact
        found = self.cases[fact.excp_id]
        left = self._open.pop(found.psn_no) - {fact.excp_id}
        if left:
            self._open[found.psn_no] = left
        if fact.impostor:
            self._impostors.add(found.mdtrt_id)
