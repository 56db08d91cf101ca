"""The command says what it found, in the form and with the exit code it promises."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from schemas.commands import app

RUN = CliRunner()


def test_list_names_every_transaction_in_the_language_asked_for():
    assert "2304\tInpatient settlement" in RUN.invoke(app, ["list"]).stdout
    assert "2304\t住院结算" in RUN.invoke(app, ["list", "--lang", "zh"]).stdout
    listed = json.loads(RUN.invoke(app, ["list", "--json"]).stdout)
    assert listed["version"] == "v1"
    assert (listed["version"], listed["status"]) == ("v1", "draft")
    rows = {row["infno"]: row for row in listed["transactions"]}
    assert rows["2304"]["directions"] == ["request", "response"]
    assert (rows["2304"]["group"], rows["2304"]["sources"]) == ("service/inpatient fees & settlement", "HNG")
    assert rows["F101"]["proposal"]


def test_show_gives_fields_or_the_schema():
    shown = RUN.invoke(app, ["show", "2301"])
    assert shown.exit_code == 0
    assert "| `pric` | unit price | price | 16,6 | yes |" in shown.stdout
    assert "| `pric` | 单价 | price | 16,6 | 是 |" in RUN.invoke(app, ["show", "2301", "--lang", "zh"]).stdout
    assert "## Response" not in RUN.invoke(app, ["show", "2301", "--direction", "request"]).stdout
    whole = json.loads(RUN.invoke(app, ["show", "2301", "--json"]).stdout)
    assert whole["request"]["schema"]["$id"].endswith("2301.request.json")
    assert "line-is-quantity-times-price" in whole["request"]["rules"]
    schema = json.loads(RUN.invoke(app, ["show", "2301", "--direction", "response", "--json"]).stdout)
    assert schema["$id"].endswith("2301.response.json")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["show", "0000"], "no transaction 0000"),
        (["show", "2304", "--direction", "up"], "request or response"),
        (["list", "--lang", "fr"], "zh or en"),
    ],
)
def test_usage_errors_exit_with_2_and_one_sentence(arguments: list[str], hint: str):
    result = RUN.invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1
    as_json = RUN.invoke(app, [*arguments, "--json"])
    assert as_json.exit_code == 2
    assert hint in json.loads(as_json.stdout)["error"]["en"]


def test_a_terminal_gets_a_drawn_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("schemas.commands.shared._on_terminal", lambda: True)
    assert "┃" in RUN.invoke(app, ["list"], env={"COLUMNS": "200"}).stdout
    shown = RUN.invoke(app, ["show", "2601"], env={"COLUMNS": "160"}).stdout
    assert "────" in shown
    assert "…" not in RUN.invoke(app, ["show", "2601", "--lang", "zh"], env={"COLUMNS": "90"}).stdout
    assert "|---|" not in shown
