#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second opinion on every real map: tests/data/maps through the engine and through a painter here.

Each file is read by its own format, made into the raw table firmware would have handed over (48-byte UEFI
descriptors, 20-byte E820 entries), and normalized twice: by memmap_replay (common/memmap) and by
painter.py, which cuts the address space at every bound and asks for each piece who covers it. Compared are
regions with kinds and attributes, every term of the accounting, the findings and the totals of each kind.
Where a NAME.expect says what the kernel of the same log made of the map, that is compared too, as far as
it says something of firmware's map (see ANSWERS); differences the kernel's own log explains are in APART.

usage: corpus.py REPLAY [--maps FOLDER] [--verbose]
Exit status 1 on a disagreement, 2 where something cannot be read.
"""
from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable

from painter import (HEX, KINDS, PAGE, SHELL_TYPES, STRIDE, UEFI_KINDS, WIDTHS, Map, Painted, Unreadable, closed,
                     half_open, join, paint, raw_table, read_map, show)

# ---- what the engine says ------------------------------------------------------------------------------

@dataclass
class Answer:
    status: str
    regions: list[tuple[int, int, str, int]]
    sizes: dict[str, int]
    counts: dict[str, int]
    stated_pages: dict[str, int]
    region_pages: dict[str, int]
    normal: bool = True


def read_answer(block: list[str]) -> Answer:
    answer = Answer("", [], {}, {}, {}, {})
    for line in block:
        what, *words = line.split(" ")
        if what == "status":
            answer.status = words[0]
        elif what == "region":
            answer.regions.append((int(words[0], 16), int(words[1], 16), words[2], int(words[3], 16)))
        elif what == "size":
            answer.sizes[words[0]] = int(words[1], 16) * PAGE + int(words[2])
        elif what == "count":
            answer.counts[words[0]] = int(words[1])
        elif what == "kind":
            answer.stated_pages[words[0]] = int(words[1], 16)
            answer.region_pages[words[0]] = int(words[2], 16)
        else:
            answer.normal = False
    return answer


def replay(program: str, maps: list[Map], limit_s: float) -> dict[tuple[str, int], Answer]:
    asked = [(fwmap, bits) for fwmap in maps for bits in WIDTHS]
    text = "".join(f"{m.source} {STRIDE[m.source]} {bits} {raw_table(m)}\n" for m, bits in asked)
    ran = subprocess.run([program], input=text, capture_output=True, text=True, timeout=limit_s)
    blocks = ran.stdout.split("end\n")
    if ran.returncode != 0 or len(blocks) != len(asked) + 1:
        raise Unreadable(f"{program}: status {ran.returncode}, {len(blocks) - 1} answers to {len(asked)}: {ran.stderr}")
    return {(m.name, bits): read_answer(block.splitlines()) for (m, bits), block in zip(asked, blocks)}


def compare(painted: Painted, answer: Answer) -> list[str]:
    if answer.status != "ok":
        return [f"status {answer.status}"]
    faults = [] if answer.normal else ["memmap_check: not in normal form"]
    if answer.regions != painted.regions:
        faults.append(f"regions: engine {show(r for r in answer.regions if r not in painted.regions)} "
                      f"painter {show(r for r in painted.regions if r not in answer.regions)}")
    region_pages = dict.fromkeys(KINDS, 0)
    for first, end, kind, _ in painted.regions:
        region_pages[kind] += end - first
    for title, ours, theirs in (("size", painted.sizes, answer.sizes), ("count", painted.counts, answer.counts),
                                ("stated pages", painted.stated_pages, answer.stated_pages),
                                ("region pages", region_pages, answer.region_pages)):
        for name, value in ours.items():
            if theirs.get(name) != value:
                faults.append(f"{title} {name}: engine {theirs.get(name)}, painter {value}")
    return faults


# ---- what the kernel of the same log made of it ------------------------------------------------------------

Set = list[tuple[int, int]]     # sorted, disjoint page ranges


def merged(ranges: Iterable[tuple[int, int]]) -> Set:
    out: Set = []
    for first, end in sorted(r for r in ranges if r[0] < r[1]):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((first, end))
    return out


def without(ranges: Set, holes: Iterable[tuple[int, int]]) -> Set:
    for low, high in holes:
        ranges = merged([(a, min(b, low)) for a, b in ranges] + [(max(a, high), b) for a, b in ranges])
    return ranges


def inward(ranges: Set) -> Set:
    return merged((-(-a // PAGE), b // PAGE) for a, b in ranges)


def outward(ranges: Set) -> Set:
    return merged((a // PAGE, -(-b // PAGE)) for a, b in ranges)


def pages_of(answer: Answer, *kinds: str) -> Set:
    return merged((first, end) for first, end, kind, _ in answer.regions if kind in kinds)


RAM = ("usable", "loader-reclaimable", "boot-reclaimable")
PAGE_0 = [(0, 1)]               # ours is reserved; the kernel takes it away later
LEGACY = [(0xa0, 0x100)]        # the kernel removes it from RAM
BOUNDS = rf"\[mem {HEX}-{HEX}\]"


def typed_lines(lines: list[str], label: str) -> dict[str, Set]:
    """Byte ranges by type name of `LABEL [mem ...] TYPE` and `LABEL S - E (TYPE)` lines."""
    found: dict[str, list[tuple[int, int]]] = {}
    for line in lines:
        match = re.fullmatch(rf"{label} {BOUNDS} +(.+)", line)
        old = re.fullmatch(rf"{label} {HEX} - {HEX} \((.+)\)", line)
        if match:
            found.setdefault(match[3], []).append(closed(match[1], match[2]))
        elif old:
            found.setdefault(old[3], []).append(half_open(old[1], old[2]))
    return {name: merged(ranges) for name, ranges in found.items()}


def handed_over(label: str, title: str) -> Callable[[list[str], Answer], list[tuple[str, Set, Set]]]:
    """The kernel's E820 as it stood when it began: its RAM and ACPI ranges are ours."""
    def answers(lines: list[str], answer: Answer) -> list[tuple[str, Set, Set]]:
        found = typed_lines(lines, label)
        if not found:
            return []
        ram = merged(found.get("usable", []) + found.get("System RAM", []))
        return [(f"{title} usable", without(inward(ram), PAGE_0), without(pages_of(answer, *RAM), PAGE_0)),
                (f"{title} ACPI data", outward(found.get("ACPI data", [])), pages_of(answer, "acpi-reclaimable")),
                (f"{title} ACPI NVS", outward(found.get("ACPI NVS", [])), pages_of(answer, "acpi-nvs"))]
    return answers


