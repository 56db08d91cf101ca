"""Identity numbers hold what GB 11643 says; the numbers here have an area that never existed."""

from __future__ import annotations

from typing import Any

import pytest

LAYOUT = {"data": "no brdy gend"}
RULE = {"kind": "identity", "number": "no"}


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("990000196203140019", None),
        ("990000196203140027", None),
        ("990000196203140018", "has a wrong check character"),
        ("990001196203140019", "has a wrong check character"),
        ("990000196202300019", "holds a day of birth that does not exist"),
        ("99000019620314001A", "is not 17 digits and a check character"),
        ("９９００００１９６２０３１４００１９", "is not 17 digits and a check character"),
        ("\ud80090000196203140019"[:18], "is not 17 digits and a check character"),
        ("990000620314001", None),
        ("", None),
        (None, None),
        (990000196203140018, None),
        ([], None),
    ],
)
def test_an_identity_number_checks_itself(judge: Any, number: object, words: str | None):
    found = judge(RULE, LAYOUT, {"data": {"no": number}})
    assert found == ([(("data", "no"), words)] if words else [])


def test_the_check_character_ten_is_written_x_or_small_x(judge: Any):
    bodies = (f"99000019620314{sequence:03d}" for sequence in range(1, 40))
    ten = [body for body in bodies if judge(RULE, LAYOUT, {"data": {"no": body + "X"}}) == []]
    assert ten
    assert judge(RULE, LAYOUT, {"data": {"no": ten[0] + "x"}}) == []
    assert judge(RULE, LAYOUT, {"data": {"no": ten[0] + "0"}}) != []


@pytest.mark.parametrize(
    ("birth", "holds"),
    [("1962-03-14", True), ("1962-03-14 00:00:00", True), ("1962-03-15", False), ("", True), ("1962", True), (5, True)],
)
def test_the_day_of_birth_is_in_the_number(judge: Any, birth: object, holds: bool):
    found = judge({**RULE, "birth": "brdy"}, LAYOUT, {"data": {"no": "990000196203140019", "brdy": birth}})
    assert found == ([] if holds else [(("data", "brdy"), "is not the one in no")])


@pytest.mark.parametrize(
    ("number", "gender", "holds"),
    [
        ("990000196203140019", "1", True),
        ("990000196203140019", "2", False),
        ("990000196203140027", "2", True),
        ("990000196203140027", 1, False),
        ("990000196203140027", "9", True),
        ("990000196203140027", [], True),
        ("990000620314001", "2", True),
        (None, "2", True),
    ],
)
def test_the_sex_is_in_the_number(judge: Any, number: object, gender: object, holds: bool):
    found = judge({**RULE, "gender": "gend"}, LAYOUT, {"data": {"no": number, "gend": gender}})
    assert found == ([] if holds else [(("data", "gend"), "is not the one in no")])
