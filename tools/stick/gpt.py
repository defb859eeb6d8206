# SPDX-License-Identifier: MIT
"""Fits an image's GPT to a larger target: the second copy belongs at the end of the device.

Firmware and partition tools complain of, or "repair", a table whose second copy lies where the image
ended. Changes header fields alone, never a partition. An image without GPT is left as it is.
Spec: UEFI 2.10, 5.2.3 (protective MBR), 5.3.2 (header), 5.3.3 (entries).
"""
from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, replace
from typing import Callable

from . import MIB, SECTOR_BYTES, StickError

HEADER = struct.Struct("<8s4sIIIQQQQ16sQIII")
SIGNATURE = b"EFI PART"
MBR_TYPE_GPT = 0xEE
MBR_ENTRIES = range(446, 510, 16)
ENTRY_RANGE = struct.Struct("<32xQQ")   # first and last LBA of an entry, behind two GUIDs
LARGEST_TABLE_BYTES = MIB


@dataclass(frozen=True)
class Header:
    signature: bytes
    revision: bytes
    size: int
    crc: int
    reserved: int
    my_lba: int
    alternate_lba: int
    first_usable_lba: int
    last_usable_lba: int
    disk_guid: bytes
    entries_lba: int
    entry_count: int
    entry_bytes: int
    entries_crc: int

    def table_bytes(self) -> int:
        return self.entry_count * self.entry_bytes

    def table_sectors(self) -> int:
        return -(-self.table_bytes() // SECTOR_BYTES)

    def sector(self) -> bytes:
        """The header with its checksum, filled up to a sector."""
        def pack(crc: int) -> bytes:
            return HEADER.pack(*(replace(self, crc=crc).__dict__.values()))
        return pack(zlib.crc32(pack(0))).ljust(SECTOR_BYTES, b"\0")


def read_header(sector: bytes, name: object) -> Header | None:
    """None when there is no GPT; a StickError when there is one and it is broken."""
    if sector[:8] != SIGNATURE:
        return None
    header = Header(*HEADER.unpack_from(sector))
    if header.size != HEADER.size or header.sector()[:HEADER.size] != sector[:HEADER.size]:
        raise StickError(9, name, "its GPT header is broken")
    if header.entry_bytes < 128 or header.table_bytes() > LARGEST_TABLE_BYTES:
        raise StickError(9, name, "its GPT has entries of a strange size")
    return header


def _last_used_lba(table: bytes, entry_bytes: int) -> int:
    last = 0
    for at in range(0, len(table), entry_bytes):
        if table[at:at + 16] != bytes(16):
            last = max(last, ENTRY_RANGE.unpack_from(table, at)[1])
    return last


def _protective_mbr(sector: bytes, target_sectors: int) -> bytes:
    out = bytearray(sector)
    for at in MBR_ENTRIES:
        first = struct.unpack_from("<I", out, at + 8)[0]
        if out[at + 4] == MBR_TYPE_GPT and first == 1:
            struct.pack_into("<I", out, at + 12, min(target_sectors - 1, 0xFFFFFFFF))
    return bytes(out)


def fit(read: Callable[[int, int], bytes], image_bytes: int, target_bytes: int, name: object) -> dict[int, bytes]:
    """What must stand elsewhere than in the image, by offset; {} when image and target are equally large.

    `read(offset, length)` reads the image. Drawing, in sectors:
        image  | MBR | header | table | partitions ... | table' | header' |
        target | MBR | header | table | partitions ... | zeros            | ... | table' | header' |
    """
    header = read_header(read(SECTOR_BYTES, SECTOR_BYTES), name)
    if header is None or image_bytes == target_bytes:
        return {}
    table = read(header.entries_lba * SECTOR_BYTES, header.table_bytes())
    sectors = target_bytes // SECTOR_BYTES
    table_lba = sectors - 1 - header.table_sectors()
    if len(table) != header.table_bytes() or zlib.crc32(table) != header.entries_crc:
        raise StickError(9, name, "its GPT's table is broken")
    if _last_used_lba(table, header.entry_bytes) >= table_lba:
        raise StickError(9, name, "a partition of it reaches into the end of the device")
    first = replace(header, alternate_lba=sectors - 1, last_usable_lba=table_lba - 1)
    second = replace(first, my_lba=sectors - 1, alternate_lba=1, entries_lba=table_lba)
    patches = {0: _protective_mbr(read(0, SECTOR_BYTES), sectors), SECTOR_BYTES: first.sector()}
    patches.update(_old_copy_blanked(read, header, image_bytes))
    patches[table_lba * SECTOR_BYTES] = table.ljust(header.table_sectors() * SECTOR_BYTES, b"\0")
    patches[(sectors - 1) * SECTOR_BYTES] = second.sector()
    return patches


def _old_copy_blanked(read: Callable[[int, int], bytes], header: Header, image_bytes: int) -> dict[int, bytes]:
    """Zeros over the image's own second copy, where that is whole; anything else stays as it is."""
    at = header.alternate_lba * SECTOR_BYTES
    sector = read(at, SECTOR_BYTES) if at < image_bytes else b""
    if sector[:8] != SIGNATURE:
        return {}
    old = Header(*HEADER.unpack_from(sector))
    blank = {at: bytes(SECTOR_BYTES)}
    if header.last_usable_lba < old.entries_lba < header.alternate_lba and old.table_bytes() == header.table_bytes():
        blank[old.entries_lba * SECTOR_BYTES] = bytes(old.table_sectors() * SECTOR_BYTES)
    return blank
