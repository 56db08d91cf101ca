"""A sequence diagram of what happened to a message or a visit, across the tiers, as SVG drawn by the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

_COLUMN, _ROW, _TOP, _MARGIN = 190, 30, 64, 90


class Leg(NamedTuple):
    """A message on its way: from, to, what it says, whether it is a reply and whether it was refused.

    ``number`` is the entry it arrived with; ``time`` is shown at its start. A ``fault`` tells what was done to it
    instead of arriving.
    """

    start: str
    end: str
    label: str
    reply: bool
    refused: bool
    number: int
    time: str
    fault: bool = False


def sequence(legs: Sequence[Leg], names: Mapping[str, str], title: str) -> Markup:
    """Return the diagram; ``names`` are the parties in order of their columns. Arrow n leads to ``#mn`` of the page."""
    columns = {party: _MARGIN + index * _COLUMN for index, party in enumerate(names)}
    width = 2 * _MARGIN + (len(columns) - 1) * _COLUMN
    height = _TOP + len(legs) * _ROW + 24
    parts = [
        Markup('<svg class="sequence" role="group" aria-label="{}" viewBox="0 0 {} {}" width="{}" height="{}">').format(
            title, width, height, width, height
        ),
        *(_head(name, columns[party], height) for party, name in names.items()),
        *(_arrow(leg, columns, _TOP + index * _ROW, index + 1) for index, leg in enumerate(legs)),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _head(name: str, x: int, height: int) -> Markup:
    return Markup(
        '<line class="life" x1="{0}" y1="40" x2="{0}" y2="{1}"/>'
        '<rect class="party" x="{2}" y="8" width="168" height="30" rx="4"/><text class="name" x="{0}" y="28">{3}</text>'
    ).format(x, height - 8, x - 84, _short(name))


def _arrow(leg: Leg, columns: Mapping[str, int], y: int, number: int) -> Markup:
    start, end = columns[leg.start], columns[leg.end]
    kind = "fault" if leg.fault else "refused" if leg.refused else "reply" if leg.reply else "request"
    way = 1 if end > start else -1
    tip = end - 2 * way
    head = f"{tip},{y} {tip - 8 * way},{y - 4} {tip - 8 * way},{y + 4}"
    return Markup(
        '<a href="#m{0}"><g class="leg {1}"><line x1="{2}" y1="{3}" x2="{4}" y2="{3}"/><polygon points="{5}"/>'
        '<text x="{6}" y="{7}">{8}</text><title>{9} {8}</title></g></a>'
    ).format(number, kind, start, y, tip, Markup(escape(head)), (start + end) // 2, y - 6, leg.label, leg.time)


def _short(name: str) -> str:
    return name if len(name) <= 12 else f"{name[:11]}…"
