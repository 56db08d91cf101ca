"""The short selection: one case of each kind that matters most, in each place a city can stand to a visit.

A system that offers inpatient care alone can run it.
"""

from __future__ import annotations

import pytest

from conformance import SUITES

_PLACES = ("away", "here", "home")
_WAYS, _BREAKS = ("between", "out", "in"), ("reply_lost--191", "denied--192")
_FORWARDING = ("each_step_of_a_visitor_goes_up_once", "care_inside_the_city_stays_there")
SMOKE = frozenset(
    [
        *(f"test_visits.py::test_a_visit_is_settled[{where}-inpatient]" for where in _PLACES),
        *(f"test_visits.py::test_a_cancelled_settlement_can_be_made_again[{where}]" for where in _PLACES),
        *(f"test_visits.py::test_a_settlement_sent_again_is_not_made_twice[{where}-inpatient]" for where in _PLACES),
        *(
            f"test_idempotency.py::test_another_body_under_a_used_number_is_refused[{where}-inpatient]"
            for where in _PLACES
        ),
        *(
            f"test_idempotency.py::test_a_cancelled_settlement_sent_again_is_refused[{where}-inpatient]"
            for where in _PLACES
        ),
        *(f"test_reversal.py::test_what_happened_is_undone[{where}-2304]" for where in _PLACES),
        *(f"test_reversal.py::test_what_has_not_happened_is_barred[{where}-2304]" for where in _PLACES),
        *(f"test_filing.py::test_every_kind_of_filing[away-inpatient-{shape}]" for shape in ("referred", "unfiled")),
        *(f"test_benefit.py::test_the_account_pays_what_it_may[{where}-worker-True]" for where in ("away", "home")),
        *(f"test_benefit.py::test_later_stays_of_a_year_have_lower_deductibles[{where}-worker]" for where in _PLACES),
        *(f"test_gateway.py::test_a_call_that_is_not_signed_as_agreed[{where}-none]" for where in ("here", "away")),
        *(f"test_lines.py::test_above_the_cap_of_a_price[{where}]" for where in _PLACES),
        *(f"test_lines.py::test_a_bill_that_is_not_the_sum_of_its_lines[{where}-inpatient]" for where in _PLACES),
        *(f"test_life_cycle.py::test_steps_out_of_order_are_refused[{where}-inpatient-settled]" for where in _PLACES),
        *(f"test_forwarding.py::test_{name}[inpatient]" for name in _FORWARDING),
        *(f"test_chinese.py::test_names_of_every_kind[{where}-rare_name]" for where in _PLACES),
    ]
)
"""The ids of the cases of a city; a test holds them to the suites."""
SMOKE_OF_HOSPITALS = frozenset(
    f"hospital/{name}"
    for name in (
        *(f"test_visits.py::test_a_visit_is_settled[{where}-inpatient]" for where in ("here", "home")),
        "test_visits.py::test_a_settlement_is_cancelled[inpatient]",
        "test_amounts.py::test_lines_are_rounded_before_they_are_added[inpatient]",
        *(f"test_unknown.py::test_a_settlement_without_an_answer[{what}]" for what in ("request_lost", "reply_lost")),
        "test_unknown.py::test_no_settlement_is_ever_answered[inpatient]",
        *(f"test_refusals.py::test_a_refused_step_is_not_passed_over[inpatient-{step}]" for step in ("2401", "2303")),
        "test_refusals.py::test_signed_out_behind_its_back[inpatient]",
        "test_reconciliation.py::test_a_day_is_stated_as_the_city_holds_it[here]",
    )
)
SMOKE_OF_PROVINCES = frozenset(
    f"province/{name}"
    for name in (
        *(f"test_routing.py::test_each_step_goes_on_once[{where}-inpatient]" for where in _WAYS),
        "test_routing.py::test_an_unknown_area_is_refused[insuplc_admdvs-2401]",
        "test_routing.py::test_the_same_question_is_asked_anew[between]",
        *(f"test_unchanged.py::test_amounts_stay_as_they_are[{where}-worker]" for where in _WAYS),
        *(f"test_unchanged.py::test_a_refusal_comes_back_as_it_is[{where}-1101]" for where in _WAYS),
        *(f"test_unknown.py::test_down_is_told_from_late[between-{what}]" for what in _BREAKS),
        *(f"test_unknown.py::test_an_answer_that_comes_too_late[{where}-2304]" for where in _WAYS),
        "test_idempotency.py::test_another_body_under_a_used_number_is_refused[between-inpatient]",
        "test_idempotency.py::test_a_cancelled_settlement_sent_again_is_refused[between-inpatient]",
        "test_gateway.py::test_a_call_that_is_not_signed_as_agreed[between-none]",
        "test_gateway.py::test_a_call_of_somebody_else[between-neighbour]",
        *(f"test_filing.py::test_every_kind_of_filing[{shape}]" for shape in ("referred", "unfiled")),
        *(f"test_chinese.py::test_people_of_every_kind[{where}-rare_name]" for where in _WAYS),
    )
)
_ALL = SMOKE | SMOKE_OF_HOSPITALS | SMOKE_OF_PROVINCES


def mark(item: pytest.Item) -> None:
    """Mark a case of the short selection."""
    folder = "" if item.path.parent == SUITES else f"{item.path.parent.name}/"
    if f"{folder}{item.path.name}::{item.name}" in _ALL:
        item.add_marker(pytest.mark.smoke)
