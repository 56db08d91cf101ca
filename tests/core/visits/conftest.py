"""The small network with every kind of care open, and the schemas at its side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

import schemas
from simulator.core.filing.declarations import CHRONIC, Declaration, Declared
from simulator.inputs.wire import Wire

from .playing import DIABETES, EVERY_KIND, HYPERTENSION

XUZHOU = "320300"


@pytest.fixture
def make_town(make_play: Any) -> Any:
    """Make the small network with every kind of care open; ``worker`` has two chronic diseases filed."""

    def make(**changed: Any) -> Any:
        play = make_play(**{**EVERY_KIND, **changed})
        for disease in (HYPERTENSION, DIABETES):
            declared = Declaration(
                f"D{disease.code}", CHRONIC, "P2", "310", disease.code, disease.name, play.now.date()
            )
            play.insured.fold(Declared(declared))
            play.relay.facts.append((XUZHOU, Declared(declared)))
        return play

    return make


@pytest.fixture
def town(make_town: Any) -> Any:
    return make_town()


@pytest.fixture(scope="session")
def violations() -> Any:
    """Tell what the schemas find wrong with the messages among the hops of a relay, refusals left out."""
    known = schemas.load()
    wire = Wire(known)

    def found(hops: Iterable[tuple[str, str, Any]]) -> list[str]:
        wrong = []
        for _, _, message in hops:
            direction: schemas.Direction = "response" if message.is_reply else "request"
            text = wire.encode(message).decode()
            wrong += [
                f"{message.infno} {direction}: {each}" for each in known.check_text(message.infno, direction, text)
            ]
        return wrong

    return found
