"""What a sandbox serves: the business port with the console beside it, and the control port."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from simulator.sandbox.business import Business
from simulator.sandbox.control import control_routes
from simulator.sandbox.front import Answer
from simulator.sandbox.sandbox import Sandbox


def business_app(sandbox: Sandbox) -> Business:
    """Return the application of the business port: calls, health, metrics and the console at ``/``."""

    async def healthy(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        problem = sandbox.problem
        return PlainTextResponse(f"{problem or 'ready'}\n", status_code=503 if problem else 200)

    others = Starlette(routes=[Route("/healthz", healthy), Route("/readyz", ready)])

    def told(answer: Answer, seconds: float) -> None:
        sandbox.answered(answer, seconds)

    return Business(sandbox.front, others, told)


def control_app(sandbox: Sandbox) -> Starlette:
    """Return the application of the control port."""

    async def refused(request: Request, problem: Exception) -> Response:
        return JSONResponse({"error": str(problem)}, status_code=400)

    return Starlette(routes=control_routes(sandbox), exception_handlers={ValueError: refused, LookupError: refused})
