"""Settlement rows are mirrored, never changed."""

from __future__ import annotations

import datetime as dt
from typing import Any

LATER = dt.datetime(2016, 10, 11, 8, 0)


def test_a_cancelling_row_mirrors_and_names_what_it_cancels(play: Any) -> None:
    stay = play.stay().settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    mirror = row.cancelled("M1", LATER)
    assert (mirror.setl_id, mirror.init_setl_id, mirror.refund, mirror.at) == ("M1", row.setl_id, True, LATER)
    assert mirror.shares == row.shares.negated()
    assert (row.sign, mirror.sign) == (1, -1)
    assert mirror.inputs is row.inputs


def test_the_mirror_of_a_cancelling_row_settles_again(play: Any) -> None:
    stay = play.stay().settled()
    row = play.insured.insured.visits.find(stay.mdtrt_id).settlement
    again = row.cancelled("M1", LATER).cancelled("M2", LATER)
    assert (again.refund, again.init_setl_id, again.shares) == (False, "M1", row.shares)
