# SPDX-License-Identifier: MIT
"""What the kernel says of the machine's disks, and which of them may be written to.

Everything is read below a root folder: / for users, a folder that looks like it for the tests.
Invariant: `check` refuses before anything is opened for writing; a disk in use is refused whatever
the user says. What the files cannot tell (another mount namespace, ZFS) O_EXCL finds in write.py.
Spec: Linux Documentation/ABI/stable/sysfs-block, proc(5) on mountinfo and swaps.
"""
from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from . import GIB, SECTOR_BYTES, StickError, size_text

LARGEST_BYTES = 256 * GIB       # more is somebody's disk rather than a stick
SYSFS_SECTOR_BYTES = 512        # of /sys/block/*/size, whatever the disk's own sectors are
OPTICAL = "5"                   # SCSI device type
FAT_TYPES = ("vfat", "msdos")
BUSES = ((r"usb\d+", "usb"), (r"mmc\d+", "mmc"), (r"nvme\d+", "nvme"), (r"ata\d+", "ata"), (r"virtio\d+", "virtio"),
         (r"virtual", "virtual"))


@dataclass(frozen=True)
class Mount:
    number: str                 # major:minor of the file system, 0:N where it is no disk's
    point: str
    read_only: bool
    kind: str
    source: str


@dataclass(frozen=True)
class Disk:
    """A whole disk. `uses` is empty for one that nothing uses."""

    name: str
    number: str
    size_bytes: int
    sector_bytes: int
    removable: bool
    read_only: bool
    optical: bool
    bus: str
    model: str
    partitions: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    system: bool = False

    def describe(self) -> str:
        return ", ".join(word for word in (self.model, self.bus, size_text(self.size_bytes)) if word)


@dataclass(frozen=True)
class Allowed:
    """What the user said twice: `--allow-fixed` or `--allow-large`, and `--really`."""

    fixed: bool = False
    large: bool = False
    really: bool = False


@dataclass
class Block:
    """A disk or a partition in sysfs."""

    name: str
    number: str
    folder: Path
    disk: str
    uses: list[str] = field(default_factory=list)


def _text(path: Path) -> str:
    """A sysfs file's words without control characters, "" where there is none."""
    try:
        words = path.read_text("utf-8", "replace").split()
    except OSError:
        return ""
    return " ".join("".join(c for c in word if c.isprintable()) for word in words)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except OSError:
        return []


def unescape(word: str) -> str:
    """A word of mountinfo or swaps: blanks, tabs, line ends and backslashes stand there as \\ooo."""
    return os.fsdecode(re.sub(rb"\\([0-3][0-7]{2})", lambda match: bytes([int(match[1], 8)]), os.fsencode(word)))


