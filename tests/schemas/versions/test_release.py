"""A released version does not change: what is frozen is checked file by file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from schemas.errors import SchemaError
from schemas.versions import release as releases
from schemas.versions.folders import package_root
from schemas.versions.release import LEDGER, check, release, status


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with one small version and nothing released."""
    messages = tmp_path / "v1" / "messages"
    messages.mkdir(parents=True)
    (tmp_path / "v1" / "transactions.json").write_text('{"transactions": {}}\n', encoding="utf-8")
    (tmp_path / "v1" / "common.json").write_text('{"$defs": {"amount": {"type": "number"}}}\n', encoding="utf-8")
    (messages / "2304.request.json").write_text('{"$ref": "../common.json#/$defs/amount"}\n', encoding="utf-8")
    (tmp_path / LEDGER).write_text("{}\n", encoding="utf-8")
    return tmp_path


def test_a_version_is_a_draft_until_it_is_released(root: Path):
    assert status("v1", root=root) == "draft"
    assert (check(root, "v1").good, check(root, "v1").says.en) == (True, "v1 is a draft; it has not been released.")
    outcome = release(root, "v1")
    assert (outcome.good, outcome.says.zh) == (True, "v1 已发布；以后的改动请另建新版本。")
    assert status("v1", root=root) == "released"
    frozen = json.loads((root / LEDGER).read_text(encoding="utf-8"))
    assert sorted(frozen["v1"]["files"]) == ["common.json", "messages/2304.request.json", "transactions.json"]
    assert {len(checksum) for checksum in frozen["v1"]["files"].values()} == {64}


def test_to_release_again_changes_nothing(root: Path):
    release(root, "v1")
    before = (root / LEDGER).read_bytes()
    outcome = release(root, "v1")
    assert (outcome.good, outcome.says.en) == (True, "v1 is released and unchanged.")
    assert (root / LEDGER).read_bytes() == before
    assert check(root, "v1").good


@pytest.mark.parametrize("act", [check, release])
def test_a_released_version_that_changed_is_refused_with_the_files_and_the_cure(root: Path, act: object):
    release(root, "v1")
    before = (root / LEDGER).read_bytes()
    (root / "v1" / "common.json").write_text("{}", encoding="utf-8")
    (root / "v1" / "messages" / "2304.request.json").unlink()
    (root / "v1" / "codes.json").write_text("{}", encoding="utf-8")
    outcome = act(root, "v1")  # type: ignore[operator]
    assert (outcome.good, outcome.changed) == (False, ("codes.json", "common.json", "messages/2304.request.json"))
    assert outcome.says.en == (
        "v1 is released, but these files have changed: codes.json, common.json, messages/2304.request.json; "
        "restore them and make v2 instead."
    )
    assert "放入 v2" in outcome.says.zh
    assert (root / LEDGER).read_bytes() == before


def test_other_versions_stay_frozen(root: Path):
    release(root, "v1")
    (root / "v2").mkdir()
    (root / "v2" / "transactions.json").write_text("{}", encoding="utf-8")
    release(root, "v2")
    assert (status("v1", root=root), status("v2", root=root), status("v3", root=root)) == (
        "released",
        "released",
        "draft",
    )


def test_line_ends_do_not_count(root: Path):
    release(root, "v1")
    file = root / "v1" / "common.json"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert check(root, "v1").good


def test_only_data_files_are_frozen(root: Path):
    release(root, "v1")
    (root / "v1" / "__init__.py").write_text("", encoding="utf-8")
    assert check(root, "v1").good


def test_a_version_that_does_not_hold_together_is_not_released(root: Path):
    (root / "v1" / "common.json").write_text('{"$defs": {}}', encoding="utf-8")
    with pytest.raises(SchemaError, match="leads nowhere"):
        release(root, "v1")
    assert status("v1", root=root) == "draft"


def test_a_version_that_is_not_there_is_named(root: Path):
    with pytest.raises(SchemaError, match="no version v9"):
        release(root, "v9")
    with pytest.raises(SchemaError, match="no version v9"):
        check(root, "v9")


def test_a_ledger_that_is_no_json_is_named(root: Path):
    (root / LEDGER).write_text("{", encoding="utf-8")
    with pytest.raises(SchemaError, match="restore it"):
        status("v1", root=root)


def test_without_a_ledger_all_is_draft(root: Path):
    (root / LEDGER).unlink()
    assert status("v1", root=root) == "draft"


def test_a_folder_that_cannot_be_written_is_said_and_nothing_is_left_behind(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SchemaError, match=r"cannot be written \(Permission denied\)"):
        release(root, "v1")
    assert sorted(entry.name for entry in root.iterdir()) == [LEDGER, "v1"]
    assert (root / LEDGER).read_text(encoding="utf-8") == "{}\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_said(root: Path):
    root.chmod(0o555)
    try:
        with pytest.raises(SchemaError, match="cannot be written"):
            release(root, "v1")
    finally:
        root.chmod(0o755)


def test_every_released_version_of_the_package_is_unchanged():
    ledger = json.loads((package_root() / LEDGER).read_text(encoding="utf-8"))
    outcomes = [check(package_root(), version) for version in ledger]
    assert all(each.good for each in outcomes), [each.says.en for each in outcomes if not each.good]


def test_the_package_says_what_it_has_released():
    expected = "released" if "v1" in json.loads((package_root() / LEDGER).read_text(encoding="utf-8")) else "draft"
    assert releases.status("v1") == expected
