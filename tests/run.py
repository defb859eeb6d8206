#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The test runner behind `make test`: runs the parts of a table, two at a time, and adds them up.

A part prints its results in one of three ways: `tap` (a Criterion program), `lines` (`ok NAME [seconds]`
and `FAIL NAME detail`, further lines of the detail indented), `verdict` (one result: the exit status
and a line that must be there). A part that ends badly without a failed test, takes too long, or ran
nothing has failed. The last line is always `N passed, M failed`.
"""
from __future__ import annotations

import argparse
import fnmatch
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
SLOWEST = 10
DETAIL_LINES = 30
POLL_S = 0.02
GRACE_S = 3.0                   # between asking a part to end and ending it


@dataclass(frozen=True)
class Part:
    name: str
    kind: str                   # tap, lines or verdict
    command: tuple[str, ...]
    timeout_s: float
    exclusive: bool = False     # takes every worker: it runs things in parallel itself
    line: str = ""              # verdict: a regex that one line must match


LOADER = "build/loader/BOOTX64.EFI"
LOADER_ELF = "build/loader/loader.so"
PARTS = (
    Part("boot", "lines", ("tests/boot/boots.py",), 1800, exclusive=True),
    Part("unit", "tap", ("build/host/unit",), 120),
    Part("unit-san", "tap", ("build/san/unit",), 300),
    Part("pe", "lines", ("tests/pe/judge.py", LOADER, "--so", LOADER_ELF), 30),
    Part("pe-closed", "lines", ("tests/pe/closed.py", LOADER_ELF), 30),
    Part("pe-spoil", "lines", ("tests/pe/judge.py", LOADER, "--so", LOADER_ELF, "--spoil"), 60),
    Part("ids", "lines", ("tools/error_ids.py",), 30),
    Part("facts", "lines", ("tests/facts.py",), 30),
    Part("reproducible", "lines", ("tests/pe/reproducible.sh",), 240),
    Part("memmap-all-1", "verdict", ("build/host/memmap_exhaustive", "4", "--part=1/2"), 300,
         line=r"memmap-exhaustive: maps=[1-9]\d* entries=4 placements=11 part=1/2 disagreements=0 .*"),
    Part("memmap-all-2", "verdict", ("build/host/memmap_exhaustive", "4", "--part=2/2"), 300,
         line=r"memmap-exhaustive: maps=[1-9]\d* entries=4 placements=11 part=2/2 disagreements=0 .*"),
    Part("memmap-random", "verdict", ("build/host/memmap_random",), 200,
         line=r"memmap-random: maps=1000000 .*\bproperties=11 .*\bdisagreements=0 .*"),
    Part("fuzz", "lines", ("tests/fuzz/run.py",), 300),
    Part("lib", "lines", ("tests/lib/check.py",), 120),
    Part("reuse", "lines", ("tests/reuse/compare.py",), 300),
    Part("memmap-forms", "lines", ("tests/tools/memmap_forms.py", "build/san/memmap"), 60),
    Part("memmap-cli", "lines", ("tests/tools/memmap_cli.py", "build/san/memmap"), 60),
    Part("memmap-capture", "lines", ("tests/tools/memmap_capture.py", "build/san/memmap", "build/bootinfo.bin"), 60),
    Part("memmap-corpus", "lines", ("tests/tools/memmap_corpus.py", "build/memmap"), 120),
    Part("memwatch-cli", "lines", ("tests/tools/memwatch_cli.py", "build"), 300),
    Part("stick", "lines", ("tests/tools/stick.py",), 120),
    Part("corpus", "verdict", ("tests/model/corpus.py", "build/host/memmap_replay"), 60,
         line=r"corpus: files=80 entries=2321 .*\bdisagreements=0 expects=198 .*"),
    Part("frames-model", "verdict", ("build/san/frames_model", "10000000"), 200,
         line=r"frames-model: operations=10000000 .* disagreements=0"),
    Part("frames-stress", "verdict", ("build/host/frames_stress", "400000"), 100,
         line=r"frames-stress: steps=\d+ threads=4 .* disagreements=0"),
    Part("frames-tsan", "verdict", ("build/tsan/frames_stress", "40000"), 100,
         line=r"frames-stress: steps=\d+ threads=4 .* disagreements=0"),
    Part("frames-small", "verdict", ("build/tsan/frames_stress", "200000", "4", "2", "4096"), 100,
         line=r"frames-stress: steps=\d+ threads=4 .* disagreements=0"),
    Part("frames-hard-model", "verdict", ("build/san/frames_model_hardened", "1000000"), 100,
         line=r"frames-model: operations=1000000 .* disagreements=0"),
    Part("frames-hard-stress", "verdict", ("build/host/frames_stress_hardened", "400000"), 100,
         line=r"frames-stress: steps=\d+ threads=4 .* disagreements=0"),
    Part("frames-hard-unit", "tap", ("build/san/frames_unit_hardened",), 100),
    Part("frames-explore", "verdict", ("build/host/frames_explore-2",), 240,
         line=r"frames-explore: programs=[1-9]\d* executions=[1-9]\d* .* faults=0 .*"),
    Part("frames-inject", "verdict", ("build/host/frames_inject",), 300,
         line=r"frames-inject: scenarios=[1-9]\d* runs=[1-9]\d{4,} failed_cas=[1-9]\d* .* faults=0 .*"),
    Part("frames-hard-inject", "verdict", ("build/host/frames_inject_hardened",), 300,
         line=r"frames-inject: scenarios=[1-9]\d* runs=[1-9]\d{4,} failed_cas=[1-9]\d* .* faults=0 .*"),
    Part("pool-model", "verdict", ("build/san/pool_model", "1000000"), 120,
         line=r"pool-model: operations=1000000 .*\bdisagreements=0\b.*"),
    Part("pool-all", "verdict", ("build/host/pool_exhaustive",), 120,
         line=r"pool-exhaustive: .*\bdisagreements=0\b.*"),
    Part("faults", "verdict", ("build/host/loader_faults",), 300,
         line=r"groma: faults injected=[1-9]\d{5,} judged=\d+ leaked=0 hung=0 silent=0 wild=0 wrong=0"),
    Part("faults-san", "verdict", ("build/san/loader_faults", "--runs", "20000"), 300,
         line=r"groma: faults injected=[1-9]\d* judged=\d+ leaked=0 hung=0 silent=0 wild=0 wrong=0"),
    Part("faults-target", "lines", ("tests/firmware/target.py",), 900),
    Part("loader-cases", "lines", ("build/host/loader_cases",), 60),
    Part("loader-maps", "lines", ("tests/firmware/maps.py", "build/host/loader_cases"), 60),
    Part("loader-files", "verdict", ("build/host/loader_files",), 120, line=r"loader-files: kernels=[1-9].* wrong=0"),
    Part("cases", "lines", ("tests/firmware/cases.py",), 30),
    Part("disks-uboot", "lines", ("tests/firmware/disks/disks.py", "--firmware", "uboot"), 400),
    Part("disks-ovmf", "lines", ("tests/firmware/disks/disks.py", "--firmware", "ovmf", "--seeds", "96", "--elf", "40",
                                 "--hangs", "none"), 400),
    Part("elf-judge", "verdict", ("tests/model/elf_judge.py", "build/host/elf_verdict"), 300,
         line=r"elf-judge: .*\bdisagreements=0\b.*"),
)
# Only `make test-full`: longer, or in need of tools that make test does without.
FULL_PARTS = (
    Part("debug", "lines", ("tests/boot/gdb_session.py",), 300),
    Part("elf-judge-full", "verdict", ("tests/model/elf_judge.py", "build/host/elf_verdict", "--files", "60000",
                                       "--seed", "7"), 900, line=r"elf-judge: .*\bdisagreements=0\b.*"),
    *(Part(f"memmap-all-5-{half}", "verdict", ("build/host/memmap_exhaustive", "5", f"--part={half}/2"), 5400,
           line=rf"memmap-exhaustive: maps=[1-9]\d* entries=5 placements=11 part={half}/2 disagreements=0 .*")
      for half in (1, 2)),
    Part("disks-full", "lines", ("tests/firmware/disks/disks.py", "--seeds", "1000", "--elf", "1000", "--hangs", "all"),
         5400),
    Part("fuzz-long", "lines", ("tests/fuzz/run.py", "--seconds", "60"), 1500),
    Part("lib-full", "lines", ("tests/lib/check.py", "--full"), 300),
    Part("reuse-all", "lines", ("tests/reuse/compare.py", "--machine", "all"), 600),
    Part("coverage", "lines", ("tests/coverage/check.py",), 1200),
    Part("mutation", "verdict", ("tests/mutation/mutate.py",), 3600, exclusive=True,
         line=r"mutation: area=memmap mutants=[1-9]\d* .* score=(9[5-9]|100)\..*"),
    *(Part(f"frames-explore-{shape}", "verdict", (f"build/host/frames_explore-{shape}", "--full"), 3600,
           line=r"frames-explore: programs=[1-9]\d* .* faults=0 .*") for shape in (2, 1)),
    Part("plot", "lines", ("tests/tools/plot_browser.py", "build/memmap"), 300),
    Part("faults-target-full", "lines", ("tests/firmware/target.py", "--full"), 3600),
    Part("iso", "lines", ("tests/tools/iso_boot.py",), 600),
    Part("prove", "lines", ("tests/prove/prove.py",), 2700, exclusive=True),
    Part("prove-smoke", "lines", ("tests/prove/prove.py", "--smoke"), 2700, exclusive=True),
    Part("prove-mutants", "verdict", ("tests/prove/prove_mutants.py",), 3600, exclusive=True,
         line=r"groma: proof mutants=100 killed=\d+ rate=\d+%"),
    Part("prove-run", "lines", ("tests/prove/prove_run.py",), 2700, exclusive=True),
    Part("boot-matrix", "lines", ("tests/boot/matrix.py",), 3000, exclusive=True),
    Part("boot-again", "lines", ("tests/boot/boots.py", "--repeat", "5"), 3000, exclusive=True),
)


@dataclass
class Result:
    name: str
    detail: str = ""            # "" means passed
    seconds: float | None = None


# ---- reading what a part printed -----------------------------------------------------------------

def read_tap(text: str) -> list[Result]:
    """Criterion's TAP. A skipped test is no result: a filter that matches nothing skips every test."""
    results, planned, seen = [], None, 0
    for line in text.splitlines():
        plan = re.fullmatch(r"1\.\.(\d+)", line)
        match = re.match(r"(not )?ok - (\S+?)::(\S+)(.*)", line)
        if plan:
            planned = int(plan[1])
        elif match:
            seen += 1
            bad, suite, name, rest = match.groups()
            took = re.search(r"\(([0-9.]+)s\)", rest)
            if "# SKIP" not in rest:
                results.append(Result(f"{suite}.{name}", (rest.strip() or "failed") if bad else "",
                                      float(took[1]) if took else None))
        elif results and results[-1].detail and line.startswith("  "):
            results[-1].detail += "\n" + line
    if planned != seen:
        results.append(Result("plan", f"{seen} of {planned or 'unknown'} tests reported: it ended early"))
    return results


