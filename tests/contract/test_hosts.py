"""The contract of hosts: one script gives the same messages, byte for byte, on every leg, whoever hosts the platforms.

A host may carry what goes different ways in any order, and takes its own time; what goes from one organisation to
another goes in one order, and the times that platforms are told are those of the script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from simulator.inputs.platforms import ground_of
from tests.contract.hosts import Bare, Simulated, readable, served
from tests.contract.playing import Hop, Player, read_script
from tests.core.conftest import picture

SCRIPT = read_script()
PARTS = [part["name"] for part in SCRIPT["part"]]


def by_leg(hops: list[Hop]) -> dict[tuple[str, str], list[Hop]]:
    """The messages of each leg, in their order."""
    legs: dict[tuple[str, str], list[Hop]] = {}
    for each in hops:
        legs.setdefault(each[:2], []).append(each)
    return dict(sorted(legs.items()))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Any]]:
    """The hosts by name, each with what it carried: step by step, in every part."""
    ground, folder, start = ground_of("jiangsu-2023"), tmp_path_factory.mktemp("hosts"), SCRIPT["start"]
    with served(ground, start, folder) as server:
        hosts: dict[str, Any] = {"core": Bare(ground, start), "simpy": Simulated(ground, start, folder), "http": server}
        found: dict[str, Any] = {}
        for name, host in hosts.items():
            player = Player(ground, host, SCRIPT)
            found[name] = host, {part["name"]: player.play(part) for part in SCRIPT["part"]}
        yield found


@pytest.mark.parametrize("host", ["simpy", "http"])
@pytest.mark.parametrize("part", PARTS)
def test_every_message_is_the_same_on_every_leg(played: Any, part: str, host: str) -> None:
    core, other = played["core"][1][part], played[host][1][part]
    for number, (here, there) in enumerate(zip(core, other, strict=True)):
        if by_leg(here) != by_leg(there):
            step = next(each for each in SCRIPT["part"] if each["name"] == part)["steps"][number]
            assert list(map(readable, there)) == list(map(readable, here)), step
            raise AssertionError(f"the same content, but other bytes: {step}")


def test_the_script_goes_everywhere(played: Any) -> None:
    """Hospital, both roles of a city, both provinces, ministry, finance are on some leg; every kind of message too."""
    hops = [each for steps in played["core"][1].values() for step in steps for each in step]
    assert {"320100", "320300", "990100", "320000", "990000", "100000"} <= {each.end for each in hops}
    assert {"9001", "2401", "2301", "2303", "2304", "2305", "2601", "3201", "3203"} <= {
        readable(each)[2].get("infno", "") for each in hops
    }


def test_platforms_are_in_the_same_state_in_the_end(played: Any) -> None:
    here, server, world = (played[host][0] for host in ("core", "http", "simpy"))
    world.stop_listening()
    for code in ("320100", "320300", "990100", "320000", "990000", "100000", "C32010000001"):
        wanted, served = picture(here.nodes[code]), picture(server.nodes[code])
        assert served == wanted, code
        lived = picture(world.nodes[code])
        assert lived | {"_exchanges": {}} == wanted | {"_exchanges": {}}, code  # the world lets go of letters answered
