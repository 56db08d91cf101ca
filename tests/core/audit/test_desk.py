"""What the audit takes from the city's other desks: catalogue, filings, restrictions."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.audit.case import Entry, Restriction
from simulator.core.audit.desk import entry_of, restrictions_of
from simulator.core.audit.facts import Found, ReviewDay
from simulator.core.catalogue.items import Catalogue, Item, Limits
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing

NANJING = "320100"
JUNE = dt.date(2016, 6, 1)


def item(code: str, begin: dt.date = dt.date(2016, 1, 1), end: dt.date | None = None, **changes: Any) -> Item:
    return Item(code, code, "01", "09", 1_000_000, None, 0, begin, end)._replace(**changes)


def test_the_entry_in_force_counts_else_the_nearest_before_it_else_the_first() -> None:
    first = item("a", dt.date(2016, 2, 1), dt.date(2016, 3, 31))
    second = item("a", dt.date(2016, 5, 1), dt.date(2016, 5, 31), level="02", level_caps=(("tertiary", 7),))
    catalogue = Catalogue("1", {"a": first}, {"a": (second,)})
    assert entry_of(catalogue, "b", JUNE, "tertiary") is None
    assert entry_of(catalogue, "a", dt.date(2016, 5, 2), "tertiary") == Entry("02", 7, *second[7:9])
    assert entry_of(catalogue, "a", JUNE, "tertiary") == Entry("02", None, *second[7:9])
    assert entry_of(catalogue, "a", dt.date(2016, 4, 2), "tertiary") == Entry("01", None, *first[7:9])
    assert entry_of(catalogue, "a", dt.date(2016, 1, 2), "tertiary") == Entry("01", None, *first[7:9])


def test_restrictions_of_a_catalogue_are_its_limits() -> None:
    limits = Limits(sex="2", age_from=12, age_to=60, per_day=20_000, per_stay=50_000, diagnoses=("C5",))
    second = item("XJ01DHA011", limits=Limits(second_line=True))
    items = [item("free"), item("bound", limits=limits), second, item("XJ01DDA010"), item("XJ01X", charge_type="03")]
    found = restrictions_of(Catalogue("1", {each.code: each for each in items}))
    assert found == {
        "bound": Restriction("2", 12, 60, False, 20_000, 50_000, 0, ("C5",)),
        "XJ01DHA011": Restriction(second_line="XJ01"),
        "XJ01DDA010": Restriction(first_line="XJ01"),
    }


def filed(play: Any, end: dt.date | None) -> None:
    """Let Nanjing hold a filing of the retired employee for itself."""
    filing = Filing("P1", "retired_resettlement", "320399", NANJING, dt.date(2016, 1, 1), end)
    play.relay.facts.append((NANJING, Filed(filing)))
    play.treatment.fold(Filed(filing))


def rules_found(play: Any) -> set[str]:
    facts = play.act(ReviewDay(dt.date(2016, 10, 10)), at=NANJING)
    return {fact.finding.rule_id for fact in facts if isinstance(fact, Found)}


def test_a_treatment_city_that_knows_no_filing_of_a_person_says_nothing(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited)
    assert rules_found(audited) == {"units-over-stay"}


def test_a_filing_that_covers_the_admission_is_fine_even_if_it_ended_since(
    audited: Any, stay_of_nine_days: Any
) -> None:
    """P75-13: the day of admission decides."""
    filed(audited, dt.date(2016, 10, 1))
    stay_of_nine_days(audited)
    assert rules_found(audited) == {"units-over-stay"}


def test_a_filing_that_ended_before_the_admission_is_found(audited: Any, stay_of_nine_days: Any) -> None:
    """JL-6.4b: the province and Xuzhou let the stay through, Nanjing's copy says otherwise."""
    filed(audited, dt.date(2016, 9, 30))
    stay_of_nine_days(audited)
    assert rules_found(audited) == {"units-over-stay", "filing-not-valid"}


def test_a_local_bill_needs_no_filing(audited: Any, stay_of_nine_days: Any) -> None:
    stay_of_nine_days(audited, "local")
    assert rules_found(audited) == {"units-over-stay"}
