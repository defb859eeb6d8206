# SPDX-License-Identifier: MIT
"""Power cuts: what is on the disk at every moment of a boot.

A boot's writes are logged in order by QEMU (blklogwrites, the format of Linux's dm-log-writes); whatever
the power leaves of them is then played back on the image of before. A boot that logs nothing leaves the
image as it was at every moment. Some machines are killed in earnest, too, at moments by seed.
"""
from __future__ import annotations

import random
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "firmware/disks"))
from fat import Fat, FatError  # noqa: E402
from kept import KeptMachine  # noqa: E402

SECTOR = 512
LOG_MAGIC = 0x6a736677736872
FLUSH, DISCARD = 1, 4
SUBSETS = 20                    # of the writes between two flushes, by seed


@dataclass(frozen=True)
class Write:
    """Bytes to the disk, or a flush: everything before it is on the disk for good."""

    at: int
    data: bytes
    is_flush: bool


class LoggedMachine(KeptMachine):
    """A machine whose writes also go to `log`."""

    def __init__(self, options, disk: Path, variables: Path, log: Path) -> None:
        super().__init__(options, disk, variables)
        self._log = log

    def _start(self, command: list[str]) -> None:
        self._log.write_bytes(b"")
        plain = f"format=raw,snapshot=on,file={self._disk}"
        logged = (f"driver=blklogwrites,file.driver=raw,file.file.driver=file,file.file.filename={self._disk},"
                  f"log.driver=file,log.filename={self._log},log-sector-size={SECTOR},snapshot=on")
        super()._start([word.replace(plain, logged) for word in command])   # KeptMachine makes it snapshot=off


def read_log(log: Path) -> list[Write]:
    """The writes of a log; Linux, Documentation/admin-guide/device-mapper/log-writes.rst."""
    data = log.read_bytes()
    if len(data) < SECTOR:
        return []
    magic, version, _, sector_bytes = struct.unpack_from("<QQQI", data)
    if (magic, version, sector_bytes) != (LOG_MAGIC, 1, SECTOR):
        raise ValueError(f"{log}: no log of writes")
    found, at = [], SECTOR
    while at + SECTOR <= len(data):
        sector, count, flags, _ = struct.unpack_from("<QQQQ", data, at)
        if count == 0 and not flags:
            break
        size = 0 if flags & DISCARD else count * SECTOR
        found.append(Write(sector * SECTOR, data[at + SECTOR:at + SECTOR + size], bool(flags & FLUSH)))
        at += SECTOR + size
    return found


def put(image: bytearray, write: Write, size_bytes: int | None = None) -> None:
    data = write.data[:size_bytes]
    image[write.at:write.at + len(data)] = data


def moments(before: bytes, writes: list[Write]) -> Iterator[tuple[str, bytearray]]:
    """Images that a power cut may leave: after each sector in order, and with some of the writes lost that no
    flush had ordered yet."""
    image, flushed, pending = bytearray(before), bytearray(before), []
    rng = random.Random(1)
    for number, write in enumerate([*writes, Write(0, b"", True)]):
        for size_bytes in range(SECTOR, len(write.data), SECTOR):
            put(image, write, size_bytes)
            yield f"write {number} torn at {size_bytes}", image
        put(image, write)
        yield f"after write {number}", image
        pending.append(write)
        if write.is_flush:
            for some in subsets(flushed, pending, rng):
                yield f"without some writes before {number}", some
            flushed, pending = bytearray(image), []


def subsets(flushed: bytearray, pending: list[Write], rng: random.Random) -> Iterator[bytearray]:
    for _ in range(SUBSETS if len(pending) > 2 else 0):     # the last is the flush
        some = bytearray(flushed)
        for write in pending:
            if rng.random() < 0.5:
                put(some, write)
        yield some


class Intact:
    """The files of a volume, to be found again whole."""

    def __init__(self, image: bytes, start: int) -> None:
        fat = Fat(image, start)
        self._start = start
        self._files = {file.path: (file, fat.read(file), fat.chain(file.first_cluster)) for file in fat.files()}

    def fault(self, image: bytearray) -> str:
        """"", or which file is not as it was, or shares a cluster with a new one."""
        try:
            fat = Fat(image, self._start)
        except FatError as error:
            return str(error)
        now = {file.path: file for file in fat.files()}
        owned = {cluster for file, _, chain in self._files.values() if not file.is_folder for cluster in chain}
        for path, (file, data, _) in self._files.items():
            if path not in now:
                return f"{path} is gone"
            if not file.is_folder and (now[path].size_bytes != file.size_bytes or fat.read(now[path]) != data):
                return f"{path} has changed"
        for path, file in now.items():
            if path not in self._files and owned & set(fat.chain(file.first_cluster)):
                return f"{path} has a cluster of another file"
        return ""
