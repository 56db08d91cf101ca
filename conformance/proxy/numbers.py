"""Message numbers: each used once, the same message answered the same, what was reversed not accepted any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from conformance.proxy.findings import (
    ANSWER_DIFFERS,
    CALLER,
    NOT_SEEN,
    NOTE,
    OTHER,
    REFMSGID,
    REUSED,
    REUSED_ACCEPTED,
    UNDONE,
    UPSTREAM,
    Finding,
    finding,
)
from conformance.proxy.reading import Read, Row, as_row, fingerprint, first_in
from conformance.proxy.seen import Seen

MOST = 200_000
_OF_ONE_ANSWER = frozenset({"refmsg_time", "respond_time", "inf_refmsgid", "signtype", "cainfo"})


class Number(NamedTuple):
    """What came under a msgid: transaction, content, and the fingerprint of the reply that said it was done."""

    infno: str
    content: str
    done: str = ""
    undone: bool = False
    setl_id: str = ""
    mdtrt_id: str = ""


class Numbers:
    """Remembers numbers of messages and replies."""

    def __init__(self, most: int = MOST) -> None:
        self.known: Seen[tuple[str, str], Number] = Seen(most)
        self._replies: Seen[str, tuple[str, str]] = Seen(most)
        self._barred: Seen[tuple[str, str], str] = Seen(most)
        self._settled: Seen[str, tuple[str, str]] = Seen(most)  # setl_id: the message that made it

    @property
    def forgotten(self) -> int:
        """Return how many messages were forgotten."""
        return self.known.forgotten

    def judge(self, read: Read) -> Iterator[Finding]:
        """Yield what is wrong with the numbers of an exchange."""
        key = read.key
        if not key[1]:
            return
        yield from self._reply(read)
        now = Number(read.infno, fingerprint(read.infno, as_row(read.input)))
        before = self.known.get(key)
        if before is None:
            if read.succeeded and self._barred.get(key) is not None:
                yield finding(UNDONE, UPSTREAM, read.infno, "/msgid", received=key[1])
            before = now
        elif before.content != now.content:
            yield finding(REUSED, CALLER, read.infno, "/msgid", before.infno, f"{read.infno} {key[1]}")
            if read.succeeded and before.done:
                yield finding(REUSED_ACCEPTED, UPSTREAM, read.infno, "/msgid", received=key[1])
            return
        elif read.succeeded:
            yield from self._again(read, before)
        self.known.put(key, self._noted(before, read))

    def _again(self, read: Read, before: Number) -> Iterator[Finding]:
        if before.undone:
            yield finding(UNDONE, UPSTREAM, read.infno, "/msgid", received=read.key[1])
        elif before.done and before.done != _answer(read.told.message):
            yield finding(ANSWER_DIFFERS, UPSTREAM, read.infno, "/output", "", read.key[1])

    def _noted(self, before: Number, read: Read) -> Number:
        if not read.succeeded or before.done:
            return before
        setl_id = first_in(read.output, "setl_id")
        mdtrt_id = first_in(read.output, "mdtrt_id") or first_in(read.input, "mdtrt_id")
        return before._replace(done=_answer(read.told.message), setl_id=setl_id, mdtrt_id=mdtrt_id)

    def _reply(self, read: Read) -> Iterator[Finding]:
        """A reply's number belongs to one message."""
        number = str(read.told.message.get("inf_refmsgid") or "")
        if not number:
            return
        before, whose = self._replies.get(number), read.key
        if read.infno == "2601":  # a second reversal of the same message may get the answer of the first
            whose = whose[0], str(as_row(read.input.get("data")).get("omsgid", ""))
        if before not in {None, whose}:
            yield finding(REFMSGID, UPSTREAM, read.infno, "/inf_refmsgid", received=number)
        self._replies.put(number, whose)

    def undo(self, read: Read, *, sure: bool) -> tuple[Number | None, list[Finding]]:
        """Take in a reversal (2601) that was done; return what it reversed, None for a message not seen."""
        data = as_row(read.input.get("data"))
        key, infno = (read.key[0], str(data.get("omsgid", ""))), str(data.get("oinfno", ""))
        target = self.known.get(key)
        if target is None:
            self._barred.put(key, infno)
            found = [finding(NOT_SEEN, CALLER, "2601", "/input/data/omsgid", received=key[1], level=NOTE)]
            return None, found if sure else []
        if target.infno != infno:
            return None, [finding(OTHER, UPSTREAM, "2601", "/input/data/oinfno", target.infno, infno)]
        if target.undone:
            return None, []
        self.known.put(key, target._replace(undone=True))
        return target, []

    def cancelled(self, setl_id: str) -> None:
        """Note that a settlement was cancelled: the message that made it is refused from now on."""
        key = self._settled.get(setl_id)
        number = self.known.get(key) if key else None
        if key and number:
            self.known.put(key, number._replace(undone=True))

    def settled(self, read: Read, setl_id: str) -> bool:
        """Note which message made a settlement; tell whether another made one of that number before."""
        before = self._settled.get(setl_id)
        if before in {None, read.key}:
            self._settled.put(setl_id, read.key)
        return before not in {None, read.key}


def is_repeat(before: Number | None) -> bool:
    """Tell whether a message was done before, so that it changes nothing when it comes again."""
    return before is not None and bool(before.done)


def _answer(reply: Row) -> str:
    return fingerprint({name: value for name, value in reply.items() if name not in _OF_ONE_ANSWER})
