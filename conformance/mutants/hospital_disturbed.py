"""Mutants of the reference hospital: what goes wrong with a strange answer, at midnight and after a new start."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from conformance.mutants.mutant import RULES, STATE, Mutant, Patch
from simulator.core.benefit.rules import CHRONIC, OUTPATIENT
from simulator.core.network.forms import NO_DISEASE
from simulator.core.network.hospital_system import HospitalSystem
from simulator.core.network.told import is_answer
from simulator.core.platform.message import Message
from simulator.core.platform.turn import Turn
from simulator.core.reconciliation.totals import Totals
from simulator.core.visits.lifecycle import SETTLES
from simulator.sandbox.parties import HOSPITAL
from simulator.sandbox.playing import ASKED, GOES_ON

_TOLD, _SYSTEM = "simulator.core.network.told", "simulator.core.network.hospital_system:HospitalSystem"
_DIARY, _PLAYED = "simulator.sandbox.diary:Diary", "simulator.sandbox.playing:Visit"
_DESK, _ROUTER = "simulator.core.network.hospital:Desk", "simulator.core.network.router:Router"
_DESK_OUT = "simulator.core.network.outpatient_requests:OutpatientRequests"
_DAY = dt.timedelta(days=1)


def _anything(old: Any) -> Any:
    return lambda *about: True


def _by_schema_alone(old: Any) -> Any:
    return lambda self, instance: self._fast.is_valid(instance)


# -- answers ----------------------------------------------------------------------------------------------------------


def _refused(old: Any) -> Any:
    """Take an answer that cannot be one for a refusal, for good."""

    def take(self: Any, turn: Turn, reply: Message) -> None:
        asked = self.known_request(reply.key)
        if asked is None or is_answer(asked, reply):
            old(self, turn, reply)
        elif self._exchanges[reply.key].waiting:
            refusal = turn.refuse(asked, "shares_do_not_add_up")
            self.answer(turn, asked, refusal)

    return take


def _whenever_it_comes(old: Any) -> Any:
    def take(self: Any, turn: Turn, reply: Message) -> None:
        if reply.infno in SETTLES:
            self._void.discard(reply.key)
        old(self, turn, reply)

    return take


def _booked_each_time(old: Any) -> Any:
    """Book a settlement once more when it was asked for again and is answered."""

    async def say(self: Any, asked: Message) -> Any:
        said = vars(self).setdefault("said", set())
        again = asked.infno in SETTLES and asked.key in said
        said.add(asked.key)
        exchange, reply = await old(self, asked)
        if again and reply is not None and reply.succeeded:
            info = reply.block("setlinfo")
            group = str(info["setl_time"])[:10], str(info["insutype"]), str(info["clr_type"])
            sums = Totals(1, info["medfee_sumamt"], info["fund_pay_sumamt"], info["acct_pay"])
            self.desk.by_day.add(group, sums)
        return exchange, reply

    return say


# -- days -------------------------------------------------------------------------------------------------------------


def _two_days_as_one(old: Any) -> Any:
    def statement(self: Any, now: dt.datetime, day: dt.date, insutype: str, care: str) -> Message:
        made: Message = old(self, now, day, insutype, care)
        data = made.block("data")
        before = self.by_day.group(((day - _DAY).isoformat(), insutype, data["clr_type"]))
        names = ("fixmedins_setl_cnt", "medfee_sumamt", "fund_pay_sumamt", "acct_pay")
        return made.with_fields("data", {name: data[name] + more for name, more in zip(names, before, strict=True)})

    return statement


def _on_the_day_it_was_settled(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        settled = {each.row.setl_id: each.row.at for each in self._passed.values() if not each.row.refund}
        at = settled.get(fact.row.init_setl_id, fact.row.at)
        old(self, fact._replace(row=fact.row._replace(at=at)))

    return fold


def _by_its_own_clock(old: Any) -> Any:
    def log(self: Any, turn: Turn, asked: Message, reply: Message) -> None:
        old(self, turn, asked, reply.with_fields("setlinfo", {"setl_time": f"{turn.now:%Y-%m-%d %H:%M:%S}"}))

    return log


# -- chronic care -----------------------------------------------------------------------------------------------------


def _without_disease(old: Any) -> Any:
    def upload(self: Any, *said: Any, batch: str, disease: Any) -> Message:
        made: Message = old(self, *said, batch=batch, disease=NO_DISEASE)
        return made

    return upload


def _clearing_type_of_outpatients(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        row = fact.row
        old(self, fact._replace(row=row._replace(clr_type="11") if row.clr_type == "14" else row))

    return fold


# -- parts of a stay --------------------------------------------------------------------------------------------------


def _not_marked(old: Any) -> Any:
    def settle(self: Any, *said: Any, use_account: bool, part: bool) -> Message:
        made: Message = old(self, *said, use_account=use_account)
        return made

    return settle


def _parts_forgotten(old: Any) -> Any:
    def recall(self: Any, notes: Iterable[tuple[Any, ...]]) -> None:
        told = {note[1].msgid for note in notes if note[0] == ASKED and note[1].infno in {"2303", "2304"}}
        kept = (note for note in notes if note[0] == GOES_ON or _msgid(note) not in told)
        old(self, ((kind, *what[:-1], False) if kind == GOES_ON else (kind, *what) for kind, *what in kept))

    return recall


def _msgid(note: tuple[Any, ...]) -> str:
    return note[1].msgid if isinstance(note[1], Message) else ""


# -- a new start ------------------------------------------------------------------------------------------------------


def _unanswered_forgotten(old: Any) -> Any:
    def recall(self: Any, notes: Iterable[tuple[Any, ...]]) -> None:
        kept = list(notes)
        old(self, kept[:-1] if kept and kept[-1][0] == ASKED else kept)

    return recall


def _restored(forget: Callable[[HospitalSystem], None]) -> Patch:
    """Return a patch of how a process starts from its journal."""

    def make(old: Any) -> Any:
        def restore(self: Any) -> int:
            folded: int = old(self)
            for node in self.host.nodes.values():
                if isinstance(node, HospitalSystem):
                    forget(node)
            return folded

        return restore

    return Patch("simulator.sandbox.engine:Engine.restore", make)


_PARTS = "*hospital/test_parts.py"
_CARE = "*hospital/test_care.py"
_REPLIES, _DAYS, _RESTART = "*hospital/test_replies.py", "*hospital/test_days.py", "*hospital/test_restart.py"

MUTANTS = tuple(
    Mutant(f"hospital-{name}", kind, zh, en, patches, expected, HOSPITAL)
    for name, kind, zh, en, patches, expected in (
        (
            "takes-what-does-not-add-up",
            RULES,
            "医院采信各项金额不平衡的结算答复。",
            "A hospital takes a settlement whose amounts do not add up.",
            (Patch("schemas.validator:Validator.is_valid", _by_schema_alone),),
            (f"{_REPLIES}::test_amounts_that_cannot_be*not_adding*",),
        ),
        (
            "takes-another-bill",
            RULES,
            "医院采信与上送总额差一分的结算答复。",
            "A hospital takes a settlement that is a fen off its own bill.",
            (Patch(f"{_TOLD}:is_of_the_bill", _anything),),
            (f"{_REPLIES}::test_amounts_that_cannot_be*another_bill*",),
        ),
        (
            "takes-an-answer-to-somebody-else",
            STATE,
            "医院不核对答复是谁的、哪次就诊的、答复哪条报文。",
            "A hospital does not look whose an answer is, of which visit and to which message.",
            (Patch(f"{_TOLD}:is_about", _anything),),
            (f"{_REPLIES}::test_an_answer_to_somebody_else*",),
        ),
        (
            "strange-answer-for-a-refusal",
            STATE,
            "医院把不能采信的结算答复当作被拒，不冲正就重新结算。",
            "A hospital takes an answer that cannot be one for a refusal, and settles anew without a reversal.",
            (Patch(f"{_SYSTEM}._take_reply", _refused),),
            (f"{_REPLIES}::test_amounts_that_cannot_be*",),
        ),
        (
            "books-an-answer-twice",
            STATE,
            "重发之后得到的结算答复，医院再记一次账。",
            "A hospital books a settlement once more when it has asked again and is answered.",
            (Patch("simulator.sandbox.hospital_role:OwnCounter.say", _booked_each_time),),
            (f"{_REPLIES}::test_an_answer_that_comes_twice*",),
        ),
        (
            "takes-an-answer-after-the-reversal",
            STATE,
            "结算冲正之后才到的答复，医院照记。",
            "A hospital books an answer that comes when it has reversed the settlement.",
            (Patch(f"{_SYSTEM}._take_reply", _whenever_it_comes),),
            (f"{_REPLIES}::test_an_answer_after_the_reversal*",),
        ),
        (
            "states-two-days-as-one",
            STATE,
            "医院过了零点，总账仍连前一天一起报。",
            "Past midnight a hospital states the day before along with the new one.",
            (Patch(f"{_DESK}.statement", _two_days_as_one),),
            (f"{_DAYS}::test_each_day_is_stated_by_itself*",),
        ),
        (
            "cancellation-of-the-day-before",
            STATE,
            "次日撤销的，医院从结算当天的总账中减去。",
            "A hospital takes what is cancelled the next day off the day it was settled on.",
            (Patch(f"{_SYSTEM}._fold_told", _on_the_day_it_was_settled),),
            (f"{_DAYS}::test_cancelled_the_next_day*",),
        ),
        (
            "day-of-its-own-clock",
            STATE,
            "医院按收到答复的时间而非结算时间归日。",
            "A hospital books a settlement on the day it hears of it, not on the day it was made.",
            (Patch(f"{_ROUTER}._log_settlement", _by_its_own_clock),),
            (f"{_DAYS}::test_settled_around_midnight*",),
        ),
        (
            "disease-left-out",
            RULES,
            "门诊慢特病的明细不写病种。",
            "The fee lines of chronic care do not name the disease.",
            (Patch(f"{_DESK_OUT}.upload_batch", _without_disease),),
            (f"{_CARE}::test_a_chronic_disease_is_settled*",),
        ),
        (
            "chronic-care-as-ordinary",
            RULES,
            "门诊慢特病按普通门诊的医疗类别上传。",
            "Chronic care is sent as ordinary outpatient care.",
            (Patch("simulator.sandbox.playing:MED_TYPES", lambda old: {**old, CHRONIC: old[OUTPATIENT]}),),
            (f"{_CARE}::test_a_chronic_disease_is_settled*",),
        ),
        (
            "chronic-care-stated-as-ordinary",
            RULES,
            "当日总账把门诊慢特病并入普通门诊。",
            "Chronic care is stated with ordinary outpatient care.",
            (Patch(f"{_SYSTEM}._fold_told", _clearing_type_of_outpatients),),
            (f"{_CARE}::test_chronic_care_is_stated_apart*",),
        ),
        (
            "part-not-marked",
            RULES,
            "中途结算不写中途结算标志。",
            "A part of a stay is settled without being marked as one.",
            (Patch(f"{_DESK}.settle", _not_marked),),
            (f"{_PARTS}::test_a_stay_is_settled_in_parts*",),
        ),
        (
            "parts-settled-again",
            RULES,
            "出院结算把中途已结的费用再算一遍。",
            "The bill at the discharge holds what was settled in parts once more.",
            (Patch(f"{_PLAYED}._settled_in_parts", lambda old: property(lambda self: 0)),),
            (f"{_PARTS}::test_a_stay_is_settled_in_parts*",),
        ),
        (
            "parts-forgotten-at-restart",
            STATE,
            "医院系统重启后忘记此前的中途结算。",
            "A restart makes a hospital forget that a stay was settled in parts.",
            (Patch(f"{_PLAYED}.recall", _parts_forgotten),),
            (f"{_PARTS}::test_a_restart_between_two_parts*",),
        ),
        (
            "visits-forgotten-at-restart",
            STATE,
            "医院系统重启后不认得已开始的就诊，从头再办。",
            "A restart makes a hospital forget which visits it has begun: it begins them anew.",
            (Patch(f"{_DIARY}.number_of", lambda old: lambda self, name: ""),),
            (f"{_RESTART}::test_a_restart_between_every_two_steps*",),
        ),
        (
            "unanswered-forgotten-at-restart",
            STATE,
            "医院系统重启后忘记尚无答复的报文，换报文ID再办。",
            "A restart makes a hospital forget what had no answer yet: it does it again under another msgid.",
            (Patch(f"{_PLAYED}.recall", _unanswered_forgotten),),
            (f"{_RESTART}::test_killed_in_the_middle_of_a_settlement*",),
        ),
        (
            "day-forgotten-at-restart",
            STATE,
            "医院系统重启后当日总账从零开始。",
            "A restart makes a hospital forget what it has to state of the day.",
            (_restored(lambda system: system.desk.by_day._spans.clear()),),
            (f"{_RESTART}::test_the_day_is_remembered*",),
        ),
    )
)
