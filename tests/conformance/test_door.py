"""The door of the bench: many at a time or one alone, nobody waits for ever, and who dies lets go."""

import threading

import pytest

from conformance.door import Door, Gone

SECONDS = 5


class Asking:
    """Somebody who asks to be let in on a thread of their own; ``came`` is set once they are inside or turned away."""

    def __init__(self, door: Door, name: str, worker: str = "", *, alone: bool = False) -> None:
        self.whose, self.came, self.gone = (name, 0), threading.Event(), False

        def ask() -> None:
            try:
                door.enter(self.whose, worker, alone=alone)
            except Gone:
                self.gone = True
            self.came.set()

        threading.Thread(target=ask, daemon=True).start()

    @property
    def is_in(self) -> bool:
        return self.came.wait(SECONDS) and not self.gone

    @property
    def waits(self) -> bool:
        return not self.came.wait(0.05)


def test_many_are_in_at_a_time() -> None:
    door = Door()
    assert all(Asking(door, name).is_in for name in "abc")


def test_who_wants_to_be_alone_waits_for_all_and_the_others_for_them() -> None:
    door = Door()
    door.enter(("a", 0), "", alone=False)
    alone = Asking(door, "alone", alone=True)
    assert alone.waits
    late = Asking(door, "late")
    assert late.waits, "who comes later does not overtake"
    door.leave(("a", 0))
    assert alone.is_in
    assert late.waits
    door.leave(alone.whose)
    assert late.is_in


def test_two_are_alone_one_after_the_other() -> None:
    door = Door()
    one = Asking(door, "one", alone=True)
    assert one.is_in
    two = Asking(door, "two", alone=True)
    assert two.waits
    door.leave(one.whose)
    assert two.is_in


def test_who_dies_lets_go() -> None:
    door = Door()
    door.enter(("case", 0), "gw0", alone=True)
    waiting, same = Asking(door, "other", "gw1"), Asking(door, "case of the dead", "gw0")
    assert waiting.waits
    assert door.close_to("gw0") == (("case", 0),)
    assert same.came.wait(SECONDS)
    assert same.gone
    door.leave(("case", 0))
    assert waiting.is_in


def test_who_died_while_waiting_to_be_alone_holds_nobody_up() -> None:
    door = Door()
    door.enter(("a", 0), "gw0", alone=False)
    dead = Asking(door, "alone", "gw1", alone=True)
    assert dead.waits
    door.close_to("gw1")
    assert dead.came.wait(SECONDS)
    assert Asking(door, "b", "gw0").is_in


def test_nobody_comes_in_after_their_worker_has_left() -> None:
    door = Door()
    door.close_to("gw0")
    with pytest.raises(Gone):
        door.enter(("a", 0), "gw0", alone=False)
