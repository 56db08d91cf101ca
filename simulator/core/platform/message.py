"""The one message type: head fields and read-only blocks.

Amounts inside are integers scaled by the decimals of their field (fen, ten-thousandths, millionths of a yuan); turning
JSON into a message and back is done outside the core. A request has no ``infcode``; a reply bears the ``infno`` and
the key of what it answers, which is how it finds its way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Block = Mapping[str, Any]
Blocks = Mapping[str, Any]
"""Blocks by name: a mapping, or a tuple of them for a list; a few bodies also hold fields of their own."""


class Key(NamedTuple):
    """What makes a request the same request: the party that sent it and its ``msgid``."""

    party: str
    msgid: str


class Message(NamedTuple):
    """A request (``infcode`` None; blocks of ``input``) or a reply (blocks of ``output``)."""

    infno: str
    key: Key
    head: Block
    blocks: Blocks
    infcode: int | None = None

    @property
    def msgid(self) -> str:
        """Return the ``msgid`` of the request, or of the request that a reply answers."""
        return self.key.msgid

    @property
    def party(self) -> str:
        """Return the party that made the request (``fixmedins_code``)."""
        return self.key.party

    @property
    def treatment_area(self) -> str:
        """Return the treatment place's area code (``mdtrtarea_admvs``)."""
        return str(self.head["mdtrtarea_admvs"])

    @property
    def insured_area(self) -> str:
        """Return the place of insurance; empty or absent means the treatment place itself."""
        return str(self.head.get("insuplc_admdvs") or self.head["mdtrtarea_admvs"])

    @property
    def recipient(self) -> str:
        """Return the area whose platform a bureau message is meant for (``recer_admvs``)."""
        return str(self.head["recer_admvs"])

    @property
    def is_bureau(self) -> bool:
        """Tell whether this is a message between platforms: one letter and three digits."""
        return self.infno[0].isalpha()

    @property
    def is_reply(self) -> bool:
        """Tell whether this is a reply."""
        return self.infcode is not None

    @property
    def succeeded(self) -> bool:
        """Tell whether this is a reply that reports success."""
        return self.infcode == 0

    def block(self, name: str) -> Block:
        """Return a single block by name; raises KeyError when the message has none."""
        found: Block = self.blocks[name]
        if isinstance(found, tuple):
            raise KeyError(f"{name} is a list in {self.infno}")
        return found

    def rows(self, name: str) -> tuple[Block, ...]:
        """Return a list block by name, empty when absent; a single block counts as a list of one."""
        found = self.blocks.get(name, ())
        return found if isinstance(found, tuple) else (found,)

    def with_fields(self, block: str, fields: Block) -> Message:
        """Return the message with fields added to one single block."""
        merged = MappingProxyType({**self.block(block), **fields})
        return self._replace(blocks=MappingProxyType({**self.blocks, block: merged}))

    def with_head(self, **fields: Any) -> Message:
        """Return the message with head fields added."""
        return self._replace(head=MappingProxyType({**self.head, **fields}))


def party_of(area: str) -> str:
    """Return the party code of the platform of an area, for what it asks of its own accord."""
    return f"C{area}00000"


def freeze(blocks: Mapping[str, Any]) -> Blocks:
    """Return the blocks read-only: mappings as proxies, lists as tuples of proxies; single values stay."""
    return MappingProxyType({name: _frozen(block) for name, block in blocks.items()})


def _frozen(block: Any) -> Any:
    kind = type(block)  # asked before the kinds of mappings are gone through, as there are very many blocks
    if kind is MappingProxyType:
        return block
    if kind is dict or isinstance(block, Mapping):
        return MappingProxyType(block)
    return tuple(map(_frozen, block)) if kind is tuple or kind is list else block


def request(infno: str, key: Key, head: Block, blocks: Mapping[str, Any]) -> Message:
    """Make a request; ``head`` holds the head fields but ``infno``, ``fixmedins_code``, ``msgid`` and ``input``."""
    return Message(infno, key, MappingProxyType(dict(head)), freeze(blocks))


def reply_to(asked: Message, head: Block, blocks: Mapping[str, Any], *, infcode: int = 0) -> Message:
    """Make the reply to a request; ``head`` holds the reply's head fields other than ``infcode`` and ``output``."""
    return Message(asked.infno, asked.key, MappingProxyType(dict(head)), freeze(blocks), infcode)
