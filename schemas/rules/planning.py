"""Binds the rules to one kind of message, once, and runs them on every message of that kind.

What is bound are plain functions in a tree that holds only the blocks with rules, so that a message without rules
costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from schemas.rules.conditions import all_of
from schemas.rules.fields import FieldRule, field_rules
from schemas.rules.kinds import KINDS
from schemas.rules.model import Breach, Check, Found, Path, Row, Rule
from schemas.rules.sites import Site, Unfit
from schemas.values import BODY, Block, Direction, Field, Name

Bound = tuple[Rule, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """The rules of one kind of message.

    `bound` names them in the order of the blocks, each with the path of names of the block it is bound to: () is the
    head, ("input", "data") the block `data` of a request. A rule on two blocks is bound to the one that holds both.
    """

    bound: tuple[Bound, ...]
    _head: _Node = field(repr=False)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that are bound, each once."""
        return tuple({rule.id: rule for rule, _ in self.bound}.values())

    def broken(self, message: object) -> Iterator[Breach]:
        """Return every breach of a rule; raises TypeError for a float where decimals matter."""
        found: list[Breach] = []
        if isinstance(message, dict):
            _run(self._head, message, message, (), found)
        return iter(found)


def plan(  # noqa: PLR0917 - what a message is made of, in the order it is read
    infno: str,
    direction: Direction,
    head: Mapping[str, Field],
    body: Block,
    rules: tuple[Rule, ...],
    codes: Mapping[str, Collection[str]],
) -> Plan:
    """Bind the rules to a message: its head fields, and its body (`input` or `output`) with the blocks in it."""
    body = replace(body, name=BODY[direction])
    fields = {name: each for name, each in head.items() if name != body.name}
    nothing = Name("", "")
    whole = Block("", "", "", False, True, None, None, fields, {body.name: body}, nothing)
    fitting = tuple(rule for rule in rules if _applies(rule, infno, direction))
    bound: list[Bound] = []
    node = _node(whole, (), fitting, Site(whole, fields, codes), bound)
    return Plan(tuple(bound), node)


@dataclass(frozen=True, slots=True)
class _Node:
    """A block with what is to be checked in it and in the blocks within."""

    name: str
    fields: tuple[FieldRule, ...]
    checks: tuple[tuple[str, Check], ...]
    blocks: tuple[_Node, ...]


def _applies(rule: Rule, infno: str, direction: Direction) -> bool:
    where = rule.where
    return where.direction in {"", direction} and (not where.infnos or infno.startswith(where.infnos))


def _node(block: Block, path: tuple[str, ...], rules: tuple[Rule, ...], site: Site, bound: list[Bound]) -> _Node:
    checks = [(rule, check) for rule in rules if (check := _bind(rule, site)) is not None]
    bound.extend((rule, path) for rule, _ in checks)
    within = [
        _node(inner, (*path, name), rules, replace(site, block=inner), bound) for name, inner in block.blocks.items()
    ]
    named = tuple((rule.id, check) for rule, check in checks)
    busy = tuple(node for node in within if node.fields or node.checks or node.blocks)
    return _Node(block.name, field_rules(block.fields), named, busy)


def _bind(rule: Rule, site: Site) -> Check | None:
    block, where = site.block, rule.where
    if block.name not in where.blocks if where.blocks else not block.name:
        return None
    if not where.has <= block.fields.keys() or not where.without.isdisjoint(block.fields):
        return None
    try:
        check = KINDS[rule.kind].bind(rule, site)
        return _under(rule, site, check) if rule.when else check
    except Unfit:
        return None


def _under(rule: Rule, site: Site, check: Check) -> Check:
    holds = all_of(rule.when, site)
    nothing: tuple[Found, ...] = ()
    return lambda row, message: check(row, message) if holds(row, message) else nothing


def _run(node: _Node, row: Row, message: Row, path: Path, found: list[Breach]) -> None:
    for name, rule, holds, words in node.fields:
        if name in row and not holds(row[name]):
            found.append(Breach((*path, name), rule, words(row[name])))
    for rule, check in node.checks:
        for tail, received in check(row, message):
            found.append(Breach((*path, *tail), rule, received))
    for inner in node.blocks:
        value = row.get(inner.name)
        if isinstance(value, dict):
            _run(inner, value, message, (*path, inner.name), found)
        elif isinstance(value, list):
            for index, each in enumerate(value):
                if isinstance(each, dict):
                    _run(inner, each, message, (*path, inner.name, index), found)
