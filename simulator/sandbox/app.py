"""What a sandbox serves: the business port with the console beside it, and the control port."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from simulator.sandbox.business import Business
from simulator.sandbox.console import Console
from simulator.sandbox.control import control_routes
from simulator.sandbox.document import served
from simulator.sandbox.metrics import CONTENT_TYPE
from simulator.sandbox.sandbox import Sandbox
from simulator.sandbox.telling import told_problem


def business_app(sandbox: Sandbox) -> Business:
    """Return the application of the business port: calls, health, figures, the document, the console at ``/``."""

    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        problem = sandbox.problem
        return PlainTextResponse(f"{problem.en} {problem.zh}\n" if problem else "ready\n", 503 if problem else 200)

    async def metrics(request: Request) -> Response:
        return Response(sandbox.metrics.text(), media_type=CONTENT_TYPE)

    routes = [
        Route("/healthz", healthy),
        Route("/readyz", ready),
        Route("/metrics", metrics),
        Route("/openapi.json", served),
        *Console(sandbox).routes(),
    ]
    return Business(sandbox.front, Starlette(routes=routes), sandbox.answered, limits=sandbox.limits)


def control_app(sandbox: Sandbox) -> Starlette:
    """Return the application of the control port."""
    return Starlette(
        routes=control_routes(sandbox), exception_handlers={HTTPException: told_problem, 500: told_problem}
    )