class System:
    """The machine as its files below `root` tell of it."""

    def __init__(self, root: Path = Path("/")) -> None:
        self.root = root

    def number_of(self, status: os.stat_result) -> str | None:
        """major:minor of the block device that a stat shows; None when it is none."""
        if not stat.S_ISBLK(status.st_mode):
            return None
        return f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"

    def room(self, folder: Path) -> tuple[int, int]:
        """Free bytes of the file system, and the bytes of its smallest piece."""
        found = os.statvfs(folder)
        return found.f_bavail * found.f_frsize, found.f_frsize

    def mounts(self) -> list[Mount]:
        found = []
        for line in (self.root / "proc/self/mountinfo").read_text("utf-8", "surrogateescape").splitlines():
            head, _, tail = line.partition(" - ")
            fields, (kind, source, options) = head.split(), (tail.split(" ") + ["", "", ""])[:3]
            if len(fields) >= 6:
                read_only = "ro" in fields[5].split(",") or "ro" in options.split(",")
                found.append(Mount(fields[2], unescape(fields[4]), read_only, kind, unescape(source)))
        return found

    def mount_at(self, folder: Path) -> Mount | None:
        """What is mounted at exactly this folder; of several the last, which hides the others."""
        point = os.path.realpath(folder)
        return next((mount for mount in reversed(self.mounts()) if mount.point == point), None)

    def _blocks(self) -> dict[str, Block]:
        """Disks and partitions by name. A name's "!" stands for "/" below /dev."""
        found = {}
        for name in _names(self.root / "sys/block"):
            folder = self.root / "sys/block" / name
            found[name] = Block(name, _text(folder / "dev"), folder, name)
            for inner in _names(folder):
                if (folder / inner / "partition").is_file():
                    found[inner] = Block(inner, _text(folder / inner / "dev"), folder / inner, name)
        return found

    def _number_at(self, path: str) -> str | None:
        try:
            return self.number_of(os.stat(self.root / path.lstrip("/"))) if path.startswith("/") else None
        except OSError:
            return None

    def _note_uses(self, blocks: dict[str, Block], mounts: list[Mount]) -> None:
        by_number = {block.number: block for block in blocks.values()}
        for mount in mounts:
            # btrfs and overlays have numbers of their own; their source may still name a device.
            for number in dict.fromkeys((mount.number, self._number_at(mount.source))):
                if number in by_number:
                    by_number[number].uses.append(f"{by_number[number].name} is mounted at {mount.point}")
        for line in (self.root / "proc/swaps").read_text("utf-8", "surrogateescape").splitlines()[1:]:
            number = self._number_at(unescape(line.split()[0])) if line.split() else None
            if number in by_number:
                by_number[number].uses.append(f"{by_number[number].name} is swap space")
        for block in blocks.values():
            block.uses += [f"{block.name} belongs to {holder}" for holder in _names(block.folder / "holders")]

    def _disks_below(self, blocks: dict[str, Block], name: str, seen: set[str]) -> set[str]:
        """The disks that a device stands on: itself, or through device mapper and RAID."""
        if name in seen or name not in blocks:
            return set()
        seen.add(name)
        disk = blocks[name].disk
        found = {disk}
        for slave in _names(blocks[disk].folder / "slaves"):
            found |= self._disks_below(blocks, slave, seen)
        return found

    def _system_disks(self, blocks: dict[str, Block], mounts: list[Mount]) -> set[str]:
        found: set[str] = set()
        for mount in mounts:
            if mount.point == "/":
                numbers = (mount.number, self._number_at(mount.source))
                for block in [block for block in blocks.values() if block.number in numbers]:
                    found |= self._disks_below(blocks, block.name, set())
        return found

    def _disk(self, blocks: dict[str, Block], name: str, system: bool) -> Disk:
        folder = blocks[name].folder
        parts = [block for block in blocks.values() if block.disk == name]
        where = os.path.realpath(folder).split("/")
        bus = next((word for pattern, word in BUSES if any(re.fullmatch(pattern, part) for part in where)), "")
        model = " ".join(filter(None, (_text(folder / "device/vendor"),
                                       _text(folder / "device/model") or _text(folder / "device/name"))))
        return Disk(name=name.replace("!", "/"), number=blocks[name].number,
                    size_bytes=int(_text(folder / "size") or 0) * SYSFS_SECTOR_BYTES,
                    sector_bytes=int(_text(folder / "queue/logical_block_size") or SECTOR_BYTES),
                    removable=_text(folder / "removable") == "1", read_only=_text(folder / "ro") == "1",
                    optical=_text(folder / "device/type") == OPTICAL, bus=bus, model=model,
                    partitions=tuple(part.name for part in parts if part.name != name),
                    uses=tuple(use for part in parts for use in part.uses), system=system)

    def disks(self) -> list[Disk]:
        try:
            blocks, mounts = self._blocks(), self.mounts()
            self._note_uses(blocks, mounts)
        except OSError as error:
            raise StickError(1, error.filename, f"cannot be read, so nobody knows what is in use: {error.strerror}")
        system = self._system_disks(blocks, mounts)
        return [self._disk(blocks, name, name in system) for name in blocks if blocks[name].disk == name]

    def disk_of(self, number: str) -> tuple[Disk | None, str]:
        """The disk that has this number or a partition of this number; and which of them, by name."""
        for disk in self.disks():
            for name in (disk.name, *disk.partitions):
                folder = self.root / "sys/block" / disk.name.replace("/", "!")
                place = folder if name == disk.name else folder / name
                if _text(place / "dev") == number:
                    return disk, name
        return None, ""


def is_stick(disk: Disk) -> bool:
    """Worth listing: removable, or on a bus of sticks and cards (some of these say that they are fixed)."""
    return not disk.optical and disk.size_bytes > 0 and (disk.removable or disk.bus in ("usb", "mmc"))


def check(disk: Disk, allowed: Allowed) -> None:
    """Raises a StickError unless this disk may be erased."""
    if disk.system:
        raise StickError(3, disk.name, "this system runs from it")
    if disk.uses:
        raise StickError(4, disk.name, f"{'; '.join(disk.uses)}: unmount or release it first")
    if disk.optical or disk.size_bytes == 0:
        raise StickError(8, disk.name, "this is an optical drive" if disk.optical else "no medium in it")
    if disk.read_only:
        raise StickError(7, disk.name, "write-protected; some sticks and cards have a switch")
    if disk.sector_bytes != SECTOR_BYTES:
        raise StickError(8, disk.name, f"sectors of {disk.sector_bytes} bytes, and the image is made for "
                                       f"{SECTOR_BYTES}; format it as FAT and use --copy")
    check_kind(disk, allowed)
    if disk.size_bytes > LARGEST_BYTES and not (allowed.large and allowed.really):
        raise StickError(6, disk.name, f"{disk.describe()}: larger than {size_text(LARGEST_BYTES)}, hardly a stick; "
                                       "--allow-large and --really together allow it")


def check_kind(disk: Disk, allowed: Allowed) -> None:
    if not disk.removable and not (allowed.fixed and allowed.really):
        raise StickError(5, disk.name, f"{disk.describe() or 'unknown'}: not removable; "
                                       "--allow-fixed and --really together allow it")
