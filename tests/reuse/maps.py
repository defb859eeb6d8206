# SPDX-License-Identifier: MIT
"""Maps as two kernels print them, and what must hold for one map and between two.

Everything is judged anew from the printed regions and sums, with none of the engine's code. Page
numbers, half-open. `same_faults` is the heart: after usable, reclaimable and claimed memory became
one class, both maps must have the same ranges of every other kind.
"""
from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "boot"))
from facts import FactError, Facts  # noqa: E402

PAGE_BYTES = 4096
# EFI attribute bits in the order of the letters in our kernel's table.
LETTERS = tuple(zip("uctbepRXWNMSCr", (0, 1, 2, 3, 4, 12, 13, 14, 17, 15, 16, 18, 19, 63)))
TABLE_ROW = re.compile(r"^  ([0-9a-f]{16}) ([0-9a-f]{16}) .{10}  (\S+) +([a-zA-Z-]{14})  \S", re.M)

FREE = "free"
HOLE = "hole"
CLAIMS = ("kernel", "module", "boot-info", "page-tables", "stack", "handoff", "ap-trampoline",
          "firmware-table")
FREED = ("usable", "loader-reclaimable", "boot-reclaimable", *CLAIMS)
# GRUB's own map has no other types (grub-core/mmap/efi: all that is not RAM or ACPI is reserved).
COARSE = ("acpi-reclaimable", "acpi-nvs", "bad")
TERMS = {"stated": 1, "claimed": 1, "grown": 1, "lost": -1, "clipped": -1, "dropped": -1}


class MapError(Exception):
    """One phrase: what cannot be read."""


@dataclass(frozen=True)
class Region:
    first: int
    end: int
    kind: str
    attributes: str             # letters

    def __str__(self) -> str:
        return f"{self.first * PAGE_BYTES:x}-{self.end * PAGE_BYTES:x} {self.kind}"


@dataclass(frozen=True)
class Map:
    """Regions in printed order, and the sums of the accounting in bytes."""

    regions: tuple[Region, ...]
    sums: dict


# ---- reading -------------------------------------------------------------------------------------

def read_ours(text: str) -> Map:
    """The map that Groma's kernel lists, and its totals."""
    regions = [Region(int(row[1], 16) // PAGE_BYTES, int(row[2], 16) // PAGE_BYTES, row[3], row[4])
               for row in TABLE_ROW.finditer(text)]
    totals, count = Facts(text).once("totals"), Facts(text).once("map").number("regions")
    if len(regions) != count:
        raise MapError(f"{len(regions)} regions listed, {count} counted")
    return Map(tuple(regions), {key: totals.number(key) for key in ("output", *TERMS)})


def letters(attributes: int) -> str:
    return "".join(letter if attributes >> bit & 1 else "-" for letter, bit in LETTERS)


def bytes_of_size(value: str) -> int:
    pages, _, rest = value.partition("+")
    return int(pages) * PAGE_BYTES + int(rest)


def read_theirs(text: str, name: str) -> Map:
    """The map `name` that the kernel under GRUB prints."""
    facts = Facts(text)
    if facts.malformed:
        raise MapError(f"malformed: {facts.malformed[0]}")
    regions = [Region(fact.number("first_pfn"), fact.number("end_pfn"), fact.values["kind"],
                      letters(fact.number("attributes")))
               for fact in facts.all("region") if fact.values.get("map") == name]
    count = facts.once("report", map=name).number("regions")
    if len(regions) != count:
        raise MapError(f"{len(regions)} regions listed, {count} counted")
    accounts = facts.once("accounts", map=name)
    if accounts.values.get("balances") != "yes":
        raise MapError(f"the engine says that it does not balance: {accounts.line}")
    return Map(tuple(regions), {key: bytes_of_size(accounts.values[key]) for key in ("output", *TERMS)})


# ---- one map ---------------------------------------------------------------------------------------

def normal_faults(one: Map) -> list[str]:
    """Where it is not sorted, disjoint, merged, without empty regions, page 0 not usable."""
    faults = [] if one.regions else ["no regions"]
    faults += [f"empty: {region}" for region in one.regions if region.first >= region.end]
    faults += [f"page 0 is usable: {region}" for region in one.regions
               if region.first == 0 and region.kind == "usable"]
    for left, right in zip(one.regions, one.regions[1:]):
        if left.end > right.first:
            faults.append(f"unsorted or overlapping: {left}, {right}")
        elif (left.end, left.kind, left.attributes) == (right.first, right.kind, right.attributes):
            faults.append(f"not merged: {left}, {right}")
    return faults


def balance_faults(one: Map) -> list[str]:
    """output = regions = stated + claimed + grown - lost - clipped - dropped, summed here again."""
    regions = sum(region.end - region.first for region in one.regions) * PAGE_BYTES
    terms = sum(sign * one.sums[key] for key, sign in TERMS.items())
    if one.sums["output"] == regions == terms:
        return []
    return [f"output {one.sums['output']}, regions {regions}, terms {terms} bytes"]


# ---- two maps --------------------------------------------------------------------------------------

def fold(kind: str, coarse: bool) -> str:
    if kind in FREED:
        return FREE
    return kind if not coarse or kind in (*COARSE, HOLE) else "reserved"


def excuse(first: int, end: int, kinds: tuple[str, str]) -> str:
    """Why two kinds may differ although both firmwares said the same; "" where nothing explains it.

    No firmware allocation is among these: none was seen to differ.
    """
    if kinds == ("firmware-table", "acpi-reclaimable"):
        return "our loader claims tables inside ACPI memory"
    if (first, end) == (0, 1) and "reserved" in kinds and any(kind in FREED for kind in kinds):
        return "page 0 is never usable: reserved where it was"
    return ""


def cuts_of(one: Map, two: Map) -> list[int]:
    bounds = {bound for side in (one, two) for region in side.regions for bound in (region.first, region.end)}
    return sorted(bounds | {1})


def at(one: Map, page: int) -> tuple[str, str]:
    """Kind and attributes of a page."""
    for region in one.regions:
        if region.first <= page < region.end:
            return region.kind, region.attributes
    return HOLE, ""


def same_faults(ours: Map, theirs: Map, coarse: bool) -> tuple[list[str], list[str]]:
    """Ranges that differ after folding, and those with an excuse. Coarse: GRUB's types, no attributes."""
    faults, excused = [], []
    cuts = cuts_of(ours, theirs)
    for first, end in zip(cuts, cuts[1:]):
        (kind, letters_), (other, other_letters) = at(ours, first), at(theirs, first)
        classes = fold(kind, coarse), fold(other, coarse)
        what = f"{first * PAGE_BYTES:x}-{end * PAGE_BYTES:x} ours {kind} theirs {other}"
        if classes[0] == classes[1]:
            if not coarse and classes[0] != FREE and letters_ != other_letters:
                faults.append(f"{what}: attributes {letters_} and {other_letters}")
            continue
        why = excuse(first, end, (kind, other))
        (excused if why else faults).append(f"{what}: {why}" if why else what)
    return faults, excused
