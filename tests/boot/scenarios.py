# SPDX-License-Identifier: MIT
"""Boots that belong together: machines that keep their disk and their firmware's variables.

Captures are written, read out of the image with mtools and held against what the kernel printed; drift
is looked for from one boot to the next; and many boots of one machine must place everything alike. Each
scenario is a function that gets a Bench and returns what is wrong; SCENARIOS names them.
"""
from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable

import image
import power
from facts import FactError, Facts
from kept import KeptMachine, list_maps, read_map
from machine import DEAD_END
from qemu import Options

ROOT = Path(__file__).resolve().parents[2]
MEMMAP = ROOT / "build/memmap"
LIMIT_S = 240.0
MIB, GIB = 1 << 20, 1 << 30
STICK_MIB = 24                  # FAT16 here: the other boots have FAT32
ENOUGH = re.compile(r"^groma: map .*\n", re.M)      # the kernel's map was shown and checked; what follows takes longer
REGION = re.compile(r"^  ([0-9a-f]{16}) ([0-9a-f]{16}) +\S+ \S+ +(\S+) +\S+  (\S.*)$", re.M)
TROUBLE = re.compile(r"^[EW]-\S+ .*", re.M)
OURS = ("kernel", "module", "boot-info", "page-tables", "stack", "handoff", "ap-trampoline")
RAM = ("usable", "loader-reclaimable", "boot-reclaimable")
U_BOOT = Options(firmware="uboot", bus="virtio")
OVMF = Options(firmware="ovmf", bus="virtio")
KEYBOARD = ("-device", "qemu-xhci,id=keys", "-device", "usb-kbd,bus=keys.0")


class Wrong(Exception):
    """One phrase: what a scenario found wrong."""


def expect(condition, what: str) -> None:
    if not condition:
        raise Wrong(what)


class Bench:
    """One stick and one set of variables, through several boots."""

    def __init__(self, folder: Path, esp: Path) -> None:
        self.folder = folder
        self.disk = folder / "stick.img"
        self.variables = folder / "vars.fd"
        self.text = ""
        self._esp = esp
        self._stage = 0

    def stick(self, *config: str, files: dict | None = None) -> None:
        """A new stick; the variables stay."""
        self._stage += 1
        esp = image.stage(self._esp, self.folder / f"esp{self._stage}", list(config), files)
        image.make_image(self.disk, esp, size_mib=STICK_MIB)

    def configure(self, *config: str) -> None:
        """Another groma.conf on the same stick, where U-Boot keeps its variables (ubootefi.var)."""
        image.copy_image(self.disk, self.folder / "copy.img", list(config)).replace(self.disk)

    def boot(self, options: Options, read_only: bool = False, key: str = "") -> Facts:
        """Boots until the kernel has shown the map; errors and warnings are the caller's to judge."""
        with KeptMachine(options, self.disk, self.variables, read_only) as machine:
            if key:
                self._hold(machine, key)
            machine.wait(re.compile(f"{ENOUGH.pattern}|{DEAD_END.pattern}", re.M), LIMIT_S)
            outcome = machine.outcome()
        self.text = outcome.text
        expect(not outcome.triple_faults, "triple fault")
        expect(ENOUGH.search(self.text), "never came to the kernel's map")
        facts = Facts(self.text)
        expect(facts.once("map").values.get("renormalized") == "same", "the kernel's map is not ours")
        return facts

    @staticmethod
    def _hold(machine: KeptMachine, key: str) -> None:
        """A key that repeats, as a held one does, until the loader has shown the map."""
        with machine.monitor() as link:
            while machine.running() and not machine.wait(re.compile("^groma: loader", re.M), 0.02):
                for down in (True, False):
                    data = {"down": down, "key": {"type": "qcode", "data": key}}
                    link.command("input-send-event", events=[{"type": "key", "data": data}])

    def no_trouble(self) -> None:
        match = TROUBLE.search(self.text)
        expect(not match, f"unwanted: {match and match[0]}")

    def hash(self) -> str:
        return hashlib.sha256(self.disk.read_bytes()).hexdigest()

    def capture(self, name: str) -> Path:
        return read_map(self.disk, name, self.folder / f"{name}-{self._stage}")


