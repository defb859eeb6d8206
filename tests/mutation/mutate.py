#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation testing of common/memmap: does a test fail for each small thing that could be wrong?

Changes one operator, constant, condition or statement at a time, in a copy of the tree, and runs from
quick to slow until something fails: the unit tests, memmap_exhaustive, the corpus, at last the unit
tests under the sanitizers. Prints each survivor as `FILE:LINE BEFORE -> AFTER` and ends with

    mutation: area=memmap mutants=N killed=N survived=N timeout=N stillborn=N equivalent=N seconds=N score=P

timeout: killed by never ending (also counted in killed); stillborn: does not compile; equivalent: the
compiler makes the same program of it, or equivalents.txt says why no test can tell. The score is killed
of killed and survived, in percent. Exit status 1 where it is below --min, or equivalents.txt is stale.
The survivors are also written to a file, for the proof to try (tests/prove/prove_mutants.py).

A file is a shared library here: a mutant costs one small compilation, and no program is linked anew. A
mutant of a header stands before the original in the include path; every library of a file that includes it
is made anew, and so are the unit tests that do.
"""
from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
EQUIVALENTS = Path(__file__).with_name("equivalents.txt")
AREA = "common/memmap"
CC = os.environ.get("CC", "gcc")
MARGIN_US = 200_000             # of CPU time, on top of ten times what a test takes unmutated
FACTOR = 10
WALL_S = 120                    # only against what sleeps; what spins meets its CPU limit first
FLAVOURS = {"plain": ["-O1"], "san": ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]}
SAN_ENV = {"ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0", "UBSAN_OPTIONS": "print_stacktrace=0"}


def run(command: list, env: dict | None = None, seconds: float = WALL_S, **options) -> subprocess.CompletedProcess:
    """Runs to the end, or kills the whole process group."""
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
                               env={**os.environ, **(env or {})}, **options)
    try:
        output, _ = process.communicate(timeout=seconds)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return subprocess.CompletedProcess(command, process.returncode, output)


def must(command: list, **options) -> str:
    done = run(command, **options)
    if done.returncode != 0:
        text = "\n".join(done.stdout.splitlines()[:20])
        raise SystemExit(f"mutate.py: {' '.join(map(str, command))}: exit status {done.returncode}\n{text}")
    return done.stdout


# ---- the programs that judge -------------------------------------------------------------------------

class Bench:
    """A copy of the tree, and the programs built from it: plain and sanitized."""

    def __init__(self, folder: Path, jobs: int) -> None:
        self.tree = folder / "tree"
        for part in ("common", "tests/unit", "tests/model", "tests/mutation", "tests/data"):
            shutil.copytree(ROOT / part, self.tree / part)
        self.folder, self.jobs = folder, jobs
        self.sources = sorted((self.tree / AREA).glob("*.c"))
        self.tests = [self.tree / "tests/mutation/quick.c", *sorted((self.tree / "tests/unit").glob("test_memmap_*.c"))]
        readers = [*self.sources, *self.tests]
        self.includes = dict(zip(readers, self._each(self._includes, readers)))
        self.objects: dict[str, dict[Path, Path]] = {}
        self.kills: dict[str, Counter] = defaultdict(Counter)
        self.lock = threading.Lock()
        self.limits: dict[str, dict[str, int]] = {}
        self.build("plain")
        for name in ("memmap_exhaustive", "memmap_replay"):
            self._program("plain", name, [self.tree / f"tests/model/{name}.c"])

    def build(self, flavour: str) -> None:
        """Libraries and unit tests of a flavour, once; the sanitized ones only if some mutant gets that far."""
        with self.lock:
            if flavour in self.limits:
                return
            (self.folder / flavour).mkdir()
            self._each(lambda source: must(self._library(source, flavour, self.folder / flavour)), self.sources)
            self.objects[flavour] = self._program(flavour, "quick", self.tests)
            self.limits[flavour] = self._measure(flavour)

    def remake(self, file: str, flavour: str, folder: Path) -> bool:
        """What a mutant in `folder` changes; False where something does not compile."""
        tests = self.users(file, self.tests)
        made = {test: folder / self.objects[flavour][test].name for test in tests}
        commands = [self._library(source, flavour, folder) for source in self.sources_of(file, folder)]
        commands += [self._object(test, flavour, made[test], folder) for test in tests]
        if tests:
            commands.append(self._link(flavour, "quick", {**self.objects[flavour], **made}.values(), folder))
        return all(run(command).returncode == 0 for command in commands)

    def sources_of(self, file: str, folder: Path) -> list[Path]:
        """What is compiled for a mutant in `folder`."""
        return [folder / "memmap" / file] if file.endswith(".c") else self.users(file, self.sources)

    def users(self, file: str, sources: list[Path]) -> list[Path]:
        return [source for source in sources if file in self.includes[source]]

    def _each(self, work, items: list) -> list:
        with ThreadPoolExecutor(self.jobs) as pool:
            return list(pool.map(work, items))

    def include_paths(self, *folders: Path) -> list[str]:
        ours = [self.tree / part for part in ("common", "tests/mutation", "tests")]
        return [f"-I{path}" for path in (*folders, *ours)]

    def _includes(self, source: Path) -> set[str]:
        """The headers of the area that a file includes, however deep."""
        made = must([CC, "-std=c17", "-MM", *self.include_paths(), source])
        return set(re.findall(rf"{re.escape(str(self.tree / AREA))}/(\w+\.h)", made))

    def _library(self, source: Path, flavour: str, folder: Path) -> list:
        return [CC, "-std=c17", *FLAVOURS[flavour], "-w", "-fPIC", "-shared", *self.include_paths(folder), source,
                "-o", folder / f"lib{source.stem}.so"]

    def _object(self, source: Path, flavour: str, result: Path, *folders: Path) -> list:
        return [CC, "-std=c17", *FLAVOURS[flavour], "-w", "-D_GNU_SOURCE", *self.include_paths(*folders), "-c", source,
                "-o", result]

    def _link(self, flavour: str, name: str, objects, folder: Path) -> list:
        return [CC, *FLAVOURS[flavour], *objects, f"-L{self.folder / flavour}", "-Wl,--no-as-needed",
                *(f"-l{source.stem}" for source in self.sources), "-o", folder / name]

    def _program(self, flavour: str, name: str, sources: list[Path]) -> dict[Path, Path]:
        """Links it; the object of each source."""
        folder = self.folder / flavour
        base = [path for path in sorted((self.tree / "common/base").glob("*.c")) if path.name != "mem.c"]
        objects = {source: folder / f"{name}-{source.stem}.o" for source in [*sources, *base]}
        self._each(lambda item: must(self._object(item[0], flavour, item[1])), list(objects.items()))
        must(self._link(flavour, name, objects.values(), folder))
        return objects

    def _measure(self, flavour: str) -> dict[str, int]:
        """The limit of each test's CPU time, the quickest first."""
        text = must([self.folder / flavour / "quick", "--measure"], env=self.env(flavour, None))
        times = {name: int(us) for name, us in (line.split() for line in text.splitlines())}
        if not times:
            raise SystemExit("mutate.py: no unit test was found")
        return {name: us * FACTOR + MARGIN_US for name, us in sorted(times.items(), key=lambda item: item[1])}

    def env(self, flavour: str, mutant_folder: Path | None) -> dict[str, str]:
        folders = [str(folder) for folder in (mutant_folder, self.folder / flavour) if folder]
        return {"LD_LIBRARY_PATH": ":".join(folders), **(SAN_ENV if flavour == "san" else {})}

    # ---- stages: "" where all passed, else who failed, beginning with "late" where it did not end

    def unit(self, flavour: str, folder: Path, file: str) -> str:
        limits = self.limits[flavour]
        with self.lock:
            kills = dict(self.kills[file])
        order = sorted(limits, key=lambda name: (-kills.get(name, 0), limits[name]))
        listing = folder / "order"
        listing.write_text("".join(f"{name} {limits[name]}\n" for name in order))
        program = folder / "quick" if (folder / "quick").exists() else self.folder / flavour / "quick"
        verdict = self._ran(run([program, listing], env=self.env(flavour, folder)))
        words = verdict.split()
        if len(words) == 2:
            with self.lock:
                self.kills[file][words[1]] += 1
        return verdict

    def program(self, folder: Path, milliseconds: int, *command) -> str:
        done = run([self.folder / "plain/quick", "--exec", milliseconds, *command], env=self.env("plain", folder))
        if done.returncode == 0:
            return ""
        return f"{'late' if done.returncode == -signal.SIGPROF else 'failed'} {Path(str(command[0])).name}"

    @staticmethod
    def _ran(done: subprocess.CompletedProcess) -> str:
        if done.returncode == 0:
            return ""
        words = re.findall(r"^((?:failed|late) \S+)$", done.stdout, re.MULTILINE)
        return words[-1] if words else f"failed exit-status-{done.returncode}"

    def judge(self, folder: Path, file: str) -> str:
        """All stages but the sanitizers' with the libraries in `folder`."""
        plain = self.folder / "plain"
        return (self.unit("plain", folder, file) or
                self.program(folder, 500, plain / "memmap_exhaustive", 2) or
                self.program(folder, 5000, plain / "memmap_exhaustive", 3) or
                self.program(folder, 5000, sys.executable, self.tree / "tests/model/corpus.py",
                             plain / "memmap_replay"))


