#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the scripts of tactics (script/FUNCTION_GOAL.json) that WP applies to a goal before the provers see it.

A goal that drowns in what is known at its place is proved in a second when all but the few hypotheses that it needs
are cleared. recipes.txt says for each such goal how: `UNIT FUNCTION GOAL STEP...`. When a goal's hypotheses change, its
script is made again from its recipe. GOAL as in the script's name: assert_NAME, ensures_NAME,
loop_invariant_NAME_preserved. Steps:

  c:KEEP,...  clear all predicates in the hypotheses but those (`c:`: all); NAME#2: the second of that name, NAME#-1: the last
  u:NAME[#n]  unfold a predicate in what is to be proved (its n-th place, from 0)
  h:NAME[#n]  unfold it in the n-th hypothesis that has it (from 1; -1: the last)
  s           split what is to be proved
  b           split at the first branch

Without GOAL all recipes of the unit, or of its function, are followed; with steps the recipe is written, too. --show prints
hypotheses and goal after the steps and writes nothing.
"""
from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from prove import ROOT, detect_provers, frama_c_command, run
from table import UNITS, Unit
from terms import Sequent, predicates, sequents

SCRIPTS = Path(__file__).resolve().parent / "script"
RECIPES = SCRIPTS.with_name("recipes.txt")
TITLES = {"assert": "Assertion", "ensures": "Post-condition", "loop": "Preservation"}
PRINT_S = 300
# WP takes the step nearest to where a pattern is said to stand, by a measure of its own; what it takes tells how far to go.
STRETCHES = (1.75, 1.7, 1.8, 1.6, 1.5, 1.9, 2.0, 1.4, 1.3, 1.2, 1.1, 1.0, 2.2)


class Refused(Exception):
    """A tactic cannot be applied."""


@dataclass
class Script:
    """Tactics on a goal, one behind the other."""
    unit: Unit
    function: str
    goal: str
    work: Path
    tactics: list[tuple[str, dict]] = field(default_factory=list)

    def name(self) -> str:
        name = self.goal
        for part in ("assert_", "ensures_", "loop_invariant_"):
            name = name.removeprefix(part)
        return name.removesuffix("_preserved").removesuffix("_established")

    def path(self, folder: Path = SCRIPTS) -> Path:
        return folder / f"{self.function}_{self.goal}.json"

    def node(self, tactics: list[tuple[str, dict]]) -> list[dict]:
        node: list[dict] = []
        for name, select in reversed(tactics):
            header = name.removeprefix("Wp.").capitalize()
            node = [{"header": header, "tactic": name, "params": {}, "select": select,
                     "children": {header: node} if node else {}}]
        return node

    def sequent(self, more: tuple[tuple[str, dict], ...] = ()) -> Sequent:
        """The goal behind the tactics."""
        tactics = [*self.tactics, *more]
        with tempfile.TemporaryDirectory(dir=self.work) as folder:
            scripts = Path(folder) / "session/script"
            scripts.mkdir(parents=True)
            chosen = ["-wp-fct", self.function, f"-wp-prop={self.name()}", "-wp-prover", "script" if tactics else "none",
                      *(["-wp-msg-key", "script"] if tactics else ["-wp-print"])]
            if tactics:
                self.path(scripts).write_text(json.dumps(self.node(tactics)))
            _, printed = run(frama_c_command(self.unit, chosen, Path(folder), 1), PRINT_S, ROOT)
        if tactics and ("Can not" in printed or "not found" in printed):
            raise Refused(f"{tactics[-1][0]} {json.dumps(tactics[-1][1])[:300]}")
        found = sequents(printed)
        if not tactics:
            title = TITLES.get(self.goal.split("_")[0], "")
            found = [goal for goal in found if goal[0].startswith(title)] or found
        if not found:
            raise Refused(f"no goal {self.goal} of {self.function}\n{printed[-600:]}")
        return found[-1 if tactics else 0][1]

    def add(self, name: str, select: dict) -> None:
        self.sequent(((name, select),))
        self.tactics.append((name, select))


def in_step(at: int, pattern: str, occur: int = 0) -> dict:
    return {"select": "inside-step", "at": at, "kind": "have", "occur": occur, "target": "", "pattern": pattern}


def split_goal(script: Script, now: Sequent) -> None:
    script.add("Wp.split", {"select": "clause-goal", "target": "", "pattern": now.footprint(now.prove)})


def split_branch(script: Script, now: Sequent) -> None:
    at, step = next((at, text) for at, (kind, text) in enumerate(now.steps) if kind == "If")
    script.add("Wp.split", {"select": "clause-step", "at": at, "kind": "branch", "target": "",
                            "pattern": now.footprint(step[:step.index("Then")])})


def unfold_goal(script: Script, now: Sequent, name: str, n: int) -> None:
    patterns = [now.footprint(text) for found, text in predicates(now.prove) if found == name]
    if n >= len(patterns):
        raise Refused(f"no {name} in: {now.prove}")
    script.add("Wp.unfold", {"select": "inside-goal", "occur": patterns[:n].count(patterns[n]), "target": "",
                             "pattern": patterns[n]})


def unfold_known(script: Script, now: Sequent, name: str, n: int) -> None:
    places = [(at, text) for at, found, text in now.known() if found == name]
    if not places or n > len(places):
        raise Refused(f"no {name} in the hypotheses")
    at, text = places[n - 1 if n > 0 else n]
    script.add("Wp.unfold", in_step(at, now.footprint(text)))


def is_kept(name: str, nth: int, total: int, keep: list[str]) -> bool:
    return bool({name, f"{name}#{nth}", f"{name}#{nth - total - 1}"} & set(keep))


def chosen_alone(script: Script, now: Sequent, select: dict, text: str, stretches: list[float]) -> dict | None:
    """The selection of one hypothesis among several whose patterns are alike; None: WP cannot tell it from them."""
    after = sorted(now.same(other) for _, _, other in now.known())
    after.remove(now.same(text))
    for stretch in dict.fromkeys([stretches[-1], *STRETCHES]):
        moved = {**select, "at": round(select["at"] * stretch)}
        try:
            left = script.sequent((("Wp.clear", moved),))
        except Refused:
            continue
        if sorted(left.same(other) for _, _, other in left.known()) == after:
            stretches.append(stretch)
            return moved
    print(f"stays, for it is not found alone: {' '.join(text.split())}", file=sys.stderr)
    return None


def clear(script: Script, now: Sequent, keep: list[str]) -> None:
    known = now.known()
    totals = {name: sum(other == name for _, other, _ in known) for _, name, _ in known}
    nth: dict[str, int] = {}
    seen: dict[tuple[int, str], int] = {}
    places = []                     # (is it kept, selection, text)
    for at, name, text in known:
        nth[name] = nth.get(name, 0) + 1
        pattern = now.footprint(text)
        places.append((is_kept(name, nth[name], totals[name], keep), in_step(at, pattern, seen.get((at, pattern), 0)), text))
        seen[at, pattern] = seen.get((at, pattern), 0) + 1
    patterns = [select["pattern"] for _, select, _ in places]
    stretches = [STRETCHES[0]]
    chosen = []
    for kept, select, text in places:
        if not kept:
            alone = patterns.count(select["pattern"]) == 1
            found = select if alone else chosen_alone(script, now, select, text, stretches)
            chosen += [found] if found else []
    if chosen:
        script.add("Wp.clear", {"select": "multi", "args": chosen})


def apply(script: Script, step: str) -> None:
    now = script.sequent()
    what, _, argument = step.partition(":")
    name, _, n = argument.partition("#")
    if what == "c":
        clear(script, now, argument.split(","))
    elif what == "u":
        unfold_goal(script, now, name, int(n or 0))
    elif what == "h":
        unfold_known(script, now, name, int(n or 1))
    elif step == "s":
        split_goal(script, now)
    elif step == "b":
        split_branch(script, now)
    else:
        raise Refused(f"no step {step}")


def laid_out(node: list[dict], depth: int = 0) -> str:
    """A script as JSON, a selection in a line, so that a change can be read."""
    pad = " " * depth
    parts = []
    for tactic in node:
        select = json.dumps(tactic["select"])
        if tactic["select"]["select"] == "multi":
            rows = ",\n".join(f"{pad}    {json.dumps(row)}" for row in tactic["select"]["args"])
            select = f'{{"select": "multi", "args": [\n{rows}]}}'
        children = ", ".join(f"{json.dumps(name)}: {laid_out(child, depth + 1)}"
                             for name, child in tactic["children"].items())
        parts.append(f'{{"header": {json.dumps(tactic["header"])}, "tactic": {json.dumps(tactic["tactic"])}, "params": {{}},\n'
                     f'{pad}  "select": {select},\n{pad}  "children": {{{children}}}}}')
    return "[" + ", ".join(parts) + "]"


def read_recipes() -> dict[tuple[str, str, str], list[str]]:
    rows = [line.split() for line in RECIPES.read_text().splitlines() if line and not line.startswith("#")]
    return {(row[0], row[1], row[2]): row[3:] for row in rows}


def write_recipes(recipes: dict[tuple[str, str, str], list[str]]) -> None:
    heads = [line for line in RECIPES.read_text().splitlines() if line.startswith("#")]
    rows = [" ".join([*key, *steps]) for key, steps in sorted(recipes.items())]
    RECIPES.write_text("\n".join([*heads, *rows]) + "\n")


def make(key: tuple[str, str, str], steps: list[str], work: Path, show: bool) -> bool:
    unit = next((unit for unit in UNITS if unit.name == key[0]), None)
    if unit is None:
        sys.exit(f"tactics: no unit {key[0]}; there are {', '.join(unit.name for unit in UNITS)}")
    script = Script(unit, key[1], key[2], work)
    try:
        for step in steps:
            apply(script, step)
        if show:
            now = script.sequent()
            print(*(f"{at:3} {kind} {' '.join(text.split())}" for at, (kind, text) in enumerate(now.steps)), sep="\n")
            print("Prove:", " ".join(now.prove.split()))
            return True
    except Refused as refusal:
        print(f"FAIL {' '.join(key)} {refusal}")
        return False
    script.path().write_text(laid_out(script.node(script.tactics)) + "\n")
    print("ok", *key, flush=True)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="tactics.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=ROOT / "build/prove", help="Why3's configuration, temporary files")
    parser.add_argument("--show", action="store_true", help="print the goal behind the steps, write nothing")
    parser.add_argument("unit")
    parser.add_argument("function", nargs="?")
    parser.add_argument("goal", nargs="?")
    parser.add_argument("step", nargs="*")
    options = parser.parse_args()
    work = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    detect_provers(work)
    recipes = read_recipes()
    if options.show or options.step:
        if not options.goal:
            sys.exit("tactics: which goal?")
        key = (options.unit, options.function, options.goal)
        done = make(key, options.step, work, options.show)
        if done and not options.show:
            write_recipes({**recipes, key: options.step})
        return 0 if done else 1
    wanted = {key: steps for key, steps in recipes.items() if key[0] == options.unit
              and options.function in (None, key[1]) and options.goal in (None, key[2])}
    if not wanted:
        sys.exit(f"tactics: no recipe of {options.unit} in {RECIPES.name}")
    return 0 if all([make(key, steps, work, False) for key, steps in wanted.items()]) else 1


if __name__ == "__main__":
    sys.exit(main())
