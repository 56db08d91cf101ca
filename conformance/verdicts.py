"""Verdicts: what a test came to, what that makes of its case, and what the cases make of a run.

The order of precedence is written here and nowhere else, as three tables read from the top, the first row that fits:

1. an attempt at a case, by what stopped its test (:data:`ATTEMPTS`);
2. a case, by its attempts (:data:`CASES`): the first, the one with the reference system, and the one after it;
3. a run, by its cases (:data:`RUNS`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import pytest

from conformance.client import Instrument, Nonconformant, NotApplicable
from conformance.stage import NO_ANSWER, SIGNATURE, STATUS, Wrong
from conformance.wire import UNREACHABLE
from simulator.inputs.hooks import HookFailed, NotOffered

PASS, FAIL, WARN, SKIPPED, NOT_APPLICABLE, WAIVED, INSTRUMENT = (
    "pass",
    "fail",
    "warn",
    "skipped",
    "not_applicable",
    "waived",
    "instrument",
)
VERDICTS = (PASS, FAIL, WARN, SKIPPED, NOT_APPLICABLE, WAIVED, INSTRUMENT)
INCONCLUSIVE = "inconclusive"
NOT_JUDGED = "not_judged"  # a section of a run of which no case applied
SYSTEM, CONFIGURATION, ENVIRONMENT, TOOL, UNCLEAR = (
    "system under test",
    "configuration",
    "environment",
    "instrument",
    "specification unclear",
)
INTERRUPTED, NOTHING, FAULT = 130, 5, 4


class Said(NamedTuple):
    """What a test came to: a verdict, what was wrong, and one sentence."""

    verdict: str
    wrong: tuple[Wrong, ...] = ()
    message: str = ""


class Attempt(NamedTuple):
    """An attempt at a case: its verdict, what was wrong, a sentence, and its first and last line in the evidence.

    ``callback`` is false where the system should have called the platform above it and did not call at all.
    """

    attempt: int
    verdict: str
    wrong: tuple[Wrong, ...] = ()
    message: str = ""
    lines: tuple[int, int] = (0, 0)
    callback: bool = True

    def told(self) -> dict[str, Any]:
        """Return the attempt as ``results.json`` tells it."""
        return {**self._asdict(), "wrong": [each._asdict() for each in self.wrong], "lines": list(self.lines)}


class Conclusion(NamedTuple):
    """What attempts make of a case: the verdict, whose it is (label), and why, in both languages."""

    verdict: str
    label: str
    zh: str
    en: str


# -- 1: an attempt ----------------------------------------------------------------------------------------------------


def _unreachable(problem: BaseException) -> bool:
    wrong = problem.wrong if isinstance(problem, Nonconformant) else ()
    return bool(wrong) and all(each.kind == NO_ANSWER and each.received.startswith(UNREACHABLE) for each in wrong)


ATTEMPTS: tuple[tuple[Callable[[BaseException], bool], str], ...] = (
    (_unreachable, SKIPPED),
    (lambda problem: isinstance(problem, Nonconformant), FAIL),
    (lambda problem: isinstance(problem, NotOffered | NotApplicable), NOT_APPLICABLE),
    (lambda problem: isinstance(problem, HookFailed), SKIPPED),
    (lambda problem: isinstance(problem, pytest.skip.Exception), SKIPPED),
    (lambda problem: isinstance(problem, Instrument), INSTRUMENT),
    (lambda problem: isinstance(problem, AssertionError | pytest.fail.Exception), FAIL),
)
"""By what stopped a test, its verdict; whatever is not here is our fault."""


def said_of(problem: BaseException | None) -> Said:
    """Return what a test came to that ended with an exception, or without one."""
    if problem is None:
        return Said(PASS)
    problem = _innermost(problem)
    verdict = next((each for fits, each in ATTEMPTS if fits(problem)), INSTRUMENT)
    wrong = problem.wrong if isinstance(problem, Nonconformant) else ()
    return Said(verdict, wrong, _sentence(problem))


def _innermost(problem: BaseException) -> BaseException:
    """Return what a group of exceptions is about: of several ways in which one history fails, the first."""
    while isinstance(problem, BaseExceptionGroup):
        problem = problem.exceptions[0]
    return problem


def _sentence(problem: BaseException) -> str:
    if isinstance(problem, NotOffered):
        return f"the hook {problem.args[0]} is not offered"
    text = next((line for line in str(problem).splitlines() if line.strip()), "")
    known = isinstance(
        problem,
        Instrument | NotApplicable | HookFailed | AssertionError | pytest.skip.Exception | pytest.fail.Exception,
    )
    return text if known else f"{type(problem).__name__}: {text}"


# -- 2: a case --------------------------------------------------------------------------------------------------------


class Rule(NamedTuple):
    """``first``, ``reference`` and ``again`` are verdicts of attempts, ``-`` none was made, ``*`` whatever it was.

    ``fits`` looks at the attempts more closely.
    """

    first: str
    reference: str
    again: str
    verdict: str
    label: str
    zh: str
    en: str
    fits: Callable[[Attempt, Attempt | None], bool] = lambda first, reference: True


def _same(first: Attempt, reference: Attempt | None) -> bool:
    return bool(first.wrong) and reference is not None and _places(first) == _places(reference)


def _places(attempt: Attempt) -> set[tuple[str, ...]]:
    return {(each.kind, each.infno, each.place) for each in attempt.wrong}


def _turned_away(first: Attempt, reference: Attempt | None) -> bool:
    """Tell whether keys or addresses are not as agreed: whatever comes after that says nothing."""
    at_first = first.wrong[0] if first.wrong else None
    if at_first is None:
        return False
    refused = at_first.kind == STATUS and at_first.received in {"HTTP 401", "HTTP 403", "HTTP 404", "HTTP 405"}
    return refused or at_first.kind == SIGNATURE


def _never_called(first: Attempt, reference: Attempt | None) -> bool:
    return not first.callback


CASES: tuple[Rule, ...] = (
    Rule(PASS, "*", "*", PASS, "", "", ""),
    Rule(
        NOT_APPLICABLE,
        "*",
        "*",
        NOT_APPLICABLE,
        "",
        "本系统不提供所需的操作。",
        "The system does not offer what it takes.",
    ),
    Rule(SKIPPED, "*", "*", SKIPPED, ENVIRONMENT, "未能执行。", "It could not be run."),
    Rule(INSTRUMENT, "*", "*", INSTRUMENT, TOOL, "测试工具有误。", "The fault is with the test tool."),
    Rule(FAIL, "-", "*", FAIL, "", "不符合；未与参考系统对照。", "Not conformant; not compared with the reference."),
    Rule(
        FAIL,
        FAIL,
        "*",
        INSTRUMENT,
        UNCLEAR,
        "参考系统在同一处同样不符：规范或其解读不明。",
        "The reference differs in the same place: the specification, or our reading of it, is not clear.",
        _same,
    ),
    Rule(FAIL, FAIL, "*", INSTRUMENT, TOOL, "参考系统也不通过。", "The reference does not pass either."),
    Rule(FAIL, NOT_APPLICABLE, "*", INSTRUMENT, TOOL, "参考系统未能对照。", "The reference could not be asked."),
    Rule(FAIL, SKIPPED, "*", INSTRUMENT, TOOL, "参考系统未能对照。", "The reference could not be asked."),
    Rule(FAIL, INSTRUMENT, "*", INSTRUMENT, TOOL, "参考系统未能对照。", "The reference could not be asked."),
    Rule(
        FAIL,
        PASS,
        INSTRUMENT,
        INSTRUMENT,
        TOOL,
        "复测时测试工具有误。",
        "The test tool failed when it was tried again.",
    ),
    Rule(
        FAIL,
        PASS,
        PASS,
        FAIL,
        SYSTEM,
        "不稳定：先不符合，换一人重做又符合；参考系统符合。",
        "Unsteady: wrong at first, right when tried again with another person; the reference is right.",
    ),
    Rule(
        FAIL,
        PASS,
        SKIPPED,
        FAIL,
        SYSTEM,
        "不符合，其后无法访问；参考系统符合。",
        "Not conformant, and not to be reached afterwards; the reference is right.",
    ),
    Rule(
        FAIL,
        PASS,
        "*",
        FAIL,
        CONFIGURATION,
        "未收到回调：被测系统应向上级平台转发，却从未连接。请核对其上级地址。",
        "Callback not received: the system should have called the platform above it and never did. "
        "Check the address it has for it.",
        _never_called,
    ),
    Rule(
        FAIL,
        PASS,
        "*",
        FAIL,
        CONFIGURATION,
        "密钥或地址与约定不一致；参考系统符合。",
        "Keys or addresses are not as agreed; the reference is right.",
        _turned_away,
    ),
    Rule(
        FAIL, PASS, "*", FAIL, SYSTEM, "两次均不符合；参考系统符合。", "Not conformant, twice; the reference is right."
    ),
)


def concluded(
    first: Attempt, reference: Attempt | None, again: Attempt | None, *, should: bool, core: bool
) -> Conclusion:
    """Return what the attempts make of a case; a SHOULD only warns, and a core case has to apply."""
    seen = tuple("-" if each is None else each.verdict for each in (first, reference, again))
    rule = next(rule for rule in CASES if _fits(rule, seen) and rule.fits(first, reference))
    verdict, zh, en = rule.verdict, rule.zh, rule.en
    if verdict == FAIL and should:
        verdict = WARN
    if verdict == NOT_APPLICABLE and core:
        verdict, zh, en = SKIPPED, f"{zh}核心用例必须执行。", f"{en} A core case must be run."
    return Conclusion(verdict, rule.label, zh, en)


def _fits(rule: Rule, seen: tuple[str, ...]) -> bool:
    wanted = rule.first, rule.reference, rule.again
    return all(want in {"*", was} for want, was in zip(wanted, seen, strict=True))


# -- 3: a run ---------------------------------------------------------------------------------------------------------

RUNS: tuple[tuple[str, str, int], ...] = (
    (FAIL, FAIL, 1),
    (INSTRUMENT, INSTRUMENT, FAULT),
    (SKIPPED, INCONCLUSIVE, 3),
)
"""The worst verdict of any case, what it makes of the run, and the exit code; a run with none of these passes."""


def verdict_of_run(verdicts: Iterable[str], *, interrupted: bool = False, broken: bool = False) -> tuple[str, int]:
    """Return verdict and exit code of a run; ``broken``: a suite could not be read, or a worker died."""
    seen = set(verdicts) | ({INSTRUMENT} if broken else set())
    verdict, code = next(((each, code) for worst, each, code in RUNS if worst in seen), (PASS, 0))
    if interrupted:
        return (INCONCLUSIVE if verdict == PASS else verdict), INTERRUPTED
    return (verdict, code) if seen else (INCONCLUSIVE, NOTHING)


WORDS: Mapping[str, tuple[str, str]] = {
    PASS: ("通过", "pass"),
    FAIL: ("不符合", "fail"),
    WARN: ("提醒", "warn"),
    SKIPPED: ("未能执行", "skipped"),
    NOT_APPLICABLE: ("不适用", "not applicable"),
    WAIVED: ("已豁免", "waived"),
    INSTRUMENT: ("工具故障", "instrument error"),
    INCONCLUSIVE: ("无结论", "inconclusive"),
    NOT_JUDGED: ("未判定", "not judged"),
    SYSTEM: ("被测系统", "system under test"),
    CONFIGURATION: ("配置", "configuration"),
    ENVIRONMENT: ("环境", "environment"),
    UNCLEAR: ("规范不明", "specification unclear"),
}
"""Verdicts and labels in Chinese and English; the label of a fault of ours is the verdict's."""
