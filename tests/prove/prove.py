#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves the contracts of common/ with Frama-C/WP: `ok UNIT/FUNCTION` or `FAIL ...` for each function of table.py.

A function is proved when all its goals are: contract, loops, no run-time error. A contract that table.py
does not name, a listed function without goals and any warning of Frama-C's fail too. --smoke runs the smoke
tests instead (no contract contradicts itself, no code is dead), --bite plants mistakes and wants named goals
to fail.
"""
from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from mistakes import MISTAKES, Mistake
from table import LEVEL_3, LEVEL_3_PROVED, SHIPPED, UNITS, Unit

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).resolve().parent
FRAMA_C = ("frama-c", "-machdep", "gcc_x86_64", "-c11",
           "-kernel-warn-key", "typing:implicit-function-declaration=inactive",    # builtins of trusted leaves
           "-wp", "-wp-rte", "-wp-status-invalid", "-wp-par", "2",
           "-wp-no-warn-memory-model")
# Nearly all goals are CVC4's, soon; two provers on each would take twice the time. What is left gets both, and longer.
QUICK, QUICK_GOAL_S = ["-wp-prover", "script,cvc4"], 8
PROVERS, GOAL_S = ["-wp-prover", "script,cvc4,z3"], 30      # with all cores busy the slowest take about 9
MISTAKE_GOAL_S = 5
# A smoke test passes where no contradiction is found, mostly by running into the limit: one prover, a short one.
SMOKE = ["-wp-prover", "cvc4", "-wp-smoke-tests", "-wp-smoke-timeout", "1"]
SMOKE_GOAL_S = 1                    # of the proofs that WP cannot be asked to leave out
UNIT_S = 1200                       # for all goals of a file
JOBS = 2                            # units at once: while one makes goals, the other's provers run
LONGEST = ("collect", "normalize-any", "tree", "walk-step", "emit", "line")     # begin first, so that none is left alone
DEFINITION = re.compile(r"assigns(?:(?!\*/)[^@])*\*/\n(?:MUST_USE )?(?:static )?(?:inline )?[\w \*]*?\b(\w+)\([^;{}]*\)"
                        r"(?:\n/\*@ ghost [^;{}]*\*/)?(?:;|\n\{)")


FUNCTION = re.compile(r"^[A-Za-z][\w \*]*?\b(\w+)\([^;{}]*\)\n(?:/\*@ ghost [^;{}]*\*/\n)?\{$", re.M)
LEMMA = re.compile(r"^ +(?:/\*@ )?lemma (\w+)", re.M)
ANSWER = re.compile(r"\[(Qed|Script|CVC4 [\d.]+|Z3 [\d.]+)\] Goal typed_(?:cast_)?(\w+) : Valid(.*)")
MISSING = re.compile(r"\[kernel:annot:missing-spec\] \S+ Warning:\s+"
                     r"Neither code nor specification for function (\w+),\s+generating default assigns "
                     r"from the prototype")
# Anything as bytes; the caller's working memory as arrays (normalize.c cuts it up, each part as one type at a time).
TOLERATED = re.compile(r"Cast with incompatible pointers types \(source: (?:(?:sint8|uint8|memmap_fdt_range)\*\)\s*"
                       r"\(target: [su]int8|[su]int8\*\)\s*\(target: (?:span|place|uint32|memmap_region))\*\)")


def run(command: list[str], limit_s: float, cwd: Path) -> tuple[int, str]:
    """Status and output; a group of its own, so that provers end with it. (Frama-C believes PWD.)"""
    with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          start_new_session=True, env={**os.environ, "PWD": str(cwd)}) as process:
        try:
            text, _ = process.communicate(timeout=limit_s)
            return process.returncode, text
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            return -1, f"{text}\nended after {limit_s} s"


def detect_provers(work: Path) -> None:
    """Why3's list of provers, in a file of ours: the user's own stays as it is."""
    config = work / "why3.conf"
    os.environ["WHY3CONFIG"] = str(config)
    if config.exists() and "Z3" in config.read_text() and "CVC4" in config.read_text():
        return
    status, text = run(["why3", "-C", str(config), "config", "detect"], 60, ROOT)
    if status != 0 or not config.exists() or "Z3" not in config.read_text() or "CVC4" not in config.read_text():
        sys.exit(f"prove: why3 finds no Z3 and CVC4 (make deps-full installs them)\n{text}")


def prepare_session(work: Path) -> None:
    """The cache of answers, and the scripts of tactics."""
    (work / "session/cache").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(work / "session/script", ignore_errors=True) # a script that is gone must not be replayed
    shutil.copytree(FOLDER / "script", work / "session/script")


def frama_c_command(unit: Unit, chosen: list[str], work: Path, goal_s: int) -> list[str]:
    provers = [] if "-wp-prover" in chosen else PROVERS         # a second -wp-prover would add to the first
    return [*FRAMA_C, *provers, "-wp-session", str(work / "session"), "-wp-cache", "update",
            "-wp-timeout", str(goal_s), f"-cpp-extra-args={unit.before}-Icommon -ffreestanding", unit.file,
            *(["-wp-model", "Typed+cast"] if unit.casts else []), *chosen]


def frama_c(unit: Unit, chosen: list[str], work: Path, tree: Path, goal_s: int) -> tuple[int, str, dict]:
    """Status, log and WP's report over what is chosen of a unit, read from a copy or from the tree itself."""
    report = work / f"{unit.name}-{tree.name}.json"
    report.unlink(missing_ok=True)
    command = [*frama_c_command(unit, chosen, work, goal_s), "-wp-report-json", str(report)]
    status, log = run(command, UNIT_S, tree)
    data = json.loads(report.read_text()) if report.exists() and report.stat().st_size else {}
    return status, log, data


