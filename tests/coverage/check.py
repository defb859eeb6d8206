#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The coverage gate: every line and every branch of an area's files runs in the unit tests.

Runs the unit program built with counters (coverage.mk), lets gcovr read them, and prints `ok AREA/FILE`
or `FAIL AREA/FILE ...` for each file of each area. What cannot be reached stands in exceptions.txt with
its reason; an exception that nothing needs any more fails, too.
"""
from __future__ import annotations

import argparse
import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXCEPTIONS = Path(__file__).with_name("exceptions.txt")
TESTS_TIMEOUT_S = 300
GCOVR_TIMEOUT_S = 120
MOST_FAULTS = 12                # told of one file


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


@dataclass
class Gap:
    """A line that did not run, or of which some branch was not taken."""
    line: int
    text: str
    text_above: str
    branches: str               # "" where the line itself did not run


@dataclass
class Excused:
    """`FILE: TEXT OF THE LINE`, and the reason on the lines below it, indented. It stands for the line
    under that one too, if it never ran: what only a condition that is never true leads to."""
    file: str
    text: str
    reason: str = ""
    used: bool = field(default=False, compare=False)


def read_exceptions(path: Path) -> list[Excused]:
    found: list[Excused] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#") or not line.strip():
            continue
        if line[0].isspace():
            if not found:
                raise SystemExit(f"{path.name}:{number}: a reason without a line")
            found[-1].reason = f"{found[-1].reason} {line.strip()}".strip()
        else:
            file, colon, text = line.partition(": ")
            if not colon:
                raise SystemExit(f"{path.name}:{number}: not FILE: TEXT OF THE LINE")
            found.append(Excused(file, text.strip()))
    for entry in found:
        if not entry.reason:
            raise SystemExit(f"{path.name}: no reason for {entry.file}: {entry.text}")
    return found


# ---- measuring -----------------------------------------------------------------------------------

def run_tests(build: Path, area: Area) -> str:
    """Runs the area's tests with fresh counters; what is wrong, or ""."""
    for counters in build.rglob("*.gcda"):
        counters.unlink()
    for program, *arguments in (("unit", "-j2", f"--filter={area.tests}"), *area.more):
        run = subprocess.run([build / program, *arguments], cwd=ROOT, timeout=TESTS_TIMEOUT_S,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
        if run.returncode != 0:
            return f"{program}: exit status {run.returncode}\n" + indented(run.stderr + run.stdout)
        if program == "unit" and not re.search(r"Tested: [1-9]", run.stderr + run.stdout):
            return f"no test is named {area.tests}"   # Criterion ends well where a pattern matches nothing
    return ""


def measure(build: Path, area: Area) -> dict[str, dict]:
    """What gcovr knows of the area's files, by name."""
    folders = [build / area.folder, *((build / program[0]).parent / area.folder for program in area.more)]
    run = subprocess.run(["gcovr", "--root", str(ROOT), "--filter", f"{ROOT}/{area.folder}/", "--json", "-",
                          *map(str, folders)], cwd=folders[0], timeout=GCOVR_TIMEOUT_S, capture_output=True,
                         text=True)
    if run.returncode != 0:
        raise SystemExit(f"FAIL {area.name}/gcovr exit status {run.returncode}\n{indented(run.stderr)}")
    return {entry["file"]: entry for entry in json.loads(run.stdout)["files"]}


def indented(text: str) -> str:
    return "\n".join(f"  | {line}" for line in text.splitlines()[-30:])


# ---- judging -------------------------------------------------------------------------------------

@dataclass
class Sums:
    files: int = 0
    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_taken: int = 0
    exceptions: int = 0


def gaps_of(path: Path, entry: dict, sums: Sums) -> list[Gap]:
    source = path.read_text("utf-8").splitlines()
    gaps = []
    for line in entry["lines"]:
        if line.get("gcovr/noncode"):
            continue
        number, text = line["line_number"], source[line["line_number"] - 1].strip()
        missed = [str(i) for i, branch in enumerate(line["branches"]) if branch["count"] == 0]
        sums.lines += 1
        sums.lines_run += line["count"] > 0
        sums.branches += len(line["branches"])
        sums.branches_taken += len(line["branches"]) - len(missed)
        if line["count"] == 0 or missed:
            some = f"branches {','.join(missed)} of {len(line['branches'])} not taken"
            above = source[number - 2].strip() if number > 1 else ""
            gaps.append(Gap(number, text, above, some if line["count"] > 0 else ""))
    return gaps


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


def several(faults: list[str]) -> str:
    more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    return "\n  ".join(faults[:MOST_FAULTS] + more)


def judge(area: Area, build: Path, exceptions: list[Excused]) -> bool:
    started = time.monotonic()
    wrong = run_tests(build, area)
    if wrong:
        print(f"FAIL {area.name}/tests {wrong}")
        return False
    print(f"ok {area.name}/tests {time.monotonic() - started:.2f}")
    measured, sums, good = measure(build, area), Sums(), True
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


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="check.py", description=__doc__.splitlines()[0])
    parser.add_argument("areas", nargs="*", help=f"of {' '.join(area.name for area in AREAS)}; default: all")
    parser.add_argument("--build", type=Path, default=ROOT / "build/cov", help="where coverage.mk builds")
    args = parser.parse_args(argv)
    unknown = set(args.areas) - {area.name for area in AREAS}
    if unknown:
        parser.error(f"no area {' '.join(sorted(unknown))}")
    build = args.build.resolve()
    areas = [area for area in AREAS if not args.areas or area.name in args.areas]
    for program in ("unit", *(more[0] for area in areas for more in area.more)):
        if not (build / program).exists():
            raise SystemExit(f"FAIL coverage {build / program} is missing; make coverage builds it")
    exceptions = read_exceptions(EXCEPTIONS)
    results = [judge(area, build, exceptions) for area in areas]
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
