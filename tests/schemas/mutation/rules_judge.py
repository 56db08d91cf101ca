"""Judges the named rules: each part of each must have a message that it alone rejects, and that passes without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from schemas.rules import Breach, Plan, Rule

from .bindings import Binding, block_place
from .constraints import Json, Path
from .judge import REDUNDANT
from .messages import Shape, drop, get, has, put
from .search import Rules, Search
from .suite import Suite

# Pairs of edits tried for a rule that no single edit breaks.
MOST_PAIRS = 30_000

PlanWith = Callable[[Rule, Rule | None], Plan]
"""Returns the rules of a message with another rule, or none, in the place of one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A rule at a block, or one part of it.

    `looser` is the rule without the part, None when nothing remains; `field` is the one that a breach of it names.
    """

    binding: Binding
    name: str
    looser: Rule | None
    field: str = ""

    def owns(self, breach: Breach) -> bool:
        """Whether a breach may be one of this part."""
        return self.binding.owns(breach) and self.field in {"", breach.path[-1]}

    def __str__(self) -> str:
        return f"{self.binding}{' ' if self.name else ''}{self.name}"


def rule_survivors(suite: Suite, name: str, plan_with: PlanWith) -> list[str]:
    """Return the parts of the named rules of a message, and the rules of its fields, that are redundant."""
    alive = [
        str(part)
        for part in rule_parts(suite, name)
        if not judged_part(suite, name, part, plan_with(part.binding.rule, part.looser))
    ]
    fields = field_rules(suite, name).items()
    alive += [f"{rule} of {kind}" for (rule, kind), places in fields if not judged_field(suite, name, rule, places)]
    return [f"{name}: {each}: {REDUNDANT}" for each in alive]


def rule_parts(suite: Suite, name: str) -> list[Part]:
    """Return what is judged of the named rules of a message."""
    return [part for binding in suite.rules(name).bound for part in parts(suite.shape(name), binding)]


def parts(shape: Shape, binding: Binding) -> Iterator[Part]:
    """Yield what is judged of a rule: each field it needs, each member, total and bound of it; else the rule itself."""
    rule, given = binding.rule, binding.rule.parameters
    if len(given.get("all", ())) > 1:
        yield from (_without(binding, "all", name, name) for name in given["all"])
    elif rule.kind == "totals":
        root = block_place(shape, binding.path)
        judged = (each for each in given["fields"] if (*root, given["block"], _pair(each)[0]) in shape)
        known = (each for each in judged if any((*root, rows, 0, _pair(each)[1]) in shape for rows in listed(given)))
        yield from (_without(binding, "fields", each, _pair(each)[0]) for each in known)
    elif rule.kind == "one":
        most = given.get("most", 1)
        yield _part(binding, f"at most {most}", most=most + 1)
        if given.get("least", 1):
            yield _part(binding, "at least one", least=0)
    else:
        yield Part(binding, "", None)
        yield from (_without(binding, "keys", key) for key in given.get("keys", ()))


def listed(given: Mapping[str, Any]) -> list[str]:
    """Return the lists a rule names, one or several."""
    return [given["list"]] if isinstance(given["list"], str) else given["list"]


def _pair(field: str | list[str]) -> tuple[str, str]:
    return (field, field) if isinstance(field, str) else (field[0], field[1])


def _without(binding: Binding, parameter: str, entry: Any, field: str = "") -> Part:
    given = binding.rule.parameters[parameter]
    if isinstance(given, Mapping):
        return _part(binding, entry, field, **{parameter: {each: given[each] for each in given if each != entry}})
    return _part(binding, str(entry), field, **{parameter: [each for each in given if each != entry]})


def _part(binding: Binding, name: str, field: str = "", **parameters: object) -> Part:
    return Part(binding, name, replace(binding.rule, parameters={**binding.rule.parameters, **parameters}), field)


def judged_part(suite: Suite, name: str, part: Part, looser: Plan) -> bool:
    """Whether there is a message that only a part of a rule rejects; `looser` are the rules without the part."""
    rules = suite.rules(name)

    def goal(message: Json) -> bool:
        return not list(looser.broken(message)) and suite.accepts(name, message)

    search = Search(rules, part.owns, goal)
    tried = (search.first(starts(base)) for starts in _starts(rules, part.binding) for base in suite.bases(name))
    return any(message is not None for message in tried)


def _starts(rules: Rules, binding: Binding) -> tuple[Callable[[Json], Iterable[Json]], ...]:
    """Return what to make of a valid message so that it breaks a rule, the simplest first."""

    def singles(base: Json) -> Iterator[Json]:
        yield from rules.edits(binding, base)
        yield emptied(rules, binding, base)

    def leaps(base: Json) -> Iterator[Json]:
        return rules.edits(binding, base, rules.steps(binding, base))

    def pairs(base: Json) -> Iterator[Json]:
        twice = (pair for single in rules.edits(binding, base) for pair in rules.edits(binding, single))
        return islice(twice, MOST_PAIRS)

    return singles, leaps, pairs


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
    return any(search.first([each]) is not None for search, each in searches)


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
