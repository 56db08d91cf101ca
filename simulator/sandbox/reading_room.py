"""The interface as the console shows it: transactions by group, their fields, rules and examples, codes, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import schemas
from schemas.values import Block, Direction, Field, Transaction
from simulator.core.platform.refusals import BY_CODE, REFUSALS
from simulator.sandbox.rendering import SECURITY, Pages

_WAYS: tuple[Direction, ...] = get_args(Direction)


class ReadingRoom:
    """The pages of one version of the interface."""

    def __init__(self, registry: schemas.Registry, pages: Pages) -> None:
        self._registry = registry
        self._pages = pages

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        return [
            Route("/docs", self._index),
            Route("/docs/head", self._head),
            Route("/docs/refusals", self._refusals),
            Route("/docs/codes", self._codes),
            Route("/docs/codes/{name}", self._table),
            Route("/docs/{infno}", self._transaction),
            Route("/docs/{infno}/{way}", self._schema),
        ]

    async def _index(self, request: Request) -> Response:
        wanted = request.query_params.get("q", "").strip()
        shown = [each for each in self._registry.transactions.values() if self._fits(each, wanted)]
        groups = [(name, [each for each in shown if each.group == key]) for key, name in self._registry.groups.items()]
        return self._pages.page(request, "docs.html", "docs", groups=[g for g in groups if g[1]], wanted=wanted)

    def _fits(self, transaction: Transaction, wanted: str) -> bool:
        if not wanted:
            return True
        small = wanted.lower()
        names = transaction.infno, transaction.name.zh, transaction.name.en
        if any(small in name.lower() for name in names):
            return True
        bodies = (self._registry.body(transaction.infno, way) for way in _WAYS)
        return any(small in block.fields for body in bodies for _, block in blocks_of(body))

    async def _head(self, request: Request) -> Response:
        heads = {way: self._registry.head(way).values() for way in _WAYS}
        return self._pages.page(request, "head.html", "docs", heads=heads, length=length)

    async def _refusals(self, request: Request) -> Response:
        return self._pages.page(request, "refusals.html", "docs", refusals=BY_CODE.values())

    async def _codes(self, request: Request) -> Response:
        return self._pages.page(request, "codes.html", "docs", tables=self._registry.tables.values())

    async def _table(self, request: Request) -> Response:
        table = self._registry.tables.get(request.path_params["name"])
        if table is None:
            return self._pages.missing(request, request.path_params["name"], "docs")
        return self._pages.page(request, "table.html", "docs", table=table)

    async def _transaction(self, request: Request) -> Response:
        infno = request.path_params["infno"]
        transaction = self._registry.transactions.get(infno)
        if transaction is None:
            return self._pages.missing(request, infno, "docs")
        registry = self._registry
        return self._pages.page(
            request,
            "transaction.html",
            "docs",
            transaction=transaction,
            sides={
                way: {
                    "blocks": list(blocks_of(registry.body(infno, way))),
                    "rules": registry.rules_of(infno, way),
                    "example": registry.examples[infno, way],
                }
                for way in _WAYS
            },
            refusals=[REFUSALS[name] for name in transaction.refusals if name in REFUSALS],
            length=length,
        )

    async def _schema(self, request: Request) -> Response:
        """Return the JSON Schema of a message: ``/docs/2304/request.json``."""
        infno, way = request.path_params["infno"], request.path_params["way"].removesuffix(".json")
        if infno not in self._registry.transactions or way not in _WAYS:
            return self._pages.missing(request, f"{infno}/{way}", "docs")
        text = orjson.dumps(self._registry.schema(infno, way), option=orjson.OPT_INDENT_2)
        return Response(text, media_type="application/schema+json", headers=SECURITY)


def blocks_of(body: Block, path: str = "") -> Iterator[tuple[str, Block]]:
    """Yield a body and the blocks in it with their places, outer ones first; those without fields are left out."""
    place = f"{path}.{body.name}" if path else body.name
    if body.fields:
        yield place, body
    for block in body.blocks.values():
        yield from blocks_of(block, place)


def length(field: Field) -> str:
    """Return a field's length as the published tables write it: ``16,2``."""
    if field.length is None:
        return ""
    return f"{field.length},{field.decimals}" if field.decimals else str(field.length)
