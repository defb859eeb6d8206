# SPDX-License-Identifier: MIT
"""Plants mistakes in copies of common/frames and asks a program built from the copy whether it finds them.

For frames_explore/bite.py and frames_inject/bite.py, which hold the mistakes and say how to build the program.
"""
from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN_S = 240


@dataclass(frozen=True)
class Mistake:
    name: str
    file: str
    old: str       # stands exactly once in the file
    new: str


@dataclass(frozen=True)
class Finder:
    """A program that is to find them. `fault` begins each of its lines that tell of one."""

    name: str
    fault: str
    flags: object       # of a mistake: options of the compiler
    sources: tuple[Path, ...]
    arguments: object   # of a mistake: the program's

    def build(self, mistake: Mistake, work: Path, cc: str) -> Path:
        program = work / self.name
        subprocess.run([cc, "-std=c17", "-O1", "-w", "-D_GNU_SOURCE", *self.flags(mistake), f"-I{work}",
                        f"-I{ROOT / 'common'}", *map(str, self.sources), *map(str, (work / "frames").glob("*.c")),
                        "-o", str(program)], check=True)
        return program


def plant(mistake: Mistake, work: Path) -> str:
    """A copy of common/frames with the mistake in it; what is wrong, "" if nothing."""
    tree = work / "frames"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(ROOT / "common/frames", tree)
    text = (tree / mistake.file).read_text()
    if text.count(mistake.old) != 1:
        return f"{mistake.file} has {text.count(mistake.old)} such places"
    (tree / mistake.file).write_text(text.replace(mistake.old, mistake.new))
    return ""


def bite(finder: Finder, mistake: Mistake, work: Path, cc: str) -> bool:
    if wrong := plant(mistake, work):
        print(f"FAIL bite/{mistake.name} {wrong}", flush=True)
        return False
    begin = time.monotonic()
    command = [str(finder.build(mistake, work, cc)), *finder.arguments(mistake)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=RUN_S)
    except subprocess.TimeoutExpired:
        print(f"FAIL bite/{mistake.name} no answer within {RUN_S} s", flush=True)
        return False
    faults = [line.strip() for line in done.stdout.splitlines() if line.startswith(finder.fault)]
    if done.returncode == 1 and faults:
        print(f"ok bite/{mistake.name} {time.monotonic() - begin:.1f} {faults[0]}", flush=True)
        return True
    print(f"FAIL bite/{mistake.name} not found; status {done.returncode}\n{done.stdout[-500:]}", flush=True)
    return False


def main(finder: Finder, mistakes: tuple[Mistake, ...], about: str) -> int:
    parser = argparse.ArgumentParser(prog="bite.py", description=about)
    parser.add_argument("--work", type=Path, required=True, help="a folder for copies and programs")
    parser.add_argument("--cc", default="gcc")
    parser.add_argument("only", nargs="*", help="mistakes; default: all")
    options = parser.parse_args()
    if unknown := set(options.only) - {mistake.name for mistake in mistakes}:
        sys.exit(f"bite: no {', '.join(sorted(unknown))}")
    options.work.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    chosen = [mistake for mistake in mistakes if not options.only or mistake.name in options.only]
    caught = sum(bite(finder, mistake, options.work.resolve(), options.cc) for mistake in chosen)
    print(f"{finder.name.replace('_', '-')}-bite: mistakes={len(chosen)} caught={caught} "
          f"seconds={time.monotonic() - begin:.0f}")
    return 0 if caught == len(chosen) else 1