# ---- maps -----------------------------------------------------------------------------------------

def shown(text: str) -> list[tuple[int, int, str, str]]:
    """The regions that the kernel printed: first byte, end, kind, origin."""
    return [(int(first, 16), int(end, 16), kind, origin) for first, end, kind, origin in REGION.findall(text)]


def normalized(file: Path, *options: str) -> list[tuple[int, int, str]]:
    """What the memmap command makes of a file."""
    done = subprocess.run([str(MEMMAP), "normalize", str(file), *options], text=True, capture_output=True, check=False)
    expect(done.returncode == 0 and not done.stderr, f"memmap normalize: {done.stderr.strip() or done.returncode}")
    rows = [line.split() for line in done.stdout.splitlines() if not line.startswith("#")]
    return [(*(int(bound, 16) for bound in row[0].split("-")), row[1]) for row in rows]


def folded(rows) -> list[tuple[int, int, str]]:
    """RAM that the loader or boot services hold is RAM: it changes until the exit."""
    out: list[tuple[int, int, str]] = []
    for first, end, kind in rows:
        kind = "ram" if kind in RAM else kind
        if out and out[-1][1:] == (first, kind):
            first = out.pop()[0]
        out.append((first, end, kind))
    return out


def first_difference(left: list, right: list) -> str:
    for one, other in zip(left, right):
        if one != other:
            return f"{one} and {other}"
    return f"{len(left)} and {len(right)} regions"


def check_capture(bench: Bench, facts: Facts, name: str) -> None:
    """The file is whole, and says what the kernel was told; so does the exit map on the serial port."""
    bench.no_trouble()
    file = bench.capture(name)
    fact = facts.once("capture")
    expect(fact.values["file"] == f"\\groma\\maps\\{name}", f"said {fact.line}")
    expect(fact.number("bytes") == file.stat().st_size, f"{name}: {file.stat().st_size} bytes, said {fact.line}")
    said = subprocess.run([str(MEMMAP), "show", str(file)], text=True, capture_output=True, check=False).stdout
    for words in ("written by groma ", "firmware: ", "cpu: ", "tables: RSDP 0x", "claims: ",
                  "map 1: before the loader's allocations", "map 2: before the exit"):
        expect(words in said, f"{name}: no {words!r} in memmap show")
    expect("incomplete" not in said and "damaged" not in said, f"{name}: {said.splitlines()[0]}")
    check_maps(bench, facts, file)


def check_maps(bench: Bench, facts: Facts, file: Path) -> None:
    kernel = shown(bench.text)
    expect(len(kernel) == facts.once("map").number("regions"), "the kernel's list is not whole")
    bare = [row[:3] for row in kernel]
    before_exit = normalized(file, "--map", "2")
    expect(folded(before_exit) == folded(bare),
           f"capture and kernel differ: {first_difference(folded(before_exit), folded(bare))}")
    start = normalized(file, "--map", "1")
    loaders = lambda rows: sum(end - first for first, end, kind in rows if kind == "loader-reclaimable")
    everything = lambda rows: sum(end - first for first, end, _ in rows)
    expect(loaders(start) < loaders(normalized(serial_map(bench))), "the first map has the loader's allocations")
    expect(everything(folded(start)) <= everything(folded(bare)), "the first map has more memory")
    claims = [f"--reserve={first:#x}-{end:#x}={kind}" for first, end, kind, origin in kernel
              if origin.startswith("claim ")]
    exit_map = normalized(serial_map(bench), *claims)
    expect(exit_map == bare, f"serial's exit map and kernel differ: {first_difference(exit_map, bare)}")


def serial_map(bench: Bench) -> Path:
    """The whole serial log, for the memmap command to find the exit map in."""
    log = bench.folder / "serial.txt"
    log.write_text(bench.text)
    return log


# ---- captures --------------------------------------------------------------------------------------

