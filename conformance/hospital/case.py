"""A case about a hospital: the people it is given, what it is asked to do with them, and what came of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import threading
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conformance.bills import When, charged
from conformance.disturbing import Disturbing
from conformance.hospital.chart import SIGN_IN, STATEMENT, Chart
from conformance.hospital.duties import CLAIMED
from conformance.hospital.stage import AFTER, BEFORE, Call, HospitalStage, plain
from conformance.people import OF_DISEASE, filed_fact
from conformance.setting import HERE, HOME, Setting
from conformance.stage import Wrong
from conformance.visit import Wish
from conformance.wire import Wire
from simulator.core.benefit.rules import CHRONIC, INPATIENT
from simulator.core.filing.filing import Filing
from simulator.core.network.hospital import NO_DISEASE, Disease
from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.platform.node import Node
from simulator.core.reconciliation.totals import Totals, sum_of
from simulator.core.values.areas import Institution
from simulator.core.values.money import yuan
from simulator.inputs.hooks import told_person
from simulator.sandbox.bill_lines import MICRO, TEN_THOUSANDTHS, ordinary_bill, stated_bill

DO, PART = "do", "2304+"
DONE, REFUSED, REVERSED, UNKNOWN, NOT_OFFERED = "done", "refused", "reversed", "unknown", "not_offered"
OUTCOMES = frozenset({DONE, REFUSED, REVERSED, UNKNOWN, NOT_OFFERED})
"""What a hospital tells of what it was asked to do."""


class Errand(NamedTuple):
    """What came of something a hospital was asked to do: what it told, what it asked meanwhile, and what was wrong."""

    what: str
    outcome: str
    told: Mapping[str, Any]
    calls: tuple[Call, ...]
    wrong: tuple[Wrong, ...]
    line: int


class HospitalCase(Disturbing):
    """One attempt at one case; ``order`` is held while something is heard of the hospital."""

    stage: HospitalStage

    def __init__(
        self, name: str, attempt: int, number: int, *, setting: Setting, wire: Wire, order: threading.RLock
    ) -> None:
        self._order = order
        self._charts: dict[int, Chart] = {}
        super().__init__(name, attempt, number, setting=setting, wire=wire)

    def _staged(self, nodes: dict[str, Node]) -> HospitalStage:
        setting, house = self._setting, self._house
        ground = setting.ground
        own = HospitalSystem(
            house, registry=ground.network.national, pack=ground.pack, calendar=ground.calendar, today=self.today
        )
        around = {**nodes, house.code: own}
        return HospitalStage(around, house, self._city, setting.registry, self._call)

    @property
    def _house(self) -> Institution:
        return self._setting.ground.network.national.institutions[self._setting.subject]

    @property
    def _city(self) -> str:
        return self._setting.ground.network.national.city_of(self._house.area) or ""

    # -- people and visits --------------------------------------------------------------------------------------------

    def give(
        self,
        where: str = HERE,
        shape: str = "worker",
        *,
        care: str = INPATIENT,
        yuan: int = 12_000,
        lines: tuple[Mapping[str, Any], ...] = (),
        rows: tuple[Mapping[str, Any], ...] = (),
        days_ago: int | None = None,
        use_account: bool = True,
        disease: str = "",
        declared: bool = True,
    ) -> int:
        """Make a person for the hospital to treat, with a bill; return the number of the visit. Nothing is said yet.

        ``where``: the person is insured elsewhere (``here``) or in the hospital's own city (``home``). ``lines`` are
        fee lines by ``code``, ``price`` and ``quantity``, ``rows`` as :mod:`conformance.bills` says; without either
        there are ordinary lines of about so many ``yuan``. A ``disease`` of chronic care is filed where it is
        ``declared``.
        """
        house, setting = self._house, self._setting
        person = self.person(self._city if where == HOME else setting.other, shape, house).person
        days = days_ago if days_ago is not None else 3 if care == INPATIENT else 0
        now = self._now()
        began = dt.datetime.combine(self.today - dt.timedelta(days=days), dt.time(8)) if days else now
        catalogue, day = setting.ground.catalogue_of(self._city), began.date()
        bill = stated_bill(catalogue, lines, day, house.level) if lines else ()
        bill = bill or (charged(When(catalogue, day, house.level), rows, ()) if rows else ())
        bill = bill or ordinary_bill(catalogue, 100 * yuan, day, house.level)
        ill = Disease(disease, disease) if disease and care == CHRONIC else NO_DISEASE
        if ill is not NO_DISEASE and declared:
            begin = self.today - dt.timedelta(days=_DECLARED_DAYS)
            filing = Filing(person.psn_no, OF_DISEASE, person.insured_area, disease, begin, None).numbered()
            self._nodes[setting.ground.network.national.city_of(person.insured_area) or ""].fold(filed_fact(filing))
        number = len(self._charts) + 1
        run = hashlib.sha256(f"{setting.seed} visits".encode()).hexdigest()[:6]  # a hospital remembers earlier runs
        chart = Chart(f"V{self._first + number}.{run}", Wish(person, care, bill, began, ill, use_account=use_account))
        self._charts[number] = chart
        self.stage.duties.charts.append(chart)
        return number

    def plan_of(self, number: int) -> tuple[str, ...]:
        """Return the transactions of a visit, from sign-in to settlement."""
        return self._charts[number].plan

    def cancels_of(self, number: int) -> str:
        """Return the transaction that cancels the settlement of a visit."""
        return self._charts[number].cancels

    # -- what it is asked to do ---------------------------------------------------------------------------------------

    def sign_in(self) -> Errand:
        """Have the window sign in, whatever it has done before."""
        errand = self._errand({"do": "sign_in"})
        if errand.outcome == DONE and not any(each.infno == SIGN_IN and each.infcode == 0 for each in errand.calls):
            return self._claimed(errand, SIGN_IN, "/outcome", "a successful 9001", DONE)
        return errand

    def play(self, number: int, until: str) -> Errand:
        """Have a visit played as far as a transaction."""
        return self._held(self._errand(self._visit(number, until)), self._charts[number], until)

    def charge_more(self, number: int, rows: tuple[Mapping[str, Any], ...]) -> None:
        """Let further fee lines of a stay arise, by rows as :mod:`conformance.bills` says."""
        chart = self._charts[number]
        known = chart.wish.lines
        when = When(self._setting.ground.catalogue_of(self._city), chart.wish.began.date(), self._house.level)
        chart.wish = chart.wish._replace(lines=(*known, *charged(when, rows, known)))

    def part(self, number: int) -> Errand:
        """Have what has arisen of a stay settled in part; asked again with nothing new, there is nothing to do."""
        chart = self._charts[number]
        with self._noted():
            chart.parting, chart.parts_asked = True, len(chart.parts) + (chart.bill > 0)
        errand = self._errand({**self._visit(number, ""), "do": "part"})
        with self._noted():
            chart.parting = False
            return self._held(errand, chart, PART)

    def cancel(self, number: int) -> Errand:
        """Have the settlement of a visit cancelled."""
        chart = self._charts[number]
        return self._held(self._errand({"do": "cancel", "visit": chart.name}), chart, chart.cancels)

    def kill(self, number: int, until: str) -> Errand:
        """Have a visit played or its settlement cancelled, and the hospital killed when it has asked for that.

        It is started again at once.
        """
        chart = self._charts[number]
        said = {"do": "cancel", "visit": chart.name} if until == chart.cancels else self._visit(number, until)
        with self._noted():
            self.stage.awaited = until
            self.stage.reached.clear()
            before, calls = len(self.stage.wrong), len(self.stage.calls_made)
        self._wire.hook_killed(self.name, self.attempt, DO, said, self.stage.reached)
        self._set_again()
        with self._noted() as line:
            made, wrong = tuple(self.stage.calls_made[calls:]), tuple(self.stage.wrong[before:])
            return Errand(str(said["do"]), UNKNOWN, {}, made, wrong, line)

    def wait(self, seconds: float) -> None:
        """Let time pass: what was on its way arrives."""
        self._wire.wait(seconds)

    def reconcile(self, day: str = "", *, first: bool = False) -> Errand:
        """Have a day stated (3201), by default today; ``first``: before anything of it was done in this case."""
        stating, day = BEFORE if first else AFTER, day or self.today.isoformat()
        errand = self._errand({"do": "reconcile", "day": day}, stating)
        missing = [] if first else self.stage.unstated(day)
        if missing and errand.outcome == DONE:
            return self._claimed(errand, STATEMENT, "", " ".join(missing[0][1:]), "")
        return errand

    def _visit(self, number: int, until: str) -> dict[str, Any]:
        """Return what the hook is told of a visit that is to be played."""
        chart = self._charts[number]
        wish = chart.wish
        return {
            "do": "visit",
            "visit": chart.name,
            **({"until": until} if until else {}),
            "person": told_person(wish.person),
            "care": wish.care,
            "began": wish.began.isoformat(),
            "account": wish.use_account,
            "disease": wish.disease.code,
            "lines": [
                {
                    "code": line.item.code,
                    "price": _decimal(line.price, MICRO),
                    "quantity": _decimal(line.quantity, TEN_THOUSANDTHS),
                }
                for line in wish.lines
            ],
        }

    def _errand(self, said: Mapping[str, Any], stating: str = "") -> Errand:
        """Have the hook done, and take in what the hospital has asked meanwhile; what it states is for ``stating``."""
        with self._noted():
            self.stage.begin_stating(stating)
            before, calls = len(self.stage.wrong), len(self.stage.calls_made)
        told = self._wire.hook(self.name, self.attempt, DO, said)
        with self._noted() as line:
            outcome = str(told.get("outcome", ""))
            if outcome not in OUTCOMES:
                wrong = Wrong(CLAIMED, DO, "/outcome", ", ".join(sorted(OUTCOMES)), outcome, line)
                self.stage.wrong.append(wrong)
            if not self.stage.calls and outcome != NOT_OFFERED:
                self.stage.uncalled.append(str(said["do"]))
            made = tuple(self.stage.calls_made[calls:])
            return Errand(str(said["do"]), outcome, dict(told), made, tuple(self.stage.wrong[before:]), line)

    def _held(self, errand: Errand, chart: Chart, step: str) -> Errand:
        """Hold what the hospital says of a step against what it was told."""
        reached = len(chart.parts) == chart.parts_asked if step == PART else step in chart.steps
        stands = reached and chart.open is None
        if errand.outcome in {NOT_OFFERED, ""} or errand.outcome not in OUTCOMES:
            return errand
        if (errand.outcome == DONE) != stands:
            return self._claimed(errand, step, "/outcome", DONE if stands else "anything else", errand.outcome)
        for name, value in self._known(chart).items():
            said = errand.told.get(name, "")
            if stands and said and said != value:
                return self._claimed(errand, step, f"/{name}", value, said)
        return errand

    def _known(self, chart: Chart) -> dict[str, Any]:
        known: dict[str, Any] = {"mdtrt_id": chart.mdtrt_id}
        for info in chart.settled.values():
            known |= {"setl_id": str(info["setl_id"])}
            known |= {name: yuan(int(info[name])) for name in _AMOUNTS if info.get(name) is not None}
        return known

    def _claimed(self, errand: Errand, infno: str, place: str, expected: str, received: str) -> Errand:
        wrong = Wrong(CLAIMED, infno, place, str(expected), str(received), errand.line)
        self.stage.wrong.append(wrong)
        return errand._replace(wrong=(*errand.wrong, wrong))

    @contextlib.contextmanager
    def _noted(self) -> Iterator[int]:
        """Let nothing be heard while something is looked at or set, and note when that is: judged again it is then."""
        with self._order:
            yield self._wire.now(self.name, self.attempt).line

    # -- what the city does and holds ---------------------------------------------------------------------------------

    def let_refuse(self, lenient: bool = True) -> None:
        """Let refusals of the city be what is expected, or no more."""
        with self._noted():
            self.stage.duties.lenient = lenient

    def sign_out_behind(self) -> None:
        """Let the city forget that the hospital has signed in."""
        with self._noted():
            self.stage.sign_out()

    def standing(self, number: int) -> dict[str, Any]:
        """Return how many settlements of a visit's person stand in the city's books, and what they come to (fen)."""
        with self._noted():
            count, totals = self.stage.standing(self._charts[number].wish.person.psn_no)
        return {"standing": count, **plain(totals)}

    def grown(self, day: str = "") -> tuple[Totals, Totals]:
        """Return what the hospital states to have done on a day (today) in this case, and what the city holds."""
        with self._noted():
            return sum_of(self.stage.grown.values()), sum_of(self.stage.held(day or self.today.isoformat()).values())


_AMOUNTS = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")
_DECLARED_DAYS = 30  # ago: no visit began before


def _decimal(value: int, scale: int) -> str:
    whole, rest = divmod(value, scale)
    return f"{whole}.{rest:0{len(str(scale)) - 1}d}"
