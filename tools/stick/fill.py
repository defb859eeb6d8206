# SPDX-License-Identifier: MIT
"""Fills a FAT stick that exists with the files of esp/, and leaves everything else on it alone.

What this program wrote it may replace, nothing else: groma/files.sha256 on the stick remembers it
(in sha256sum's form, so that `sha256sum -c` checks the stick), and our two programs are known by a
string inside. A changed groma.conf is the user's and stays. All is decided before anything is written.
Each file is written beside its place, reaches the medium, then takes its place; the loader comes last.
"""
from __future__ import annotations

import errno
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TextIO

from . import MIB, Interrupted, StickError, size_text
from .devices import FAT_TYPES, Allowed, Mount, System, check_kind
from .progress import Progress

LOADER = PurePosixPath("EFI/BOOT/BOOTX64.EFI")
CONFIG = PurePosixPath("groma.conf")
MANIFEST = PurePosixPath("groma/files.sha256")
TEMPORARY = "groma-usb.tmp"     # beside each file; a leftover is ours
MARKS = {LOADER: b"groma,1,Groma,groma,", PurePosixPath("kernel.elf"): b"Groma kernel, started by "}
LARGEST_FILE_BYTES = (1 << 32) - 1      # FAT keeps 32 bits


@dataclass(frozen=True)
class Filled:
    written: tuple[PurePosixPath, ...]
    same: tuple[PurePosixPath, ...]
    kept: tuple[PurePosixPath, ...]     # the user's own groma.conf
    written_bytes: int
    seconds: float


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _tree(esp: Path) -> dict[PurePosixPath, bytes]:
    """The stick's files in the order of writing: the loader last, so that it never starts with half of it."""
    if not (esp / LOADER).is_file():
        raise StickError(9, esp / LOADER, "missing; make builds it")
    names = sorted(PurePosixPath(path.relative_to(esp).as_posix()) for path in esp.rglob("*") if path.is_file())
    names.sort(key=lambda name: name == LOADER)
    try:
        return {name: (esp / name).read_bytes() for name in names if name != MANIFEST}
    except OSError as error:
        raise StickError(9, error.filename, f"cannot be read: {error.strerror}")


def _manifest_text(files: dict[PurePosixPath, bytes], more: set[str] = frozenset()) -> bytes:
    """`more`: lines of an older manifest that still hold until the new files are all there."""
    lines = [f"{_digest(data)}  {name}" for name, data in files.items()]
    return "".join(f"{line}\n" for line in lines + sorted(more - set(lines))).encode("utf-8", "surrogateescape")


