"""Stories read like a jurist's file — who, where, when, the bill, what was refused and why — and hold to the fen."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from simulator.core import invariants as inv
from simulator.core.clearing.sheet import balance_sheet

from ..situations import NAMES, held, rested_on
from .stories import MINISTRY, PLACES, Story, lines_in, read, registry

FILES = sorted((Path(__file__).parents[2] / "situations" / "stories").glob("*.toml"))


def cases() -> list[Any]:
    return [pytest.param(read(path), id=path.stem) for path in FILES]


@pytest.mark.parametrize("told", cases())
def test_a_story_goes_as_it_is_told(told: dict[str, Any]) -> None:
    story = Story(told).play()
    cities = story.registry.cities
    for one in cities:
        for other in cities:
            payable = story.nodes[one].books.balance("payable", other)
            assert inv.books_mirror(payable, story.nodes[other].books.balance("receivable", one))
    for code in (*PLACES, MINISTRY):
        for month in {key[0] for key in story.nodes[code].monthly.under()}:
            assert inv.sheet_is_zero(balance_sheet(month, story.nodes[code].monthly.under(month), cities))
    assert all(inv.posting_balances(entry) for entry in story.relay.postings)
    assert rested_on(story.pack, story.rows) <= set(told["basis"])


@pytest.mark.parametrize("told", cases())
def test_a_story_says_who_where_when_what_bill_and_why(told: dict[str, Any]) -> None:
    held(told)
    cities, visits = registry(), [step for step in told["step"] if "city" in step and "level" in step]
    where = {
        "insured": [NAMES[cities.city_of(person["area"]) or ""] for person in told["person"]],
        "treatment": [NAMES[step["city"]] for step in visits],
        "level": [step["level"] for step in visits],
    }
    assert told["where"] == {kind: list(dict.fromkeys(names)) for kind, names in where.items()}
    assert all({"insutype", "psn_type"} <= set(person) for person in told["person"])
    assert all("day" in step for step in told["step"])
    assert list(lines_in(told))
    steps = [*told["step"], *told.get("then", ())]
    assert any("refused" in step or step.get("gives") for step in steps)


def test_each_pack_tells_of_every_kind_of_care_that_it_settles() -> None:
    steps = [(told["pack"], step) for told in map(read, FILES) for step in told["step"] if "refused" not in step]
    done = {(pack, step["does"]) for pack, step in steps}
    assert {(pack, "settle") for pack in ("jiangsu-2016", "jilin-2019", "jiangsu-2023")} <= done
    assert {(pack, does) for pack in ("jilin-2019", "jiangsu-2023") for does in ("settle batch", "buy")} <= done
    assert {(pack, "claim") for pack in ("jiangsu-2016", "jiangsu-2023")} <= done


@pytest.mark.parametrize("pack", ["jiangsu-2016", "jilin-2019", "jiangsu-2023"])
def test_no_pack_settles_anything_of_ncms_directly_or_on_paper(pack: str) -> None:
    """NCMS is on its own track until it is merged (JL-7.3): its stays are counted apart, and no figure is given it."""
    home, away = ("220200", "220100") if pack == "jilin-2019" else ("320300", "320100")
    year, line = int(pack[-4:]), {"class": "甲", "price": "5000.00", "quantity": "2"}
    person = {"name": "王", "area": f"{home[:4]}99", "insutype": "380", "psn_type": "14"}
    day, at = dt.date(year, 9, 5), {"city": away, "level": "tertiary"}
    care = {"begin": day, "end": day, "reason": "no_card", "lines": [line]}
    steps = [
        {"day": day - dt.timedelta(days=9), "does": "file", "type": "long_term_work", "to": away, "proofs": 1},
        {"day": day, "does": "admit", **at, "refused": "ncms_track"},
        {"day": day, "does": "admit", **at, "city": home, "refused": "ncms_track"},
        {"day": day, "does": "register", **at, "refused": "care_not_open" if year == 2016 else "ncms_track"},
        {"day": day, "does": "claim", **at, **care, "refused": "ncms_track"},
    ]
    story = Story({"pack": pack, "person": [person], "step": [{"who": "王", **step} for step in steps]}).play()
    assert story.rows == []
    assert not any(name.startswith("benefit.380") or "ncms" in name for name in story.pack.parameters)
