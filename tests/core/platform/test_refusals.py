"""The table of refusals."""

from __future__ import annotations

import string

from simulator.core.platform.refusals import BY_CODE, REFUSALS


def test_codes_and_names_are_unique_and_below_the_interfaces_own() -> None:
    assert len(BY_CODE) == len(REFUSALS)
    assert all(code < -1 for code in BY_CODE)
    assert all(BY_CODE[refusal.code].name == name for name, refusal in REFUSALS.items())


def test_both_sentences_can_be_filled_with_the_same_findings() -> None:
    for refusal in REFUSALS.values():
        fields = {field for _, field, _, _ in string.Formatter().parse(refusal.zh) if field is not None}
        found = [f"<{number}>" for number in range(len(fields))]
        assert all(part in refusal.zh.format(*found) for part in found), refusal.name
        assert refusal.en.format(*found)


def test_only_what_may_be_sent_again_is_passing() -> None:
    passing = {name for name, refusal in REFUSALS.items() if refusal.passing}
    assert passing == {"busy", "outcome_unknown", "too_many", "upstream_down"}
