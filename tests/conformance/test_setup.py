"""`yidi init` and `conformance.toml`: what is written can be read, and what is wrong is one sentence with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from conformance.initial import initial
from conformance.setup_commands import init_command
from simulator.inputs.errors import InputError
from simulator.inputs.subjects import Subject, read_subject

WHOLE = """
[subject]
name = "甲市"
build = "4.2.0"
role = "city"
code = "320300"
[target]
url = "http://127.0.0.1:8080"
ca = "ca.pem"
seconds = 3
[upstream]
host = "127.0.0.1"
port = 9443
[keys]
seed_env = "CITY_SEED"
[rules]
pack = "packs/mine"
profile = "bureau"
[data]
prefix = "992125"
by_hand = true
[options]
validity_days = 30
answer_seconds = 2
[hooks]
load_people = "http://127.0.0.1:9000/load_people"
restart = ["./restart.sh", "now"]
"""


def init(*arguments: str) -> Result:
    app = typer.Typer()
    app.command()(init_command)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CITY_SEED", "secret of the city")
    (tmp_path / "ca.pem").touch()
    return tmp_path


def read(text: str, folder: Path) -> Subject:
    file = folder / "conformance.toml"
    file.write_text(text, encoding="utf-8")
    return read_subject(file)


def test_every_key_arrives(here: Path) -> None:
    subject = read(WHOLE, here)
    assert subject == Subject(
        name="甲市",
        role="city",
        code="320300",
        url="http://127.0.0.1:8080",
        pack=str(here / "packs/mine"),
        from_above="http://127.0.0.1:8080",
        build="4.2.0",
        ca=str(here / "ca.pem"),
        seconds=3.0,
        host="127.0.0.1",
        port=9443,
        seed="secret of the city",
        profile="bureau",
        hooks={"load_people": "http://127.0.0.1:9000/load_people", "restart": ("./restart.sh", "now")},
        file=str(here / "conformance.toml"),
        prefix="992125",
        by_hand=True,
        validity_days=30,
        answer_seconds=2.0,
    )


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('build = "4.2.0"', 'bild = "4.2.0"', "subject.bild"),
        ('code = "320300"', "code = 320300", "subject.code"),
        ('role = "city"', 'role = "nurse"', "subject.role"),
        ("[rules]", "[roles]", "roles"),
        ('pack = "packs/mine"', "", "rules.pack"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "target.url"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:808080", "target.url"),
        ("http://127.0.0.1:9000/load_people", "http://:9000/load_people", "hooks.load_people"),
        ('"./restart.sh", "now"', "", "hooks.restart"),
        ('["./restart.sh", "now"]', "true", "hooks.restart"),
        ('"ca.pem"', '"other.pem"', "target.ca"),
        ("seconds = 3", "seconds = 0", "target.seconds"),
        ("port = 9443", "port = 70000", "upstream.port"),
        ('seed_env = "CITY_SEED"', 'seed_env = "NO_SUCH_VARIABLE"', "keys.seed_env"),
        ('seed_env = "CITY_SEED"', 'seed_env = "CITY_SEED"\nseed = "1"', "keys.seed"),
        ('seed_env = "CITY_SEED"', 'parties = "nobody.toml"', "keys.parties"),
        ('prefix = "992125"', 'prefix = "9921250"', "data.prefix"),
        ("by_hand = true", 'by_hand = "yes"', "data.by_hand"),
        ("validity_days = 30", "validity_days = 0", "options.validity_days"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_and_key(here: Path, old: str, new: str, key: str) -> None:
    assert old in WHOLE
    with pytest.raises(InputError) as caught:
        read(WHOLE.replace(old, new), here)
    assert (caught.value.file, caught.value.key) == (str(here / "conformance.toml"), key)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["not TOML", "[subject]\n[subject]", ""])
def test_what_is_no_configuration_is_refused(here: Path, text: str) -> None:
    with pytest.raises(InputError):
        read(text, here)


def test_a_missing_file_and_a_folder_are_refused(here: Path) -> None:
    for place in (here / "nothing.toml", here):
        with pytest.raises(InputError) as caught:
            read_subject(place)
        assert caught.value.file == str(place)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_init_writes_can_be_read_also_with_every_comment_taken_away(here: Path, lang: str) -> None:
    given = {"role": "city", "code": "320300", "url": "http://10.0.0.1/api", "pack": "jiangsu-2023"}
    text = initial("conformance.toml", **given, lang=lang)
    subject = read(text, here)
    assert (subject.code, subject.url, subject.pack) == ("320300", "http://10.0.0.1/api", "jiangsu-2023")
    keys = [line.lstrip("# ") if line.startswith("# ") and " = " in line else line for line in text.splitlines()[3:]]
    (here / "parties.toml").touch()
    open_ = "\n".join(keys).replace("YIDI_SEED", "CITY_SEED")
    whole = read(open_, here)
    assert set(whole.hooks) == {"load_people", "load_filings", "set_clock", "restart", "do"}
    assert (whole.prefix, whole.by_hand, whole.validity_days, whole.answer_seconds) == ("992125", True, 90, 5.0)


def test_init_writes_once_and_over_only_with_force(here: Path) -> None:
    assert init().exit_code == 0
    first = (here / "conformance.toml").read_text(encoding="utf-8")
    refused = init("--code", "320100")
    assert refused.exit_code == 2
    assert refused.stderr == "yidi init: conformance.toml is there already; add --force.\n"
    assert (here / "conformance.toml").read_text(encoding="utf-8") == first
    assert init("--code", "320100", "--force").exit_code == 0
    assert read_subject("conformance.toml").code == "320100"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--role", "nurse"), '--role: is "nurse", which is not known here; use one of city, hospital, province.'),
        (("--url", "nowhere"), '--url: is "nowhere"; give an address such as http://127.0.0.1:8080.'),
        (("--out", "nofolder/x.toml"), "nofolder/x.toml cannot be written (No such file or directory)."),
    ],
)
def test_what_cannot_be_written_is_said(here: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = init(*arguments)
    assert (refused.exit_code, refused.stderr) == (2, f"yidi init: {said}\n")
    assert not list(here.glob("*.toml"))
