"""Files between an institution and its city: uploaded with 9101, fetched with 9102, known by their number.

A file is text: UTF-8, a record a line, fields separated by tabs, an empty value written as ``null``. That it travels in
a ZIP is the host's business, and so is the byte stream of 9102: the interface has no field for it, so the reply is the
bare envelope and the host sends what :meth:`Files.content` gives. A file is kept seven days and belongs to the
institution that made it; catalogue files belong to the policy centre (``plc``) and are there for every institution.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.core.platform.message import Block, Message
from simulator.core.platform.node import Node
from simulator.core.platform.office import Office
from simulator.core.platform.turn import Turn
from simulator.core.values.money import FEN_PER_YUAN, yuan
from simulator.core.values.stamps import written

KEPT_FOR = dt.timedelta(days=7)
CENTRE = "plc"  # 政策中心: whose files every institution may fetch
_NULL = "null"
_YUAN = re.compile(r"(-?)([0-9]{1,14})(?:\.([0-9]{1,2}))?")
_BREAKS = re.compile(r"[\t\r\n]+")  # a value must not end its field or its record

# The columns of 3202: what an institution sends, and what it gets back.
STATEMENT = ("setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay", "refd_setl_flag")
RESULT = (
    *("psn_no", "mdtrt_id", "setl_id", "msgid", "stmt_rslt", "refd_setl_flag", "memo"),
    *("medfee_sumamt", "fund_pay_sumamt", "acct_pay"),
)
_AMOUNTS = frozenset({"medfee_sumamt", "fund_pay_sumamt", "acct_pay"})


class FileKept(NamedTuple):
    """Fact: a file is kept under its number ``until`` then, as rows (fen inside) or as text.

    ``owner`` is the institution that may fetch it, ``plc`` where all may, empty where whoever knows the number may;
    ``about`` names what it holds, so that the same file need not be made twice.
    """

    file_no: str
    rows: tuple[Block, ...] = ()
    owner: str = ""
    name: str = ""
    until: dt.datetime = dt.datetime.max
    text: str = ""
    about: str = ""


class Files(Office):
    """The files of one platform."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._kept: dict[str, FileKept] = {}
        self._numbered = 0  # files ever kept: it numbers the next one, also after a restart
        self._about: dict[str, str] = {}
        self.answers = {"9101": self._upload, "9102": self._download}
        self.folds = {FileKept: self._fold_kept}

    def rows(self, file_no: str, by: str = "", at: dt.datetime | None = None) -> tuple[Block, ...] | None:
        """Return the rows of a file, None where :meth:`problem` has a reason; amounts are fen."""
        if self.problem(file_no, by, at):
            return None
        kept = self._kept[file_no]
        return parsed(kept.text) if kept.text else kept.rows

    def problem(self, file_no: str, by: str = "", at: dt.datetime | None = None) -> str:
        """Return the name of the refusal of a file as a statement's rows, empty where there is none.

        ``by`` is the institution that asks and ``at`` when; left out, everybody may at any time.
        """
        kept = self._held(file_no, by, at)
        if kept is None:
            return "unknown_file"
        return "file_unreadable" if kept.text and parsed(kept.text) is None else ""

    def content(self, file_no: str, by: str = "", at: dt.datetime | None = None) -> FileKept | None:
        """Return a file as it is kept, with its text; None for one that is unknown, over its time or another's."""
        kept = self._held(file_no, by, at)
        if kept is None or kept.text:
            return kept
        return kept._replace(text=tabbed([row.get(name) for name in RESULT] for row in kept.rows))

    def fetched(self, asked: Message, at: dt.datetime) -> FileKept | None:
        """Return the file that a 9102 asks for, with its text; None where there is none for whoever asks."""
        data = asked.block("fsDownloadIn")
        return self.content(data["file_qury_no"], _owner(asked), at)

    def keep(self, turn: Turn, rows: tuple[Block, ...], owner: str = "", name: str = "result.txt") -> str:
        """Keep result rows of 3202 as a file; return its number."""
        return self._keep(turn, FileKept("", rows, owner, name))

    def keep_text(self, turn: Turn, text: str, owner: str, name: str, about: str = "") -> FileKept:
        """Keep a text as a file and return it; one about the same that was kept the same day serves again."""
        known = self._kept.get(self._about.get(about, ""))
        if known is not None and about and known.until.date() == (turn.now + KEPT_FOR).date():
            return known
        return self._kept[self._keep(turn, FileKept("", (), owner, name, text=text, about=about))]

    def drop_before(self, day: str) -> None:
        """Forget the files whose time ended before ``day``; the host has kept them."""
        for kept in [kept for kept in self._kept.values() if kept.until.date().isoformat() < day]:
            del self._kept[kept.file_no]
            self._about.pop(kept.about, None)

    def _upload(self, turn: Turn, asked: Message) -> Message:
        data = asked.block("fsUploadIn")
        kept = self.keep_text(turn, data["in"], asked.party, data["filename"])
        fields: dict[str, Any] = {"file_qury_no": kept.file_no, "filename": kept.name, "fixmedins_code": asked.party}
        fields["dld_endtime"] = written(kept.until)
        return turn.ok(asked, **fields)

    def _download(self, turn: Turn, asked: Message) -> Message:
        number = asked.block("fsDownloadIn")["file_qury_no"]
        if self._held(number, _owner(asked), turn.now) is None:
            return turn.refuse(asked, "unknown_file", number)
        return turn.ok(asked)

    def _held(self, file_no: str, by: str, at: dt.datetime | None) -> FileKept | None:
        kept = self._kept.get(file_no)
        if kept is None or (at is not None and at > kept.until):
            return None
        return None if by and kept.owner and by != kept.owner else kept

    def _keep(self, turn: Turn, fact: FileKept) -> str:
        file_no = f"F{self._node.code}{turn.now:%Y%m%d}{self._numbered + 1:010d}"
        turn.record(fact._replace(file_no=file_no, until=turn.now.replace(microsecond=0) + KEPT_FOR))
        return file_no

    def _fold_kept(self, fact: FileKept) -> None:
        self._numbered += 1
        self._kept[fact.file_no] = fact
        if fact.about:
            self._about[fact.about] = fact.file_no


