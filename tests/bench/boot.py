#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boot cost: guest instructions from the loader's first instruction to the kernel's first.

QEMU counts instructions as time (-icount shift=3: 8 ns each; the guest's time stamp counter runs at
1 GHz), so ticks / 8 are instructions, the same on any host. Fixed: OVMF, q35, 512 MiB, virtio-blk, the
stick's image (GPT, FAT32, 4 KiB clusters). `quiet` is `verbose = no`. Prints one `bench:` line a figure:
the median of the runs, with the smallest and the largest.
"""
from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import image  # noqa: E402
from machine import Machine  # noqa: E402
from qemu import Options  # noqa: E402

LINE = re.compile(r"^groma: bench ticks=(\d+) tables=(\d+) phases=([\d,]+)$", re.M)
TICKS = 8
LIMIT_S = 300.0
PHASES = ("config", "kernel", "modules", "tables", "exit", "map", "sealed", "switch")


def make_stick(folder: Path, loader: Path, kernel: Path, verbose: bool) -> Path:
    """The stick's image with this kernel, in the form of `make usb`."""
    esp = folder / "esp"
    shutil.rmtree(esp, ignore_errors=True)
    (esp / "EFI/BOOT").mkdir(parents=True)
    shutil.copy(loader, esp / "EFI/BOOT/BOOTX64.EFI")
    shutil.copy(kernel, esp / "kernel.elf")
    (esp / "groma.conf").write_text(f"kernel = /kernel.elf\nverbose = {'yes' if verbose else 'no'}\n")
    return image.make_image(folder / "stick.img", esp)


def boot(disk: Path, options: Options) -> tuple[int, int, list[int]]:
    """(instructions, table pages, instructions a phase) of one boot."""
    with Machine(options, disk) as machine:
        found = machine.wait(LINE, LIMIT_S)
        if not found:
            sys.exit(f"bench-boot: no figure from {options}:\n{machine.text[-2000:]}")
    return int(found[1]) // TICKS, int(found[2]), [int(x) // TICKS for x in found[3].split(",")]


def measure(name: str, disk: Path, options: Options, runs: int, size: int, extra: str = "") -> None:
    results = [boot(disk, options) for _ in range(runs)]
    counts = sorted(result[0] for result in results)
    middle = min(results, key=lambda result: abs(result[0] - statistics.median(counts)))
    phases = " ".join(f"{phase}={count / 1e6:.3f}" for phase, count in zip(PHASES, middle[2]))
    print(f"bench: area=boot kernel={name} minstr={statistics.median(counts) / 1e6:.3f} "
          f"min={counts[0] / 1e6:.3f} max={counts[-1] / 1e6:.3f} runs={runs} efi_bytes={size} "
          f"tables={middle[1]} cpu={options.cpu} mem={options.mem}{extra} {phases}", flush=True)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="boot.py", description=__doc__.splitlines()[0])
    parser.add_argument("--loader", type=Path, default=ROOT / "build/loader/BOOTX64.EFI")
    parser.add_argument("--kernels", type=Path, default=ROOT / "build/bench")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args(argv)
    size = args.loader.stat().st_size
    base = Options(firmware="ovmf", mem="512M", cpu="max", bus="virtio", icount=3, reset_log=False)
    variants = (("tiny", "kernel.elf", False, base, ""), ("64mib", "kernel-64mib.elf", False, base, ""),
                ("tiny", "kernel.elf", True, base, " verbose=yes"),
                ("tiny", "kernel.elf", False, Options(**{**vars(base), "mem": "8G"}), ""),
                ("tiny", "kernel.elf", False, Options(**{**vars(base), "mem": "8G", "cpu": "qemu64"}), ""))
    for name, file, verbose, options, extra in variants:
        with tempfile.TemporaryDirectory(prefix="groma-bench-") as folder:
            disk = make_stick(Path(folder), args.loader, args.kernels / file, verbose)
            measure(name, disk, options, args.runs, size, extra)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
