"""The tables of the pages about the built-in scenarios, made from the files.

A page holds them between two marks; `test_scenario_docs.py` holds the page to them, `python -m tests.scenario_tables`
writes them anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from simulator.core.values.parameters import Basis
from simulator.inputs.scenarios import FigureValue, Scenario, list_scenarios, load_scenario

ROOT = Path(__file__).parents[1]
LANGS = {"en": "", "zh": ".zh-CN"}
BEGIN, END = "<!-- made from the files by python -m tests.scenario_tables -->", "<!-- end of what is made -->"

_LONG = 8  # a list or table with more entries is told by their number
_HEADS = {
    "en": {
        "targets": ("Targets of the notice", "target", "clause", "wanted", "by"),
        "figures": ("Figures of the scenario", "figure", "value", "unit", "rests on", "confidence"),
        "network": ("Columns of the network", "column", "rests on", "confidence"),
        "pack": ("Records of the policy pack", "part", "by a clause", "assumed", "clauses"),
        "assumptions": ("Assumptions of scenario, network and catalogue", "id", "confidence", "what", "source"),
    },
    "zh": {
        "targets": ("通知的目标", "目标", "条款", "要求", "期限"),
        "figures": ("情景数值", "数值", "取值", "单位", "依据", "可信度"),
        "network": ("网络各列", "列", "依据", "可信度"),
        "pack": ("政策包记录", "部分", "有条款", "假设", "条款号"),
        "assumptions": ("情景、网络和目录的假设", "编号", "可信度", "内容", "来源"),
    },
}
_COUNTED = {"en": "{} values", "zh": "{}个值"}


def page_of(name: str, lang: str) -> Path:
    """Return the page about a scenario in a language."""
    return ROOT / "docs" / "explanation" / f"scenario-{name}{LANGS[lang]}.md"


def made(name: str, lang: str) -> str:
    """Return the tables of a page, a blank line between them."""
    scenario = load_scenario(name)
    parts = {
        "targets": list(_targets(scenario, lang)),
        "figures": list(_figures(scenario, lang)),
        "network": list(_network(scenario)),
        "pack": list(_pack(scenario)),
        "assumptions": list(_assumptions(scenario, lang)),
    }
    return "\n\n".join(_table(_HEADS[lang][key], rows) for key, rows in parts.items() if rows)


def written(text: str, tables: str) -> str:
    """Return a page with the tables between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    title, *columns = head
    lines = [f"### {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _targets(scenario: Scenario, lang: str) -> Iterator[tuple[str, ...]]:
    for target in scenario.targets:
        wanted = "" if target.value is None else f"{target.op} {Decimal(target.value) / 100:f}%"
        yield target.zh if lang == "zh" else target.en, target.clause, wanted, target.by.isoformat()


def _figures(scenario: Scenario, lang: str) -> Iterator[tuple[str, ...]]:
    for key, figure in scenario.figures.items():
        name = f"{figure.zh if lang == 'zh' else figure.en} (`{key}`)"
        yield name, _value(figure.value, lang), figure.unit, *_basis(scenario, figure.basis)


def _network(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    for column, basis in scenario.network.basis.items():
        yield f"`{column}`", *_basis(scenario, basis)


def _pack(scenario: Scenario) -> Iterator[tuple[str, ...]]:
    clauses: dict[str, Counter[str]] = {}
    for name, parameter in scenario.pack.parameters.items():
        counted = clauses.setdefault(name.partition(".")[0], Counter())
        counted.update(record.basis.clause for series in parameter.records.values() for record in series)
    for part, counted in clauses.items():
        named = sorted(clause for clause in counted if clause)
        yield f"`{part}`", str(sum(counted[each] for each in named)), str(counted[""]), ", ".join(named) or "–"


def _assumptions(scenario: Scenario, lang: str) -> Iterator[tuple[str, ...]]:
    for key, each in scenario.assumptions.items():
        if key not in scenario.pack.assumptions:
            yield key, each.confidence, each.zh if lang == "zh" else each.en, each.source


def _basis(scenario: Scenario, basis: Basis) -> tuple[str, str]:
    if not basis.is_assumption:
        return basis.clause, ""
    return basis.assumption, scenario.assumptions[basis.assumption].confidence


def _value(value: FigureValue, lang: str) -> str:
    if isinstance(value, Mapping):
        told = [f"{name} {each}" for name, each in value.items()]
    elif isinstance(value, tuple):
        told = [str(each) for each in value]
    else:
        return str(value)
    return _COUNTED[lang].format(len(told)) if len(told) > _LONG else ", ".join(told)


def main() -> None:
    """Write the tables into every page."""
    for name in list_scenarios():
        for lang in LANGS:
            page = page_of(name, lang)
            page.write_text(written(page.read_text(encoding="utf-8"), made(name, lang)), encoding="utf-8")


if __name__ == "__main__":
    main()
