#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The boots of `make test`: machines, sticks, and what each must print. A table first, then its reader.

Prints `ok boot.NAME seconds` or `FAIL boot.NAME detail` with the tail of the serial output. The good
boots together hold every pair of (firmware, memory, CPU, bus, CPUs, display), which is checked too.
"""
from __future__ import annotations

import argparse
import concurrent.futures
import dataclasses
import itertools
import re
import signal
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import image  # noqa: E402
import faults  # noqa: E402
from aids import AIDS  # noqa: E402
from facts import FactError, Facts  # noqa: E402
from machine import DEAD_END, EXIT_OVERRIDE, HALTED, Machine  # noqa: E402
from qemu import STATUS_FAILED, STATUS_OK, MachineError, Options, memory_bytes  # noqa: E402
from qmp import QmpError  # noqa: E402
from scenarios import SCENARIOS, Scenario  # noqa: E402

TAIL_LINES = 25
SAYING = threading.Lock()
LIMIT_S = 240.0                 # a boot takes 1 to 6 s; 90 s were seen on two cores with a load of 20
GOOD_FACTS = {
    "kernel": {"state": "up"},
    "totals": {"balance": 0},
    "frames": {"leaked": 0},
    "audit": {"wx": 0, "user": 0, "null": "unmapped"},
    "done": {"status": "ok"},
}
ERROR_LINE = r"^E-\S+"
FREE_SLACK_BYTES = 64 << 20
GIVEN_BACK = re.compile(r"^EFI LOAD FAILED: continuing", re.M)    # U-Boot has control, and goes on trying


@dataclass(frozen=True)
class Boot:
    """One row. `files` replaces files of the stick (None: leaves out); `stop` ends a boot that cannot
    end QEMU itself, whose status is then None."""

    name: str
    machine: Options
    config: tuple[str, ...] = ()
    files: dict = field(default_factory=dict)
    facts: dict = field(default_factory=dict)
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    status: int | None = STATUS_OK
    stop: re.Pattern | None = None
    limit_s: float = LIMIT_S
    table: str = "gpt"           # the partition table of its disk


def good(name: str, firmware: str, mem: str, cpu: str, bus: str, smp: int, display: str, **more) -> Boot:
    """A boot that must succeed; `facts` in `more` come on top of the usual ones."""
    facts = {**GOOD_FACTS, **more.pop("facts", {})}
    machine = Options(firmware=firmware, mem=mem, cpu=cpu, bus=bus, smp=smp, display=display)
    silent = () if "watch=yes" in more.get("config", ()) else (r"^groma: watch",)
    return Boot(name, machine, facts=facts, must_not=(ERROR_LINE, *silent, *more.pop("must_not", ())), **more)


AXES = {"firmware": ("ovmf", "uboot"), "mem": ("128M", "512M", "5G", "900G"), "cpu": ("qemu64", "max"),
        "bus": ("virtio", "usb", "ahci"), "smp": (1, 2), "display": ("none", "vga")}

BOOTS = (
    good("uboot-128m-virtio", "uboot", "128M", "qemu64", "virtio", 2, "vga"),
    good("ovmf-128m-usb", "ovmf", "128M", "qemu64", "usb", 1, "vga"),
    good("uboot-128m-ahci", "uboot", "128M", "max", "ahci", 1, "none"),
    good("ovmf-512m-virtio", "ovmf", "512M", "qemu64", "virtio", 1, "none"),
    good("uboot-512m-usb", "uboot", "512M", "qemu64", "usb", 1, "none"),
    good("uboot-512m-ahci", "uboot", "512M", "max", "ahci", 2, "vga"),
    good("ovmf-5g-virtio", "ovmf", "5G", "max", "virtio", 1, "vga"),
    good("uboot-5g-usb", "uboot", "5G", "qemu64", "usb", 2, "none"),
    good("ovmf-5g-ahci", "ovmf", "5G", "max", "ahci", 1, "none"),
    good("ovmf-900g-virtio", "ovmf", "900G", "qemu64", "virtio", 2, "none"),
    good("uboot-900g-usb", "uboot", "900G", "max", "usb", 2, "vga"),
    good("uboot-900g-ahci", "uboot", "900G", "qemu64", "ahci", 1, "vga"),
    good("ovmf-pie", "ovmf", "512M", "max", "virtio", 1, "none",
         files={"kernel.elf": ROOT / "build/kernel/kernel-pie.elf"}),
    good("uboot-module", "uboot", "512M", "max", "virtio", 1, "none", config=("module=/groma.conf words",)),
    *(good(f"{firmware}-watch", firmware, "512M", "max", "virtio", 1, "none", config=("watch=yes",),
           must=(rf"^groma: watch stage=exit at=0x\S+000 pages=\d+ kind=runtime-data .* descriptor=\d+ claim=- by=firmware$",
                 rf"^groma: watched stage=exit ranges=\d+ pages={pages} left=0 changed=[1-9]\d* runs=[1-9]\d*$",
                 rf"^groma: watched stage=entry ranges=\d+ pages={pages} left=0 changed=0 runs=0$",
                 rf"^groma: watched stage=end ranges=\d+ pages={pages} left=0 changed=0 runs=0$"),
           must_not=(r"^groma: watch stage=(entry|end)", "^W-WATCH"))
      for firmware, pages in (("uboot", r"[2-9]\d"), ("ovmf", r"1\d{3}"))),
    good("uboot-ranges", "uboot", "512M", "max", "virtio", 1, "none",
         config=("timeout=1", "reserve=0x1000000-0x1400000 a hole", "badram=0x2000000-0x2001000",
                 "badram+=0x3000000,0xfeffe000"),
         must=(r".*0000000001000000 0000000001400000 .*reserved .*claim a hole",
               r".*0000000002000000 0000000002002000 .*bad .*claim badram",
               r".*0000000003000000 0000000003002000 .*bad .*claim badram"),
         must_not=(r"W-MEM-07 ",)),
)


# The kernel that the documentation shows: it has no facts but the last.
EXAMPLE = Boot("your-kernel", Options(firmware="uboot", bus="virtio"), facts={"done": {"status": "ok"}},
               files={"kernel.elf": ROOT / "build/kernel/mine.elf"}, must=(r"^4\d\d MiB usable, ",), must_not=(ERROR_LINE,))

# Ends by itself neither way: the default is no `exit=qemu`, and a kernel without handlers just halts.
HALTS = (
    Boot("uboot-no-config", Options(firmware="uboot", bus="virtio"), files={"groma.conf": None}, facts=GOOD_FACTS,
         must_not=(ERROR_LINE,), status=None, stop=re.compile(r"^groma: done status=ok\n", re.M)),
    Boot("early-fault", Options(firmware="uboot", bus="virtio"), files={"kernel.elf": faults.faulting_kernel()},
         must=(r"^E-HAND-02 ", r"^exception 6 #UD .*rip 0xffffffff80000000"), status=None,
         stop=re.compile(r"^  cs 0008 .*\n", re.M)),
    # `ret` goes to address 0, where nothing is mapped.
    Boot("kernel-returns", Options(firmware="uboot", bus="virtio"), files={"kernel.elf": faults.faulting_kernel(b"\xc3")},
         must=(r"^E-HAND-02 ", r"^exception 14 #PF .*rip 0x0"), status=None, stop=re.compile(r"^  cs 0008 .*\n", re.M)),
)


def plant(name: str, how: str, *must: str) -> Boot:
    """A boot of the test kernel that must say what was planted, and end as failed or halt."""
    halted = how == faults.HALTED
    return Boot(f"plant-{name}", Options(firmware="uboot", cpu="max", bus="virtio"),
                config=("kernel=/testkernel.elf", f"cmdline=plant={name}"),
                files={"testkernel.elf": ROOT / "build/kernel/testkernel.elf"},
                facts={} if halted else {"done": {"status": "failed"}},
                must=tuple(f"^{line}" for line in must), must_not=(r"^groma: done status=ok", "^E-PLANT"),
                status=None if halted else STATUS_FAILED,
                stop=re.compile(must[0], re.M) if halted else None)


def noticed(name: str, how: str, *must: str) -> Boot:
    """A boot of the test kernel that does something that is no fault, and must be told."""
    return replace(plant(name, how, *must), name=f"watch-{name}", facts=GOOD_FACTS, must_not=(ERROR_LINE,), status=STATUS_OK,
                   config=("watch=yes", "kernel=/testkernel.elf", f"cmdline=plant={name}"), stop=None)


def refused(name: str, config: tuple, files: dict, must: str) -> Boot:
    """A stick that the loader must refuse, with control back at the firmware."""
    return Boot(name, Options(firmware="uboot", bus="virtio"), config=("timeout=0", *config), files=files,
                must=(f"^{must}",), must_not=(r"^groma: kernel ",), status=None, stop=GIVEN_BACK)


def fault_boots(esp: Path) -> tuple[Boot, ...]:
    kernel = (esp / "kernel.elf").read_bytes()
    return (*(plant(*row) for row in faults.PLANTS), *(noticed(name, "", *must) for name, *must in faults.WRITES),
            *(refused(*row) for row in faults.bad_sticks(kernel)))


def missing_pairs(boots) -> list[str]:
    """Pairs of values of two axes that no good boot has."""
    rows = [boot.machine for boot in boots if isinstance(boot, Boot) and boot.status == STATUS_OK]
    missing = []
    for one, two in itertools.combinations(AXES, 2):
        seen = {(getattr(row, one), getattr(row, two)) for row in rows}
        missing += [f"{a}+{b}" for a, b in itertools.product(AXES[one], AXES[two]) if (a, b) not in seen]
    return missing


def outcome_faults(boot: Boot, outcome, stopped: bool) -> list[str]:
    if boot.stop:
        if not stopped:
            return [f"never came to {boot.stop.pattern!r}: {outcome.verdict()}"]
        return ["triple fault"] if outcome.triple_faults else []
    if stopped:
        halted = HALTED.search(outcome.text)
        return [f"halts with {halted[0]}" if halted else "back at the firmware's prompt, which no good boot comes to"]
    if outcome.triple_faults or outcome.status != boot.status:
        return [outcome.verdict() if outcome.verdict() != "ok" else f"exit status {outcome.status}"]
    return []


def free_faults(boot: Boot, facts: Facts) -> list[str]:
    """What the reclaim stages left free must come within 64 MiB of the machine's RAM."""
    if boot.facts is None or "frames" not in boot.facts:
        return []
    try:
        free = facts.once("reclaim", stage="loader").number("free")
    except FactError as error:
        return [str(error)]
    missing = memory_bytes(boot.machine.mem) - free
    return [] if 0 <= missing <= FREE_SLACK_BYTES else [f"{missing} bytes of RAM are not free after the reclaim"]


