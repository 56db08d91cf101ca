"""Filings: the province lets through, or refuses, an admission by its copy of them, as the policy pack says."""

from __future__ import annotations

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import BETWEEN, IN, OUT

SHAPES = ("referred", "unfiled", "expired", "to_come", "last_day", "first_day", "city_only", "elsewhere")
BEYOND = ("referred", "unfiled", "expired")


@core
@verifies(
    "JS-3.1b",
    "P75-13",
    "P75-18",
    zh="入院登记按省平台的备案副本和政策包放行或拒绝；放行的，由参保地按备案计算待遇。",
    en="An admission passes, or is refused, by the copy of the filings and the pack; the place of insurance then pays.",
)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_kind_of_filing(case: CaseClient, shape: str) -> None:
    visit = case.visit(BETWEEN, shape)
    visit.tried()


@core
@verifies(
    "JS-3.1b",
    zh="出省和入省就医，备案不在本省副本之列的，按政策包放行或拒绝。",
    en="Care in or of another province passes as the pack says, whether its filing is known here or not.",
)
@pytest.mark.parametrize("shape", BEYOND)
@pytest.mark.parametrize("where", [OUT, IN])
def test_filings_across_provinces(case: CaseClient, where: str, shape: str) -> None:
    visit = case.visit(where, shape)
    visit.tried()


@verifies(
    "P75-25",
    zh="入院后补办的备案，出院结算前可用；入院登记不得因此留下终局拒绝。",
    en="A filing made after the admission counts until discharge; what was refused for want of it can be made then.",
)
def test_a_filing_made_later(case: CaseClient) -> None:
    visit = case.visit(BETWEEN, "unfiled")
    visit.tried()
    other = case.visit(BETWEEN, like=visit.number)
    other.file("referral", -5, 90)
    other.settled()
