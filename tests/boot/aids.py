# SPDX-License-Identifier: MIT
"""Boots of the aids for real machines: checkpoints over boots that end early, bad RAM where the loader
would place things, all maps printed, no DMA through bridges. Scenarios, as in scenarios.py.
"""
from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import Callable

from kept import KeptMachine
from qemu import BRIDGE_SLOT, Options
from scenarios import (ENOUGH, LIMIT_S, MEMMAP, OURS, OVMF, U_BOOT, Bench, Scenario, Wrong, expect, serial_map, shown)

WAITS = re.compile(r"^E-FILE-02 .*\n", re.M)
BUS_MASTER = 4
COMMAND_AT = 4


# ---- checkpoints -----------------------------------------------------------------------------------

def cut_off(bench: Bench, options: Options) -> None:
    """A boot that ends without a word: its power goes while the loader tells of a missing module."""
    with KeptMachine(options, bench.disk, bench.variables) as machine:
        expect(machine.wait(WAITS, LIMIT_S), "the missing module was not told")
        bench.text = machine.text


def checkpoints(options: Options) -> Callable[[Bench], None]:
    def check(bench: Bench) -> None:
        bench.stick("checkpoint=yes", "timeout=600", "module=/absent")
        cut_off(bench, options)
        expect("groma: checkpoint state=new" in bench.text, "the first boot knows of one before")
        bench.configure("module=/groma.conf", "verbose=no")
        facts = bench.boot(options)
        said = facts.once("checkpoint").values
        expect(said == {"state": "stopped", "last": "read-modules", "missed": "leave-firmware"}, f"said {said}")
        expect("checkpoint: the boot before came to step 0x40 read-modules and not to step 0x58 leave-firmware"
               in bench.text, "not said in words")
        bench.configure("verbose=yes")
        before = bench.hash()
        said = bench.boot(options).once("checkpoint").values
        expect(said == {"state": "complete", "last": "leave-firmware"}, f"said {said} after a whole boot")
        expect(bench.hash() == before, "something was written after a whole boot")    # U-Boot keeps variables there
        steps = re.findall(r"^groma: step code=0x([0-9a-f]+) name=(\S+)$", bench.text, re.M)
        expect(len(steps) == 12 and steps == sorted(steps) and steps[-1][1] == "switch", f"steps {steps}")
        bench.no_trouble()
    return check


def checkpoint_forgotten(bench: Bench) -> None:
    for config, state in (("yes", "new"), ("yes", "complete"), ("forget", ""), ("yes", "new")):
        bench.stick(f"checkpoint={config}") if not bench.disk.exists() else bench.configure(f"checkpoint={config}")
        found = [fact.values["state"] for fact in bench.boot(U_BOOT).all("checkpoint")]
        expect(found == ([state] if state else []), f"states {found} with checkpoint={config}, not {state!r}")
        bench.no_trouble()


# ---- bad RAM -----------------------------------------------------------------------------------------

def bad_ram_moves(options: Options) -> Callable[[Bench], None]:
    """What the default placement uses is declared bad: all of it lies elsewhere, and the kernel is told."""
    def check(bench: Bench) -> None:
        ours = lambda: [row for row in shown(bench.text) if row[2] in OURS and row[0] >= 1 << 20]
        bench.stick()
        bench.boot(options)
        first, end = min(row[0] for row in ours()), max(row[1] for row in ours())
        middle = first + (end - first) // 8192 * 4096
        bench.configure(f"badram={first:#x}-{middle:#x}", f"reserve={middle:#x}-{end:#x} for a test")
        bench.boot(options)
        inside = [row for row in ours() if row[0] < end and row[1] > first]
        expect(not inside, f"still in bad memory: {inside}")
        for low, high, kind, origin in ((first, middle, "bad", "claim badram"), (middle, end, "reserved", "claim for a test")):
            rows = [row for row in shown(bench.text) if row[0] < high and row[1] > low]
            expect(all(row[2] == kind and row[3].startswith(origin) for row in rows) and
                   rows[0][0] <= low and sum(row[1] - row[0] for row in rows) >= high - low,
                   f"{low:#x}-{high:#x} is not {kind} by {origin!r}: {rows}")
    return check


