# SPDX-License-Identifier: MIT
"""A FAT volume as bytes: where everything lies, which clusters a file has, and its files whole.

A reader of its own, so that nothing here depends on the firmware or on mtools. Spec: Microsoft's FAT
File System Specification 1.03. Long names are skipped: the short one names a file, in capitals.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass

ENTRY_BYTES = 32
LONG_NAME, DIRECTORY, LABEL = 0x0f, 0x10, 0x08
MOST_ENTRIES = 4096


class FatError(Exception):
    """One phrase: why this is no volume."""


@dataclass(frozen=True)
class File:
    """A directory entry: where it stands in the image, and what it says."""

    path: str
    entry_at: int
    is_folder: bool
    first_cluster: int
    size_bytes: int


class Fat:
    """The volume that begins `start` bytes into an image."""

    def __init__(self, image: bytes | bytearray, start: int) -> None:
        boot = image[start:start + 512]
        sector, per_cluster, reserved, fats, roots, small, _, short_fat = struct.unpack_from("<HBHBHHBH", boot, 11)
        if sector != 512 or per_cluster == 0 or fats == 0 or boot[510:512] != b"\x55\xaa":
            raise FatError("no FAT volume")
        large, fat32 = struct.unpack_from("<II", boot, 32)
        self.image, self.start = image, start
        self.fat_bytes = (short_fat or fat32) * 512
        self.fat_at = start + reserved * 512
        self.fat_count = fats
        self.root_at = self.fat_at + fats * self.fat_bytes
        self.root_bytes = roots * ENTRY_BYTES
        self.data_at = self.root_at + (self.root_bytes + 511) // 512 * 512
        self.cluster_bytes = per_cluster * 512
        self.size_bytes = (small or large) * 512
        self.cluster_count = (start + self.size_bytes - self.data_at) // self.cluster_bytes
        self.bits = 12 if self.cluster_count < 4085 else 16 if self.cluster_count < 65525 else 32
        self.root_cluster = struct.unpack_from("<I", boot, 44)[0] if self.bits == 32 else 0

    # ---- clusters ----

    def place(self, cluster: int) -> int:
        """Where in the image a cluster's bytes begin."""
        return self.data_at + (cluster - 2) * self.cluster_bytes

    def entry_place(self, cluster: int, copy: int = 0) -> int:
        """Where in the image a FAT entry begins; of FAT12 it may be the middle of a byte."""
        return self.fat_at + copy * self.fat_bytes + cluster * self.bits // 8

    def next(self, cluster: int) -> int:
        at = self.entry_place(cluster)
        if self.bits == 12:
            return struct.unpack_from("<H", self.image, at)[0] >> cluster % 2 * 4 & 0xfff
        if self.bits == 16:
            return struct.unpack_from("<H", self.image, at)[0]
        return struct.unpack_from("<I", self.image, at)[0] & 0x0fffffff

    def entry_bytes(self, cluster: int, value: int) -> bytes:
        """What must stand at entry_place so that the entry has this value."""
        if self.bits == 12:
            old = struct.unpack_from("<H", self.image, self.entry_place(cluster))[0]
            kept = old & 0x000f if cluster % 2 else old & 0xf000
            return struct.pack("<H", kept | (value & 0xfff) << cluster % 2 * 4)
        return struct.pack("<H" if self.bits == 16 else "<I", value & ((1 << self.bits) - 1))

    def is_cluster(self, cluster: int) -> bool:
        return 2 <= cluster < self.cluster_count + 2

    def chain(self, first: int) -> list[int]:
        """The clusters of a file; ends where the chain does, leaves the volume, or comes back."""
        found: list[int] = []
        while self.is_cluster(first) and first not in found[-1:] and len(found) <= self.cluster_count:
            found.append(first)
            first = self.next(first)
        return found

    # ---- directories and files ----

    def entry_places(self, folder: int) -> list[int]:
        """Where the directory's entries stand; folder 0 is the root."""
        if folder == 0 and self.bits != 32:
            return list(range(self.root_at, self.root_at + self.root_bytes, ENTRY_BYTES))
        clusters = self.chain(folder or self.root_cluster)[:MOST_ENTRIES * ENTRY_BYTES // self.cluster_bytes]
        return [at for cluster in clusters
                for at in range(self.place(cluster), self.place(cluster) + self.cluster_bytes, ENTRY_BYTES)]

    def files(self, folder: int = 0, path: str = "", depth: int = 0) -> list[File]:
        """All files and folders below a directory."""
        found: list[File] = []
        for at in self.entry_places(folder):
            entry = bytes(self.image[at:at + ENTRY_BYTES])
            if len(entry) < ENTRY_BYTES or entry[0] == 0:
                break
            if entry[0] in (0xe5, ord(".")) or entry[11] & 0x3f == LONG_NAME or entry[11] & LABEL:
                continue
            name = entry[:8].decode("latin-1").rstrip() + "." + entry[8:11].decode("latin-1").rstrip()
            high, low, size = struct.unpack_from("<H4xHI", entry, 20)
            file = File(f"{path}/{name.rstrip('.')}", at, bool(entry[11] & DIRECTORY), high << 16 | low, size)
            found.append(file)
            if file.is_folder and depth < 8 and self.is_cluster(file.first_cluster):
                found += self.files(file.first_cluster, file.path, depth + 1)
        return found

    def find(self, path: str) -> File:
        for file in self.files():
            if file.path == path:
                return file
        raise FatError(f"no {path}")

    def read(self, file: File) -> bytes:
        """The bytes of a file; fewer than its size where the chain is too short."""
        chain = self.chain(file.first_cluster)
        whole = b"".join(bytes(self.image[self.place(c):self.place(c) + self.cluster_bytes]) for c in chain)
        return whole[:file.size_bytes]
