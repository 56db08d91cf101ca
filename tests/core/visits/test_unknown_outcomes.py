"""Unknown outcomes of every transaction that 2601 may reverse: lost, late, repeated, overtaken, reversed twice.

Each is played on its own: the network is brought to the moment before the transaction, and afterwards it must hold
either what it held before or what it holds after a quiet success, to the fen and on every side.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from simulator.core.platform.refusals import REFUSALS
from simulator.core.visits.lifecycle import REVERSIBLE

from .playing import WARD, Clinic, Pharmacy, essence

NANJING, XUZHOU = "320100", "320300"
UNKNOWN, BUSY, REVERSED, LATER = (
    REFUSALS[name].code for name in ("outcome_unknown", "busy", "reversed", "later_steps")
)
LEGS = 6  # hospital, city of treatment, province, city of insurance, and back
LAST_LEGS_LEFT = 4  # the answer is between province and city of treatment


class Case(NamedTuple):
    """A transaction about to be sent, who plays it, and a step that stands on it once it has succeeded."""

    player: Any
    asked: Any
    later: Callable[[Any], Any]


def admission(play: Any) -> Case:
    stay = play.stay("worker")

    def later(reply: Any) -> Any:
        stay.mdtrt_id = reply.block("result")["mdtrt_id"]
        return stay.upload_bill()

    return Case(stay, stay.desk.admit(play.tick(), stay.person, play.now, WARD), later)


def settlement(play: Any) -> Case:
    stay = play.stay("worker")
    assert all(step().succeeded for step in (stay.admit, stay.upload_bill, stay.discharge))
    return Case(stay, stay.bill_request(), lambda reply: cancelled(stay, "2305", reply))


def part_settlement(play: Any) -> Case:
    stay = play.stay("worker")
    assert all(step().succeeded for step in (stay.admit, stay.upload_bill))
    asked = stay.desk.settle(play.tick(), "2304", stay.person, stay.mdtrt_id, stay.bill, use_account=True, part=True)

    def later(reply: Any) -> Any:
        stay.upload_bill()
        amount = stay.bill - reply.block("setlinfo")["medfee_sumamt"]
        return play.ask(
            stay.desk.settle(play.tick(), "2304", stay.person, stay.mdtrt_id, amount, use_account=True, part=True)
        )

    return Case(stay, asked, later)


def cancellation(play: Any) -> Case:
    stay = play.stay("worker").settled()
    asked = stay.desk.about_visit(play.tick(), "2305", stay.person, stay.mdtrt_id, setl_id=stay.setl_id)
    return Case(stay, asked, lambda reply: stay.settle())


def outpatient_settlement(play: Any) -> Case:
    visit = Clinic(play).seen()
    return Case(visit, visit.bill_request(), lambda reply: cancelled(visit, "2208", reply))


def outpatient_cancellation(play: Any) -> Case:
    visit = Clinic(play).seen()
    assert visit.settle().succeeded
    return Case(visit, visit.about_request("2208"), lambda reply: visit.settle())


def purchase(play: Any) -> Case:
    shop = Pharmacy(play)
    return Case(shop, shop.request(), lambda reply: cancelled(shop, "2103", reply))


def purchase_cancellation(play: Any) -> Case:
    shop = Pharmacy(play)
    assert shop.buy().succeeded
    return Case(shop, shop.about_request("2103"), lambda reply: shop.buy(use_account=True))


def cancelled(player: Any, infno: str, reply: Any) -> Any:
    """Cancel the settlement that a reply has told."""
    info = reply.block("setlinfo")
    asked = player.desk.about_visit(player.play.tick(), infno, player.person, info["mdtrt_id"], setl_id=info["setl_id"])
    return player.play.ask(asked)


CASES = {
    "2102": purchase,
    "2103": purchase_cancellation,
    "2207": outpatient_settlement,
    "2208": outpatient_cancellation,
    "2304": settlement,
    "2304 of a part": part_settlement,
    "2305": cancellation,
    "2401": admission,
}


class Scene:
    """A network just before a transaction, and the wire on which it is then sent."""

    def __init__(self, play: Any, case: Case, wire: Any) -> None:
        self.play, self.case, self.wire = play, case, wire
        self.before = essence(play)

    def send(self, message: Any, hops: int = 99) -> Scene:
        """Send a message and carry it so many hops; the rest of the way stays in flight."""
        self.wire.send(message.party, NANJING, message)
        for _ in range(hops):
            if self.wire.flying:
                self.wire.deliver(self.play.tick(1))
        return self

    def time_out(self) -> Any:
        """Let every deadline pass; return what the hospital has been answered last."""
        self.wire.ring(self.play.tick(120))
        self.wire.deliver_all(self.play.now)
        return self.wire.answers.get(self.case.asked.key, [None])[-1]

    def ask(self, message: Any) -> Any:
        """Send a message, carry it all the way and return the answer."""
        self.send(message)
        return self.wire.answer(message)

    def reversal(self) -> Any:
        return self.case.player.desk.reverse(self.play.tick(), self.case.player.person, self.case.asked)

    @property
    def now(self) -> dict[str, Any]:
        return essence(self.play)


@pytest.fixture(params=sorted(CASES))
def make_scene(request: Any, make_town: Any, make_wire: Any) -> Any:
    def make() -> Scene:
        play = make_town()
        return Scene(play, CASES[request.param](play), make_wire(play.net.nodes))

    return make


@pytest.fixture
def scene(make_scene: Any) -> Scene:
    made: Scene = make_scene()
    return made


@pytest.fixture
def after(make_scene: Any) -> dict[str, Any]:
    """What the network holds when nothing goes wrong."""
    quiet = make_scene()
    assert quiet.ask(quiet.case.asked).succeeded
    return dict(quiet.now)


def test_every_reversible_transaction_is_played() -> None:
    assert {name[:4] for name in CASES} == REVERSIBLE


@pytest.mark.parametrize("lost_after", range(LEGS))
def test_what_is_lost_is_reversed_and_leaves_what_was(scene: Scene, lost_after: int) -> None:
    asked = scene.case.asked
    scene.send(asked, lost_after).wire.lose()
    answer = scene.time_out()
    assert answer is None or answer.infcode == UNKNOWN
    assert scene.ask(scene.reversal()).succeeded
    assert scene.now == scene.before
    assert scene.ask(asked).infcode == REVERSED
    assert scene.now == scene.before


@pytest.mark.parametrize("lost_after", range(LEGS))
def test_what_is_lost_is_asked_again_and_succeeds_once(scene: Scene, after: dict[str, Any], lost_after: int) -> None:
    scene.send(scene.case.asked, lost_after).wire.lose()
    scene.time_out()
    first = scene.ask(scene.case.asked)
    assert first.succeeded
    assert scene.now == after
    assert scene.ask(scene.case.asked) == first
    assert scene.now == after


def test_a_late_reply_is_kept_and_counts(scene: Scene, after: dict[str, Any]) -> None:
    held = scene.send(scene.case.asked, LAST_LEGS_LEFT).wire.flying.pop()
    assert scene.time_out().infcode == UNKNOWN
    scene.wire.flying.append(held)
    scene.wire.deliver_all(scene.play.tick())
    assert scene.now == after
    assert scene.ask(scene.case.asked).succeeded
    assert scene.now == after


def test_a_reply_later_than_the_reversal_changes_nothing(scene: Scene) -> None:
    held = scene.send(scene.case.asked, LAST_LEGS_LEFT).wire.flying.pop()
    assert scene.ask(scene.reversal()).succeeded
    scene.wire.flying.append(held)
    scene.wire.deliver_all(scene.play.tick())
    assert scene.wire.answer(scene.case.asked).infcode == REVERSED
    assert scene.now == scene.before


def test_a_duplicate_on_the_way_and_after_counts_once(scene: Scene, after: dict[str, Any]) -> None:
    asked = scene.case.asked
    for _ in range(2):
        scene.wire.send(asked.party, NANJING, asked)
    scene.wire.deliver_all(scene.play.tick())
    assert scene.now == after
    answer = scene.wire.answer(asked)
    assert scene.ask(asked) == answer
    assert scene.now == after


def test_a_reversal_before_its_original_bars_it(scene: Scene) -> None:
    assert scene.ask(scene.reversal()).succeeded
    assert scene.ask(scene.case.asked).infcode == REVERSED
    for code in (NANJING, XUZHOU):
        assert scene.play.net.nodes[code].is_void(scene.case.asked.key)
    assert scene.now == scene.before


def test_a_second_reversal_gets_the_first_answer(scene: Scene) -> None:
    assert scene.ask(scene.case.asked).succeeded
    first = scene.ask(scene.reversal())
    assert scene.now == scene.before
    scene.play.tick(3_600)
    second = scene.ask(scene.reversal())
    assert second.head == first.head
    assert scene.now == scene.before


def test_two_reversals_on_the_way_at_once_undo_once(scene: Scene) -> None:
    assert scene.ask(scene.case.asked).succeeded
    both = [scene.reversal() for _ in range(2)]
    for asked in both:
        scene.wire.send(asked.party, NANJING, asked)
    scene.wire.deliver_all(scene.play.tick())
    assert all(scene.wire.answer(asked).succeeded for asked in both)
    assert scene.now == scene.before


def test_the_same_can_be_done_again_after_a_reversal(scene: Scene, after: dict[str, Any]) -> None:
    asked = scene.case.asked
    assert scene.ask(asked).succeeded
    assert scene.ask(scene.reversal()).succeeded
    again = asked._replace(key=asked.key._replace(msgid=f"{asked.msgid[:-1]}X"))
    assert scene.ask(again).succeeded
    assert money(scene.now) == money(after)


def money(held: dict[str, Any]) -> dict[str, Any]:
    """What is held, without the visits, whose settlements bear other numbers the second time."""
    return {key: value for key, value in held.items() if key[1:] not in {("treatment",), ("insured",)}}


def test_what_later_steps_stand_on_is_not_reversed(scene: Scene) -> None:
    answer = scene.ask(scene.case.asked)
    later = scene.case.later(answer)
    assert later is None or later.succeeded, later.head["err_msg"]
    held = scene.now
    reversal = scene.ask(scene.reversal())
    if scene.case.asked.infno in {"2102", "2207", "2304"} and scene.play.treatment.is_void(scene.case.asked.key):
        assert reversal.succeeded  # it is cancelled already: nothing is left to reverse
    elif scene.case.asked.infno == "2103":
        assert reversal.succeeded  # another purchase stands on nothing
        return
    else:
        assert reversal.infcode == LATER
    assert scene.now == held


@pytest.mark.parametrize("lost_after", range(LEGS))
def test_a_reversal_that_is_lost_is_sent_again(scene: Scene, lost_after: int) -> None:
    assert scene.ask(scene.case.asked).succeeded
    reversal = scene.reversal()
    scene.send(reversal, lost_after).wire.lose()
    scene.wire.ring(scene.play.tick(120))
    scene.wire.deliver_all(scene.play.now)
    assert scene.ask(reversal).succeeded
    assert scene.now == scene.before
