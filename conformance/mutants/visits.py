"""Mutants that keep visits wrongly: their steps, lines and numbers, whom they ask, and what is stated of them."""

from __future__ import annotations

from typing import Any

from conformance.mutants.mutant import STATE, Mutant, Patch, nothing
from simulator.core.platform.effects import Send
from simulator.core.platform.message import Message
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.transactions import FORWARDED
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.statement import LEVEL
from simulator.core.values.parameters import NotInForce
from simulator.core.visits.treatment import Step

_NODE, _CITY = "simulator.core.platform.node:Node", "simulator.core.network.city:City"
_ROLE = "simulator.core.visits.role:Role"
_INSURED, _TREATMENT = "simulator.core.visits.insured:Insured", "simulator.core.visits.treatment:Treatment"
_HOME, _LINES = "simulator.core.visits.home:Home", "simulator.core.visits.lines"
_STATEMENT = "simulator.core.reconciliation.statement"


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
            (Patch(f"{_LINES}:_stray", nothing),),
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
            (Patch(f"{_ROLE}.drop_lines", nothing),),
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
