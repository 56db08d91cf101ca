"""The calls of the control API about people and their filings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulator.core.filing.actions import CancelFiling, File
from simulator.core.filing.facts import Filed
from simulator.core.network.city import City
from simulator.core.platform.effects import Record
from simulator.core.values.people import Person
from simulator.core.visits.insured import Enrolled
from simulator.sandbox import people as who
from simulator.sandbox import readings as read
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.staff import Staff
from simulator.sandbox.telling import told
from simulator.sandbox.wrong import Wrong

_PAGE, _MOST = 100, 1_000  # people of a list


class PeopleCalls:
    """What a test may do about people."""

    def __init__(self, sandbox: Sandbox, staff: Staff) -> None:
        self._sandbox, self._staff = sandbox, staff

    @property
    def _nodes(self) -> Mapping[str, Any]:
        return self._staff.nodes

    async def people(self, request: Request) -> Response:
        """List people, masked; ``area`` is a city or pooling area, ``from`` and ``limit`` turn the pages."""
        first, limit = read.page(request, _PAGE, _MOST)
        found = list(who.everybody(self._nodes, request.query_params.get("area", "")))
        return told({"count": len(found), "people": [who.masked(each) for each in found[first : first + limit]]})

    async def load(self, request: Request) -> Response:
        """Enrol people given as NDJSON: all of them, or none."""
        found = who.read_people(await request.body(), self._nodes, self._sandbox.ground.network.national)
        await self._sandbox.engine.learn_all((home, Enrolled(person)) for home, person in found)
        return told({"enrolled": len(found)})

    async def person(self, request: Request) -> Response:
        """Show one person whole."""
        home, person = self._whole(request.path_params["psn_no"])
        return told(who.whole(home, person, self._sandbox.clock.now().date()))

    def _whole(self, psn_no: str) -> tuple[City, Person]:
        found = who.find_person(self._nodes, psn_no)
        if found is None:
            raise Wrong(f"没有人员{psn_no}", f"there is no person {psn_no}")
        return found

    async def filings(self, request: Request) -> Response:
        """List the filings of one person, every version."""
        home, person = self._whole(request.query_params.get("psn_no", ""))
        return told({"filings": [who.filing_row(each) for each in home.filings.book.of(person.psn_no)]})

    async def file(self, request: Request) -> Response:
        """Have a filing made at the place of insurance, by the rules of filing."""
        asked = read.filing(await read.body(request))
        home, _ = self._whole(asked.psn_no)
        effects = await self._staff.act(home.code, File(**asked._asdict()))
        made = next(e.fact for e in effects if isinstance(e, Record) and isinstance(e.fact, Filed))
        return told(who.filing_row(made.filing))

    async def cancel_filing(self, request: Request) -> Response:
        """Have a filing ended."""
        sn = request.path_params["sn"]
        reason, on = read.ending(await read.body(request))
        for code, city in self._nodes.items():
            filing = city.filings.book.latest(sn) if isinstance(city, City) else None
            if filing is not None and city.insured.person(filing.psn_no):
                await self._staff.act(code, CancelFiling(sn, on, reason))
                return told(who.filing_row(city.filings.book.latest(sn)))
        raise Wrong(f"没有备案{sn}", f"there is no filing {sn}")
