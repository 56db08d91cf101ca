"""Stories told in TOML and played on the real platforms, message by message: who did what on which day, and what came.

A story names its policy pack, its cities and levels of hospitals; areas and hospitals are those below. Each
``[[step]]`` has a day, a verb (``does``), whoever it is about, and what is expected: nothing (it must succeed),
``refused`` with the name of a refusal, or ``gives`` with amounts in yuan, each with its basis. ``[[then]]`` says what
everybody holds afterwards. Verbs are methods of :class:`Story` named ``do_…`` and ``see_…``; a new one is a new method.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from simulator.core.benefit.bill import Line, classify, totals_of
from simulator.core.benefit.settlement import Settlement
from simulator.core.catalogue.items import Catalogue, Item
from simulator.core.claims.case import CheckClaim, DecideClaim, OpenClaim, PayClaim
from simulator.core.claims.claim import BillLine, Dossier
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.filing.actions import CancelFiling, ChangeFiling, CheckFilings, ClearInvalid, File
from simulator.core.filing.facts import Left
from simulator.core.filing.filing import Referral
from simulator.core.network.city import City
from simulator.core.network.forms import Disease
from simulator.core.network.hospital import Desk, Ward
from simulator.core.network.ministry import Ministry
from simulator.core.network.province import Province
from simulator.core.network.relay import Relay
from simulator.core.platform.message import Message, freeze
from simulator.core.platform.refusals import BY_CODE
from simulator.core.platform.turn import Declined
from simulator.core.values.areas import Area, Institution, Registry
from simulator.core.values.people import Person
from simulator.core.visits.facts import INSURED, Settled
from simulator.core.visits.insured import Enrolled
from simulator.core.visits.lifecycle import CANCELS
from simulator.inputs.packs import load_pack
from simulator.inputs.workdays import work_calendar

MINISTRY = "100000"
# Cities by province, areas by city; a city's hospitals lie in its first area, one of each level.
PLACES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "320000": {
        "320100": ("320199",),
        "320200": ("320299", "320281"),
        "320300": ("320399", "320381", "320382"),
    },
    "220000": {
        "220100": ("220199", "220122"),
        "220200": ("220299",),
        "220300": ("220399", "220381"),
    },
}
LEVELS = ("tertiary", "secondary", "primary")
LONG_AGO = dt.date(2010, 1, 1)
CLASSES = {"甲": "01", "乙": "02", "丙": "03"}
PAPERS = {
    "inpatient": ("identity", "receipt", "itemised_bill", "discharge_summary"),
    "outpatient": ("identity", "receipt", "itemised_bill", "prescription"),
}
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")
_HOUR = dt.time(10, 0)


def scaled(text: str, units: int) -> int:
    """Yuan text in integer units of 1/units, exactly."""
    number = Decimal(text) * units
    assert number == int(number), text
    return int(number)


def fen(text: str) -> int:
    return scaled(text, 100)


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def registry() -> Registry:
    """Both provinces; every area connected and every hospital open long ago."""
    cities = {city: province for province, own in PLACES.items() for city in own}
    areas = {area: city for own in PLACES.values() for city, codes in own.items() for area in codes}
    hospitals = {hospital(city, level): (areas_of(city)[0], level) for city in cities for level in LEVELS}
    return Registry(
        {city: (city, city) for city in cities},
        {code: Area(code, code, code, city, LONG_AGO) for code, city in areas.items()},
        {code: Institution(code, f"{code}医院", area, level, LONG_AGO) for code, (area, level) in hospitals.items()},
        cities,
    )


def areas_of(city: str) -> Sequence[str]:
    return next(own[city] for own in PLACES.values() if city in own)


def hospital(city: str, level: str) -> str:
    """The code of a city's hospital of a level."""
    return f"H{areas_of(city)[0]}{LEVELS.index(level) + 1:05d}"


