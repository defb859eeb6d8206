#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Faults on the target: OVMF and U-Boot boot a program that breaks their services under the loader.

usage: target.py [--firmware ovmf|uboot] [--full] [--keep FOLDER]
Two boots a firmware: the sweep (tests/firmware/target/), and a boot into the kernel whose first
ExitBootServices fails by itself, because a timer changed the map. Prints the program's own count, and
`ok NAME seconds` or `FAIL NAME detail`.
"""
from __future__ import annotations

import argparse
import re
import struct
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/boot"), str(ROOT / "tests/model")]
import corpus  # noqa: E402
import image  # noqa: E402
from boots import GOOD_FACTS, good, outcome_faults, text_faults  # noqa: E402
from facts import FactError, Facts  # noqa: E402
from machine import DEAD_END, EXIT_OVERRIDE, Machine, MachineError  # noqa: E402
from maps import descriptors  # noqa: E402
from qemu import Options  # noqa: E402

PROGRAM = ROOT / "build/target/FAULTS.EFI"
LOADER = ROOT / "build/loader/BOOTX64.EFI"
STICK_MIB = 24
WANTED, ORDERED = 1000, 1150    # injected faults: at least, and what pairs fill up to
FULL_WANTED = 7000
SWEEP_S, FULL_S, BOOT_S = 600.0, 3000.0, 240.0
LOOK_S = 0.3
# Randomness, behind a bridge where there are PCI drivers.
EXTRA = {"uboot": ("-device", "virtio-rng-pci"),
         "ovmf": ("-device", "pcie-root-port,id=bridge,chassis=1", "-device", "virtio-rng-pci,bus=bridge")}
REFUSED = r"^E-EXIT-02 leave boot services [^\n]*\n"
SWEPT = re.compile(rf"^groma: faults [^\n]*\n[\s\S]*(?:{REFUSED}|^target: the loader came back)", re.M)
RUN = re.compile(r"^run (\S+ \S+)\n(.*?)^-> (\S+) (\S+) ([^\n]*)\n", re.M | re.S)
CONFIGS = {
    "plain.conf": "timeout = 0\nverbose = no\n",
    "said.conf": "timeout = 0\nverbose = yes\nmodule = /module.img words\n",
    "all.conf": "timeout = 0\nverbose = no\ncapture = yes\ndrift = yes\nmodule = /module.img\n"
                "reserve = 0x1000000-0x1400000 a hole\nbadram = 0x2000000-0x2001000\n",
    "aids.conf": "timeout = 0\nverbose = no\ncheckpoint = yes\ndma = off\nwatch = yes\n"
                 "badram = 0x4000000,0xffffffffff000000\n",
}
USABLE, RESERVED, WB = 7, 0, 0xf
EXIT_FACTS = (r"groma: timer fired=1$", r"groma: exit call=1 status=0x8000000000000002$",
              r"groma: exit call=2 status=0x0$")


# ---- the stick -----------------------------------------------------------------------------------

def made_maps() -> list[tuple[str, list[tuple[int, int, int, int]]]]:
    """Maps that no machine has: one entry, none that is usable, thousands."""
    many = [(USABLE if i % 2 == 0 else RESERVED, 0x1000 + 8 * i, 0x1000 + 8 * i + 8, WB) for i in range(4096)]
    return [("none", []), ("one", [(USABLE, 0, 0x8000, WB)]), ("nothing-usable", [(RESERVED, 0, 0x20000, WB)]),
            ("wraps", [(USABLE, 0x1000, 0x8000, WB), (USABLE, (1 << 52) - 16, (1 << 52) + 16, WB)]),
            ("page-0-alone", [(USABLE, 0, 1, WB)]), ("many-312", many[:312]), ("many-1024", many[:1024]),
            ("many-4096", many)]


def maps_file() -> bytes:
    """What sweep_maps.c reads: name, count, entries of four words."""
    maps = [(path.stem, [tuple(int(word, 16) for word in line.split()) for line in descriptors(corpus.read_map(path))])
            for path in sorted((ROOT / "tests/data/maps").glob("*.txt"))]
    data = b""
    for name, entries in [*maps, *made_maps()]:
        data += struct.pack("<56sQ", name.encode()[:55], len(entries))
        data += b"".join(struct.pack("<4Q", *entry) for entry in entries)
    return data


def make_stick(folder: Path, orders: str) -> Path:
    files = {"EFI/BOOT/BOOTX64.EFI": PROGRAM, "loader.efi": LOADER, "target.txt": orders.encode(),
             "module.img": b"a module's bytes\n" * 50, "maps.bin": maps_file(),
             **{name: text.encode() for name, text in CONFIGS.items()}}
    esp = image.stage(ROOT / "esp", folder / "esp", ["timeout=0", EXIT_OVERRIDE], files)
    return image.make_image(folder / "stick.img", esp, size_mib=STICK_MIB)


# ---- judging ---------------------------------------------------------------------------------------

def run_faults(text: str) -> list[str]:
    """Runs that the program found wrong, and those whose line must be on the serial port and is not."""
    found = []
    for script, between, verdict, line_id, rest in RUN.findall(text):
        if verdict != "ok":
            found.append(f"{script}: {verdict} {line_id} {rest}")
        elif line_id == "on-serial" and not re.search(r"^E-[A-Z]+-\d", between, re.M):
            found.append(f"{script}: SILENT, on ConOut and on the serial port")
        elif line_id == "halted" and not re.search(r"^E-EXIT-0[12] .* - ", between, re.M):
            found.append(f"{script}: SILENT, halts without a line on the serial port")
    return found


def sweep_faults(firmware: str, outcome, wanted: int) -> list[str]:
    text = outcome.text
    if not re.search(r"^groma: faults ", text, re.M):
        last = re.findall(r"^run (\S+ \S+)$", text, re.M)[-1:] or ["none"]
        return [f"no count: {outcome.verdict()}; the last run is {last[0]}", *run_faults(text)]
    found = run_faults(text)
    runs = int(re.search(r"^target: runs=(\d+)", text, re.M)[1])
    if len(RUN.findall(text)) != runs:
        found.append(f"{len(RUN.findall(text))} of {runs} runs can be read")
    found += Facts(text).faults({"faults": {"firmware": firmware, "leaked": 0, "hung": 0, "silent": 0, "wild": 0,
                                            "wrong": 0, "injected": lambda number: int(number) >= wanted}})
    if not re.search(REFUSED, text, re.M):
        found.append("an exit that is refused for ever does not end in E-EXIT-02")
    return found + re.findall(r"^target: (?:no |the loader came back|cannot).*", text, re.M)


def wait_for_sweep(machine: Machine, seconds: float) -> None:
    """Looks now and then only: each look reads the whole log."""
    deadline = time.monotonic() + seconds
    while machine.running() and time.monotonic() < deadline and not machine.wait(SWEPT, 0):
        time.sleep(LOOK_S)


def sweep(firmware: str, options: Options, stick: Path, full: bool) -> tuple[list[str], str]:
    with Machine(options, stick) as machine:
        wait_for_sweep(machine, FULL_S if full else SWEEP_S)
        outcome = machine.outcome()
    try:
        found = sweep_faults(firmware, outcome, FULL_WANTED if full else WANTED)
    except FactError as error:
        found = [str(error)]
    return found + ["triple fault"] * (outcome.triple_faults > 0), outcome.text


def timer_boot(firmware: str, options: Options, stick: Path) -> tuple[list[str], str]:
    boot = good(f"{firmware}-timer", firmware, "512M", "max", "virtio", 1, "none", facts=GOOD_FACTS,
                must=tuple(f"^{fact}" for fact in EXIT_FACTS))
    with Machine(options, stick) as machine:
        stopped = machine.wait(DEAD_END, BOOT_S) is not None
        outcome = machine.outcome()
    return outcome_faults(boot, outcome, stopped) + text_faults(boot, outcome.text), outcome.text


# ---- the command -------------------------------------------------------------------------------------

def report(name: str, found: list[str], seconds: float, text: str, keep: Path | None) -> bool:
    if keep:
        (keep / f"{name}.log").write_text(text)
    for line in re.findall(r"^groma: faults .*", text, re.M):
        print(line)
    if not found:
        print(f"ok {name} {seconds:.2f}", flush=True)
        return True
    tail = [f"  | {line}" for line in text.splitlines()[-15:]]
    print("\n".join([f"FAIL {name} {found[0]}", *(f"  {what}" for what in found[1:20]), *tail]), flush=True)
    return False


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="target.py", description=__doc__.splitlines()[0])
    parser.add_argument("--firmware", choices=("ovmf", "uboot"), action="append", help="this one only")
    parser.add_argument("--full", action="store_true", help="failures that last, too, and more pairs")
    parser.add_argument("--seed", type=int, default=1, help="of the pairs (default %(default)s)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the serial logs there")
    args = parser.parse_args(argv)
    good_so_far = True
    orders = f"wanted={FULL_WANTED if args.full else ORDERED} full={int(args.full)} seed={args.seed}"
    for firmware in args.firmware or ("uboot", "ovmf"):
        options = Options(firmware=firmware, bus="virtio", display="vga", extra=EXTRA[firmware])
        for name, words in ((firmware, orders), (f"{firmware}-timer", "timer=1")):
            start = time.monotonic()
            with tempfile.TemporaryDirectory(prefix="groma-") as place:
                stick = make_stick(Path(place), words)
                try:
                    found, text = (timer_boot(firmware, options, stick) if words == "timer=1"
                                   else sweep(firmware, options, stick, args.full))
                except (MachineError, OSError) as error:
                    found, text = [f"cannot run: {error}"], ""
            good_so_far &= report(name, found, time.monotonic() - start, text, args.keep)
    return 0 if good_so_far else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except image.ImageError as error:
        sys.exit(f"target: {error}")
