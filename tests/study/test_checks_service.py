"""Each row about the service, kept by one run and broken by another, or by tables made for it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from schemas.requirements import load_requirements
from simulator.inputs.packs import load_pack
from simulator.inputs.scenarios import Scenario, load_scenario
from simulator.study.every_check import CHECKS
from simulator.study.frames import Frames
from simulator.study.obligations import Ran, standing
from simulator.study.service import service
from simulator.world.model import World
from simulator.world.recorder import SCHEMAS, Recorder

ROWS = load_requirements().rows
SCALE = 0.001
AT = dt.datetime(2020, 3, 2, 10)  # after every day of the notice of 2019
LISTED = "people.aid_share={registered_poor=0.2, key_aid=0.1}"


def lived(folder: Path, *settings: str, days: int = 60) -> Ran:
    scenario = load_scenario("jiangsu-2016", overrides=[LISTED, *settings]).shortened(days)
    world = World(scenario, scale=SCALE, seed=1, folder=folder / "parts")
    world.run()
    world.recorder.finish(folder)
    return Ran(scenario, Frames(folder), {"service": service(Frames(folder))})


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return lived(
        tmp_path_factory.mktemp("good"),
        "service.error_share=0",
        "service.dispute_share=0.5",
        "service.missing_share=0.5",
        *(f"duty.{duty}.late=0" for duty in ("window", "training", "update-library")),
    )


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Staff that errs always and cannot keep up, answers that never come, nobody flagged."""
    return lived(
        tmp_path_factory.mktemp("bad"),
        "service.error_share=1",
        "service.missing_share=1",
        "service.training={cut=0, half_days=1}",
        "service.answer_minutes=4000",
        "service.enquiry_share={before=1, refused=1}",
        "service.dispute_share=1",
        "service.dispute_workdays=400",
        "people.unflagged_share=1",
        *(f"duty.{duty}.late=1" for duty in ("window", "training", "update-library")),
    )


def verdict(ran: Ran, row: str) -> str:
    return standing(ROWS[row], list(CHECKS[row](ran))).verdict


LIVED = ("JS-3.1g", "JS-3.4b", "JS-3.4c", "JS-3.4e", "JL-3.2a", "JL-6.3b", "JL-6.5", "JL-7.2")


@pytest.mark.parametrize("row", LIVED)
def test_a_row_is_kept_by_good_service(good: Ran, row: str) -> None:
    assert verdict(good, row) in {"kept", "warned"} if row == "JS-3.4c" else verdict(good, row) == "kept"


@pytest.mark.parametrize("row", LIVED)
def test_a_row_is_broken_or_warned_of_by_bad_service(bad: Ran, row: str) -> None:
    assert verdict(bad, row) in {"broken", "warned"}


@pytest.mark.parametrize("row", ["JL-3.2b", "JL-3.2c", "JS-3.3c"])
def test_ledger_and_steps_are_kept_by_a_run(good: Ran, row: str) -> None:
    assert verdict(good, row) == "kept"


# --- rows of 2019, on tables made for them


def tables(folder: Path, **rows: list[Mapping[str, Any]]) -> Frames:
    recorder = Recorder(folder / "parts", {})
    for name, given in rows.items():
        for row in given:
            recorder[name].add(*(row.get(column, 0 if column == "run" else None) for column in SCHEMAS[name]))
    recorder.finish(folder)
    return Frames(folder)


