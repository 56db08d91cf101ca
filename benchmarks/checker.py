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
    worst = {name: seconds(lambda text=text: judge(registry, text), 1) for name, text in hostile(registry).items()}
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
    assert registry.check_text("2301", "request", text)


def hostile(registry: schemas.Registry) -> dict[str, bytes]:
    """Return a megabyte each of texts that are as much work as possible."""
    good = parsed(registry, "2301")
    line = json.dumps(good["input"]["feedetail"][0], default=str, ensure_ascii=False)
    many = MEGABYTE // len(line.encode())
    return {
        "rows": body(good, feedetail=[{key: [] for key in good["input"]["feedetail"][0]}] * many),
        "empty_rows": body(good, feedetail=[{}] * (MEGABYTE // 3)),
        "unknown_blocks": body(good, **{f"b{number}": number for number in range(MEGABYTE // 14)}),
        "unknown_fields": body(good, feedetail=[{f"f{number}": 0 for number in range(MEGABYTE // 12)}]),
        "long_text": body(good, feedetail=[{"mdtrt_id": "长" * (MEGABYTE // 3)}]),
        "repeated_keys": ("{" + ",".join(['"a":0'] * (MEGABYTE // 6)) + "}").encode(),
        "deep": ("[" * MEGABYTE).encode(),
        "numbers": body(good, feedetail=[{"cnt": 10**39}] * (MEGABYTE // 49)),
    }


def body(good: Any, **blocks: Any) -> bytes:
    """Return the good message's head with other blocks, as text."""
    return json.dumps({**good, "input": {**good["input"], **blocks}}, default=str, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main())
