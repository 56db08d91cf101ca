"""Random visits through city, province and city, with messages lost, late, repeated and out of order.

The hospitals' side of the machine that ``test_network_stateful`` runs; ``office_days`` is the offices'. At rest, when
the hospitals have asked again about, or reversed, everything whose outcome they did not know, all sides must agree to
the fen.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import MappingProxyType
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from simulator.core import invariants as inv
from simulator.core.benefit.bill import classify
from simulator.core.benefit.shares import shares_add_up
from simulator.core.clearing.parties import finance_of
from simulator.core.clearing.sheet import balance_sheet
from simulator.core.network.hospital import Ward
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Key, Message
from simulator.core.platform.transactions import REVERSIBLE
from simulator.core.reconciliation.compare import compare_day
from simulator.core.visits.lifecycle import ADMITTED, DISCHARGED, SETTLED
from simulator.core.visits.visits import INSURED, Settled

from .ledger import Ledger

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
HOSPITALS = ("H32019900001", "H32019900002")
PEOPLE = ("retired", "resident", "local")
TIERS = {**dict.fromkeys(HOSPITALS, 0), NANJING: 1, XUZHOU: 1, PROVINCE: 2}
TIERS |= {finance_of(NANJING): 0, finance_of(XUZHOU): 0, finance_of(PROVINCE): 1}  # each beside its platform
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")
UNKNOWN, BUSY, REUSED, REVERSED = -191, -135, -161, -162

some = st.integers(0, 10**6)  # picks one of a list by its remainder
bills = st.lists(
    st.tuples(st.sampled_from(("drug-a", "drug-b", "material-b", "bed-a", "herb-b")), st.integers(1, 400_000)),
    min_size=1,
    max_size=3,
)


class Stay:
    """What the hospital's own system knows of a stay."""

    def __init__(self, desk: Any, person: Any, admission: Message) -> None:
        self.desk, self.person, self.admission = desk, person, admission
        self.mdtrt_id = self.setl_id = ""
        self.serial = 0
        self.last: dict[str, Message] = {}  # the latest request by transaction


