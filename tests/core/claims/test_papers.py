"""The province's list of papers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.claims.claim import EMERGENCY_ELSEWHERE, NO_CARD, NOT_FILED
from simulator.core.claims.papers import admitted, missing, required

DAY, CITY = dt.date(2016, 10, 10), "320300"
STAY = ("identity", "receipt", "itemised_bill", "discharge_summary")
VISIT = ("identity", "receipt", "itemised_bill", "prescription")


def test_the_list_goes_by_kind_of_care(paper: Any, pack: Any) -> None:
    assert required(pack, DAY, CITY, paper.dossier()) == STAY
    for care in ("outpatient", "chronic", "pharmacy"):
        assert required(pack, DAY, CITY, paper.dossier(care=care)) == VISIT


def test_an_emergency_is_proved_where_the_pack_asks_for_it(paper: Any, pack: Any, make_pack: Any) -> None:
    strict = make_pack(claims__papers__emergency=("emergency_proof",))
    emergency = paper.dossier(emergency=True)
    assert required(pack, DAY, CITY, emergency) == STAY
    assert required(strict, DAY, CITY, emergency) == (*STAY, "emergency_proof")
    elsewhere = paper.dossier(reason=EMERGENCY_ELSEWHERE, care="outpatient")
    assert required(strict, DAY, CITY, elsewhere) == (*VISIT, "emergency_proof")
    assert required(strict, DAY, CITY, paper.dossier()) == STAY


def test_a_case_is_admitted_by_its_reason(pack: Any, make_pack: Any) -> None:
    assert admitted(pack, DAY, CITY, NO_CARD)
    assert admitted(pack, DAY, CITY, NOT_FILED)
    assert not admitted(pack, DAY, CITY, "lazy")
    assert not admitted(pack, DAY, CITY, EMERGENCY_ELSEWHERE)
    assert admitted(make_pack(claims__papers__emergency=("emergency_proof",)), DAY, CITY, EMERGENCY_ELSEWHERE)


def test_what_is_missing_comes_in_the_order_of_the_list() -> None:
    assert missing(STAY, ("discharge_summary", "identity")) == ("receipt", "itemised_bill")
    assert missing(STAY, ("prescription", *STAY)) == ()
