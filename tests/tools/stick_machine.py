# SPDX-License-Identifier: MIT
"""A machine for the tests of groma-usb: folders that look like /sys, /proc and /dev, with files as disks.

groma-usb reads them as it reads the real ones; only which files are block devices, and how much room a
file system has, is answered here. Also an independent reader of GPTs, and sfdisk as another.
"""
from __future__ import annotations

import binascii
import contextlib
import io
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))
import image  # noqa: E402
from stick import command, devices  # noqa: E402

MIB = 1 << 20
IMAGE_MIB = 6
STICK_BYTES = 16 * MIB


class Failed(Exception):
    pass


def equal(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise Failed(f"{what}: {got!r}, expected {expected!r}")


class FakeSystem(devices.System):
    """`root`/dev/NAME is the block device that sysfs gives that name."""

    free_bytes = 64 * MIB

    def number_of(self, status: os.stat_result) -> str | None:
        for file in (self.root / "dev").iterdir():
            if os.path.samestat(os.stat(file), status):
                found = [*self.root.glob(f"sys/block/{file.name}/dev"), *self.root.glob(f"sys/block/*/{file.name}/dev")]
                return found[0].read_text().strip()
        return None

    def room(self, folder: Path) -> tuple[int, int]:
        return self.free_bytes, 4096


SYSTEM: FakeSystem              # the machine of the test that runs

# name, folder below sys/devices, major:minor, and what differs from a free stick of 16 MiB
DISKS = (
    ("sda", "pci0/ata1/host0", "8:0", {"removable": 0, "parts": 2}),
    ("dm-0", "virtual", "253:0", {"removable": 0}),
    ("sdb", "pci0/usb1/1-1/host1", "8:16", {"parts": 1, "model": "Ultra  Fit", "vendor": "SanDisk ", "sector": 512,
                                         "type": 0}),
    ("sdc", "pci0/usb1/1-2/host2", "8:32", {"parts": 1}),
    ("sdd", "pci0/usb1/1-3/host3", "8:48", {"parts": 1}),
    ("sde", "pci0/usb1/1-4/host4", "8:64", {"parts": 1}),
    ("sdf", "pci0/usb1/1-5/host5", "8:80", {"removable": 0}),
    ("sdg", "pci0/usb1/1-6/host6", "8:96", {"size": 300 << 30}),
    ("sdh", "pci0/usb1/1-7/host7", "8:112", {"ro": 1}),
    ("sdi", "pci0/usb1/1-8/host8", "8:128", {"sector": 4096}),
    ("sdj", "pci0/usb1/1-9/host9", "8:144", {"size": 0}),
    ("sdk", "pci0/usb1/1-10/host10", "8:160", {"size": 2 * MIB}),
    ("sdl", "pci0/usb1/1-11/host11", "8:176", {"parts": 1}),
    ("sdm", "pci0/usb1/1-12/host12", "8:192", {"parts": 2}),
    ("sdn", "pci0/usb1/1-13/host13", "8:208", {"size": 256 << 30}),
    ("sdo", "pci0/usb1/1-14/host14", "8:224", {}),
    ("sr0", "pci0/ata2/host15", "11:0", {"type": 5}),
    ("mmcblk0", "pci0/mmc0", "179:0", {"removable": 0}),
    ("vdb", "pci0/virtio1", "254:16", {"removable": 0}),
)
MOUNTS = """\
20 1 253:0 / / rw,relatime - ext4 /dev/mapper/vg-root rw
21 20 8:1 / /boot/efi rw,relatime shared:5 master:1 - vfat /dev/sda1 rw
22 20 8:33 / /media/my\\040stick rw - vfat /dev/sdc1 rw
23 20 0:40 /home /home rw - btrfs /dev/sdl1 rw,subvol=/home
24 20 0:41 / /proc rw - proc proc rw
28 20 8:194 / {copy} ro - ext4 /dev/sdm2 ro
25 20 8:193 / {copy} rw - vfat /dev/sdm1 rw
26 20 8:194 / {ext4} rw - ext4 /dev/sdm2 rw
27 20 8:193 / {readonly} rw - vfat /dev/sdm1 ro,fmask=0022
28 20 8:1 / {fixed} rw - vfat /dev/sda1 rw
29 20 7:9 / {unknown} rw - vfat /dev/loop9 rw
"""
SWAPS = "Filename\tType\tSize\tUsed\tPriority\n/dev/sdd1 partition 1024 0 -2\n"
COPY_PLACES = ("copy", "ext4", "readonly", "fixed", "unknown")


def _write(path: Path, text: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def _make_disk(root: Path, name: str, where: str, number: str, what: dict) -> None:
    folder = root / "sys/devices" / where / "block" / name
    size = what.get("size", STICK_BYTES)
    for file, value in (("dev", number), ("size", size // 512), ("removable", what.get("removable", 1)),
                        ("ro", what.get("ro", 0)), ("device/model", what.get("model", "Stick"))):
        _write(folder / file, value)
    for file, key in (("queue/logical_block_size", "sector"), ("device/vendor", "vendor"), ("device/type", "type")):
        if key in what:                             # few files: making and removing them takes most of the time
            _write(folder / file, what[key])
    major, minor = number.split(":")
    for part in range(1, what.get("parts", 0) + 1):
        _write(folder / f"{name}{part}" / "partition", part)
        _write(folder / f"{name}{part}" / "dev", f"{major}:{int(minor) + part}")
        (root / "dev" / f"{name}{part}").touch()
    (root / "sys/block" / name).symlink_to(os.path.relpath(folder, root / "sys/block"))
    with open(root / "dev" / name, "wb") as disk:
        disk.truncate(size)


def make_machine(root: Path) -> FakeSystem:
    (root / "dev").mkdir(parents=True)
    (root / "sys/block").mkdir(parents=True)
    for disk in DISKS:
        _make_disk(root, *disk)
    for holder, place in (("dm-0", "sda/sda2/holders"), ("md0", "sde/sde1/holders"), ("sda2", "dm-0/slaves")):
        _write(root / "sys/block" / place / holder / "dev", "0:0")
    places = {name: root / name for name in COPY_PLACES}
    for place in places.values():
        place.mkdir()
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(MOUNTS.format(**places))
    (root / "proc/swaps").write_text(SWAPS)
    return FakeSystem(root)


def make_tree(esp: Path, size: int = 100_000) -> Path:
    """What lies on a stick, with the two strings by which groma-usb knows its own programs."""
    for name, mark in (("EFI/BOOT/BOOTX64.EFI", b"groma,1,Groma,groma,9"), ("kernel.elf", b"Groma kernel, started by ")):
        (esp / name).parent.mkdir(parents=True, exist_ok=True)
        (esp / name).write_bytes(mark + bytes(index * 7 % 251 for index in range(size)))
    (esp / "groma.conf").write_text("kernel = /kernel.elf\n")
    return esp


class Ran:
    """One run of the command on the machine, inside this process."""

    def __init__(self, system: FakeSystem, *words: object, stdin: object = None) -> None:
        out, err = io.StringIO(), io.StringIO()
        kept, sys.stdin = sys.stdin, stdin or io.StringIO("")
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                self.status = command.main([str(word) for word in words], system)
        finally:
            sys.stdin = kept
        self.words, self.out, self.err = words, out.getvalue(), err.getvalue()

    def good(self) -> Ran:
        if self.status != 0 or self.err:
            raise Failed(f"{self.words}: status {self.status}: {self.err.strip()}")
        return self

    def refused(self, number: int, about: str = "", status: int = 2) -> Ran:
        """One line with this id, that names `about`, and nothing else."""
        pattern = rf"groma-usb: E-STICK-{number:02} [^\n]*{re.escape(about)}[^\n]*\n"
        if self.status != status or self.out or not re.fullmatch(pattern, self.err):
            raise Failed(f"{self.words}: status {self.status}, stderr {self.err!r}, stdout {self.out!r}; "
                         f"expected status {status} and E-STICK-{number:02} about {about!r}")
        return self


def snapshot(*roots: Path) -> dict:
    """Times, sizes and blocks of every file: what a refusal must leave as it was."""
    found = {}
    for path in (path for root in roots for path in root.rglob("*")):
        status = path.lstat()
        found[path] = (status.st_mtime_ns, status.st_size, status.st_blocks)
    return found


# ---- judges of a partition table ---------------------------------------------------------------------

def _gpt_header(file, lba: int) -> tuple:
    file.seek(512 * lba)
    sector = file.read(512)
    equal(f"signature at LBA {lba}", sector[:8], b"EFI PART")
    size, crc = struct.unpack_from("<II", sector, 12)
    blank = sector[:16] + bytes(4) + sector[20:size]
    equal(f"header checksum at LBA {lba}", crc, binascii.crc32(blank))
    return (*struct.unpack_from("<QQQQ", sector, 24), *struct.unpack_from("<QIII", sector, 72), sector[56:72])


def check_gpt(path: Path) -> None:
    """Both copies are whole, mirror each other, stand at the two ends, and sfdisk is content."""
    sectors = path.stat().st_size // 512
    with open(path, "rb") as file:
        first, second = _gpt_header(file, 1), _gpt_header(file, sectors - 1)
        equal("first copy's places", first[:2], (1, sectors - 1))
        equal("second copy's places", second[:2], (sectors - 1, 1))
        equal("the rest of both", (first[2:4], first[5:]), (second[2:4], second[5:]))
        table_sectors = -(-first[5] * first[6] // 512)
        equal("last usable", first[3], sectors - 2 - table_sectors)
        equal("second table", second[4], sectors - 1 - table_sectors)
        for header in (first, second):
            file.seek(512 * header[4])
            equal("table checksum", binascii.crc32(file.read(header[5] * header[6])), header[7])
        file.seek(446)
        equal("protective MBR", struct.unpack("<4xB3xII", file.read(16)), (0xEE, 1, min(sectors - 1, 0xFFFFFFFF)))
    said = sfdisk(path)
    if "No errors detected." not in said:
        raise Failed(f"sfdisk: {said}")


def sfdisk(path: Path) -> str:
    return subprocess.run([image.find_tool("sfdisk"), "--verify", str(path)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
