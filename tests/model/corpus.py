#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second opinion on every real map: tests/data/maps through the engine and through a painter here.

Each file is read by its own format, made into the raw table firmware would have handed over (48-byte UEFI
descriptors, 20-byte E820 entries), and normalized twice: by memmap_replay (common/memmap) and by this
program, which cuts the address space at every bound and asks for each piece who covers it. Compared are
regions with kinds and attributes, every term of the accounting, the findings and the totals of each kind.
Where a NAME.expect says what the kernel of the same log made of the map, that is compared too, as far as
it says something of firmware's map (see ANSWERS); differences the kernel's own log explains are in APART.

usage: corpus.py REPLAY [--maps FOLDER] [--verbose]
Exit status 1 on a disagreement, 2 where something cannot be read.
"""
from __future__ import annotations

import argparse
import re
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterable, NamedTuple

PAGE = 4096
STRIDE = {"uefi": 48, "e820": 20}
WIDTHS = (52, 40, 36, 64)       # address bits; .expect files are judged at the first
SPACE = 1 << 64

# DESIGN.md, "Kinds of memory": position is rank.
KINDS = ("usable loader-reclaimable boot-reclaimable acpi-reclaimable unaccepted soft-reserved persistent kernel "
         "module boot-info page-tables stack handoff ap-trampoline firmware-table acpi-nvs runtime-code "
         "runtime-data mmio reserved framebuffer bad").split()
RANK = {kind: rank for rank, kind in enumerate(KINDS)}
UEFI_KINDS = ("reserved loader-reclaimable loader-reclaimable boot-reclaimable boot-reclaimable runtime-code "
              "runtime-data usable bad acpi-reclaimable acpi-nvs mmio mmio reserved persistent unaccepted").split()
E820_KINDS = {1: "usable", 3: "acpi-reclaimable", 4: "acpi-nvs", 5: "bad", 7: "persistent", 12: "persistent",
              0xefffffff: "soft-reserved"}
GENERAL = {1, 2, 3, 4, 7}       # UEFI types that rule 3 is about

# UEFI 2.10, 7.2.3; names as Linux prints them.
ATTRIBUTES = {"UC": 1 << 0, "WC": 1 << 1, "WT": 1 << 2, "WB": 1 << 3, "UCE": 1 << 4, "WP": 1 << 12, "RP": 1 << 13,
              "XP": 1 << 14, "NV": 1 << 15, "MR": 1 << 16, "RO": 1 << 17, "SP": 1 << 18, "CC": 1 << 19,
              "RUN": 1 << 63}
WB, NV, SP, RUNTIME = (ATTRIBUTES[name] for name in ("WB", "NV", "SP", "RUN"))
CAPABILITIES = sum(ATTRIBUTES[name] for name in ("UC", "WC", "WT", "WB", "UCE", "WP", "MR", "CC"))

LINUX_TYPES = {"Reserved": 0, "Loader Code": 1, "Loader Data": 2, "Boot Code": 3, "Boot Data": 4, "Runtime Code": 5,
               "Runtime Data": 6, "Conventional": 7, "Conventional Memory": 7, "ACPI Reclaim": 9,
               "ACPI Reclaim Memory": 9, "ACPI Mem NVS": 10, "ACPI Memory NVS": 10, "MMIO": 11,
               "Memory Mapped I/O": 11}
SHELL_TYPES = {"reserved": 0, "loadercode": 1, "loaderdata": 2, "bs_code": 3, "bs_data": 4, "rt_code": 5,
               "rt_data": 6, "available": 7, "acpi_recl": 9, "acpi_nvs": 10, "mmio": 11, "memmapio": 11}
PLAIN_TYPES = {"BOOT_SERVICES_CODE": 3, "BOOT_SERVICES_DATA": 4}
E820_TYPES = {"usable": 1, "System RAM": 1, "reserved": 2, "device reserved": 2, "ACPI data": 3, "ACPI NVS": 4,
              "unusable": 5, "persistent (type 7)": 7}


class Unreadable(Exception):
    pass


class Entry(NamedTuple):
    first: int                  # bytes
    end: int
    type: int
    attributes: int = 0


# ---- reading a map ---------------------------------------------------------------------------------

HEX = r"(?:0x)?([0-9a-fA-F]+)"


def text_attributes(columns: str) -> int:
    number = re.fullmatch(r"attr=0x([0-9a-f]+)", columns.strip())
    if number:
        return int(number[1], 16)
    return sum(ATTRIBUTES[name.strip()] for name in columns.split("|") if name.strip())


def e820_type(text: str) -> int:
    number = re.fullmatch(r"type (\d+)", text.strip())
    return int(number[1]) if number else E820_TYPES[text.strip()]


def closed(first: str, last: str) -> tuple[int, int]:
    return int(first, 16), int(last, 16) + 1


def half_open(first: str, end: str) -> tuple[int, int]:
    return int(first, 16), int(end, 16)


def linux_efi_text(m: re.Match[str]) -> Entry:
    bounds = (half_open if m[5] == ")" else closed)(m[3], m[4])
    if m[6] == "invalid":       # Linux prints the end of a zero-page descriptor as base + 0 - 1 or as 0
        bounds = (int(m[3], 16), int(m[3], 16))
    return Entry(*bounds, LINUX_TYPES[m[1].strip()], text_attributes(m[2]))


def shell(m: re.Match[str]) -> Entry:
    first, end = closed(m[2], m[3])
    if end - first != int(m[4], 16) * PAGE:
        raise Unreadable(f"{m[0]}: pages and bounds differ")
    return Entry(first, end, SHELL_TYPES[m[1].lower()], int(m[5], 16))


class Form(NamedTuple):
    source: str                 # uefi or e820
    line: str                   # regex, whole line
    read: Callable[[re.Match[str]], Entry]


FORMS = {
    "linux-e820": Form("e820", rf"BIOS-e820: \[mem {HEX}-{HEX}\] +(.+)",
                       lambda m: Entry(*closed(m[1], m[2]), e820_type(m[3]))),
    "linux-e820-old": Form("e820", rf"BIOS-e820: {HEX} - {HEX} \((.+)\)",
                           lambda m: Entry(*half_open(m[1], m[2]), e820_type(m[3]))),
    "linux-e801-old": Form("e820", rf"BIOS-e801: {HEX} - {HEX} \((.+)\)",
                           lambda m: Entry(*half_open(m[1], m[2]), e820_type(m[3]))),
    "xen-e820": Form("e820", rf"\(XEN\) +\[{HEX}, {HEX}\] \((.+)\)",
                     lambda m: Entry(*closed(m[1], m[2]), e820_type(m[3]))),
    "xen-e820-old": Form("e820", rf"\(XEN\) +{HEX} - {HEX} \((.+)\)",
                         lambda m: Entry(*half_open(m[1], m[2]), e820_type(m[3]))),
    "linux-efi-text": Form("uefi", rf"efi: mem\d+: \[([^|]+)\|(.*)\] range=\[{HEX}-{HEX}([\])]) \((.+)\)",
                           linux_efi_text),
    "linux-efi-num": Form("uefi", rf"(?:efi: |EFI: )?mem\d+: type=(\d+), attr={HEX}, range=\[{HEX}-{HEX}\) \(.+\)",
                          lambda m: Entry(*half_open(m[3], m[4]), int(m[1]), int(m[2], 16))),
    "linux-efi-arm": Form("uefi", rf"efi: +{HEX}-{HEX} \[([^|]+)\|(.*)\]\*?",
                          lambda m: Entry(*closed(m[1], m[2]), LINUX_TYPES[m[3].strip()], text_attributes(m[4]))),
    "xen-efi": Form("uefi", rf"\(XEN\) +{HEX}-{HEX} type=(\d+) attr={HEX}",
                    lambda m: Entry(*closed(m[1], m[2]), int(m[3]), int(m[4], 16))),
    "uefi-shell": Form("uefi", rf"(\w+) +{HEX}-{HEX} +{HEX} +{HEX}", shell),
    "plain": Form("uefi", rf"{HEX} - {HEX} \([0-9.]+ MiB (\w+)\)",
                  lambda m: Entry(*half_open(m[1], m[2]), PLAIN_TYPES[m[3]])),
}
NO_ENTRY = re.compile(r"#.*|BIOS-e820: \[gap .*\]|Type +Start +End .*|\s*")


class Map(NamedTuple):
    name: str
    source: str
    entries: list[Entry]


def read_map(path: Path) -> Map:
    lines = path.read_text("utf-8").splitlines()
    head = {key: value for key, value in (line[2:].split(": ", 1) for line in lines[:5])}
    form = FORMS[head["format"].split()[0]]
    entries = []
    for line in lines:
        if NO_ENTRY.fullmatch(line):
            continue
        match = re.fullmatch(form.line, line.rstrip())
        if not match:
            raise Unreadable(f"{path.name}: {line!r} is no {head['format']}")
        entries.append(form.read(match))
    said = int(re.match(r"\d+", head["entries"])[0])    # type: ignore[index]
    if said != len(entries):
        raise Unreadable(f"{path.name}: {len(entries)} entries read, {said} announced")
    return Map(path.stem, form.source, entries)


def raw_table(fwmap: Map) -> str:
    if fwmap.source == "e820":
        data = b"".join(struct.pack("<QQI", e.first, e.end - e.first, e.type) for e in fwmap.entries)
    else:                       # junk where the engine must not look: padding, virtual address, the stride's tail
        data = b"".join(struct.pack("<IIQQQQ", e.type, 0xdeadbeef, e.first, 0xa5a5a5a5a5a5a5a5,
                                    (e.end - e.first) // PAGE, e.attributes) + b"\xee" * 8 for e in fwmap.entries)
    return data.hex() or "-"


# ---- the painter -------------------------------------------------------------------------------------

class Range(NamedTuple):
    """An entry as the painter sees it: stated bytes, and the pages it may keep (still in bytes)."""
    stated: tuple[int, int]
    kept: tuple[int, int]
    kind: str
    attributes: int


def on_ram(kind: str) -> bool:
    return RANK[kind] <= RANK["persistent"] or kind == "acpi-nvs"


def uefi_kind(type_: int, attributes: int) -> str:
    kind = UEFI_KINDS[type_] if type_ < len(UEFI_KINDS) else "reserved"
    if attributes & RUNTIME and RANK[kind] < RANK["runtime-code"]:
        return "runtime-data"
    if type_ in GENERAL:
        for bit, other in ((SP, "soft-reserved"), (NV, "persistent")):
            if attributes & bit:
                return other
        if not attributes & WB:
            return "reserved"
    return kind


def decide(fwmap: Map) -> list[tuple[str, int]]:
    """Kind and attributes of each entry by itself."""
    if fwmap.source == "e820":
        kinds = [E820_KINDS.get(e.type, "reserved") for e in fwmap.entries]
        return [(kind, WB if on_ram(kind) else 0) for kind in kinds]
    silent = all(e.attributes == 0 for e in fwmap.entries if e.type in GENERAL)
    decided = []
    for e in fwmap.entries:
        attributes = e.attributes
        if silent and attributes == 0 and on_ram(uefi_kind(e.type, WB)):
            attributes = WB
        decided.append((uefi_kind(e.type, attributes), attributes))
    return decided


def ranges_of(fwmap: Map, width: int) -> list[Range]:
    ranges = []
    for entry, (kind, attributes) in zip(fwmap.entries, decide(fwmap)):
        if entry.first == entry.end:
            continue
        if kind == "usable":
            kept = (-(-entry.first // PAGE) * PAGE, entry.end // PAGE * PAGE)
        else:
            kept = (entry.first // PAGE * PAGE, -(-entry.end // PAGE) * PAGE)
        kept = (kept[0], min(kept[1], width))
        ranges.append(Range((entry.first, entry.end), kept if kept[0] < kept[1] else (0, 0), kind, attributes))
    return ranges


def join(attributes: Iterable[int]) -> int:
    together, either = CAPABILITIES, 0
    for word in attributes:
        together &= word
        either |= word
    return together | either & ~CAPABILITIES


class Painted(NamedTuple):
    regions: list[tuple[int, int, str, int]]    # first pfn, end pfn, kind, attributes
    sizes: dict[str, int]                       # bytes
    counts: dict[str, int]
    stated_pages: dict[str, int]


def paint(fwmap: Map, bits: int) -> Painted:
    width = 1 << bits
    ranges = ranges_of(fwmap, width)
    cuts = sorted({width, PAGE}.union(*(r.stated + r.kept for r in ranges)))
    sizes = dict.fromkeys("stated claimed grown lost clipped dropped output".split(), 0)
    regions: list[tuple[int, int, str, int]] = []
    for low, high in zip(cuts, cuts[1:]):
        stated = any(r.stated[0] <= low and high <= r.stated[1] for r in ranges)
        here = [r for r in ranges if r.kept[0] <= low and high <= r.kept[1]]
        size = high - low
        sizes["stated"] += size if stated else 0
        sizes["output"] += size if here else 0
        if here and not stated:
            sizes["grown"] += size
        elif stated and not here:
            sizes["clipped" if low >= width else "lost"] += size
        if here:
            kind = max((r.kind for r in here), key=RANK.__getitem__)
            if low < PAGE and kind == "usable":
                kind = "reserved"
            add_piece(regions, low, high, kind, join(r.attributes for r in here))
    return Painted([(a // PAGE, b // PAGE, kind, word) for a, b, kind, word in regions], sizes,
                   findings(fwmap, ranges, width), totals(fwmap, ranges))


def add_piece(regions: list[tuple[int, int, str, int]], low: int, high: int, kind: str, attributes: int) -> None:
    if regions and regions[-1][1:] == (low, kind, attributes):
        low = regions.pop()[0]
    regions.append((low, high, kind, attributes))


def findings(fwmap: Map, ranges: list[Range], width: int) -> dict[str, int]:
    """Those that do not depend on the order of entries that begin together: no real map has overlaps."""
    return {"empty": len(fwmap.entries) - len(ranges),
            "wrapping": 0,
            "misaligned": sum(any(bound % PAGE for bound in r.stated) for r in ranges),
            "beyond-width": sum(r.stated[1] > width for r in ranges),
            "duplicate": 0}


def totals(fwmap: Map, ranges: list[Range]) -> dict[str, int]:
    pages = dict.fromkeys(KINDS, 0)
    for r in ranges:
        pages[r.kind] += (r.stated[1] - r.stated[0]) // PAGE
    return pages


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


def replay(program: str, maps: list[Map]) -> dict[tuple[str, int], Answer]:
    asked = [(fwmap, bits) for fwmap in maps for bits in WIDTHS]
    text = "".join(f"{m.source} {STRIDE[m.source]} {bits} {raw_table(m)}\n" for m, bits in asked)
    ran = subprocess.run([program], input=text, capture_output=True, text=True, timeout=60)
    blocks = ran.stdout.split("end\n")
    if ran.returncode != 0 or len(blocks) != len(asked) + 1:
        raise Unreadable(f"{program}: status {ran.returncode}, {len(blocks) - 1} answers to {len(asked)}: {ran.stderr}")
    return {(m.name, bits): read_answer(block.splitlines()) for (m, bits), block in zip(asked, blocks)}


def show(regions: Iterable[tuple[int, int, str, int]]) -> str:
    return " ".join(f"[{a:#x},{b:#x}) {kind} {word:#x};" for a, b, kind, word in regions) or "nothing"


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
    parser.add_argument("--verbose", action="store_true", help="a line for each file")
    options = parser.parse_args()
    tally = Tally()
    disagreements = 0
    try:
        maps = [read_map(path) for path in sorted(options.maps.glob("*.txt"))]
        answers = replay(options.replay, maps)
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
