"""A city's platform without its roles: what both of them look things up in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from simulator.core.benefit.rules import INPATIENT, Circumstance, Rules, rules_for
from simulator.core.catalogue.desk import CatalogueDesk
from simulator.core.catalogue.items import Catalogue
from simulator.core.catalogue.mapping import Mappings
from simulator.core.catalogue.queries import Queries
from simulator.core.filing.office import Filings
from simulator.core.platform.files import Files
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Answered, Node
from simulator.core.platform.turn import Turn
from simulator.core.values.areas import Registry
from simulator.core.values.calendar import WorkCalendar
from simulator.core.values.parameters import PolicyPack, Spans
from simulator.core.visits.lifecycle import CANCELS, SETTLES, transitions
from simulator.core.visits.requests import data_of


class Home(Node):
    """Registry, catalogue, policy pack, calendar and life cycle of a city; the first answer to each reversal."""

    def __init__(
        self,
        code: str,
        *,
        registry: Registry,
        catalogue: Catalogue,
        pack: PolicyPack,
        calendar: WorkCalendar,
        today: dt.date,
    ) -> None:
        wait = pack.at("process.wait_seconds.city", today, code).value
        first = pack.at("process.discharge_first", today, code).value
        super().__init__(code, wait_seconds=int(wait))  # type: ignore[arg-type]  # unit "count" is an int
        self.registry = registry
        self.catalogue = catalogue
        self.pack = pack
        self.calendar = calendar
        self.files = Files(self)
        self.filings = Filings(registry, pack)
        self.mappings = Mappings(self)
        self.catalogue_desk = CatalogueDesk(self, self.files)
        self.install(self.files, self.filings)
        self.install(self.mappings, self.catalogue_desk, Queries(self, self.mappings))
        self.tables = transitions(discharge_first=bool(first))
        self._spans = Spans(pack)
        self._rules: dict[Circumstance, Rules] = {}
        self._reversals: dict[Key, Message] = {}  # the first answer to a 2601, by what it reversed

    def rules(self, where: Circumstance) -> Rules:
        """Return the rules of a circumstance, looked up once while no figure of the pack changes."""
        alike = where._replace(day=self._spans.start(where.day))
        known = self._rules.get(alike)
        if known is None:
            known = self._rules[alike] = rules_for(self.pack, where)
        return known

    def flag(self, name: str, day: dt.date) -> bool:
        """Tell whether the pack sets a flag on a day; one it does not have is not set."""
        record = self.pack.find(name, day, self.code)
        return record is not None and bool(record.value)

    def visiting(self, asked: Message) -> bool:
        """Tell whether a request is about a person insured in another city than that of treatment."""
        return self.registry.city_of(asked.treatment_area) != self.registry.city_of(asked.insured_area)

    def across_provinces(self, asked: Message) -> bool:
        """Tell whether treatment and insurance are in different provinces (跨省)."""
        return self.registry.cross_province(asked.treatment_area, asked.insured_area)

    def care_open(self, asked: Message, care: str, day: dt.date) -> bool:
        """Tell whether a kind of care is settled directly for this pair of areas on a day; inside a city every kind is.

        A pack says so for visitors in the province and for those across provinces (JL-2.2c); otherwise it is inpatient
        care alone.
        """
        if not self.visiting(asked):
            return True
        name = "process.open_care_cross_province" if self.across_provinces(asked) else "process.open_care"
        record = self.pack.find(name, day, self.code)
        if record is None:
            return care == INPATIENT
        assert isinstance(record.value, tuple)
        return care in record.value

    def reversed_again(self, turn: Turn, asked: Message) -> Message:
        """Answer a 2601 of what is void already: with the first answer, so that all sides keep the first one's time."""
        first = self._reversals.get(original_key(asked))
        return turn.ok(asked) if first is None else first._replace(key=asked.key)

    def retire(self, keys: Iterable[Key]) -> None:
        """Forget the exchanges of closed visits and their reversals."""
        keys = tuple(keys)
        super().retire(keys)
        for key in keys:
            self._reversals.pop(key, None)

    def _fold_answered(self, fact: Answered) -> None:
        super()._fold_answered(fact)
        if fact.request.infno == "2601" and fact.reply.succeeded:
            self._reversals.setdefault(original_key(fact.request), fact.reply)


def original_key(asked: Message) -> Key:
    """Return the key of the message that a 2601 names."""
    return Key(asked.party, asked.block("data")["omsgid"])


def cancellation_reversed(node: Node, mdtrt_id: str, setl_id: str) -> bool:
    """Tell whether the cancellation of a settlement was reversed (2601) before its outcome was known to a platform."""
    return any(
        asked.infno in CANCELS
        and (data_of(asked)["mdtrt_id"], data_of(asked)["setl_id"]) == (mdtrt_id, setl_id)
        and not node.succeeded(asked.key)
        for asked in node.void_requests()
    )


def bill_of(node: Node, asked: Message) -> str:
    """Return the visit whose bill a request settles, cancels or reverses; of a purchase the request that settled.

    Empty for a request about anything else, and for a reversal of what this platform does not know.
    """
    about = node.known_request(original_key(asked)) if asked.infno == "2601" else asked
    if about is None or about.infno not in SETTLES | CANCELS.keys():
        return ""
    return str(data_of(about).get("mdtrt_id") or about.msgid)