# ---- one mutant ----------------------------------------------------------------------------------------

def same_program(bench: Bench, mutant: Mutant, text: str, changed: str, folder: Path) -> bool:
    """Does the optimizing compiler make the same objects of both, of an inline function even unused?"""
    objects = []
    for body in (text, changed):
        (folder / "memmap" / mutant.file).write_text(body)
        made = []
        for source in bench.sources_of(mutant.file, folder):
            run([CC, "-std=c17", "-O2", "-w", "-g0", "-fkeep-inline-functions", *bench.include_paths(folder), "-c",
                 source, "-o", folder / "same.o"])
            made.append((folder / "same.o").read_bytes())
        objects.append(made)
    return objects[0] == objects[1]


def try_mutant(bench: Bench, mutant: Mutant, text: str, folder: Path) -> str:
    """stillborn, killed NAME, late NAME, equivalent or survived."""
    changed = mutant.apply(text)
    (folder / "memmap").mkdir(parents=True)
    (folder / "memmap" / mutant.file).write_text(changed)
    try:
        if not bench.remake(mutant.file, "plain", folder):
            return "stillborn"
        verdict = bench.judge(folder, mutant.file)
        if not verdict and same_program(bench, mutant, text, changed, folder):
            return "equivalent"
        if not verdict:
            bench.build("san")
            if not bench.remake(mutant.file, "san", folder):
                raise SystemExit(f"mutate.py: compiles plain only: {mutant}")
            verdict = bench.unit("san", folder, mutant.file)
    except subprocess.TimeoutExpired:
        verdict = "late wall-clock"
    finally:
        shutil.rmtree(folder)
    return verdict.replace("failed", "killed", 1) or "survived"