def totals(report: dict, function: str) -> tuple[int, int]:
    """Goals of a function, and how many are proved."""
    goals = report.get("wp:functions", {}).get(function, {})
    counts = [goal["wp:main"] for name, goal in goals.items() if name != "wp:section" and "wp:main" in goal]
    return sum(count["total"] for count in counts), sum(count.get("valid", 0) for count in counts)


def failed_goals(log: str) -> list[str]:
    return re.findall(r"\[wp\] \[(?:Failed|Script)\] (?:Goal|Smoke-test) typed_(?:cast_)?(\w+)(?! : Valid)\b", log)


def by_prover(log: str, report: dict, function: str) -> str:
    """`qed 7 cvc4 3 z3 1 0.4 s`: who proved the goals of a function, and how long the provers took."""
    counts: dict[str, int] = {}
    for name, goal in report.get("wp:functions", {}).get(function, {}).items():
        for prover, count in goal.items() if name != "wp:section" else ():
            key = prover.split(":")[0].lower()
            if prover != "wp:main":
                counts[key] = counts.get(key, 0) + count.get("valid", 0)
    seconds = 0.0
    for _, goal, rest in ANSWER.findall(log):
        if goal.startswith(function + "_"):
            seconds += sum(float(number) / (1000 if unit == "ms" else 1)
                           for number, unit in re.findall(r"\((\d+(?:\.\d+)?)(m?s)\)", rest))
    return " ".join(f"{key} {counts[key]}" for key in sorted(counts) if counts[key]) + f" {seconds:.1f} s"


def scheduled(log: str) -> tuple[int, int]:
    """(proved, all) goals, as WP counts them."""
    counts = re.search(r"\[wp\] Proved goals:\s+(\d+) / (\d+)", log)
    return (int(counts[1]), int(counts[2])) if counts else (0, -1)


