"""The result of a run of mutants as a document and as a table in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from conformance.head import suites_digest
from conformance.mutants.fleet import Outcome
from conformance.mutants.mutant import VARIANT, Mutant
from conformance.mutants.watching import KILLED, PASSED

FORMAT, SCORE_FORMAT = "yidi/mutants/1", "yidi/kill-score/1"


class Score(NamedTuple):
    """How many mutants were killed of how many, and how many correct variants no case failed of how many."""

    killed: int
    mutants: int
    green: int
    variants: int

    @property
    def perfect(self) -> bool:
        """Tell whether every mutant was killed and no variant was failed."""
        return self.killed == self.mutants and self.green == self.variants


def score(outcomes: Iterable[tuple[Mutant, Outcome]]) -> Score:
    """Count outcomes."""
    pairs = list(outcomes)
    mutants = [outcome.verdict for mutant, outcome in pairs if mutant.kind != VARIANT]
    variants = [outcome.verdict for mutant, outcome in pairs if mutant.kind == VARIANT]
    return Score(mutants.count(KILLED), len(mutants), variants.count(PASSED), len(variants))


def document(pairs: list[tuple[Mutant, Outcome]], *, full: bool, seconds: float) -> Mapping[str, Any]:
    """Return everything that is known of a run; amounts of time in seconds."""
    return {
        "format": FORMAT,
        "suites": {role: suites_digest(role) for role in roles_of(pairs)},
        "full": full,
        "seconds": round(seconds, 1),
        "score": score(pairs)._asdict(),
        "scores": {role: score(each for each in pairs if each[0].role == role)._asdict() for role in roles_of(pairs)},
        "mutants": [
            {
                "name": mutant.name,
                "kind": mutant.kind,
                "role": mutant.role,
                "zh": mutant.zh,
                "en": mutant.en,
                "verdict": outcome.verdict,
                "by": outcome.by,
                "why": outcome.why,
                "seconds": outcome.seconds,
                "cases": outcome.cases,
            }
            for mutant, outcome in pairs
        ],
    }


def released(said: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the scores of a run of everything as a certificate looks for them: by the hash of a role's suites."""
    scores = {said["suites"][role]: score for role, score in said["scores"].items()}
    return {"format": SCORE_FORMAT, "scores": scores}


def roles_of(pairs: Iterable[tuple[Mutant, Outcome]]) -> tuple[str, ...]:
    """Return the roles whose references were tried, those of a run in their order."""
    return tuple(dict.fromkeys(mutant.role for mutant, _ in pairs))


def markdown(said: Mapping[str, Any]) -> str:
    """Return a document as a page."""
    found = Score(**said["score"])
    suites = ", ".join(f"`{digest[:16]}` ({role})" for role, digest in said["suites"].items())
    lines = [
        "# Mutants and correct variants",
        "",
        f"Suites {suites}: {found.killed} of {found.mutants} mutants killed, "
        f"{found.green} of {found.variants} correct variants without a false failure.",
        "",
        "| mutant | kind | what is wrong | 错在何处 | killed by |",
        "|---|---|---|---|---|",
    ]
    rows = [row for row in said["mutants"] if row["kind"] != VARIANT]
    lines += [f"| {_named(row)} | {row['kind']} | {row['en']} | {row['zh']} | {_by(row)} |" for row in rows]
    lines += ["", "| correct variant | what is unusual | 特别之处 | false failures |", "|---|---|---|---|"]
    rows = [row for row in said["mutants"] if row["kind"] == VARIANT]
    lines += [f"| {_named(row)} | {row['en']} | {row['zh']} | {_failures(row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _named(row: Mapping[str, Any]) -> str:
    return f"`{row['name']}`"


def _by(row: Mapping[str, Any]) -> str:
    killers = [name for name, outcome in row["cases"].items() if outcome == KILLED]
    if row["verdict"] != KILLED:
        return f"**{'survives' if row['verdict'] == PASSED else row['verdict']}**"
    more = f" and {len(killers) - 1} more" if len(killers) > 1 else ""
    return f"`{short(row['by'])}`{more}"


def _failures(row: Mapping[str, Any]) -> str:
    failed = [short(name) for name, outcome in row["cases"].items() if outcome == KILLED]
    if row["verdict"] == PASSED:
        return "none"
    return "; ".join(f"`{name}`" for name in failed) or f"**{row['verdict']}**"


def short(name: str) -> str:
    """Return a node id without the folders before it."""
    return name.rsplit("/", 1)[-1]
