"""`yidi journal`: check, export and follow what a sandbox keeps.

Exit codes: 0 good, 1 the journal is damaged or comes out differently when recomputed, 2 usage, or a database that
cannot be had.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from simulator.core.platform.effects import Reply
from simulator.core.platform.message import Message
from simulator.inputs.errors import InputError
from simulator.outputs.console import UsageError, fail, known_language
from simulator.sandbox.journal import FAULT, HANDLE, PLAY, Damaged, Entry, Reader, Store, Taken, Unfit, Unreachable
from simulator.sandbox.stores import is_postgres, open_store
from simulator.sandbox.verifying import Differs, recompute, verify
from simulator.sandbox.wrong import said_of

FINDINGS, USAGE = 1, 2
_POLL_SECONDS = 0.2
_SAY_EVERY_SECONDS = 10.0

Db = Annotated[str, typer.Option("--db", help="Path of an SQLite file, or postgresql://…")]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]
Lang = Annotated[str, typer.Option("--lang", help="zh or en.")]

app = typer.Typer(name="journal", help="Check, export and follow the journal of a sandbox.", no_args_is_help=True)


@app.command("verify")
def verify_command(
    *,
    db: Db = "yidi.db",
    again: Annotated[bool, typer.Option("--recompute", help="Let new platforms decide everything again.")] = False,
    pack: Annotated[str, typer.Option("--pack", help="Policy pack to recompute with, by name or path.")] = "",
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Check every entry of a journal; with --recompute also that the same calls come to the same effects."""
    with _opened("verify", db, as_json, lang) as store:
        progress = _Progress()
        sound = verify(store, progress)
        recomputed = _recompute(store, pack, progress) if again else 0
    if as_json:
        _write({"good": True, **sound._asdict(), "recomputed": recomputed})
        return
    zh = f"日志完好：{sound.entries}条，{sound.messages}个报文，末条摘要{sound.digest[:16] or '无'}"
    en = f"the journal is whole: {sound.entries} entries, {sound.messages} messages, last digest {sound.digest[:16]}"
    if again:
        zh, en = f"{zh}；重算{recomputed}条，结果一致", f"{en}; {recomputed} recomputed, all the same"
    typer.echo(zh if lang == "zh" else en)


