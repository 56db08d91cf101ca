"""How the control API answers: JSON, times, and why something cannot be."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


def told(body: Any) -> Response:
    """Return a JSON answer that ends its line."""
    return Response(orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE), media_type="application/json")


def written(at: dt.datetime) -> str:
    """Return a time as the interface writes it."""
    return f"{at:%Y-%m-%d %H:%M:%S}"


async def told_problem(request: Request, problem: Exception) -> Response:
    """Word an address or a method that is not there, and a fault of the sandbox itself."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    zh, en = {
        404: (f"没有地址{request.url.path}", f"there is no address {request.url.path}"),
        405: (f"{request.url.path}不支持{request.method}", f"{request.url.path} does not take {request.method}"),
    }.get(status, ("沙箱故障，请报告", f"a fault of the sandbox ({type(problem).__name__}): please report it"))
    return JSONResponse({"zh": zh, "en": en}, status_code=status)
