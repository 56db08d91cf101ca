"""Visits of other kinds than stays as a hospital or a pharmacy plays them, and what a network essentially holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.core.benefit.bill import Line, classify, totals_of
from simulator.core.network.hospital import NO_DISEASE, Disease, Ward
from simulator.core.platform.message import Message
from simulator.core.values.parameters import Tier
from simulator.core.visits.lifecycle import WITHDRAWN

WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")
ALL_CARE = ("inpatient", "outpatient", "chronic", "pharmacy")
HYPERTENSION = Disease("M03900", "高血压")
DIABETES = Disease("M01600", "糖尿病")

# Beside the inpatient rules of the small pack. Outpatient: 60 % above 100 yuan a year, up to 5,000; chronic: 70 % up to
# 2,000 for hypertension and 1,000 for diabetes; pharmacy: 50 %, in the deductible and cap of outpatient care.
EVERY_KIND: dict[str, Any] = {
    "process__open_care": ALL_CARE,
    "process__part_settlement": True,
    "process__trauma_flags": True,
    "benefit__employee__outpatient__deductible": 10_000,
    "benefit__employee__outpatient__tiers": (Tier(0, None, 6000),),
    "benefit__employee__outpatient__cap": 500_000,
    "benefit__employee__chronic__tiers": (Tier(0, None, 7000),),
    "benefit__employee__chronic__cap__m03900": 200_000,
    "benefit__employee__chronic__cap__m01600": 100_000,
    "benefit__employee__pharmacy__tiers": (Tier(0, None, 5000),),
}

# 125.00 of class A; 172.80 of class B, of which 17.28 are paid first: 297.80, in scope 280.52.
BILL = (("drug-a", 12_500_000, 100_000), ("drug-b", 86_400_000, 20_000))


def fee_lines(catalogue: Any, bill: Sequence[tuple[str, int, int]], first_sn: int = 1) -> list[Line]:
    """Fee lines of (item, price, quantity)."""
    return [classify(str(first_sn + i), catalogue.items[c], p, q) for i, (c, p, q) in enumerate(bill)]


class Player:
    """Whoever plays a visit; each step sends its message and returns the reply."""

    def __init__(self, play: Any, who: str, hospital: str) -> None:
        self.play = play
        self.desk, self.person = play.net.desks[hospital], play.net.people[who]
        self.mdtrt_id = self.setl_id = ""
        self.sent: dict[str, Message] = {}

    def say(self, message: Message) -> Message:
        self.sent[message.infno] = message
        reply: Message = self.play.ask(message)
        return reply

    def note(self, reply: Message) -> Message:
        if reply.succeeded:
            info = reply.block("setlinfo")
            self.mdtrt_id, self.setl_id = info["mdtrt_id"], info["setl_id"]
        return reply

    def about_request(self, infno: str, setl_id: str = "") -> Message:
        number = "" if infno == "5202" else setl_id or self.setl_id
        asked: Message = self.desk.about_visit(self.play.tick(), infno, self.person, self.mdtrt_id, setl_id=number)
        return asked

    def about(self, infno: str, setl_id: str = "") -> Message:
        return self.say(self.about_request(infno, setl_id))

    def reverse(self, original: Message) -> Message:
        return self.say(self.desk.reverse(self.play.tick(), self.person, original))


class Clinic(Player):
    """An outpatient visit."""

    def __init__(self, play: Any, who: str = "worker", hospital: str = "H32019900001") -> None:
        super().__init__(play, who, hospital)
        self.batches: dict[str, list[Line]] = {}
        self.med_type = "11"

    def register(self) -> Message:
        now = self.play.tick()
        reply = self.say(self.desk.register(now, self.person, now, WARD))
        if reply.succeeded:
            self.mdtrt_id = reply.block("data")["mdtrt_id"]
        return reply

    def unregister(self) -> Message:
        return self.say(self.desk.unregister(self.play.tick(), self.person, self.mdtrt_id, self.sent["2201"]))

    def describe(self, med_type: str = "11", disease: Disease = NO_DISEASE, extension: str = "") -> Message:
        self.med_type = med_type
        now = self.play.tick()
        asked = self.desk.describe(
            now, self.person, self.mdtrt_id, WARD, med_type=med_type, disease=disease, extension=extension
        )
        return self.say(asked)

    def upload(
        self, batch: str = "B1", bill: Sequence[tuple[str, int, int]] = BILL, disease: Disease = NO_DISEASE
    ) -> Message:
        now = self.play.tick()
        first = 1 + sum(map(len, self.batches.values()))
        lines = fee_lines(self.play.net.catalogue, bill, first)
        timed = [(line, now) for line in lines]
        reply = self.say(
            self.desk.upload_batch(now, self.person, self.mdtrt_id, timed, WARD, batch=batch, disease=disease)
        )
        if reply.succeeded:
            self.batches[batch] = [*self.batches.get(batch, []), *lines]
        return reply

    def cancel_batch(self, batch: str) -> Message:
        return self.say(self.desk.cancel_batch(self.play.tick(), self.person, self.mdtrt_id, batch))

    def bill_request(self, infno: str = "2207", batch: str = "B1", *, use_account: bool = True) -> Message:
        totals = totals_of(self.batches.get(batch, []))
        asked: Message = self.desk.settle_batch(
            self.play.tick(),
            infno,
            self.person,
            self.mdtrt_id,
            totals,
            batch=batch,
            med_type=self.med_type,
            use_account=use_account,
        )
        return asked

    def presettle(self, batch: str = "B1", **options: Any) -> Message:
        return self.say(self.bill_request("2206", batch, **options))

    def settle(self, batch: str = "B1", **options: Any) -> Message:
        return self.note(self.say(self.bill_request("2207", batch, **options)))

    def seen(self, med_type: str = "11", disease: Disease = NO_DISEASE) -> Clinic:
        """Play the visit up to its first fee lines."""
        replies = (self.register(), self.describe(med_type, disease), self.upload())
        assert all(reply.succeeded for reply in replies), [reply.head["err_msg"] for reply in replies]
        return self


class Pharmacy(Player):
    """A purchase."""

    def __init__(self, play: Any, who: str = "worker", hospital: str = "H32019900001") -> None:
        super().__init__(play, who, hospital)
        self.lines = fee_lines(play.net.catalogue, BILL)

    def request(self, infno: str = "2102", *, med_type: str = "41", use_account: bool = True) -> Message:
        now = self.play.tick()
        timed = [(line, now) for line in self.lines]
        asked: Message = self.desk.purchase(now, infno, self.person, timed, med_type=med_type, use_account=use_account)
        return asked

    def try_out(self, **options: Any) -> Message:
        return self.say(self.request("2101", **options))

    def buy(self, **options: Any) -> Message:
        return self.note(self.say(self.request(**options)))


def essence(play: Any) -> dict[str, Any]:
    """What the network holds in the end, however it came to: visits, settlements in force, money, accumulators."""
    held: dict[str, Any] = {}
    for code, node in play.net.nodes.items():
        held[code, "books"] = {key: amount for key, amount in node.books.balances().items() if amount}
        if not hasattr(node, "treatment"):
            held[code, "day"], held[code, "month"] = node.daily.under(), node.monthly.under()
            continue
        for role in (node.treatment, node.insured):
            held[code, role.name, "day"] = node.daily[role.name].under()
            held[code, role.name, "month"] = node.monthly[role.name].under()
            held[code, role.name] = {
                visit.admission: (visit.state, visit.ended, frozenset(visit.lines), frozenset(visit.bills))
                for visit in role.visits
                if visit.state != WITHDRAWN
            }
        for person in play.net.people.values():
            held[code, person.psn_no] = (
                node.insured.balance_of(person.psn_no),
                node.insured.year_of(person.psn_no, play.now.year),
            )
    return held