def captures(options: Options) -> Callable[[Bench], None]:
    def check(bench: Bench) -> None:
        bench.stick("capture=yes", files={"groma/maps/0002.tmp": b"half a file"})
        check_capture(bench, bench.boot(options), "0001.map")
        first = bench.capture("0001.map").read_bytes()
        check_capture(bench, bench.boot(options), "0003.map")    # 0002 is somebody's unfinished file
        expect(bench.capture("0001.map").read_bytes() == first, "0001.map was changed")
        expect(bench.capture("0002.tmp").read_bytes() == b"half a file", "0002.tmp was changed")
        expect(list_maps(bench.disk) == ["0001.map", "0002.tmp", "0003.map"], f"files {list_maps(bench.disk)}")
    return check


def capture_key(bench: Bench) -> None:
    """Two looks in a boot; the later one gives a file without the map of the start. The guest is so slow here
    that a press can fall behind both."""
    bench.stick()
    for _ in range(2):
        facts = bench.boot(replace(OVMF, extra=KEYBOARD), key="c")
        if list_maps(bench.disk):
            break
    expect(list_maps(bench.disk) == ["0001.map"], f"files {list_maps(bench.disk)}")
    said = subprocess.run([str(MEMMAP), "show", str(bench.capture("0001.map"))], text=True, capture_output=True, check=False)
    if "map 2: " in said.stdout:
        check_capture(bench, facts, "0001.map")
        return
    bench.no_trouble()
    expect("map 1: before the exit" in said.stdout and "damaged" not in said.stdout, said.stdout[:400])
    bare = [row[:3] for row in shown(bench.text)]
    kept = folded(normalized(bench.capture("0001.map")))
    expect(kept == folded(bare), f"capture and kernel differ: {first_difference(kept, folded(bare))}")


def qemu_capture(bench: Bench) -> None:
    """The script: a file of another machine in one command; what it cannot do is one line, before a boot."""
    def run(*words: str, status: int = 0) -> str:
        done = subprocess.run([sys.executable, str(ROOT / "tools/qemu-capture"), *words], text=True, capture_output=True,
                              check=False, timeout=LIMIT_S)
        lines = done.stderr.count("\n")
        expect(done.returncode == status and lines == (status != 0), f"{words}: status {done.returncode}: {done.stderr}")
        return done.stderr

    out = bench.folder / "big.map"
    out.write_bytes(b"an old one")
    for words, about in ((("-o", "/nonexistent/x.map"), "no folder"), (("-o", str(bench.folder)), "a folder"), ((), "--out"),
                         (("-o", str(out), "--mem", "1X"), "1X"), (("-o", str(out), "--esp", "/nonexistent"), "missing")):
        expect(about in run(*words, status=2), f"{words}: not about {about}")
    expect(out.read_bytes() == b"an old one", "a refusal changed the file")
    run("--firmware", "uboot", "--bus", "virtio", "--mem", "5G", "-o", str(out))
    usable = sum(end - first for first, end, kind in folded(normalized(out)) if kind == "ram")
    expect(5 * GIB - 64 * MIB < usable <= 5 * GIB, f"{usable} bytes of RAM in a capture of 5 GiB")
    expect([file.name for file in bench.folder.iterdir()] == ["big.map"], "something is left beside the file")


def refused(options: Options, line: str, read_only: bool, files: dict | None = None) -> Callable[[Bench], None]:
    """A stick that cannot be written to: one line, no file, and the boot goes on."""
    def check(bench: Bench) -> None:
        bench.stick("capture=yes", files=files)
        before = bench.hash()
        bench.boot(options, read_only=read_only)
        found = TROUBLE.findall(bench.text)
        expect(len(found) == 1 and re.match(line, found[0]), f"lines {found}, not one {line}")
        expect(bench.hash() == before, "the stick was changed")
    return check


# ---- drift and sameness ------------------------------------------------------------------------------

def drift_is(facts: Facts, **values: str) -> None:
    fact = facts.once("drift")
    wrong = {key: fact.values.get(key) for key, value in values.items() if fact.values.get(key) != value}
    expect(not wrong, f"{fact.line}, not {values}")


