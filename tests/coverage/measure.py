# SPDX-License-Identifier: MIT
"""What the gates of coverage share: to run programs with fresh counters, gcovr's answer, lists of reasons."""
from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS_TIMEOUT_S = 300
GCOVR_TIMEOUT_S = 120
MOST_FAULTS = 12                # told of one file


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

def forget_counters(build: Path) -> None:
    for counters in build.rglob("*.gcda"):
        counters.unlink()


def run_program(*command: str | Path) -> tuple[str, str]:
    """What it printed, and what is wrong, or ""."""
    run = subprocess.run(command, cwd=ROOT, timeout=TESTS_TIMEOUT_S, stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, errors="replace")
    output = run.stderr + run.stdout
    wrong = f"{Path(command[0]).name}: exit status {run.returncode}\n" + indented(output) if run.returncode != 0 else ""
    return output, wrong


def measure(name: str, pattern: str, folders: list[Path]) -> dict[str, dict]:
    """What gcovr knows of the files that match, by name; folders hold the counters."""
    run = subprocess.run(["gcovr", "--root", str(ROOT), "--filter", f"{ROOT}/{pattern}", "--json", "-",
                          *map(str, folders)], cwd=folders[0], timeout=GCOVR_TIMEOUT_S, capture_output=True,
                         text=True)
    if run.returncode != 0:
        raise SystemExit(f"FAIL {name}/gcovr exit status {run.returncode}\n{indented(run.stderr)}")
    return {entry["file"]: entry for entry in json.loads(run.stdout)["files"]}


@dataclass
class Sums:
    files: int = 0
    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_taken: int = 0
    exceptions: int = 0

    def add(self, other: Sums) -> None:
        for name, number in vars(other).items():
            setattr(self, name, getattr(self, name) + number)


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


def indented(text: str) -> str:
    return "\n".join(f"  | {line}" for line in text.splitlines()[-30:])


def several(faults: list[str]) -> str:
    more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    return "\n  ".join(faults[:MOST_FAULTS] + more)