def text_faults(boot: Boot, text: str) -> list[str]:
    facts = Facts(text)
    found = facts.faults(boot.facts) + [f"malformed: {line}" for line in facts.malformed]
    found += free_faults(boot, facts)
    found += [f"no line {wanted!r}" for wanted in boot.must if not re.search(wanted, text, re.M)]
    for banned in boot.must_not:
        match = re.search(rf"{banned}.*", text, re.M)
        if match:
            found.append(f"unwanted: {match[0]}")
    return found


def run(boot: Boot | Scenario, esp: Path) -> tuple[list[str], str]:
    """Boots once; returns what is wrong, and the serial output."""
    try:
        if isinstance(boot, Scenario):
            return boot.run(esp)
        with tempfile.TemporaryDirectory(prefix="groma-") as place:
            config = boot.config if boot.stop else (*boot.config, EXIT_OVERRIDE)
            stick = image.stage(esp, Path(place) / "esp", list(config), boot.files)
            disk = image.make_image(Path(place) / "disk.img", stick, boot.table)
            with Machine(boot.machine, disk) as machine:
                stopped = machine.wait(boot.stop or DEAD_END, boot.limit_s) is not None
                outcome = machine.outcome()
    except (MachineError, image.ImageError, QmpError, OSError) as error:
        return [f"cannot run: {error}"], ""
    return outcome_faults(boot, outcome, stopped) + text_faults(boot, outcome.text), outcome.text


