"""Is what a hospital was told the answer to what it asked? A settlement of somebody else, or of another bill, is not.

An answer that is none leaves the outcome unknown: the request is asked again under its ``msgid``, or reversed (2601).
That its amounts add up is a rule of the interface, and whoever reads the answer off the wire sees to it.
"""

from __future__ import annotations

from simulator.core.platform.message import Block, Message
from simulator.core.visits.lifecycle import CANCELS, SETTLES
from simulator.core.visits.requests import data_of

_TRIALS = frozenset({"2101", "2206", "2303"})
_OF_MONEY = frozenset({*SETTLES, *CANCELS, *_TRIALS})


def is_answer(asked: Message, reply: Message) -> bool:
    """Tell whether a reply, of success or not, can be the one to a request of a hospital."""
    if not reply.succeeded or asked.infno not in _OF_MONEY:
        return True
    info = reply.rows("setlinfo")[0]
    return is_about(asked, info) and is_of_the_bill(asked, info)


def is_about(asked: Message, info: Block) -> bool:
    """Tell whether ``setlinfo`` is of the person and the visit of a request; that of a settlement names its ``msgid``.

    What either of them leaves out speaks against nothing.
    """
    data = data_of(asked)
    same = {name: data[name] for name in ("psn_no", "mdtrt_id") if name in data}
    if asked.infno in SETTLES:
        same["medins_setl_id"] = asked.msgid
    return all(info.get(name, value) == value for name, value in same.items())


def is_of_the_bill(asked: Message, info: Block) -> bool:
    """Tell whether ``setlinfo`` comes to the bill that was sent, to the fen; a cancellation sends none."""
    return bool(info["medfee_sumamt"] == data_of(asked).get("medfee_sumamt", info["medfee_sumamt"]))
