# SPDX-License-Identifier: MIT
"""Firmware memory maps as text, and a painter that says what becomes of them: the second opinion of the tests.

A file is read by its own format and can be made into the raw table that firmware would have handed over. The
painter cuts the address space at every bound and asks for each piece who covers it; no code of common/.
"""
from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import Iterable, NamedTuple

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


def show(regions: Iterable[tuple[int, int, str, int]]) -> str:
    return " ".join(f"[{a:#x},{b:#x}) {kind} {word:#x};" for a, b, kind, word in regions) or "nothing"
