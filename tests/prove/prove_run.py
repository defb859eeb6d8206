#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the contracts: E-ACSL makes C of them, and the corpora of tests must break none.

Each source of common/memmap is instrumented (executable.py brings its contracts into the form that E-ACSL
can translate) and linked, under AddressSanitizer, with the programs that replay the real machines' maps
and the corpus of the engine's fuzzer. `ok run/PROGRAM`, `FAIL ...`, and at the end how many clauses were
translated, how many cannot be and why, and how many were looked at in a run:

    groma: contracts clauses=N translated=N executed=N evaluations=N left-out=N (assigns N, ...)

At last mistakes are planted, as a check of this check: a broken contract must be reported.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from executable import FUNCTION, Definitions, function_at, rewrite
from prove import ROOT, run
from mistakes import MISTAKES, Mistake

E_ACSL = ("frama-c", "-machdep", "gcc_x86_64", "-c11", "-cpp-extra-args=-Icommon -ffreestanding",
          "-kernel-warn-key", "typing:implicit-function-declaration=inactive,annot-error=active")
THEN = ("-e-acsl", "-e-acsl-no-assert-print-data", "-then-last", "-print", "-ocode")
UNIT_CPU_S, FUNCTION_CPU_S, WALL_S = 12, 4, 600
TRIES = 12
PREFIX = "__gen_e_acsl_"
INVALID = "Frama-C aborted: invalid user input"         # of ours: no fault of E-ACSL's
NO_MEMORY = re.compile(r"^contract broken: \w+: Precondition \\valid_read\(.*\nfailed (\S+)\n", re.MULTILINE)
INCLUDE = re.compile(r'^#include "(.*)"$', re.MULTILINE)
GCC = (os.environ.get("CC", "gcc"), "-std=gnu17", "-O1", "-g", "-w", "-fsanitize=address", "-D_GNU_SOURCE")
TESTS = ("-Icommon", "-Itests", "-Itests/fuzz", "-Itests/mutation")
PAINTER = ("tests/model/painter.c", "tests/model/painter_judge.c")
REFUSED = re.compile(r"\[(?:e-acsl|kernel:annot-error)\] (common/\S+?:\d+): Warning:(?:(?!^\[).)*?(?:Ignoring|ignoring)",
                     re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Program:
    name: str
    sources: tuple[str, ...]
    command: tuple[str, ...]            # {} is the program
    says: str                           # a regex that its output must match
    liars: frozenset[str] = frozenset() # tests that must break a contract that asks for memory


# Unit tests that say a size which no memory has, to see it refused, or taken, before a byte is read: the
# contracts ask for the memory. Each must be reported.
LIARS = frozenset({
    "memmap_source/holds_2_to_30_minus_1_entries_and_no_more",
    "memmap_source/knows_that_the_zero_page_and_a_devicetree_say_nothing_of_caching",
    "memmap_source/takes_the_widest_stride_and_none_wider",
    "memmap_source_e820/refuses_impossible_strides_and_sizes_without_change",
    "memmap_source_limine/refuses_impossible_strides_and_sizes_without_change",
    "memmap_source_ranges/decodes_every_type",
    "memmap_source_uefi/leaves_the_source_alone_on_error_and_accepts_no_entries",
    "memmap_explain_begin/refuses_too_many_claims_before_it_reads_one",
    "memmap_explain_begin/refuses_what_normalize_refuses_and_pages_beyond_2_to_52",
    "memmap_normalize/refuses_impossible_widths_and_too_many_claims_before_any_change",
})

PROGRAMS = (
    Program("corpus", ("tests/model/memmap_replay.c",),
            (sys.executable, "tests/model/corpus.py", "--seconds", "600", "{}"), r"corpus: files=[1-9]\d* .*disagreements=0 "),
    Program("fuzz-normalize", ("tests/fuzz/fuzz_memmap_normalize.c", "tests/fuzz/replay.c", *PAINTER),
            ("{}", "tests/fuzz/corpus/memmap_normalize"), r"replayed [1-9]\d* inputs"),
    Program("fuzz-edit", ("tests/fuzz/fuzz_memmap_edit.c", "tests/fuzz/replay.c"),
            ("{}", "tests/fuzz/corpus/memmap_edit"), r"replayed [1-9]\d* inputs"),
    # A test of thousands of random maps is ended after five seconds; what it ran until then counts.
    Program("unit", ("tests/mutation/quick.c", "tests/unit/test_memmap_*.c"), ("{}", "--each", "5000"),
            rf"tests=[1-9]\d* failed={len(LIARS)} late=\d+", LIARS),
)

# (mistake, the program that must meet it)
BITES = (("find-takes-the-end", "fuzz-normalize"), ("carry-of-a-page-lost", "corpus"),
         ("cut-at-a-seam-splits", "fuzz-edit"))


@dataclass
class Unit:
    """An instrumented source."""
    source: Path
    clauses: int = 0
    refused: set[str] = field(default_factory=set)
    left_out: Counter = field(default_factory=Counter)
    emitted: dict[str, int] = field(default_factory=dict)
    trouble: str = ""


class Bench:
    def __init__(self, work: Path, mistake: Mistake | None = None) -> None:
        self.work = work
        self.trees = work / (mistake.name if mistake else "trees")
        shutil.rmtree(self.trees, ignore_errors=True)
        self.trees.mkdir(parents=True)
        files = [path for folder in ("common/base", "common/memmap") for path in sorted((ROOT / folder).glob("*.[ch]"))]
        self.texts = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in files}
        self.honest = dict(self.texts)
        if mistake:
            file = f"common/{mistake.file}"
            self.texts[file] = self.texts[file].replace(mistake.old, mistake.new)
        self.levels_file = work / "levels.json"
        self.levels = json.loads(self.levels_file.read_text()) if self.levels_file.exists() else {}

    def read_by(self, name: str) -> list[str]:
        """A file and all that it includes: two others may mean different things by a predicate's name."""
        found = [name]
        for reader in found:
            headers = dict.fromkeys(f"common/{path}" for path in INCLUDE.findall(self.texts[reader]))
            found += [header for header in headers if header in self.texts and header not in found]
        return found

    def key(self, source: Path) -> str:
        """What E-ACSL manages of a source is asked anew where its text, or that of a header, is another."""
        texts = "".join(self.honest[name] for name in self.read_by(str(source)))
        return f"{source} {hashlib.sha256(texts.encode()).hexdigest()[:16]}"

    def known_to(self, name: str) -> Definitions:
        return Definitions([self.texts[reader] for reader in self.read_by(name)])

    # ---- instrumenting

    def write_tree(self, unit: Unit, tree: Path, levels: dict[str, int]) -> None:
        unit.left_out, unit.emitted = Counter(), {}
        known = self.known_to(str(unit.source))
        for name in self.read_by(str(unit.source)):
            result = rewrite(self.texts[name], known, levels)
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(result.text, "utf-8")
            unit.emitted[name] = result.clauses
            if name == str(unit.source):
                unit.left_out = result.left_out

    def e_acsl(self, unit: Unit, tree: Path, only: str, cpu_s: int) -> tuple[bool, str]:
        """Did it end well, and its log."""
        functions = ["-e-acsl-functions", only] if only else []
        command = ["prlimit", f"--cpu={cpu_s}", *E_ACSL, str(unit.source), *functions, *THEN,
                   str(tree / f"{only or 'unit'}.c")]
        status, log = run(command, WALL_S, tree)
        return status == 0, log

    def instrument(self, source: Path) -> Unit:
        """Takes clauses of a function away while E-ACSL does not end, or crashes, on it."""
        unit = Unit(source)
        tree = self.trees / source.stem
        key = self.key(source)
        levels = dict(self.levels.get(key, {}))
        for _ in range(TRIES):
            self.write_tree(unit, tree, levels)
            good, log = self.e_acsl(unit, tree, "", UNIT_CPU_S)
            (tree / "log").write_text(log)
            unit.trouble = self.compile(tree / "unit.c", self.trees / f"{source.stem}.o") if good else "E-ACSL fails"
            if INVALID in log:
                break
            if not unit.trouble:
                unit.refused = set(REFUSED.findall(log))
                self.levels[key] = levels
                self.levels_file.write_text(json.dumps(self.levels, indent=1, sort_keys=True))
                return unit
            spoilt = re.search(r"In function .(\w+).:", unit.trouble)      # a variable out of its block
            guilty = [spoilt[1]] if spoilt else self.guilty(unit, tree, log, levels)
            for function in guilty:
                levels[function] = levels.get(function, 0) + 1
            if not guilty or max(levels.values()) > 2:
                break
        unit.trouble += f", see {tree / 'log'}"
        return unit

    def guilty(self, unit: Unit, tree: Path, log: str, levels: dict[str, int]) -> list[str]:
        """The functions whose contracts E-ACSL does not manage: where it says that it crashed, or by trial."""
        named = self.named(re.search(r"\] (common/\S+?):(\d+): Failure", log), tree, levels)
        if named:
            return named
        found = [name for reader in self.read_by(str(unit.source))
                 for name in FUNCTION.findall((tree / reader).read_text("utf-8"))]
        tried = [name for name in found if levels.get(name, 0) < 2 and
                 not self.e_acsl(unit, tree, name, FUNCTION_CPU_S)[0]]
        return tried or self.named(re.search(r"Current source was: (common/\S+?):(\d+)", log), tree, levels)

    @staticmethod
    def named(crash: re.Match | None, tree: Path, levels: dict[str, int]) -> list[str]:
        """The function that stands at FILE:LINE, if it has clauses left."""
        if not crash:
            return []
        text = (tree / crash[1]).read_text("utf-8")
        at = sum(len(line) for line in text.splitlines(keepends=True)[:int(crash[2]) - 1])
        return [name for name in [function_at(text, at)] if levels.get(name, 0) < 2]

    @staticmethod
    def compile(source: Path, result: Path) -> str:
        """E-ACSL checks f in __gen_e_acsl_f, which calls f; so that gets f's name, for callers elsewhere."""
        status, log = run([*GCC, "-c", str(source), "-o", str(result)], 300, ROOT)
        if status != 0:
            return f"gcc: {log[:300]}"
        symbols = set(re.findall(r" T (\w+)", run(["nm", str(result)], 60, ROOT)[1]))
        checked = [name for name in symbols if f"{PREFIX}{name}" in symbols]
        renames = [f"--redefine-sym={old}={new}" for name in checked
                   for old, new in ((name, f"unchecked_{name}"), (f"{PREFIX}{name}", name))]
        local = [f"--localize-symbol={name}" for name in symbols
                 if name.startswith(PREFIX) and name.removeprefix(PREFIX) not in checked]
        status, log = run(["objcopy", *renames, *local, str(result)], 60, ROOT)
        return "" if status == 0 else f"objcopy: {log[:300]}"

    def instrument_all(self) -> list[Unit]:
        sources = [Path(name) for name in self.texts
                   if name.endswith(".c") and name != "common/base/mem.c"]
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(self.instrument, sources))

    # ---- running

    def link(self, program: Program, units: list[Unit]) -> str:
        """"" or why there is no program. What a bench did not make itself is the honest one's."""
        sources = [str(path) for pattern in program.sources for path in sorted(ROOT.glob(pattern))]
        made = [self.trees / f"{unit.source.stem}.o" for unit in units]
        objects = [str(path if path.exists() else self.work / "trees" / path.name) for path in made]
        status, log = run([*GCC, *TESTS, *sources, "tests/prove/runtime.c", *objects, "-lgmp", "-o",
                           str(self.trees / program.name)], 600, ROOT)
        return "" if status == 0 else f"cannot be built: {log[:600]}"

    def run(self, program: Program, limit_s: float) -> str:
        """"" or what went wrong."""
        os.environ["CLAUSES_SEEN"] = str(self.work / "seen.txt")
        # E-ACSL leaves numbers behind; the table of the stacks that allocated them all would take nearly all time.
        os.environ["ASAN_OPTIONS"] = "detect_leaks=0:malloc_context_size=0"
        command = [str(self.trees / program.name) if word == "{}" else word for word in program.command]
        status, log = run(command, limit_s, ROOT)
        (self.trees / f"{program.name}.log").write_text(log)
        liars = set(re.findall(NO_MEMORY, log)) & program.liars
        broken = re.search(r"contract broken: .*", NO_MEMORY.sub(lambda lie: "" if lie[1] in liars else lie[0], log))
        if broken:
            return broken[0]
        if liars != program.liars:
            return f"no contract asks for the memory of {', '.join(sorted(program.liars - liars))}"
        good = status == (1 if liars else 0) and re.search(program.says, log)
        return "" if good else f"status {status}: {log[-300:]}"


