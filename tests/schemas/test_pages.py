"""The pages say what the schemas say, in both languages, and the ones in `docs/` are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import schemas
from schemas.pages import MARK, as_document, pages, transaction_page, write_pages

REGISTRY = schemas.load("v1")
PAGES = dict(pages(REGISTRY))
FOLDER = Path(__file__).parents[2] / "docs/reference/interfaces"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("name", PAGES)
def test_the_page_in_docs_is_the_one_of_the_schemas(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == f"{MARK}\n\n{PAGES[name]}", "run: make docs"


def test_docs_has_no_other_page() -> None:
    assert {entry.name for entry in FOLDER.iterdir()} == PAGES.keys()


@pytest.mark.parametrize("infno", REGISTRY.transactions)
def test_a_page_names_every_field_code_table_and_rule_of_its_messages(infno: str) -> None:
    page = PAGES[f"{infno}.md"]
    for way in ("request", "response"):
        stack = [REGISTRY.body(infno, way)]  # type: ignore[arg-type]
        while stack:
            block = stack.pop()
            stack += block.blocks.values()
            for field in block.fields.values():
                assert f"| `{field.name}` | {field.zh}<br>{field.en} |" in page or field.zh == field.en
                assert field.code is None or f"(codes.md#{field.code})" in page
        for rule, _ in REGISTRY.rules_of(infno, way):  # type: ignore[arg-type]
            assert f"| `{rule.id}` |" in page or f"| `{rule.id}` |" in PAGES["envelope.md"]
        assert REGISTRY.examples[infno, way].strip() in page  # type: ignore[index]


@pytest.mark.parametrize("infno", REGISTRY.transactions)
def test_a_page_in_english_has_chinese_in_its_examples_only(infno: str) -> None:
    text = re.sub("```json.*?```", "", transaction_page(REGISTRY, infno, "en"), flags=re.DOTALL)
    assert not CHINESE.search(text)


def test_a_page_in_chinese_and_of_one_direction() -> None:
    page = transaction_page(REGISTRY, "2304", "zh", "request")
    assert page.startswith("# 2304 住院结算\n")
    assert "## 请求" in page
    assert "## 应答" not in page


def test_every_code_table_stands_in_the_page_of_codes() -> None:
    for name, table in REGISTRY.tables.items():
        assert f"## {name}\n" in PAGES["codes.md"]
        for code, label in table.labels.items():
            assert f"| `{code}` | {label.zh}" in PAGES["codes.md"]


def test_a_diagram_has_its_parties_and_no_character_that_ends_a_line() -> None:
    for flow in REGISTRY.flows:
        diagram = re.search("```mermaid\n(.*?)```", PAGES[f"flow-{flow['id']}.md"], re.DOTALL)
        assert diagram
        assert ";" not in diagram[1]
        opened = len(re.findall(r"^ +(opt|alt|loop|par) ", diagram[1], re.MULTILINE))
        assert opened == len(re.findall(r"^ +end$", diagram[1], re.MULTILINE))
        for over in re.findall(r"Note over ([^:]+):", diagram[1]):
            assert len(over.split(",")) <= 2, "Mermaid knows notes over one party or from one to another"
        for party in flow["parties"]:
            assert f"participant {party['id']} as {party['zh']}" in diagram[1]


def test_a_flow_names_transactions_that_exist() -> None:
    for flow in REGISTRY.flows:
        for number in re.findall(r"\[([0-9A-Z]{4})\]\(", PAGES[f"flow-{flow['id']}.md"]):
            assert number in REGISTRY.transactions


def test_writing_the_pages_removes_those_that_are_gone(tmp_path: Path) -> None:
    (tmp_path / "0000.md").write_text(f"{MARK}\n\n# 0000\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("somebody's own", encoding="utf-8")
    assert write_pages(REGISTRY, tmp_path) == len(PAGES)
    assert {entry.name for entry in tmp_path.iterdir()} == {*PAGES, "README.md"}


def test_an_unknown_transaction_is_refused_by_name() -> None:
    with pytest.raises(schemas.SchemaError, match="0000"):
        transaction_page(REGISTRY, "0000")
    with pytest.raises(schemas.SchemaError, match="0000"):
        as_document(REGISTRY, "0000")