@app.command("export")
def export_command(
    *,
    db: Db = "yidi.db",
    after: Annotated[int, typer.Option("--after", min=0, help="Only entries after this number.")] = 0,
    out: Annotated[str, typer.Option("--out", help="File to write; - is standard output.")] = "-",
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Write a journal as NDJSON, an entry a line, with everything in it: personal data is not masked."""
    with _opened("export", db, as_json, lang) as store, _output(out) as write:
        for entry in store.entries(after):
            write(orjson.dumps(exported(entry), option=orjson.OPT_APPEND_NEWLINE))


@app.command("tail")
def tail_command(
    *,
    db: Db = "yidi.db",
    lines: Annotated[int, typer.Option("--lines", min=0, help="How many of the last entries to begin with.")] = 10,
    once: Annotated[bool, typer.Option("--once", help="Do not wait for more.")] = False,
    as_json: Json = False,
    lang: Lang = "en",
) -> None:
    """Show the newest entries of a journal and, until interrupted, those that follow, without personal data."""
    with _opened("tail", db, as_json, lang) as store:
        last, reader = store.last(), Reader(store)
        seq = max((last.seq if last else 0) - lines, 0)
        while True:
            for entry in store.entries(seq):
                seq, row = entry.seq, told(entry, reader)
                text = orjson.dumps(row).decode() if as_json else "  ".join(str(value) for value in row.values())
                sys.stdout.write(f"{text.rstrip()}\n")
            sys.stdout.flush()
            if once:
                return
            time.sleep(_POLL_SECONDS)


def exported(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON holds it; ``what`` and ``effects`` are as the journal words them."""
    return {
        "seq": entry.seq,
        "now": entry.now.isoformat(),
        "node": entry.node,
        "kind": entry.kind,
        "sender": entry.sender,
        "party": entry.key.party,
        "msgid": entry.key.msgid,
        "serial": entry.serial,
        "subjects": entry.subjects,
        "what": orjson.Fragment(entry.what),
        "effects": orjson.Fragment(entry.effects),
        "messages": [{"number": kept.number, "text": orjson.Fragment(kept.text)} for kept in entry.messages],
        "digest": entry.digest.hex(),
    }


def told(entry: Entry, reader: Reader) -> dict[str, Any]:
    """Return the outline of an entry, without anything about a person."""
    what = reader.what(entry)
    replies = [effect.message.infcode for effect in reader.effects(entry) if isinstance(effect, Reply)]
    return {
        "seq": entry.seq,
        "now": entry.now.isoformat(sep=" ", timespec="milliseconds"),
        "node": entry.node,
        "kind": entry.kind,
        "sender": entry.sender,
        "what": _kind_of(entry.kind, what),
        "msgid": entry.key.msgid,
        "infcode": replies[-1] if replies else "",
    }


def _kind_of(kind: str, what: Any) -> str:
    if isinstance(what, Message):
        return f"{what.infno}{' reply' * what.is_reply}"
    if kind == FAULT:
        return f"{what[0]} {_kind_of(HANDLE, what[3])}"
    if kind == PLAY:
        return f"{what[1]} {what[2].infno}" if isinstance(what[2], Message) else str(what[1])
    return f"{len(what)} facts" if type(what) is tuple else type(what).__name__


def _recompute(store: Store, pack: str, progress: _Progress) -> int:
    # Late: the platforms take half a second to load, and the other commands need none of them.
    from simulator.inputs.platforms import ground_of  # noqa: PLC0415
    from simulator.sandbox.configuration import described, expect, first_day  # noqa: PLC0415
    from simulator.sandbox.roles import role_of  # noqa: PLC0415

    meta = store.meta()
    start = first_day(meta)
    ground = ground_of(pack or meta["pack"])
    role = role_of(meta)
    expect(meta, described(ground, start, role))
    return recompute(store, role.nodes(ground, start), progress)


@contextmanager
def _opened(name: str, db: str, as_json: bool, lang: str) -> Iterator[Store]:
    """Open a journal to read; whatever is wrong with it, or with what is asked, ends the command with a sentence."""

    def say(zh: str, en: str, code: int) -> None:
        fail(f"yidi journal {name}", zh, en, code, as_json=as_json, lang=lang if lang in {"zh", "en"} else "en")

    store: Store | None = None
    try:
        known_language(lang)
        if not is_postgres(db) and not Path(db).is_file():
            raise UsageError(
                f"没有文件 {db}；用 --db 指明日志。", f"there is no file {db}; say with --db which journal."
            )
        store = open_store(db, read_only=True)
        yield store
    except (Damaged, Differs) as error:
        say(*said_of(error), FINDINGS)
    except (UsageError, InputError, Taken, Unfit, Unreachable) as error:
        say(*said_of(error), USAGE)
    finally:
        if store is not None:
            store.close()


@contextmanager
def _output(out: str) -> Iterator[Callable[[bytes], Any]]:
    if out == "-":
        yield sys.stdout.buffer.write
        sys.stdout.buffer.flush()
        return
    try:
        with Path(out).open("wb") as file:
            yield file.write
    except OSError as problem:
        where = f"{out}: {problem.strerror}"
        raise UsageError(f"无法写入 {where}。", f"cannot write {where}.") from problem


def _write(document: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")


class _Progress:
    """Says now and then on standard error how far a long check is."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, seq: int) -> None:
        if seq % 1000 == 0 and time.monotonic() - self._said > _SAY_EVERY_SECONDS:
            self._said = time.monotonic()
            typer.echo(f"… {seq}", err=True)
