"""Mutants of a province: what passes through it is changed, lost, sent elsewhere, or answered by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from conformance.mutants import gateway, passing, state
from conformance.mutants.mutant import GATEWAY, STATE, WIRE, Mutant, Patch
from conformance.mutants.texts import LINK, passed_on
from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Message
from simulator.core.platform.node import Node
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.turn import Turn
from simulator.core.visits.requests import data_of

PROVINCE = "province"
_ROUTER, _PROVINCE = "simulator.core.network.router:Router", "simulator.core.network.province:Province"


# -- on the way on ---------------------------------------------------------------------------------------------------


def _without_department(message: Message) -> Message:
    if message.infno != "2401":
        return message
    kept = {name: value for name, value in message.block("mdtrtinfo").items() if name != "adm_dept_name"}
    return message._replace(blocks=MappingProxyType({**message.blocks, "mdtrtinfo": MappingProxyType(kept)}))


def _swapped(message: Message) -> Message:
    if message.infno != "2401":
        return message
    info = message.block("mdtrtinfo")
    return message.with_fields("mdtrtinfo", {"ipt_no": info["adm_bed"], "adm_bed": info["ipt_no"]})


def _last_line_lost(message: Message) -> Message:
    rows = message.rows("feedetail")
    few = len(rows) <= 1
    return message if few else message._replace(blocks=MappingProxyType({**message.blocks, "feedetail": rows[:-1]}))


def _normalised(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFKC", value)
    if isinstance(value, tuple):
        return tuple(map(_normalised, value))
    return (
        MappingProxyType({name: _normalised(each) for name, each in value.items()})
        if hasattr(value, "items")
        else value
    )


def _half_width(message: Message) -> Message:
    return message._replace(blocks=_normalised(message.blocks))


def _neighbour(old: Any) -> Any:
    def next_hop(self: Any, area: str) -> str:
        towns = [code for code in self.registry.cities if self.registry.province_of(code) == self.code]
        to: str = old(self, area)
        return towns[(towns.index(to) + 1) % len(towns)] if to in towns else to

    return next_hop


def _all_to_the_ministry(old: Any) -> Any:
    return lambda self, area: self.ministry if self.registry.city_of(area) else old(self, area)


def _first_city_for_others(old: Any) -> Any:
    def next_hop(self: Any, area: str) -> str:
        to: str = old(self, area)
        return next(iter(self.registry.cities)) if to == self.ministry else to

    return next_hop


# -- what is checked -------------------------------------------------------------------------------------------------


def _unchecked(old: Any) -> Any:
    return lambda self, turn, asked: None


def _others_let_through(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Message | None:
        found: Message | None = old(self, turn, asked)
        refused = found is not None and found.infcode == REFUSALS["not_for_this_platform"].code
        return None if refused else found

    return problem


def _filing_demanded(old: Any) -> Any:
    def problem(self: Any, turn: Turn, asked: Message) -> Message | None:
        found: Message | None = old(self, turn, asked)
        if found is not None or asked.infno != "2401":
            return found
        filed = self.filings.book.of(asked.block("mdtrtinfo")["psn_no"])
        return None if filed else turn.refuse(asked, "not_filed", asked.treatment_area, turn.now.date(), "-")

    return problem


def _answered_from_memory(old: Any) -> Any:
    """Answer a query as the same person's was answered before: a cache that nothing empties."""
    told: dict[tuple[str, str], Message] = {}

    def complete(self: Any, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
        if asked.infno in _QUERIES and reply.succeeded:
            told[asked.infno, _person(asked)] = reply
        return old(self, turn, asked, prepared, reply)  # type: ignore[no-any-return]

    def decide(self: Any, turn: Turn, asked: Message) -> bool:
        known = told.get((asked.infno, _person(asked))) if asked.infno in _QUERIES else None
        if known is not None:
            self.answer(turn, asked, known._replace(key=asked.key))
        return known is not None

    complete.decide = decide  # type: ignore[attr-defined]
    return complete


_QUERIES = frozenset({"5201", "5206"})


def _person(asked: Message) -> str:
    return str(data_of(asked).get("psn_no", ""))


def _decides_first(old: Any) -> Any:
    def decide(self: Any, turn: Turn, asked: Message) -> None:
        before = getattr(type(self).complete, "decide", None)
        if before is None or not before(self, turn, asked):
            old(self, turn, asked)

    return decide


# -- on the way back -------------------------------------------------------------------------------------------------


def _completing(change: Callable[[Message], Message]) -> Patch:
    """Return a patch of what comes back from beyond."""

    def make(old: Any) -> Any:
        def complete(self: Any, turn: Turn, asked: Message, prepared: Any, reply: Message) -> Message:
            return change(old(self, turn, asked, prepared, reply))

        return complete

    return Patch(f"{_ROUTER}.complete", make)


def _fen_less(reply: Message) -> Message:
    info = reply.blocks.get("setlinfo")
    if info is None or isinstance(info, tuple) or "fund_pay_sumamt" not in info:
        return reply
    return reply.with_fields("setlinfo", {"fund_pay_sumamt": info["fund_pay_sumamt"] - 1})


def _success(reply: Message) -> Message:
    return reply if reply.succeeded else reply._replace(infcode=0)


def _reworded(reply: Message) -> Message:
    return reply if reply.succeeded else reply.with_head(err_msg="参保地拒绝")


def _one_code(reply: Message) -> Message:
    return reply if reply.succeeded else reply._replace(infcode=-1)


def _numbered_anew(reply: Message) -> Message:
    info = reply.blocks.get("setlinfo")
    if info is None or isinstance(info, tuple) or not info.get("setl_id"):
        return reply
    return reply.with_fields("setlinfo", {"setl_id": f"P{info['setl_id']}"})


def _late_lost(old: Any) -> Any:
    """Refuse for good what was given up once: the answer that came meanwhile is thrown away."""
    return state._waking(state._as_final).make(old)


def _told_as_late(old: Any) -> Any:
    return lambda self, asked, why: old(self, asked, why)._replace(infcode=REFUSALS["outcome_unknown"].code)


def _final_refusal(old: Any) -> Any:
    return lambda self, asked, why: old(self, asked, why)._replace(infcode=REFUSALS["not_for_this_platform"].code)


def _no_tombstone(old: Any) -> Any:
    def take(self: Node, turn: Turn, asked: Message) -> None:
        known = self._exchanges.get(asked.key)
        if asked.key in self._void and known is not None and known.reply is not None:
            turn.effects.append(Reply(known.reply))
            return
        old(self, turn, asked)

    return take


def _whoever_treats(old: Any) -> Any:
    def speaker(self: Any, asked: Message) -> Any:
        city = self._registry.city_of(asked.treatment_area)
        return next((each for each in self.parties.values() if each.code == city), old(self, asked))

    return speaker


_GATEWAY = {
    "wrong-secret-accepted": ("*not_signed_as_agreed*broken*",),
    "stale-time-accepted": ("*not_signed_as_agreed*stale*",),
    "replayed-nonce-accepted": ("*not_signed_as_agreed*replayed*",),
    "speaks-for-others": ("*somebody_else*",),
    "schema-unchecked": ("*hostile_input*",),
}
"""Those of a city's gateway that a province may have as well, with the cases that kill them."""


def _patch(place: str, make: Callable[[Any], Any]) -> tuple[Patch]:
    return (Patch(place, make),)


MUTANTS = tuple(
    Mutant(f"province-{name}", kind, zh, en, patches, expected, role=PROVINCE)
    for name, kind, zh, en, patches, expected in (
        (
            "bill-a-fen-more",
            WIRE,
            "省平台转发结算时总额多出一分。",
            "A province passes the bill on a fen higher.",
            (passed_on(passing._fen_more),),
            ("*amounts_stay*",),
        ),
        (
            "field-dropped",
            WIRE,
            "省平台转发入院登记时漏掉科室名称。",
            "A province drops the name of the ward from an admission.",
            (passed_on(_without_department),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "fields-swapped",
            WIRE,
            "省平台转发入院登记时住院号与床号对调。",
            "A province swaps the numbers of stay and bed of an admission.",
            (passed_on(_swapped),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "last-line-lost",
            WIRE,
            "省平台转发明细时少一条。",
            "A province loses the last line of an upload.",
            (passed_on(_last_line_lost),),
            ("*many_lines*",),
        ),
        (
            "half-width",
            WIRE,
            "省平台把全角字符转成半角。",
            "A province turns full-width characters into half-width ones.",
            (passed_on(_half_width),),
            ("*texts_are_kept*",),
        ),
        (
            "rare-characters-lost",
            WIRE,
            "省平台转发时生僻字变成问号。",
            "Rare characters become question marks on their way through a province.",
            (passed_on(passing._rare_passed_on_as_marks),),
            ("*test_people_of_every_kind*",),
        ),
        (
            "under-another-msgid",
            WIRE,
            "省平台转发时改用自己的msgid。",
            "A province passes on under a msgid of its own.",
            (passed_on(passing._own_msgid),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "duplicate-as-new",
            STATE,
            "省平台重问时换一个msgid，当作新的业务。",
            "A province asks again under another msgid, as if it were new.",
            _patch(f"{LINK}.ask", state._another_msgid),
            ("*break_beyond*",),
        ),
        (
            "to-the-wrong-city",
            WIRE,
            "省平台把报文转给另一个市。",
            "A province passes on to another city than the one insured in.",
            _patch(f"{_PROVINCE}.next_hop", _neighbour),
            ("*each_step_goes_on_once*",),
        ),
        (
            "all-to-the-ministry",
            WIRE,
            "省平台把省内的报文也转给部平台。",
            "A province sends the ministry what is for its own cities.",
            _patch(f"{_PROVINCE}.next_hop", _all_to_the_ministry),
            ("*each_step_goes_on_once*",),
        ),
        (
            "ministry-skipped",
            WIRE,
            "省平台不经部平台，把外省的报文转给本省一市。",
            "A province passes what is for another province to a city of its own, past the ministry.",
            _patch(f"{_PROVINCE}.next_hop", _first_city_for_others),
            ("*each_step_goes_on_once*out*",),
        ),
        (
            "nothing-checked",
            STATE,
            "省平台不核对区划和交易，一律转发。",
            "A province passes on whatever comes, its areas and transactions unchecked.",
            _patch(f"{_PROVINCE}.problem", _unchecked),
            ("*unknown_area*", "*local_goes*"),
        ),
        (
            "back-to-the-ministry",
            STATE,
            "省平台把两个外省之间的报文再转回部平台。",
            "A province sends what is between other provinces back to the ministry.",
            _patch(f"{_PROVINCE}.problem", _others_let_through),
            ("*no_city_here*",),
        ),
        (
            "filing-demanded",
            STATE,
            "省平台拒绝没有备案副本的入院登记，尽管政策包放行。",
            "A province refuses an admission that its copy has no filing for, though the pack lets it pass.",
            _patch(f"{_PROVINCE}.problem", _filing_demanded),
            ("*every_kind_of_filing*", "*filings_across*"),
        ),
        (
            "answers-from-memory",
            STATE,
            "省平台用先前的答复回答新的查询。",
            "A province answers a query with what it was told before.",
            (Patch(f"{_ROUTER}.complete", _answered_from_memory), Patch(f"{_ROUTER}.decide", _decides_first)),
            ("*asked_anew*",),
        ),
        (
            "reply-for-other-body",
            STATE,
            "省平台对用过的msgid只认号码，另一报文体也给旧答复。",
            "A province gives the old reply to another body under a used msgid.",
            _patch("simulator.core.platform.node:_same", lambda old: lambda one, other: True),
            ("*another_body*",),
        ),
        (
            "fund-a-fen-less",
            WIRE,
            "省平台传回的基金支付少一分。",
            "A province tells a fen less of the funds' part on the way back.",
            (_completing(_fen_less),),
            ("*amounts_stay*",),
        ),
        (
            "refusal-as-success",
            WIRE,
            "省平台把参保地的拒绝传成成功。",
            "A province makes a refusal of the city of insurance a success.",
            (_completing(_success),),
            ("*refusal_comes_back*",),
        ),
        (
            "refusal-reworded",
            WIRE,
            "省平台改写参保地的拒绝原因。",
            "A province puts its own words for the reason of a refusal.",
            (_completing(_reworded),),
            ("*refusal_comes_back*",),
        ),
        (
            "one-code-for-all",
            WIRE,
            "省平台把所有拒绝的状态码都改为-1。",
            "A province gives every refusal the same code.",
            (_completing(_one_code),),
            ("*refusal_comes_back*",),
        ),
        (
            "numbers-anew",
            WIRE,
            "省平台给结算另编号码。",
            "A province gives settlements numbers of its own.",
            (_completing(_numbered_anew),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "late-answer-lost",
            STATE,
            "省平台等不到答复即作终局拒绝，迟到的答复丢弃。",
            "A province makes a time-out final and throws the late answer away.",
            _patch("simulator.core.platform.node:Node.wake", _late_lost),
            ("*too_late*", "*break_beyond*"),
        ),
        (
            "time-out-as-success",
            STATE,
            "省平台等不到答复就报成功。",
            "A province tells success where no answer has come.",
            (state._waking(state._as_success),),
            ("*down_is_told*", "*break_beyond*"),
        ),
        (
            "down-told-as-late",
            STATE,
            "没有送出的，省平台也答“结果未知”。",
            "A province tells an unknown outcome where nothing was sent.",
            _patch("simulator.sandbox.links:NotSent.reply", _told_as_late),
            ("*down_is_told*denied*",),
        ),
        (
            "down-as-final",
            STATE,
            "对方不可达时，省平台作终局拒绝。",
            "A province refuses for good what it could not send.",
            _patch("simulator.sandbox.links:NotSent.reply", _final_refusal),
            ("*down_is_told*denied*",),
        ),
        (
            "no-tombstone",
            STATE,
            "业务已冲正或撤销，省平台仍答原来的成功。",
            "A province answers with the old success what was reversed or cancelled.",
            _patch("simulator.core.platform.node:Node._take_request", _no_tombstone),
            ("*cancelled_settlement_sent_again*", "*what_happened_is_undone*"),
        ),
        (
            "unsigned-accepted",
            GATEWAY,
            "省平台也受理未签名的请求，以就医地为调用方。",
            "A province lets in calls without a signature, as if from the city of treatment.",
            (
                Patch("simulator.sandbox.gate:Gate.check", gateway._unsigned),
                Patch("simulator.sandbox.parties:Directory.speaker", _whoever_treats),
            ),
            ("*not_signed_as_agreed*none*",),
        ),
        *(
            (each.name, GATEWAY, f"省平台：{each.zh}", f"Of a province: {each.en}", each.patches, expected)
            for each in gateway.MUTANTS
            for expected in [_GATEWAY.get(each.name, ())]
            if expected
        ),
    )
)