def drift(options: Options, bigger: Options) -> Callable[[Bench], None]:
    """First boot, the same again, a machine with other memory, the same again; and forgotten."""
    def check(bench: Bench) -> None:
        bench.stick("drift=yes")
        drift_is(bench.boot(options), state="first", kinds="0x0", moved="0", stored="1")
        drift_is(bench.boot(options), state="same", firmware="same", kinds="0x0", moved="0", stored="0")
        facts = bench.boot(bigger)
        drift_is(facts, state="moved", firmware="moved", stored="1")
        expect(int(facts.once("drift").values["kinds"], 16) & 1, "usable memory grew, and it was not told")
        words = r"^drift: the firmware's map moved, \d+ of our \d+ placements moved\n  usable: \d+ pages"
        expect(re.search(words, bench.text, re.M), "the loader does not show what moved")
        bench.no_trouble()
    return check


def drift_of_the_loader(bench: Bench) -> None:
    """The same machine, a module more: ours moved, the firmware's map did not. And forgotten."""
    bench.stick("drift=yes")
    drift_is(bench.boot(U_BOOT), state="first", stored="1")
    bench.configure("module=/groma.conf")
    facts = bench.boot(U_BOOT)
    drift_is(facts, state="moved", firmware="same", kinds="0x0", stored="1")
    expect(facts.once("drift").number("moved") > 0, "a module more, and no placement moved")
    bench.configure("drift=forget")
    expect(not bench.boot(U_BOOT).all("drift"), "drift is told though nobody asked")
    bench.configure("drift=yes")
    drift_is(bench.boot(U_BOOT), state="first", stored="1")
    bench.no_trouble()


def same_place(count: int, *machines: Options) -> Callable[[Bench], None]:
    """All of the loader's lies where it lay in the first boot; and the stick stays as it was, bit by bit."""
    def check(bench: Bench) -> None:
        bench.stick()
        before = bench.hash()
        places: list[list] = []
        for number in range(count):
            bench.boot(machines[number % len(machines)])
            bench.no_trouble()
            places.append([row for row in shown(bench.text) if row[2] in OURS])
            expect({row[2] for row in places[0]} == {*OURS} - {"module"}, f"placements shown: {places[0]}")
            expect(places[number] == places[0],
                   f"boot {number + 1}: {first_difference(places[0], places[number])}")
        expect(bench.hash() == before, "the stick was changed")
    return check


# ---- power cuts --------------------------------------------------------------------------------------

def logged_boot(bench: Bench, options: Options) -> list[power.Write]:
    log = bench.folder / "writes.log"
    with power.LoggedMachine(options, bench.disk, bench.variables, log) as machine:
        machine.wait(re.compile(f"{ENOUGH.pattern}|{DEAD_END.pattern}", re.M), LIMIT_S)
        bench.text = machine.outcome().text
    expect(ENOUGH.search(bench.text), "never came to the kernel's map")
    return power.read_log(log)


def power_cut(options: Options, boots: int) -> Callable[[Bench], None]:
    """A boot writes nothing; with a capture, whatever the power leaves of the writes, every file is intact.
    Some of what it leaves, by seed, must boot again, with a capture again."""
    def check(bench: Bench) -> None:
        bench.stick()
        writes = logged_boot(bench, options)
        expect(not [write for write in writes if write.data], f"{len(writes)} writes in a boot that asked for none")
        bench.stick("capture=yes", files={"groma/maps/0001.map": b"an older capture" * 300})
        before = bench.disk.read_bytes()
        writes = logged_boot(bench, options)
        expect(len(writes) > 4 and bench.disk.read_bytes() != before, f"{len(writes)} writes logged")
        intact, count = power.Intact(before, image.ALIGN), 0
        for moment, left in power.moments(before, writes):
            fault = intact.fault(left)
            expect(not fault, f"{moment} of {len(writes)}: {fault}")
            count += 1
        expect(count > len(writes), f"{count} moments looked at")
        again = set(random.Random(2).sample(range(count), boots))
        for number, (moment, left) in enumerate(power.moments(before, writes)):
            if number not in again:
                continue
            bench.disk.write_bytes(left)
            bench.boot(options)
            expect(not re.search(r"^E-\S+ .*", bench.text, re.M), f"{moment}: an error at the next boot")
            fault = intact.fault(bytearray(bench.disk.read_bytes()))
            expect(not fault, f"{moment}, and a boot after it: {fault}")
    return check


