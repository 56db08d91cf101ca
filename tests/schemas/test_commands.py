"""The command says what it found, in the form and with the exit code it promises."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.commands import app

RUN = CliRunner()
EXAMPLES = Path(str(files("schemas") / "v1" / "examples"))
REQUEST = str(EXAMPLES / "2304.request.json")
RESPONSE = str(EXAMPLES / "2304.response.json")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    file = tmp_path / "broken.json"
    file.write_text(Path(REQUEST).read_text(encoding="utf-8").replace('"V1.0"', '"V1.0000"'), encoding="utf-8")
    return str(file)


def test_list_names_every_transaction_in_the_language_asked_for():
    assert "2304\tInpatient settlement" in RUN.invoke(app, ["list"]).stdout
    assert "2304\t住院结算" in RUN.invoke(app, ["list", "--lang", "zh"]).stdout
    listed = json.loads(RUN.invoke(app, ["list", "--json"]).stdout)
    assert listed["version"] == "v1"
    assert listed["transactions"][0]["infno"] == "9001"


def test_show_gives_fields_or_the_schema():
    shown = RUN.invoke(app, ["show", "2301"])
    assert shown.exit_code == 0
    assert "feedetail[]\tpric\tunit price\tprice\t16,6\tyes\t\tHNG" in shown.stdout
    schema = json.loads(RUN.invoke(app, ["show", "2301", "--direction", "response", "--json"]).stdout)
    assert schema["$id"].endswith("2301.response.json")


def test_good_messages_exit_with_0():
    result = RUN.invoke(app, ["check", REQUEST, str(EXAMPLES / "2301.request.json")])
    assert (result.exit_code, result.stdout.count(": good")) == (0, 2)
    assert RUN.invoke(app, ["check", RESPONSE, "--infno", "2304"]).exit_code == 0


def test_findings_exit_with_1_and_name_file_and_place(broken: str):
    result = RUN.invoke(app, ["check", REQUEST, broken])
    assert result.exit_code == 1
    assert f"{broken}: /infver: infver (interface version) has 7 characters;" in result.stdout
    assert "接口版本号" in RUN.invoke(app, ["check", broken, "--lang", "zh"]).stdout


def test_findings_as_one_json_document(broken: str):
    result = RUN.invoke(app, ["check", REQUEST, broken, "--json"])
    document = json.loads(result.stdout)
    assert (result.exit_code, document["findings"]) == (1, 1)
    assert document["files"][1]["findings"][0]["pointer"] == "/infver"


def test_standard_input_is_read():
    result = RUN.invoke(app, ["check", "-"], input=Path(REQUEST).read_bytes())
    assert (result.exit_code, result.stdout) == (0, "-: good\n")
    assert RUN.invoke(app, ["check", "-"], input=b"\xff\xfe").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["check", "nowhere.json"], "nowhere.json cannot be read"),
        (["check", str(EXAMPLES)], "cannot be read"),
        (["check", REQUEST, "--infno", "0000"], "no transaction 0000"),
        (["check", RESPONSE], "--infno"),
        (["check", REQUEST, "--direction", "up"], "--direction up"),
        (["check", REQUEST, "--lang", "fr"], "--lang fr"),
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
    monkeypatch.setattr("schemas.commands._on_terminal", lambda: True)
    assert "┃" in RUN.invoke(app, ["list"], env={"COLUMNS": "200"}).stdout