def nodes(lines: list[str], answer: Answer) -> list[tuple[str, Set, Set]]:
    found = [closed(m[1], m[2]) for m in (re.fullmatch(rf" *node +\d+: {BOUNDS}", line) for line in lines) if m]
    if not found:
        return []
    return [("nodes", inward(merged(found)), without(pages_of(answer, *RAM), PAGE_0 + LEGACY))]


def last_pfn(lines: list[str], answer: Answer) -> list[tuple[str, Set, Set]]:
    found = [int(m[1], 16) for m in (re.match(rf"(?:e820: )?last_pfn = {HEX} ", line) for line in lines) if m]
    ram = pages_of(answer, *RAM)
    if not found or not ram:
        return []
    return [("last_pfn", [(0, max(found))], [(0, ram[-1][1])])]


def shell_sums(lines: list[str], answer: Answer) -> list[tuple[str, Set, Set]]:
    found: dict[str, int] = {}
    for match in (re.fullmatch(r"(\w+) *: (\d+) Pages", line) for line in lines):
        if match:
            kind = UEFI_KINDS[SHELL_TYPES[match[1].lower()]]
            found[kind] = found.get(kind, 0) + int(match[2])
    return [(f"pages of {kind}", [(0, pages)], [(0, answer.stated_pages[kind])]) for kind, pages in found.items()]


ANSWERS = (handed_over("BIOS-e820:", "E820"), handed_over("BIOS-EFI:", "EFI"),
           handed_over("reserve setup_data:", "setup_data"), nodes, last_pfn, shell_sums)
