"""A platform made anew and given a snapshot is the platform that was, and goes on as it would have."""

from __future__ import annotations

import os
import pickle
from typing import Any

import pytest

from simulator.sandbox.snapshot import Frames, Unusable
from tests.core.conftest import CALENDAR, Play, bare_nodes, picture, small_network


@pytest.fixture
def framed() -> Any:
    """The small network with its frames, and a maker of the same platforms without a past."""
    network, facts = small_network()

    def frames(nodes: Any) -> Frames:
        first = nodes["320100"]
        return Frames(nodes, [first.registry, first.pack, first.catalogue, CALENDAR])

    def anew() -> tuple[dict[str, Any], Frames]:
        nodes = bare_nodes(network.pack, network.catalogue)
        return nodes, frames(nodes)

    return Play(network, facts), frames(network.nodes), anew


def test_platforms_are_again_what_they_were(framed: Any) -> None:
    play, frames, anew = framed
    play.stay("resident").settled().about("2305")
    stay = play.stay()
    stay.admit()
    nodes, fresh = anew()
    assert fresh.load(frames.dump({"asker": 1})) == {"asker": 1}
    assert {code: picture(node) for code, node in nodes.items()} == play.state()
    assert [node.serial for node in nodes.values()] == [node.serial for node in play.net.nodes.values()]


def test_platforms_go_on_as_they_would_have(framed: Any) -> None:
    play, frames, anew = framed
    stay = play.stay()
    stay.admit()
    nodes, fresh = anew()
    fresh.load(frames.dump(None))
    began, serial = play.now, play.desk._serial
    replies = []
    for platforms in (play.net.nodes, nodes):
        play.relay.nodes, play.now, play.desk._serial, stay.lines = platforms, began, serial, {}
        replies.append([stay.upload_bill(), stay.discharge(), stay.settle(), stay.about("2305")])
    assert replies[0] == replies[1]
    assert {code: picture(node) for code, node in nodes.items()} == play.state()


def test_a_snapshot_of_other_platforms_is_unusable(framed: Any) -> None:
    _, frames, anew = framed
    nodes, _ = anew()
    del nodes["320300"]
    first = nodes["320100"]
    with pytest.raises(Unusable):
        Frames(nodes, [first.registry, first.pack, first.catalogue, CALENDAR]).load(frames.dump(None))


class Evil:
    """What a tampered file would like to be done."""

    def __reduce__(self) -> Any:
        return os.system, ("true",)


def test_a_snapshot_makes_nothing_but_values_of_the_core(framed: Any) -> None:
    _, frames, _ = framed
    for text in (pickle.dumps(({}, Evil())), b"", b"\x80\x05garbage", frames.dump(None)[:-20]):
        with pytest.raises(Unusable, match="cannot be used"):
            frames.load(text)
