"""Special cases reported to the province (特殊情况上报, JL-4.2g, JS-3.1g): S301 of the insured city."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Turn
from simulator.core.values.stamps import written

MONEY, FAULT, FILING, OTHER = "2", "3", "4", "9"  # excp_type
HOTLINE = "12393"  # 医保服务热线
LONGEST = 22  # number of a case, so that with its city's it fits into excp_id
MOST_WORDS = 500  # of a reason or an answer


def said(number: str, *words: str) -> None:
    """Check that something was said, and no more than a message holds; raises Refused."""
    if not all(0 < len(each) <= MOST_WORDS for each in words):
        raise Refused("case_unclear", number, "words")


class Special(NamedTuple):
    """A special case: number of the case, kind (``excp_type``), since when, about what, how much money (fen).

    ``words`` and ``cure`` say what happened and what is done, without personal data; ``plan`` is the day by which it is
    to be settled.
    """

    number: str
    kind: str
    since: dt.datetime
    about: str
    amount: int
    words: str
    cure: str
    plan: dt.date


def report(turn: Turn, province: str, special: Special) -> None:
    """Report a special case to the province."""
    city = turn.node.code
    data: dict[str, Any] = {
        "excp_id": f"YC{city}{special.number}",
        "admdvs": city,
        "excp_type": special.kind,
        "ocur_time": written(special.since),
        "rpt_time": written(turn.now),
        "rlts_no": special.about,
        "abn_info": special.words,
        "involv_amt": special.amount,
        "dspo_way": special.cure,
        "plan_date": special.plan.isoformat(),
        "done_date": "",
        "opter_name": "经办机构",
        "tel": HOTLINE,
    }
    turn.ask(province, "S301", {"data": data})