# Answers that are not about firmware's map, and why. One that agrees after all is a disagreement: it is stale.
OPTION = "a memmap= or mem= option took it away"
HIDDEN = "the kernel was handed an E820 that hides most of the machine"
APART = {
    ("e820-ec2-t3-large-kexec", "nodes"): OPTION,
    ("e820-ec2-t3-large-kexec", "last_pfn"): OPTION,
    ("e820-intel-s2600wft-512g", "nodes"): OPTION,
    ("e820-tencent-cvm-64g", "nodes"): OPTION,
    ("e820-thinkpad-20s1-unusable", "setup_data usable"): OPTION,
    ("e820-thinkpad-20s1-unusable", "nodes"): OPTION,
    ("e820-hyperv-gen2-kdump-448mb", "last_pfn"): "this kernel counts ACPI data above the last RAM",
    ("e820-qemu-q35-snp-ovmf-8g", "nodes"): "this kernel counts one page of ACPI data (7f37e) as memory",
    ("efi-apple-intel-mac-2006-kernel", "EFI usable"): "this kernel kept loader and boot services memory apart",
    ("efi-arm64-apple-m2-uboot", "nodes"): "arm64 counts runtime and reserved ranges; 16 KiB pages",
    ("efi-hp-superdome2-12tb", "E820 usable"): "the lines below 0x90000 were not read",
    ("efi-thinkpad-t14-gen3-163", "E820 usable"): HIDDEN,
    ("efi-thinkpad-t14-gen3-163", "E820 ACPI data"): HIDDEN,
    ("efi-thinkpad-t14-gen3-163", "E820 ACPI NVS"): HIDDEN,
    ("efi-thinkpad-t14-gen3-163", "nodes"): HIDDEN,
    ("efi-thinkpad-t14-gen3-163", "last_pfn"): HIDDEN,
}


@dataclass
class Tally:
    expects: int = 0
    apart: int = 0
    files: int = 0


def judge_expect(path: Path, fwmap: Map, answer: Answer, tally: Tally) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    faults = []
    compared = tally.expects
    for read in ANSWERS:
        for what, kernel, ours in read(lines, answer):
            if (fwmap.name, what) in APART:
                tally.apart += 1
                if kernel == ours:
                    faults.append(f"{what}: agrees, so it must leave APART")
                continue
            tally.expects += 1
            if kernel != ours:
                faults.append(f"{what}: kernel only {pages_text(without(kernel, ours))}, "
                              f"engine only {pages_text(without(ours, kernel))}")
    tally.files += tally.expects > compared
    return faults


def pages_text(ranges: Set) -> str:
    return " ".join(f"[{a:#x},{b:#x})" for a, b in ranges) or "none"


# ---- the program ---------------------------------------------------------------------------------------

def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("replay")
    parser.add_argument("--maps", type=Path, default=Path(__file__).resolve().parents[1] / "data" / "maps")
    parser.add_argument("--seconds", type=float, default=60, help="limit of the replay")
    parser.add_argument("--verbose", action="store_true", help="a line for each file")
    options = parser.parse_args()
    tally = Tally()
    disagreements = 0
    try:
        maps = [read_map(path) for path in sorted(options.maps.glob("*.txt"))]
        answers = replay(options.replay, maps, options.seconds)
    except (Unreadable, OSError, KeyError, ValueError, subprocess.TimeoutExpired) as error:
        print(f"corpus: {error!r}", file=sys.stderr)
        return 2
    if not maps:
        print(f"corpus: no map in {options.maps}", file=sys.stderr)
        return 2
    for fwmap in maps:
        faults = [f"{bits} bits: {fault}" for bits in WIDTHS
                  for fault in compare(paint(fwmap, bits), answers[fwmap.name, bits])]
        expect = options.maps / f"{fwmap.name}.expect"
        if expect.exists():
            faults += judge_expect(expect, fwmap, answers[fwmap.name, WIDTHS[0]], tally)
        disagreements += len(faults)
        if options.verbose or faults:
            print(f"{fwmap.name}: {len(fwmap.entries)} entries, {len(answers[fwmap.name, WIDTHS[0]].regions)} regions")
        for fault in faults:
            print(f"  {fault}")
    print(f"corpus: files={len(maps)} entries={sum(len(m.entries) for m in maps)} widths={len(WIDTHS)} "
          f"disagreements={disagreements} expects={tally.expects} expect_files={tally.files} apart={tally.apart}")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
