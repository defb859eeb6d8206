#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The hybrid ISO boots as a CD, and from a stick to which groma-usb wrote it; so does a FAT stick that
groma-usb --copy filled; judged by the kernel's facts. U-Boot gets the ISO as a stick: it has no driver for CDs.

usage: iso_boot.py [--esp FOLDER]
Also: the strings that groma-usb looks for in our programs are there, two ISOs of one tree are the same
bytes, and sfdisk finds nothing wrong on the stick, which is larger than the ISO so that its partition
table had to be fitted.
"""
from __future__ import annotations

import argparse
import contextlib
import io
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/boot")]
import boots  # noqa: E402
import image  # noqa: E402
from machine import DEAD_END, EXIT_OVERRIDE, Machine  # noqa: E402
from qemu import MachineError, Options  # noqa: E402
from qmp import QmpError  # noqa: E402
from stick import command, fill  # noqa: E402
from stick.devices import Allowed  # noqa: E402
from stick_machine import Failed, check_gpt, make_machine  # noqa: E402

STICK_SIZE = "64M"
LIMIT_S = 240.0                 # as in boots.py; a boot takes 4 to 9 s


def same_bytes(esp: Path, place: Path) -> None:
    """A second ISO from a copy with other times and other rights."""
    copy = place / "copy"
    shutil.copytree(esp, copy, copy_function=shutil.copyfile)
    (copy / "kernel.elf").chmod(0o600)
    if image.make_iso(place / "again.iso", copy).read_bytes() != (place / "groma.iso").read_bytes():
        raise Failed("two ISOs of one tree differ")


def marks(esp: Path) -> None:
    """The strings by which groma-usb --copy knows our programs stand in what is built."""
    for name, mark in fill.MARKS.items():
        if mark not in (esp / name).read_bytes():
            raise Failed(f"{name} does not contain {mark!r}")


def write_stick(place: Path) -> None:
    with contextlib.redirect_stderr(io.StringIO()) as said:
        status = command.main(["--image", str(place / "groma.iso"), str(place / "stick.img"), "--size", STICK_SIZE,
                               "--quiet"])
    if status != 0:
        raise Failed(said.getvalue().strip())
    check_gpt(place / "stick.img")


def fill_stick(esp: Path, place: Path) -> None:
    """A stick without a partition table and with somebody's file; mtools put there what --copy wrote."""
    volume, folder = place / "copied.img", place / "machine"
    machine = make_machine(folder)
    (place / "letter.txt").write_text("Dear reader")
    with open(volume, "wb") as file:
        file.truncate(40 << 20)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        filled = fill.fill(machine, folder / "copy", esp, Allowed(), said, True)
    if len(filled.written) != 3:
        raise Failed(f"{filled}")
    for words in (["mformat", "-i", volume, "-F", "::"], ["mcopy", "-i", volume, place / "letter.txt", "::/"],
                  ["mcopy", "-s", "-i", volume, *sorted((folder / "copy").iterdir()), "::/"]):
        subprocess.run(list(map(str, words)), check=True, capture_output=True)


def boot(bus: str, disk: Path, firmware: str = "ovmf") -> None:
    row = boots.Boot(bus, Options(bus=bus, firmware=firmware), facts=boots.GOOD_FACTS, must_not=(boots.ERROR_LINE,))
    with Machine(row.machine, disk) as machine:
        stopped = machine.wait(DEAD_END, LIMIT_S) is not None
        outcome = machine.outcome()
    found = boots.outcome_faults(row, outcome, stopped) + boots.text_faults(row, outcome.text)
    if found:
        raise Failed("\n".join(["; ".join(found), *outcome.text.splitlines()[-boots.TAIL_LINES:]]))


def one(name: str, step, *values) -> bool:
    start = time.monotonic()
    try:
        step(*values)
    except (Failed, MachineError, image.ImageError, QmpError, OSError, subprocess.SubprocessError) as error:
        print(f"FAIL iso.{name} {error}".replace("\n", "\n  | "), flush=True)
        return False
    print(f"ok iso.{name} {time.monotonic() - start:.2f}", flush=True)
    return True


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="iso_boot.py", description=__doc__.splitlines()[0])
    parser.add_argument("--esp", type=Path, default=ROOT / "esp", help="the stick (default esp)")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="groma-") as folder:
        place = Path(folder)
        stop = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))      # so that QEMU goes, too
        try:
            tree = image.stage(args.esp, place / "esp", [EXIT_OVERRIDE])
            image.make_iso(place / "groma.iso", tree)
        except (image.ImageError, OSError) as error:
            print(f"FAIL iso.make {error}")
            return 1
        passed = [one("marks", marks, tree), one("same-bytes", same_bytes, tree, place),
                  one("cdrom", boot, "cdrom", place / "groma.iso"),
                  one("write-stick", write_stick, place),
                  one("iso-uboot", boot, "usb", place / "groma.iso", "uboot")]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))             # groma-usb has set its own
        passed.append(all(passed) and one("stick", boot, "usb", place / "stick.img"))
        passed.append(one("fill-stick", fill_stick, tree, place))
        passed.append(passed[-1] and one("filled-stick", boot, "usb", place / "copied.img"))
        passed.append(passed[-1] and one("filled-stick-uboot", boot, "usb", place / "copied.img", "uboot"))
        signal.signal(signal.SIGTERM, stop)
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
