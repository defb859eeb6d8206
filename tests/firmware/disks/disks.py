#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The loader started from hundreds of disks in one boot of each firmware; see README.md beside this file.

  disks.py                          both firmwares: valid disks, 200 damaged ones, a sample of ELF files
  disks.py --seeds 2000 --elf 3000  more; --hangs all also tries each disk that hangs the firmware itself
  disks.py --firmware ovmf --only 17-fat_loop-fat12    one disk; --text shows what came on the serial port

Prints `ok disks.FIRMWARE-GROUP` or FAIL with the cases that broke contract R, and what QEMU said last.
"""
from __future__ import annotations

import argparse
import re
import struct
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/model"), str(Path(__file__).resolve().parent)]
import elf_judge  # noqa: E402
import image  # noqa: E402
from damage import Base, Disk, cut_at, damaged, scattered  # noqa: E402
from machine import Machine  # noqa: E402
from qemu import STATUS_OK, MachineError, Options  # noqa: E402

MAGIC = 0x31736b7369646d67
MUST_BOOT, MUST_REFUSE, READ_ONLY, SHORT_READS = 1, 2, 4, 8
ELF_BYTES = 64 << 10
ELF_MOST_MEMORY = 32 << 20      # what a file may ask for and be sure to get
QUIET_S = 150.0                 # without a line: the machine hangs. A case takes 30 ms, on a busy host ten times that
STATUS_STUCK = 2 * 0x12 + 1     # the program's word that a call never came back
CHUNK_BYTES = 1 << 20
MODULE_BYTES = 5 << 19          # 2.5 chunks
CONFIG = b"# what the volume holds\nkernel = /kernel.elf\ncmdline = quiet root=ram\ntimeout = 0\nverbose = no\n"
# name, partition table, MiB: the stick's own layout first
LAYOUTS = (("stick", "gpt", 300), ("fat16", "mbr", 24), ("fat12", "mbr", 6), ("gpt16", "gpt", 24), ("bare", "none", 24))
DAMAGED_LAYOUTS = 3
CUT_STEP = 6
MOST_AT_ONCE = 400              # cases in a boot: U-Boot keeps what belongs to disks that are gone
WITH_MODULE = "gpt16"
# Where the firmware itself never comes back: no loader can help it but by the watchdog, which is armed then.
# EDK2's FAT driver walks a root directory in a circle for ever (FatPkg, FatLocateDirEnt has no bound).
FIRMWARE_HANGS = {"ovmf": r"\d+-root_loop-stick"}
HANGS = {"none": 0, "one": 1, "all": None}
TAIL_LINES = 12


@dataclass(frozen=True)
class Case:
    group: str
    name: str
    base: str
    flags: int
    patches: tuple[tuple[int, bytes], ...]


# ---- disks ------------------------------------------------------------------------------------------

def tree(folder: Path, kernel: bytes, module: bytes = b"") -> Path:
    """A small stick: what boots, and other files to be mixed up with."""
    files = {"EFI/BOOT/BOOTX64.EFI": (ROOT / "build/loader/BOOTX64.EFI").read_bytes(),
             "groma.conf": CONFIG + (b"module = /zero.bin\n" if module else b""),
             "kernel.elf": kernel, "readme.txt": b"nothing\n" * 900, "docs/a.txt": b"a" * 5000,
             **({"zero.bin": module} if module else {})}
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def make_bases(folder: Path) -> list[Base]:
    kernel = (ROOT / "esp/kernel.elf").read_bytes()
    esp = tree(folder / "tree", kernel)
    elf = tree(folder / "elf-tree", bytes(ELF_BYTES))
    large = tree(folder / "large-tree", kernel, bytes(MODULE_BYTES))
    rows = [(*layout, large if layout[0] == WITH_MODULE else esp) for layout in LAYOUTS] + [("elf", "mbr", 24, elf)]
    return [Base(name, image.make_image(folder / f"{name}.img", source, table, mib),
                 0 if table == "none" else image.ALIGN) for name, table, mib, source in rows]


def valid_cases(bases: list[Base]) -> list[Case]:
    found = []
    for base in bases[:len(LAYOUTS)]:
        found.append(Case("valid", f"valid-{base.name}", base.name, MUST_BOOT, ()))
        found.append(Case("valid", f"readonly-{base.name}", base.name, MUST_BOOT | READ_ONLY, ()))
        found.append(Case("valid", f"short-{base.name}", base.name, MUST_BOOT | SHORT_READS, ()))
        if base.fat.cluster_bytes * 80 < len(base.head):
            patches = tuple(scattered(base, 1).patches)
            found.append(Case("valid", f"scattered-{base.name}", base.name, MUST_BOOT, patches))
    return found


def damaged_cases(bases: list[Base], seeds: range) -> list[Case]:
    rows: list[tuple[str, Disk]] = [damaged(bases[:DAMAGED_LAYOUTS], seed) for seed in seeds]
    small = bases[DAMAGED_LAYOUTS - 1]
    last = len(small.fat.chain(small.kernel.first_cluster)) - 1
    rows += [(f"cut-{index}", cut_at(small, index))
             for index in sorted({*range(0, last, CUT_STEP), *range(last - CUT_STEP, last)})]
    return [Case("damaged", name, disk.base.name, MUST_BOOT if disk.harmless else 0, tuple(disk.patches))
            for name, disk in rows]


# ---- ELF files ------------------------------------------------------------------------------------------

def elf_files(folder: Path, count: int, seed: int):
    """Half of them a linker's files spoilt in one byte, half made up and spoilt."""
    rng = elf_judge.random.Random(seed)
    spoilt = [data for real in elf_judge.build_real(str(folder)) for data in elf_judge.spoil_real(real)]
    maker = elf_judge.Maker(rng)
    yield from rng.sample(spoilt, min(count // 2, len(spoilt)))
    for _ in range(count - count // 2):
        yield maker.make()


def elf_cases(base: Base, folder: Path, count: int, seed: int) -> list[Case]:
    elf_judge.MAX_IMAGE, elf_judge.PIE_BASE = 1 << 30, elf_judge.WINDOW_FIRST     # as in loader/kernel.c
    place, found = base.fat.place(base.kernel.first_cluster), []
    for number, data in enumerate(elf_files(folder, count, seed)):
        try:
            said = elf_judge.judge(data)
            memory = sum(part.memsz for part in elf_judge.read_header(data)[3] if part.type == elf_judge.LOAD)
        except elf_judge.Refused:
            said, memory = "", 0
        if len(data) > ELF_BYTES or memory > ELF_MOST_MEMORY:
            continue
        patches = ((place, data), (base.kernel.entry_at + 28, struct.pack("<I", len(data))))
        found.append(Case("elf", f"elf-{number}", base.name, MUST_BOOT if said else MUST_REFUSE, patches))
    return found


# ---- one boot -----------------------------------------------------------------------------------------

def packed(extents) -> bytes:
    return b"".join(struct.pack("<QQ", at, len(data)) + data + bytes(-len(data) % 8) for at, data in extents)


def cases_file(bases: list[Base], cases: list[Case]) -> bytes:
    numbers = {base.name: number for number, base in enumerate(bases)}
    parts = [struct.pack("<QII", MAGIC, len(bases), len(cases))]
    for base in bases:
        parts.append(struct.pack("<QQ", base.size_bytes // 512, len(base.extents())) + packed(base.extents()))
    for case in cases:
        parts.append(struct.pack("<48sIIQ", case.name.encode()[:47], numbers[case.base], case.flags, len(case.patches)))
        parts.append(packed(case.patches))
    return b"".join(parts)


def make_stick(folder: Path, bases: list[Base], cases: list[Case]) -> Path:
    """What the machine boots. Its own groma.conf and kernel must never be looked at: they are wrong."""
    files = {"EFI/BOOT/BOOTX64.EFI": (ROOT / "build/firmware/disks.efi").read_bytes(), "kernel.elf": b"wrong volume\n",
             "loader.efi": (ROOT / "build/loader/BOOTX64.EFI").read_bytes(), "groma.conf": b"serial = wrong volume\n",
             "cases.bin": cases_file(bases, cases)}
    stick = folder / "stick"
    for name, data in files.items():
        (stick / name).parent.mkdir(parents=True, exist_ok=True)
        (stick / name).write_bytes(data)
    return image.make_image(folder / "stick.img", stick, "mbr", 24)


def boot(firmware: str, stick: Path):
    """Boots until the program ends QEMU, or nothing is said for too long."""
    with Machine(Options(firmware=firmware, mem="512M", bus="virtio"), stick) as machine:
        told, since = 0, time.monotonic()
        while machine.running() and time.monotonic() - since < QUIET_S:
            machine.wait(None, 0.2)
            if len(machine.text) != told:
                told, since = len(machine.text), time.monotonic()
        return machine.outcome()


# ---- judging ------------------------------------------------------------------------------------------

TOLD = re.compile(r"^disk (\S+) (booted|refused) (\S+) reads=\d+ most=(\d+)", re.M)


class Report:
    """What one firmware's boots said of all cases."""

    def __init__(self, firmware: str, cases: list[Case]) -> None:
        self.firmware = firmware
        self.groups = {case.name: case.group for case in cases}
        self.faults: dict[str, list[str]] = {}      # by group; "" is the run as a whole
        self.kinds: dict[str, Counter] = {group: Counter() for group in sorted(set(self.groups.values()))}
        self.told: Counter = Counter()
        self.text = ""

    def blame(self, group: str, what: str) -> None:
        self.faults.setdefault(group, []).append(what)

    def take(self, outcome) -> str:
        """Reads a boot; returns the case at which it was stuck, or ""."""
        self.text += outcome.text
        for name, what, error, most in TOLD.findall(outcome.text):
            self.told[name] += 1
            self.kinds[self.groups[name]][what if what == "booted" else error] += 1
            if name == f"valid-{WITH_MODULE}" and int(most) != CHUNK_BYTES:
                self.blame("valid", f"{name}: the largest read has {most} bytes")
        wrong = re.findall(r"^FAIL (\S+) (.*(?:\n  \| .*)?)", outcome.text, re.M)
        for name, why in wrong:
            self.blame(self.groups[name], f"{name}: {why}")
        stuck = re.search(r"^stuck (\S+) (\S+)", outcome.text, re.M)
        if outcome.triple_faults:
            self.blame("", "triple fault")
        if stuck:
            self._take_stuck(*stuck.groups())
        elif outcome.status != STATUS_OK and not wrong:
            begun = re.findall(r"^begin (\S+)", outcome.text, re.M)[-1:]
            last = "\n".join(f"  | {line}" for line in outcome.text.splitlines()[-TAIL_LINES:])
            self.blame("", f"ended in {begun} with status {outcome.status}\n{last}")
        return stuck[1] if stuck else ""

    def _take_stuck(self, name: str, call: str) -> None:
        self.told[name] += 1
        self.kinds[self.groups[name]]["firmware-hangs"] += 1
        if call == "loader" or not is_known_hang(self.firmware, name):
            self.blame(self.groups[name], f"{name}: never came back from {call}")

    def show(self, seconds: float) -> bool:
        missing = [name for name in self.groups if self.told[name] != 1]
        if missing and not self.faults:
            self.blame("", f"{len(missing)} cases not told once, {missing[0]} the first")
        for group, kinds in self.kinds.items():
            words = " ".join(f"{key}={count}" for key, count in sorted(kinds.items()))
            print(f"groma: disks firmware={self.firmware} group={group} cases={sum(kinds.values())} {words}")
            name = f"disks.{self.firmware}-{group}"
            print(f"FAIL {name} " + "\n  ".join(self.faults[group][:8]) if group in self.faults else f"ok {name}")
        whole = self.faults.get("")
        print(f"FAIL disks.{self.firmware} " + "\n".join(whole) if whole else f"ok disks.{self.firmware} {seconds:.2f}", flush=True)
        return not self.faults


def is_known_hang(firmware: str, name: str) -> bool:
    return bool(re.fullmatch(FIRMWARE_HANGS.get(firmware, "(?!)"), name))


def run(firmware: str, bases: list[Base], cases: list[Case], show: bool, hang_count: int | None) -> bool:
    """All cases; those that hang this firmware come last, each in a boot that it ends."""
    started = time.monotonic()
    hangs = [case for case in cases if is_known_hang(firmware, case.name)]
    waiting = [case for case in cases if case not in hangs] + hangs[:hang_count]
    report = Report(firmware, waiting)
    while waiting:
        some = waiting[:MOST_AT_ONCE]
        with tempfile.TemporaryDirectory(prefix="groma-disks-") as folder:
            stuck = report.take(boot(firmware, make_stick(Path(folder), bases, some)))
        names = [case.name for case in some]
        waiting = waiting[names.index(stuck) + 1 if stuck in names else len(some):]
    if show:
        print(report.text)
    return report.show(time.monotonic() - started)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="disks.py", description=__doc__.splitlines()[0])
    parser.add_argument("--firmware", action="append", choices=("ovmf", "uboot"), help="this one only")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="damaged disks (%(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first of them (%(default)s)")
    parser.add_argument("--elf", type=int, default=120, metavar="N", help="ELF files (%(default)s)")
    parser.add_argument("--elf-seed", type=int, default=1)
    parser.add_argument("--only", action="append", metavar="CASE", help="this case only; may be repeated")
    parser.add_argument("--hangs", choices=HANGS, default="one", help="disks that hang the firmware (%(default)s)")
    parser.add_argument("--text", action="store_true", help="show what came on the serial port")
    args = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory(prefix="groma-disks-") as name:
            folder = Path(name)
            bases = make_bases(folder)
            cases = [*valid_cases(bases), *damaged_cases(bases, range(args.first, args.first + args.seeds)),
                     *elf_cases(bases[-1], folder, args.elf, args.elf_seed)]
            cases = [case for case in cases if not args.only or case.name in args.only]
            if not cases:
                print("disks: no such case", file=sys.stderr)
                return 2
            results = [run(firmware, bases, cases, args.text, HANGS[args.hangs]) for firmware in args.firmware or ("uboot", "ovmf")]
    except (MachineError, image.ImageError, OSError) as error:
        print(f"disks: {error}", file=sys.stderr)
        return 2
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