def prove_lemmas(unit: Unit, work: Path) -> tuple[int, int, list[str]]:
    """Goals, proved goals and troubles of a unit's lemmas, some by the scripts of script/."""
    found = [name for source in unit.sources for name in LEMMA.findall((ROOT / source).read_text())]
    troubles = [f"lemma {name}: not in the table" for name in found if name not in unit.lemmas]
    if not unit.lemmas:
        return 0, 0, troubles
    for provers, goal_s in ((QUICK, QUICK_GOAL_S), (PROVERS, GOAL_S)):
        status, log, _ = frama_c(unit, ["-wp-prop", ",".join(unit.lemmas), *provers], work, ROOT, goal_s)
        proved, goals = scheduled(log)
        if proved == goals:
            break
    (work / f"{unit.name}-lemmas.log").write_text(log)
    if status != 0 or goals != len(unit.lemmas) or proved != goals:
        troubles.append(f"lemmas: {proved} of {goals} proved, {len(unit.lemmas)} in the table")
    return goals, proved, troubles


def on_one_line(text: str) -> str:
    """The text with each function's type beside its name, and without attributes."""
    return re.sub(r"^((?:static|MUST_USE)[\w \*]*)\n(?=\w+\()", r"\1 ",
                  re.sub(r"__attribute__\(\(\w+\)\) ?", "", text), flags=re.M)


def shipped_functions() -> list[tuple[str, str]]:
    """(file, function) of all that is defined in the folders and files that the proof is about."""
    files = [file for place in SHIPPED for file in
             (sorted((ROOT / place).glob("*.[ch]")) if (ROOT / place).is_dir() else [ROOT / place])]
    return [(str(file.relative_to(ROOT)), name) for file in files for name in FUNCTION.findall(on_one_line(file.read_text()))]


def uncalled(unit: Unit, log: str) -> str:
    """The log without warnings of functions that have no contract and that no proved function calls."""
    texts = "\n".join((ROOT / source).read_text() for source in unit.sources)
    bodies = [texts[match.end():texts.index("\n}", match.end())] for match in FUNCTION.finditer(texts)
              if match[1] in unit.proved]
    return MISSING.sub(lambda warning: warning[0] if any(re.search(rf"\b{warning[1]}\(", body) for body in bodies)
                       else "", log)


def unnamed_contracts(unit: Unit) -> list[str]:
    """Functions that have a contract in the unit's sources, and that no unit of that source names."""
    found = [name for source in unit.sources for name in DEFINITION.findall(on_one_line((ROOT / source).read_text()))]
    named = {name for other in UNITS if set(other.sources) & set(unit.sources) for name in other.proved + other.trusted}
    missing = [name for name in unit.proved + unit.trusted if name not in found]
    return [f"{name}: a contract that the table does not name" for name in found if name not in named] + \
           [f"{name}: in the table, without a contract" for name in missing]


@dataclass
class Outcome:
    """What came of a unit, and the lines that say so."""
    goals: int = 0
    proved: int = 0
    failures: int = 0
    functions: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def close(self, name: str, log: Path, troubles: list[str], seconds: float) -> Outcome:
        self.failures += bool(troubles)
        self.lines += [f"FAIL {name} see {log}", *(f"  {trouble}" for trouble in troubles)] if troubles else \
            [f"ok {name} {seconds:.1f}"]
        sys.stdout.write("\n".join(self.lines) + "\n")   # in one piece: units end beside each other
        sys.stdout.flush()
        return self


def judge_function(unit: Unit, function: str, log: str, report: dict, outcome: Outcome) -> None:
    total, valid = totals(report, function)
    outcome.goals += total
    outcome.proved += valid
    if total > 0 and valid == total:
        outcome.functions.append(function)
        outcome.lines.append(f"ok {unit.name}/{function} {total} goals: {by_prover(log, report, function)}")
        return
    outcome.failures += 1
    outcome.lines += [f"FAIL {unit.name}/{function} {valid} of {total} goals are proved",
                      *(f"  {goal}" for goal in failed_goals(log) if goal.startswith(function + "_"))]