class Visits(RuleBasedStateMachine):
    """The hospitals' systems and the network between the platforms."""

    def __init__(self, play: Any, wire: Any, picture: Any) -> None:
        super().__init__()
        self.play, self.wire, self.picture = play, wire, picture
        self.nodes = play.net.nodes
        self.stays: list[Stay] = []
        self.sent: list[Message] = []
        self.about: dict[Key, Stay] = {}
        self.people = list(PEOPLE)  # those whose care is played
        self.steps = -1  # invariants are looked at once before the first step
        self.ledger = Ledger()
        self._read = self._booked = self._legs = 0
        self._heard: Counter[Key] = Counter()

    # -- the hospital -----------------------------------------------------------------------------------------------

    def send(self, stay: Stay, message: Message) -> None:
        if message.key not in self.about:
            self.sent.append(message)
            self.about[message.key] = stay
            stay.last[message.infno] = message
        self.wire.send(message.party, NANJING, message)

    def hear(self) -> None:
        """Let the hospitals read what has come in."""
        for key, replies in self.wire.answers.items():
            for reply in replies[self._heard[key] :] if key in self.about else ():
                stay = self.about[key]
                if reply.succeeded and reply.infno == "2401":
                    stay.mdtrt_id = reply.block("result")["mdtrt_id"]
                if reply.succeeded and reply.infno == "2304":
                    stay.setl_id = reply.block("setlinfo")["setl_id"]
            self._heard[key] = len(replies)

    def visit(self, stay: Stay) -> Any:
        return self.play.treatment.treatment.visits.find(stay.mdtrt_id)

    def known(self) -> list[Stay]:
        return [stay for stay in self.stays if self.visit(stay) is not None]

    def upload(self, stay: Stay, rows: Any, change: dict[str, Any] | None = None) -> None:
        lines = []
        for code, quantity in rows:
            stay.serial += 1
            item = self.play.net.catalogue.items[code]
            lines.append((classify(str(stay.serial), item, item.price, quantity), self.play.now))
        asked = stay.desk.upload(self.play.tick(), stay.person, stay.mdtrt_id, lines, WARD)
        if change:
            first, *rest = asked.rows("feedetail")
            rows = (MappingProxyType({**first, **change}), *rest)
            asked = asked._replace(blocks=MappingProxyType({"feedetail": rows}))
        self.send(stay, asked)

    @initialize(steps=st.tuples(*[st.integers(0, 5)] * len(PEOPLE)), rows=bills)
    def stays_at_every_stage(self, steps: tuple[int, ...], rows: Any) -> None:
        """Begin with a stay of each person, calmly brought from admission up to a cancelled settlement."""
        for who, count in zip(PEOPLE, steps, strict=True):
            self.admit(who, HOSPITALS[0], calm=True)
            for _ in range(count):
                self.advance(self.stays[-1], rows, presettle=False, use_account=True)
                self.calm(True)

    def calm(self, wanted: bool) -> None:
        """Deliver everything in flight, when wanted."""
        if wanted:
            self.wire.deliver_all(self.play.tick(1))
            self.hear()

    @rule(pick=some, where=st.sampled_from(HOSPITALS), calm=st.booleans())
    @precondition(lambda self: len(self.stays) < 8)
    def somebody_comes(self, pick: int, where: str, calm: bool) -> None:
        self.admit(self.people[pick % len(self.people)], where, calm=calm)

    def admit(self, who: str, where: str, *, calm: bool) -> None:
        desk, person = self.play.net.desks[where], self.play.net.people[who]
        now = self.play.tick()
        stay = Stay(desk, person, desk.admit(now, person, now, WARD))
        self.stays.append(stay)
        self.send(stay, stay.admission)
        self.calm(calm)

    @rule(pick=some, rows=bills, use_account=st.booleans(), calm=st.booleans())
    @precondition(lambda self: self.known())
    def next_step(self, pick: int, rows: Any, use_account: bool, calm: bool) -> None:
        """What would come next: lines, discharge, settlement, and then its cancellation."""
        stay = self.known()[pick % len(self.known())]
        self.advance(stay, rows, presettle=pick % 5 == 0, use_account=use_account)
        self.calm(calm)

    def advance(self, stay: Stay, rows: Any, *, presettle: bool, use_account: bool) -> None:
        visit, now = self.visit(stay), self.play.tick()
        desk, person, number = stay.desk, stay.person, stay.mdtrt_id
        if visit.state == ADMITTED and not visit.lines:
            self.upload(stay, rows)
        elif visit.state == ADMITTED:
            self.send(stay, desk.discharge(now, person, number, now, WARD))
        elif visit.state == DISCHARGED:
            infno, bill = "2303" if presettle else "2304", visit.totals().bill
            self.send(stay, desk.settle(now, infno, person, number, bill, use_account=use_account))
        elif visit.state == SETTLED:
            self.cancel(stay)

    def cancel(self, stay: Stay) -> None:
        number = stay.setl_id or "unknown"
        self.send(stay, stay.desk.about_visit(self.play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=number))

    @rule(
        pick=some,
        infno=st.sampled_from(("2301", "2302", "2402", "2303", "2304", "2305", "2404", "2405", "5203")),
        calm=st.booleans(),
    )
    @precondition(lambda self: self.known())
    def any_step(self, pick: int, infno: str, calm: bool) -> None:
        """Anything at any time, allowed or not."""
        stay = self.known()[pick % len(self.known())]
        now, desk, person, number = self.play.tick(), stay.desk, stay.person, stay.mdtrt_id
        if infno == "2301":
            self.upload(stay, [("drug-b", 10_000)], change={"det_item_fee_sumamt": pick})
        elif infno == "2302":
            self.send(stay, desk.cancel_lines(now, person, number, ["0000" if pick % 3 else str(pick % 9)]))
        elif infno == "2402":
            self.send(stay, desk.discharge(now, person, number, now, WARD))
        elif infno in {"2303", "2304"}:
            bill = self.visit(stay).totals().bill + pick % 2
            self.send(stay, desk.settle(now, infno, person, number, bill, use_account=True))
        else:
            self.send(stay, desk.about_visit(now, infno, person, number, setl_id=stay.setl_id or "unknown"))
        self.calm(calm)

    @rule(pick=some, quantity=st.integers(1, 400_000), calm=st.booleans())
    @precondition(lambda self: any(self.visit(stay).lines for stay in self.known()))
    def refund(self, pick: int, quantity: int, calm: bool) -> None:
        stays = [stay for stay in self.known() if self.visit(stay).lines]
        stay = stays[pick % len(stays)]
        lines = list(self.visit(stay).lines.values())
        line = lines[pick % len(lines)]
        self.upload(stay, [(line.item.code, -quantity)], change={"init_feedetl_sn": line.sn})
        self.calm(calm)

    @rule(pick=some, wrong=st.sampled_from(("", "", "", "", "omsgid", "oinfno", "psn_no", "area")), calm=st.booleans())
    @precondition(lambda self: any(message.infno in REVERSIBLE for message in self.sent))
    def reverse(self, pick: int, wrong: str, calm: bool) -> None:
        originals = [message for message in self.sent if message.infno in REVERSIBLE]
        original = originals[-1 - pick % min(len(originals), 6)]
        stay = self.about[original.key]
        asked = stay.desk.reverse(self.play.tick(), stay.person, original)
        if wrong == "area":
            asked = asked.with_head(insuplc_admdvs="320382")
        elif wrong:
            asked = asked.with_fields("data", {wrong: "2301" if wrong == "oinfno" else "other"})
        self.send(stay, asked)
        self.calm(calm)

    @rule(pick=some, how=st.sampled_from(("2305", "2304", "2305+2304", "2304+2304", "2401")), order=some)
    @precondition(lambda self: any("2304" in stay.last for stay in self.stays))
    def undo(self, pick: int, how: str, order: int) -> None:
        """Reverse the latest cancellation or settlement of a stay; cancel it and reverse it at once."""
        stays = [stay for stay in self.stays if "2304" in stay.last]
        stay = stays[pick % len(stays)]
        for infno in how.split("+"):
            if infno == "2305" and ("+" in how or "2305" not in stay.last):
                self.cancel(stay)
            else:
                asked = stay.desk.reverse(self.play.tick(), stay.person, stay.last[infno])
                self.send(stay, asked)
        if order % 3:
            self.deliver_everything_in_some_order(order)

    @rule(pick=some, rows=bills, hops=st.integers(0, 5), reverses=st.booleans(), lost=st.booleans())
    @precondition(lambda self: self.known())
    def next_step_in_trouble(self, pick: int, rows: Any, hops: int, reverses: bool, lost: bool) -> None:
        """The next step, or a reversal of the last one, is lost or held up on its way, and the deadlines pass."""
        stay = self.known()[pick % len(self.known())]
        others = len(self.wire.flying)
        original = stay.last.get("2305") or stay.last.get("2304")
        if reverses and original is not None:
            self.send(stay, stay.desk.reverse(self.play.tick(), stay.person, original))
        else:
            self.advance(stay, rows, presettle=False, use_account=True)
        for _ in range(hops):
            if len(self.wire.flying) > others:
                self.wire.deliver(self.play.tick(1), others)
        if lost and len(self.wire.flying) > others:
            self.wire.lose(others)
        self.wire.ring(self.play.tick(60))

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def repeat(self, pick: int) -> None:
        """Send a request again as it was, or with another time."""
        message = self.sent[-1 - pick % len(self.sent)]
        self.send(self.about[message.key], message if pick % 2 else message.with_head(inf_time="2016-12-31 00:00:00"))

    # -- the network ------------------------------------------------------------------------------------------------

    @rule(pick=some)
    @precondition(lambda self: self.wire.flying)
    def deliver_any(self, pick: int) -> None:
        self.wire.deliver(self.play.tick(1), pick % len(self.wire.flying))

    @rule()
    @precondition(lambda self: self.wire.flying)
    def deliver_everything(self) -> None:
        self.wire.deliver_all(self.play.tick(1))

    @rule(pick=some)
    @precondition(lambda self: len(self.wire.flying) > 1)
    def deliver_everything_in_some_order(self, pick: int) -> None:
        while self.wire.flying:
            pick = pick * 1_103_515_245 + 12_345 & 0x7FFF_FFFF
            self.wire.deliver(self.play.tick(1), (pick >> 8) % len(self.wire.flying))

    @rule(pick=some)
    @precondition(lambda self: any(flight.message.is_reply for flight in self.wire.flying))
    def lose_an_answer(self, pick: int) -> None:
        replies = [i for i, flight in enumerate(self.wire.flying) if flight.message.is_reply]
        self.wire.lose(replies[pick % len(replies)])

    @rule(pick=some)
    @precondition(lambda self: self.wire.flying)
    def lose(self, pick: int) -> None:
        self.wire.lose(pick % len(self.wire.flying))

    @rule(seconds=st.sampled_from((20, 45, 60)))
    @precondition(lambda self: self.wire.alarms)
    def deadline(self, seconds: int) -> None:
        self.wire.ring(self.play.tick(seconds))

    # -- the same message twice, another body under its msgid -------------------------------------------------------

    @rule(pick=some)
    @precondition(lambda self: self.wire.facts)
    def taken_twice_changes_nothing(self, pick: int) -> None:
        """Hand a platform a request it has answered: the same reply or the refusal of a void one, and no change."""
        code = (NANJING, PROVINCE, XUZHOU)[pick % 3]
        node = self.nodes[code]
        answered = [known for known in node._exchanges.values() if known.reply is not None]
        if not answered:
            return
        known = answered[pick % len(answered)]
        before = self.kept(node)
        (effect,) = node.handle(self.play.tick(), known.request.with_head(inf_time="2016-12-31 00:00:00"))
        assert isinstance(effect, Reply)  # and no fact: state changes by facts alone
        if node.is_void(known.request.key):
            assert effect.message.infcode == REVERSED
            assert known.request.msgid in effect.message.head["err_msg"]
        else:
            assert effect.message == known.reply
        assert self.kept(node) == before

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def another_body_is_refused(self, pick: int) -> None:
        node = self.nodes[(NANJING, PROVINCE, XUZHOU)[pick % 3]]
        message = self.sent[pick % len(self.sent)]
        if node.known_request(message.key) is None:
            return
        before = self.kept(node)
        other = message._replace(blocks=MappingProxyType({**message.blocks, "other": ()}))
        (effect,) = node.handle(self.play.tick(), other)
        assert isinstance(effect, Reply)
        assert effect.message.infcode == REUSED
        assert self.kept(node) == before

    def kept(self, node: Any) -> Any:
        """What a platform keeps: all of it now and then, as that is much; its books and their like at any time."""
        return (
            self.picture(node)
            if self.steps % 30 == 29
            else (len(node._exchanges), set(node._void), node.books.balances())
        )

    # -- coming to rest ---------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Deliver what flies and let every deadline pass."""
        self.wire.deliver_all(self.play.tick())
        self.wire.ring(self.play.tick(120))
        self.wire.deliver_all(self.play.tick())
        self.hear()

    def outcome(self, message: Message) -> int | None:
        answers = self.wire.answers.get(message.key)
        return answers[-1].infcode if answers else None

    def unknown(self) -> list[Message]:
        return [message for message in self.sent if self.outcome(message) in {None, UNKNOWN}]

    @rule(pick=some)
    @precondition(lambda self: self.sent)
    def come_to_rest(self, pick: int) -> None:
        """Ask again about every unknown outcome, or reverse it first; then all sides agree."""
        self.quiet()
        for attempt in range(20):
            left = self.unknown()
            if not left:
                break
            for message in left:
                stay = self.about[message.key]
                if message.infno in REVERSIBLE and (pick >> attempt) % 2:
                    self.send(stay, stay.desk.reverse(self.play.tick(), stay.person, message))
                self.send(stay, message)
                self.quiet()
        assert not self.unknown()
        self.agree()

    @rule(pick=some, days=st.integers(1, 3))
    @precondition(lambda self: self.sent and self.play.now.day < 28)
    def another_day(self, pick: int, days: int) -> None:
        self.come_to_rest(pick)
        self.play.now += dt.timedelta(days=days)

    def agree(self) -> None:
        """Every side tells the same story."""
        self.look()
        treatment, insured, province = (self.nodes[code] for code in (NANJING, XUZHOU, PROVINCE))
        owed, due = insured.books.balance("payable", NANJING), treatment.books.balance("receivable", XUZHOU)
        assert inv.books_mirror(owed, due)
        owed = sum(treatment.books.balance("payable", hospital) for hospital in HOSPITALS)
        assert (
            self.ledger.cleared == -treatment.clearing.institutions.bank.balance - owed
        )  # each fen: paid, or owed still
        days = {key[0] for tally in (treatment.daily["treatment"], province.daily) for key in tally.under()}
        days |= {key[0] for key in insured.daily["insured"].under()}
        for day in days:
            assert not compare_day(day, treatment.daily["treatment"], province.daily, insured.daily["insured"])
            sides = [treatment.daily["treatment"], province.daily, insured.daily["insured"]]
            assert inv.three_sides_agree([side.group((day, NANJING, XUZHOU)) for side in sides])
        sheet = balance_sheet("2016-10", province.monthly.under("2016-10"), self.play.net.registry.cities)
        assert inv.sheet_is_zero(sheet)
        for stay in self.stays:
            mine = treatment.treatment.visits.admitted_by(stay.admission.key)
            theirs = (treatment if stay.person.insured_area == "320199" else insured).insured.visits
            self.same_visit(mine, theirs.admitted_by(stay.admission.key))

    def same_visit(self, mine: Any, theirs: Any) -> None:
        if mine is None:
            assert theirs is None or theirs.state == "withdrawn"
            return
        assert (mine.state, mine.lines, mine.ended) == (theirs.state, theirs.lines, theirs.ended)
        assert (mine.settlement is None) == (theirs.settlement is None)
        if mine.settlement is not None:
            assert mine.settlement.setl_id == theirs.settlement.setl_id
            assert mine.settlement.shares == theirs.settlement.shares
            assert mine.totals().bill == mine.settlement.shares.medfee_sumamt
            assert not self.play.treatment.is_void(Key(mine.hospital, mine.settlement.settled_by))
        assert mine.open_step is None
        assert all(self.play.treatment.is_void(original) for original in mine.reversals.values())

    def teardown(self) -> None:
        if self.sent:
            self.come_to_rest(0)
            self.look()

    # -- at any moment ----------------------------------------------------------------------------------------------

    @invariant()
    def at_any_moment(self) -> None:
        self.steps += 1
        self.look()

    def look(self) -> None:
        """Look at what is new since the last time."""
        self.hear()
        for entry in self.wire.postings[self._booked :]:
            assert inv.posting_balances(entry)
        self._booked = len(self.wire.postings)
        persons = set()
        for _, fact in self.wire.facts[self._read :]:
            if isinstance(fact, Settled):
                self.row_is_sound(fact)
                self.ledger.add(fact)
                persons.add(fact.row.psn_no)
        self._read = len(self.wire.facts)
        if len(self.wire.legs) > self._legs:
            assert inv.no_tier_skipped(self.wire.legs, TIERS)
            self._legs = len(self.wire.legs)
        self.accumulators_are_the_rows(persons)

    def row_is_sound(self, fact: Settled) -> None:
        row = fact.row
        assert shares_add_up(row.shares)
        assert row.sign * row.shares.acct_pay >= 0
        assert row.sign * row.shares.act_pay_dedc >= 0
        if fact.role == INSURED:
            assert row.inputs is not None
            assert not fact.visit_id or inv.filed_where_needed(row)
            shares = row.shares.negated() if row.refund else row.shares
            assert inv.lines_sum_to_bill(row.inputs.totals, shares)

    def accumulators_are_the_rows(self, persons: set[str]) -> None:
        """The years and accounts of those with a new row are what all their rows come to."""
        for who in self.people:
            person = self.play.net.people[who]
            if person.psn_no in persons:
                city = self.nodes[NANJING if who == "local" else XUZHOU]
                year, used = self.ledger.years[person.psn_no]
                assert city.insured.year_of(person.psn_no, 2016) == year
                assert city.insured.balance_of(person.psn_no) == person.balance - used >= 0
