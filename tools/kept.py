# SPDX-License-Identifier: MIT
"""Machines that keep what they wrote: the disk, and the firmware's variables from one boot to the next.

The machines of machine.py forget everything, which is what most runs want. Here the disk image is
written to in place, and the variables of OVMF begin and end in a file of the caller's.
"""
from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import image
from machine import Machine
from qemu import Options

MAPS = "::/groma/maps"


class KeptMachine(Machine):
    """`disk` is an image file, changed in place. `variables`: OVMF's, made where it is not there yet."""

    def __init__(self, options: Options, disk: Path, variables: Path | None = None, read_only: bool = False,
                 echo=None) -> None:
        super().__init__(options, disk, echo)
        self._variables = variables
        self._read_only = read_only

    def _start(self, command: list[str]) -> None:
        kept = "readonly=on" if self._read_only else "snapshot=off"
        changed = [word.replace("snapshot=on", kept) if word.startswith("if=none,id=disk,") else word
                   for word in command]
        if changed == command:
            raise image.ImageError("the disk's option has another form: see qemu.py")
        if self._variables and self._variables.is_file() and self.place.vars.is_file():
            shutil.copyfile(self._variables, self.place.vars)
        super()._start(changed)

    def __exit__(self, *exc) -> None:
        if self.process is not None:
            self.stop()
        if self._variables and self.place.vars.is_file():
            shutil.copyfile(self.place.vars, self._variables)
        super().__exit__(*exc)


def _volume(disk: Path) -> list[str]:
    return ["-i", f"{disk}@@{image.ALIGN}"]


def list_maps(disk: Path) -> list[str]:
    """Names of the capture files on an image that has its ESP at 1 MiB; [] where there is no folder."""
    done = subprocess.run([image.find_tool("mdir"), "-b", *_volume(disk), MAPS], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return sorted(line.rsplit("/", 1)[1] for line in done.stdout.splitlines() if not line.endswith("/"))


def read_map(disk: Path, name: str, out: Path) -> Path:
    """Copies a capture file out of the image."""
    done = subprocess.run([image.find_tool("mcopy"), "-n", *_volume(disk), f"{MAPS}/{name}", str(out)], text=True,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise image.ImageError(f"{name}: {done.stdout.strip() or 'cannot be copied'}")
    return out