@dataclass
class Attempt:
    """What Frama-C said of some functions."""
    functions: tuple[str, ...]
    status: int
    log: str
    report: dict

    def open_functions(self) -> tuple[str, ...]:
        """Those of which a goal is not proved, or that have none."""
        counts = {function: totals(self.report, function) for function in self.functions}
        return tuple(function for function, (goals, proved) in counts.items() if goals == 0 or proved < goals)

    def trouble(self) -> list[str]:
        """Nothing, if WP counts in its log what stands in its report."""
        counts = [totals(self.report, function) for function in self.functions]
        reported = (sum(proved for _, proved in counts), sum(goals for goals, _ in counts))
        return [] if self.status == 0 and reported == scheduled(self.log) else \
            [f"status {self.status}, report {reported}, log {scheduled(self.log)} of {len(self.functions)} functions"]


def attempt(unit: Unit, functions: tuple[str, ...], provers: list[str], work: Path, goal_s: int) -> Attempt:
    return Attempt(functions, *frama_c(unit, ["-wp-fct", ",".join(functions), *provers], work, ROOT, goal_s))


def attempts(unit: Unit, work: Path) -> list[Attempt]:
    """A quick one at all functions, and one with both provers at those that it leaves open."""
    if not unit.proved:             # lemmas alone
        return []
    made = [attempt(unit, unit.proved, QUICK, work, QUICK_GOAL_S)]
    left = made[0].open_functions()
    if left and made[0].status == 0:
        made.append(attempt(unit, left, PROVERS, work, GOAL_S))
    return made


def warnings(unit: Unit, log: str) -> list[str]:
    log = uncalled(unit, log)
    heard = re.sub(r"\[wp\] \S+ Warning:\s*" + TOLERATED.pattern, "", log) if unit.casts else log
    return [line for line in heard.splitlines() if "Warning:" in line or "Error:" in line]


def prove_unit(unit: Unit, work: Path) -> Outcome:
    begin = time.monotonic()
    made = attempts(unit, work)
    (work / f"{unit.name}.log").write_text("\n".join(item.log for item in made))
    outcome = Outcome()
    for function in unit.proved:
        last = next(item for item in reversed(made) if function in item.functions)
        judge_function(unit, function, last.log, last.report, outcome)
    troubles = unnamed_contracts(unit) + [line for item in made for line in item.trouble() + warnings(unit, item.log)]
    lemma_goals, lemma_proved, lemma_troubles = prove_lemmas(unit, work)
    outcome.goals += lemma_goals
    outcome.proved += lemma_proved
    if troubles or lemma_troubles:
        outcome.functions = []
    return outcome.close(unit.name, work / f"{unit.name}.log", troubles + lemma_troubles, time.monotonic() - begin)


def smoke_unit(unit: Unit, work: Path) -> Outcome:
    """Smoke tests, and how many show no contradiction."""
    begin = time.monotonic()
    status, log, _ = frama_c(unit, ["-wp-fct", ",".join(unit.proved), *SMOKE], work, ROOT, SMOKE_GOAL_S)
    (work / f"{unit.name}-smoke.log").write_text(log)
    passed = len(re.findall(r"\[Passed\] Smoke-test ", log))
    troubles = re.findall(r"\[Failed\] Smoke-test typed_(?:cast_)?(\w+)", log)
    outcome = Outcome(passed + len(troubles), passed)
    if status != 0 or passed == 0:
        troubles.append(f"status {status}, {passed} smoke tests passed")
    return outcome.close(unit.name, work / f"{unit.name}-smoke.log", troubles, time.monotonic() - begin)


def copy_sources(tree: Path) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    for folder in ("common/base", "common/frames", "common/memmap", "tests/prove"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))


