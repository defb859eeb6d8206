#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation against the proof: does a goal stay unproved for each small thing that could be wrong?

Takes the mutants that tests/mutation makes (one operator, constant, condition or statement changed) of the
functions that table.py proves, and asks WP for the goals of the changed function alone: calls are seen
through contracts, so no other function can notice it. Two lots:

    what no test kills    the mutants that tests/mutation/equivalents.txt explains: `proved` or `killed GOAL`; and
                          those that `make mutation` last wrote as its survivors: each must be killed here, or
                          be explained there
    a sample              --count mutants picked by --seed, and which of them survive

and at the end `groma: proof mutants=N killed=N rate=P%`, of the sample. Killed means that a goal is not proved
within the limit, so the machine must not be overloaded. Mutants that do not compile, or of which gcc makes the
same object, are replaced by others. Verdicts are kept in WORK/mutants.txt and taken from there when neither
the sources nor the change are new, so a run that was ended goes on.
"""
from __future__ import annotations

import argparse
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import prove
from table import UNITS, Unit

sys.path.append(str(prove.ROOT / "tests/mutation"))
from mutants import Mutant, mutants_of                          # noqa: E402
from mutate import EQUIVALENTS, read_equivalents                # noqa: E402

GOAL_S = 5
MUTANT_S = 240                  # for all goals of the function; what takes longer counts as not proved
OPEN_GOAL = re.compile(r"\[wp\] \[Failed\] Goal typed_(?:cast_)?(\w+)")
SUMMARY = re.compile(r"\[wp\] Proved goals:\s+(\d+) / (\d+)")
COMPILE = ("gcc", "-std=c17", "-O2", "-g0", "-w", "-Icommon", "-fkeep-inline-functions", "-fkeep-static-functions")


@dataclass(frozen=True)
class Change:
    """A mutant of a function that a unit proves."""
    unit: Unit
    function: str
    mutant: Mutant

    @property
    def name(self) -> str:
        return f"{self.function}: {self.mutant}"


def changes_of(unit: Unit) -> list[Change]:
    found = []
    for source in unit.sources:
        text = (prove.ROOT / source).read_text("utf-8")
        spans = [(match.end(), text.index("\n}", match.end()), match[1]) for match in prove.FUNCTION.finditer(text)]
        for mutant in mutants_of(source, text):
            for begin, end, function in spans:
                if begin <= mutant.at < end and function in unit.proved:
                    found.append(Change(unit, function, mutant))
    return found


def all_changes() -> list[Change]:
    return [change for unit in UNITS for change in changes_of(unit)]


class Bench:
    """A copy of the sources for each worker, and the verdicts of earlier runs."""

    def __init__(self, work: Path, jobs: int, verbose: bool) -> None:
        self.work, self.verbose = work, verbose
        self.free = [work / f"mutants/{i}" for i in range(jobs)]
        for tree in self.free:
            prove.copy_sources(tree)
        self.store = work / "mutants.txt"
        lines = self.store.read_text("utf-8").splitlines() if self.store.exists() else []
        self.known = dict(line.split("\t")[:2] for line in lines if "\t" in line)
        self.lock = threading.Lock()
        self.objects: dict[str, bytes] = {}
        self.headers = b"".join(path.read_bytes() for folder in ("base", "frames", "memmap")
                                for path in sorted((prove.ROOT / "common" / folder).glob("*.h")))

    def key(self, change: Change) -> str:
        """Of the changed sources: any edit of them makes another key."""
        digest = hashlib.sha256(change.mutant.apply(
            (prove.ROOT / change.mutant.file).read_text("utf-8")).encode())
        for source in sorted({change.unit.file, *change.unit.sources}):
            digest.update((prove.ROOT / source).read_bytes())
        digest.update(self.headers)
        return f"{change.function}-{digest.hexdigest()[:24]}"

    def judge(self, change: Change) -> str:
        """killed GOAL, survived, same (the same object) or stillborn."""
        key = self.key(change)
        with self.lock:
            if key in self.known:
                return self.known[key]
            tree = self.free.pop()
        file = tree / change.mutant.file
        text = file.read_text("utf-8")
        try:
            file.write_text(change.mutant.apply(text), "utf-8")
            verdict = self.compile(change, tree) or self.prove(change, tree)
        finally:
            file.write_text(text, "utf-8")
            with self.lock:
                self.free.append(tree)
        with self.lock:
            self.known[key] = verdict
            with self.store.open("a", encoding="utf-8") as store:
                store.write(f"{key}\t{verdict}\t{change.name}\n")
        if self.verbose:
            print(f"{verdict}: {change.name}", flush=True)
        return verdict

    def object_of(self, unit: Unit, tree: Path) -> bytes:
        """What gcc makes of a unit in a tree; nothing where it does not compile."""
        result = self.work / f"mutants/{unit.name}-{tree.name}.o"
        result.unlink(missing_ok=True)
        status, _ = prove.run([*COMPILE, "-c", unit.file, "-o", str(result)], 60, tree)
        return result.read_bytes() if status == 0 else b""

    def compile(self, change: Change, tree: Path) -> str:
        made = self.object_of(change.unit, tree)
        if not made:
            return "stillborn"
        if change.unit.name not in self.objects:
            self.objects[change.unit.name] = self.object_of(change.unit, prove.ROOT)
        return "same" if made == self.objects[change.unit.name] else ""

    def prove(self, change: Change, tree: Path) -> str:
        """Runs WP until the first goal that is not proved."""
        command = prove.frama_c_command(change.unit, ["-wp-fct", change.function], self.work, GOAL_S)
        with subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              start_new_session=True, env={**os.environ, "PWD": str(tree)}) as process:
            alarm = threading.Timer(MUTANT_S, lambda: os.killpg(process.pid, signal.SIGKILL))
            alarm.start()
            try:
                return self.first_open(process)
            finally:
                alarm.cancel()
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass

    @staticmethod
    def first_open(process: subprocess.Popen) -> str:
        last = ""
        for line in process.stdout:
            last = line.strip() or last
            failed = OPEN_GOAL.search(line)
            if failed:
                return f"killed {failed[1]}"
            scheduled = SUMMARY.search(line)
            if scheduled:
                return "survived" if scheduled[1] == scheduled[2] else "killed some-goal"
        status = process.wait()
        return "killed late" if status == -signal.SIGKILL else f"stillborn ({last})".replace("\t", " ")


def judge_all(bench: Bench, changes: list[Change], jobs: int, end: float) -> list[tuple[Change, str]]:
    """The changes with their verdicts; none is begun after the end."""
    def judge(change: Change) -> tuple[Change, str]:
        return change, bench.judge(change) if time.monotonic() < end else "not-tried"

    with ThreadPoolExecutor(jobs) as pool:
        return [(change, verdict) for change, verdict in pool.map(judge, changes) if verdict != "not-tried"]


def is_alive(verdict: str) -> bool:
    return verdict.split()[0] in ("killed", "survived")


def sample(bench: Bench, args: argparse.Namespace, end: float) -> bool:
    """Tries mutants in random order until --count of them compiled to something else."""
    changes = all_changes()
    random.Random(args.seed).shuffle(changes)
    alive: list[tuple[Change, str]] = []
    at = 0
    while len(alive) < args.count and at < len(changes) and time.monotonic() < end:
        batch = changes[at:at + min(10, args.count - len(alive))]
        at += len(batch)
        alive += [item for item in judge_all(bench, batch, args.jobs, end) if is_alive(item[1])]
    survivors = [change for change, verdict in alive if verdict == "survived"]
    for change in survivors:
        print(f"survived {change.name}")
    killed = len(alive) - len(survivors)
    rate = 100.0 * killed / len(alive) if alive else 0.0
    print(f"mutants: of={len(changes)} seed={args.seed} wanted={args.count}")
    print(f"groma: proof mutants={len(alive)} killed={killed} rate={rate:.0f}%")
    return len(alive) >= args.count and rate >= args.min


def listed(path: Path) -> set[tuple[str, str, str]]:
    items = read_equivalents(path) if path.exists() else []
    return {(f"common/memmap/{item.file}", item.before, item.after) for item in items}


def killed_by_no_test(bench: Bench, args: argparse.Namespace, end: float) -> bool:
    explained = listed(EQUIVALENTS)
    survivors = listed(args.survivors) - explained
    by_text = [(change, (change.mutant.file, change.mutant.before, change.mutant.after)) for change in all_changes()]
    tried = judge_all(bench, [change for change, text in by_text if text in explained], args.jobs, end)
    for change, verdict in tried:
        print(f"{'proved' if verdict == 'survived' else verdict} {change.name}")
    proved = sum(verdict == "survived" for _, verdict in tried)
    print(f"groma: proof equivalents={len(explained)} in-proved-functions={len(tried)} proved={proved}")
    tried = judge_all(bench, [change for change, text in by_text if text in survivors], args.jobs, end)
    bad = [change for change, verdict in tried if verdict == "survived"]
    for change in bad:
        print(f"FAIL no test and no proof kills {change.name}")
    if not args.survivors.exists():
        print(f"mutants: no {args.survivors.name}: make mutation writes it")
    print(f"groma: proof test-survivors={len(survivors)} in-proved-functions={len(tried)} "
          f"killed={len(tried) - len(bad)}")
    return not bad


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="prove_mutants.py", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=prove.ROOT / "build/prove", help="cache and verdicts")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--min", type=float, default=75.0, help="the lowest rate that is good, in percent")
    parser.add_argument("--seconds", type=float, default=3000, help="no mutant is begun after these")
    parser.add_argument("--survivors", type=Path, default=prove.ROOT / "build/mutation-survivors.txt",
                        metavar="FILE", help="what make mutation wrote")
    parser.add_argument("--verbose", action="store_true", help="each mutant's fate")
    return parser.parse_args()


def main() -> int:
    args = arguments()
    end = time.monotonic() + args.seconds
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    prove.detect_provers(args.work)
    prove.prepare_session(args.work)
    bench = Bench(args.work, args.jobs, args.verbose)
    good = killed_by_no_test(bench, args, end)
    return 0 if sample(bench, args, end) and good else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
