"""Errors say in both languages what is wrong, where, and what to do."""

from __future__ import annotations

from schemas.errors import BadText, SchemaError
from schemas.values import Name

WHAT, CURE = Name("缺少逗号", "a comma is missing"), Name("请补上", "add it")


def test_a_bad_text_is_one_sentence_with_its_place():
    bad = BadText(WHAT, CURE, line=3, column=7)
    assert bad.en == "line 3, column 7: a comma is missing; add it."
    assert bad.zh == "第3行第7列：缺少逗号；请补上。"


def test_a_bad_text_without_a_place_is_about_the_text():
    assert BadText(WHAT, CURE).en == "the text: a comma is missing; add it."


def test_a_bad_text_is_a_schema_error_and_reads_in_english():
    bad = BadText(WHAT, CURE)
    assert isinstance(bad, SchemaError)
    assert str(bad) == bad.en
