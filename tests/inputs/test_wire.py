"""Between JSON text and messages, exactly, both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from simulator.core.platform.message import Key, Message, reply_to, request
from simulator.inputs.wire import Wire, integer, number

REGISTRY = schemas.load()
WIRE = Wire(REGISTRY)
EXAMPLES = {
    entry.name.removesuffix(".json"): entry.read_text(encoding="utf-8")
    for entry in (files("schemas") / "v1" / "examples").iterdir()
    if entry.name.endswith(".json")
}
DECIMALS = st.sampled_from([2, 4, 6])
LARGEST = 10**16 - 1  # sixteen digits, whatever the decimals
SCALED = st.integers(-LARGEST, LARGEST)
NAMES = sorted(EXAMPLES)


def parsed(text: str | bytes) -> Any:
    return schemas.parse(text)


def exact(text: str | bytes) -> Any:
    """The text with every number as it is written: 1 and 1.0 differ."""
    return json.loads(text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits))


def decoded(name: str, body: Any) -> Message:
    infno, direction = name.split(".")
    if direction == "request":
        return WIRE.decode_request(body)
    return WIRE.decode_reply(request(infno, Key("H32010000001", "M1"), {}, {}), body)


def values_in(block: Any) -> list[Any]:
    """Every single value of blocks and rows."""
    if isinstance(block, Mapping):
        return [value for each in block.values() for value in values_in(each)]
    if isinstance(block, tuple | list):
        return [value for row in block for value in values_in(row)]
    return [block]


# --- whole messages


@pytest.mark.parametrize("name", NAMES)
def test_every_example_comes_back_with_the_same_values(name: str) -> None:
    text = EXAMPLES[name]
    again = WIRE.encode(decoded(name, parsed(text)))
    if name != "9101.request":  # of a file the text comes back, however tightly it was packed
        assert parsed(again) == parsed(text)
    assert decoded(name, parsed(again)) == decoded(name, parsed(text))
    assert WIRE.encode(decoded(name, parsed(again))) == again


@pytest.mark.parametrize("name", NAMES)
def test_what_is_encoded_is_valid_again(name: str) -> None:
    infno, direction = name.split(".")
    way: schemas.Direction = "request" if direction == "request" else "response"
    assert REGISTRY.check_text(infno, way, WIRE.encode(decoded(name, parsed(EXAMPLES[name])))) == ()


@pytest.mark.parametrize("name", NAMES)
def test_no_float_and_no_decimal_is_inside_a_message(name: str) -> None:
    message = decoded(name, parsed(EXAMPLES[name]))
    kinds = {type(value) for block in message.blocks.values() for value in values_in(block)}
    assert kinds <= {int, str, bool, type(None)}


def test_an_amount_is_written_with_its_fields_decimals() -> None:
    body = parsed(EXAMPLES["2301.request"])
    rows = exact(WIRE.encode(WIRE.decode_request(body)))["input"]["feedetail"]
    for row in rows:
        for field, decimals in (("det_item_fee_sumamt", 2), ("cnt", 4), ("pric", 6)):
            assert len(row[field][1].partition(".")[2]) == decimals


def test_a_whole_number_may_stand_for_an_amount() -> None:
    body = parsed(EXAMPLES["2304.request"])
    body["input"]["data"]["medfee_sumamt"] = 12
    assert WIRE.decode_request(body).block("data")["medfee_sumamt"] == 1200


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("2304.request", ("data", "medfee_sumamt"), "0.001"),
        ("2304.request", ("data", "medfee_sumamt"), "1E-3"),
        ("2301.request", ("feedetail", 0, "cnt"), "0.00001"),
        ("2301.request", ("feedetail", 0, "pric"), "0.0000001"),
        ("2301.request", ("feedetail", 0, "det_item_fee_sumamt"), "12.345"),
    ],
)
def test_more_decimals_than_the_field_has_are_refused(name: str, path: tuple[Any, ...], value: str) -> None:
    body = parsed(EXAMPLES[name])
    place = body["input"]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = Decimal(value)
    with pytest.raises(ValueError, match="decimals"):
        WIRE.decode_request(body)


def test_an_integer_written_as_1_point_0_is_the_integer() -> None:
    body = parsed(EXAMPLES["2401.request"])
    plain = WIRE.decode_request(body)
    body["input"]["diseinfo"][0]["diag_srt_no"] = Decimal("1.0")
    assert REGISTRY.validator("2401", "request").check(body) == ()
    message = WIRE.decode_request(body)
    assert WIRE.canonical(message) == WIRE.canonical(plain)
    assert WIRE.encode(message)


def test_a_missing_amount_and_an_empty_one_stay_what_they_are() -> None:
    body = parsed(EXAMPLES["2304.request"])
    body["input"]["data"].pop("medfee_sumamt")
    assert "medfee_sumamt" not in WIRE.decode_request(body).block("data")
    body["input"]["data"]["medfee_sumamt"] = None
    message = WIRE.decode_request(body)
    assert message.block("data")["medfee_sumamt"] is None
    assert parsed(WIRE.encode(message)) == body


def test_a_refusal_has_no_output_and_comes_back() -> None:
    asked = WIRE.decode_request(parsed(EXAMPLES["2304.request"]))
    head = {"inf_refmsgid": "3201002016", "respond_time": "20160601120000000", "err_msg": "未签到"}
    refusal = reply_to(asked, head, {}, infcode=-113)
    text = WIRE.encode(refusal)
    assert parsed(text) == {"infcode": -113, **head}
    assert WIRE.decode_reply(asked, parsed(text)) == refusal


@given(name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20))
def test_any_text_survives(name: str) -> None:
    body = parsed(EXAMPLES["2304.request"])
    body["input"]["data"]["psn_name"] = name
    text = WIRE.encode(WIRE.decode_request(body))
    assert parsed(text)["input"]["data"]["psn_name"] == name


def test_cjk_extension_b_is_written_as_it_is() -> None:
    body = parsed(EXAMPLES["2304.request"])
    body["input"]["data"]["psn_name"] = "𠮷𪚥"
    text = WIRE.encode(WIRE.decode_request(body))
    assert "𠮷𪚥".encode() in text
    assert WIRE.decode_request(parsed(text)).block("data")["psn_name"] == "𠮷𪚥"


# --- the canonical form


@given(order=st.randoms(use_true_random=False))
def test_the_canonical_form_does_not_see_order_spelling_times_or_signatures(order: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            order.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        if isinstance(value, list):
            return [shuffled(each) for each in value]
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        return value

    body = parsed(EXAMPLES["2301.request"])
    other = shuffled(body) | {"inf_time": "2026-01-01 00:00:00", "opter": "somebody"}
    one, two = WIRE.decode_request(body), WIRE.decode_request(other)
    assert WIRE.canonical(one) == WIRE.canonical(two)


@pytest.mark.parametrize("name", NAMES)
def test_the_canonical_form_has_only_integers_for_numbers(name: str) -> None:
    form = parsed(WIRE.canonical(decoded(name, parsed(EXAMPLES[name]))))
    assert not any(isinstance(value, Decimal) for value in values_in(form))


def test_the_canonical_form_of_another_amount_is_another() -> None:
    body = parsed(EXAMPLES["2304.request"])
    before = WIRE.canonical(WIRE.decode_request(body))
    body["input"]["data"]["medfee_sumamt"] += Decimal("0.01")
    assert WIRE.canonical(WIRE.decode_request(body)) != before


def test_refusals_differ_in_canonical_form_by_code_and_text() -> None:
    asked = WIRE.decode_request(parsed(EXAMPLES["2304.request"]))
    forms = {
        WIRE.canonical(reply_to(asked, {"err_msg": text, "respond_time": when}, {}, infcode=code))
        for code in (-113, -122)
        for text in ("甲", "乙")
        for when in ("1", "2")
    }
    assert len(forms) == 4


# --- single numbers


@given(value=SCALED, decimals=DECIMALS)
def test_a_scaled_integer_is_written_and_read_without_loss(value: int, decimals: int) -> None:
    written = orjson.dumps(number(value, decimals)).decode()
    assert Decimal(written) == Decimal(value).scaleb(-decimals)
    assert len(written.partition(".")[2]) == decimals
    back = parsed(written)
    assert isinstance(back, Decimal)
    assert integer(back, decimals) == value


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (5, 2, "0.05"),
        (-5, 2, "-0.05"),
        (0, 2, "0.00"),
        (-100, 2, "-1.00"),
        (-105, 2, "-1.05"),
        (9_999_999_999_999_999, 2, "99999999999999.99"),
        (-9_999_999_999_999_999, 2, "-99999999999999.99"),
        (1, 4, "0.0001"),
        (10_000, 4, "1.0000"),
        (-1, 6, "-0.000001"),
        (123_456, 6, "0.123456"),
        (9_999_999_999_999_999, 6, "9999999999.999999"),
    ],
)
def test_numbers_are_written_digit_by_digit(value: int, decimals: int, text: str) -> None:
    assert orjson.dumps(number(value, decimals)) == text.encode()
    assert integer(Decimal(text), decimals) == value


@given(value=SCALED.filter(lambda value: value % 10), decimals=DECIMALS)
def test_one_decimal_more_is_refused_for_any_number(value: int, decimals: int) -> None:
    with pytest.raises(ValueError, match="decimals"):
        integer(Decimal(value).scaleb(-decimals - 1), decimals)


@given(value=st.integers(-(10**14) + 1, 10**14 - 1), decimals=DECIMALS)
def test_trailing_zeros_and_powers_of_ten_mean_the_same(value: int, decimals: int) -> None:
    assert integer(value, decimals) == integer(Decimal(f"{value}.000000000"), decimals) == value * 10**decimals
    assert integer(Decimal(value).scaleb(-2).normalize(), decimals) == value * 10 ** (decimals - 2)


@given(text=st.decimals(-(10**14), 10**14, places=2, allow_nan=False, allow_infinity=False))
def test_amounts_from_text_are_exact_in_fen(text: Decimal) -> None:
    assert integer(parsed(f"{text:f}"), 2) == int(text * 100)


def test_a_number_in_a_field_of_no_type_goes_out_as_it_came_in() -> None:
    body = parsed(EXAMPLES["2305.response"])
    body["output"]["setlinfo"][0]["age"] = Decimal("64.50")
    asked = WIRE.decode_request(parsed(EXAMPLES["2305.request"]))
    message = WIRE.decode_reply(asked, body)
    assert b'"age":64.5,' in WIRE.encode(message)
    assert b'"age":64.5,' in WIRE.canonical(message)
