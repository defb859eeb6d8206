# SPDX-License-Identifier: MIT
"""Disks of the target test: valid ones in every form, and ones damaged by seed.

A disk is a base image (sparse: its first megabytes and its last) and patches. `damaged(base, seed)` always
gives the same patches; DAMAGE names the kinds, one after the other by seed.
"""
from __future__ import annotations

import random
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from fat import Fat, File

HEAD_BYTES = 4 << 20
TAIL_BYTES = 64 << 10
EXTENT_BYTES = 4096
KERNEL = "/KERNEL.ELF"
ODD_WORDS = (0, 1, 2, 0x7fff, 0x8000, 0xfff7, 0xffff)


class Base:
    """A disk image, of which only the first and last bytes are anything."""

    def __init__(self, name: str, path: Path, start: int) -> None:
        self.name, self.size_bytes = name, path.stat().st_size
        with open(path, "rb") as file:
            self.head = file.read(HEAD_BYTES)
            file.seek(max(self.size_bytes - TAIL_BYTES, HEAD_BYTES))
            self.tail = file.read()
        self.start = start
        self.fat = Fat(self.head, start)
        self.kernel = self.fat.find(KERNEL)
        self.config = next(file for file in self.fat.files() if file.path.endswith(".CON"))

    def used(self) -> list[int]:
        """Clusters of files, folders and the root."""
        chains = [self.fat.chain(file.first_cluster) for file in self.fat.files()]
        return [cluster for chain in (*chains, self.fat.chain(self.fat.root_cluster)) for cluster in chain]

    def extents(self) -> list[tuple[int, bytes]]:
        """What is not zero, in pieces."""
        found = []
        for data, first in ((self.head, 0), (self.tail, self.size_bytes - len(self.tail))):
            for at in range(0, len(data), EXTENT_BYTES):
                piece = data[at:at + EXTENT_BYTES]
                if piece.strip(b"\0"):
                    found.append((first + at, piece))
        return found


@dataclass
class Disk:
    """A base and what lies over it."""

    base: Base
    rng: random.Random
    patches: list[tuple[int, bytes]] = field(default_factory=list)
    harmless: bool = False

    def put(self, at: int, data: bytes) -> None:
        self.patches.append((at, data))

    def noise(self, at: int, size_bytes: int) -> None:
        self.put(at, self.rng.randbytes(size_bytes))

    def link(self, cluster: int, value: int, copies: int = 2) -> None:
        """Sets a FAT entry in all copies, or the first only."""
        for copy in range(min(copies, self.base.fat.fat_count)):
            self.put(self.base.fat.entry_place(cluster, copy), self.base.fat.entry_bytes(cluster, value))

    def file(self) -> File:
        """Kernel, config, or any other file or folder."""
        some = [self.base.kernel] * 4 + [self.base.config] + self.base.fat.files()
        return self.rng.choice(some)

    def chain(self, file: File | None = None) -> list[int]:
        return self.base.fat.chain((file or self.file()).first_cluster)


# ---- kinds of damage ------------------------------------------------------------------------------

def fat_entries(disk: Disk) -> None:
    """Random values in random entries that are in use."""
    used = disk.base.used()
    for _ in range(disk.rng.randint(1, 8)):
        value = disk.rng.choice((disk.rng.getrandbits(disk.base.fat.bits), disk.rng.choice(used)))
        disk.link(disk.rng.choice(used), value, disk.rng.choice((1, 2)))


def fat_loop(disk: Disk) -> None:
    chain = disk.chain()
    at = disk.rng.randrange(len(chain))
    disk.link(chain[at], chain[disk.rng.randint(0, at)])


def fat_cross(disk: Disk) -> None:
    disk.link(disk.rng.choice(disk.chain()), disk.rng.choice(disk.chain()))


