"""`yidi schema check` finds out what it is given, judges all of it, and says so with the exit code it promises."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import schemas
from schemas.commands import app
from schemas.commands.check import _judged_file, _Task
from schemas.text.strict_json import MAX_BYTES

EXAMPLES = schemas.load().examples
REQUEST, REPLY = EXAMPLES["2304", "request"], EXAMPLES["2304", "response"]
BROKEN = REQUEST.replace('"V1.0"', '"V1.0000"')
CUT = '{"infno": "2304",\n "msgid": '


def run(*arguments: str | Path, sent: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, arguments)], input=sent)


def document(*arguments: str | Path) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def line(text: str) -> str:
    return json.dumps(json.loads(text), ensure_ascii=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**texts: str | bytes) -> None:
    """Write files into the current folder; `a__json` is `a.json`."""
    for name, text in texts.items():
        file = Path(name.replace("__", "."))
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.usefixtures("folder")
class TestOneFile:
    def test_good_messages_exit_with_0(self):
        write(a__json=REQUEST, b__json=EXAMPLES["2301", "request"])
        result = run("a.json", "b.json")
        assert (result.exit_code, result.stdout) == (0, "a.json: good\nb.json: good\n2 messages, 0 findings.\n")
        assert run("a.json", "--lang", "zh").stdout == "a.json: 符合接口\n1个报文，0个问题。\n"

    def test_a_finding_is_told_with_place_sentence_and_parts(self):
        write(broken__json=BROKEN)
        result = run("broken.json")
        at = next(number for number, row in enumerate(BROKEN.split("\n"), 1) if "infver" in row)
        column = BROKEN.split("\n")[at - 1].index('"V1') + 1
        assert result.exit_code == 1
        assert result.stdout.split("\n") == [
            f"broken.json:{at}:{column}: /infver [maxLength] infver (interface version) is a text of 7 characters; "
            "it must be a text of 1 to 6 characters.",
            "    basis: Hunan edition, Inner Mongolia client, Guangdong client",
            "    cure: shorten it to 6 characters",
            "1 message, 1 finding.",
            "",
        ]
        chinese = run("broken.json", "--lang", "zh").stdout.split("\n")
        begin = f"broken.json:{at}:{column}: /infver [maxLength] 接口版本号（infver）是7个字符的文本；"
        assert chinese[0].startswith(begin)
        assert [row.split(":")[0].strip() for row in chinese[1:3]] == ["依据", "处理"]

    def test_findings_as_one_json_document(self):
        write(good__json=REQUEST, broken__json=BROKEN)
        found = document("good.json", "broken.json")
        assert found["findings"] == 1
        assert found["files"][0] == {"file": "good.json", "infno": "2304", "direction": "request", "findings": []}
        (finding,) = found["files"][1]["findings"]
        assert (finding["pointer"], finding["cure"]["zh"]) == ("/infver", "缩短到最多6个字符")

    @pytest.mark.parametrize(
        "text", [CUT, '{"a":1,"a":2}', "[]", "", '{"infno":"0000"}', "\ufeff{}", b"\xff\xfe", b"\xca\xd4"]
    )
    def test_whatever_is_wrong_with_the_text_is_a_finding(self, text: str | bytes):
        write(a__json=text, a__response__json=text)
        assert run("a.json").exit_code == 1
        assert run("a.json", "--direction", "response").exit_code == 1 or text == '{"infno":"0000"}'

    def test_a_key_cannot_break_the_lines_of_the_output(self):
        write(a__json=json.dumps({**json.loads(REQUEST), "\n::error::\x1b[2J": 1, "k" * 9_000: 1}))
        out = run("a.json").stdout
        assert "::error::" not in out
        assert "/*** [additionalProperties]" in out
        assert all(row.startswith(("a.json:", "    ", "1 message")) for row in out.split("\n")[:-1])
        assert max(map(len, out.split("\n"))) < 500

    def test_standard_input_is_read(self):
        result = run("-", sent=REQUEST.encode())
        assert (result.exit_code, result.stdout.split("\n")[0]) == (0, "-: good")
        assert run("-", sent=b"\xff\xfe").exit_code == 1
        assert run("-", "--infno", "2304", sent=REPLY.encode()).exit_code == 0

    def test_the_lenient_profile(self):
        write(a__json=REQUEST.replace('"input"', '"Input"'))
        assert run("a.json", "--profile", "lenient").exit_code == 0
        assert run("a.json").exit_code == run("a.json", "--profile", "strict").exit_code == 1

    def test_what_is_told_goes_before_what_the_text_says(self):
        write(a__json=REQUEST)
        pointers = {each["pointer"] for each in document("a.json", "--infno", "2303")["files"][0]["findings"]}
        assert "/infno" in pointers
        assert document("a.json", "--direction", "response", "--infno", "2304")["files"][0]["direction"] == "response"


@pytest.mark.usefixtures("folder")
class TestReplies:
    @pytest.mark.parametrize("name", ["2304.response.json", "007-2304-response.json", "2304.json"])
    def test_the_name_of_the_file_tells_the_transaction(self, name: str):
        Path(name).write_text(REPLY, encoding="utf-8")
        assert run(name).exit_code == 0
        assert document(name)["files"][0]["infno"] == "2304"

    def test_the_request_beside_it_tells_the_transaction(self):
        write(case7__request__json=REQUEST, case7__response__json=REPLY)
        assert document("case7.response.json")["files"][0]["infno"] == "2304"

    @pytest.mark.parametrize("request_text", [None, CUT, "[]", '{"infno": 5}'])
    def test_a_reply_nobody_says_the_transaction_of_is_a_usage_error(self, request_text: str | None):
        write(case7__response__json=REPLY, **({} if request_text is None else {"case7__request__json": request_text}))
        result = run("case7.response.json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--infno" in result.stderr

    def test_a_refusal_needs_nobody_to_say_it(self):
        write(a__json='{"infcode":-1,"inf_refmsgid":"320100202603121020000000000001","err_msg":"x"}')
        assert run("a.json").exit_code == 0


@pytest.mark.usefixtures("folder")
class TestLines:
    def test_each_line_is_a_message_and_a_reply_answers_the_line_before(self):
        write(a__ndjson=f"{line(REQUEST)}\n{line(REPLY)}\n\n{line(EXAMPLES['9001', 'request'])}\r\n{line(BROKEN)}")
        found = document("a.ndjson")
        assert [(each["line"], each["infno"], each["direction"]) for each in found["files"]] == [
            (1, "2304", "request"),
            (2, "2304", "response"),
            (4, "9001", "request"),
            (5, "2304", "request"),
        ]
        (finding,) = found["files"][3]["findings"]
        assert (finding["line"], finding["column"]) == (5, line(BROKEN).index('"V1.0000"') + 1)
        result = run("a.ndjson")
        assert result.exit_code == 1
        assert result.stdout.startswith("a.ndjson:5:")
        assert result.stdout.endswith("4 messages, 1 finding.\n")

    def test_a_broken_line_keeps_its_number_and_harms_no_other(self):
        write(a__ndjson=f"{{\n{line(REQUEST)}\n\xff")
        found = document("a.ndjson")["files"]
        assert [(each["line"], len(each["findings"])) for each in found] == [(1, 1), (2, 0), (3, 1)]
        assert [each["findings"][0]["line"] for each in found if each["findings"]] == [1, 3]

    def test_a_second_reply_has_no_request(self):
        write(a__ndjson=f"{line(REQUEST)}\n{line(REPLY)}\n{line(REPLY)}\n{line(REQUEST)}")
        result = run("a.ndjson")
        assert result.exit_code == 2
        assert "a.ndjson:3 is a reply" in result.stderr
        assert result.stdout == "3 messages, 0 findings; 1 more could not be judged.\n"

    def test_too_long_a_line_is_a_finding_and_the_next_is_read(self):
        Path("a.ndjson").write_bytes(b" " * (MAX_BYTES * 2 + 5) + b"{}\n" + line(REQUEST).encode())
        found = document("a.ndjson")["files"]
        assert [(each["line"], len(each["findings"])) for each in found] == [(1, 1), (2, 0)]

    def test_a_long_file_is_never_in_memory_as_a_whole(self):
        row = line(REQUEST)[:-1] + " " * 20_000 + "}\n"
        write(a__ndjson=row * 150)
        task = _Task(schemas.load(), None, None)
        assert sum(1 for _ in _judged_file(task, "a.ndjson")) == 150
        tracemalloc.start()
        assert sum(1 for _ in _judged_file(task, "a.ndjson")) == 150
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < len(row) * 150 / 10


@pytest.mark.usefixtures("folder")
class TestFolders:
    def test_a_folder_is_walked_in_order(self):
        Path("in/b").mkdir(parents=True)
        for name, text in {"in/z.json": REQUEST, "in/b/a.json": BROKEN, "in/b/2304.response.json": REPLY}.items():
            Path(name).write_text(text, encoding="utf-8")
        Path("in/c.ndjson").write_text(line(REQUEST), encoding="utf-8")
        Path("in/readme.txt").write_text("no message", encoding="utf-8")
        found = document("in")
        assert [each["file"] for each in found["files"]] == [
            "in/b/2304.response.json",
            "in/b/a.json",
            "in/c.ndjson",
            "in/z.json",
        ]
        assert found["findings"] == 1
        assert run("in").exit_code == 1

    def test_every_example_is_good(self):
        for (infno, way), text in EXAMPLES.items():
            Path(f"{infno}.{way}.json").write_text(text, encoding="utf-8")
        result = run(".")
        assert (result.exit_code, result.stdout.count(": good")) == (0, len(EXAMPLES))


@pytest.mark.usefixtures("folder")
class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "hint"),
        [
            (["a.json", "--infno", "0000"], "no transaction 0000"),
            (["a.json", "--direction", "up"], "--direction up"),
            (["a.json", "--direction", ""], "--direction"),
            (["a.json", "--lang", "fr"], "--lang fr"),
            (["a.json", "--profile", "loose"], "no profile loose"),
            (["nowhere.json"], "nowhere.json cannot be read"),
            (["empty"], "the folder empty holds no .json or .ndjson file"),
            (["empty.ndjson"], "empty.ndjson holds no message"),
            (["reply.json"], "say it with --infno"),
        ],
    )
    def test_a_usage_error_exits_with_2_and_one_sentence(self, arguments: list[str], hint: str):
        Path("empty").mkdir()
        write(a__json=REQUEST, reply__json=REPLY, empty__ndjson="\n \n")
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert hint in result.stderr
        assert result.stderr.count("\n") == 1
        as_json = run(*arguments, "--json")
        assert as_json.exit_code == 2
        assert hint in json.loads(as_json.stdout)["error"]["en"]
        assert json.loads(as_json.stdout)["error"]["exit_code"] == 2

    def test_what_cannot_be_judged_does_not_keep_the_rest_from_it(self):
        write(a__json=REQUEST, broken__json=BROKEN, reply__json=REPLY)
        names = ("nowhere.json", "broken.json", "reply.json", "a.json")
        result = run(*names)
        assert result.exit_code == 2
        assert result.stderr.count("\n") == 2
        assert result.stdout.endswith("a.json: good\n2 messages, 1 finding; 2 more could not be judged.\n")
        found = document(*names)
        assert [each["file"] for each in found["files"]] == list(names)
        assert ["error" in each for each in found["files"]] == [True, False, True, False]
        assert found["error"]["en"] == found["files"][0]["error"]["en"]
        assert found["findings"] == 1