def bite(mistake: Mistake, work: Path) -> bool:
    """Plants a mistake in a copy; is a goal of the expected name not proved?"""
    unit = next(unit for unit in UNITS if unit.name == mistake.unit)
    tree = work / "mistakes" / mistake.name
    copy_sources(tree)
    text = (tree / "common" / mistake.file).read_text()
    if text.count(mistake.old) != 1:
        print(f"FAIL bite/{mistake.name} common/{mistake.file} has {text.count(mistake.old)} such places")
        return False
    (tree / "common" / mistake.file).write_text(text.replace(mistake.old, mistake.new))
    begin = time.monotonic()
    chosen = ["-wp-fct", mistake.function, *(SMOKE if "smoke" in mistake.goal else [])]
    status, log, _ = frama_c(unit, chosen, work, tree, MISTAKE_GOAL_S)
    failed = failed_goals(log)
    if status == 0 and any(re.match(mistake.goal, goal) for goal in failed):
        print(f"ok bite/{mistake.name} {time.monotonic() - begin:.1f}", flush=True)
        return True
    print(f"FAIL bite/{mistake.name} no goal {mistake.goal} failed; status {status}, failed: {failed}", flush=True)
    return False


def print_open() -> int:
    """Prints the shipped functions that no unit proves: `open FILE FUNCTION`, `trusted FILE FUNCTION`."""
    proved = {name for unit in UNITS for name in unit.proved}
    trusted = {name for unit in UNITS for name in unit.trusted}
    left = [(file, name) for file, name in shipped_functions() if name not in proved]
    for file, name in left:
        print("trusted" if name in trusted else "open", file, name)
    print(f"groma: open={sum(name not in trusted for _, name in left)} trusted={len(trusted)}")
    return 0


def report_all(outcomes: list[Outcome], smoke: bool, seconds: float) -> bool:
    """Prints the totals; are they as they should be?"""
    goals, proved = sum(outcome.goals for outcome in outcomes), sum(outcome.proved for outcome in outcomes)
    print(f"prove: files={len(outcomes)} seconds={seconds:.0f}")
    if smoke:
        print(f"groma: proof smoke={goals} passed={proved}")
    else:
        shipped = [name for _, name in shipped_functions()]
        functions = [name for outcome in outcomes for name in outcome.functions if name in shipped]
        trusted = [name for unit in UNITS for name in unit.trusted]
        print(f"groma: proof goals={goals} proved={proved} admitted={len(trusted)} "
              f"functions={len(functions)}/{len(shipped)} level3={len(LEVEL_3_PROVED)}/{len(LEVEL_3)}")
    return goals == proved and goals > 0 and not any(outcome.failures for outcome in outcomes)


def main() -> int:
    parser = argparse.ArgumentParser(prog="prove.py", description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=ROOT / "build/prove", help="cache, logs, Why3's configuration")
    parser.add_argument("--fresh", action="store_true", help="take no answer from the cache")
    parser.add_argument("--smoke", action="store_true", help="the smoke tests alone")
    parser.add_argument("--bite", action="store_true", help="plant mistakes: goals must fail")
    parser.add_argument("--open", action="store_true", help="list what is not proved, and prove nothing")
    parser.add_argument("only", nargs="*", help="units, or with --bite mistakes; default: all")
    options = parser.parse_args()
    if options.open:
        return print_open()
    work = options.work.resolve()
    if options.fresh:
        shutil.rmtree(work / "session", ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    known = {item.name for item in (MISTAKES if options.bite else UNITS)}
    if unknown := set(options.only) - known:
        sys.exit(f"prove: no {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
    begin = time.monotonic()
    detect_provers(work)
    prepare_session(work)
    if options.bite:
        chosen = [mistake for mistake in MISTAKES if not options.only or mistake.name in options.only]
        with ThreadPoolExecutor(JOBS) as pool:
            caught = sum(pool.map(lambda mistake: bite(mistake, work), chosen))
        print(f"bite: mistakes={len(chosen)} caught={caught} seconds={time.monotonic() - begin:.0f}")
        return 0 if caught == len(chosen) else 1
    units = sorted((unit for unit in UNITS if not options.only or unit.name in options.only),
                   key=lambda unit: unit.name not in LONGEST)
    with ThreadPoolExecutor(JOBS) as pool:
        outcomes = list(pool.map(lambda unit: (smoke_unit if options.smoke else prove_unit)(unit, work),
                                 [unit for unit in units if unit.proved or not options.smoke]))
    good = report_all(outcomes, options.smoke, time.monotonic() - begin)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
