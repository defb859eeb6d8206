#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the frame allocator's benchmark and prints one line a figure and baseline.

Times are the harness's: medians of the thread's own CPU time over several repeats in one run.
Instructions are counted by callgrind inside the adapter's calls only, at 1 GiB and one thread; they
are exact, and so are the locked ones, which a build of its own counts."""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OPS = ["pair0", "pair9", "bulkalloc0", "bulkfree0", "bulkalloc9", "bulkfree9", "churn50", "churn95",
       "mixed50", "mixed95", "init"]
THREAD_OPS = ["pair0", "churn90", "remotefree"]
BASES = ["next_fit", "buddy"]
SLOW = {("next_fit", "mixed95"), ("next_fit", "churn95")}       # seconds each on large machines
CALLS = {"alloc": ["adapter_alloc"], "free": ["adapter_free"], "init": ["adapter_init"]}


def harness(build, name, op, gib, threads, cached, repeats):
    command = [str(build / f"frames-{name}"), op,
               *(str(int(number)) for number in (gib, threads, cached, repeats))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: status {done.returncode} {done.stderr}")
    return dict(field.split("=") for field in done.stdout.split())


def counted_calls(op):
    if op == "init":
        return CALLS["init"]
    if op.startswith("bulk"):
        return CALLS["alloc" if "alloc" in op else "free"]
    return CALLS["alloc"] + CALLS["free"]


def instructions(build, name, op, cached, operations):
    """Instructions an operation: two runs of different length, so that filling up falls out."""
    totals, counts = [], []
    for repeats in (1, 2):
        with tempfile.TemporaryDirectory() as work:
            command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={work}/out"]
            command += [f"--toggle-collect={call}" for call in counted_calls(op)]
            command += [str(build / f"frames-{name}"), op, "1", "1", str(int(cached)), str(repeats),
                        str(operations)]
            done = subprocess.run(command, capture_output=True, text=True, timeout=300)
            found = re.search(r"Collected : (\d+)", done.stderr)
            if done.returncode != 0 or not found:
                sys.exit(f"{' '.join(command)}: status {done.returncode} {done.stderr[-300:]}")
            totals.append(int(found.group(1)))
            counts.append(int(dict(f.split("=") for f in done.stdout.split())["count"]))
    return (totals[1] - totals[0]) / counts[1]


def locked(build, op, gib, threads, cached):
    """Locked instructions an operation: two runs of different length, as above."""
    runs = [harness(build, "counted", op, gib, threads, cached, repeats) for repeats in (1, 2)]
    calls = counted_calls(op)
    kinds = [kind for kind in ("alloc", "free") if f"adapter_{kind}" in calls]
    totals = [sum(int(run[f"locked_{kind}"]) for kind in kinds) for run in runs]
    return (totals[1] - totals[0]) / int(runs[1]["count"])


def hardened_line(build, op, repeats):
    own = harness(build, "hardened", op, 1, 1, True, repeats)
    count = instructions(build, "hardened", op, True, 20000)
    print(f"bench: area=frames op={op} gib=1 threads=1 cached=1 hardened=1 ns={own['ns']} "
          f"low={own['low']} high={own['high']} instr={count:.1f} metadata={own['metadata']}",
          flush=True)


def one_line(build, op, gib, threads, cached, repeats, with_instructions):
    own = harness(build, "groma", op, gib, threads, cached, repeats)
    line = (f"bench: area=frames op={op} gib={gib} threads={threads} cached={int(cached)} "
            f"ns={own['ns']} low={own['low']} high={own['high']}")
    if op.startswith("mixed"):
        line += f" failed={own['failed']} largest_run={own['run']} free_2mib={own['blocks']}"
    if op == "init":
        line += f" metadata={own['metadata']}"
    counting = with_instructions and gib == 1 and threads == 1
    if counting:
        line += f" instr={instructions(build, 'groma', op, cached, 20000):.1f}"
    if op != "init":
        line += f" locked={locked(build, op, gib, threads, cached):.2f}"
    for base in BASES:
        if gib > 1 and (base, op) in SLOW:
            continue
        other = harness(build, base, op, gib, threads, False, repeats)
        text = f"{line} base={base.replace('_', '-')} base_ns={other['ns']}"
        if counting:
            text += f" base_instr={instructions(build, base, op, False, 20000):.1f}"
        if op.startswith("mixed"):
            text += f" base_failed={other['failed']} base_free_2mib={other['blocks']}"
        print(text, flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/bench"))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--gib", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--only", nargs="*", help="these operations only")
    parser.add_argument("--no-instructions", action="store_true", help="without callgrind")
    options = parser.parse_args()
    known = set(OPS + THREAD_OPS)
    if options.only and not set(options.only) <= known:
        parser.error(f"known operations: {' '.join(sorted(known))}")
    for gib in options.gib:
        for threads, ops in ((1, OPS), (2, THREAD_OPS)):
            for op in ops:
                if options.only and op not in options.only:
                    continue
                for cached in (False,) if op == "init" else (True, False):
                    one_line(options.build, op, gib, threads, cached, options.repeats,
                             not options.no_instructions)
    if not options.no_instructions:
        for op in OPS:
            if not options.only or op in options.only:
                hardened_line(options.build, op, options.repeats)


if __name__ == "__main__":
    main()
