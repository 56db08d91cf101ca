"""What the hospitals' own systems know of the people they treat, and where everything stands."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from simulator.core.clearing.parties import finance_of
from simulator.core.network.hospital import Ward
from simulator.core.platform.message import Message

NANJING, XUZHOU, PROVINCE = "320100", "320300", "320000"
CITIES = (NANJING, XUZHOU)
PLATFORMS = (*CITIES, PROVINCE)
HOSPITALS = ("H32019900001", "H32019900002")  # of 南京
TREATED_IN = {**dict.fromkeys(HOSPITALS, NANJING), "H32039900001": XUZHOU}
PEOPLE = ("retired", "resident", "local")
TIERS = {**dict.fromkeys(TREATED_IN, 0), NANJING: 1, XUZHOU: 1, PROVINCE: 2}
TIERS |= {finance_of(NANJING): 0, finance_of(XUZHOU): 0, finance_of(PROVINCE): 1}  # each beside its platform
WARD = Ward("D1", "内科", "DR1", "李医生", "12", "I10.x00", "高血压")

some = st.integers(0, 10**6)  # picks one of a list by its remainder
bills = st.lists(
    st.tuples(st.sampled_from(("drug-a", "drug-b", "material-b", "bed-a", "herb-b")), st.integers(1, 400_000)),
    min_size=1,
    max_size=3,
)


class Case:
    """A visit as its hospital's system knows it: what it has asked, and which numbers it was told.

    ``settles`` and ``cancels`` are the transactions of its kind.
    """

    settles, cancels = "", ""

    def __init__(self, desk: Any, person: Any, opening: Message) -> None:
        self.desk, self.person, self.opening = desk, person, opening
        self.mdtrt_id = self.setl_id = ""
        self.serial = 0  # of its fee lines
        self.last: dict[str, Message] = {}  # the latest request by transaction

    @property
    def city(self) -> str:
        """The city that treats."""
        return TREATED_IN[self.desk.institution.code]

    def hear(self, reply: Message) -> None:
        """Read the numbers in a reply."""
        if not reply.succeeded:
            return
        if reply.infno in {"2401", "2201"}:
            self.mdtrt_id = reply.block("result" if reply.infno == "2401" else "data")["mdtrt_id"]
        if reply.infno == self.settles:
            info = reply.block("setlinfo")
            self.mdtrt_id, self.setl_id = info["mdtrt_id"], info["setl_id"]


class Stay(Case):
    """A stay in hospital."""

    settles, cancels = "2304", "2305"


class Clinic(Case):
    """An outpatient visit with its charge batches, numbered from 1."""

    settles, cancels = "2207", "2208"
    number = 1

    @property
    def batch(self) -> str:
        """The charge batch that is open."""
        return f"B{self.number}"


class Purchase(Case):
    """A purchase at the pharmacy of a hospital."""

    settles, cancels = "2102", "2103"