def report(bench: Bench, units: list[Unit]) -> None:
    """Counts each header's clauses once: they are translated alike in all units."""
    emitted = {name: count for unit in units for name, count in unit.emitted.items()}
    left_out = Counter()
    for name, text in bench.texts.items():
        if name.endswith(".h"):
            left_out += rewrite(text, bench.known_to(name), {}).left_out
    for unit in units:
        left_out += unit.left_out
    refused = {place for unit in units for place in unit.refused}
    left_out["refused"] = len(refused)
    lines = (bench.work / "seen.txt").read_text().split("\n") if (bench.work / "seen.txt").exists() else []
    seen = [line.rsplit(" ", 1) for line in lines if line]
    translated = sum(emitted.values()) - len(refused)
    print(f"groma: contracts clauses={translated + sum(left_out.values())} translated={translated} "
          f"executed={len({place for place, _ in seen})} evaluations={sum(int(times) for _, times in seen)} "
          f"left-out={sum(left_out.values())} "
          f"({', '.join(f'{why} {count}' for why, count in left_out.most_common())})")


def check(bench: Bench, programs: tuple[Program, ...], limit_s: float) -> bool:
    units = bench.instrument_all()
    good = True
    for unit in units:
        good = good and not unit.trouble
        print(f"FAIL {unit.source} {unit.trouble}" if unit.trouble else
              f"ok {unit.source.stem}")
    (bench.work / "seen.txt").unlink(missing_ok=True)
    for program in programs if good else ():
        begin = time.monotonic()
        trouble = bench.link(program, units) or bench.run(program, limit_s)
        good = good and not trouble
        print(f"FAIL run/{program.name} {trouble}" if trouble else
              f"ok run/{program.name} {time.monotonic() - begin:.1f}", flush=True)
    report(bench, units)
    return good and all([bites(name, program, bench.work, units, limit_s) for name, program in BITES])


def bites(name: str, program_name: str, work: Path, units: list[Unit], limit_s: float) -> bool:
    """Is a planted mistake reported as a broken contract?"""
    mistake = next(mistake for mistake in MISTAKES if mistake.name == name)
    program = next(program for program in PROGRAMS if program.name == program_name)
    bench = Bench(work, mistake)
    trouble = bench.instrument(Path("common", mistake.file)).trouble or bench.link(program, units)
    said = "" if trouble else bench.run(program, limit_s)
    good = said.startswith("contract broken")
    print(f"ok bite/{name}" if good else f"FAIL bite/{name} {trouble or said or 'nothing was noticed'}", flush=True)
    if good:
        print(f"  {said}")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(prog="prove_run.py", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=ROOT / "build/prove/run", help="instrumented code")
    parser.add_argument("--seconds", type=float, default=900, help="limit of a program's run")
    args = parser.parse_args()
    return 0 if check(Bench(args.work.resolve()), PROGRAMS, args.seconds) else 1


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
