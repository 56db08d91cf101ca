"""Areas are looked up in the registry, with dates, and never read from digits."""

from __future__ import annotations

import datetime as dt
from typing import Any

from simulator.core.values.areas import Area, Institution

DAY = dt.date(2016, 10, 10)


def test_an_area_belongs_to_the_city_it_is_registered_under_whatever_its_digits(registry: Any) -> None:
    odd = registry._replace(areas={**registry.areas, "990001": Area("990001", "省直", "province", "320100", DAY)})
    assert odd.city_of("990001") == "320100"
    assert odd.city_of("320382") == "320300"


def test_a_citys_own_code_stands_for_the_city_and_others_are_unknown(registry: Any) -> None:
    assert registry.city_of("320300") == "320300"
    assert registry.city_of("320301") is None


def test_an_area_is_connected_from_its_day_on(registry: Any) -> None:
    late = registry._replace(areas={"1": Area("1", "", "", "320100", DAY), "2": Area("2", "", "", "320100", None)})
    assert not late.connected("1", DAY - dt.timedelta(1))
    assert late.connected("1", DAY)
    assert not late.connected("2", DAY)
    assert not late.connected("3", DAY)


def test_the_agreement_of_who_takes_visitors_has_the_clause_for_it(registry: Any) -> None:
    opened, later = DAY, DAY + dt.timedelta(1)
    made = [("H1", opened, opened), ("H2", opened, later), ("H3", opened, None), ("H4", None, None)]
    known = {code: Institution(code, "", "320199", "primary", since, agreed) for code, since, agreed in made}
    small = registry._replace(institutions=known)
    assert small.without_clause(DAY - dt.timedelta(1)) == ()
    assert small.without_clause(DAY) == ("H2", "H3")
    assert small.without_clause(later) == ("H3",)


def test_a_hospital_takes_visitors_from_the_day_it_opened(registry: Any) -> None:
    late = registry._replace(institutions={"H": Institution("H", "", "320199", "primary", DAY)})
    assert not late.open_for_visitors("H", DAY - dt.timedelta(1))
    assert late.open_for_visitors("H", DAY)
    assert not registry.open_for_visitors("H32019900004", DAY)
    assert not registry.open_for_visitors("nowhere", DAY)


def test_a_hospital_takes_visitors_of_other_provinces_with_the_others_or_later_or_never(registry: Any) -> None:
    later, never = DAY + dt.timedelta(1), dt.date.max
    since = {"H1": dt.date.min, "H2": later, "H3": never}
    hospitals = {code: Institution(code, "", "320199", "primary", DAY, across_from=day) for code, day in since.items()}
    small = registry._replace(institutions=hospitals)
    assert [code for code in since if small.open_for_visitors(code, DAY)] == ["H1", "H2", "H3"]
    assert [code for code in since if small.open_for_visitors(code, DAY, across=True)] == ["H1"]
    assert [code for code in since if small.open_for_visitors(code, later, across=True)] == ["H1", "H2"]
    assert not small.open_for_visitors("H1", DAY - dt.timedelta(1), across=True)
