#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is the part of the loader that the hand-off block copies closed? Its code must reach nothing else.

The block is mapped without the rest of the loader, so one reference outside faults at the worst moment.
Reads the linked loader.so: every call, jump and RIP-relative operand between handoff_enter and
handoff_text_end must lead into the copied text, the copied read-only data, or the tables page.
"""
from __future__ import annotations

import re
import subprocess
import sys

TARGET = re.compile(r"#\s*([0-9a-f]+)\s*<|\b(?:call|jmp|j[a-z]+)\s+([0-9a-f]+)\b")
TABLES_BYTES = 4096


def output(*command: str) -> str:
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def stray_references(path: str) -> tuple[int, list[str]]:
    """(references looked at, lines that lead outside)."""
    names = {name: int(value, 16) for value, _, name in
             (line.split() for line in output("nm", path).splitlines() if len(line.split()) == 3)}
    inside = ((names["handoff_text"], names["handoff_text_end"]),
              (names["handoff_rodata"], names["handoff_rodata_end"]),
              (names["handoff_tables"], names["handoff_tables"] + TABLES_BYTES))
    code = output("objdump", "-d", "-w", "--no-show-raw-insn", f"--start-address={names['handoff_enter']:#x}",
                  f"--stop-address={names['handoff_text_end']:#x}", path)
    seen, stray = 0, []
    for line in code.splitlines():
        for match in TARGET.finditer(line):
            seen += 1
            target = int(match[1] or match[2], 16)
            if not any(first <= target < end for first, end in inside):
                stray.append(line.strip())
    return seen, stray


def main(argv: list[str]) -> int:
    if len(argv) != 1:
        print("usage: closed.py LOADER.so", file=sys.stderr)
        return 2
    try:
        seen, stray = stray_references(argv[0])
    except (OSError, KeyError, subprocess.CalledProcessError) as error:
        print(f"closed: {argv[0]}: {error}", file=sys.stderr)
        return 2
    if stray or seen < 100:
        print(f"FAIL pe.handoff_closed {len(stray)} of {seen} references lead outside")
        print("\n".join(f"  | {line}" for line in stray[:10]))
        return 1
    print("ok pe.handoff_closed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
