"""What a hospital owes its city, as rules about each of its requests.

A hospital is free in what it does and when, so it is not compared with a model. It is held to the interface (numbering,
order, amounts), to what it was asked to do (person, lines, account) and to what it was told (numbers, refusals).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from conformance.hospital.chart import (
    BILLS,
    OF_NOBODY,
    OF_PARTS,
    REVERSAL,
    SETTLES,
    SIGN_IN,
    SIGN_OUT,
    UPLOADS,
    Chart,
    fields_of,
    is_part,
    step_of,
)
from conformance.stage import Wrong
from conformance.visit import MED_TYPES
from simulator.core.benefit.bill import TOTAL_FIELDS, totals_of
from simulator.core.platform.message import Key, Message
from simulator.core.platform.refusals import REFUSALS
from simulator.core.values.areas import Institution
from simulator.inputs.wire import Wire

NUMBERED, SENT, ORDER, TWICE, UNRESOLVED, REFUSED, CLAIMED = (
    "numbered",
    "sent",
    "order",
    "twice",
    "unresolved",
    "refused",
    "claimed",
)
"""Kinds of what is wrong, beside those of a city."""
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "2301": ("2401",),
    "2302": ("2301",),
    "2402": ("2401",),
    "2404": ("2401",),
    "2405": ("2402",),
    "2303": ("2301",),
    "2304": ("2301", "2402"),
    "2303+": ("2301",),
    "2304+": ("2301",),
    "2305": ("2304",),
    "2202": ("2201",),
    "2203": ("2201",),
    "2204": ("2203",),
    "2205": ("2204",),
    "2206": ("2204",),
    "2207": ("2204",),
    "2208": ("2207",),
    "2103": ("2102",),
}
"""What must have succeeded, as far as the hospital knows, before a step is taken."""
_OF_DISEASE: Mapping[str, Mapping[str, str]] = {"2203": {"mdtrtinfo": ""}, "2204": {"feedetail": "/{}"}}
"""Blocks that name a chronic disease, and how their rows are counted in a place."""
_NOT_SIGNED_IN, _REVERSED = (REFUSALS[name].code for name in ("not_signed_in", "reversed"))

Breach = tuple[str, Any, Any]
"""Where, what was expected, and what came."""


class Turn(NamedTuple):
    """A request and what became of it: the city's reply (None: none), and whether it reached the hospital.

    ``standing`` is how many settlements of its person stood in the city before it; ``staged``: the reply is not the
    city's own but a refusal that the case wants.
    """

    asked: Message
    reply: Message | None
    heard: bool
    standing: int
    staged: bool = False


class Duties:
    """Judges the requests of one hospital in one case; ``charts`` are the visits it was given.

    ``lenient`` while the city may well have to refuse what it is sent.
    """

    def __init__(self, hospital: Institution) -> None:
        self.hospital = hospital
        self.charts: list[Chart] = []
        self.sign_no = ""
        self.lenient = False
        self.seen: dict[Key, Message] = {}

    def chart_of(self, asked: Message) -> Chart | None:
        """Return the visit that a request is about."""
        return next((chart for chart in self.charts if chart.is_about(asked)), None)

    def judge(self, turn: Turn, line: int) -> list[Wrong]:
        """Return what is wrong with a request, and take in what became of it."""
        asked, chart = turn.asked, self.chart_of(turn.asked)
        rules = _AGAIN if asked.key in self.seen else _FIRST
        found = [
            Wrong(kind, asked.infno, place, _said(expected), _said(received), line)
            for kind, rule in rules
            for place, expected, received in rule(self, chart, turn)
        ]
        expected = turn.staged or self.lenient or bool(found) or self._outrun(turn)
        if turn.reply is not None and not turn.reply.succeeded and not expected:
            said = f"{turn.reply.infcode} {turn.reply.head.get('err_msg', '')}"
            found.append(Wrong(REFUSED, asked.infno, "/infcode", "0", said, line))
        self._note(chart, turn)
        return found

    def _note(self, chart: Chart | None, turn: Turn) -> None:
        asked, reply = turn.asked, turn.reply
        self.seen.setdefault(asked.key, asked)
        if reply is None or not turn.heard:
            if chart is not None:
                chart.unheard(asked)
            return
        if asked.infno == SIGN_IN and reply.succeeded:
            self.sign_no = str(reply.block("signinoutb")["sign_no"])
        elif reply.infcode == _NOT_SIGNED_IN or (asked.infno == SIGN_OUT and reply.succeeded):
            self.sign_no = ""
        if chart is not None and (not self._outrun(turn) or (chart.open is not None and chart.open.key == asked.key)):
            chart.told(asked, reply)

    def _outrun(self, turn: Turn) -> bool:
        """Tell whether a request was sent again, and its reversal has come before that copy: that tells nothing new."""
        return turn.asked.key in self.seen and turn.reply is not None and turn.reply.infcode == _REVERSED


# -- numbering --------------------------------------------------------------------------------------------------------


def _one_message(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """What is sent again under a ``msgid`` is the same request."""
    first = duties.seen[turn.asked.key]
    if first.infno != turn.asked.infno:
        yield "/infno", first.infno, turn.asked.infno
    elif Wire.canonical(first) != Wire.canonical(turn.asked):
        yield "/input", f"the input first sent under {first.msgid}", "another input"


# -- what it sends ----------------------------------------------------------------------------------------------------


def _head(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """The hospital speaks as itself, from its own area, and about the person's."""
    asked, own = turn.asked, duties.hospital
    if asked.party != own.code:
        yield "/fixmedins_code", own.code, asked.party
    if asked.treatment_area != own.area:
        yield "/mdtrtarea_admvs", own.area, asked.treatment_area
    if chart is not None and asked.insured_area != chart.wish.person.insured_area:
        yield "/insuplc_admdvs", chart.wish.person.insured_area, asked.insured_area


