"""The one message type: read-only, with readers."""

from __future__ import annotations

import pytest

from simulator.core.platform.message import Key, reply_to, request

ASKED = request(
    "2304",
    Key("H1", "M1"),
    {"mdtrtarea_admvs": "320199", "insuplc_admdvs": "320399"},
    {"data": {"psn_no": "P1"}, "rows": [{"n": 1}, {"n": 2}]},
)


def test_a_request_reads_its_party_msgid_and_areas() -> None:
    assert (ASKED.party, ASKED.msgid) == ("H1", "M1")
    assert (ASKED.treatment_area, ASKED.insured_area) == ("320199", "320399")
    assert not ASKED.is_reply
    assert not ASKED.succeeded


@pytest.mark.parametrize("head", [{"mdtrtarea_admvs": "1"}, {"mdtrtarea_admvs": "1", "insuplc_admdvs": ""}])
def test_without_a_place_of_insurance_it_is_the_treatment_place(head: dict[str, str]) -> None:
    assert request("2304", Key("H1", "M1"), head, {}).insured_area == "1"


def test_blocks_and_rows_are_read_by_name() -> None:
    assert ASKED.block("data")["psn_no"] == "P1"
    assert [row["n"] for row in ASKED.rows("rows")] == [1, 2]
    assert ASKED.rows("data") == (ASKED.block("data"),)
    assert ASKED.rows("absent") == ()
    with pytest.raises(KeyError):
        ASKED.block("absent")
    with pytest.raises(KeyError, match="list"):
        ASKED.block("rows")


def test_a_message_cannot_be_changed_in_place() -> None:
    with pytest.raises(TypeError):
        ASKED.block("data")["psn_no"] = "P2"  # type: ignore[index]  # that is the point
    with pytest.raises(TypeError):
        ASKED.rows("rows")[0]["n"] = 3  # type: ignore[index]
    with pytest.raises(TypeError):
        ASKED.head["opter"] = "x"  # type: ignore[index]


def test_adding_fields_gives_another_message_and_leaves_the_first() -> None:
    more = ASKED.with_fields("data", {"x": 1}).with_head(sender_admdvs="320100")
    assert dict(more.block("data")) == {"psn_no": "P1", "x": 1}
    assert more.head["sender_admdvs"] == "320100"
    assert dict(ASKED.block("data")) == {"psn_no": "P1"}
    assert "sender_admdvs" not in ASKED.head


def test_a_reply_bears_the_key_of_what_it_answers() -> None:
    good, bad = reply_to(ASKED, {"err_msg": ""}, {"out": {"a": 1}}), reply_to(ASKED, {}, {}, infcode=-1)
    assert (good.infno, good.key) == ("2304", ASKED.key)
    assert good.is_reply
    assert good.succeeded
    assert bad.is_reply
    assert not bad.succeeded
