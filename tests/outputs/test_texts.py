"""The tables of texts are complete, and figures are worded the way readers of each language expect."""

from __future__ import annotations

import string

import pytest

from simulator.core.invariants import INVARIANTS
from simulator.core.platform.refusals import REFUSALS
from simulator.core.platform.transactions import FORWARDED, LOCAL
from simulator.outputs import texts
from simulator.outputs.texts import LANGS, Say, load_texts


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_has_both_languages() -> None:
    assert all(set(text) == set(LANGS) and all(text.values()) for text in load_texts().values())


def test_both_languages_fill_the_same_places() -> None:
    differing = [key for key, text in load_texts().items() if places(text["zh"]) != places(text["en"])]
    assert differing == []


def test_chinese_sentences_use_full_width_punctuation() -> None:
    half = [key for key, text in load_texts().items() if any(mark in text["zh"] for mark in (", ", "; ", ": ", "("))]
    assert half == []


def test_every_refusal_invariant_and_transaction_has_a_name() -> None:
    say = Say("zh")
    reasons = [name for name in REFUSALS if not say.has("reason", name)]
    invariants = [check.__name__ for check in INVARIANTS if not say.has("invariant", check.__name__)]
    transactions = [infno for infno in FORWARDED | LOCAL if not say.has("transaction", infno)]
    assert (reasons, invariants, transactions) == ([], [], [])


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert Say("zh").name("reason", "some_new_reason") == "some new reason"


def test_an_unknown_sentence_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        Say("en")("head.no_such_sentence")


@pytest.mark.parametrize(
    ("fen", "zh", "en"),
    [
        (0, "0.00元", "0.00 yuan"),
        (123_456, "1,234.56元", "1,234.56 yuan"),
        (3_254_161_527, "3,254.16万元", "32.54 million yuan"),
        (325_416_152_700, "32.54亿元", "3.25 billion yuan"),
        (-1_000_000, "−1.00万元", "−10,000.00 yuan"),
    ],
)
def test_money_takes_the_unit_of_its_size(fen: int, zh: str, en: str) -> None:
    assert (Say("zh").money(fen), Say("en").money(fen)) == (zh, en)


def test_large_amounts_are_in_the_unit_of_the_table() -> None:
    assert (Say("zh").large(1_234_567_890), Say("en").large(1_234_567_890)) == ("1,234.57", "12,345.7")


def test_other_figures() -> None:
    say = Say("en")
    assert (say.share(None), say.share(0.44531), say.rate(8650), say.rate(9000)) == ("–", "44.53%", "86.5%", "90%")
    assert (say.fixed(123_456, 6), say.fixed(80_000_000, 6), say.fixed(3_333_333, 4)) == (
        "0.123456",
        "80.00",
        "333.3333",
    )
    assert (say.day("2016-10-31"), Say("zh").day("2016-10-31")) == ("31 October 2016", "2016年10月31日")
    assert (say.month("2016-05"), Say("zh").month("2016-05")) == ("May 2016", "2016年5月")


def test_a_text_without_a_language_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts.tomllib, "loads", lambda _: {"head": {"title": {"zh": "标题"}}})
    with pytest.raises(ValueError, match=r"head\.title must stand once, with zh and en"):
        load_texts.__wrapped__()
