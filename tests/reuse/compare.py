#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boots one machine twice, our kernel from the stick and tests/reuse/ under GRUB, and compares their maps.

Prints `ok reuse.NAME [seconds]` or `FAIL reuse.NAME detail`. Differences that are allowed are printed as
indented notes. Begins with a self-test: spoilt copies of a small pair of logs must each be refused.
"""
from __future__ import annotations

import argparse
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import image  # noqa: E402
import samples  # noqa: E402
from machine import DEAD_END, EXIT_OVERRIDE, Machine  # noqa: E402
from maps import (FactError, Facts, MapError, balance_faults, normal_faults, read_ours,  # noqa: E402
                  read_theirs, same_faults)
from qemu import MachineError, Options  # noqa: E402

LIMIT_S = 120.0                 # a boot takes 4 to 5 s
TAIL_LINES = 15
MULTIBOOT2_MAGIC = 0x36D76289
# Without a display: our kernel would have a claim on its framebuffer, and GRUB's none.
MACHINES = {
    "512m": Options(bus="virtio"),
    "128m": Options(mem="128M", cpu="qemu64", bus="usb"),
    "5g": Options(mem="5G", bus="ahci", smp=2),
    "uboot": Options(firmware="uboot", bus="virtio"),
}
STUCK = re.compile(DEAD_END.pattern + r"|^grub rescue>", re.M)


# ---- judging -----------------------------------------------------------------------------------------

def judge(ours_text: str, theirs_text: str) -> list[tuple[str, list[str], list[str]]]:
    """(check, faults, notes) of a pair of logs."""
    try:
        Facts(theirs_text).once("reuse").number("magic")
        faults = Facts(theirs_text).faults({"reuse": {"magic": MULTIBOOT2_MAGIC}, "done": {"status": "ok"}})
        ours = read_ours(ours_text)
        maps = {name: read_theirs(theirs_text, name) for name in ("efi", "e820")}
    except (FactError, MapError, KeyError, ValueError) as error:
        return [("read", [f"{type(error).__name__}: {error}"], [])]
    results = [("read", faults, [])]
    for name, one in (("ours", ours), *maps.items()):
        results.append((f"{name}-normal", normal_faults(one), []))
        results.append((f"{name}-balance", balance_faults(one), []))
        if one.sums["stated"] != ours.sums["stated"]:
            results.append((f"{name}-stated", [f"{one.sums['stated']} bytes, ours {ours.sums['stated']}"], []))
    for name, one in maps.items():
        results.append((f"{name}-same", *same_faults(ours, one, coarse=name == "e820")))
    return results


def self_test() -> bool:
    """The samples pass as they are; each spoilt copy fails in just the check that it is made for."""
    bad = [name for name, faults, _ in judge(samples.OURS, samples.THEIRS) if faults]
    said = [f"the samples as they are: {' '.join(bad)}"] if bad else []
    for name, wanted, side, old, new in samples.SPOILT:
        texts = {"ours": samples.OURS, "theirs": samples.THEIRS}
        if texts[side].count(old) != 1:
            said.append(f"{name}: {old!r} is not there once")
            continue
        texts[side] = texts[side].replace(old, new)
        failed = [check for check, faults, _ in judge(texts["ours"], texts["theirs"]) if faults]
        if wanted not in failed:
            said.append(f"{name}: {wanted} did not fail, but {' '.join(failed) or 'nothing'}")
    return show("self-test", said)


# ---- booting -----------------------------------------------------------------------------------------

def boot(options: Options, disk: Path) -> str:
    """The serial output of a run that must end well."""
    with Machine(options, disk) as machine:
        machine.wait(STUCK, LIMIT_S)
        outcome = machine.outcome()
    if outcome.verdict() != "ok":
        tail = "\n".join(f"  | {line}" for line in outcome.text.splitlines()[-TAIL_LINES:])
        raise MachineError(f"{outcome.verdict()}\n{tail}")
    return outcome.text


def show(name: str, faults: list[str], seconds: float | None = None, notes: list[str] | None = None) -> bool:
    took = "" if seconds is None else f" {seconds:.2f}"
    print(f"FAIL reuse.{name} {'; '.join(faults)}" if faults else f"ok reuse.{name}{took}", flush=True)
    for note in notes or []:
        print(f"  {note}")
    return not faults


def run(name: str, options: Options, esp: Path, grub_esp: Path, keep: Path | None) -> bool:
    texts = {}
    for side in ("theirs", "ours"):
        start = time.monotonic()
        try:
            with tempfile.TemporaryDirectory(prefix="groma-") as place:
                stick = grub_esp if side == "theirs" else image.stage(esp, Path(place) / "esp", [EXIT_OVERRIDE])
                texts[side] = boot(options, stick)
        except (MachineError, image.ImageError, OSError) as error:
            return show(f"{name}-{side}", [str(error)])
        if keep:
            (keep / f"{name}-{side}.log").write_text(texts[side])
        show(f"{name}-{side}", [], time.monotonic() - start)
    results = judge(texts["ours"], texts["theirs"])
    return all([show(f"{name}-{check}", faults, notes=notes) for check, faults, notes in results])


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="compare.py", description=__doc__.splitlines()[0])
    parser.add_argument("--machine", action="append", choices=(*MACHINES, "all"), help="default 512m")
    parser.add_argument("--self-test", action="store_true", help="only that; no boot")
    parser.add_argument("--esp", type=Path, default=ROOT / "esp", help="our stick (default esp)")
    parser.add_argument("--grub-esp", type=Path, default=ROOT / "build/reuse/esp",
                        help="GRUB's stick (default build/reuse/esp)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the serial logs there")
    args = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # so that a machine that runs is ended
    for name in ("kernel.elf", "EFI/BOOT/BOOTX64.EFI"):
        if not args.self_test and not (args.grub_esp / name).is_file():
            print(f"compare: {args.grub_esp}/{name} is missing; make reuse builds it", file=sys.stderr)
            return 2
    passed = self_test()
    names = args.machine or ["512m"]
    for name in [] if args.self_test else MACHINES if "all" in names else names:
        passed = run(name, MACHINES[name], args.esp, args.grub_esp, args.keep) and passed
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
