"""The control API: what a test may do to a sandbox that no party may. On its own port, loopback only by default."""

from __future__ import annotations

import datetime as dt
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from simulator.sandbox.sandbox import Sandbox


def control_routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes of the control API."""

    async def clock(request: Request) -> JSONResponse:
        if request.method == "POST":
            sandbox.engine.advance(_when(await request.json(), sandbox.clock.now()))
        return JSONResponse({"now": f"{sandbox.clock.now():%Y-%m-%d %H:%M:%S}"})

    return [Route("/clock", clock, methods=["GET", "POST"])]


def _when(body: Any, now: dt.datetime) -> dt.datetime:
    """Return the time a body asks for: ``now`` (a time) or ``seconds``, ``days`` from the present one."""
    if "now" in body:
        return dt.datetime.fromisoformat(str(body["now"]))
    return now + dt.timedelta(days=int(body.get("days", 0)), seconds=int(body.get("seconds", 0)))
