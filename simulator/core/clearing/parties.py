"""The two parties of an area: the agency, which is its platform, and the finance department, a party of its own.

Both go by the area's code in ``recer_admvs``; a message tells by its kind which of them it is for.
"""

from __future__ import annotations

from simulator.core.clearing.orders import TO_INSTITUTION
from simulator.core.platform.message import Message


def finance_of(area: str) -> str:
    """Return the party code of an area's finance department (财政部门)."""
    return f"C{area}00001"


def for_finance(asked: Message) -> bool:
    """Tell whether a message is answered by the finance of the area it is for.

    P101 is; so is P103, the announcement of money, except the copy of what an institution was paid.
    """
    if asked.infno == "P103":
        return bool(asked.block("data")["dfr_obj"] != TO_INSTITUTION)
    return asked.infno == "P101"
