"""What an office does when an action may not be."""

from __future__ import annotations

import datetime as dt
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from simulator.core.platform.effects import Record
from simulator.core.platform.office import Office, declining
from simulator.core.platform.refusals import Refused
from simulator.core.platform.turn import Declined, Turn


class Ask(NamedTuple):
    """An action; ``wrong`` says what is wrong with it."""

    wrong: tuple[str, ...] = ()


def test_what_is_refused_is_declined_with_what_was_found(play: Any) -> None:
    done: list[Ask] = []

    def carry_out(turn: Turn, action: Ask) -> None:
        if action.wrong:
            raise Refused(*action.wrong)
        done.append(action)

    (act,) = declining({Ask: carry_out}).values()
    turn = Turn(play.insured, dt.datetime(2016, 10, 10))
    act(turn, Ask())
    assert (done, turn.effects) == ([Ask()], [])
    wrong = Ask(("unknown_case", "SG1"))
    act(turn, wrong)
    assert (done, turn.effects) == ([Ask()], [Record(Declined(wrong, "unknown_case", ("SG1",)))])


def test_a_refusal_says_in_words_what_it_is() -> None:
    assert str(Refused("case_number_used", "T1")) == "case_number_used: number T1 was used for another case"


def test_one_message_has_one_office(play: Any) -> None:
    class Rival(Office):
        answers = MappingProxyType({"R101": lambda turn, asked: asked})

    with pytest.raises(ValueError, match=r"two offices take.*R101"):
        play.province.install(Rival())