def fat_cut(disk: Disk) -> None:
    fat = disk.base.fat
    top = (1 << min(fat.bits, 28)) - 1
    value = disk.rng.choice((0, 1, top, top - 8, top - 16, fat.cluster_count + 2, fat.cluster_count + 100))
    disk.link(disk.rng.choice(disk.chain()), value)


def root_loop(disk: Disk) -> None:
    """A directory that never ends: the root where it is a chain, else the first folder."""
    fat = disk.base.fat
    folder = fat.root_cluster or next(file for file in fat.files() if file.is_folder).first_cluster
    for at in fat.entry_places(folder)[:fat.cluster_bytes // 32]:
        if fat.image[at] == 0:
            disk.put(at, b"\xe5" + bytes(31))       # deleted, so that nothing says where it ends
    disk.link(fat.chain(folder)[-1], folder)


def entry_noise(disk: Disk) -> None:
    for _ in range(disk.rng.randint(1, 4)):
        disk.noise(disk.file().entry_at + disk.rng.randrange(32), 1)


def entry_fields(disk: Disk) -> None:
    file = disk.rng.choice((disk.base.kernel, disk.base.kernel, disk.base.config))
    what = disk.rng.randrange(6)
    size = disk.rng.choice((0, 1, 63, 64, file.size_bytes - 1, file.size_bytes + 1, file.size_bytes // 2,
                            file.size_bytes + disk.base.fat.cluster_bytes, 1 << 31, 0xffffffff))
    if what <= 2:
        disk.put(file.entry_at + 28, struct.pack("<I", size))
    elif what == 3:
        disk.put(file.entry_at + 26, struct.pack("<H", disk.rng.choice(ODD_WORDS)))
    elif what == 4:
        disk.put(file.entry_at + 20, struct.pack("<H", disk.rng.choice(ODD_WORDS)))
    else:
        disk.put(file.entry_at + 11, bytes((disk.rng.choice((0x08, 0x0f, 0x10, 0x16, 0x3f, 0xff)),)))


def long_names(disk: Disk) -> None:
    """The long name before the config's entry: order, checksum, text."""
    for _ in range(disk.rng.randint(1, 3)):
        disk.noise(disk.base.config.entry_at - 32 + disk.rng.choice((0, 11, 13, *range(1, 11))), 1)


def boot_noise(disk: Disk) -> None:
    for _ in range(disk.rng.randint(1, 3)):
        disk.noise(disk.base.start + disk.rng.randrange(11, 90), 1)


def boot_fields(disk: Disk) -> None:
    at, size_bytes, values = disk.rng.choice((
        (11, 2, (0, 1, 511, 1024, 4096, 0xffff)), (13, 1, (0, 3, 128, 255)), (14, 2, (0, 1, 0xffff)),
        (16, 1, (0, 1, 3, 255)), (17, 2, (0, 1, 16, 0xffff)), (19, 2, (0, 1, 0xffff)), (22, 2, (0, 1, 0xffff)),
        (32, 4, (0, 1, 0xffffffff)), (36, 4, (0, 1, 0xffffffff)), (44, 4, (0, 1, 3, 0xfffffff)), (510, 2, (0, 0x55aa))))
    disk.put(disk.base.start + at, disk.rng.choice(values).to_bytes(size_bytes, "little"))


def data_noise(disk: Disk) -> None:
    """Bytes of the kernel and the config: only the files' own checks can tell."""
    file = disk.rng.choice((disk.base.kernel, disk.base.kernel, disk.base.config))
    place = disk.base.fat.place(file.first_cluster)
    near = min(file.size_bytes, disk.rng.choice((64, 512, 4096)))
    for _ in range(disk.rng.randint(1, 6)):
        disk.noise(place + disk.rng.randrange(near), 1)


def whole_sector(disk: Disk) -> None:
    """A sector of the FAT, the root or the files gone: noise, zeros, ones, another sector."""
    fat = disk.base.fat
    places = (disk.base.start, fat.fat_at, fat.entry_place(disk.base.kernel.first_cluster) // 512 * 512,
              disk.base.kernel.entry_at // 512 * 512, fat.place(disk.base.kernel.first_cluster),
              fat.place(disk.rng.choice(disk.chain())))
    at = disk.rng.choice(places)
    other = disk.rng.choice(places)
    disk.put(at, disk.rng.choice((disk.rng.randbytes(512), bytes(512), b"\xff" * 512,
                                  disk.base.head[other:other + 512])))


def partition_table(disk: Disk) -> None:
    for _ in range(disk.rng.randint(1, 4)):
        first, end = disk.rng.choice(((446, 512), (512, 604), (1024, 1152)))    # MBR, GPT header, first entry
        disk.noise(disk.rng.randrange(first, end), 1)


def harmless(disk: Disk) -> None:
    """The second FAT, clusters that nobody has, other files: the boot must not notice."""
    fat = disk.base.fat
    used = set(disk.base.used())
    free = [c for c in range(2, min(fat.cluster_count, 600)) if c not in used]
    disk.noise(fat.entry_place(2, 1), 200)
    disk.noise(fat.place(disk.rng.choice(free)), 512)
    disk.noise(fat.place(fat.find("/EFI/BOOT/BOOTX64.EFI").first_cluster), 4096)
    disk.harmless = True


DAMAGE: tuple[Callable[[Disk], None], ...] = (
    fat_entries, fat_loop, fat_cross, fat_cut, root_loop, entry_noise, entry_fields, long_names, boot_noise,
    boot_fields, data_noise, whole_sector, partition_table, harmless, entry_fields, fat_cut)


def damaged(bases: list[Base], seed: int) -> tuple[str, Disk]:
    """The disk of a seed, and its name."""
    kind = DAMAGE[seed % len(DAMAGE)]
    base = bases[seed // len(DAMAGE) % len(bases)]
    disk = Disk(base, random.Random(seed))
    kind(disk)
    return f"{seed}-{kind.__name__}-{base.name}", disk


def cut_at(base: Base, index: int) -> Disk:
    """The kernel's chain ends behind so many clusters; its size says otherwise."""
    disk = Disk(base, random.Random(index))
    disk.link(disk.chain(base.kernel)[index], 0)
    return disk


def scattered(base: Base, seed: int) -> Disk:
    """The kernel's clusters in any order all over the volume: nothing is wrong with that."""
    disk, fat = Disk(base, random.Random(seed)), base.fat
    used = set(base.used())
    last = min(fat.cluster_count, (HEAD_BYTES - fat.data_at) // fat.cluster_bytes)
    old = fat.chain(base.kernel.first_cluster)
    new = disk.rng.sample([c for c in range(2, last) if c not in used], len(old))
    for number, cluster in enumerate(new):
        disk.put(fat.place(cluster), base.head[fat.place(old[number]):fat.place(old[number]) + fat.cluster_bytes])
    disk.patches += fat_patches(base, dict(zip(new, new[1:] + [(1 << min(fat.bits, 28)) - 1])))
    disk.put(base.kernel.entry_at + 26, struct.pack("<H", new[0] & 0xffff))
    disk.put(base.kernel.entry_at + 20, struct.pack("<H", new[0] >> 16))
    disk.harmless = True
    return disk


def fat_patches(base: Base, links: dict[int, int]) -> list[tuple[int, bytes]]:
    """Both FATs with these entries; made on a copy, because entries of FAT12 share bytes."""
    head = bytearray(base.head)
    copy = Fat(head, base.start)
    for cluster, value in links.items():
        place = copy.entry_place(cluster)
        data = copy.entry_bytes(cluster, value)
        head[place:place + len(data)] = data
    first = head[copy.fat_at:copy.fat_at + min(copy.fat_bytes, 64 << 10)]
    return [(copy.fat_at + number * copy.fat_bytes, bytes(first)) for number in range(copy.fat_count)]
