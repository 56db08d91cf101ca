"""Visits that the control API plays, and how it shows them: whole for a program, short for a human."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from simulator.core.benefit.bill import ClassTotals, totals_of
from simulator.core.benefit.rules import CHRONIC, INPATIENT
from simulator.core.catalogue.items import Catalogue
from simulator.core.network.hospital import NO_DISEASE, Disease
from simulator.core.values.areas import Institution
from simulator.core.values.money import FEN_PER_YUAN, yuan
from simulator.core.values.people import Person
from simulator.inputs.platforms import Ground
from simulator.outputs.masking import mask_name
from simulator.sandbox.bill_lines import ordinary_bill, scaled, stated_bill
from simulator.sandbox.counters import Counter, Counters, Exchange
from simulator.sandbox.diary import BEGUN, Diary
from simulator.sandbox.hospital_role import OwnCounters
from simulator.sandbox.kinds import DIABETES, KINDS, Kind
from simulator.sandbox.people import find_person, purpose, read_person
from simulator.sandbox.playing import PLANS, REFUSED, SETTLED, UNKNOWN, Visit, Wish
from simulator.sandbox.population import kind_of, number_of, person_of
from simulator.sandbox.wrong import Wrong

_BILL_FEN, _DAYS = 1_000_000, 3
_MOST_DAYS, _MOST_BILL, _MOST_PATIENCE = 365, 10**11, 3600
_KEPT = 10_000  # visits at hand
_FIELDS = frozenset(
    {"person", "insured", "hospital", "care", "until", "bill", "lines", "days", "account", "emergency", "insutype"}
    | {"disease", "patience"}
)
_DISEASES = {DIABETES: "糖尿病", "M03900": "高血压", "M00500": "恶性肿瘤门诊治疗", "M07800": "尿毒症透析"}
_SHOWN = (
    ("hifp_pay", "统筹基金", "basic fund"),
    ("cvlserv_pay", "公务员补助", "civil servants"),
    ("hifes_pay", "企业补充", "enterprise"),
    ("hifmi_pay", "大病保险", "critical illness"),
    ("hifob_pay", "大额补助", "large amount"),
    ("maf_pay", "医疗救助", "medical aid"),
    ("acct_pay", "个人账户", "account"),
    ("psn_cash_pay", "个人现金", "cash"),
    ("hosp_part_amt", "医院负担", "hospital"),
)


class Stays:
    """The visits played since the journal began, by number; those of earlier processes are found in the diary.

    ``usual`` is where the default visit takes place, and the area it is of. The invented people of cities elsewhere are
    those of a process that began on the day ``first_day`` tells, as this one did.
    """

    def __init__(
        self,
        ground: Ground,
        counters: Counters | OwnCounters,
        nodes: Callable[[], Mapping[str, Any]],
        now: Callable[[], dt.datetime],
        *,
        usual: tuple[str, str],
        first_day: Callable[[], dt.date],
        diary: Diary,
    ) -> None:
        self._ground, self._counters, self._nodes, self._now = ground, counters, nodes, now
        self._usual, self._first_day = usual, first_day
        self._visits: dict[str, Visit] = {}
        self._named: dict[str, str] = {}  # numbers, by the names that somebody else gave
        self._diary = diary
        self._last: int | None = None

    @property
    def number(self) -> int:
        """Return how many visits have been played."""
        if self._last is None:
            self._last = self._diary.last()
        return self._last

    def of(self, number: str) -> Visit:
        """Return a visit by its number; raises Wrong."""
        found = self._visits.get(number) or self._recalled(number)
        if found is None:
            raise Wrong(f"没有就诊{number}", f"there is no stay {number}")
        return found

    async def newest(self, most: int) -> list[Visit]:
        """Return so many visits, the newest first; others are served while they are read back."""
        found = []
        for number in range(self.number, max(self.number - most, 0), -1):
            if f"S{number}" not in self._visits:
                await asyncio.sleep(0)
            found.append(self.of(f"S{number}"))
        return found

    def _recalled(self, number: str) -> Visit | None:
        """Bring a visit of an earlier process back as it left it, or one that was let go of."""
        notes = self._diary.notes(number)
        if not notes:
            return None
        (_, hospital, *wish), *played = notes
        visit = Visit(number, self._counter(hospital), Wish(*wish), self._diary.noting(number))
        visit.recall(played)
        self._at_hand(visit)
        return visit

    def _at_hand(self, visit: Visit) -> None:
        self._visits[visit.number] = visit
        if len(self._visits) > _KEPT:
            del self._visits[next(iter(self._visits))]

    def named(self, name: str) -> Visit | None:
        """Return the visit that was begun under a name, by this process or an earlier one; None where there is none."""
        if name not in self._named:
            number = self._diary.number_of(name)
            if not number:
                return None
            self._named[name] = number
        return self.of(self._named[name])

    async def start(self, body: Mapping[str, Any], name: str = "") -> Visit:
        """Play a visit as a body wishes, ``name`` it; what is told of it is on disk.

        Raises Wrong, and then nothing was sent.
        """
        unknown = sorted(body.keys() - _FIELDS)
        if unknown:
            raise Wrong(f"没有字段{unknown[0]}", f"there is no field {unknown[0]}")
        hospital = self._hospital(body.get("hospital", self._usual[0]))
        wish = self._wish(body, hospital)
        until = _text(body, "until", SETTLED)
        number = f"S{self.number + 1}"
        visit = Visit(number, self._counter(hospital.code), wish, self._diary.noting(number))
        visit.goal(until)
        self._last = self.number + 1
        self._at_hand(visit)
        self._diary.note(number, BEGUN, hospital.code, *wish)
        if name:
            self._named[name] = number
            self._diary.name(name, number)
        await visit.play(until)
        await self._diary.kept()
        return visit

    async def go_on(self, visit: Visit, body: Mapping[str, Any]) -> None:
        """Play a visit on: ``until`` a step, or ``do`` one thing: next, again, reverse. Raises Wrong."""
        do = _text(body, "do", "")
        if sorted(body) not in (["do"], ["until"]):
            raise Wrong("须给出until或do", "give until or do")
        if do == "next":
            await visit.one()
        elif do in {"again", "reverse"}:
            await visit.again(reverse=do == "reverse")
        elif do:
            raise Wrong("do须为next、again或reverse", "do is next, again or reverse")
        else:
            await visit.play(_text(body, "until", ""))
        await self._diary.kept()

    def charge(self, visit: Visit, rows: list[Any], *, part: bool = False) -> None:
        """Let a stay go on with the fee lines of rows, all that have arisen so far; see :meth:`Visit.goes_on`."""
        hospital = visit.counter.desk.institution
        lines = stated_bill(self._catalogue(hospital), rows, visit.wish.began.date(), hospital.level)
        visit.goes_on(lines, part=part)

    def _catalogue(self, hospital: Institution) -> Catalogue:
        return self._ground.catalogue_of(self._ground.network.national.city_of(hospital.area) or "")

    def _counter(self, code: str) -> Counter:
        try:
            return self._counters.at(code)
        except KeyError:
            raise Wrong(f"机构{code}不由本进程扮演", f"institution {code} is not played by this process") from None

    # -- what a body wishes -------------------------------------------------------------------------------------

    def _wish(self, body: Mapping[str, Any], hospital: Institution) -> Wish:
        person, kind = self._person(body)
        care = _text(body, "care", kind.care if kind else INPATIENT)
        if care not in PLANS:
            raise Wrong(f"care须为{'、'.join(PLANS)}之一", f"care is one of {', '.join(PLANS)}")
        now = self._now().replace(microsecond=0)
        days = _whole(body, "days", _DAYS if care == INPATIENT else 0, _MOST_DAYS)
        began = now - dt.timedelta(days=days)
        catalogue = self._catalogue(hospital)
        wanted = scaled(body.get("bill", yuan(_BILL_FEN)), FEN_PER_YUAN, "bill")
        if not 0 < wanted <= _MOST_BILL or not isinstance(body.get("lines", []), list):
            raise Wrong("bill须大于0，lines须为列表", "bill is above 0, lines is a list")
        rows = body.get("lines")
        lines = (
            stated_bill(catalogue, rows, began.date(), hospital.level)
            if rows
            else ordinary_bill(catalogue, wanted, began.date(), hospital.level)
        )
        code = _text(body, "disease", (kind.chronic if kind else "") or DIABETES) if care == CHRONIC else ""
        return Wish(
            person=person,
            care=care,
            lines=lines,
            began=began,
            disease=Disease(code, _DISEASES.get(code, code)) if code else NO_DISEASE,
            emergency=_flag(body, "emergency", kind is not None and kind.emergency),
            use_account=_flag(body, "account", True),
            patience=_whole(body, "patience", 0, _MOST_PATIENCE),
        )

    def _person(self, body: Mapping[str, Any]) -> tuple[Person, Kind | None]:
        """Return the person of a ``psn_no`` or of a number of the invented population, as a hospital takes them."""
        wanted, kind = body.get("person", 1), None
        if isinstance(wanted, Mapping):
            person = read_person(wanted)
        elif isinstance(wanted, str):
            person = self._known(wanted)
            kind = purpose(person)
        else:
            kind = next((each for each in KINDS if each.number == wanted), None)
            if kind is None or isinstance(wanted, bool):
                raise Wrong(f"person须为人员编号，或1至{KINDS[-1].number}", f"person is a psn_no, or 1 to {len(KINDS)}")
            person = self._invented(kind, _text(body, "insured", self._usual[1]))
        said = _text(body, "insutype", (kind.says if kind else "") or person.insutype)
        return person._replace(insutype=said), kind

    def _known(self, psn_no: str) -> Person:
        """Return a person of this process, or of the invented population of one elsewhere."""
        found = find_person(self._nodes(), psn_no)
        if found is not None:
            return found[1]
        kind, area = kind_of(number_of(psn_no)), psn_no[:6]
        at = self._ground.network.national.city_of(area)
        if kind is None or at is None or at in self._nodes():
            raise Wrong(f"没有人员{psn_no}", f"there is no person {psn_no}")
        return self._invented(kind, area)

    def _invented(self, kind: Kind, wanted: str) -> Person:
        areas = self._ground.network.national.areas
        area = next((code for code, each in areas.items() if wanted in {code, each.city}), None)
        if area is None:
            raise Wrong(f"没有统筹区{wanted}", f"there is no pooling area {wanted}")
        found = find_person(self._nodes(), f"{area}{kind.number:012d}")
        index, day = list(areas).index(area), self._first_day()
        return found[1] if found else person_of(self._ground.network, area, index, kind, day)

    @property
    def _today(self) -> dt.date:
        return self._now().date()

    def _hospital(self, wanted: Any) -> Institution:
        """Return an institution by its code, or the first one of a city or area that is open to visitors."""
        registry = self._ground.network.national
        for code, each in registry.institutions.items():
            if wanted == code:
                return each
            near = wanted in {each.area, registry.city_of(each.area)}
            if near and registry.open_for_visitors(code, self._today):
                return each
        raise Wrong(f"没有定点机构{wanted}", f"there is no institution {wanted}")


# -- how it is shown ----------------------------------------------------------------------------------------------


def as_json(visit: Visit) -> dict[str, Any]:
    """Return a visit with every request and reply, as they went over the wire."""
    wish, hospital = visit.wish, visit.counter.desk.institution
    return {
        "stay": visit.number,
        "state": visit.state,
        "care": wish.care,
        "psn_no": wish.person.psn_no,
        "insured_area": wish.person.insured_area,
        "hospital": hospital.code,
        "mdtrt_id": visit.mdtrt_id,
        "setl_id": visit.setl_id,
        "class_totals": {name: yuan(fen) for name, fen in zip(ClassTotals._fields, totals_of(wish.lines), strict=True)},
        "amounts": amounts(visit),
        **problem(visit),
        **({"doubt": visit.doubt} if visit.doubt else {}),
        "steps": [_step(each) for each in visit.steps],
    }


def amounts(visit: Visit) -> dict[str, str]:
    """Return the shares of the last bill in yuan, the rate as it is; nothing before there is one."""
    if visit.shares is None:
        return {}
    return {name: yuan(value) for name, value in visit.shares._asdict().items() if name != "pool_prop_selfpay"}


def problem(visit: Visit) -> dict[str, Any]:
    """Return why a visit does not go on: the call, its ``infcode`` and what was said; nothing where it does."""
    last = visit.last
    if last is None or visit.state not in {REFUSED, UNKNOWN}:
        return {}
    said = last.reply or {}
    return {
        "refused": {
            "infno": last.infno,
            "infcode": last.infcode,
            "err_msg": said.get("err_msg") or said.get("message") or "",
        }
    }


def as_text(visit: Visit, url: str) -> str:
    """Return a visit in a few lines for a human, with the name masked."""
    wish, hospital = visit.wish, visit.counter.desk.institution
    lines = [f"{mask_name(wish.person.name)} {wish.person.psn_no} · {hospital.zh} · {wish.care}"]
    lines += [f"  {each.infno}  {_said(each):<8}{each.ms:>5} ms" for each in visit.steps]
    if visit.shares is not None:
        shares = visit.shares._asdict()
        parts = [(zh, en, yuan(shares[name])) for name, zh, en in _SHOWN if shares[name]]
        lines.append(f"总费用 bill {yuan(visit.shares.medfee_sumamt)}")
        lines += [
            f"  = {zh} {en} {amount}" if first else f"  + {zh} {en} {amount}"
            for first, zh, en, amount in ((number == 0, *part) for number, part in enumerate(parts))
        ]
    refused = problem(visit).get("refused")
    if refused:
        lines.append(f"{visit.state}: {refused['infno']} {refused['infcode']} {refused['err_msg']}")
    else:
        lines.append(" ".join(filter(None, (visit.state, visit.setl_id))))
    return "\n".join([*lines, f"curl -s {url}/stays/{visit.number}", ""])


def _said(each: Exchange) -> str:
    if each.reply is None:
        return "-"
    return "ok" if each.infcode == 0 else str(each.infcode if each.infcode is not None else each.status)


def _step(each: Exchange) -> dict[str, Any]:
    at = each.at.isoformat(" ", "milliseconds")
    return {
        "infno": each.infno,
        "at": at,
        "ms": each.ms,
        "status": each.status,
        "request": each.request,
        "reply": each.reply,
    }


# -- small readings -----------------------------------------------------------------------------------------------


def _text(body: Mapping[str, Any], name: str, default: str) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or len(value) > 64:
        raise Wrong(f"{name}须为文本", f"{name} is a text")
    return value


def _flag(body: Mapping[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise Wrong(f"{name}须为true或false", f"{name} is true or false")
    return value


def _whole(body: Mapping[str, Any], name: str, default: int, most: int) -> int:
    value = body.get(name, default)
    if type(value) is not int or not 0 <= value <= most:
        raise Wrong(f"{name}须为0至{most}的整数", f"{name} is a whole number from 0 to {most}")
    return value