def library(story: Mapping[str, Any]) -> Catalogue:
    """One item for each way a line of the story is priced, known by what it says; a ``code`` may have several entries.

    The entry of a line holds ``from`` a day ``to`` another, so that lines of one code may tell of a revision.
    """
    entries: dict[str, dict[dt.date, Item]] = {}
    for line in lines_in(story):
        code = item_code(line)
        first = line.get("from", LONG_AGO)
        entries.setdefault(code, {})[first] = Item(
            code=code,
            zh=code,
            level=CLASSES[line["class"]],
            charge_type=line.get("charge_type", "09"),
            price=scaled(line["price"], 10**6),
            cap=scaled(line["cap"], 10**6) if "cap" in line else None,
            first_share=scaled(line.get("first_share", "0"), 10**4),
            valid_from=first,
            valid_to=line.get("to"),
        )
    catalogue = Catalogue("story", {})
    for code, known in entries.items():
        catalogue = catalogue.with_entries(code, tuple(known[day] for day in sorted(known)))
    return catalogue


def lines_in(story: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (line for step in story["step"] for line in step.get("lines", ()))


def item_code(line: Mapping[str, Any]) -> str:
    if "code" in line:
        return str(line["code"])
    parts = (line["class"], line["price"], line.get("cap", ""), line.get("first_share", ""), line.get("name", ""))
    return "·".join(part for part in parts if part)[:50]


class Visit:
    """A visit as the hospital's own system knows it."""

    def __init__(self, desk: Desk, person: Person) -> None:
        self.desk, self.person = desk, person
        self.mdtrt_id = self.setl_id = ""
        self.lines: dict[str, Line] = {}
        self.serial = 0
        self.med_type, self.disease = "", Disease("", "")
        self.batches: dict[str, list[Line]] = {}
        self.sent: dict[str, Message] = {}

    @property
    def bill(self) -> int:
        return sum(line.amount for line in self.lines.values())


class Story:
    """A story played to its end; ``rows`` are the figures that came, step by step."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told
        self.pack = load_pack(told["pack"])
        self.registry = registry()
        self.library = library(told)
        first = min(self._moment(step) for step in told["step"])
        self.now = first - dt.timedelta(days=1)
        self.nodes = self._platforms(first.date())
        self.relay = Relay(self.nodes)
        self.desks = {
            code: Desk(each, self.registry.city_of(each.area) or "")
            for code, each in self.registry.institutions.items()
        }
        self.people: dict[str, Person] = {}
        self.filings: dict[str, str] = {}
        self.visits: dict[str, Visit] = {}
        for number, row in enumerate(told["person"], 1):
            self._enrol(number, row["name"], row)
        for code, desk in self.desks.items():
            reply = self.relay.ask(self.now, desk.city, desk.sign_in(self.now))
            assert reply is not None, code
            desk.sign_no = reply.block("signinoutb")["sign_no"]

    def _platforms(self, today: dt.date) -> dict[str, Any]:
        common: dict[str, Any] = {
            "registry": self.registry,
            "pack": self.pack,
            "calendar": work_calendar(),
            "today": today,
        }
        nodes: dict[str, Any] = {
            city: City(city, catalogue=self.library, province=province, **common)
            for city, province in self.registry.provinces.items()
        }
        nodes |= {code: Province(code, ministry=MINISTRY, **common) for code in PLACES}
        return nodes | {MINISTRY: Ministry(MINISTRY, **common)}

    def _enrol(self, number: int, name: str, row: Mapping[str, Any]) -> None:
        person = Person(
            psn_no=f"P{number}",
            certno=f"CERT{number}",
            name=name,
            gender=row.get("gender", "2"),
            born=row.get("born", dt.date(1960, 1, 1)),
            insutype=row["insutype"],
            psn_type=row["psn_type"],
            insured_area=row["area"],
            balance=fen(row.get("account", "0")),
            identities=tuple(sorted(row.get("identities", ()))),
            family=self.people[row["family"]].psn_no if "family" in row else "",
        )
        self.people[name] = person
        self.tell(self.city_of(person.insured_area), Enrolled(person))

    @property
    def rows(self) -> list[Settlement]:
        """The settlement rows of the cities of insurance, in order."""
        facts = (fact for _, fact in self.relay.facts if isinstance(fact, Settled))
        return [fact.row for fact in facts if fact.role == INSURED]

    # -- playing ----------------------------------------------------------------------------------------------------

    def play(self) -> Story:
        """Play every step and hold it against what the story expects."""
        for number, step in enumerate(self.told["step"], 1):
            self.now = max(self._moment(step), self.now + dt.timedelta(seconds=5))
            came = getattr(self, f"do_{step['does'].replace(' ', '_')}")(step)
            where = f"step {number}, {step['day']}: {step['does']}"
            wanted = step.get("refused", "")
            assert came.get("refused", "") == wanted, f"{where}: {came.get('refused') or 'it succeeded'}"
            self.hold(where, step.get("gives", {}), came)
        for number, check in enumerate(self.told.get("then", ()), 1):
            self.hold(f"then {number}", check["gives"], getattr(self, f"see_{check['see'].replace(' ', '_')}")(check))
        return self

    def hold(self, where: str, wanted: Mapping[str, Any], came: Mapping[str, Any]) -> None:
        for field, figure in wanted.items():
            assert figure["basis"], f"{where}: {field} has no basis"
            found = came[field]
            if "yuan" in figure:
                assert found == fen(figure["yuan"]), f"{where}: {field} is {found / 100:.2f}, not {figure['yuan']}"
            elif "ratio" in figure:
                assert found == scaled(figure["ratio"], 10**4), f"{where}: {field} is {found} bp, not {figure['ratio']}"
            else:
                assert found == figure["is"], f"{where}: {field} is {found!r}, not {figure['is']!r}"

    def _moment(self, step: Mapping[str, Any]) -> dt.datetime:
        return dt.datetime.combine(step["day"], step.get("at", _HOUR))

    def city_of(self, area: str) -> str:
        city = self.registry.city_of(area)
        assert city is not None, area
        return city

    def tell(self, code: str, fact: Any) -> None:
        self.nodes[code].fold(fact)

    def act(self, code: str, action: Any) -> dict[str, Any]:
        """Let a platform's staff do something; return what came, or the name of the rule it is against."""
        before = len(self.relay.facts)
        self.relay.act(self.now, code, action)
        facts = [fact for at, fact in self.relay.facts[before:] if at == code]
        declined = [fact for fact in facts if isinstance(fact, Declined)]
        return {"facts": facts} | ({"refused": declined[0].name} if declined else {})

    def ask(self, message: Message) -> Message:
        """Send a hospital's request and return the reply."""
        reply = self.relay.ask(self.now, self.desks[message.party].city, message)
        assert reply is not None, message
        return reply

    def said(self, reply: Message) -> dict[str, Any]:
        """What a reply says: the name of the refusal, or the figures of its settlement."""
        if not reply.succeeded:
            return {"refused": BY_CODE[reply.infcode or 0].name}
        rows = reply.rows("setlinfo")
        if not rows:
            return {}
        info = dict(rows[0])
        return info | {"cleared": info["fund_pay_sumamt"] + info["acct_pay"]}

    # -- filings ----------------------------------------------------------------------------------------------------

    def do_file(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """A person files; ``name`` is what later steps call the filing, by default the person's name."""
        person = self.people[step["who"]]
        home = self.city_of(person.insured_area)
        came = self.act(
            home,
            File(
                person.psn_no,
                step["type"],
                step["to"],
                step.get("begin"),
                step.get("end"),
                **{key: step[key] for key in ("channel", "commitment", "proofs", "trips") if key in step},
                referral=self._referral(step),
            ),
        )
        mine = [fact.filing for fact in came["facts"] if type(fact).__name__ == "Filed"]
        if mine:
            self.filings[step.get("name", step["who"])] = mine[0].sn
            return came | {"begin": mine[0].begin, "end": mine[0].end}
        return came

    def _referral(self, step: Mapping[str, Any]) -> Referral | None:
        if step["type"] != "referral":
            return None
        return Referral(step.get("from_hospital", hospital("320300", "secondary")), "转出医院", self.now.date())

    def do_change_filing(self, step: Mapping[str, Any]) -> dict[str, Any]:
        home = self.city_of(self.people[step["who"]].insured_area)
        keys = ("end", "channel", "commitment", "proofs", "on")
        more = {key: step[key] for key in keys if key in step}
        if "from_hospital" in step:
            more["referral"] = self._referral(step)
        sn = self.filings[step.get("name", step["who"])]
        return self.act(home, ChangeFiling(sn, step["type"], step["to"], **more))

    def do_cancel_filing(self, step: Mapping[str, Any]) -> dict[str, Any]:
        home = self.city_of(self.people[step["who"]].insured_area)
        more = {key: step[key] for key in ("on", "reason") if key in step}
        return self.act(home, CancelFiling(self.filings[step.get("name", step["who"])], **more))

    def do_check_filings(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return self.act(step["city"], CheckFilings(step["day"]))

    def do_clear_filings(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return self.act(step["city"], ClearInvalid(step["day"]))

    def do_leave(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """A person dies, moves the insurance, or returns."""
        person = self.people[step["who"]]
        self.tell(self.city_of(person.insured_area), Left(person.psn_no, step["day"], step["reason"]))
        return {}

    # -- a stay -----------------------------------------------------------------------------------------------------

    def visit(self, step: Mapping[str, Any]) -> Visit:
        return self.visits[step.get("stay", step["who"])]

    def do_admit(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """``city`` and ``level`` choose the hospital; ``stay`` is what later steps call the stay."""
        desk = self.desks[hospital(step["city"], step.get("level", "tertiary"))]
        visit = Visit(desk, self.people[step["who"]])
        began = dt.datetime.combine(step.get("began", step["day"]), _HOUR)
        more = {key: step[key] for key in ("med_type", "extension") if key in step}
        reply = self.ask(desk.admit(self.now, visit.person, began, WARD, **more))
        if reply.succeeded:
            visit.mdtrt_id = reply.block("result")["mdtrt_id"]
            self.visits[step.get("stay", step["who"])] = visit
        return self.said(reply)

    def lines_of(self, visit: Visit, step: Mapping[str, Any]) -> list[tuple[Line, dt.datetime]]:
        """The lines of a step, as of ``on`` (default the step's day)."""
        arose = dt.datetime.combine(step.get("on", step["day"]), _HOUR)
        lines = []
        for row in step["lines"]:
            item = self.library.items[item_code(row)]
            visit.serial += 1
            quantity, of = scaled(row["quantity"], 10**4), row.get("refund_of", "")
            lines.append((classify(str(visit.serial), item, item.price, quantity, refund_of=of), arose))
        return lines

    def do_charge(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """Upload fee lines."""
        visit = self.visit(step)
        lines = self.lines_of(visit, step)
        asked = visit.desk.upload(self.now, visit.person, visit.mdtrt_id, lines, WARD)
        reply = self.ask(_refunding(asked, [line for line, _ in lines]))
        if reply.succeeded:
            visit.lines |= {line.sn: line for line, _ in lines}
        return self.said(reply)

    def do_drop_lines(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """Cancel lines by number, or all of them."""
        visit = self.visit(step)
        sns = step.get("numbers", ["0000"])
        reply = self.ask(visit.desk.cancel_lines(self.now, visit.person, visit.mdtrt_id, sns))
        if reply.succeeded:
            visit.lines = {} if "0000" in sns else {sn: line for sn, line in visit.lines.items() if sn not in sns}
        return self.said(reply)

    def do_discharge(self, step: Mapping[str, Any]) -> dict[str, Any]:
        visit = self.visit(step)
        return self.said(self.ask(visit.desk.discharge(self.now, visit.person, visit.mdtrt_id, self.now, WARD)))

    def do_try(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2303: what would it come to."""
        return self.said(self.ask(self._bill(step, "2303")))

    def do_settle(self, step: Mapping[str, Any]) -> dict[str, Any]:
        visit = self.visit(step)
        asked = visit.sent["2304"] = self._bill(step, "2304")
        reply = self.ask(asked)
        if reply.succeeded:
            visit.setl_id = reply.block("setlinfo")["setl_id"]
        return self.said(reply)

    def do_settle_unheard(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """A 2304 that is lost on its way: the hospital knows nothing of what became of it."""
        self.visit(step).sent["2304"] = self._bill(step, "2304")
        return {}

    def _bill(self, step: Mapping[str, Any], infno: str) -> Message:
        visit, use = self.visit(step), step.get("use_account", True)
        part = step.get("part", False)
        bill = sum(line.amount for line in visit.lines.values())
        asked = visit.desk.settle(self.now, infno, visit.person, visit.mdtrt_id, bill, use_account=use, part=part)
        if part and infno == "2304":
            visit.lines = {}
        return asked

    def do_cancel(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2305: cancel the settlement."""
        return self._about(step, "2305")

    def do_undo_discharge(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return self._about(step, "2405")

    def do_undo_admission(self, step: Mapping[str, Any]) -> dict[str, Any]:
        return self._about(step, "2404")

    def _about(self, step: Mapping[str, Any], infno: str) -> dict[str, Any]:
        visit = self.visit(step)
        setl_id = visit.setl_id if infno in CANCELS else ""
        asked = visit.desk.about_visit(self.now, infno, visit.person, visit.mdtrt_id, setl_id=setl_id)
        visit.sent[infno] = asked
        return self.said(self.ask(asked))

    def do_reverse(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2601 of the transaction ``what``: 2304, 2305 …"""
        visit = self.visit(step)
        return self.said(self.ask(visit.desk.reverse(self.now, visit.person, visit.sent[step["what"]])))

    def do_repeat(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """Send the request ``what`` again, under its msgid."""
        return self.said(self.ask(self.visit(step).sent[step["what"]]))

    # -- an outpatient visit, a purchase ----------------------------------------------------------------------------

    def do_register(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2201 and 2203: ``med_type`` (11 outpatient, 14 chronic), ``disease`` for a chronic one."""
        desk = self.desks[hospital(step["city"], step.get("level", "tertiary"))]
        visit = Visit(desk, self.people[step["who"]])
        visit.med_type, visit.disease = step.get("med_type", "11"), Disease(step.get("disease", ""), "慢特病")
        if not step.get("disease"):
            visit.disease = Disease("", "")
        reply = self.ask(desk.register(self.now, visit.person, self.now, WARD))
        if not reply.succeeded:
            return self.said(reply)
        visit.mdtrt_id = reply.block("data")["mdtrt_id"]
        self.visits[step.get("stay", step["who"])] = visit
        asked = desk.describe(
            self.now, visit.person, visit.mdtrt_id, WARD, med_type=visit.med_type, disease=visit.disease
        )
        return self.said(self.ask(asked))

    def do_charge_batch(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2204: lines of a charge batch ``batch`` (default 1)."""
        visit, batch = self.visit(step), step.get("batch", "1")
        lines = self.lines_of(visit, step)
        asked = visit.desk.upload_batch(
            self.now, visit.person, visit.mdtrt_id, lines, WARD, batch=batch, disease=visit.disease
        )
        reply = self.ask(asked)
        if reply.succeeded:
            visit.batches[batch] = [line for line, _ in lines]
        return self.said(reply)

    def do_settle_batch(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2207: settle a charge batch."""
        visit, batch = self.visit(step), step.get("batch", "1")
        asked = visit.desk.settle_batch(
            self.now,
            "2207",
            visit.person,
            visit.mdtrt_id,
            totals_of(visit.batches[batch]),
            batch=batch,
            med_type=visit.med_type,
            use_account=step.get("use_account", True),
        )
        return self._settled(visit, asked)

    def do_cancel_batch(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2208: cancel the settlement of a batch."""
        return self._about(step, "2208")

    def do_buy(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2102: a purchase at a pharmacy, settled at once."""
        desk = self.desks[hospital(step["city"], step.get("level", "primary"))]
        visit = self.visits[step.get("stay", step["who"])] = Visit(desk, self.people[step["who"]])
        asked = desk.purchase(
            self.now,
            "2102",
            visit.person,
            self.lines_of(visit, step),
            med_type="41",
            use_account=step.get("use_account", True),
        )
        return self._settled(visit, asked)

    def do_give_back(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """2103: cancel a purchase."""
        return self._about(step, "2103")

    def _settled(self, visit: Visit, asked: Message) -> dict[str, Any]:
        visit.sent[asked.infno] = asked
        reply = self.ask(asked)
        if reply.succeeded:
            info = reply.block("setlinfo")
            visit.setl_id, visit.mdtrt_id = info["setl_id"], info["mdtrt_id"]
        return self.said(reply)

    # -- a bill on paper --------------------------------------------------------------------------------------------

    def do_claim(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """A bill with all its papers, from the counter to the payment; ``begin`` and ``end`` are the days of the care.

        The lines are of the last day unless they say ``on``; a claim that ends unpaid is refused as it was ended.
        """
        person, care = self.people[step["who"]], step.get("care", "inpatient")
        home, at = self.city_of(person.insured_area), self.registry.institutions[hospital(step["city"], step["level"])]
        number = f"SG{len(self.nodes[home].claims.cases) + 1}"
        lines = tuple(
            BillLine(
                item_code(row), scaled(row["price"], 10**6), scaled(row["quantity"], 10**4), row.get("on", step["end"])
            )
            for row in step["lines"]
        )
        days = step["begin"], step["end"]
        invoices = tuple(step.get("invoices", (f"INV-{number}",)))
        dossier = Dossier(number, person.psn_no, at.code, at.area, *days, invoices, lines, step["reason"], care=care)
        papers = PAPERS["inpatient" if care == "inpatient" else "outpatient"]
        for action in (OpenClaim(dossier, papers), CheckClaim(number), DecideClaim(number), PayClaim(number)):
            came = self.act(home, action)
            case = self.nodes[home].claims.cases.get(number)
            if "refused" in came or case.refusal:
                return {"refused": came.get("refused") or case.refusal}
        return self.rows[-1].shares._asdict()

    # -- what everybody holds afterwards ----------------------------------------------------------------------------

    def see_person(self, check: Mapping[str, Any]) -> dict[str, Any]:
        """The account and what the year has used up."""
        person = self.people[check["who"]]
        insured = self.nodes[self.city_of(person.insured_area)].insured
        year = insured.year_of(person.psn_no, check["year"])
        return {"balance": insured.balance_of(person.psn_no)} | year._asdict()

    def see_books(self, check: Mapping[str, Any]) -> dict[str, Any]:
        """What one city owes another and is owed by it."""
        books = self.nodes[check["city"]].books
        return {name: books.balance(name, check["with"]) for name in ("payable", "receivable")}

    def see_sheet(self, check: Mapping[str, Any]) -> dict[str, Any]:
        """The difference of each city on the clearing sheet of a month, as the province holds it."""
        cleared = self.nodes[check.get("province", "320000")].monthly.under(check["month"])
        sheet = balance_sheet(check["month"], cleared, self.registry.cities)
        return {line.city: line.difference for line in sheet.lines if line.insutype == "all"}


def _refunding(asked: Message, lines: Sequence[Line]) -> Message:
    """Return the upload with each refund line naming the line it refunds."""
    rows = asked.rows("feedetail")
    named = [
        {**row, "init_feedetl_sn": line.refund_of} if line.refund_of else row
        for row, line in zip(rows, lines, strict=True)
    ]
    return asked._replace(blocks=freeze({"feedetail": named}))