def say(lines: str) -> None:
    """In one piece: print writes a line and its end apart, and two threads could mix theirs."""
    with SAYING:
        sys.stdout.write(lines + "\n")
        sys.stdout.flush()


def report(boot: Boot | Scenario, esp: Path) -> bool:
    start = time.monotonic()
    found, text = run(boot, esp)
    if not found:
        say(f"ok boot.{boot.name} {time.monotonic() - start:.2f}")
        return True
    tail = [f"  | {line}" for line in text.splitlines()[-TAIL_LINES:]]
    say("\n".join([f"FAIL boot.{boot.name} {'; '.join(found)}", *tail]))
    return False


def run_all(boots, esp: Path, jobs: int) -> bool:
    """Boots them all, `jobs` at once. When interrupted, those that have not begun are dropped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    pool = concurrent.futures.ThreadPoolExecutor(jobs)
    try:
        return all(list(pool.map(lambda boot: report(boot, esp), boots)))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for machine in list(Machine.live):
            machine.process.terminate()


def list_boots(boots) -> int:
    plain = Options()
    for boot in boots:
        if isinstance(boot, Scenario):
            print(boot.name)
            continue
        values = " ".join(f"{key}={getattr(boot.machine, key)}" for key in AXES)
        extra = [f"{item.name}={getattr(boot.machine, item.name)}" for item in dataclasses.fields(Options)
                 if item.name not in AXES and getattr(boot.machine, item.name) != getattr(plain, item.name)]
        print(" ".join([f"{boot.name:20}", values, *extra, *boot.config, *boot.files]))
    return 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="boots.py", description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="this boot only; may be repeated")
    parser.add_argument("--list", action="store_true", help="show the table")
    parser.add_argument("--jobs", type=int, default=2, help="boots at once (default %(default)s)")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="all of them N times")
    parser.add_argument("--esp", type=Path, default=ROOT / "esp", help="the stick (default esp)")
    args = parser.parse_args(argv)
    if not (args.esp / "kernel.elf").is_file():
        print(f"boots: {args.esp}/kernel.elf is missing; make builds it", file=sys.stderr)
        return 2
    all_boots = (*SCENARIOS, *AIDS, *BOOTS, EXAMPLE, *HALTS, *fault_boots(args.esp))
    unknown = set(args.only or ()) - {boot.name for boot in all_boots}
    if unknown or args.jobs < 1 or args.repeat < 1:
        print(f"boots: no boot named {' '.join(sorted(unknown))}" if unknown else "boots: --jobs and --repeat: at least 1",
              file=sys.stderr)
        return 2
    boots = [boot for boot in all_boots if not args.only or boot.name in args.only] * args.repeat
    if args.list:
        return list_boots(boots)
    passed = True
    if not args.only:
        missing = missing_pairs(boots)
        passed = not missing
        print("FAIL boot.pairs no good boot has " + " ".join(missing) if missing else "ok boot.pairs", flush=True)
    return 0 if run_all(boots, args.esp, args.jobs) and passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
