"""The command: what it prints, where, with which exit code, and what it leaves when it fails."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import simulator.study.commands
import yidi

YIDI = Path(sys.executable).with_name("yidi")
SCENARIO = (files("scenarios") / "jiangsu-2016.toml").read_text(encoding="utf-8")
NETWORK = (files("scenarios") / "networks" / "jiangsu.toml").read_text(encoding="utf-8")
EXAMPLE = Path(str(files("schemas") / "v1" / "examples" / "2304.request.json"))
SMALL = ("--scale", "0.001", "--days", "20")
BIG = ("--scale", "0.5")  # minutes, if it ever ran


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(yidi.app, ["simulate", *arguments])


def process(*arguments: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[bytes]:
    """Run the installed command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | env
    return subprocess.run([YIDI, *arguments], cwd=cwd, env=environment, capture_output=True, check=False)


def told(result: Result) -> str:
    """The one sentence on standard error, of a command line or an input that cannot be followed."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("yidi simulate: ")
    return lines[0].removeprefix("yidi simulate: ")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the page out, for tests that look at what is printed."""
    monkeypatch.setattr("simulator.study.run.build_report", lambda *_, **__: "")


# --- what it says of itself


def test_the_installed_command_says_its_version(tmp_path: Path) -> None:
    done = process("--version", cwd=tmp_path)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"yidi {metadata.version('yidi')}\n", b"")


def test_help_names_every_command_and_every_option() -> None:
    assert {"simulate", "schema"} <= set(CliRunner().invoke(yidi.app, ["--help"]).stdout.split())
    shown = invoke("--help").stdout
    for option in ("--scale", "--days", "--seed", "--set", "--check", "--out", "--json", "--lang"):
        assert option in shown


# --- a wrong command line


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--scale", "-0.1"), ("--scale -0.1",)),
        (("--scale", "0"), ("--scale 0",)),
        (("--scale", "2"), ("--scale 2", "above 0 up to 1")),
        (("--scale", "nan"), ("--scale nan",)),
        (("--scale", "inf"), ("--scale inf",)),
        (("--days", "0"), ("--days 0", "1 or more")),
        (("--days", "-3"), ("--days -3",)),
        (("--check", "some"), ("--check some", "sample or all")),
        (("--lang", "fr"), ("--lang fr", "zh or en")),
    ],
)
def test_an_option_out_of_range_is_one_sentence(arguments: tuple[str, str], named: tuple[str, ...]) -> None:
    sentence = told(invoke("jiangsu-2016", *arguments))
    assert all(name in sentence for name in named)
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("refusal.cash_shar=0.1", ("refusal.cash_shar", "refusal.cash_share")),
        ("nonsense=1", ("nonsense",)),
        ("refusal.cash_share", ("has no =",)),
        ("refusal.cash_share=", ("refusal.cash_share",)),
        ("refusal.cash_share=often", ("refusal.cash_share",)),
        ("refusal.cash_share=1.5", ("refusal.cash_share", "from 0 to 1")),
        ("refusal.cash_share=-1", ("refusal.cash_share",)),
        ("start=2016-05-23", ("start", "before the notice of 2016-05-24")),
        ("end=2016-05-24", ("end",)),
        ("demand.level_mix={ tertiary = 0.9, secondary = 0.09, primary = 0.02 }", ("demand.level_mix", "1")),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(setting: str, named: tuple[str, ...]) -> None:
    sentence = told(invoke("jiangsu-2016", "--set", setting))
    assert all(name in sentence for name in named)
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ["jiangsu-2061", "nowhere.toml", "./", "", "jiangsu"])
def test_an_unknown_scenario_is_one_sentence(name: str) -> None:
    assert told(invoke(name))
    assert list(Path.cwd().iterdir()) == []


def test_an_unknown_option_or_a_word_for_a_number_is_a_usage_error(here: Path) -> None:
    for arguments in (("--bogus",), ("--scale", "much"), ("--days", "1.5"), ("--seed", "x")):
        result = invoke("jiangsu-2016", *arguments)
        assert result.exit_code == 2
        assert "Traceback" not in result.stderr
        assert arguments[0] in result.stderr
    assert list(here.iterdir()) == []


