"""Stays per second of the world beside a bare, idiomatic SimPy queue with as many patients, interleaved in one run.

    .venv/bin/python benchmarks/world.py [--scale 0.1] [--repeats 3]

The queue is M/M/10: a process a patient, ``with resource.request()``, exponential arrivals and service. The world is
``jiangsu-2016``: its patients are all stays that begin, with every message, table and check and the whole back office,
without the report.
Figures are processor seconds; the ratio is what counts, as the machine may be shared.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path

import simpy

from simulator.inputs.scenarios import load_scenario
from simulator.world.model import World

SERVERS, LOAD = 10, 0.8


def run_queue(patients: int) -> float:
    """Return the processor seconds of a bare queue."""
    rng = random.Random(1)
    env = simpy.Environment()
    servers = simpy.Resource(env, SERVERS)
    served = 0

    def patient() -> simpy.events.ProcessGenerator:
        nonlocal served
        with servers.request() as turn:
            yield turn
            yield env.timeout(rng.expovariate(1.0))
        served += 1

    def arrivals() -> simpy.events.ProcessGenerator:
        for _ in range(patients):
            yield env.timeout(rng.expovariate(SERVERS * LOAD))
            env.process(patient())

    begun = time.process_time()
    env.process(arrivals())
    env.run()
    assert served == patients
    return time.process_time() - begun


def run_world(scale: float) -> tuple[float, int, int]:
    """Return processor seconds, stays and hops of one run of the world, tables written."""
    scenario = load_scenario("jiangsu-2016")
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        world = World(scenario, scale=scale, seed=1, folder=Path(folder) / "parts")
        world.run()
        world.recorder.finish(Path(folder))
        seconds = time.process_time() - begun
        assert world.auditor.clean
        return seconds, world.recorder["stays"].rows, world.recorder["events"].rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=0.1)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    ratios = []
    print("round    stays      hops  world s  stays/s  queue s  patients/s  world/queue")
    for number in range(1, asked.repeats + 1):
        world_s, stays, hops = run_world(asked.scale)
        queue_s = run_queue(stays)
        ratios.append(world_s / queue_s)
        print(
            f"{number:5} {stays:8} {hops:9} {world_s:8.1f} {stays / world_s:8.0f} {queue_s:8.2f} "
            f"{stays / queue_s:11.0f} {ratios[-1]:12.1f}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"median ratio {statistics.median(ratios):.1f} (limit 100, aim 30); peak memory {peak:.0f} MiB (limit 1024)")


if __name__ == "__main__":
    main()
