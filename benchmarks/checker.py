"""How fast the checker judges messages, beside `jsonschema` on the same message in the same run.

    python benchmarks/checker.py [--rounds N] [--json]

Three figures, each with its limit: how many times the fast path beats `jsonschema` on a 30-line 2301 request (25),
small envelopes a second (50,000), and seconds for 1 MB of the worst text (3). Exit code 1 when one is missed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from hostile import HOSTILE
from jsonschema import Draft202012Validator

import schemas

LIMITS = {"times_jsonschema": 25.0, "small_envelopes_per_second": 50_000.0, "worst_megabyte_seconds": 3.0}
MEGABYTE = 1_000_000


def main() -> int:
    """Measure, print, and compare with the limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measured(options.rounds)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        for name, value in figures.items():
            print(f"{name}: {value:,.2f} (limit {LIMITS[name]:,.0f})" if name in LIMITS else f"{name}: {value:,.2f}")
    return int(
        figures["times_jsonschema"] < LIMITS["times_jsonschema"]
        or figures["small_envelopes_per_second"] < LIMITS["small_envelopes_per_second"]
        or figures["worst_megabyte_seconds"] > LIMITS["worst_megabyte_seconds"]
    )


def measured(rounds: int) -> dict[str, float]:
    """Return every figure; the two engines take turns within a round, so that noise meets both."""
    registry = schemas.load("v1")
    fees, small = fee_lines(registry, 30), parsed(registry, "9001")
    plain = Draft202012Validator(registry.schema("2301", "request"), registry=registry.resources)
    fast, quick = registry.validator("2301", "request"), registry.validator("9001", "request")
    ratios, rates = [], []
    for _ in range(rounds):
        slow = seconds(lambda: plain.is_valid(fees), 20)
        ratios.append(slow / seconds(lambda: fast.is_valid(fees), 400))
        rates.append(1 / seconds(lambda: quick.is_valid(small), 20_000))
    worst = {}
    for name, made in HOSTILE.items():
        text = made(MEGABYTE).encode()
        worst[name] = seconds(lambda text=text: judge(registry, text), 1)  # type: ignore[misc]
    return {
        "times_jsonschema": statistics.median(ratios),
        "small_envelopes_per_second": statistics.median(rates),
        "worst_megabyte_seconds": max(worst.values()),
        **{f"worst_megabyte_seconds.{name}": value for name, value in worst.items()},
    }


def seconds(work: Callable[[], object], times: int) -> float:
    """Return the seconds one call takes, averaged over so many."""
    begin = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begin) / times


def parsed(registry: schemas.Registry, infno: str) -> Any:
    """Return the example request of a transaction, which must be good."""
    message = schemas.parse(registry.examples[infno, "request"])
    assert registry.validator(infno, "request").is_valid(message)
    return message


def fee_lines(registry: schemas.Registry, count: int) -> Any:
    """Return a 2301 request with so many lines."""
    message = parsed(registry, "2301")
    lines = message["input"]["feedetail"]
    message["input"]["feedetail"] = [
        {**lines[number % len(lines)], "feedetl_sn": str(1000 + number), "init_feedetl_sn": ""}
        for number in range(count)
    ]
    assert registry.validator("2301", "request").is_valid(message), registry.validator("2301", "request").check(message)
    return message


def judge(registry: schemas.Registry, text: bytes) -> None:
    """Check a text as `yidi schema check` does; it must be found wrong."""
    assert registry.check_text(None, "request", text)


if __name__ == "__main__":
    sys.exit(main())
