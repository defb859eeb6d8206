# SPDX-License-Identifier: MIT
"""The tests of groma-usb --copy; stick.py runs them. The stick is a folder that mountinfo calls FAT."""
from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from unittest import mock

import stick_machine as machine
from stick_machine import Failed, Ran, equal, snapshot

from stick import fill

OURS = ("EFI/BOOT/BOOTX64.EFI", "groma.conf", "kernel.elf")
MANIFEST = "groma/files.sha256"


def place() -> Path:
    return machine.SYSTEM.root / "copy"


def esp() -> Path:
    return machine.SYSTEM.root / "esp"


def copy(*words: object, to: str = "copy") -> Ran:
    return Ran(machine.SYSTEM, "--esp", esp(), "--copy", machine.SYSTEM.root / to, *words)


def files() -> dict[str, bytes]:
    return {str(path.relative_to(place())): path.read_bytes() for path in place().rglob("*") if path.is_file()}


def complete(*others: str) -> None:
    """All our files as in esp/, the manifest that sha256sum takes, and nothing else but `others`."""
    found = files()
    equal("files", sorted(found), sorted([*OURS, MANIFEST, *others]))
    for name in OURS:
        equal(name, found[name] == (esp() / name).read_bytes(), True)
    checked = subprocess.run(["sha256sum", "--check", "--quiet", "--strict", MANIFEST], cwd=place(),
                             capture_output=True, text=True, check=False)
    equal("sha256sum", (checked.returncode, checked.stdout), (0, ""))


def test_copy() -> None:
    (place() / "photos").mkdir()
    (place() / "photos/cat.jpg").write_bytes(b"meow")
    said = copy().good().out
    if "3 files written" not in said or "Unmount it" not in said:
        raise Failed(said)
    complete("photos/cat.jpg")
    before = snapshot(place())
    if "0 files written (0 bytes), 3 were there" not in copy().good().out:
        raise Failed("the second run wrote something")
    equal("untouched", snapshot(place()), before)
    (esp() / "kernel.elf").write_bytes(b"another kernel, known by the manifest alone")
    if "1 files written" not in copy().good().out:
        raise Failed("an update is one file")
    complete("photos/cat.jpg")
    (esp() / "kernel.elf").write_bytes(b"and a third")
    equal("quiet", copy("--quiet").good().out, "")
    complete("photos/cat.jpg")


def test_copy_keeps_config() -> None:
    copy().good()
    (esp() / "groma.conf").write_text("timeout = 1\n")
    copy().good()                                   # nobody changed it there, so ours is replaced
    complete()
    (place() / "groma.conf").write_text("kernel = /mine.elf\n")
    for _ in range(2):
        if "groma.conf is not as we wrote it and stays" not in copy().good().out:
            raise Failed("the user's groma.conf is not mentioned")
        equal("kept", (place() / "groma.conf").read_text(), "kernel = /mine.elf\n")


def test_copy_over_cp() -> None:
    """A stick that was filled by `cp -r esp/.` has no manifest; our programs are known by their strings."""
    for name in OURS:
        (place() / name).parent.mkdir(parents=True, exist_ok=True)
        (place() / name).write_bytes((esp() / name).read_bytes())
    machine.make_tree(esp(), 123_456)
    copy().good()
    complete()


def test_copy_refuses() -> None:
    root = machine.SYSTEM.root
    before = snapshot(root)
    copy(to="ext4").refused(20, "ext4, and firmware")
    copy(to="esp").refused(20, "nothing is mounted")
    copy(to="nowhere").refused(20, "nothing is mounted")
    copy(to="readonly").refused(7, "read-only")
    copy(to="unknown").refused(20, "unknown")
    copy("--allow-fixed", to="fixed").refused(5, "not removable")
    Ran(machine.SYSTEM, "--esp", root / "none", "--copy", place()).refused(9, "make builds it")
    machine.SYSTEM.free_bytes = 200_000
    copy().refused(21, "free")
    equal("nothing was written", snapshot(root), before)
    machine.SYSTEM.free_bytes = 1 << 20
    copy("--allow-fixed", "--really", to="fixed").good()


def test_copy_foreign_files() -> None:
    """Another system's loader, somebody's kernel, a file where a folder must be."""
    for name, make in (("EFI/BOOT/BOOTX64.EFI", b"MZ of somebody else"), ("kernel.elf", b"\x7fELF"), ("EFI", b"file"),
                       ("kernel.elf", None)):
        path = place() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if make is None else path.write_bytes(make)
        before = snapshot(place())
        copy().refused(22, name)
        equal("nothing was written", snapshot(place()), before)
        path.rmdir() if make is None else path.unlink()
        if name.startswith("EFI/"):
            path.parent.rmdir()
            path.parent.parent.rmdir()
    copy().good()
    complete()


def test_copy_fails() -> None:
    real, count = os.replace, 0

    def third_fails(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if count % 3 == 0:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        real(source, target)

    with mock.patch.object(os, "replace", third_fails):
        copy().refused(23, "run this again: read-only")
    equal("no leftovers, the loader last", sorted(files()), sorted(["groma.conf", MANIFEST]))
    (esp() / "kernel.elf").write_bytes(b"changed between the runs")
    with mock.patch.object(fill.os, "write", lambda *_: os.kill(os.getpid(), 2)):
        copy().refused(23, "interrupted", status=130)
    copy().good()
    complete()
    (esp() / "kernel.elf").write_bytes(b"changed again")
    (esp() / "another.bin").write_bytes(b"stands before the kernel")
    count = 0
    with mock.patch.object(os, "replace", third_fails):
        copy().refused(23, "run this again")
    copy().good()                                   # the kernel there, not yet replaced, is still known as ours
    (esp() / "kernel.elf").write_bytes(b"and again")
    with mock.patch.object(fill.Stick, "read_back", lambda self, name: b"rot"):
        copy().refused(13, "reads back differently")


# ---- a real FAT volume -------------------------------------------------------------------------------

def mtools(*words: object) -> None:
    ran = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))}: {ran.stderr.strip()}")


def test_copy_to_a_fat_volume() -> None:
    """A volume with somebody's files goes through --copy twice, and back: mtools stands for the kernel's driver."""
    volume = machine.SYSTEM.root / "volume"
    with open(volume, "wb") as file:
        file.truncate(20 << 20)
    mtools("mformat", "-i", volume, "-T", 40960, "-v", "MINE", "::")
    photo = machine.SYSTEM.root / "A cat, sleeping.jpeg"
    photo.write_bytes(b"meow" * 5000)
    mtools("mmd", "-i", volume, "::/Photos of 2014")
    mtools("mcopy", "-i", volume, photo, "::/Photos of 2014/")
    for turn in range(2):
        if turn == 1:
            (esp() / "kernel.elf").write_bytes(b"another kernel, known by the manifest alone")
            mtools("mcopy", "-s", "-n", "-o", "-i", volume, "::/*", place())
        else:
            mtools("mcopy", "-s", "-n", "-i", volume, "::/*", place())
        copy().good()
        mtools("mcopy", "-s", "-n", "-o", "-i", volume, *sorted(place().iterdir()), "::/")
        for path in sorted(place().iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        mtools("mcopy", "-s", "-n", "-i", volume, "::/*", place())
        complete("Photos of 2014/A cat, sleeping.jpeg")
        equal("the photo", (place() / "Photos of 2014" / photo.name).read_bytes(), photo.read_bytes())
        for path in sorted(place().iterdir()):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