class Stick:
    """A mounted FAT volume that is being filled."""

    def __init__(self, mount: Mount) -> None:
        self.root = Path(mount.point)
        self.known: set[str] = set()
        old = self.read(MANIFEST)
        if old is not None:
            self.known = set(old.decode("utf-8", "surrogateescape").splitlines())

    def read(self, name: PurePosixPath) -> bytes | None:
        """The file's bytes; None when there is nothing of this name."""
        try:
            return (self.root / name).read_bytes()
        except FileNotFoundError:
            return None
        except (IsADirectoryError, NotADirectoryError):
            raise StickError(22, self.root / name, "a folder where a file must be, or a file where a folder must be")
        except OSError as error:
            raise StickError(23, self.root / name, f"cannot be read: {error.strerror}")

    def ours(self, name: PurePosixPath, data: bytes) -> bool:
        return f"{_digest(data)}  {name}" in self.known or (name in MARKS and MARKS[name] in data)

    def write(self, name: PurePosixPath, data: bytes) -> None:
        """Replaces one file as a whole: after a crash the old or the new one is there."""
        place = self.root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_name(TEMPORARY)
        try:
            fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view[:MIB]):]
                os.fsync(fd)
            finally:
                os.close(fd)
            os.replace(temporary, place)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self.sync(place.parent)

    @staticmethod
    def sync(folder: Path) -> None:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)

    def read_back(self, name: PurePosixPath) -> bytes:
        """The file from the medium: its pages are dropped first."""
        with open(self.root / name, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return file.read()


def find_mount(system: System, folder: Path, allowed: Allowed) -> Mount:
    """The FAT volume mounted at this folder, after all refusals."""
    mount = system.mount_at(folder)
    if mount is None:
        raise StickError(20, folder, "nothing is mounted exactly here")
    if mount.kind not in FAT_TYPES:
        raise StickError(20, folder, f"{mount.kind}, and firmware boots from FAT alone")
    disk, _ = system.disk_of(mount.number)
    if disk is None:
        raise StickError(20, folder, f"its device {mount.number} is unknown to sysfs")
    check_kind(disk, allowed)
    if mount.read_only:
        raise StickError(7, folder, "mounted read-only")
    return mount


def _decide(stick: Stick, tree: dict[PurePosixPath, bytes]) -> tuple[list, list, list]:
    """(to write, already the same, kept); refuses when another's file is in the way."""
    write, same, kept = [], [], []
    for name, data in tree.items():
        there = stick.read(name)
        if there == data:
            same.append(name)
        elif there is None or stick.ours(name, there):
            write.append(name)
        elif name == CONFIG:
            kept.append(name)
        else:
            raise StickError(22, stick.root / name, "not written by this program: move it away first")
    return write, same, kept


def _check_room(system: System, stick: Stick, files: dict[PurePosixPath, bytes]) -> None:
    """Old and new lie there together for a while, so nothing is counted as freed."""
    free, piece = system.room(stick.root)
    folders = {folder for name in files for folder in name.parents}
    need = sum(-(-len(data) // piece) * piece for data in files.values()) + len(folders) * piece
    if need > free:
        raise StickError(21, stick.root, f"{size_text(need)} needed, {size_text(free)} free")
    for name, data in files.items():
        if len(data) > LARGEST_FILE_BYTES:
            raise StickError(21, stick.root / name, "4 GiB and more is too large a file for FAT")


def _put_all(stick: Stick, files: dict[PurePosixPath, bytes], progress: Progress) -> None:
    done = 0
    for name, data in files.items():
        stick.write(name, data)
        done += len(data)
        progress.update(done)


def _verify(stick: Stick, files: dict[PurePosixPath, bytes]) -> None:
    for name, data in files.items():
        if stick.read_back(name) != data:
            raise StickError(13, stick.root / name, "reads back differently: the stick is bad or was changed meanwhile")


def fill(system: System, folder: Path, esp: Path, allowed: Allowed, stream: TextIO, quiet: bool) -> Filled:
    stick = Stick(find_mount(system, folder, allowed))
    tree = _tree(esp)
    names, same, kept = _decide(stick, tree)
    ours = {name: data for name, data in tree.items() if name not in kept}
    manifest = {MANIFEST: _manifest_text(ours)}
    files = {name: tree[name] for name in names}
    if not files and stick.read(MANIFEST) == manifest[MANIFEST]:
        _verify(stick, ours)
        return Filled((), tuple(same), tuple(kept), 0, 0.0)
    both = {MANIFEST: _manifest_text(ours, stick.known)}
    _check_room(system, stick, {**both, **files})
    progress = Progress("copying", sum(map(len, files.values())), stream, quiet)
    try:
        stick.write(MANIFEST, both[MANIFEST])       # first: an interrupted run then knows its own files again
        _put_all(stick, files, progress)
        stick.write(MANIFEST, manifest[MANIFEST])
        _verify(stick, {**ours, **manifest})
    except OSError as error:
        what = "read-only" if error.errno == errno.EROFS else error.strerror
        raise StickError(23, stick.root, f"not all files are there now, run this again: {what}")
    except Interrupted:
        raise Interrupted(str(StickError(23, stick.root, "interrupted; not all files are there now, run this again")))
    finally:
        progress.finish()
    return Filled(tuple(names), tuple(same), tuple(kept), sum(map(len, files.values())), progress.seconds())
