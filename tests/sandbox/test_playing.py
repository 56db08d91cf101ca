"""What a hospital states in the evening is what it was told, however often it asked and whatever it took back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.control_client import Client, play

TWICE = [{"do": "again"}, {"do": "again"}]
REVERSED = [{"do": "reverse"}]
CANCELLED = [{"until": "cancelled"}]
CANCELLED_NOT = [*CANCELLED, {"do": "reverse"}]


@pytest.mark.parametrize(
    ("then", "state", "rows"),
    [
        (TWICE, "settled", 1),
        (REVERSED, "reversed", 0),
        ([*REVERSED, {"do": "again"}], "reversed", 0),
        ([*REVERSED, {"do": "reverse"}], "reversed", 0),
        ([*REVERSED, {"until": "settled"}], "settled", 1),
        (CANCELLED, "cancelled", 0),
        (CANCELLED_NOT, "reversed", 1),
    ],
)
def test_its_books_are_level_with_the_citys(tmp_path: Path, then: list[Any], state: str, rows: int) -> None:
    async def story(client: Client) -> Any:
        await client.did("/stays", {"person": 2})  # so that there is something to state in any case
        stay = (await client.did("/stays", {}))["stay"]
        for step in then:
            told = await client.did(f"/stays/{stay}", step)
        day = await client.did("/reconciliation", {"correct": False})
        books = client.sandbox.engine.host.nodes["320100"].statements.by_hospital  # type: ignore[attr-defined]
        return told["state"], day, sum(each.rows for each in books.under(day["day"]).values())

    found, day, held = play(tmp_path, story)
    assert (found, held) == (state, rows + 1)
    assert [(each["books"], each["level"]) for each in day["hospitals"]] == [("hospital", True)]