# --- a wrong scenario


def scenario_in(folder: Path, text: str | bytes, network: str | None = None) -> Path:
    """A scenario of the user's own, with a network of their own beside it when one is given."""
    path = folder / "mine.toml"
    if network is not None:
        (folder / "network.toml").write_text(network, encoding="utf-8")
        assert isinstance(text, str)
        text = text.replace('network = "jiangsu"', 'network = "./network.toml"')
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def replaced(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def without_a_city(network: str) -> str:
    """The network without every line that tells of 320300, its areas and hospitals."""
    return "\n".join(line for line in network.splitlines() if "320300" not in line)


WRONG: dict[str, tuple[Callable[[], str | bytes], tuple[str, ...]]] = {
    "duplicate key": (
        lambda: replaced(SCENARIO, "seed = 1\n", "seed = 1\nseed = 2\n"),
        ("mine.toml", "seed", "duplicate"),
    ),
    "duplicate figure": (
        lambda: replaced(SCENARIO, "\n[stay]", "\nncms_share = { value = 0.3 }\n\n[stay]"),
        ("mine.toml", "line 68", "duplicate"),
    ),
    "unknown key": (lambda: replaced(SCENARIO, "seed = 1\n", "sead = 1\n"), ("mine.toml", "sead")),
    "binary": (lambda: bytes(range(256)) * 40, ("mine.toml",)),
    "nothing": (lambda: b"", ("mine.toml",)),
    "half a line": (lambda: SCENARIO[:1500], ("mine.toml",)),
    "start before the notice": (
        lambda: replaced(SCENARIO, "start = 2016-05-24", "start = 2016-05-23"),
        ("mine.toml", "start", "before the notice"),
    ),
    "end before the start": (lambda: replaced(SCENARIO, "end = 2016-12-31", "end = 2016-05-01"), ("mine.toml", "end")),
    "negative figure": (lambda: replaced(SCENARIO, "value = 1296605", "value = -1"), ("stays_per_year",)),
    "shares that do not sum to 1": (
        lambda: replaced(SCENARIO, "secondary = 0.09", "secondary = 0.10"),
        ("mine.toml", "demand.level_mix", "1"),
    ),
    "a city without a factor": (
        lambda: replaced(SCENARIO, "320300 = 0.90, ", ""),
        ("filing.city_factor.320300", "missing"),
    ),
    "no basis": (lambda: replaced(SCENARIO, ', assumption = "A-DEMAND"', ""), ("stays_per_year",)),
    "a pack that is not there": (
        lambda: replaced(SCENARIO, 'pack = "jiangsu-2016"', 'pack = "jiangsu-2061"'),
        ("jiangsu-2061",),
    ),
}


@pytest.mark.parametrize("wrong", sorted(WRONG))
def test_a_wrong_scenario_is_one_sentence_that_names_the_place(here: Path, wrong: str) -> None:
    make, named = WRONG[wrong]
    path = scenario_in(here, make())
    sentence = told(invoke(str(path)))
    assert all(name in sentence for name in named), sentence
    assert list(here.iterdir()) == [path]


def test_a_city_missing_in_the_network_is_one_sentence(here: Path) -> None:
    path = scenario_in(here, SCENARIO, network=without_a_city(NETWORK))
    sentence = told(invoke(str(path)))
    assert "network.toml" in sentence or "320300" in sentence
    assert {entry.name for entry in here.iterdir()} == {"mine.toml", "network.toml"}


@pytest.mark.usefixtures("quick")
def test_a_right_scenario_of_ones_own_runs(here: Path) -> None:
    path = scenario_in(here, SCENARIO, network=NETWORK)
    result = invoke(str(path), *SMALL, "--out", "made", "--json")
    assert result.exit_code == 0, result.output
    inputs = json.loads((here / "made" / "provenance.json").read_bytes())["inputs"]
    assert any(name.endswith("network.toml") for name in inputs)


# --- a folder that cannot be written


def test_a_result_folder_that_is_a_file_is_one_sentence(here: Path) -> None:
    (here / "taken").write_text("mine")
    sentence = told(invoke("jiangsu-2016", *BIG, "--out", "taken"))
    assert "taken" in sentence
    assert "--out" in sentence
    assert (here / "taken").read_text() == "mine"


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("out", ["/dev/null/results", "/proc/yidi-results"])
def test_a_result_folder_that_cannot_be_made_is_one_sentence(out: str) -> None:
    sentence = told(invoke("jiangsu-2016", *BIG, "--out", out))
    assert "--out" in sentence


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_result_folder_without_the_right_to_write_is_one_sentence(here: Path) -> None:
    (here / "closed").mkdir(mode=0o500)
    assert "closed" in told(invoke("jiangsu-2016", *BIG, "--out", "closed"))
    assert list((here / "closed").iterdir()) == []


# --- what it prints


@pytest.mark.usefixtures("here", "quick")
def test_a_run_prints_the_table_by_city_and_the_way_to_the_report() -> None:
    result = invoke("jiangsu-2016", *SMALL, "--out", "made")
    assert (result.exit_code, result.stderr) == (0, "")
    for word in ("2016-05-24 to 2016-06-12", "Nanjing", "Suqian", "JS-2.4", "0 broken", "made/report.html"):
        assert word in result.stdout


@pytest.mark.usefixtures("here", "quick")
def test_in_chinese_it_prints_chinese() -> None:
    result = invoke("jiangsu-2016", *SMALL, "--lang", "zh")
    assert result.exit_code == 0
    for word in ("参保市", "南京市", "联网结算率", "不变量检查", "报告: out/jiangsu-2016/report.html"):
        assert word in result.stdout
    assert "Nanjing" not in result.stdout


@pytest.mark.usefixtures("here", "quick")
def test_json_is_one_document_and_the_summary_of_the_folder() -> None:
    result = invoke("jiangsu-2016", *SMALL, "--json", "--seed", "7")
    assert (result.exit_code, result.stderr) == (0, "")
    document = json.loads(result.stdout)
    assert document == json.loads(Path("out/jiangsu-2016/summary.json").read_bytes())
    assert (document["seed"], document["scale"], document["window"]["to"]) == (7, 0.001, "2016-06-12")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("jiangsu-2061",),
        ("jiangsu-2016", "--scale", "2"),
        ("jiangsu-2016", "--set", "nonsense=1"),
        ("jiangsu-2016", "--scale", "0.5", "--out", "/dev/null/results"),
    ],
)
def test_json_is_one_document_on_failure_too(arguments: tuple[str, ...]) -> None:
    result = invoke(*arguments, "--json")
    assert result.exit_code == 2
    document = json.loads(result.stdout)
    assert set(document) == {"error"}
    assert document["error"]["exit_code"] == 2
    assert document["error"]["en"] in result.stderr


