"""Mutants of the reference hospital: what goes wrong between a window and its city."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.mutants.mutant import GATEWAY, RULES, STATE, WIRE, Mutant, Patch
from simulator.core.platform.message import Message
from simulator.core.values.money import half_up
from simulator.sandbox.parties import HOSPITAL

_DESK, _PLAYED = "simulator.core.network.hospital:Desk", "simulator.sandbox.playing:Visit"
_LINK, _DO = "simulator.sandbox.links:Link", "simulator.sandbox.control_do:DoCalls"
_SETTLES = frozenset({"2304", "2207", "2102"})
_PER_FEN = 10**8  # millionths of a yuan times ten-thousandths


def _numbered_anew(old: Any) -> Any:
    """Send a settlement that had no answer again under another ``msgid``."""

    async def attempt(self: Any, message: Message, body: bytes) -> Any:
        tried = vars(self).setdefault("tried", {})
        times = tried[message.key] = tried.get(message.key, -1) + 1
        if message.infno in _SETTLES and times:
            msgid = f"{message.msgid[:-4]}{(int(message.msgid[-4:]) + 5_000 + times) % 10_000:04d}"
            body = self._wire.encode(message._replace(key=message.key._replace(msgid=msgid)))
        return await old(self, message, body)

    return attempt


def _left_open(old: Any) -> Any:
    async def on(self: Any, visit: Any, until: str) -> Any:
        if not visit.has_behind(until):
            await self._visits().go_on(visit, {"until": until})
        return await self._ended(visit, until)

    return on


async def _nothing_done(*about: Any) -> None:
    return None


def _in_fields(block: str, **fields: Any) -> Any:
    """Return a patch of what a desk words: each field of a block is what a function makes of the message."""

    def make(old: Any) -> Any:
        def word(self: Any, *said: Any, **more: Any) -> Message:
            made: Message = old(self, *said, **more)
            if block not in made.blocks:
                return made
            return made.with_fields(block, {name: change(made) for name, change in fields.items()})

        return word

    return make


def _plus_one(name: str, block: str = "data") -> Any:
    def more(made: Message) -> int:
        return int(made.block(block)[name]) + 1

    return more


def _unrounded(old: Any) -> Any:
    return property(lambda self: half_up(sum(line.price * line.quantity for line in self.wish.lines), _PER_FEN))


def _passed_over(old: Any) -> Any:
    async def say(self: Any, asked: Message) -> bool:
        done: bool = await old(self, asked)
        if not done and self.state == "refused" and len(self._left) > 1 and self._left[0] == asked.infno:
            del self._left[0]
            return True
        return done

    return say


def _said_to_have(old: Any) -> Any:
    async def sign_in(self: Any, said: Mapping[str, Any]) -> dict[str, Any]:
        return {"outcome": "done", "infno": "9001", "err_msg": ""}

    return sign_in


def _first_number_kept(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        kept = self.desk.sign_no
        old(self, fact)
        self.desk.sign_no = kept or self.desk.sign_no

    return fold


def _settlements_only(old: Any) -> Any:
    def fold(self: Any, fact: Any) -> None:
        if fact.row.totals.rows > 0:
            old(self, fact)

    return fold


def _in_gbk(old: Any) -> Any:
    def payer(person: Any) -> dict[str, Any]:
        return {**old(person), "psn_name": person.name.encode("gbk", "replace").decode("gbk")}

    return payer


def _account_used(old: Any) -> Any:
    def settle(self: Any, *said: Any, **more: Any) -> Message:
        made: Message = old(self, *said, **{**more, "use_account": True})
        return made

    return settle


def _one_left_out(old: Any) -> Any:
    def upload(self: Any, infno: str, word: Any) -> Message:
        made: Message = old(self, infno, word)
        rows = made.rows("feedetail")
        return made._replace(blocks={**made.blocks, "feedetail": rows[:99]}) if len(rows) > 99 else made

    return upload


def _unsigned(old: Any) -> Any:
    return lambda self, infno: {"content-type": "application/json;charset=utf-8"}


def _one_serial(old: Any) -> Any:
    def request(self: Any, *said: Any, **more: Any) -> Message:
        self._serial = 6
        made: Message = old(self, *said, **more)
        return made

    return request


def _without_time(old: Any) -> Any:
    def request(self: Any, *said: Any, **more: Any) -> Message:
        made: Message = old(self, *said, **more)
        msgid = f"{made.msgid[:12]}{'9' * 14}{self._serial % 10_000:04d}"
        return made._replace(key=made.key._replace(msgid=msgid))

    return request


def _further(old: Any) -> Any:
    async def start(self: Any, body: Mapping[str, Any], *more: Any) -> Any:
        return await old(self, {**body, "until": "settled"}, *more)

    return start


def _of_all(old: Any) -> Any:
    def totals(lines: Any) -> Any:
        found = old(lines)
        return found._replace(own_expense=0, in_scope=found.in_scope + found.own_expense)

    return totals


def _drifting(old: Any) -> Any:
    """State a fen more of the fund for each settlement that the day has: what a share rounded up would come to."""

    def statement(self: Any, *said: Any, **more: Any) -> Message:
        made: Message = old(self, *said, **more)
        data = made.block("data")
        return made.with_fields("data", {"fund_pay_sumamt": data["fund_pay_sumamt"] + data["fixmedins_setl_cnt"]})

    return statement


_UNKNOWN, _REFUSED, _STATED = "*hospital/test_unknown*", "*hospital/test_refusals*", "*hospital/test_reconciliation*"
_VISITS, _AMOUNTS = "*hospital/test_visits*", "*hospital/test_amounts*"

MUTANTS = tuple(
    Mutant(f"hospital-{name}", kind, zh, en, patches, expected, HOSPITAL)
    for name, kind, zh, en, patches, expected in (
        (
            "settles-again",
            STATE,
            "医院未得到结算的答复，换一个报文ID再结算。",
            "A hospital settles again under a new msgid where the answer was lost.",
            (Patch(f"{_LINK}._attempt", _numbered_anew),),
            ("*hospital/test_unknown.py::test_a_settlement_without_an_answer*reply_lost*", _UNKNOWN),
        ),
        (
            "leaves-it-open",
            STATE,
            "医院对结果未知的结算既不重发也不冲正，直接重新结算。",
            "A hospital neither asks again nor reverses an unknown outcome, and settles anew.",
            (Patch(f"{_DO}._cleared_up", lambda old: _nothing_done), Patch(f"{_DO}._on", _left_open)),
            ("*hospital/test_unknown.py::test_no_settlement_is_ever_answered*", _UNKNOWN),
        ),
        (
            "gives-up",
            STATE,
            "医院对结果未知的结算就此搁置。",
            "A hospital leaves an unknown outcome at that.",
            (Patch(f"{_DO}._cleared_up", lambda old: _nothing_done),),
            ("*hospital/test_unknown.py::test_no_settlement_is_ever_answered*", _UNKNOWN),
        ),
        (
            "reverses-itself",
            STATE,
            "医院冲正时把冲正报文自己的ID写作原报文ID。",
            "A hospital's reversal names its own msgid as that of the request to reverse.",
            (Patch(f"{_DESK}.reverse", _in_fields("data", omsgid=lambda made: made.msgid)),),
            ("*hospital/test_unknown.py::test_no_settlement_is_ever_answered*", _UNKNOWN),
        ),
        (
            "a-fen-off",
            RULES,
            "住院结算上送的医疗费总额多一分。",
            "The bill of a stay is sent a fen too high.",
            (Patch(f"{_DESK}.settle", _in_fields("data", medfee_sumamt=_plus_one("medfee_sumamt"))),),
            (_VISITS,),
        ),
        (
            "adds-before-rounding",
            RULES,
            "住院费用先相加再四舍五入。",
            "The lines of a stay are added before they are rounded.",
            (Patch(f"{_PLAYED}.bill", _unrounded),),
            (_AMOUNTS,),
        ),
        (
            "class-totals-mixed",
            RULES,
            "门诊结算把丙类自费并入符合范围金额。",
            "What is outside the list is sent with what is in scope when an outpatient bill is settled.",
            (Patch("simulator.core.benefit.bill:totals_of", _of_all),),
            (_AMOUNTS,),
        ),
        (
            "a-line-left-out",
            RULES,
            "满一百行的一批漏传最后一行。",
            "The last line of a full batch is not sent.",
            (Patch(f"{_PLAYED}._upload", _one_left_out),),
            (_AMOUNTS,),
        ),
        (
            "account-always-used",
            RULES,
            "病人不用个人账户，住院结算仍写使用。",
            "The account is used for a stay though the patient does not want it.",
            (Patch(f"{_DESK}.settle", _account_used),),
            ("*hospital/test_visits.py::test_the_account_is_left_alone*",),
        ),
        (
            "unknown-field",
            WIRE,
            "结算报文多出规范没有的字段。",
            "A settlement bears a field that the interface does not have.",
            (Patch(f"{_DESK}.settle", _in_fields("data", his_ver=lambda made: "4.2")),),
            (_VISITS,),
        ),
        (
            "names-in-gbk",
            WIRE,
            "姓名经GBK转换，生僻字变成问号。",
            "Names go through GBK, and rare characters become question marks.",
            (Patch("simulator.core.network.forms:payer", _in_gbk),),
            (_VISITS,),
        ),
        (
            "msgid-repeated",
            WIRE,
            "同一秒内各报文的顺序号相同。",
            "All messages of a second have the same serial number.",
            (Patch(f"{_DESK}._request", _one_serial),),
            (_VISITS,),
        ),
        (
            "msgid-without-time",
            WIRE,
            "报文ID中没有时间。",
            "A msgid does not hold the time.",
            (Patch(f"{_DESK}._request", _without_time),),
            (_VISITS,),
        ),
        (
            "refusal-ignored",
            STATE,
            "一步被拒后照办下一步。",
            "A hospital goes on with the next step when one was refused.",
            (Patch(f"{_PLAYED}._say", _passed_over),),
            (_REFUSED,),
        ),
        (
            "sign-in-forgotten",
            STATE,
            "医院不签到，却说已签到。",
            "A hospital does not sign in, and says that it has.",
            (Patch(f"{_DO}._sign_in", _said_to_have),),
            (_VISITS,),
        ),
        (
            "sign-in-number-kept",
            STATE,
            "重新签到后仍用旧的签到编号。",
            "A hospital goes on under the old number after it has signed in anew.",
            (Patch("simulator.core.network.hospital_system:HospitalSystem._fold_sign_in", _first_number_kept),),
            ("*hospital/test_refusals.py::test_signed_out_behind*",),
        ),
        (
            "does-more-than-asked",
            STATE,
            "要求办到一步，医院径自办到结算。",
            "A hospital that is asked for one step goes on to settle.",
            (Patch("simulator.sandbox.stays:Stays.start", _further),),
            ("*hospital/test_visits.py::test_a_visit_is_played_step_by_step*",),
        ),
        (
            "states-what-was-cancelled",
            STATE,
            "已撤销的结算仍计入当日总账。",
            "What was cancelled stays in the statement of the day.",
            (Patch("simulator.core.network.hospital_system:HospitalSystem._fold_told", _settlements_only),),
            ("*hospital/test_reconciliation.py::test_what_was_cancelled*",),
        ),
        (
            "states-a-fen-more",
            RULES,
            "当日总账的基金支付多一分。",
            "The fund's share in the statement of the day is a fen too high after the first one.",
            (Patch(f"{_DESK}.statement", _drifting),),
            (_STATED,),
        ),
        (
            "unsigned",
            GATEWAY,
            "医院的请求不带签名。",
            "A hospital's calls bear no signature.",
            (Patch(f"{_LINK}._signed", _unsigned),),
            (_VISITS,),
        ),
    )
)