def _owner(asked: Message) -> str:
    """Return whose file a 9102 asks for: the policy centre's or that of the institution itself."""
    return CENTRE if asked.block("fsDownloadIn")["fixmedins_code"] == CENTRE else asked.party


def tabbed(records: Iterable[Iterable[Any]]) -> str:
    """Return records as the text of a file: amounts (integers) in yuan, nothing as ``null``."""
    return "".join("\t".join(map(_cell, record)) + "\n" for record in records)


def parsed(text: str, columns: Sequence[str] = STATEMENT) -> tuple[Block, ...] | None:
    """Return the rows of a statement (the upload of 3202), amounts in fen; None where a line is not of its form.

    With the columns of ``RESULT`` it reads what an institution gets back.
    """
    lines = [line.removesuffix("\r").split("\t") for line in text.removesuffix("\n").split("\n")]
    try:
        return tuple(_row(cells, columns) for cells in lines)
    except ValueError:
        return None


def _row(cells: list[str], columns: Sequence[str]) -> Mapping[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=True):
        value = "" if cell == _NULL else cell
        row[name] = _fen(value) if name in _AMOUNTS else value
    return row


def _fen(text: str) -> int:
    """Return yuan text as fen; raises ValueError for what is no amount."""
    found = _YUAN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text} is not an amount of yuan and fen")
    sign, whole, rest = found.groups(default="")
    fen = int(whole) * FEN_PER_YUAN + int(f"{rest:0<2}")
    return -fen if sign else fen


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return yuan(value)
    return _BREAKS.sub(" ", str(value)) if value else _NULL
