#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every map of tests/data/maps as the firmware's answer to the loader, on the fake machine.

usage: maps.py LOADER_CASES [FOLDER]
E820 entries become the UEFI descriptors that a firmware would have made of them: usable memory rounded
inwards to pages, the rest outwards. The memory that the fake machine itself needs is taken out of each map.
An excerpt without 16 MiB of usable memory in one piece gets 48 MiB more, so that it boots too.
"""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/model"))
import painter  # noqa: E402

PAGE = 4096
WB = 0xf
# E820 type to UEFI type: usable, ACPI data, NVS, unusable, persistent; everything else is reserved.
UEFI_TYPES = {1: 7, 3: 9, 4: 10, 5: 8, 7: 14}
BITS = 52
USABLE = 7
ENOUGH_PAGES = 0x1000
SPARE = f"{USABLE:x} 4000 7000 {WB:x}"


def descriptors(fwmap: painter.Map) -> list[str]:
    lines = []
    room = False
    for entry in fwmap.entries:
        type_, attributes = entry.type, entry.attributes
        if fwmap.source == "e820":
            type_, attributes = UEFI_TYPES.get(entry.type, 0), WB
        if type_ == USABLE:
            first, end = -(-entry.first // PAGE), entry.end // PAGE
        else:
            first, end = entry.first // PAGE, -(-entry.end // PAGE)
        room |= type_ == USABLE and end - first >= ENOUGH_PAGES
        if first <= end:
            lines.append(f"{type_:x} {first:x} {end:x} {attributes:x}")
    return lines if room else [*lines, SPARE]


def main() -> int:
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "tests/data/maps"
    maps = [painter.read_map(path) for path in sorted(folder.glob("*.txt"))]
    if not maps:
        print(f"FAIL maps no map in {folder}")
        return 1
    text = "".join("\n".join([f"map {fwmap.name} {BITS}", *descriptors(fwmap), "end"]) + "\n" for fwmap in maps)
    ran = subprocess.run([sys.argv[1], "--maps"], input=text, text=True, timeout=100, stdout=subprocess.PIPE)
    sys.stdout.write(ran.stdout)
    judged = sum(line.startswith(("ok ", "FAIL ")) for line in ran.stdout.splitlines())
    if judged != len(maps):
        print(f"FAIL maps {judged} of {len(maps)} judged")
        return 1
    return ran.returncode


if __name__ == "__main__":
    sys.exit(main())
