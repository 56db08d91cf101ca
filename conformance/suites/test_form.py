"""Form: what means the same is understood however it is written, and sign-in opens and closes the day."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from conformance.clauses import core, verifies
from conformance.client import CaseClient
from conformance.setting import AWAY, HERE, HOME
from conformance.suites.shapes.bodies import SPELT, spelt_otherwise

PLACES = (AWAY, HERE, HOME)


@core
@verifies(
    "JS-3.2b",
    zh="同一内容的不同写法（次序、空白、转义、空值、地方字段）同样受理，结果相同。",
    en="The same content in another spelling, order, spacing, escapes, empty or local fields, is taken alike.",
)
@pytest.mark.parametrize("how", SPELT)
@pytest.mark.parametrize("where", PLACES)
def test_another_spelling_is_understood(case: CaseClient, where: str, how: str) -> None:
    visit = case.visit(where)
    spelt_otherwise(visit, how)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="金额写作12.3、12.30、1.23E1是同一金额。",
    en="12.3, 12.30 and 1.23E1 are the same amount.",
)
@pytest.mark.parametrize("form", ["{:.2f}", "{:E}", "{:.6e}", "{:.2f}0000"])
def test_a_number_is_what_it_means(case: CaseClient, form: str) -> None:
    visit = case.visit(HERE)
    visit.before("2303")
    body = visit.word("2303")
    found = re.search(rb'"medfee_sumamt":([0-9.]+)', body)
    assert found
    text = form.format(Decimal(found[1].decode()))
    visit.delivered(body.replace(found[0], b'"medfee_sumamt":' + text.encode()))
    visit.succeeds("2304")


@verifies(
    "JS-3.2b",
    zh="接口未定义的字段，或按规范拒绝，或忽略，不得影响结果或造成故障。",
    en="A field the interface does not know is refused, as the specification has it, or passed over without effect.",
)
@pytest.mark.parametrize("place", ["head", "block"])
@pytest.mark.parametrize("where", [AWAY, HOME])
def test_an_unknown_field_has_no_effect(case: CaseClient, where: str, place: str) -> None:
    visit = case.visit(where)
    visit.until("1101")
    honest = visit.succeeds("2001")
    mark = b'"infver":' if place == "head" else b'"begntime":'
    heard = visit.raw(visit.word("2001").replace(mark, b'"x_unknown":"1",' + mark, 1), "2001")
    if heard.accepted:  # then it must say the same
        right = json.loads(heard.content)["output"]["trtinfo"]
        case.expect("2001", "/output/trtinfo", len(honest.output["trtinfo"]), len(right), heard.line)
    visit.succeeds("2401")
    visit.succeeds("2301")


@core
@verifies(
    "JS-3.2b",
    zh="签到给出签到编号，每次不同；签退后编号失效，可重新签到。",
    en="Sign-in gives a number, another each time; after sign-out it is void, and one may sign in again.",
)
@pytest.mark.parametrize("where", [HERE, HOME])
def test_sign_in_opens_the_day_and_sign_out_closes_it(case: CaseClient, where: str) -> None:
    visit = case.visit(where)
    visit.succeeds("9001")
    first = visit.facts["sign_no"]
    visit.succeeds("1101")
    visit.succeeds("9002")
    visit.refused("1101")
    visit.refused("9002")
    visit.succeeds("9001")
    second = visit.facts["sign_no"]
    case.expect("9001", "/output/signinoutb/sign_no", True, bool(second) and second != first)
    visit.succeeds("1101")
    visit.succeeds("2401")


@verifies(
    "JS-3.2b",
    zh="两台终端各自签到，一台签退不影响另一台。",
    en="Two terminals sign in, and the sign-out of one leaves the other signed in.",
)
def test_two_terminals_sign_in(case: CaseClient) -> None:
    visit = case.visit(HERE)
    visit.succeeds("9001")
    first = visit.facts["sign_no"]
    visit.succeeds("9001")
    visit.succeeds("9002", {"signOut/sign_no": first})
    visit.succeeds("1101")
    visit.refused("1101", {"head/sign_no": first})
