#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is every test that CASES.md names there, and does every case have one? Prints `ok` or FAIL lines."""
from __future__ import annotations

import re
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TABLE = Path(__file__).resolve().with_name("CASES.md")
CASES = range(61, 121)
SOURCES = (".c", ".h", ".py")


def everything() -> str:
    """All tests' sources and names: what a name must appear in."""
    files = [path for path in sorted(TESTS.rglob("*")) if path.suffix in SOURCES and path != Path(__file__).resolve()]
    return "\n".join(path.name + "\n" + path.read_text("utf-8", "replace") for path in files)


def rows() -> dict[int, list[str]]:
    """The names of each case."""
    found = {}
    for line in TABLE.read_text("utf-8").splitlines():
        cells = line.split("|")
        if len(cells) > 3 and cells[1].strip().isdigit():
            found[int(cells[1])] = re.findall(r"`([^`]+)`", cells[3])
    return found


def main() -> int:
    text, table, failed = everything(), rows(), 0
    for case in CASES:
        names = table.get(case, [])
        gone = [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
        bad = "no test" if not names else f"not there: {', '.join(gone)}" if gone else ""
        failed += bool(bad)
        print(f"FAIL cases.{case} {bad}" if bad else f"ok cases.{case}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
