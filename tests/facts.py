#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""docs/facts.md against the code: each topic that loader or kernel print has a row, each row is printed by someone,
and a row names every key that stands beside its topic in the code. Prints `ok facts.NAME` or `FAIL ...`."""
from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/facts.md"
sys.path.insert(0, str(ROOT / "tools"))
from error_ids import LITERALS, joined, without_comments  # noqa: E402

FACT = re.compile(r"(?:^|\s)groma: ([a-z][a-z-]*)(.*)", re.S)
BENCH = "tests/bench/kernel_main.c"     # `bench`: the kernel of make bench-boot


def printed() -> dict[str, set[str]]:
    """Topics, and the keys that their strings name."""
    facts: dict[str, set[str]] = {}
    sources = [*(ROOT / "loader").rglob("*.[ch]"), *(ROOT / "kernel").rglob("*.[ch]"), ROOT / BENCH]
    for source in sources:
        for literals in LITERALS.findall(without_comments(source.read_text())):
            fact = FACT.search(joined(literals))
            if fact:
                facts.setdefault(fact[1], set()).update(re.findall(r"\b([a-z_0-9]+)=", fact[2]))
    return facts


def main() -> int:
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", PAGE.read_text(), re.M))
    facts = printed()
    faults = {
        "written": [f"{topic} has no row" for topic in sorted(facts.keys() - rows.keys())],
        "printed": [f"{topic}: nobody prints it" for topic in sorted(rows.keys() - facts.keys())],
        "keys": [f"{topic}: no word of {key}" for topic in sorted(facts.keys() & rows.keys())
                 for key in sorted(facts[topic]) if not re.search(rf"\b{key}\b", rows[topic])],
    }
    for name, lines in faults.items():
        print(f"FAIL facts.{name} {'; '.join(lines)}" if lines else f"ok facts.{name}")
    if not facts:
        print("FAIL facts.found nothing printed was found")
    return 1 if any(faults.values()) or not facts else 0


if __name__ == "__main__":
    sys.exit(main())