@pytest.mark.usefixtures("here")
def test_json_is_one_document_even_when_the_option_parser_refuses() -> None:
    assert json.loads(invoke("jiangsu-2016", "--scale", "much", "--json").stdout)["error"]["exit_code"] == 2


@pytest.mark.usefixtures("here")
def test_a_failure_is_told_in_chinese_when_asked() -> None:
    sentence = invoke("jiangsu-2016", "--scale", "2", "--lang", "zh").stderr
    assert any("\u4e00" <= sign <= "\u9fff" for sign in sentence)


def test_findings_give_exit_code_1_and_are_printed(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = json.loads(json.dumps(_summary(here)))
    summary["checks"]["invariants"]["books_mirror"]["broken"] = 1
    summary["checks"]["cases"] = ["books_mirror: 320100-320300"]
    found = simulator.study.commands.Result(summary, here, False)
    monkeypatch.setattr(simulator.study.commands, "simulate", lambda *_: found)
    result = invoke("jiangsu-2016")
    assert result.exit_code == 1
    assert "1 broken" in result.stdout
    assert "books_mirror: 320100-320300" in result.stdout


def _summary(folder: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulator.study.run.build_report", lambda *_, **__: "")
        invoke("jiangsu-2016", "--scale", "0.0005", "--days", "2", "--out", str(folder / "s"))
    return json.loads((folder / "s" / "summary.json").read_bytes())


@pytest.mark.usefixtures("here", "quick")
@pytest.mark.parametrize("more", [("--json",), ("--lang", "zh"), ()])
def test_any_console_can_be_printed_on(more: tuple[str, ...]) -> None:
    result = CliRunner(charset="ascii").invoke(yidi.app, ["simulate", "jiangsu-2016", *SMALL, *more])
    assert result.exit_code == 0


# --- what it leaves


@pytest.mark.usefixtures("quick")
def test_a_run_into_an_existing_folder_keeps_foreign_files_and_replaces_its_own(here: Path) -> None:
    (here / "made").mkdir()
    (here / "made" / "notes.txt").write_text("mine")
    (here / "made" / "summary.json").write_text("old")
    assert invoke("jiangsu-2016", *SMALL, "--out", "made").exit_code == 0
    assert (here / "made" / "notes.txt").read_text() == "mine"
    assert json.loads((here / "made" / "summary.json").read_bytes())["seed"] == 1
    assert not [entry for entry in (here / "made").iterdir() if entry.name.startswith(".") or entry.is_dir()]


def test_ctrl_c_ends_with_130_and_leaves_no_half_written_folder(tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "summary.json").write_text("old")
    running = subprocess.Popen(
        [YIDI, "simulate", "jiangsu-2016", *BIG, "--out", "made", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 60
    while len(list(made.iterdir())) == 1 and time.monotonic() < until and running.poll() is None:
        time.sleep(0.02)
    assert len(list(made.iterdir())) == 2, running.communicate()
    time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    printed, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert b"Traceback" not in said
    assert len(said.decode().splitlines()) == 1
    assert json.loads(printed)["error"]["exit_code"] == 130
    assert [entry.name for entry in made.iterdir()] == ["summary.json"]
    assert (made / "summary.json").read_text() == "old"


def test_a_fault_of_the_tool_is_one_sentence_and_exit_code_4(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("as if")

    monkeypatch.setattr(simulator.study.commands, "load_scenario", broken)
    monkeypatch.setattr(sys, "argv", ["yidi", "simulate", "jiangsu-2016"])
    with pytest.raises(SystemExit) as ended:
        yidi.main()
    assert ended.value.code == 4
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("yidi: fault of the tool (ZeroDivisionError: as if)")
    assert len(said.err.splitlines()) == 1
    assert list(here.iterdir()) == []


# --- messages


def test_a_good_message_exits_with_0_and_a_wrong_one_with_1(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text(replaced(EXAMPLE.read_text(encoding="utf-8"), '"infno": "2304"', '"infno": "2399"'), "utf-8")
    assert process("schema", "check", str(EXAMPLE), cwd=tmp_path).returncode == 0
    done = process("schema", "check", str(wrong), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, b"")
    assert done.stdout.decode().splitlines()[-1] == "1 message, 1 finding."
    assert "/infno" in done.stdout.decode()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", bytes(range(256)), b"[1, 2]", b'{"infno": "2304", "infno": "2304"}']
)
def test_rubbish_for_a_message_is_a_finding_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rubbish.json"
    file.write_bytes(content)
    result = CliRunner().invoke(yidi.app, ["schema", "check", str(file)])
    assert result.exit_code == 1
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert str(file) in result.stdout


def test_a_missing_message_file_is_a_usage_error(tmp_path: Path) -> None:
    result = CliRunner().invoke(yidi.app, ["schema", "check", str(tmp_path / "none.json")])
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1


def test_the_installed_command_is_beside_the_interpreter() -> None:
    assert shutil.which("yidi", path=str(YIDI.parent)) == str(YIDI)


@pytest.mark.parametrize("line", ["schema check schemas/v1/examples", "schema list"])
def test_output_that_nobody_reads_any_more_is_no_finding(line: str) -> None:
    nobody, out = os.pipe()
    os.close(nobody)
    command = [sys.executable, "yidi.py", *line.split()]
    done = subprocess.run(command, cwd=Path(__file__).parents[1], stdout=out, stderr=subprocess.PIPE, check=False)
    os.close(out)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_output_that_cannot_be_written_is_one_sentence() -> None:
    command = f'"{sys.executable}" yidi.py schema check schemas/v1/examples > /dev/full'
    done = subprocess.run(["bash", "-c", command], cwd=Path(__file__).parents[1], capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    assert b"cannot be written" in done.stderr
