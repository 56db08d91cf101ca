"""Judges the named rules: each part of each must have a message that it alone rejects, and that passes without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice

from schemas.rules import Breach, Rule

from .bindings import Binding, names
from .constraints import Json, Path
from .messages import drop, get, has, put
from .search import Rules, Search
from .suite import Suite

# Pairs of edits tried for a rule that no single edit breaks.
MOST_PAIRS = 30_000

BreaksWith = Callable[[Rule | None], Callable[[Json], Iterable[Breach]]]


@dataclass(frozen=True, slots=True)
class Part:
    """A rule at a block, or one part of it; `looser` is the rule without the part, None when nothing remains."""

    binding: Binding
    name: str
    looser: Rule | None

    def __str__(self) -> str:
        return f"{self.binding}{' ' if self.name else ''}{self.name}"


def parts(binding: Binding) -> Iterator[Part]:
    """Yield what is judged of a rule: each field it needs, each member it knows, each bound; else the rule itself."""
    rule, given = binding.rule, binding.rule.parameters
    if len(given.get("all", ())) > 1:
        for name in given["all"]:
            yield _part(binding, name, all=[each for each in given["all"] if each != name])
        return
    if rule.kind == "one":
        most = given.get("most", 1)
        yield _part(binding, f"at most {most}", most=most + 1)
        if given.get("least", 1):
            yield _part(binding, "at least one", least=0)
        return
    yield Part(binding, "", None)
    for key in given.get("keys", ()):
        yield _part(binding, key, keys={each: table for each, table in given["keys"].items() if each != key})


def _part(binding: Binding, name: str, **parameters: object) -> Part:
    return Part(binding, name, replace(binding.rule, parameters={**binding.rule.parameters, **parameters}))


def judged_part(suite: Suite, name: str, part: Part, looser: Callable[[Json], Iterable[Breach]]) -> bool:
    """Whether there is a message that only a part of a rule rejects; `looser` are the rules of the message without it."""
    rules = suite.rules(name)

    def goal(message: Json) -> bool:
        return not list(looser(message)) and suite.accepts(name, message)

    search = Search(rules, part.binding.owns, goal)
    for base in suite.bases(name):
        singles = rules.edits(part.binding, base)
        if search.run([base, *singles, emptied(rules, part.binding, base)]) is not None:
            return True
    for base in suite.bases(name):
        pairs = (pair for single in rules.edits(part.binding, base) for pair in rules.edits(part.binding, single))
        if search.run(islice(pairs, MOST_PAIRS)) is not None:
            return True
    return False


def emptied(rules: Rules, binding: Binding, message: Json) -> Json:
    """Return a message without all the fields a rule names that may be absent."""
    for place in rules.reach(binding).places:
        optional = place and place[-1] not in rules.shape[place[:-1]].get("required", ())
        if optional and has(message, place):
            message = drop(message, place)
    return message


def field_rules(suite: Suite, name: str) -> dict[tuple[str, str], list[Path]]:
    """Return the rules that come from fields, each with the kind of field, and the places of such fields."""
    found: dict[tuple[str, str], list[Path]] = {}
    for place, keywords in suite.shape(name).items():
        kind = keywords.get("x-yidi-kind", "")
        if kind in {"date", "datetime"}:
            found.setdefault(("date", kind), []).append(place)
        elif keywords.get("x-yidi-decimals"):
            found.setdefault(("decimals", kind), []).append(place)
    return found


def judged_field(suite: Suite, name: str, rule: str, places: list[Path]) -> bool:
    """Whether there is a message that only the rule of some field of a kind rejects: there alone, or else mended.

    Where an amount is part of a sum, the others of the sum get a decimal too many with it.
    """

    def mine(breach: Breach) -> bool:
        return breach.rule == rule

    def goal(message: Json) -> bool:
        return suite.accepts(name, message)

    starts = [each for place in places for each in _broken_at(suite, name, rule, place)]
    alone = (each for each, _ in starts if _only(suite.rules(name).broken(each), rule))
    if any(goal(message) for message in alone):
        return True
    searches = ((Search(suite.rules(name), mine, goal, steps=(step,)), each) for each, step in starts)
    return any(search.run([each]) is not None for search, each in searches)


def _only(breaches: Iterable[Breach], rule: str) -> bool:
    return [breach.rule for breach in breaches] == [rule]


def _broken_at(suite: Suite, name: str, rule: str, place: Path) -> Iterator[tuple[Json, Decimal]]:
    """Yield messages that break the rule of one field, and the step by which a number is too fine."""
    for base in suite.bases_with(name, place):
        old, decimals = get(base, place), suite.shape(name)[place].get("x-yidi-decimals", 0)
        step = Decimal(1).scaleb(-decimals - 1)
        values = _no_days(old) if rule == "date" else (old + step, old - step, step)
        yield from ((put(base, place, value), step) for value in values)


def _no_days(old: Json) -> Iterator[str]:
    year, time = (int(old[:4]), old[10:]) if old else (2026, "")
    for years in (0, -1, 1, -40):
        for day in ("02-30", "04-31", "06-31", "09-31", "11-31"):
            yield f"{year + years}-{day}{time}"
    yield from (f"{year}-02-30", f"{year}-02-30 10:00:00")
