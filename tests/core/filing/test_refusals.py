"""What hospitals file is refused where the city of insurance has no such rule, or knows better."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.core.filing.actions import Review
from simulator.core.platform.refusals import BY_CODE

from .test_desk import REFERRAL, signed_in
from .test_service import ACCIDENT, CHOICE, DISEASE, declared


def name(reply: Any) -> str:
    return BY_CODE[reply.infcode].name


def without(b: Any, *names: str) -> Any:
    """The bureau with figures taken out of its pack."""
    filings = b.play.insured.filings
    kept = {each: parameter for each, parameter in filings.pack.parameters.items() if each not in names}
    filings.pack = filings.pack._replace(parameters=kept)
    return b


def test_a_referral_stands_once(bureau: Any) -> None:
    b = signed_in(bureau())
    assert b.ask("2501", refmedin=REFERRAL).succeeded
    assert name(b.ask("2501", refmedin={**REFERRAL, "refl_rea": "再次"})) == "filing_repeated"


def test_a_referral_is_refused_where_the_pack_has_no_such_type(bureau: Any) -> None:
    b = signed_in(bureau(types=("emergency",)))
    assert name(b.ask("2501", refmedin=REFERRAL)) == "filing_type"


@pytest.mark.parametrize(("infno", "blocks"), [("2501", {"refmedin": REFERRAL}), ("2503", {"data": DISEASE})])
def test_nothing_is_filed_without_rules_in_force(bureau: Any, infno: str, blocks: dict[str, Any]) -> None:
    b = without(signed_in(bureau()), "filing.types")
    assert name(b.ask(infno, **blocks)) == "rules_not_in_force"


def test_an_accident_is_filed_under_the_insurance_the_person_has(bureau: Any) -> None:
    b = signed_in(bureau())
    assert name(b.ask("2507", data={**ACCIDENT, "insutype": "390"})) == "wrong_insutype"


def test_a_chosen_institution_is_withdrawn_only_before_its_review(bureau: Any) -> None:
    b = signed_in(bureau())
    sn = declared(b, "2505", CHOICE)
    b.act(Review(sn, approved=True))
    away = {"trt_dcla_detl_sn": sn, "psn_no": CHOICE["psn_no"], "memo": "改选"}
    assert name(b.ask("2506", data=away)) == "filing_reviewed"
