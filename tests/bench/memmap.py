#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the memory-map engine costs per entry, next to two base lines on the same maps.

Runs the program of tests/bench/memmap/ twice: for times (thread CPU time, one CPU, median of the
repetitions with the lowest and the highest), and under callgrind for instructions (exact). Prints a
`bench:` line a figure and base line, then the goals. Status 1 where the contenders disagree about a
map or a figure is missing; a missed goal is only said.

    changepoint     2n change points, heapsort, active entries searched at each: kinds alone
    sort_endpoints  the 2n endpoints sorted, nothing else
"""
from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from callgrind import Row, count, run

SHAPES = ("sorted", "late", "shuffled", "overlap4", "overlapdeep")
SIZES = (16, 128, 312, 1000, 10000, 65536)
QUICK_SIZES = (128, 10000)
QUICK = ["--repeats", "9", "--pool", "65536"]
BASES = ("changepoint", "sort_endpoints")
LIMIT_S = 240

# (shape, sizes, ns an entry)
GOALS = (("sorted", SIZES, 8.0), ("overlap4", (128,), 45.0), ("overlap4", (10000,), 60.0))

# ns an entry at n = 128 and 10000, as published or measured by others.
PEERS = (
    ("sorted", "Zircon 41 / 58, Linux 112 / 219, Limine 147 / 8377, std::sort of endpoints 5 / 13"),
    ("overlap4", "Zircon 125 / 158-209, Linux 143 / 312, std::sort of endpoints (random) 47 / 83"),
)

Key = tuple[str, int, str]  # shape, n, contender
Times = dict[Key, Row]


def key(row: Row) -> Key:
    return row["shape"], int(row["n"]), row["contender"]


def measure_times(program: str, options: list[str], sizes: tuple[int, ...]) -> Times:
    rows: Times = {}
    for size in sizes:
        rows |= {key(row): row for row in run([program, "--n", str(size), *options], LIMIT_S)}
    return rows


def count_instructions(program: str, options: list[str]) -> dict[Key, float]:
    """Instructions an entry."""
    rows, totals = count([program, "--count", *options], LIMIT_S)
    return {key(row): totals[f"{row['shape']}-{row['n']}-{row['contender']}"]
            / (int(row["maps"]) * int(row["n"])) for row in rows}


def ratio(engine: float | None, base: float | None) -> str:
    return f"{engine / base:.2f}" if engine is not None and base else "na"


def number(value: float | None) -> str:
    return "na" if value is None else f"{value:.1f}"


def print_figures(times: Times, counts: dict[Key, float],
                  sizes: tuple[int, ...]) -> None:
    for shape in SHAPES:
        for size in sizes:
            engine = times[shape, size, "engine"]
            instr = counts.get((shape, size, "engine"))
            for base in BASES:
                other = times[shape, size, base]
                base_instr = counts.get((shape, size, base))
                print(f"bench: area=memmap shape={shape} n={size} ns={engine['ns']} "
                      f"ns_spread={engine['low']}..{engine['high']} instr={number(instr)} base={base} "
                      f"base_ns={other['ns']} base_instr={number(base_instr)} "
                      f"ratio_ns={ratio(float(engine['ns']), float(other['ns']))} "
                      f"ratio_instr={ratio(instr, base_instr)}")
                if counts and base_instr is None:
                    print(f"# base_instr=na: {base} visits too many active entries here (O(n * depth)) "
                          f"to be counted; its time is of {other['repeats']} pass(es) over "
                          f"{other['maps']} map(s)")


def engine_ns(times: Times, shape: str, size: int) -> float:
    return float(times[shape, size, "engine"]["ns"])


def print_goals(times: Times, sizes: tuple[int, ...]) -> None:
    print("# goals, ns an entry:")
    for shape, goal_sizes, limit in GOALS:
        for size in goal_sizes:
            if size not in sizes:
                continue
            ns = engine_ns(times, shape, size)
            print(f"#   {shape:<9} n={size:<6} at most {limit:4.0f}   is {ns:7.2f}   "
                  f"{'met' if ns <= limit else f'missed by a factor of {ns / limit:.2f}'}")
    least, most = min(sizes), max(sizes)
    growth = [f"{shape}={engine_ns(times, shape, most) / engine_ns(times, shape, least):.2f}"
              for shape in SHAPES]
    print(f"# ns an entry at n={most} by that at n={least} (linear growth is 1): {' '.join(growth)}")
    print("# peers, ns an entry at n = 128 / 10000. Measured elsewhere, on other maps, not in this run:")
    print("# good for orders of magnitude, no more.")
    for shape, figures in PEERS:
        print(f"#   {shape:<9} {figures}")


def print_conditions(seed: int, program: str) -> None:
    """What the figures hold for: the seed, the compiler's command line, the processor."""
    flags = Path(program).parent / "flags"  # written by make; warnings do not matter here
    words = flags.read_text().split() if flags.exists() else ["unknown", "flags"]
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    print(f"# seed={seed}; ns and instr are per entry, from the bytes of GetMemoryMap to the result")
    print(f"# {cpu[1] if cpu else 'unknown processor'}; "
          f"{' '.join(word for word in words if not word.startswith('-W'))}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="n = 128 and 10000, times alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("program", help="build/bench/memmap/memmap_bench")
    arguments = parser.parse_args()

    seed = ["--seed", str(arguments.seed)]
    sizes = QUICK_SIZES if arguments.quick else SIZES
    time_options = seed + (QUICK if arguments.quick else [])
    if not arguments.quick and not shutil.which("valgrind"):
        sys.exit("bench-memmap: no valgrind: install it, or run with --quick for times alone")
    print_conditions(arguments.seed, arguments.program)
    times = measure_times(arguments.program, time_options, sizes)
    counts = {} if arguments.quick else count_instructions(arguments.program, seed)
    print_figures(times, counts, sizes)
    print_goals(times, sizes)


if __name__ == "__main__":
    main()