def read_lines(text: str) -> list[Result]:
    results: list[Result] = []
    for line in text.splitlines():
        good = re.fullmatch(r"ok (\S+)(?: ([0-9]+(?:\.[0-9]+)?))?", line)
        bad = re.fullmatch(r"FAIL (\S+)(?: (.*))?", line)
        if good:
            results.append(Result(good[1], "", float(good[2]) if good[2] else None))
        elif bad:
            results.append(Result(bad[1], bad[2] or "failed"))
        elif results and results[-1].detail and line.startswith("  "):
            results[-1].detail += "\n" + line
    return results


def read_verdict(part: Part, text: str, seconds: float, status: int) -> list[Result]:
    found = any(re.fullmatch(part.line, line) for line in text.splitlines())
    detail = "" if found and status == 0 else f"exit status {status}, no line {part.line!r}\n{tail(text)}"
    return [Result(part.name, detail, seconds)]


def tail(text: str) -> str:
    return "\n".join(f"  | {line}" for line in text.splitlines()[-DETAIL_LINES:])


# ---- running parts -------------------------------------------------------------------------------

class Run:
    """A part that runs, in a process group of its own so that nothing it started outlives it."""

    def __init__(self, part: Part, folder: Path) -> None:
        self.part = part
        self.started = time.monotonic()
        self.seconds = 0.0
        self.late = False
        self._output = folder / f"{part.name}.out"
        self._tap = folder / f"{part.name}.tap"
        with open(self._output, "wb") as output:
            self.process = subprocess.Popen(self._command(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)

    def _command(self) -> list[str]:
        words = list(self.part.command)
        words[0] = str(ROOT / words[0])
        if words[0].endswith(".py"):
            words.insert(0, sys.executable)
        return words + ([f"--tap={self._tap}"] if self.part.kind == "tap" else [])

    def ended(self) -> bool:
        """True once the part is over, or was stopped because its time was."""
        self.seconds = time.monotonic() - self.started
        if self.process.poll() is None and self.seconds > self.part.timeout_s:
            self.late = True
            self.stop()
        return self.process.poll() is not None

    def stop(self) -> None:
        for sign, grace in ((signal.SIGTERM, GRACE_S), (signal.SIGKILL, None)):
            try:
                os.killpg(self.process.pid, sign)
            except ProcessLookupError:
                pass
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                continue

    def results(self) -> list[Result]:
        text = self._output.read_text("utf-8", "replace")
        status = self.process.returncode
        if self.part.kind == "verdict":
            results = read_verdict(self.part, text, self.seconds, status)
        elif self.part.kind == "tap":
            results = read_tap(self._tap.read_text("utf-8", "replace") if self._tap.exists() else "")
        else:
            results = read_lines(text)
        results += self._own_faults(results, text, status)
        for result in results:
            if not result.name.startswith(f"{self.part.name}."):
                result.name = f"{self.part.name}.{result.name}"
        return results

    def _own_faults(self, results: list[Result], text: str, status: int) -> list[Result]:
        """What no test said: too late, ended badly, or ran nothing."""
        failed = [result for result in results if result.detail]
        if self.late:
            why = f"stopped after {self.part.timeout_s:.0f} s"
        elif not results:
            why = f"ran no test, exit status {status}"
        elif status != 0 and not failed:
            why = f"exit status {status}"
        else:
            if failed and self.part.kind == "tap":
                failed[-1].detail += "\n" + tail(text)    # where Criterion and the sanitizers say more
            return []
        return [Result("part", f"{why}\n{tail(text)}")]


def start(part: Part, folder: Path) -> Run | list[Result]:
    """A run, or the result that says why there is none."""
    files = [word for word in part.command if "/" in word and not word.startswith("-")]
    missing = [word for word in files if not (ROOT / word).exists()]
    if missing:
        return [Result(f"{part.name}.part", f"{' '.join(missing)} is missing; make test builds it")]
    try:
        return Run(part, folder)
    except OSError as error:
        return [Result(f"{part.name}.part", f"cannot start: {error}")]


def run_all(parts: list[Part], folder: Path, done) -> None:
    """Runs the parts in order, as many at once as there are workers; `done` gets each with its results."""
    waiting, running = list(parts), []
    try:
        while waiting or running:
            while waiting and sum(WORKERS if run.part.exclusive else 1 for run in running) + (
                    WORKERS if waiting[0].exclusive else 1) <= WORKERS:
                begun = start(waiting[0], folder)
                part = waiting.pop(0)
                if isinstance(begun, Run):
                    running.append(begun)
                else:
                    done(part, begun, 0.0)
            for run in [run for run in running if run.ended()]:
                running.remove(run)
                done(run.part, run.results(), run.seconds)
            time.sleep(POLL_S)
    finally:
        for run in running:
            run.stop()


# ---- the report ----------------------------------------------------------------------------------

def report(results: list[Result]) -> int:
    timed = sorted((r for r in results if r.seconds is not None), key=lambda r: -r.seconds)[:SLOWEST]
    if timed:
        print("slowest:")
    for result in timed:
        print(f"  {result.seconds:7.2f} s  {result.name}")
    failed = [result for result in results if result.detail]
    for result in failed:
        print(f"FAIL {result.name} {result.detail}")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


def chosen(names: list[str], full: bool, also: list[str]) -> list[Part]:
    """The parts that the names or patterns mean; a name that matches nothing is an error."""
    parts = (*PARTS, *(part for part in FULL_PARTS if full or part.name in also))
    unknown = set(also) - {part.name for part in FULL_PARTS}
    if unknown:
        raise SystemExit(f"run.py: no long part named {' '.join(sorted(unknown))}")
    for name in names:
        if not fnmatch.filter([part.name for part in parts], name):
            raise SystemExit(f"run.py: no part named {name}; there are {' '.join(part.name for part in parts)}")
    return [part for part in parts if not names or any(fnmatch.fnmatch(part.name, name) for name in names)]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__.splitlines()[0])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # so that run_all stops what it started
    parser.add_argument("parts", nargs="*", metavar="PART", help="run these only; patterns as unit* are fine")
    parser.add_argument("--full", action="store_true", help="the longer parts too")
    parser.add_argument("--also", action="append", default=[], metavar="PART", help="this one of the longer parts too")
    args = parser.parse_args(argv)
    results: list[Result] = []

    def done(part: Part, some: list[Result], seconds: float) -> None:
        bad = sum(1 for result in some if result.detail)
        print(f"{part.name:12} {len(some) - bad:5} passed {bad:3} failed {seconds:7.1f} s", flush=True)
        results.extend(some)

    with tempfile.TemporaryDirectory(prefix="groma-") as folder:
        run_all(chosen(args.parts, args.full, args.also), Path(folder), done)
    return report(results)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            sys.exit(2)
        raise
