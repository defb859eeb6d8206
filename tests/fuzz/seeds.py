# SPDX-License-Identifier: MIT
"""First inputs for the fuzzers: what chance would take long to find, mostly from the real maps in tests/data."""
from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "model"))
import corpus  # noqa: E402  (the reader of tests/data/maps)

LONGEST_BYTES = 2000
UEFI, E820, TAG, INFO, ENTRIES, LIMINE, ZERO_PAGE, OWN, DEVICETREE = range(9)
WIDTHS = (36, 46, 48, 52, 64)


def claim(first_pfn: int, pages: int, kind: int, flags: int = 0) -> bytes:
    return struct.pack("<Q", first_pfn)[:7] + struct.pack("<IBB", pages, kind, flags)


CLAIM = claim(0x100, 16, 7)
LOADED = 1


def job(form: int, stride: int, table: bytes, bits: int = 48, claims: bytes = b"") -> bytes:
    """What fuzz_memmap_normalize.c takes apart."""
    return bytes((form, stride, bits - 28, len(claims) // len(CLAIM))) + claims + table


def tag(kind: int, *content: bytes) -> bytes:
    data = b"".join(content)
    return struct.pack("<II", kind, 8 + len(data)) + data + bytes(-len(data) % 8)


def multiboot2(*tags: bytes) -> bytes:
    data = b"".join(tags) + struct.pack("<II", 0, 8)
    return struct.pack("<II", 8 + len(data), 0) + data


def node(name: str, *content: bytes) -> bytes:
    text = name.encode() + b"\0"
    return struct.pack(">I", 1) + text + bytes(-len(text) % 4) + b"".join(content) + struct.pack(">I", 2)


def devicetree() -> bytes:
    """/memory with one range, /reserved-memory with two, one reservation."""
    strings = b"#address-cells\0#size-cells\0device_type\0reg\0no-map\0status\0"

    def prop(name: bytes, data: bytes) -> bytes:
        return struct.pack(">III", 3, len(data), strings.index(name + b"\0")) + data + bytes(-len(data) % 4)

    cells = prop(b"#address-cells", struct.pack(">I", 2)) + prop(b"#size-cells", struct.pack(">I", 1))
    tree = node("", cells,
                node("memory@80000000", prop(b"device_type", b"memory\0"), prop(b"status", b"okay\0"),
                     prop(b"reg", struct.pack(">QI", 0x80000000, 0x10000000))),
                node("reserved-memory", cells,
                     node("a", prop(b"reg", struct.pack(">QI", 0x81000000, 0x2000))),
                     node("b", prop(b"no-map", b""), prop(b"reg", struct.pack(">QI", 0x82000000, 0x3000)))))
    tree += struct.pack(">I", 9)
    reservations = struct.pack(">QQQQ", 0x88000000, 0x4000, 0, 0)
    offset = 40 + len(reservations)
    header = struct.pack(">10I", 0xd00dfeed, offset + len(strings) + len(tree), offset + len(strings), offset, 40, 17,
                         16, 0, len(strings), len(tree))
    return header + reservations + strings + tree


def normalize_seeds() -> Iterator[bytes]:
    """Each real map in its format; some also as the other formats have it."""
    for number, path in enumerate(sorted((ROOT / "tests" / "data" / "maps").glob("*.txt"))):
        fwmap = corpus.read_map(path)
        bits = WIDTHS[number % len(WIDTHS)]
        table = bytes.fromhex(corpus.raw_table(fwmap).replace("-", ""))
        stride = 20 if fwmap.source == "e820" else 48
        table = table[:LONGEST_BYTES // stride * stride]
        yield job(E820 if stride == 20 else UEFI, stride, table, bits, CLAIM * (number % 3))
        if stride == 48:
            yield job(INFO, 0, multiboot2(tag(17, struct.pack("<II", stride, 1), table)), bits)
            continue
        entries = [table[i:i + 20] for i in range(0, len(table), 20)]
        padded = b"".join(entry + bytes(4) for entry in entries[:LONGEST_BYTES // 24])
        memory = tag(6, struct.pack("<II", 24, 0), padded)
        yield (job(ENTRIES, 24, padded, bits), job(TAG, 0, memory, bits), job(INFO, 0, multiboot2(memory), bits),
               job(LIMINE, 24, padded, bits), job(ZERO_PAGE, len(entries), table, bits))[number % 5]
    yield job(DEVICETREE, 0, devicetree())
    yield job(OWN, 32, b"".join(struct.pack("<QQQIBBH", first, first + 16, 8, 0, kind, 0, 0)
                                for first, kind in ((1, 0), (17, 19), (40, 7), ((1 << 52) - 16, 0))), 64)
    loader = struct.pack("<IIQQQQ", 2, 0, 0x100000, 0, 16, 8)
    for second in (claim(0x104, 4, 8, LOADED), claim(0x102, 2, 7, LOADED), claim(0x103, 2, 12, 0)):
        yield job(UEFI, 40, loader, 48, claim(0x100, 4, 7, LOADED) + second)


def edit_seeds() -> Iterator[bytes]:
    """Every operation once on a map with every kind."""
    runs = b"".join(bytes((5, kind, kind % 2)) for kind in range(22))
    for base in range(3):
        start = bytes((base, 8, 22)) + runs
        for what in range(7):
            yield start + b"".join(bytes((what, first, 3, 7, 1, 0, first)) for first in range(0, 110, 9))


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "memmap_normalize": normalize_seeds,
    "memmap_edit": edit_seeds,
}


def write(target: str, folder: Path) -> None:
    """The seeds of a target as files; a target may have none."""
    for number, data in enumerate(SEEDS.get(target, lambda: iter(()))()):
        (folder / f"seed-{number:03}").write_bytes(data)
