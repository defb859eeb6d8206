#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many good boots: every machine of a matrix once, or one machine of each firmware very often.

The matrix: 2 firmwares x 2 CPUs x 6 sizes of RAM x 6 ways to the disk and the display (5 for U-Boot,
which does not look for files on NVMe disks): 132 boots. Every boot is judged as in boots.py: the facts, no error line, RAM free after the reclaim, no triple fault. Prints
`ok boot.NAME seconds` or `FAIL boot.NAME detail`, and ends in `groma: boots=N failures=N triple_faults=N`.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import re
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import boots
from boots import Boot, good
from machine import image

FIRMWARES = ("ovmf", "uboot")
CPUS = ("qemu64", "max")
SIZES = ("128M", "512M", "2G", "5G", "64G", "900G")
WAYS = {  # bus, partition table, display
    "gpt": ("virtio", "gpt", "vga"),
    "mbr": ("virtio", "mbr", "vga"),
    "no-gop": ("virtio", "gpt", "none"),
    "usb": ("usb", "gpt", "vga"),
    "nvme": ("nvme", "gpt", "vga"),
    "ahci": ("ahci", "gpt", "vga"),
}
UNKNOWN_BUSES = {("uboot", "nvme")}
SUMMARY = "groma: boots={} failures={} triple_faults={}"
TRIPLE = re.compile(r"\btriple fault\b")


def matrix() -> list[Boot]:
    rows = []
    for firmware in FIRMWARES:
        for cpu in CPUS:
            for mem in SIZES:
                for way, (bus, table, display) in WAYS.items():
                    if (firmware, bus) in UNKNOWN_BUSES:
                        continue
                    smp = 1 + len(rows) % 2
                    row = good(f"{firmware}-{cpu}-{mem.lower()}-{way}", firmware, mem, cpu, bus, smp, display)
                    rows.append(replace(row, table=table))
    return rows


def endurance(uboot_count: int, ovmf_count: int) -> list[Boot]:
    """The same machine again and again: what goes wrong once in a thousand times."""
    rows = []
    for firmware, count in (("uboot", uboot_count), ("ovmf", ovmf_count)):
        rows += [good(f"{firmware}-{number}", firmware, "512M", CPUS[number % 2], "virtio", 1 + number % 2, "none")
                 for number in range(1, count + 1)]
    return rows


def boot_all(rows: list[Boot], esp: Path, jobs: int, quiet: bool) -> bool:
    failures = triples = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done, (row, (found, text)) in enumerate(zip(rows, pool.map(lambda row: boots.run(row, esp), rows)), 1):
            triples += any(TRIPLE.search(fault) for fault in found)
            if found:
                failures += 1
                print("\n".join([f"FAIL boot.{row.name} {'; '.join(found)}",
                                 *(f"  | {line}" for line in text.splitlines()[-boots.TAIL_LINES:])]), flush=True)
            elif not quiet or done % 100 == 0:
                print(f"ok boot.{row.name}", flush=True)
    print(SUMMARY.format(len(rows), failures, triples))
    return failures == 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="matrix.py", description=__doc__.splitlines()[0])
    parser.add_argument("--endurance", nargs=2, type=int, metavar=("UBOOT", "OVMF"),
                        help="instead: so many boots of one U-Boot and one OVMF machine; prints every hundredth")
    parser.add_argument("--only", metavar="WORD", help="rows of the matrix whose name holds this word")
    parser.add_argument("--jobs", type=int, default=2, help="boots at once (default %(default)s)")
    parser.add_argument("--esp", type=Path, default=boots.ROOT / "esp", help="the stick (default esp)")
    args = parser.parse_args(argv)
    rows = endurance(*args.endurance) if args.endurance else matrix()
    rows = [row for row in rows if not args.only or args.only in row.name]
    if not rows or args.jobs < 1 or not (args.esp / "kernel.elf").is_file():
        print("matrix: nothing to boot: no such row, no --jobs, or no stick (make builds it)", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        esp = image.stage(args.esp, Path(place) / "esp")
        return 0 if boot_all(rows, esp, args.jobs, quiet=args.endurance is not None) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
