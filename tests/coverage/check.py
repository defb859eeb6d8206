#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The coverage gates: every line and every branch of an area's files runs in the unit tests.

Runs the unit program built with counters (coverage.mk), lets gcovr read them, and prints `ok AREA/FILE`
or `FAIL AREA/FILE ...` for each file of each area. What cannot be reached stands in exceptions.txt with
its reason; an exception that nothing needs any more fails, too. Then the loader and the rest of
common/, of which a share must run: shares.py.
"""
from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import shares
from measure import ROOT, Excused, Sums, forget_counters, gaps_of, measure, read_exceptions, run_program, several

EXCEPTIONS = Path(__file__).with_name("exceptions.txt")


@dataclass(frozen=True)
class Area:
    name: str
    folder: str                 # every .c of it must be there; headers where they hold code
    tests: str                  # Criterion's pattern: the tests that have to reach everything
    more: tuple[tuple[str, ...], ...] = ()  # further programs and their arguments; each in the folder of its objects


AREAS = (
    Area("memmap", "common/memmap", "memmap_*/*"),
    Area("watch", "common/watch", "watch_*/*"),
    Area("pool", "common/pool", "pool_*/*"),
    Area("frames", "common/frames", "@(frames_*|bitmap|run_*)/*",
         (("hardened/unit", "-j2"), ("inject/frames_inject", "--brief"), ("hardened_inject/frames_inject", "--brief"))),
)


def run_tests(build: Path, area: Area) -> str:
    """Runs the area's tests with fresh counters; what is wrong, or ""."""
    forget_counters(build)
    for program, *arguments in (("unit", "-j2", f"--filter={area.tests}"), *area.more):
        output, wrong = run_program(build / program, *arguments)
        if wrong:
            return wrong
        if program == "unit" and not re.search(r"Tested: [1-9]", output):
            return f"no test is named {area.tests}"   # Criterion ends well where a pattern matches nothing
    return ""


# ---- judging -------------------------------------------------------------------------------------

def judge_file(name: str, entry: dict | None, exceptions: list[Excused], sums: Sums) -> list[str]:
    """The faults of one file."""
    if entry is None:
        return ["nothing of it ran"]
    faults = []
    for gap in gaps_of(ROOT / name, entry, sums):
        texts = (gap.text,) if gap.branches else (gap.text, gap.text_above)
        matching = [e for e in exceptions if e.file == name and e.text in texts]
        for exception in matching:
            exception.used = True
        sums.exceptions += bool(matching)
        if not matching:
            faults.append(f"line {gap.line}: {gap.branches or 'did not run'}: {gap.text}")
    return faults


def judge(area: Area, build: Path, exceptions: list[Excused]) -> bool:
    started = time.monotonic()
    wrong = run_tests(build, area)
    if wrong:
        print(f"FAIL {area.name}/tests {wrong}")
        return False
    print(f"ok {area.name}/tests {time.monotonic() - started:.2f}")
    folders = [build / area.folder, *((build / program[0]).parent / area.folder for program in area.more)]
    measured, sums, good = measure(area.name, f"{area.folder}/", folders), Sums(), True
    names = {str(path.relative_to(ROOT)) for path in (ROOT / area.folder).glob("*.c")} | set(measured)
    mine = [entry for entry in exceptions if entry.file.startswith(f"{area.folder}/")]
    for name in sorted(names):
        faults = judge_file(name, measured.get(name), mine, sums)
        faults += [f"this exception is needed no more: {e.text}" for e in mine if e.file == name and not e.used]
        sums.files += 1
        good = good and not faults
        label = f"{area.name}/{Path(name).name}"
        print(f"FAIL {label} {several(faults)}" if faults else f"ok {label}")
    for entry in mine:
        if entry.file not in names:
            print(f"FAIL {area.name}/exceptions there is no {entry.file}")
            good = False
    print(f"coverage: area={area.name} files={sums.files} lines={sums.lines_run}/{sums.lines} "
          f"branches={sums.branches_taken}/{sums.branches} exceptions={sums.exceptions}", flush=True)
    return good


def programs_of(areas: list[Area], halves: list[shares.Half]) -> list[str]:
    return ["unit", *(more[0] for area in areas for more in area.more),
            *(program[0] for half in halves for program in half.programs)]


def main(argv: list[str]) -> int:
    halves = (shares.rest_of_common({area.folder for area in AREAS}), shares.LOADER)
    names = [part.name for part in (*AREAS, *halves)]
    parser = argparse.ArgumentParser(prog="check.py", description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*", help=f"of {' '.join(names)}; default: all")
    parser.add_argument("--build", type=Path, default=ROOT / "build/cov", help="where coverage.mk builds")
    args = parser.parse_args(argv)
    if not set(args.areas) <= set(names):
        parser.error(f"no area {' '.join(sorted(set(args.areas) - set(names)))}")
    build = args.build.resolve()
    areas = [area for area in AREAS if not args.areas or area.name in args.areas]
    halves = [half for half in halves if not args.areas or half.name in args.areas]
    for program in programs_of(areas, halves):
        if not (build / program).exists():
            raise SystemExit(f"FAIL coverage {build / program} is missing; make coverage builds it")
    exceptions, uncovered = read_exceptions(EXCEPTIONS), read_exceptions(shares.UNCOVERED)
    results = [judge(area, build, exceptions) for area in areas]
    results += [shares.judge_half(half, build, uncovered) for half in halves]
    return 0 if all(results) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except subprocess.TimeoutExpired as late:
        print(f"FAIL coverage {late.cmd[0]} took more than {late.timeout:.0f} s")
        sys.exit(1)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code)
            sys.exit(1)
        raise