# ---- equivalents that a person explained ---------------------------------------------------------------

@dataclass
class Equivalent:
    """FILE, then `- BEFORE`, `+ AFTER` and the reason on further lines."""
    file: str
    before: str
    after: str
    reason: list[str] = field(default_factory=list)
    found: bool = False

    def means(self, mutant: Mutant) -> bool:
        return (self.file, self.before, self.after) == (mutant.file, mutant.before, mutant.after)


def read_equivalents(path: Path) -> list[Equivalent]:
    found = []
    for block in re.split(r"\n\s*\n", path.read_text("utf-8")):
        lines = [line.strip() for line in block.splitlines() if not line.startswith("#")]
        if not lines:
            continue
        if len(lines) < 4 or not lines[1].startswith("- ") or not lines[2].startswith("+ "):
            raise SystemExit(f"{path.name}: not FILE, - BEFORE, + AFTER and a reason: {lines}")
        found.append(Equivalent(lines[0], lines[1][2:], lines[2][2:], lines[3:]))
    return found


# ---- the campaign ---------------------------------------------------------------------------------------

def campaign(mutants: list[Mutant], jobs: int, verbose: bool) -> list[tuple[Mutant, str]]:
    with tempfile.TemporaryDirectory(prefix="groma-mutation-") as name:
        bench = Bench(Path(name), jobs)
        texts = {path.name: path.read_text("utf-8") for path in files_of(bench.tree)}
        free = [Path(name) / f"job{i}" for i in range(jobs)]
        free[0].mkdir()
        wrong = bench.judge(free[0], "")
        if wrong:
            raise SystemExit(f"mutate.py: the unmutated code: {wrong}")
        shutil.rmtree(free[0])

        def work(mutant: Mutant) -> tuple[Mutant, str]:
            folder = free.pop()
            verdict = try_mutant(bench, mutant, texts[mutant.file], folder)
            free.append(folder)
            if verbose:
                print(f"{verdict}: {mutant}", flush=True)
            return mutant, verdict

        with ThreadPoolExecutor(jobs) as pool:
            try:
                return list(pool.map(work, mutants))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise


def summary(results: list[tuple[Mutant, str]], listed: int, seconds: float) -> float:
    words = Counter(verdict.split()[0] for _, verdict in results)
    killed, survived = words["killed"] + words["late"], words["survived"]
    score = 100.0 * killed / (killed + survived) if killed + survived else 0.0
    print(f"mutation: area=memmap mutants={len(results) + listed} killed={killed} survived={survived} "
          f"timeout={words['late']} stillborn={words['stillborn']} equivalent={words['equivalent'] + listed} "
          f"seconds={seconds:.0f} score={score:.1f}")
    return score


def write_survivors(results: list[tuple[Mutant, str]], path: Path) -> None:
    """In the form of equivalents.txt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{mutant.file}\n- {mutant.before}\n+ {mutant.after}\nNo test fails.\n\n"
                            for mutant, verdict in results if verdict == "survived"), "utf-8")


def files_of(tree: Path) -> list[Path]:
    return sorted((tree / AREA).glob("*.[ch]"))


def all_mutants(files: list[str]) -> list[Mutant]:
    paths = files_of(ROOT)
    unknown = set(files) - {path.name for path in paths}
    if unknown:
        raise SystemExit(f"mutate.py: no {' '.join(sorted(unknown))} in {AREA}")
    return [mutant for path in paths if not files or path.name in files
            for mutant in mutants_of(path.name, path.read_text("utf-8"))]


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="mutate.py", description=__doc__.splitlines()[0])
    parser.add_argument("--files", nargs="+", default=[], metavar="FILE", help=f"only these of {AREA}")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many, picked at random")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--min", type=float, default=95.0, help="the lowest score that is good")
    parser.add_argument("--survivors", type=Path, default=ROOT / "build/mutation-survivors.txt", metavar="FILE",
                        help="where the survivors are written")
    parser.add_argument("--list", action="store_true", help="only print the mutants")
    parser.add_argument("--verbose", action="store_true", help="each mutant's fate")
    parser.add_argument("--all", action="store_true", help="try those in equivalents.txt, too: none may be killed")
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    args = arguments(argv)
    started = time.monotonic()
    mutants, equivalents = all_mutants(args.files), read_equivalents(EQUIVALENTS)
    explained = {}
    for mutant in mutants:
        for equivalent in equivalents:
            if equivalent.means(mutant):
                equivalent.found = True
                explained[mutant] = equivalent
    if args.sample is not None:
        picked = set(random.Random(args.seed).sample(mutants, min(args.sample, len(mutants))))
        mutants = [mutant for mutant in mutants if mutant in picked]
    if args.list:
        print("\n".join(map(str, mutants)))
        return 0
    if not mutants:
        raise SystemExit("mutate.py: no mutant")
    tried = [mutant for mutant in mutants if args.all or mutant not in explained]
    results = campaign(tried, args.jobs, args.verbose)
    faults = [f"equivalents.txt: no such mutant: {e.file} {e.before} -> {e.after}" for e in equivalents
              if not e.found and (not args.files or e.file in args.files)]
    faults += [f"equivalents.txt: {verdict}: {mutant}" for mutant, verdict in results
               if mutant in explained and verdict.split()[0] in ("killed", "late")]
    results = [(mutant, verdict) for mutant, verdict in results if mutant not in explained]
    for mutant, verdict in results:
        if verdict == "survived":
            print(mutant)
    write_survivors(results, args.survivors)
    print("\n".join(faults) + "\n" if faults else "", end="")
    score = summary(results, len(mutants) - len(results), time.monotonic() - started)
    return 1 if faults or score < args.min else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            sys.exit(2)
        raise