FILED = {"area": "320199", "city": "320100", "asked": AT, "done": AT, "refusal": "", "document_requests": 0}
REFERRED = {**FILED, "type": "referral", "target": "320199", "channel": "hospital_end", "effect_minutes": 0, "trips": 0}
SETTLED = {**FILED, "type": "long_term_work", "target": "320100", "channel": "phone", "trips": 0}
EASY = {"area": "320199", "measure": "JL-3.1d", "channel": "phone", "done_on": dt.date(2019, 12, 31)}
VARIANTS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "JL-3.1a": ({"filings": [REFERRED]}, {"filings": [{**REFERRED, "target": "H32019900001"}]}),
    "JL-3.1b": ({"filings": [REFERRED]}, {"filings": [{**REFERRED, "channel": "window"}] * 12}),
    "JL-3.1d": (
        {"filing_service": [EASY]},
        {"filing_service": [{**EASY, "done_on": dt.date(2020, 1, 2)}]},
    ),
    "JL-3.1e": ({"filings": [SETTLED]}, {"filings": [SETTLED, {**SETTLED, "trips": 1}]}),
    "JL-6.3b": ({"filings": [{**SETTLED, "document_requests": 1}]}, {"filings": [{**SETTLED, "document_requests": 2}]}),
}


@pytest.fixture(scope="module")
def later() -> Scenario:
    """A scenario whose run ends after the days of the notice of 2019."""
    return dataclasses.replace(load_scenario("jiangsu-2016"), end=dt.date(2020, 12, 31))


@pytest.mark.parametrize("row", VARIANTS)
def test_a_row_of_2019_is_kept_by_one_table_and_broken_by_another(row: str, later: Scenario, tmp_path: Path) -> None:
    kept, broken = (Ran(later, tables(tmp_path / str(n), **each), {}) for n, each in enumerate(VARIANTS[row]))
    assert verdict(kept, row) == "kept"
    assert verdict(broken, row) == "broken"


def test_what_an_area_has_opted_for_counts_at_once(later: Scenario, tmp_path: Path) -> None:
    """JL-3.1c: the pack of 2019 has Changchun opt in, and no other area."""
    scenario = dataclasses.replace(later, pack=load_pack("jilin-2019"))
    changchun = {**REFERRED, "city": "220100", "asked": dt.datetime(2019, 12, 20, 10)}
    rows = [changchun, {**changchun, "city": "220200", "effect_minutes": 9}]
    cases = list(CHECKS["JL-3.1c"](Ran(scenario, tables(tmp_path / "a", filings=rows), {})))
    assert [(case.who, case.kept) for case in cases] == [("220100", True)]
    slow = [{**changchun, "effect_minutes": 9}]
    assert verdict(Ran(scenario, tables(tmp_path / "b", filings=slow), {}), "JL-3.1c") == "warned"


def test_the_promise_of_the_notice_counts_areas_and_the_elderly(good: Ran) -> None:
    """JS-1.1: every area by the end of 2016, else broken; a run before that day leaves open what is to come."""
    network = good.scenario.network
    first, *others = network.registry.areas.values()
    areas = {each.code: each for each in (first._replace(connected_on=None), *others)}
    unlinked = dataclasses.replace(network, registry=network.registry._replace(areas=areas))
    whole = dataclasses.replace(good.scenario, end=dt.date(2016, 12, 31))
    assert verdict(good._replace(scenario=whole), "JS-1.1") == "kept"
    assert verdict(good._replace(scenario=dataclasses.replace(whole, network=unlinked)), "JS-1.1") == "broken"
    cases = list(CHECKS["JS-1.1"](good))
    assert len(cases) == len(areas) + 1
    assert cases[-1].kept is None


def test_staff_that_was_not_trained_by_the_day_is_warned_of(tmp_path: Path) -> None:
    owed = {"duty": "training", "owner": "320100", "due": dt.date(2016, 11, 24)}
    whole = load_scenario("jiangsu-2016")
    done = tables(tmp_path / "a", filings=[FILED], duties=[{**owed, "done": dt.date(2016, 8, 1)}])
    late = tables(tmp_path / "b", filings=[FILED], duties=[owed])
    assert verdict(Ran(whole, done, {}), "JS-3.4d") == "kept"
    assert verdict(Ran(whole, late, {}), "JS-3.4d") == "warned"


def test_every_check_is_of_a_row() -> None:
    assert set(CHECKS) <= set(ROWS)
