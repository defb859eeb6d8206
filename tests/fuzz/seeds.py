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


def edit(at: int, width: int, value: int) -> bytes:
    """An edit as fuzz_elf.c and fuzz_bootinfo.c read it; width 0 to 3: 1, 2, 4, 8 bytes."""
    return struct.pack("<HBQ", at, width, value % (1 << 64))


def elf_seeds() -> Iterator[bytes]:
    """Both valid files, each 8-byte field of their headers and of the PIE's tables once at odd values."""
    fields = [24, 32, *(64 + 56 * part + at for part in range(8) for at in (0, 8, 16, 32, 40, 48))]
    tables = [*range(0x2000, 0x2060, 8), *range(0x2e80, 0x2f00, 8)]
    for base in range(2):
        yield bytes((base, 0, 0))
        for at in (*fields, *(tables if base else ())):
            for value in (0, 1, -1, 0x1000, 0xffffffff80000000):
                yield bytes((base, 0, 0)) + edit(at, 3, value)


CONFIG = b"""\xef\xbb\xbf# Groma\r
kernel = /boot/k\xc3\xa9rnel.elf\r
cmdline = root=/dev/sda1 \xe2\x82\xac \xf0\x9f\x98\x80 # kept
module = /initrd.img compress=none
module = \\fonts\\a.bin
timeout = 5
serial = off
verbose = maps
capture = yes
drift = forget
reserve = 0x1000-0x2000 BIOS scratch
badram = 0xfffff000-0x100000000
badram = 0x12345000,0xfffff000,0x80000000,0xfffffffff0f00000
checkpoint = forget
dma = off
watch = yes
verbose = maps
"""


def config_seeds() -> Iterator[bytes]:
    yield b"\x08" + CONFIG
    for line in CONFIG.splitlines():
        yield b"\x08" + line
        yield b"\x02" + line + b"\n" + line.replace(b"=", b"= ") + b"\nx = y\n" + line[:-1]


def path_seeds() -> Iterator[bytes]:
    for path in (b"\\kernel.elf", b"/a/\xc3\xa9", b"\\\xe2\x82\xac", b"\\\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"\xc0\x80"):
        for capacity in (0, 3, 200):
            yield bytes((capacity,)) + path


def devpath_seeds() -> Iterator[bytes]:
    uart = struct.pack("<BBHIQBBB", 3, 14, 19, 0, 115200, 8, 1, 1)
    disk = struct.pack("<BBHIQQ16sBB", 4, 1, 42, 1, 2048, 4096, bytes(range(16)), 2, 2)
    end, whole = b"\x7f\x01\x04\x00", b"\x7f\xff\x04\x00"
    for nodes in (disk + whole, uart + end + disk + whole, disk[:-1], uart + whole + disk, b"\x03\x0e\x03\x00"):
        yield b"\x03\x0e" + nodes


def bootinfo_seeds() -> Iterator[bytes]:
    """The block; each word of its header and of what follows once at odd values."""
    yield bytes(3)
    for at in range(0, 2400, 4):
        yield bytes(3) + edit(at, 2, (0, 1, 8, 0xffffffff, 0x80000000, 520)[at // 4 % 6])
    for end in (1, 24, 503, 504, 519, 520, 2000):
        yield bytes((0,)) + struct.pack("<H", end)


SEEDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "memmap_normalize": normalize_seeds,
    "memmap_edit": edit_seeds,
    "elf": elf_seeds,
    "config": config_seeds,
    "path": path_seeds,
    "devpath": devpath_seeds,
    "bootinfo": bootinfo_seeds,
}


def write(target: str, folder: Path) -> None:
    """The seeds of a target as files; a target may have none."""
    for number, data in enumerate(SEEDS.get(target, lambda: iter(()))()):
        (folder / f"seed-{number:03}").write_bytes(data)
