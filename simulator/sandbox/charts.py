"""Charts of the console as SVG drawn by the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

_STEP, _HEIGHT = 5, 60


class Chart(NamedTuple):
    """A drawing and the highest value in it."""

    most: float
    drawing: Markup


def bars(values: Sequence[float]) -> Chart:
    """Return a bar for each value; the figure's caption says what they are."""
    most = max(values, default=0.0)
    scale = _HEIGHT / (most or 1)
    drawn = Markup("").join(
        Markup('<rect x="{}" y="{:.1f}" width="4" height="{:.1f}"><title>{:.1f}</title></rect>').format(
            _STEP * index, _HEIGHT - scale * each, scale * each, each
        )
        for index, each in enumerate(values)
    )
    drawing = Markup('<svg class="bars" viewBox="0 0 {} {}" preserveAspectRatio="none" aria-hidden="true">{}</svg>')
    return Chart(most, drawing.format(_STEP * len(values), _HEIGHT, drawn))
