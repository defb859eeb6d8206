# SPDX-License-Identifier: MIT
"""Writes an image to a device or a new file, and reads it back.

Order on a device: the first MiB is emptied, then everything else is written, the first MiB comes last.
A stick that was pulled out in between has no partition table, rather than half a system that boots.
Each step reaches the medium before the next begins. Errors after the first byte say that the stick is
incomplete. Spec: open(2) on O_EXCL for block devices and O_DIRECT, posix_fadvise(2).
"""
from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import mmap
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator, TextIO

from . import MIB, SECTOR_BYTES, Interrupted, StickError, gpt, size_text
from .progress import Progress

PIECE_BYTES = MIB
SYNC_BYTES = 8 * MIB            # the bar then shows what the medium has, not what memory has
BOOT_SIGNATURE = b"\x55\xaa"    # of every boot sector and partition table
BLKRRPART = 0x125F              # <linux/fs.h>: read the partition table again


@dataclass(frozen=True)
class Report:
    written_bytes: int
    write_seconds: float
    read_seconds: float
    past_cache: bool            # False where the target cannot be read without the page cache
    moved_gpt: bool


class Image:
    """An image as it must stand on a target of `target_bytes`; zeros behind its own end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = open(path, "rb")
        except OSError as error:
            hint = "; make usb builds it" if error.errno == errno.ENOENT else ""
            raise StickError(9, path, f"cannot be opened: {error.strerror}{hint}")
        self.size_bytes = os.fstat(self._file.fileno()).st_size
        self._patches: dict[int, bytes] = {}
        if self.size_bytes % SECTOR_BYTES or self.size_bytes < 2 * SECTOR_BYTES:
            raise StickError(9, path, f"{self.size_bytes} bytes are no whole number of sectors: no disk image")
        if self._raw(SECTOR_BYTES - 2, 2) != BOOT_SIGNATURE:
            raise StickError(9, path, "no disk image: neither a partition table nor a boot sector")

    def _raw(self, offset: int, length: int) -> bytes:
        try:
            return os.pread(self._file.fileno(), length, offset)
        except OSError as error:
            raise StickError(9, self.path, f"cannot be read: {error.strerror}")

    def fit(self, target_bytes: int) -> bool:
        """Lays it out for a target of this size; True when its GPT had to move."""
        if target_bytes < self.size_bytes:
            raise StickError(10, self.path, f"{size_text(self.size_bytes)} ({self.size_bytes} bytes) do not fit into "
                                            f"{size_text(target_bytes)} ({target_bytes} bytes)")
        self._patches = gpt.fit(self._raw, self.size_bytes, target_bytes, self.path)
        return bool(self._patches)

    def read(self, offset: int, length: int) -> bytes:
        wanted = max(min(length, self.size_bytes - offset), 0)
        data = self._raw(offset, wanted)
        if len(data) != wanted:
            raise StickError(9, self.path, "became shorter while it was read")
        out = bytearray(data.ljust(length, b"\0"))
        for at, patch in self._patches.items():
            first, end = max(at, offset), min(at + len(patch), offset + length)
            if first < end:
                out[first - offset:end - offset] = patch[first - at:end - at]
        return bytes(out)

    def is_file(self, status: os.stat_result) -> bool:
        return os.path.samestat(status, os.fstat(self._file.fileno()))


def pieces(image_bytes: int, target_bytes: int) -> list[tuple[int, int]]:
    """(offset, length) in the order of writing: the target's last MiB, the image's rest, the first MiB."""
    found = [(at, min(PIECE_BYTES, image_bytes - at)) for at in range(0, image_bytes, PIECE_BYTES)]
    tail = max(image_bytes, target_bytes - PIECE_BYTES)
    return ([(tail, target_bytes - tail)] if tail < target_bytes else []) + found[1:] + found[:1]


def write_all(fd: int, offset: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, offset)
        if count <= 0:
            raise OSError(errno.EIO, "the device took nothing more")
        view, offset = view[count:], offset + count


@dataclass
class Writer:
    """One run over an open target. `digests` hold what was written, so that the image may change meanwhile."""

    fd: int
    image: Image
    target_bytes: int
    stream: TextIO
    quiet: bool
    sparse: bool = False        # a fresh file: zeros are there already
    past_cache: bool = True
    digests: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def write(self) -> float:
        plan = pieces(self.image.size_bytes, self.target_bytes)
        progress = Progress("writing", sum(length for _, length in plan), self.stream, self.quiet)
        done = since_sync = 0
        try:
            if not self.sparse:
                write_all(self.fd, 0, bytes(plan[-1][1]))
            os.fsync(self.fd)
            for offset, length in plan:
                if (offset, length) == plan[-1] or since_sync >= SYNC_BYTES:
                    os.fsync(self.fd)
                    since_sync = 0
                self._put(offset, length)
                done, since_sync = done + length, since_sync + length
                progress.update(done)
            os.fsync(self.fd)
        finally:
            progress.finish()
        return progress.seconds()

    def _put(self, offset: int, length: int) -> None:
        data = self.image.read(offset, length)
        self.digests[offset, length] = hashlib.blake2b(data).digest()
        if not self.sparse or any(data):
            write_all(self.fd, offset, data)

    def verify(self, name: object) -> float:
        progress = Progress("reading back", sum(length for _, length in self.digests), self.stream, self.quiet)
        done = 0
        self._leave_cache()
        try:
            with contextlib.closing(mmap.mmap(-1, PIECE_BYTES)) as buffer:     # page-aligned, as O_DIRECT wants it
                for (offset, length), digest in sorted(self.digests.items()):
                    if hashlib.blake2b(self._get(buffer, offset, length)).digest() != digest:
                        raise StickError(13, name, f"reads back differently between bytes {offset} and "
                                                   f"{offset + length}: the stick is bad or was changed meanwhile")
                    done += length
                    progress.update(done)
        finally:
            progress.finish()
        return progress.seconds()

    def _leave_cache(self) -> None:
        """Later reads come from the medium: what is cached is dropped, and O_DIRECT where it is known."""
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)
        try:
            fcntl.fcntl(self.fd, fcntl.F_SETFL, fcntl.fcntl(self.fd, fcntl.F_GETFL) | os.O_DIRECT)
        except OSError:
            self.past_cache = False

    def _get(self, buffer: mmap.mmap, offset: int, length: int) -> bytes:
        got = 0
        while got < length:
            try:
                with memoryview(buffer) as whole, whole[got:length] as part:
                    count = os.preadv(self.fd, [part], offset + got)
            except OSError as error:
                if error.errno != errno.EINVAL or not self.past_cache:
                    raise
                self.past_cache = False                     # some file systems say so only now
                fcntl.fcntl(self.fd, fcntl.F_SETFL, fcntl.fcntl(self.fd, fcntl.F_GETFL) & ~os.O_DIRECT)
                continue
            if count == 0:
                break
            got += count
        return buffer[:got]


def open_device(path: Path) -> int:
    """Opens for writing, alone: O_EXCL fails for what anyone has mounted or holds, and keeps others out."""
    try:
        return os.open(path, os.O_RDWR | os.O_EXCL | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise StickError(4, path, "in use by somebody: unmount or release it first")
        if error.errno in (errno.EACCES, errno.EPERM):
            raise StickError(14, path, "not yours to write to: run this with sudo")
        if error.errno == errno.EROFS:
            raise StickError(7, path, "write-protected; some sticks and cards have a switch")
        raise StickError(1, path, f"cannot be opened: {error.strerror}")


def write_device(fd: int, path: Path, image: Image, stream: TextIO, quiet: bool) -> Report:
    """Writes and verifies. Whatever goes wrong from here on leaves an incomplete stick, and says so."""
    target_bytes = os.lseek(fd, 0, os.SEEK_END)
    moved = image.fit(target_bytes)
    writer = Writer(fd, image, target_bytes, stream, quiet)
    try:
        write_seconds = writer.write()
    except OSError as error:
        raise StickError(12, path, f"the stick is now incomplete: {error.strerror}")
    except StickError as error:
        raise StickError(12, path, f"the stick is now incomplete: {error}")
    except Interrupted:
        raise Interrupted(str(StickError(12, path, "interrupted; the stick is now incomplete")))
    try:
        read_seconds = writer.verify(path)
    except OSError as error:
        raise StickError(13, path, f"written, but cannot be read back: {error.strerror}")
    except Interrupted:
        raise Interrupted(str(StickError(13, path, "written, but not read back: interrupted")))
    with contextlib.suppress(OSError):      # where nobody (udev) does it; it is no fault if it cannot be done
        fcntl.ioctl(fd, BLKRRPART)
    return Report(sum(length for _, length in writer.digests), write_seconds, read_seconds, writer.past_cache, moved)


@contextlib.contextmanager
def _fresh_file(path: Path) -> Iterator[int]:
    """A file beside `path` that takes its place at the end, or vanishes."""
    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        umask = os.umask(0)
        os.umask(umask)
        os.fchmod(fd, 0o666 & ~umask)
        yield fd
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
    finally:
        os.close(fd)


def write_file(path: Path, image: Image, target_bytes: int, stream: TextIO, quiet: bool) -> Report:
    """The same as a new file of `target_bytes`, which appears only when it is complete and verified."""
    moved = image.fit(target_bytes)
    try:
        with _fresh_file(path) as fd:
            os.ftruncate(fd, target_bytes)
            writer = Writer(fd, image, target_bytes, stream, quiet, sparse=True)
            write_seconds = writer.write()
            read_seconds = writer.verify(path)
    except OSError as error:
        raise StickError(12, path, f"nothing was left there: {error.strerror}")
    except Interrupted:
        raise Interrupted(str(StickError(12, path, "interrupted; nothing was left there")))
    return Report(sum(length for _, length in writer.digests), write_seconds, read_seconds, writer.past_cache, moved)


