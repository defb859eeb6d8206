# SPDX-License-Identifier: MIT
"""The second gate: of the loader and of the rest of common/, 98 % of the lines and 95 % of the branches.

Each line that never runs stands in uncovered.txt with its reason, once for each such line; so does each
file that cannot run on the host. An entry that nothing needs any more fails.
"""
from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path

from measure import ROOT, Excused, Sums, forget_counters, gaps_of, measure, run_program, several

UNCOVERED = Path(__file__).with_name("uncovered.txt")
LEAST_LINES, LEAST_BRANCHES = 98.0, 95.0        # per cent
WHOLE_FILE = "the whole file"


@dataclass(frozen=True)
class Half:
    name: str
    folders: tuple[str, ...]            # each with a line of its own; every .c and .S of them is measured or listed
    programs: tuple[tuple[str, ...], ...]
    counters: tuple[str, ...]           # the folders of the objects
    proof: str                          # what the programs' output must have, so that something ran


def rest_of_common(held_whole: set[str]) -> Half:
    folders = (str(path.relative_to(ROOT)) for path in sorted((ROOT / "common").iterdir()) if path.is_dir())
    others = tuple(folder for folder in folders if folder not in held_whole)
    areas = "|".join(sorted(Path(folder).name for folder in held_whole))
    return Half("common", others, (("unit", "-j2", f"--filter=!(@({areas})_*)/*"),), ("common", "tests/unit"), r"Tested: [1-9]")


LOADER = Half("loader", ("loader", "loader/handoff"),
              (("loader_cases",), ("loader_files",), ("loader_faults", "--runs", "20000")),
              ("firmware/loader",), r"(?s)^ok .*loader-files: .* wrong=0\n.*groma: faults .* wrong=0")


def run_programs(build: Path, half: Half) -> str:
    """What is wrong, or ""."""
    forget_counters(build)
    outputs = ""
    for program, *arguments in half.programs:
        output, wrong = run_program(build / program, *arguments)
        if wrong:
            return wrong
        outputs += output
    return "" if re.search(half.proof, outputs) else "the programs ran no test"


def sources(folder: str) -> set[str]:
    return {str(path.relative_to(ROOT)) for path in (ROOT / folder).iterdir() if path.suffix in (".c", ".S")}


def take(entries: list[Excused], name: str, text: str) -> bool:
    """Uses the first free entry for this line."""
    for entry in entries:
        if not entry.used and (entry.file, entry.text) == (name, text):
            entry.used = True
            return True
    return False


def judge_folder(folder: str, measured: dict[str, dict], entries: list[Excused], sums: Sums) -> list[str]:
    """The folder's faults; adds to the sums."""
    faults = []
    mine = {name for name in measured if str(Path(name).parent) == folder}
    for name in sorted(mine | sources(folder)):
        sums.files += 1
        if name not in mine:
            if not take(entries, name, WHOLE_FILE):
                faults.append(f"{name}: nothing of it ran")
            continue
        for gap in gaps_of(ROOT / name, measured[name], sums):
            if not gap.branches and not take(entries, name, gap.text):
                faults.append(f"{name}: line {gap.line}: did not run, and uncovered.txt has no reason: {gap.text}")
    return faults


def share(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0


def figures(name: str, sums: Sums) -> str:
    return (f"coverage {name} files={sums.files} "
            f"lines={sums.lines_run}/{sums.lines} ({share(sums.lines_run, sums.lines):.1f} %) "
            f"branches={sums.branches_taken}/{sums.branches} ({share(sums.branches_taken, sums.branches):.1f} %)")


def shortfall(sums: Sums) -> str:
    if share(sums.lines_run, sums.lines) < LEAST_LINES:
        return f"fewer than {LEAST_LINES:.0f} % of the lines ran"
    if share(sums.branches_taken, sums.branches) < LEAST_BRANCHES:
        return f"fewer than {LEAST_BRANCHES:.0f} % of the branches were taken"
    return ""


def verdict(label: str, faults: list[str]) -> bool:
    print(f"FAIL {label} {several(faults)}" if faults else f"ok {label}")
    return not faults


def judge_half(half: Half, build: Path, entries: list[Excused]) -> bool:
    started = time.monotonic()
    wrong = run_programs(build, half)
    if wrong:
        print(f"FAIL {half.name}/tests {wrong}")
        return False
    print(f"ok {half.name}/tests {time.monotonic() - started:.2f}")
    measured, total, good = measure(half.name, f"{half.name}/", [build / folder for folder in half.counters]), Sums(), True
    for folder in half.folders:
        sums = Sums()
        good &= verdict(folder, judge_folder(folder, measured, entries, sums))
        print(figures(folder, sums))
        total.add(sums)
    good &= verdict(f"{half.name}/share", [shortfall(total)] if shortfall(total) else [])
    stale = [f"this line is needed no more: {e.file}: {e.text}" for e in entries
             if e.file.startswith(f"{half.name}/") and not e.used]
    good &= verdict(f"{half.name}/uncovered.txt", stale)
    print(figures(f"{half.name} in all", total), flush=True)
    return good
