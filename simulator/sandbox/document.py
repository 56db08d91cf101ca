"""The OpenAPI document as a sandbox serves it: with its own address as the server."""

from __future__ import annotations

import asyncio

import orjson
from starlette.requests import Request
from starlette.responses import Response

import schemas

_SERVER = b'"url":"{base}"'
_MADE: list[bytes] = []


async def served(request: Request) -> Response:
    """Return the OpenAPI document; it is made when it is first asked for, beside the event loop."""
    if not _MADE:
        _MADE[:] = [await asyncio.to_thread(_document)]
    address = orjson.dumps(str(request.base_url).rstrip("/"))
    text = _MADE[0].replace(_SERVER, b'"url":' + address, 1)
    return Response(text, media_type="application/json")


def _document() -> bytes:
    from schemas.openapi import openapi  # noqa: PLC0415  # seldom asked for

    made = openapi(schemas.load())
    del made["servers"][0]["variables"]
    return orjson.dumps(made)
