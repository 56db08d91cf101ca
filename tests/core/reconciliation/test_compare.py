"""Comparing the three sides, totals and then rows: what is found is what was spoilt, and nothing else."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.core.reconciliation.compare import (
    Mismatch,
    compare_day,
    compare_rows,
    duty,
    lacking,
    made_good,
    reporter,
    totals_level,
)
from simulator.core.reconciliation.rows import SIDES, Figures, Group, Row, in_effect, request_of
from simulator.core.reconciliation.totals import NOTHING, Tally, Totals

DAY, PAIR = "2016-10-10", ("320100", "320300")
INSURED, TREATMENT, PLATFORM = SIDES


def row(number: int, *, refund: bool = False, **changes: Any) -> Row:
    sign = -1 if refund else 1
    made = Row(
        setl_id=f"A{number}",
        refund=refund,
        init_setl_id=f"I{number}" if refund else "",
        mdtrt_id=f"S{number}",
        psn_no="P1",
        msgid=f"H3201990000120161010090000{number:04d}",
        at=dt.datetime(2016, 10, 10, 9),
        treatment_city=PAIR[0],
        insured_city=PAIR[1],
        insutype="310",
        clr_type="21",
        totals=Totals(sign, sign * 1_000, sign * 600, sign * 100),
    )
    return made._replace(**changes)


def mismatch(kind: str, *, refund: bool = False, way: str = "1", held: tuple[int, int, int] = (0, 0, 0)) -> Mismatch:
    insured, treatment, platform = held
    return Mismatch(DAY, *PAIR, "A1", refund, "S1", "M1", kind, treatment, insured, platform, way)


# -- a day by pairs ---------------------------------------------------------------------------------------------


def side(*rows: tuple[tuple[str, ...], Totals]) -> Tally:
    tally = Tally()
    for key, totals in rows:
        tally.add(key, totals)
    return tally


def test_three_equal_sides_have_no_difference() -> None:
    same = side(((DAY, *PAIR), Totals(1, 900, 600, 100)))
    assert compare_day(DAY, same, same, same) == ()
    assert compare_day("2016-10-11", same, same, same) == ()


def test_one_fen_on_one_side_is_found() -> None:
    one, other = (side(((DAY, *PAIR), Totals(1, 900, fund, 100))) for fund in (600, 601))
    (difference,) = compare_day(DAY, one, one, other)
    assert (difference.day, difference.treatment_city, difference.insured_city) == (DAY, *PAIR)
    assert difference.insured.fund - difference.province.fund == 1


def test_a_row_that_only_one_side_has_is_found() -> None:
    same, empty = side(((DAY, *PAIR), Totals(1, 900, 600, 100))), side()
    for position in range(3):
        sides = [same, same, same]
        sides[position] = empty
        (difference,) = compare_day(DAY, *sides)
        assert difference[3 + position] == NOTHING


# -- totals -----------------------------------------------------------------------------------------------------


def group(area: str = "320399", insutype: str = "310", clr_type: str = "21") -> Group:
    return Group(*PAIR, area, insutype, clr_type)


FIGURES = Figures(
    setl_totlnum=1, medfee_sumamt=1_000, hifp_pay=600, fund_pay_sumamt=600, acct_pay=100, psn_cash_pay=300
)
LOGGED = {("310", "21"): Totals(1, 1_000, 600, 100)}


def test_totals_are_level_when_the_cities_and_the_log_agree() -> None:
    city = {group(): FIGURES}
    assert totals_level(city, city, LOGGED)
    assert totals_level({}, {}, {})
    assert totals_level({}, {}, {("310", "21"): NOTHING})
    two = {group(): FIGURES, group("320381"): FIGURES}
    assert totals_level(two, two, {("310", "21"): Totals(2, 2_000, 1_200, 200)})


def test_a_city_beyond_the_province_is_not_asked() -> None:
    city = {group(): FIGURES}
    assert totals_level(city, None, LOGGED)
    assert totals_level(None, city, LOGGED)
    assert not totals_level(None, {}, LOGGED)
    assert totals_level(None, None, LOGGED)


@pytest.mark.parametrize("field", Figures._fields)
def test_one_more_of_any_figure_is_not_level(field: str) -> None:
    city, other = {group(): FIGURES}, {group(): FIGURES._replace(**{field: getattr(FIGURES, field) + 1})}
    assert not totals_level(city, other, LOGGED)
    assert not totals_level(other, city, LOGGED)
    logged = field in {"setl_totlnum", "medfee_sumamt", "fund_pay_sumamt", "acct_pay"}
    assert totals_level(other, other, LOGGED) != logged


@pytest.mark.parametrize("other", [group("320381"), group(insutype="390"), group(clr_type="11")])
def test_the_same_money_in_another_group_is_not_level(other: Group) -> None:
    assert not totals_level({group(): FIGURES}, {other: FIGURES}, LOGGED)


# -- rows -------------------------------------------------------------------------------------------------------

ABSENT = {
    "1": (TREATMENT, PLATFORM),
    "2": (INSURED, PLATFORM),
    "3": (INSURED, TREATMENT),
    "4": (INSURED,),
    "5": (TREATMENT,),
    "6": (PLATFORM,),
}


@pytest.mark.parametrize("refund", [False, True])
@pytest.mark.parametrize("kind", ABSENT)
def test_a_row_that_some_sides_lack(kind: str, refund: bool) -> None:
    one = row(1, refund=refund)
    sides = {side: () if side in ABSENT[kind] else (one,) for side in SIDES}
    (found,) = compare_rows(DAY, PAIR, sides)
    assert (found.kind, found.setl_id, found.refund, found.msgid) == (kind, "A1", refund, one.msgid)
    assert [found.held(side) for side in SIDES] == [0 if side in ABSENT[kind] else one.totals.cleared for side in SIDES]
    assert found.way == ("1" if len(ABSENT[kind]) == 2 else "3")
    assert lacking(found) == ABSENT[kind]
    holders = tuple(side for side in SIDES if side not in ABSENT[kind])
    assert duty(found) == (holders if len(holders) == 1 and not refund else ABSENT[kind])


@pytest.mark.parametrize("spoilt", SIDES)
def test_amounts_and_kinds_that_one_side_has_otherwise(spoilt: str) -> None:
    right = row(1)
    for wrong, kind in ((row(1, totals=Totals(1, 1_000, 599, 100)), "7"), (row(1, clr_type="11"), "8")):
        sides = {side: ((wrong if side == spoilt else right),) for side in SIDES}
        (found,) = compare_rows(DAY, PAIR, sides)
        assert (found.kind, found.way) == (kind, "1")
        assert lacking(found) == ()
        assert duty(found) == ((spoilt,) if kind == "7" else ())  # the amounts tell who is odd, the kinds do not
    twice = {side: (right, right) if side == spoilt else (right,) for side in SIDES}
    (found,) = compare_rows(DAY, PAIR, twice)
    assert (found.kind, found.held(spoilt)) == ("7", 1_400)


def test_three_different_opinions_are_for_people() -> None:
    sides = {side: (row(1, totals=Totals(1, 1_000, 600 + place, 100)),) for place, side in enumerate(SIDES)}
    (found,) = compare_rows(DAY, PAIR, sides)
    assert (found.kind, found.way, duty(found), reporter(found)) == ("7", "4", (), TREATMENT)
    sides = {side: (row(1, insutype=kind),) for side, kind in zip(SIDES, ("310", "390", "340"), strict=True)}
    (found,) = compare_rows(DAY, PAIR, sides)
    assert (found.kind, found.way) == ("8", "4")


@pytest.mark.parametrize(
    ("found", "who"),
    [
        (mismatch("1"), INSURED),
        (mismatch("2"), TREATMENT),
        (mismatch("3"), TREATMENT),  # the platform's: the treatment city tells
        (mismatch("4"), INSURED),
        (mismatch("6"), TREATMENT),
        (mismatch("3", refund=True), TREATMENT),  # both cities must act
        (mismatch("2", refund=True), INSURED),
        (mismatch("7", held=(7, 8, 8)), INSURED),
        (mismatch("7", held=(8, 8, 7)), TREATMENT),
    ],
)
def test_who_reports(found: Mismatch, who: str) -> None:
    assert reporter(found) == who


# -- random rows, random losses ---------------------------------------------------------------------------------

SPOILS = ("lose", "amount", "kind", "twice")
spoilt_rows = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(["none", *SPOILS]),
        st.sets(st.sampled_from(SIDES), min_size=1, max_size=2),
        st.integers(1, 500),
    ),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(spoilt_rows, st.randoms(use_true_random=False))
def test_what_is_found_is_exactly_what_was_spoilt(plan: list[tuple[bool, str, set[str], int]], order: Any) -> None:
    sides: dict[str, list[Row]] = {side: [] for side in SIDES}
    expected: dict[tuple[str, bool], str] = {}
    for number, (refund, spoil, chosen, much) in enumerate(plan):
        right = row(number, refund=refund)
        where = chosen if spoil == "lose" else {min(chosen)}
        wrong = {
            "none": (right,),
            "lose": (),
            "amount": (right._replace(totals=right.totals._replace(fund=right.totals.fund + much)),),
            "kind": (right._replace(insutype="390"),),
            "twice": (right, right),
        }[spoil]
        for side in SIDES:
            sides[side] += wrong if side in where else (right,)
        if spoil == "lose":
            expected[right.key] = next(kind for kind, absent in ABSENT.items() if set(absent) == where)
        elif spoil != "none":
            expected[right.key] = "8" if spoil == "kind" else "7"
    for rows in sides.values():
        order.shuffle(rows)
    found = compare_rows(DAY, PAIR, {side: tuple(rows) for side, rows in sides.items()})
    assert {each.key: each.kind for each in found} == expected
    assert [each.key for each in found] == sorted(expected)


def settled_then(*steps: int) -> tuple[Row, ...]:
    """A settlement of so many fen, and what cancelled and restored it since."""
    first, *later = (Totals(1 if fen > 0 else -1, 10 * fen, fen, 0) for fen in steps)
    rows = [row(1, totals=first)]
    for number, totals in enumerate(later, 1):
        again = row(1, setl_id=f"A1R{number}", refund=totals.rows < 0, init_setl_id="A1", totals=totals)
        rows.append(again)
    return tuple(rows)


@pytest.mark.parametrize(
    ("one", "others", "found"),
    [
        ((600, -600), (), []),  # reversed before the others heard of it
        ((600, -600, 600), (600,), []),  # cancelled and restored before the others heard of it
        ((600, -600, 600, -600), (600, -600), []),
        ((600, -599), (), ["A1", "A1R1"]),
        ((600, -600), (600,), ["A1R1"]),
        ((600,), (600, -600, 600, -600), ["A1R1", "A1R2", "A1R3"]),
    ],
)
@pytest.mark.parametrize("side_of_one", SIDES)
def test_what_comes_to_the_same_on_every_side_is_no_difference(
    side_of_one: str, one: tuple[int, ...], others: tuple[int, ...], found: list[str]
) -> None:
    steps = {side: one if side == side_of_one else others for side in SIDES}
    sides = {side: settled_then(*each) if each else () for side, each in steps.items()}
    assert [each.setl_id for each in compare_rows(DAY, PAIR, sides)] == found


def test_a_settlement_under_another_insurance_is_a_difference_though_its_fen_are_the_same() -> None:
    right, wrong = row(1), row(1, insutype="390")
    sides = {INSURED: (right,), TREATMENT: (wrong,), PLATFORM: (right,)}
    assert [each.kind for each in compare_rows(DAY, PAIR, sides)] == ["8"]


# -- rows that take others back ---------------------------------------------------------------------------------


def test_a_strike_leaves_with_the_row_it_takes_back() -> None:
    one, other = row(1), row(2)
    strike = one.mirrored("A1C1", one.at)
    cancelled = other.mirrored("A2R1", other.at)
    rows = (one, other, strike, cancelled)
    kept = in_effect(rows, lambda each: each.totals, {"A1C1"})
    assert kept == (other, cancelled)  # a real cancellation stays
    assert in_effect((strike, other), lambda each: each.totals, {"A1C1"}) == (strike, other)  # of a row of another day
    assert in_effect((one, one, strike, strike), lambda each: each.totals, {"A1C1"}) == ()
    assert in_effect((one, one, strike), lambda each: each.totals, {"A1C1"}) == (one,)


def test_rows_that_make_good_a_closed_month_are_taken_out() -> None:
    missing, alone = mismatch("5", held=(700, 0, 700)), mismatch("1", held=(700, 0, 0))._replace(setl_id="A2")
    wrong = mismatch("7", held=(700, 699, 700))._replace(setl_id="A3")
    earlier = (missing, alone, wrong)
    late, strike = row(1), row(2).mirrored("A2C1", dt.datetime(2016, 11, 1))
    again, undone = row(3), row(3, totals=Totals(1, 1_000, 599, 100)).mirrored("A3C2", dt.datetime(2016, 11, 1))
    fresh = row(4)
    assert made_good((late, fresh, again, undone), TREATMENT, earlier) == (
        (fresh,),
        ((late, missing), (again, wrong), (undone, wrong)),
    )
    assert made_good((strike, fresh), INSURED, earlier) == ((fresh,), ((strike, alone),))
    assert made_good((late, strike), PLATFORM, earlier) == ((late, strike), ())  # not this side's to make good
    assert made_good((fresh,), TREATMENT, ()) == ((fresh,), ())


def test_a_msgid_names_who_sent_it() -> None:
    assert request_of(row(1).msgid) == ("H32019900001", row(1).msgid)
    assert row(1).mirrored("A1R1", row(1).at).pair == PAIR
