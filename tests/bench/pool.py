#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the block pool costs a call, next to two-level segregated fit on the same sequences.

Runs the program of tests/bench/pool/ twice: for times, and under callgrind for instructions (exact).
Prints a `bench:` line a mix and occupancy, one for each stepwise compaction, then the goals. A call
is a request or a free. The ratio is the median of the repetitions' ratios: the two take turns, so
a busy machine slows both. Status 1 where the pool failed a request that fits.

    small      1 to 256 bytes            rare-big   the same, and 1 in 64 of 4 to 32 KiB
    powers     16 to 4096 bytes, powers of two
"""
from __future__ import annotations

import argparse
import shutil
import sys

from callgrind import Row, count, run

LIMIT_S = 400
MOST_RATIO, BELOW_PERCENT = 1.5, 80


def key(row: Row) -> tuple[str, str, str]:
    return row["op"], row["occupancy"], row["contender"]


def count_instructions(program: str, options: list[str]) -> dict[tuple[str, str, str], float]:
    """Instructions a call."""
    rows, totals = count([program, "--count", *options], LIMIT_S)
    return {key(row): totals["-".join(key(row))] / int(row["ops"]) for row in rows}


def number(value: float | None) -> str:
    return "na" if value is None else f"{value:.1f}"


def print_figures(times: list[Row], counts: dict[tuple[str, str, str], float]) -> None:
    by_key = {key(row): row for row in times if row["line"] == "churn"}
    for (mix, occupancy, contender), pool in by_key.items():
        if contender != "pool":
            continue
        base = by_key[mix, occupancy, "segregated"]
        print(f"bench: area=pool op={mix} occupancy={occupancy} ns={pool['ns']} ns_spread={pool['low']}..{pool['high']} "
              f"instr={number(counts.get(key(pool)))} base=segregated-fit base_ns={base['ns']} "
              f"base_instr={number(counts.get(key(base)))} ratio_ns={pool['ratio']} failures={pool['fails']} "
              f"base_failures={base['fails']} moved_blocks={pool['moved']} worst_ns={pool['worst_ns']} "
              f"base_worst_ns={base['worst_ns']}")
    for row in times:
        if row["line"] == "step":
            print(f"bench: area=pool op=compact-step occupancy={row['occupancy']} ns={row['ns']} instr=na base=none "
                  f"base_ns=na limit_blocks={row['limit']} worst_ns={row['worst_ns']} worst_blocks={row['worst_blocks']} "
                  f"worst_visits={row['worst_visits']} calls={row['calls']}")


def print_goals(times: list[Row]) -> bool:
    churns = [row for row in times if row["line"] == "churn" and row["contender"] == "pool"]
    fails = sum(int(row["fails"]) for row in churns)
    print(f"# goal: no failure while payload and headers fit: {fails} failures, {'met' if fails == 0 else 'MISSED'}")
    for row in churns:
        if int(row["occupancy"]) < BELOW_PERCENT:
            met = "met" if float(row["ratio"]) <= MOST_RATIO else "missed"
            print(f"# goal: at most {MOST_RATIO} times the base line: {row['op']} at {row['occupancy']} %: "
                  f"{row['ratio']}, {met}")
    steps = [row for row in times if row["line"] == "step"]
    inside = all(int(row["worst_blocks"]) <= int(row["limit"]) >= int(row["worst_visits"]) for row in steps)
    print(f"# goal: a step of compaction stays within its limit: {'met' if inside else 'MISSED'}; worst call "
          f"{max(int(row['worst_ns']) for row in steps)} ns")
    return fails == 0 and inside


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="times alone, fewer repetitions")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("program", help="build/bench/pool/pool_bench")
    arguments = parser.parse_args()

    options = ["--seed", str(arguments.seed)]
    if not arguments.quick and not shutil.which("valgrind"):
        sys.exit("bench-pool: no valgrind: install it, or run with --quick for times alone")
    print(f"# seed={arguments.seed}; 1 MiB arena, 16-byte blocks; ns and instr are per call", flush=True)
    times = run([arguments.program, *options, "--repeats", "5" if arguments.quick else "25"], LIMIT_S)
    counts = {} if arguments.quick else count_instructions(arguments.program, options)
    print_figures(times, counts)
    return 0 if print_goals(times) else 1


if __name__ == "__main__":
    sys.exit(main())