def killed(options: Options, count: int) -> Callable[[Bench], None]:
    """QEMU killed after some share of what a boot prints, by seed; the stick is as before, bit by bit."""
    def check(bench: Bench) -> None:
        bench.stick()
        before = bench.hash()
        bench.boot(options)
        length, rng = len(bench.text), random.Random(1)
        for number in range(count):
            share = rng.randrange(length)
            with KeptMachine(options, bench.disk, bench.variables) as machine:
                while machine.running() and len(machine.text) < share:
                    machine.wait(None, 0.01)
                machine.process.kill()
                machine.process.wait()
                bench.text = machine.text
            expect(bench.hash() == before, f"kill {number}, after {share} of {length} characters: the stick changed")
    return check


# ---- two volumes ----------------------------------------------------------------------------------------

def two_volumes(options: Options, with_loader: bool = True, second: bool = False) -> Callable[[Bench], None]:
    """Two disks with an ESP each: config and kernel come from the one that the loader came from. The other has
    wrong ones, with a loader or without; `second`: the firmware looks at the other first."""
    def check(bench: Bench) -> None:
        bench.stick(files={"kernel.elf": b"the other disk's kernel\n" * 9, "groma.conf": b"serial = wrong disk\n",
                           **({} if with_loader else {"EFI/BOOT/BOOTX64.EFI": None})})
        other = bench.disk.rename(bench.folder / "other.img")
        bench.stick("cmdline=the-right-disk")
        if second:
            other, bench.disk = bench.disk, other
        drive = f"if=none,id=other,format=raw,readonly=on,file={other}"
        device = "virtio-blk-pci,drive=other,bootindex=1"
        facts = bench.boot(replace(options, extra=("-drive", drive, "-device", device)))
        expect(facts.once("kernel").number("cmdline_bytes") == len("the-right-disk"), "another disk's groma.conf")
        bench.no_trouble()
    return check


# ---- the table -----------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Scenario:
    name: str
    check: Callable[[Bench], None]

    def run(self, esp: Path) -> tuple[list[str], str]:
        """What is wrong, and the last boot's serial output."""
        with tempfile.TemporaryDirectory(prefix="groma-") as folder:
            bench = Bench(Path(folder), esp)
            try:
                self.check(bench)
            except (Wrong, FactError) as error:
                return [str(error)], bench.text
        return [], bench.text


SCENARIOS = (
    # Two of four with another clock: other timing, and U-Boot's second of waiting is over sooner.
    Scenario("same-uboot", same_place(20, U_BOOT, replace(U_BOOT, icount=7), U_BOOT, replace(U_BOOT, icount=9))),
    Scenario("same-ovmf", same_place(3, OVMF)),
    Scenario("capture-ovmf", captures(OVMF)),
    Scenario("capture-uboot", captures(U_BOOT)),
    Scenario("capture-key", capture_key),
    Scenario("capture-qemu", qemu_capture),
    Scenario("capture-read-only", refused(OVMF, "W-CAP-01 ", True)),
    Scenario("capture-read-only-uboot", refused(U_BOOT, "W-CAP-02 ", True)),
    Scenario("capture-no-folder", refused(U_BOOT, "W-CAP-02 ", False, {"groma": b"a file of that name"})),
    Scenario("power-cut-ovmf", power_cut(OVMF, 1)),
    Scenario("power-cut-uboot", power_cut(U_BOOT, 6)),
    Scenario("killed-ovmf", killed(OVMF, 1)),
    Scenario("killed-uboot", killed(U_BOOT, 10)),
    Scenario("two-esp-ovmf", two_volumes(OVMF)),
    Scenario("two-esp-ovmf-second", two_volumes(OVMF, with_loader=False, second=True)),
    Scenario("two-esp-uboot", two_volumes(U_BOOT)),
    # U-Boot tries virtio disks before those on AHCI.
    Scenario("two-esp-uboot-second", two_volumes(replace(U_BOOT, bus="ahci"), with_loader=False)),
    Scenario("drift-ovmf", drift(OVMF, replace(OVMF, mem="768M"))),
    Scenario("drift-uboot", drift(U_BOOT, replace(U_BOOT, mem="768M"))),
    Scenario("drift-loader", drift_of_the_loader),
)
