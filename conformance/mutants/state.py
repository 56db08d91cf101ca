"""Mutants that keep state wrongly: duplicates, unknown outcomes, reversals, visits, numbers, statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from conformance.mutants.mutant import STATE, Mutant, Patch
from simulator.core.platform.effects import Record, Reply, Send
from simulator.core.platform.message import Key, Message
from simulator.core.platform.node import Answered, Node
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.transactions import FORWARDED
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.statement import LEVEL
from simulator.core.values.parameters import NotInForce
from simulator.core.visits.home import original_key
from simulator.core.visits.lifecycle import SETTLES, next_state, reversal_of
from simulator.core.visits.requests import data_of
from simulator.core.visits.treatment import Step

_NODE, _CITY = "simulator.core.platform.node:Node", "simulator.core.network.city:City"
_ROLE = "simulator.core.visits.role:Role"
_INSURED, _TREATMENT = "simulator.core.visits.insured:Insured", "simulator.core.visits.treatment:Treatment"
_HOME, _LINES = "simulator.core.visits.home:Home", "simulator.core.visits.lines"
_STATEMENT = "simulator.core.reconciliation.statement"


# -- the same message again ------------------------------------------------------------------------------------------


def _asked_again(change: Callable[[Any, Turn, Message, Any], bool]) -> Patch:
    """Return a patch of how requests are taken in: ``change`` gets what is known, and tells whether that was all."""

    def make(old: Any) -> Any:
        def take(self: Any, turn: Turn, asked: Message) -> None:
            known = self._exchanges.get(asked.key)
            if known is None or not change(self, turn, asked, known):
                old(self, turn, asked)

        return take

    return Patch(f"{_NODE}._take_request", make)


def _settle_again(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if asked.infno not in SETTLES or known.reply is None or not known.reply.succeeded or self.is_void(asked.key):
        return False
    for role in (self.treatment, self.insured):
        for visit in list(role.visits):
            if visit.settled_by(asked.msgid) is not None:
                visit.bills.clear()
                visit.state = next_state(self.tables[visit.kind], visit.state, reversal_of(asked.infno)) or visit.state
    del self._exchanges[asked.key]
    return False


def _refuse_again(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if known.reply is None or not known.reply.succeeded:
        return False
    turn.effects.append(Reply(turn.refuse(asked, "msgid_reused", asked.msgid)))
    return True


def _decide_other_body(self: Any, turn: Turn, asked: Message, known: Any) -> bool:
    if known.request.blocks != asked.blocks:
        del self._exchanges[asked.key]
    return False


# -- unknown outcomes ------------------------------------------------------------------------------------------------


def _another_msgid(old: Any) -> Any:
    asked_before: set[Key] = set()

    async def ask(self: Any, at: str, message: Message) -> Message | None:
        key = message.key
        if key in asked_before:
            message = message._replace(key=key._replace(msgid=key.msgid[:-4] + f"{9999 - int(key.msgid[-4:]):04d}"))
        asked_before.add(key)
        reply: Message | None = await old(self, at, message)
        return reply if reply is None else reply._replace(key=key)

    return ask


def _waking(change: Callable[[Any, dt.datetime, Message], list[Any]]) -> Patch:
    """Return a patch of giving up: ``change`` gets the refusal that is told, and returns the effects instead."""

    def make(old: Any) -> Any:
        def wake(self: Any, now: dt.datetime, about: Key) -> tuple[Any, ...]:
            found: list[Any] = []
            for effect in old(self, now, about):
                found += change(self, now, effect.message) if isinstance(effect, Reply) else [effect]
            return tuple(found)

        return wake

    return Patch(f"{_NODE}.wake", make)


def _as_success(self: Node, now: dt.datetime, refusal: Message) -> list[Any]:
    asked = self.known_request(refusal.key)
    assert asked is not None
    return [Reply(Turn(self, now).ok(asked))]


def _as_final(self: Node, now: dt.datetime, refusal: Message) -> list[Any]:
    asked = self.known_request(refusal.key)
    assert asked is not None
    fact = Answered(asked, refusal)
    self.fold(fact)
    return [Record(fact), Reply(refusal)]


def _passing_kept(old: Any) -> Any:
    def answer(self: Any, turn: Turn, asked: Message, reply: Message) -> None:
        turn.record(Answered(asked, reply))
        turn.effects.append(Reply(reply))

    return answer


# -- reversal and cancellation ---------------------------------------------------------------------------------------


def _nothing(old: Any) -> Any:
    return lambda *about, **more: None


def _no_tombstone(old: Any) -> Any:
    def reverse(self: Any, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        if self.city.known_request(original_key(asked)) is not None:
            old(self, turn, asked, at, void=void)

    return reverse


def _reversal_not_void(old: Any) -> Any:
    def reverse(self: Any, turn: Turn, asked: Message, at: dt.datetime, *, void: bool) -> None:
        key = original_key(asked)
        if self.city.is_void(key):
            return
        old(self, turn, asked, at, void=void and self.city.known_request(key) is None)

    return reverse


def _second_refused(old: Any) -> Any:
    return lambda self, turn, asked: turn.refuse(asked, "not_reversible", data_of(asked)["oinfno"])


def _cancelled_again(old: Any) -> Any:
    def cancel(self: Any, turn: Turn, asked: Message) -> Message:
        visit = self._role.visit(turn, asked)
        number = data_of(asked).get("setl_id", "")
        bill = None if visit is None else visit.cancelled_bill(number)
        if visit is None or bill is None:
            answer: Message = old(self, turn, asked)
            return answer
        row = self._role.cancel(turn, visit, bill, turn.now.replace(microsecond=0))
        reply: Message = self._answer(turn, asked, row)
        return reply

    return cancel


def _close_not_void(old: Any) -> Any:
    def close(self: Any, turn: Turn, asked: Message, visit: Any, bill: Any) -> None:
        self.move(turn, visit, asked.infno + "+" * bill.billed.part)

    return close


# -- the life of a visit ---------------------------------------------------------------------------------------------


def _before_discharge(old: Any) -> Any:
    return lambda *, discharge_first: old(discharge_first=False)


def _always(*infnos: str) -> Patch:
    """Let transactions of a visit pass in whatever state it is."""

    def make(old: Any) -> Any:
        def allowed(self: Any, visit: Any, event: str) -> str | None:
            return old(self, visit, event) or (visit.state if event in infnos else None)

        return allowed

    return Patch(f"{_ROLE}.next_state", make)


def _of_anybody(old: Any) -> Any:
    def allowed(self: Any, turn: Turn, asked: Message, visit: Any, data: Any, *, event: str = "") -> Any:
        whose = data if visit is None else {**data, "psn_no": visit.psn_no}
        return old(self, turn, asked, visit, whose, event=event)

    return allowed


def _of_any_hospital(old: Any) -> Any:
    def allowed(self: Any, turn: Turn, asked: Message, visit: Any, data: Any, *, event: str = "") -> Any:
        hospital = asked.party if visit is None else visit.hospital
        found = old(self, turn, asked._replace(key=asked.key._replace(party=hospital)), visit, data, event=event)
        return found._replace(key=asked.key) if isinstance(found, Message) else found

    return allowed


def _line_again(old: Any) -> Any:
    def priced(city: Any, turn: Turn, asked: Message, rows: Any, visit: Any, *, amounts_only: bool) -> Any:
        if visit is not None:
            for row in rows:
                visit.lines.pop(str(row["feedetl_sn"]), None)
        return old(city, turn, asked, rows, visit, amounts_only=amounts_only)

    return priced


def _without_sign_in(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Message | None:
        found: Message | None = old(self, turn, asked)
        missing = found is not None and found.infcode == REFUSALS["not_signed_in"].code
        return None if missing else found

    return problem


def _without_name(old: Any) -> Any:
    def info(self: Any, turn: Turn, asked: Message) -> Any:
        return old(self, turn, asked.with_fields("data", {"psn_name": ""}))

    return info


def _same_visit_number(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        old(self, fact)
        self._visit_serial -= 1

    return fold


def _same_settlement_number(old: Any) -> Any:
    return lambda self, area, at: f"A{area}{at:%y%m%d}0000001"


# -- in the city and above it ----------------------------------------------------------------------------------------


def _in_city_told(old: Any) -> Any:
    def decided(self: Any, turn: Turn, asked: Message) -> Any:
        if {asked.treatment_area, asked.insured_area} <= self._mine and asked.infno in FORWARDED:
            turn.effects.append(Send(self.province, asked.with_head(sender_admdvs=self.code)))
        return old(self, turn, asked)

    return decided


def _unasked(*infnos: str) -> Patch:
    """Answer transactions of visitors here, without asking the place of insurance."""

    def make(old: Any) -> Any:
        def decided(self: Any, turn: Turn, asked: Message) -> Any:
            away = asked.treatment_area in self._mine and asked.insured_area not in self._mine
            if not away or asked.infno not in infnos:
                return old(self, turn, asked)
            try:
                prepared = self.treatment.prepare(turn, asked)
            except NotInForce:
                return old(self, turn, asked)
            if isinstance(prepared, Message):
                return prepared
            step: Step = prepared[1]
            return self.treatment.complete(turn, asked, step, turn.ok(asked))

        return decided

    return Patch(f"{_CITY}._decided", make)


# -- statements ------------------------------------------------------------------------------------------------------


def _always_level(old: Any) -> Any:
    return lambda data, tally, hospital: (LEVEL, "")


def _by_count(old: Any) -> Any:
    def difference(data: Any, tally: Any, hospital: str) -> tuple[str, str]:
        days = tally.days(data["stmt_begndate"], data["stmt_enddate"])
        key = (hospital, data["insutype"], data["clr_type"])
        count = sum(tally.group((day, *key)).rows for day in days)
        return (LEVEL, "") if count == data["fixmedins_setl_cnt"] else old(data, tally, hospital)

    return difference


def _refunds_forgotten(old: Any) -> Any:
    return lambda self, fact: None if fact.row.refund else old(self, fact)


MUTANTS = tuple(
    Mutant(name, STATE, zh, en, patches, expected)
    for name, zh, en, patches, expected in (
        (
            "double-settle",
            "同一msgid重发时再结算一次。",
            "A settlement sent again under its msgid is settled a second time.",
            (_asked_again(_settle_again),),
            ("*made_twice*",),
        ),
        (
            "duplicate-refused",
            "同一报文重发得到错误，而非原答复。",
            "The same message again gets an error instead of the first reply.",
            (_asked_again(_refuse_again),),
            ("*made_twice*",),
        ),
        (
            "reply-for-other-body",
            "msgid相同、内容不同时仍给原答复。",
            "A used msgid with another body gets the first reply from the cache.",
            (Patch("simulator.core.platform.node:_same", lambda old: lambda one, other: True),),
            ("*another_body*",),
        ),
        (
            "other-body-accepted",
            "用过的msgid配另一内容仍被受理。",
            "A used msgid with another body is carried out.",
            (_asked_again(_decide_other_body),),
            ("*another_body*",),
        ),
        (
            "asked-again-under-new-msgid",
            "结果未知后再问上级时另编msgid。",
            "After an unknown outcome the platform above is asked again under a new msgid.",
            (Patch("simulator.sandbox.links:Link.ask", _another_msgid),),
            ("*break_above*reply_lost-on*",),
        ),
        (
            "time-out-as-success",
            "等待超时按成功答复。",
            "A time-out is answered as a success.",
            (_waking(_as_success),),
            ("*break_above*",),
        ),
        (
            "time-out-as-final",
            "等待超时记为最终失败，重发也不再询问。",
            "A time-out is kept as the final failure: asking again changes nothing.",
            (_waking(_as_final),),
            ("*break_above*",),
        ),
        (
            "passing-refusal-kept",
            "临时性拒绝（如上级不可达）被记为最终答复。",
            "A passing refusal, such as nobody there above, is kept as the final answer.",
            (Patch(f"{_NODE}.answer", _passing_kept), Patch("simulator.core.platform.node:_PASSING", lambda old: ())),
            ("*had_to_wait*",),
        ),
        (
            "reversal-of-nothing",
            "冲正答复成功，但什么也没撤销。",
            "A reversal is answered with success and nothing is undone.",
            (Patch(f"{_ROLE}.reverse", _nothing),),
            ("*what_happened_is_undone*",),
        ),
        (
            "no-tombstone",
            "冲正先到时未留记号，原交易随后仍被受理。",
            "A reversal that comes first leaves no mark, and the original is carried out after it.",
            (Patch(f"{_ROLE}.reverse", _no_tombstone),),
            ("*has_not_happened_is_barred*",),
        ),
        (
            "second-reversal-refused",
            "重复冲正被拒绝。",
            "A second reversal of the same message is refused.",
            (Patch(f"{_HOME}.reversed_again", _second_refused),),
            ("*second_reversal*",),
        ),
        (
            "old-success-after-reversal",
            "冲正后原msgid仍答复当时的成功。",
            "After a reversal the old msgid is answered with the old success.",
            (Patch(f"{_ROLE}.reverse", _reversal_not_void),),
            ("*what_happened_is_undone*2304*",),
        ),
        (
            "old-success-after-cancellation",
            "撤销结算后原msgid仍答复当时的成功。",
            "After a cancellation the old msgid is answered with the old success.",
            (Patch(f"{_ROLE}.close", _close_not_void),),
            ("*cancelled_settlement_sent_again*",),
        ),
        (
            "cancelled-twice",
            "已撤销的结算可再次撤销。",
            "A settlement that is cancelled already can be cancelled again.",
            (Patch("simulator.core.visits.insured_bills:Bills.cancel", _cancelled_again),),
            (
                "*steps_out_of_order*cancelled*",
                "*test_life_cycle*",
            ),
        ),
        (
            "settled-before-discharge",
            "未办出院即可结算。",
            "A stay can be settled before discharge.",
            (Patch("simulator.core.visits.lifecycle:transitions", _before_discharge),),
            ("*steps_out_of_order*admitted*",),
        ),
        (
            "lines-after-settlement",
            "结算后仍可上传费用明细。",
            "Lines are taken after the settlement.",
            (_always("2301", "2204"),),
            (
                "*steps_out_of_order*settled*",
                "*steps_out_of_order*",
            ),
        ),
        (
            "discharge-twice",
            "已出院可再次办理出院。",
            "A person who was discharged can be discharged again.",
            (_always("2402"),),
            ("*steps_out_of_order*discharged*",),
        ),
        (
            "trial-settles",
            "预结算即入账。",
            "A trial is booked as a settlement.",
            (Patch("simulator.core.visits.lifecycle:TRIES", lambda old: frozenset()),),
            ("*trial_says*",),
        ),
        (
            "lines-of-other-visit",
            "明细中夹带其他就诊的记录也被受理。",
            "Lines of another visit are taken among one's own.",
            (Patch(f"{_LINES}:_stray", _nothing),),
            ("*somebody_elses_visit*",),
        ),
        (
            "line-number-reused",
            "明细流水号重复也被受理。",
            "A line with a number that was used already is taken.",
            (Patch(f"{_LINES}:priced", _line_again),),
            ("*line_number_used*",),
        ),
        (
            "cancelled-lines-billed",
            "撤销的明细仍在账单内。",
            "Lines that were cancelled stay on the bill.",
            (Patch(f"{_ROLE}.drop_lines", _nothing),),
            ("*lines_are_cancelled*",),
        ),
        (
            "visit-of-anybody",
            "就诊与人员不符也受理。",
            "A visit answers to whatever person is named.",
            (Patch(f"{_ROLE}.allowed", _of_anybody),),
            ("*another_persons_visit*",),
        ),
        (
            "visit-of-any-hospital",
            "他院的就诊也可由本院办理。",
            "A hospital can go on with the visit of another.",
            (Patch(f"{_ROLE}.allowed", _of_any_hospital),),
            ("*another_hospitals_visit*",),
        ),
        (
            "name-ignored",
            "姓名与证件号不符也查到人员。",
            "A person is found by number though the name is another's.",
            (Patch(f"{_INSURED}._person_info", _without_name),),
            (
                "*card_and_name*",
                "*name_that_differs*",
            ),
        ),
        (
            "sign-in-not-asked",
            "未签到即可办理业务。",
            "A hospital that has not signed in is served.",
            (Patch(f"{_TREATMENT}._institution_problem", _without_sign_in),),
            (
                "*signed_in_as_another*",
                "*refused_here_does_not_go_up*",
            ),
        ),
        (
            "visit-number-reused",
            "不同就诊给出同一就诊号。",
            "Two visits get the same mdtrt_id.",
            (Patch(f"{_TREATMENT}.fold_opened", _same_visit_number),),
            ("*two_visits_do_not*",),
        ),
        (
            "settlement-number-reused",
            "不同结算给出同一结算号。",
            "Two settlements get the same setl_id.",
            (Patch(f"{_INSURED}.next_setl_id", _same_settlement_number),),
            ("*cancelled_settlement_can_be_made*",),
        ),
        (
            "in-city-told-above",
            "本市参保人在本市就医的报文也上传。",
            "What happens inside the city is sent to the platform above.",
            (Patch(f"{_CITY}._decided", _in_city_told),),
            ("*care_inside_the_city*",),
        ),
        (
            "admission-unasked",
            "外地人员入院登记不询问参保地。",
            "A visitor is admitted without asking the place of insurance.",
            (_unasked("2401", "2201"),),
            ("*is_settled*here*",),
        ),
        (
            "discharge-unasked",
            "外地人员出院办理不转发参保地。",
            "A visitor is discharged without telling the place of insurance.",
            (_unasked("2402"),),
            ("*is_settled*here*",),
        ),
        (
            "statement-always-level",
            "对总账一律答复平。",
            "A statement is always found level.",
            (Patch(f"{_STATEMENT}:total_difference", _always_level),),
            ("*test_reconciliation*",),
        ),
        (
            "statement-by-count",
            "对总账只比笔数不比金额。",
            "A statement is compared by its count alone.",
            (Patch(f"{_STATEMENT}:total_difference", _by_count),),
            ("*test_reconciliation*",),
        ),
        (
            "statement-without-refunds",
            "对总账不计撤销的结算。",
            "Cancellations are not counted in the day's totals.",
            (Patch("simulator.core.reconciliation.office:Statements._fold_settled", _refunds_forgotten),),
            ("*test_reconciliation*",),
        ),
    )
)
