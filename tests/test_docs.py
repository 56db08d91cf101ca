"""The documentation tells the truth: links lead somewhere, tables are the code's, names are the glossary's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import yidi
from simulator.core.platform.refusals import REFUSALS
from simulator.inputs.scenarios import load_scenario
from simulator.world.recorder import SCHEMAS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
CHINESE = [page for page in PAGES if page.name.endswith(".zh-CN.md")]
FENCED = re.compile(r"^ *```\w*\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"(?:\$ )?((?:\.venv/bin/|yidi |make |curl |python |pip |mkdir |sed |grep |iconv ).*)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / link).exists()]
    assert not missing


def test_the_page_of_refusals_is_the_table_of_the_core() -> None:
    text = (ROOT / "docs/reference/refusals.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| -")]
    assert rows == [
        f"| {refusal.code} | `{name}` | {refusal.zh} | {refusal.en} | {'yes' if refusal.passing else ''} |"
        for name, refusal in REFUSALS.items()
    ]


@pytest.mark.parametrize("page", ["results.md", "results.zh-CN.md"])
def test_the_page_of_results_names_every_column_of_the_tables_it_lists_whole(page: str) -> None:
    text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    for table in ("events", "messages", "ledger"):
        assert f"`{', '.join(SCHEMAS[table])}`" in text, table


@pytest.mark.parametrize("page", CHINESE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_and_its_chinese_sibling_lead_to_one_another_and_give_the_same_commands(page: Path) -> None:
    def commands(text: str) -> list[str]:
        lines = "\n".join(FENCED.findall(text)).splitlines()
        found = [COMMAND.fullmatch(re.sub(r"\s+#.*| --lang zh| --json", "", line).strip()) for line in lines]
        return [each[1] for each in found if each]

    sibling = page.with_name(page.name.replace(".zh-CN", ""))
    chinese, english = page.read_text(encoding="utf-8"), sibling.read_text(encoding="utf-8")
    assert f"]({sibling.name})" in chinese
    assert f"]({page.name})" in english
    assert commands(chinese) == commands(english)


def test_the_chinese_page_of_magic_people_has_the_figures_of_the_english_one() -> None:
    def rows(name: str) -> list[str]:
        text = (ROOT / "docs/reference" / name).read_text(encoding="utf-8")
        return [re.sub("<br>[^|]* ", " ", line) for line in text.splitlines() if re.match(r"\| (\d|`\{)", line)]

    assert len(rows("magic-people.md")) > 40
    assert rows("magic-people.zh-CN.md") == rows("magic-people.md")


def test_every_setting_a_page_recommends_is_accepted() -> None:
    found = {
        (scenario, setting)
        for page in PAGES
        for scenario, rest in re.findall(r"yidi simulate ([a-z0-9-]+)([^`\n]*)", page.read_text(encoding="utf-8"))
        for setting in re.findall(r"--set (\S+)", rest)
    }
    assert len(found) > 0
    for scenario, setting in found:
        load_scenario(scenario, overrides=[setting])


def test_no_page_names_a_path_of_a_machine() -> None:
    for page in PAGES:
        assert not re.search(r"/(work|home|root|tmp)/", page.read_text(encoding="utf-8")), page


def _options(group: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield every option of every command in its shortest spelling."""
    for name in group.commands:
        command = group.get_command(None, name)
        if hasattr(command, "commands"):
            yield from _options(command, (*path, name))
        else:
            yield from (min(each.opts, key=len) for each in command.params if each.opts[0].startswith("-"))


@pytest.mark.parametrize("page", ["command.md", "command.zh-CN.md"])
def test_the_page_of_the_command_names_every_command_and_option(page: str) -> None:
    text = (ROOT / "docs/reference" / page).read_text(encoding="utf-8")
    assert [name for name in yidi.PLACES if f"yidi {name}" not in text] == []
    assert sorted({each for each in _options(yidi.Commands(name="yidi")) if f"{each}" not in text} - {"--help"}) == []
