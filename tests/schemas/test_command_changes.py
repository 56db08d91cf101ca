"""`diff` and `release` say what they found, in both languages, with the exit code they promise."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from schemas.commands import changes
from schemas.versions.folders import package_root

RUN = CliRunner()
app = typer.Typer()
app.command()(changes.diff)
app.command()(changes.release)

Change = Callable[[str, Callable[[Any], None]], Path]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Makes a copy of v1 with one file changed by a function."""

    def make(file: str, change: Callable[[Any], None]) -> Path:
        folder = tmp_path / "v1"
        shutil.copytree(package_root() / "v1", folder)
        content = json.loads((folder / file).read_text(encoding="utf-8"))
        change(content)
        (folder / file).write_text(json.dumps(content), encoding="utf-8")
        return folder

    return make


def shorter_reply(codes: Any) -> None:
    codes["$defs"]["med_type"]["enum"].remove("21")


def test_a_version_is_the_same_as_itself():
    result = RUN.invoke(app, ["diff", "v1", "v1"])
    assert (result.exit_code, result.stdout) == (0, "No changes.\n")
    assert RUN.invoke(app, ["diff", "v1", "v1", "--lang", "zh"]).stdout == "没有改动。\n"


def test_a_breaking_change_is_told_and_exits_with_1(changed: Change):
    folder = str(changed("codes.json", shorter_reply))
    result = RUN.invoke(app, ["diff", "v1", folder])
    assert result.exit_code == 1
    heading, row, closing = result.stdout.splitlines()
    assert heading == "where\twhat\tfor the sender\tfor the receiver"
    assert row.startswith("codes.json med_type (")
    assert row.endswith(", …)\tallowed value 21 removed\tbreaking\tcompatible")
    assert closing == "Changes: 1; breaking for the sender: 1, for the receiver: 0; compatible: 0."


def test_the_other_way_round_it_breaks_the_receiver(changed: Change):
    folder = str(changed("codes.json", shorter_reply))
    result = RUN.invoke(app, ["diff", folder, "v1", "--lang", "zh"])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "位置\t改动\t对发送方\t对接收方"
    assert "新增允许的取值 21\t兼容\t不兼容" in result.stdout
    assert "共1处改动：0处对发送方不兼容，1处对接收方不兼容，0处兼容。" in result.stdout


def test_a_compatible_change_exits_with_0(changed: Change):
    folder = str(changed("dictionary.json", lambda names: names.update(new={"zh": "新", "en": "new"})))
    result = RUN.invoke(app, ["diff", "v1", folder])
    assert result.exit_code == 0
    assert "dictionary.json (1 place: new)\t" in result.stdout
    assert "涉及1处：new" in RUN.invoke(app, ["diff", "v1", folder, "--lang", "zh"]).stdout


def test_changes_as_one_json_document(changed: Change):
    folder = str(changed("codes.json", shorter_reply))
    result = RUN.invoke(app, ["diff", "v1", folder, "--json"])
    document = json.loads(result.stdout)
    assert (result.exit_code, document["total"], document["breaking_for_sender"]) == (1, 1, 1)
    (change,) = document["changes"]
    assert (change["where"], change["sender"], change["receiver"]) == ("codes.json med_type", True, False)
    assert "2304 response /output/setlinfo/med_type" in change["touches"]
    assert change["what"] == {"zh": "删去允许的取值 21", "en": "allowed value 21 removed"}


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["diff", "v1", "v99"], "no folder v99; the versions are v1"),
        (["diff", "nowhere", "v1"], "no folder nowhere"),
        (["diff", "v1", str(Path(__file__).parent)], "is not a version of the interface"),
        (["diff", "v1", "v1", "--lang", "fr"], "use zh or en"),
        (["release", "v99"], "no version v99"),
        (["release", "v99", "--check"], "no version v99"),
        (["release", "../v1/messages"], "no version"),
        (["release", "v1", "--lang", "fr"], "use zh or en"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exits_with_2(arguments: list[str], hint: str):
    result = RUN.invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder of its own with one small version."""
    (tmp_path / "v1").mkdir()
    (tmp_path / "v1" / "transactions.json").write_text("{}", encoding="utf-8")
    monkeypatch.setattr(changes, "package_root", lambda: tmp_path)
    return tmp_path


def test_release_freezes_and_then_guards(root: Path):
    assert RUN.invoke(app, ["release", "v1", "--check"]).stdout == "v1 is a draft; it has not been released.\n"
    assert not (root / "released.json").exists()
    first = RUN.invoke(app, ["release", "v1"])
    assert (first.exit_code, first.stdout) == (0, "v1 is now released; further changes need a new version.\n")
    assert RUN.invoke(app, ["release", "v1", "--lang", "zh"]).stdout == "v1 已发布，未有改动。\n"
    (root / "v1" / "transactions.json").write_text('{"more": 1}', encoding="utf-8")
    for arguments in (["release", "v1"], ["release", "v1", "--check"]):
        refused = RUN.invoke(app, arguments)
        assert refused.exit_code == 1
        assert "transactions.json; restore them and make v2 instead." in refused.stdout
    document = json.loads(RUN.invoke(app, ["release", "v1", "--check", "--json"]).stdout)
    assert (document["good"], document["status"], document["changed"]) == (False, "released", ["transactions.json"])


@pytest.mark.parametrize("catalogue", ["[]", '{"transactions": []}'])
def test_a_folder_whose_catalogue_is_none_is_one_sentence(tmp_path: Path, catalogue: str) -> None:
    (tmp_path / "transactions.json").write_text(catalogue, encoding="utf-8")
    result = RUN.invoke(app, ["diff", "v1", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is no JSON object" in result.stderr