def _somebody(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """It asks about nobody but the people it was given."""
    if chart is None and turn.asked.infno not in OF_NOBODY:
        yield "/input", "somebody it was given", "somebody else"


def _person(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """The person is the one it was given, and the numbers those it was told."""
    if chart is None:
        return
    person = chart.wish.person
    right = {"psn_no": person.psn_no, "certno": person.certno, "psn_name": person.name}
    right |= {"insutype": person.insutype, "psn_type": person.psn_type}
    if chart.mdtrt_id:
        right["mdtrt_id"] = chart.mdtrt_id
    for place, name, value in fields_of(turn.asked):
        if name in right and value != right[name]:
            yield place, right[name], value
        if name == "setl_id" and value not in chart.settled:
            yield place, ", ".join(chart.settled), value


def _kind(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """The kind of care is what it was asked to play, and a chronic disease the one it was given."""
    if chart is None:
        return
    right = {"med_type": MED_TYPES[chart.wish.care]}
    if chart.wish.disease.code:
        right["dise_codg"] = chart.wish.disease.code
        for block, rows in _OF_DISEASE.get(turn.asked.infno, {}).items():
            for number, row in enumerate(turn.asked.rows(block)):
                if "dise_codg" not in row:
                    yield f"/input/{block}{rows.format(number)}/dise_codg", right["dise_codg"], ""
    for place, name, value in fields_of(turn.asked):
        if name in right and value != right[name]:
            yield place, right[name], value


def _lines(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """It charges the lines it was given, no others and none twice; what each comes to is checked by the schema."""
    block = UPLOADS.get(turn.asked.infno, "")
    rows = turn.asked.rows(block) if block else ()
    if chart is None or not rows:
        return
    known = () if turn.asked.infno in BILLS else tuple(chart.lines.values())
    given = Counter((line.item.code, line.price, line.quantity) for line in chart.wish.lines)
    there = Counter((row["med_list_codg"], row["pric"], row["cnt"]) for row in (*known, *rows))
    for (code, _, _), times in (there - given).items():
        yield f"/input/{block}", "only the lines it was given", f"{times} x {code}"


def _bill(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """A bill is the sum of its rounded lines, in whole and by class, and paid from where it was asked to be.

    A part is one when it was asked for, and of what is not settled yet.
    """
    asked = turn.asked
    if chart is None or asked.infno not in BILLS:
        return
    block = "druginfo" if "druginfo" in asked.blocks else "data"
    data = asked.block(block)
    right: dict[str, Any] = {"medfee_sumamt": chart.bill, "acct_used_flag": "1" if chart.wish.use_account else "0"}
    if asked.infno == "2207":
        right |= dict(zip(TOTAL_FIELDS, totals_of(chart.wish.lines), strict=True))
    if asked.infno in OF_PARTS and is_part(asked) != chart.parting:
        yield f"/input/{block}/mid_setl_flag", "1" if chart.parting else "0", data.get("mid_setl_flag", "")
    for name, value in right.items():
        if data.get(name, value) != value:
            yield f"/input/{block}/{name}", value, data[name]


def _reversal(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """A reversal names a request of the same person, by its own ``msgid`` and number."""
    if turn.asked.infno != REVERSAL or chart is None:
        return
    data = turn.asked.block("data")
    original = next((each for key, each in duties.seen.items() if key.msgid == data["omsgid"]), None)
    if original is None or not chart.is_about(original):
        yield "/input/data/omsgid", chart.open.msgid if chart.open else "a msgid it has used", data["omsgid"]
    elif data.get("oinfno") != original.infno:
        yield "/input/data/oinfno", original.infno, data.get("oinfno")


# -- what it does when ------------------------------------------------------------------------------------------------


def _signed_in(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """Sign-in comes before everything, and its number stands in every request."""
    asked = turn.asked
    if asked.infno == SIGN_IN:
        return
    if not duties.sign_no:
        yield "", SIGN_IN, asked.infno
    elif asked.head.get("sign_no") != duties.sign_no:
        yield "/sign_no", duties.sign_no, asked.head.get("sign_no")


def _in_order(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """A step is taken when those it needs have succeeded, and none after one that was refused."""
    if chart is None:
        return
    infno, plan = turn.asked.infno, chart.plan
    missing = [need for need in _NEEDS.get(step_of(turn.asked), ()) if need not in chart.steps]
    if chart.refused in plan and infno in plan and plan.index(infno) > plan.index(chart.refused):
        yield "", chart.refused, infno
    elif missing:
        yield "", missing[0], infno


def _once(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """Nothing is settled that stands settled in the city, but for the parts it was told of."""
    parts = len(chart.parts) if chart is not None else 0
    if turn.asked.infno in SETTLES and turn.standing > parts:
        yield "", str(parts), str(turn.standing)


def _cleared_up(duties: Duties, chart: Chart | None, turn: Turn) -> Iterator[Breach]:
    """What had no answer is asked again under its ``msgid``, or reversed, before the visit goes on."""
    asked = turn.asked
    if chart is None or chart.open is None or asked.infno not in (*chart.plan[2:], chart.cancels, REVERSAL):
        return
    left, original = chart.open, asked.block("data").get("omsgid") if asked.infno == REVERSAL else ""
    same = left.block("data").get("omsgid") if left.infno == REVERSAL else left.msgid
    if original != same:
        yield "", f"{left.infno} {left.msgid}", f"{asked.infno} {asked.msgid}"


_Rule = Callable[[Duties, Chart | None, Turn], Iterator[Breach]]
_FIRST: tuple[tuple[str, _Rule], ...] = (
    (ORDER, _signed_in),
    (UNRESOLVED, _cleared_up),
    (TWICE, _once),
    (ORDER, _in_order),
    (SENT, _somebody),
    (SENT, _head),
    (SENT, _person),
    (SENT, _kind),
    (SENT, _lines),
    (SENT, _bill),
    (SENT, _reversal),
)
_AGAIN: tuple[tuple[str, _Rule], ...] = ((NUMBERED, _one_message),)
"""Of what is sent again, only that it is the same: what was wrong with it was said when it came first."""


def _said(value: Any) -> str:
    return "" if value is None else str(value)
