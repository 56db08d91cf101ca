"""The hooks of the conformance bench, as ``docs/reference/hooks.md`` words them for every system under test."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.core.filing.facts import Filed
from simulator.core.filing.filing import Filing
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.sandbox import people as who
from simulator.sandbox import readings as read
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.telling import told, written
from simulator.sandbox.wrong import Wrong

_FILING = ("psn_no", "filing_type", "insured_area", "target", "begin")


class HookCalls:
    """What a bench may have a system under test do."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._elsewhere: dict[str, tuple[str, Person]] = {}  # insured on platforms below: the province, and who it is

    async def people(self, request: Request) -> Response:
        """``load_people``: enrol people, all of them or none; a province notes who those of its cities are."""
        nodes, registry = self._sandbox.engine.host.nodes, self._sandbox.ground.network.national
        facts: list[tuple[str, Any]] = []
        elsewhere: dict[str, tuple[str, Person]] = {}
        rows = _rows(await read.body(request), "people")
        for row in rows:
            person = who.read_person(row)
            home, province = (
                who.home_of(nodes, registry, person.insured_area),
                registry.province_of(person.insured_area),
            )
            if home is not None:
                facts.append((home.code, Enrolled(person)))
            elif province in nodes:
                elsewhere[person.psn_no] = province, person
            else:
                raise Wrong(f"本进程没有参保地{person.insured_area}", f"no platform here for {person.insured_area}")
        self._elsewhere |= elsewhere
        await self._sandbox.engine.learn_all(facts)
        return told({"people": len(rows)})

    async def filings(self, request: Request) -> Response:
        """``load_filings``: know filings as if they had been made; the target of a ``chronic`` one is its disease.

        The provinces of insurance and of the target keep them as their copies.
        """
        nodes, registry = self._sandbox.engine.host.nodes, self._sandbox.ground.network.national
        facts: list[tuple[str, Any]] = []
        for row in _rows(await read.body(request), "filings"):
            filing = _filing(row)
            city, province, person = self._known(filing.psn_no)
            fact = _fact(filing)
            if city:
                facts.append((city, fact))
            copy = fact._replace(person=person) if isinstance(fact, Filed) else fact
            on_the_way = {province, registry.province_of(filing.target)} & nodes.keys()
            facts += [(code, copy) for code in sorted(on_the_way)]
        await self._sandbox.engine.learn_all(facts)
        return told({"filings": len(facts)})

    def _known(self, psn_no: str) -> tuple[str, str, Person]:
        """Return a person with city (empty where it is elsewhere) and province of insurance; raises Wrong."""
        found = who.find_person(self._sandbox.engine.host.nodes, psn_no)
        if found is not None:
            city, person = found
            return city.code, self._sandbox.ground.network.national.province_of(person.insured_area) or "", person
        if psn_no not in self._elsewhere:
            raise Wrong(f"没有人员{psn_no}", f"there is no person {psn_no}")
        return "", *self._elsewhere[psn_no]

    async def clock(self, request: Request) -> Response:
        """``set_clock``: go on from a time that is not past; for ``{"now": null}`` as if it had never been set."""
        sandbox, said = self._sandbox, await read.body(request)
        if "now" in said and said["now"] is None:
            sandbox.engine.set_back()
            await sandbox.engine.caught_up()
            return told({"now": written(sandbox.clock.now())})
        when = read.when(said, sandbox.clock.now())
        if when < sandbox.clock.now():
            raise Wrong(f"时钟只能向前，现为{written(sandbox.clock.now())}", "the clock only goes forward")
        await sandbox.engine.advanced(when)
        return told({"now": written(sandbox.clock.now())})


def _rows(said: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = said.get(name)
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise Wrong(f"{name}须为列表", f"{name} is a list of objects")
    return rows


def _fact(filing: Filing) -> Filed | Declared:
    if filing.filing_type != CHRONIC:
        return Filed(filing)
    found = Declaration(filing.sn, CHRONIC, filing.psn_no, "", filing.target, "", filing.begin, filing.end)
    return Declared(found._replace(approved=True))


def _filing(row: Mapping[str, Any]) -> Filing:
    missing = [name for name in _FILING if not isinstance(row.get(name), str)]
    if missing:
        raise Wrong(f"缺少{missing[0]}", f"{missing[0]} is missing")
    try:
        begin = dt.date.fromisoformat(row["begin"])
        end = dt.date.fromisoformat(row["end"]) if row.get("end") else None
    except (TypeError, ValueError):
        raise Wrong("begin和end须为yyyy-MM-dd", "begin and end are dates like 2024-05-06") from None
    psn_no, filing_type, area, target = (row[name] for name in _FILING[:4])
    made = Filing(psn_no, filing_type, area, target, begin, end)
    return made._replace(sn=row["sn"]) if row.get("sn") else made.numbered()