def bad_ram_taken(bench: Bench) -> None:
    """Where the loader's own image lies: one warning names it, and the boot goes on."""
    bench.stick("verbose=yes")
    image = re.search(r"^groma: loader .*\bbase=0x([0-9a-f]+) size=(\d+)", boot_text(bench, U_BOOT), re.M)
    expect(image, "no line of the loader")
    page = int(image[1], 16)
    bench.configure(f"badram={page:#x},0xfffff000")
    warnings = re.findall(r"^W-MEM-07 keep free (\S+) \(badram\), where the loader's image lies: ",
                          boot_text(bench, U_BOOT), re.M)
    expect(warnings == [f"{page:#x}-{page + 4096:#x}"], f"warnings {warnings}")


def boot_text(bench: Bench, options: Options) -> str:
    bench.boot(options)
    return bench.text


# ---- maps, DMA ----------------------------------------------------------------------------------------

def all_maps(bench: Bench) -> None:
    """Entries before and at the exit, and regions, on the serial port; the memmap command reads the last."""
    bench.stick("verbose=maps")
    facts = bench.boot(U_BOOT)
    bench.no_trouble()
    text = bench.text
    entries = re.split(r"^memory map .*, as the firmware gives it:\n", text, flags=re.M)
    expect(len(entries) == 3, f"{len(entries) - 1} lists of the firmware's entries, not 2")
    expect("\nefi: mem00: " in "\n" + entries[1] and "efi: mem00: " in entries[2], "a list is empty")
    listed = len(re.findall(r"^  0x[0-9a-f]{12}-0x[0-9a-f]{12} ", text.split("memory map as handed over: ")[1], re.M))
    expect(listed == facts.once("map").number("regions"), f"{listed} regions listed by the loader")
    done = subprocess.run([str(MEMMAP), "check", str(serial_map(bench))], text=True, capture_output=True, check=False)
    expect(done.returncode in (0, 1) and not done.stderr, f"memmap check: {done.stderr.strip()}")


def bus_master_bit(machine: KeptMachine) -> int:
    """The root port's, by the way a CPU of the machine would read it: I/O ports cf8h and cfch."""
    address = 1 << 31 | BRIDGE_SLOT << 11 | COMMAND_AT
    with machine.monitor() as link:
        link.command("human-monitor-command", **{"command-line": f"o/w 0xcf8 {address:#x}"})
        answer = link.command("human-monitor-command", **{"command-line": "i/h 0xcfc"})
    value = re.search(r"= 0x([0-9a-f]+)", answer)
    if not value:
        raise Wrong(f"the monitor said {answer!r}")
    return int(value[1], 16) & BUS_MASTER


def no_dma(bench: Bench) -> None:
    """The stick's disk is behind a root port; its bus mastering is read back from outside."""
    machine_options = replace(OVMF, bus="bridge")
    for config, told, bit in (("on", "dma=on", BUS_MASTER), ("off", "dma=off", 0)):
        bench.stick(f"dma={config}")
        with KeptMachine(machine_options, bench.disk) as machine:
            expect(machine.wait(ENOUGH, LIMIT_S), "never came to the kernel's map")
            bench.text = machine.text
            expect(bus_master_bit(machine) == bit, f"dma = {config}, and the bridge's bus mastering is otherwise")
        expect(re.search(rf"^groma: security .*\b{told}$", bench.text, re.M), f"no {told} told")
        bench.no_trouble()


def no_dma_unknown(bench: Bench) -> None:
    """U-Boot shows no PCI devices: one warning, the boot goes on, and the kernel is not told otherwise."""
    bench.stick("dma=off")
    facts = bench.boot(U_BOOT)
    warnings = re.findall(r"^[EW]-\S+", bench.text, re.M)
    expect(warnings == ["W-DMA-01"], f"warnings {warnings}")
    expect(facts.once("security").values["dma"] == "on", "the kernel is told that DMA is off")


AIDS = (
    Scenario("checkpoint-uboot", checkpoints(U_BOOT)),
    Scenario("checkpoint-ovmf", checkpoints(OVMF)),
    Scenario("checkpoint-forget", checkpoint_forgotten),
    Scenario("badram-moves", bad_ram_moves(U_BOOT)),
    Scenario("badram-moves-ovmf", bad_ram_moves(OVMF)),
    Scenario("badram-image", bad_ram_taken),
    Scenario("maps", all_maps),
    Scenario("dma-off", no_dma),
    Scenario("dma-off-uboot", no_dma_unknown),
)
