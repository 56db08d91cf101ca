"""The messages of chosen visits: valid for anybody with plain `jsonschema`, and the very bodies the events name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # ships no types

import schemas
from simulator.core.platform.message import Message
from simulator.inputs.wire import Wire

ONE_IN_A_HUNDRED = 0.01
OF_EACH_KIND = 12  # bodies by transaction, direction and answer that plain jsonschema is asked about
DIRECTION: Mapping[str, schemas.Direction] = {"request": "request", "reply": "response"}


def bodies(run: Any) -> pl.DataFrame:
    """The kept bodies beside their hops."""
    hops = run.table("events").select("seq", "leg", "infcode", "bytes", "digest", "received_at")
    found: pl.DataFrame = run.table("messages").join(hops, on="seq", how="left", validate="1:1").sort("seq")
    return found


def of_each_kind(kept: pl.DataFrame) -> pl.DataFrame:
    kinds = ["infno", "direction", "infcode"]
    return kept.unique(["msgid", "direction", "body"], maintain_order=True).group_by(kinds).head(OF_EACH_KIND)


def plain_validators() -> dict[tuple[str, str], Any]:
    registry = schemas.load()
    return {
        (infno, said): Draft202012Validator(registry.schema(infno, direction), registry=registry.resources)
        for infno in registry.transactions
        for said, direction in DIRECTION.items()
    }


@pytest.mark.parametrize("number", [float, Decimal])
def test_kept_bodies_validate_with_plain_jsonschema(either: Any, number: type) -> None:
    validators = plain_validators()
    seen = set()
    for row in of_each_kind(bodies(either)).iter_rows(named=True):
        body = json.loads(row["body"], parse_float=number)
        errors = [error.message for error in validators[row["infno"], row["direction"]].iter_errors(body)]
        assert errors == [], (row["seq"], row["infno"], row["direction"])
        seen.add((row["infno"], row["direction"]))
    asked = {"9001", "1101", "2401", "2301", "2402", "2303", "2304", "2404", "3201"}
    assert seen >= {(infno, direction) for infno in asked for direction in DIRECTION}


def test_bodies_of_undone_steps_and_reversals_are_among_them(stalled: Any) -> None:
    kept = of_each_kind(bodies(stalled))
    assert {"2302", "2404", "2405", "2601"} <= set(kept["infno"])


def test_a_whole_direct_visit_validates_with_plain_jsonschema(whole: Any) -> None:
    validators = plain_validators()
    visit = whole.table("stays").filter(pl.col("outcome") == "direct").row(0, named=True)
    kept = bodies(whole).filter(pl.col("visit") == visit["visit"])
    assert {"1101", "2401", "2301", "2402", "2303", "2304"} <= set(kept["infno"])
    for row in kept.iter_rows(named=True):
        validators[row["infno"], row["direction"]].validate(json.loads(row["body"]))


def test_plain_jsonschema_refuses_a_body_with_one_field_broken(whole: Any) -> None:
    settled = bodies(whole).filter((pl.col("infno") == "2304") & (pl.col("direction") == "request")).row(0, named=True)
    body = json.loads(settled["body"])
    body["input"]["data"]["medfee_sumamt"] = "1.00"
    assert not plain_validators()["2304", "request"].is_valid(body)


def test_every_kept_body_decodes_to_the_digest_and_size_in_the_events(either: Any) -> None:
    wire = Wire(schemas.load())
    asked: dict[str, Message] = {}
    known: dict[str, tuple[str, int]] = {}
    kept = bodies(either)
    assert kept.height > 4000
    for row in kept.iter_rows(named=True):
        text = f"{row['direction']} {row['msgid']} {row['body']}"
        if text not in known:
            parsed: Any = schemas.parse(row["body"])
            if row["direction"] == "request":
                message = wire.decode_request(parsed)
                asked[row["msgid"]] = message
            else:
                message = wire.decode_reply(asked[row["msgid"]], parsed)
            canonical = wire.canonical(message)
            known[text] = hashlib.sha256(canonical).hexdigest()[:32], len(canonical)
        assert known[text] == (row["digest"], row["bytes"]), row["seq"]


def test_what_the_head_of_a_body_says_is_what_the_hop_says(whole: Any) -> None:
    for row in of_each_kind(bodies(whole)).iter_rows(named=True):
        body = json.loads(row["body"])
        if row["direction"] == "request":
            assert (body["infno"], body["msgid"]) == (row["infno"], row["msgid"])
        else:
            assert body["infcode"] == row["infcode"]
            assert bool(body["err_msg"]) == (row["infcode"] != 0)


def test_with_check_all_the_body_of_every_hop_is_kept(whole: Any) -> None:
    events, kept = whole.table("events"), whole.table("messages")
    columns = ["run", "seq", "visit", "msgid", "infno", "direction", "from", "to", "sent_at"]
    assert kept.select(columns).equals(events.select(columns))


def test_with_check_sample_whole_visits_are_kept_about_one_in_a_hundred(run_of: Any) -> None:
    run = run_of(days=40, scale=0.005)
    events, kept = run.table("events"), run.table("messages")
    chosen = set(kept["visit"])
    assert 0 < len(chosen) < 4 * ONE_IN_A_HUNDRED * events["visit"].n_unique()
    assert set(events.filter(pl.col("visit").is_in(list(chosen)))["seq"]) == set(kept["seq"])
    assert all(run.world.chosen("stay", visit) or run.world.chosen("statement", visit) for visit in chosen)
    assert run.world.auditor.messages >= kept.unique(["msgid", "direction"]).height
    assert run.world.auditor.findings == 0


def test_an_amount_in_a_body_has_its_two_decimals(whole: Any) -> None:
    body = bodies(whole).filter((pl.col("infno") == "2304") & (pl.col("infcode") == 0))["body"][0]
    parsed: Any = schemas.parse(body)
    info = parsed["output"]["setlinfo"]
    assert all(info[name].as_tuple().exponent == -2 for name in ("medfee_sumamt", "fund_pay_sumamt", "psn_cash_pay"))


def test_the_text_keeps_rare_characters_as_they_are(whole: Any) -> None:
    texts = whole.table("messages")["body"]
    rare = texts.filter(texts.str.contains("𠮷"))
    assert not rare.is_empty()
    assert not texts.str.contains(r"\\u[0-9a-f]{4}").any()
