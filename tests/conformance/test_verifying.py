"""Whatever is missing, edited, expired or empty in a bundle is refused; what is whole is judged again and holds."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from conformance.certificate import canonical, issue
from conformance.signing import bytes_of, is_signed, public_text, read_trust, sign
from conformance.verify_commands import verify_command
from conformance.verifying import Refused, compare, judged_again, verify
from simulator.inputs.errors import InputError
from tests.conformance.conftest import CHOSEN, SUITE, results_in
from tests.conformance.test_certificate import PERFECT, known, release

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture
def signed(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a bundle with a certificate."""
    release(tmp_path, monkeypatch, PERFECT)
    issue(bundle, known(bundle), key=KEY, days=90)
    return bundle


def day(folder: Path) -> dt.date:
    return dt.datetime.fromisoformat(results_in(folder)["ended"]).date()


def believed(folder: Path) -> Callable[[Path], Mapping[str, Any]]:
    """Return a judge that comes to what the results say."""
    return lambda evidence: results_in(folder)


def resign(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a certificate and sign it again, as its issuer could."""
    said = json.loads((folder / "certificate.json").read_bytes())
    change(said)
    del said["signature"]
    said["signature"] = sign(KEY, canonical(said))
    (folder / "certificate.json").write_bytes(canonical(said))


def test_a_bundle_holds_and_its_evidence_is_judged_again(signed: Path) -> None:
    found = verify(signed, day(signed), judge=lambda evidence: judged_again(evidence, *CHOSEN, suites=SUITE))
    assert found.certificate["counts"]["pass"] == 4
    assert found.issuer == ""


def test_evidence_that_says_otherwise_is_found_by_judging_it(signed: Path) -> None:
    again = json.loads(json.dumps(results_in(signed)))
    again["cases"][2]["attempts"][0]["verdict"] = "fail"
    with pytest.raises(Refused, match="comes to something else"):
        compare(results_in(signed), again)
    del again["cases"][2]
    with pytest.raises(Refused, match="is not a case of the suites"):
        compare(results_in(signed), again)
    with pytest.raises(Refused, match="is missing"):
        compare(again, results_in(signed))


def test_a_whole_run_is_wanted_however_it_is_signed(signed: Path) -> None:
    with pytest.raises(Refused, match=r"test_.* is missing"):  # the suites have more cases than these four
        verify(signed, day(signed), judge=lambda evidence: judged_again(evidence, suites=SUITE))


def test_a_certificate_holds_from_its_first_to_its_last_day(signed: Path) -> None:
    first = day(signed)
    verify(signed, first + dt.timedelta(days=90), judge=believed(signed))
    with pytest.raises(Refused, match="has expired"):
        verify(signed, first + dt.timedelta(days=91), judge=believed(signed))
    with pytest.raises(Refused, match="holds from"):
        verify(signed, first - dt.timedelta(days=1), judge=believed(signed))


def test_who_has_issued_it_is_named_where_the_key_is_trusted(signed: Path, tmp_path: Path) -> None:
    file = tmp_path / "trust.toml"
    file.write_text(f'[[issuer]]\nname = "省医保局测评中心"\nkey = "{public_text(KEY)}"\n', encoding="utf-8")
    found = verify(signed, day(signed), read_trust(file), judge=believed(signed))
    assert found.issuer == "省医保局测评中心"
    with pytest.raises(Refused, match="self-issued"):
        verify(signed, day(signed), {}, judge=believed(signed))
    file.write_text('[[issuer]]\nname = "a"\nkey = "' + 43 * "A" + "B" + '"\n')
    with pytest.raises(InputError, match="is no Ed25519 key"):
        read_trust(file)


@pytest.mark.parametrize("name", ["results.json", "evidence.ndjson", "report.html"])
def test_a_file_that_is_missing_empty_edited_or_added_is_refused(signed: Path, name: str) -> None:
    file, today, judge = signed / name, day(signed), believed(signed)
    if not file.exists():
        file.write_text("added")
        with pytest.raises(Refused, match="is not in the certificate"):
            verify(signed, today, judge=judge)
        return
    content = file.read_bytes()
    for other in (b"", content + b"\n", content[:-1]):
        file.write_bytes(other)
        with pytest.raises(Refused, match="was changed"):
            verify(signed, today, judge=judge)
    file.unlink()
    with pytest.raises(Refused, match="is missing"):
        verify(signed, today, judge=judge)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said["counts"].update({"pass": 400}),
        lambda said: said["clauses"].pop(),
        lambda said: said.update(more=1),
        lambda said: said["kill_score"].update(killed=61),
        lambda said: said.update(does_not_prove=[]),
        lambda said: said.update(seed="2"),
    ],
)
def test_a_certificate_follows_from_its_results(signed: Path, change: Callable[[dict[str, Any]], None]) -> None:
    resign(signed, change)
    with pytest.raises(Refused, match="does not follow from its results"):
        verify(signed, day(signed), judge=believed(signed))


def test_a_bundle_needs_its_evidence_whoever_signs(signed: Path) -> None:
    (signed / "evidence.ndjson").unlink()
    resign(signed, lambda said: said["files"].pop("evidence.ndjson"))
    with pytest.raises(Refused, match="does not name evidence"):
        verify(signed, day(signed), judge=believed(signed))


def test_form_comes_first(signed: Path) -> None:
    file = signed / "certificate.json"
    said = json.loads(file.read_bytes())
    for content, code in (
        (b"", 2),
        (b"[]", 2),
        (b'{"format":"yidi/certificate/2"}', 2),
        (json.dumps(said, sort_keys=True).encode(), 1),
        (file.read_bytes() + b"\n", 1),
    ):
        file.write_bytes(content)
        with pytest.raises(Refused) as refused:
            verify(signed, day(signed), judge=believed(signed))
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        verify(signed / "nowhere.json", day(signed))
    assert refused.value.code == 2


def test_base64_has_one_form() -> None:
    signature = sign(KEY, b"said")
    assert is_signed(public_text(KEY), b"said", signature)
    other = signature[:-3] + chr(ord(signature[-3]) + 1) + "=="  # the same bytes, other bits that nobody reads
    assert bytes_of(other) is None
    for text in (other, signature + "\n", signature[:-1], "", None, 7):
        assert not is_signed(public_text(KEY), b"said", text)


def flips(folder: Path, count: int) -> None:
    """Flip one bit of one byte of a bundle at a time; none may be accepted."""
    chance, today, judge = random.Random(6), day(folder), believed(folder)
    contents = {path: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    paths = [*contents, folder / "certificate.json"]
    for _ in range(count):
        path = chance.choice(paths)
        content = bytearray(contents[path])
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(content)
        with pytest.raises(Refused):
            verify(folder, today, judge=judge)
        path.write_bytes(contents[path])
    verify(folder, today, judge=judge)


def test_no_flipped_bit_is_accepted(signed: Path) -> None:
    (signed / "report.html").write_text("<html lang=zh>报告</html>")
    issue(signed, known(signed), key=KEY)
    flips(signed, 300)


@pytest.mark.slow
def test_no_flipped_bit_of_ten_thousand_is_accepted(signed: Path) -> None:
    (signed / "report.html").write_text("<html lang=zh>报告</html>")
    issue(signed, known(signed), key=KEY)
    flips(signed, 10_000)


def test_the_command_says_one_sentence_and_leaves_with_its_code(signed: Path, tmp_path: Path) -> None:
    app, run = typer.Typer(), CliRunner().invoke
    app.command()(verify_command)
    shutil.copytree(signed, tmp_path / "edited")
    (tmp_path / "edited" / "results.json").write_text("{}")
    refused = run(app, [str(tmp_path / "edited"), "--json"])
    assert refused.exit_code == 1
    assert orjson.loads(refused.stdout)["error"]["en"] == "results.json was changed."
    assert run(app, [str(tmp_path)]).exit_code == 2
    assert run(app, [str(signed), "--trust", str(tmp_path / "none.toml")]).exit_code == 2
