"""What is raised now and then and fades in between: awareness by publicity, skill by training."""

from __future__ import annotations

from simulator.world.clock import DAY_MS


class Fading:
    """A level in [0, 1] by place, ``start`` everywhere; ``gain`` is the share of what is missing that one effort adds.

    A level is halved in ``half_days``.
    """

    def __init__(self, start: float, gain: float, half_days: float) -> None:
        self._start = start
        self._gain = gain
        self._half_ms = half_days * DAY_MS
        self._known: dict[str, tuple[float, int]] = {}

    def at(self, place: str, ms: int) -> float:
        """Return the level of a place at a moment."""
        level, since = self._known.get(place, (self._start, 0))
        return level if not level else float(level * 0.5 ** ((ms - since) / self._half_ms))

    def lift(self, place: str, ms: int) -> None:
        """Raise the level of a place now."""
        level = self.at(place, ms)
        self._known[place] = level + self._gain * (1.0 - level), ms
