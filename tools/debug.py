# SPDX-License-Identifier: MIT
"""Boots a machine under gdb, with the symbols of the loader and the kernel.

The firmware chooses where the loader goes, and says it only when the loader runs. The same machine
puts it at the same place each time, so a first boot reads `groma: loader base=0x...`; the second waits
for gdb, with hardware breakpoints at the loader's efi_main and the kernel's entry (the memory of both
is still empty then, and a software breakpoint would be overwritten).
"""
from __future__ import annotations

import dataclasses
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import machine
from qemu import MachineError, Options

BASE = re.compile(r"^groma: loader .*\bbase=(0x[0-9a-f]+)", re.M)


def loader_base(options: Options, disk: Path, timeout: float) -> int:
    with machine.Machine(options, disk) as first:
        match = first.wait(BASE, timeout)
        if not match:
            raise MachineError(f"no line 'groma: loader ... base=': {first.outcome().verdict()}")
        return int(match[1], 16)


def elf_entry(path: Path) -> int:
    head = path.read_bytes()[:64]
    if len(head) < 64 or head[:4] != b"\x7fELF":
        raise MachineError(f"{path}: not an ELF file")
    return struct.unpack_from("<Q", head, 24)[0]


def script(socket: Path, loader: Path, base: int, kernel: Path) -> str:
    """What gdb reads first. A kernel that is not an ELF file (yet) is left out."""
    lines = ["set confirm off", "set pagination off", "set architecture i386:x86-64",
             f"add-symbol-file {loader} -o {base:#x}"]
    breakpoints = ["hbreak efi_main"]
    if kernel.is_file() and kernel.read_bytes()[:4] == b"\x7fELF":
        lines.append(f"add-symbol-file {kernel}")
        breakpoints.append(f"hbreak *{elf_entry(kernel):#x}")
    return "\n".join([*lines, f"target remote {socket}", *breakpoints,
                      "echo Type 'continue' to run to the loader's efi_main.\\n", ""])


def session(options: Options, args) -> int:
    """The `debug` command of machine.py: returns gdb's exit status."""
    loader = args.build / "loader" / "loader.so"
    kernel = args.build / "kernel" / "kernel.elf"   # the stick's, with its debug information
    if args.esp.resolve() != (args.build.parent / "esp").resolve():
        kernel = args.esp / "kernel.elf"            # another stick: a kernel of its own
    for need in (loader, kernel):
        if not need.is_file():
            raise MachineError(f"{need} is missing; make builds it")
    if shutil.which("gdb") is None:
        raise MachineError("gdb not found; tools/deps.sh debug installs it")
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        args.set.append("verbose=yes")              # the loader says where it lies
        disk = machine.staged(args, place)
        base = loader_base(options, disk, args.timeout)
        with machine.Machine(dataclasses.replace(options, gdb=True), disk) as second:
            commands = Path(place) / "groma.gdb"
            commands.write_text(script(second.place.gdb, loader, base, kernel))
            print(f"debug: serial output in {second.place.serial}", file=sys.stderr)
            return subprocess.run(["gdb", "-q", "-x", str(commands), *args.gdb_arg], check=False).returncode
