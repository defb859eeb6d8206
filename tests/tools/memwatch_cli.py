#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memwatch command: changes planted in files, in a child process and in a guest are found exactly.

usage: memwatch_cli.py BUILD [TEST]...
BUILD has san/memwatch, memwatch_child and memwatch_self; the guest boots esp/.
"""
from __future__ import annotations

import json
import mmap
import os
import pty
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from machine import DONE, Machine  # noqa: E402
from qemu import Options  # noqa: E402

SEED = 1
BUILD = Path("build")
FOLDER = Path()
BOOT_S = 60


class Failed(Exception):
    pass


def run(*words: object, status: int | None = 0, **more) -> subprocess.CompletedProcess[str]:
    command = [str(BUILD / "san/memwatch"), *map(str, words)]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, **more)
    if "Sanitizer" in ran.stderr or "runtime error" in ran.stderr:
        raise Failed(f"{words}: {ran.stderr[-3000:]}")
    if status is not None and ran.returncode != status:
        raise Failed(f"{words}: status {ran.returncode}, not {status}: {ran.stderr[-400:]}{ran.stdout[-400:]}")
    return ran


def equal(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise Failed(f"{what}: {str(got)[:2000]}, expected {str(expected)[:2000]}")


def cannot(about: str, *words: object) -> None:
    ran = run(*words, status=2)
    if ran.stdout or len(ran.stderr.splitlines()) != 1 or about not in ran.stderr:
        raise Failed(f"{words}: {ran.stderr}{ran.stdout}, expected one line with {about!r}")


def runs(ran: subprocess.CompletedProcess[str]) -> list[tuple[int, int]]:
    return [(int(change["address"], 16), change["length"]) for change in json.loads(ran.stdout)["changes"]]


def file(name: str, data: bytes) -> Path:
    path = FOLDER / name
    path.write_bytes(data)
    return path


def byte_loop(old: bytes, new: bytes) -> list[tuple[int, int]]:
    found, first = [], None
    for at, (a, b) in enumerate(zip(old, new)):
        if a != b and first is None:
            first = at
        elif a == b and first is not None:
            found.append((first, at - first))
            first = None
    return found + ([(first, min(len(old), len(new)) - first)] if first is not None else [])


# ---- files ------------------------------------------------------------------------------------------------

def test_diff_of_files() -> None:
    source = random.Random(SEED)
    old = source.randbytes(300_001)
    new = bytearray(old)
    for _ in range(400):
        at, length = source.randrange(len(new)), source.choice((1, 1, 2, 7, 64, 5000))
        for i in range(at, min(at + length, len(new))):
            new[i] ^= source.choice((0, 1, 255))
    a, b = file("a", old), file("b", bytes(new))
    ran = run("diff", a, b, "--json", status=1)
    expected = byte_loop(old, bytes(new))
    equal(f"runs (seed {SEED})", runs(ran), expected)
    text = ",".join(f'{{"address":"{address:#x}","length":{length}}}' for address, length in expected)
    equal("bytes", ran.stdout, f'{{"changes":[{text}],"compared_bytes":300001}}\n')
    equal("same", run("diff", a, a, "--json").stdout, '{"changes":[],"compared_bytes":300001}\n')
    equal("same", run("diff", a, a).stdout, "0 changes, 0 of 300001 bytes\n")
    equal("filters", runs(run("diff", a, b, "--json", "--least", 100, status=None)), [r for r in expected if r[1] >= 100])
    said = json.loads(run("diff", a, file("short", old[:1000]), "--json", status=1).stdout)
    equal("length", said, {"changes": [], "compared_bytes": 1000, "unmatched_bytes": 299001})
    equal("empty", run("diff", file("e", b""), file("f", b""), "--json").stdout, '{"changes":[],"compared_bytes":0}\n')


def test_filters() -> None:
    a, b = file("a", bytes(5000)), bytearray(5000)
    b[10:20] = b"\1" * 10
    b[100:104] = (1000).to_bytes(4, "little")
    b[4999] = 1
    path = file("b", bytes(b))
    for words, expected in ((("--ignore", "12-14", "--ignore=4K-5K"), [(10, 2), (14, 6), (100, 2)]),
                            (("--type", "u32", "--if", "=1000"), [(100, 2)]),
                            (("--type=u32", "--if=+1000"), [(100, 2)]),
                            (("--type=u16", "--if=257..257"), [(10, 10)]),
                            (("--type=u8", "--if=decreased"), [])):
        equal(str(words), runs(run("diff", a, path, "--json", *words, status=None)), expected)
    said = json.loads(run("diff", a, path, "--json", "--details", status=1).stdout)["changes"][1]
    equal("details", said, {"address": "0x64", "length": 2, "old": "0000", "new": "e803", "where": "file+0x64"})
    equal("text", run("diff", a, path, status=1).stdout.splitlines()[1],
          "0x0000000000000064 +2 0000 -> e803  file+0x64 changed")
    equal("limit", run("diff", a, path, "--limit", 1, status=1).stdout.splitlines()[1], "and 2 more (--limit)")


def test_runs_over_slices() -> None:
    size = (64 << 20) + 8192
    for name, byte in (("big-a", b"\0"), ("big-b", b"\1")):
        with open(FOLDER / name, "wb") as out:
            out.truncate(size)
            out.seek((64 << 20) - 5)
            out.write(byte * 10)
    equal("joined", runs(run("diff", FOLDER / "big-a", FOLDER / "big-b", "--json", status=1)), [((64 << 20) - 5, 10)])


def test_scan_of_files() -> None:
    data = bytearray(random.Random(SEED).randbytes(1 << 20)).replace(b"MZ", b"mz")
    for at in (0, 4095, 65536, len(data) - 4):
        data[at:at + 4] = b"MZ\x90\x00"
    path = file("a", bytes(data))
    for pattern in ("4D 5A ?? 00", '"MZ" 9? 00', "4d5a9000"):
        said = json.loads(run("scan", path, pattern, "--json").stdout)
        equal(pattern, said["matches"], ["0x0", "0xfff", "0x10000", hex(len(data) - 4)])
    equal("string", run("scan", path, "MZ", "--type=string").stdout.splitlines()[-1], "4 found")
    values = bytearray(8192)
    values[16:20], values[41:45] = (-7 & 0xffffffff).to_bytes(4, "little"), bytes.fromhex("0000c0bf")   # -1.5
    path = file("v", bytes(values))
    for words, expected in (((("-t", "i32", "=-7")), ["0x10"]), (("-t", "i32", "<0", "-9..-1", "any"), ["0x10"]),
                            (("-t", "f32", "-u", "=-1.5"), ["0x29"]), (("-t", "f32", "-u", "-1.9..-1"), ["0x29"]),
                            (("-t", "u64", ">0xfff00000"), ["0x10", "0x28"])):
        said = json.loads(run("scan", path, *words, "--interval", 0, "--json").stdout)
        equal(str(words), said["matches"], expected)
    run("scan", path, "ff ff ff ff ff", status=1)
    run("scan", path, "-t", "u8", "=77", status=1)


def test_cores_and_captures() -> None:
    a = file("a", bytes(10_000))
    run("snapshot", a, "-o", FOLDER / "a.core", "--range", "0x1000-0x2000")
    b = file("b", bytes(0x1800) + b"x" + bytes(10_000 - 0x1801))
    equal("core and raw", runs(run("diff", FOLDER / "a.core", b, "--json", status=1)), [(0x1800, 1)])
    core = bytearray((FOLDER / "a.core").read_bytes())
    equal("core", core[:4] + core[16:18], b"\x7fELF\x04\x00")
    for at in (32, 40, 54, 56):         # table's place, sections, entry size, count
        bad = bytearray(core)
        bad[at:at + 2] = b"\xf0\xff"
        ran = run("maps", file("bad.core", bytes(bad)), status=None)
        if ran.returncode not in (0, 2) or (ran.returncode == 2 and "leaves the file" not in ran.stderr):
            raise Failed(f"bad core at {at}: {ran}")
    for length in range(0, len(core), 97):
        run("maps", file("cut.core", bytes(core[:length])), status=None)
    table = int.from_bytes(core[32:40], "little")
    core[table + 8:table + 16] = b"\xff" * 8
    cannot("leaves the file", "maps", file("bad.core", bytes(core)))


# ---- a process -------------------------------------------------------------------------------------------------

class Child:
    def __init__(self, program: Path | None = None) -> None:
        self.process = subprocess.Popen([str(program or BUILD / "memwatch_child")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, bufsize=1)
        base, size = self.process.stdout.readline().split()
        self.base, self.size, self.pid = int(base, 16), int(size), self.process.pid
        self.range = f"--range={self.base:#x}-{self.base + self.size:#x}"

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.communicate()

    def say(self, line: str) -> None:
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        equal("child", self.process.stdout.readline(), "done\n")


def test_process_diff() -> None:
    with Child() as child:
        for way in ((), ("--proc-mem",)):
            child.say(f"set 0 17 {child.size}")
            run("snapshot", child.pid, child.range, "-o", FOLDER / "p.core", *way)
            equal("same", runs(run("diff", FOLDER / "p.core", child.pid, "--json", *way, status=None))
                  .count((child.base, 1)), 0)
            for line in ("set 5 1 1", "set 4094 2 5", "set 1000000 3 3000000", f"set {child.size - 1} 4 1"):
                child.say(line)
            expected = [(child.base + at, length) for at, length in
                        ((5, 1), (4094, 5), (1000000, 3000000), (child.size - 1, 1))]
            found = json.loads(run("diff", FOLDER / "p.core", child.pid, "--json", *way, status=1).stdout)
            equal("planted", [(int(c["address"], 16), c["length"]) for c in found["changes"]], expected)
            equal("compared", found["compared_bytes"], child.size)
        child.say("drop 8192 4096")      # a hole: the rest is still compared
        found = json.loads(run("diff", FOLDER / "p.core", child.pid, "--json", status=1).stdout)
        equal("hole", (found["compared_bytes"], [(int(c["address"], 16), c["length"]) for c in found["changes"]]),
              (child.size - 4096, expected))


def test_process_by_name() -> None:
    """A name of more than the 15 bytes that the kernel keeps; it must mean one process, and a file goes first."""
    program = FOLDER / f"memwatch-named-{os.getpid()}"
    shutil.copy(BUILD / "memwatch_child", program)
    with Child(program) as child:
        said = run("maps", program.name).stdout
        if not said.startswith(f"process {child.pid} (memwatch-named-) by "):
            raise Failed(f"by name: {said[:200]}")
        with Child(program):
            cannot("2 processes have this name", "maps", program.name)
    cannot("no file and no process", "maps", program.name)


def test_progress() -> None:
    """In a terminal a scan that takes long shows how far it is, and wipes that out; elsewhere it is silent."""
    path = FOLDER / "large"
    with open(path, "wb") as out:
        out.truncate(96 << 20)
    main, terminal = pty.openpty()
    scan = subprocess.Popen([str(BUILD / "san/memwatch"), "scan", str(path), "-t", "i32", "=7"], stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    text = b""
    try:
        while chunk := os.read(main, 65536):
            text += chunk
    except OSError:
        pass
    os.close(main)
    equal("found", (scan.communicate(timeout=60)[0], scan.returncode), (b"0 found\n", 1))
    bars = re.findall(rb"\r=7 \[(#*)(\.*)\] +(\d+) %", text)
    if not bars or any(len(full) + len(rest) != 40 for full, rest, _ in bars) or not text.endswith(b"\r\x1b[K"):
        raise Failed(f"progress: {text!r}")
    equal("ascending", [int(percent) for _, _, percent in bars], sorted(int(percent) for _, _, percent in bars))


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen([str(BUILD / "san/memwatch"), *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, bufsize=1)


def test_process_watch() -> None:
    """Rounds see what was planted between them, each once; memory that goes is no end, the process is."""
    with Child() as child:
        watch = start("watch", child.pid, child.range, "--interval=0.2", "--count=40", "--json")
        found: list[tuple[int, int]] = []
        lost = 0
        equal("nothing", json.loads(watch.stdout.readline())["changes"], [])
        child.say("set 100 9 3")
        child.say("set 4190304 9 1000000")
        child.say("drop 2097152 8192")
        while len(found) < 2 or lost < 8192:
            said = json.loads(watch.stdout.readline())
            found += [(int(c["address"], 16) - child.base, c["length"]) for c in said["changes"]]
            lost += said["unreadable_bytes"]
        equal("planted", sorted(found), [(100, 3), (4190304, 1000000)])
        equal("lost once", lost, 8192)
        child.process.kill()
        child.process.wait()
        _, errors = watch.communicate(timeout=30)
        equal("gone", (watch.returncode, "has ended" in errors), (2, True))


def test_process_scan() -> None:
    with Child() as child:
        child.say("set 4096 90 2")
        found = json.loads(run("scan", child.pid, "11 5a 5a 11", child.range, "--json").stdout)
        equal("pattern", found["matches"], [hex(child.base + 4095)])
        child.say("set 65536 100 1")
        child.say("set 69632 100 1")
        scan = start("scan", child.pid, child.range, "--type=u8", "=100", "-5", "-i", "1.5")
        equal("first", scan.stdout.readline(), "=100: 2\n")
        child.say("set 69632 95 1")
        out, _ = scan.communicate(timeout=60)
        equal("second", (scan.returncode, out.splitlines()[0], out.splitlines()[1].split()[0]),
              (0, "-5: 1", f"{child.base + 69632:#018x}"))


def test_live_view() -> None:
    with Child() as child:
        main, terminal = pty.openpty()
        watch = subprocess.Popen([str(BUILD / "san/memwatch"), "watch", str(child.pid), child.range, "-i", "0.2", "-n", "4"],
                                 stdout=terminal, stderr=terminal)
        os.close(terminal)
        time.sleep(0.3)
        child.say("set 0 5 4096")
        text = b""
        try:
            while chunk := os.read(main, 65536):
                text += chunk
        except OSError:
            pass
        os.close(main)
        equal("status", watch.wait(30), 1)
        for part in (rb"round 4, 0\.[0-9] s; 8 MiB compared in \d+ ms; it uses \d+ % of a processor; Ctrl-C ends",
                     rb"\n1 change so far, the last 0\.\d s ago in round [1-4]", rb"\n0x0000\w+ \+4096 ",
                     rb"\n\[@ {31}\] +\d.*B/s +4096 B all of it", rb"\n\[@ {31}\] +\d.*B/s +4096 B anonymous",
                     rb"\x1b\[J4 rounds in 0\.\d s: 1 change, 4096 bytes, in 1 round, the first in (\d), the last in \1\r"):
            if not re.search(part, text):
                raise Failed(f"no {part!r} in the live view: {text[-1500:]!r}")


def test_lines_of_watch() -> None:
    """Not in a terminal: what is watched, each round that changed something, now and then that nothing did, a summary."""
    with Child() as child:
        watch = start("watch", child.pid, child.range, "-i", "0.5", "-n", "12")
        head = watch.stdout.readline()
        if not re.fullmatch(rf"process {child.pid} \(memwatch_child\) by \S+: 8 MiB in 1 region, a look every 0\.5 s\n", head):
            raise Failed(f"head: {head}")
        child.say("set 7 9 2")
        text = watch.communicate(timeout=60)[0]
    expected = (rf"{child.base + 7:#018x} \+2 1111 -> 0909  anonymous\+0x7 changed\nround (\d+) \([0-9.]+ s\): 1 change, 2 bytes\n"
                r"rounds \d+ to \d+ \([0-9.]+ s\): nothing changed; it sleeps or waits\n"
                r"12 rounds in [6-9]\.\d s: 1 change, 2 bytes, in 1 round, the first in \1, the last in \1\n"
                r" +2 B anonymous\nthe process used \d\.\d\d s of processor time\n")
    if watch.returncode != 1 or not re.fullmatch(expected, text):
        raise Failed(f"lines: status {watch.returncode}, {text}")
    quiet = run("watch", file("a", bytes(5000)), "-n", 2, "-i", 0.01).stdout
    if not re.fullmatch(r"raw bytes: 5000 B in 1 region, a look every 0\.01 s\n2 rounds in 0\.\d s: nothing changed\n", quiet):
        raise Failed(f"quiet: {quiet}")


def test_own_process() -> None:
    ran = subprocess.run([str(BUILD / "memwatch_self")], capture_output=True, text=True, timeout=60)
    ways = re.findall(r'^memwatch-self: way="(.*?)" rounds=20 by-dirty-pages=\d+ disagreements=0$', ran.stdout, re.M)
    equal("ways", (ran.returncode, len(ways)), (0, 2))
    print(f"memwatch: own-process way=\"{ways[1]}\"")


# ---- a guest ---------------------------------------------------------------------------------------------------------

def captures_of(target: str, dump: Path, text: str) -> None:
    """memmap capture of the running guest, and of QEMU's dump: the map that the kernel printed."""
    shown = re.findall(r"^  ([0-9a-f]{16}) ([0-9a-f]{16}) +\S+ \S+ +(\S+) +\S+  \S", text, re.M)
    expected = [f"0x{first}-0x{end} {kind}" for first, end, kind in shown]
    for source in (target, str(dump)):
        done = subprocess.run([str(BUILD / "san/memmap"), "capture", source], capture_output=True, timeout=60, check=True)
        rows = subprocess.run([str(BUILD / "san/memmap"), "normalize", "-"], input=done.stdout, capture_output=True, timeout=60,
                              check=True).stdout.decode().splitlines()
        equal(f"capture {source}", [" ".join(row.split()[:2]) for row in rows if not row.startswith("#")], expected)
    if not expected:
        raise Failed("the kernel printed no map")


def regions_of_map(target: str, text: str) -> None:
    """The guest's regions are those of the map that the kernel printed, as far as they are RAM, and nothing is left out."""
    shown = {int(first, 16): (int(end, 16), kind) for first, end, kind in re.findall(
        r"^  ([0-9a-f]{16}) ([0-9a-f]{16}) +\S+ \S+ +(\S+) +\S+  \S", text, re.M)}
    regions = json.loads(run("maps", target, "--json").stdout)["regions"]
    at = 0
    for region in regions:
        first, length = int(region["address"], 16), region["length"]
        equal("no gap", first, at)
        at += length
        if not region["name"].startswith("a hole"):
            equal(f"region {first:#x}", (first + length, region["name"].split()[0]), shown.get(first))
    equal("all of it", at, 128 << 20)
    if not any(re.fullmatch(r"kernel \(claim \d+, kernel text\)", region["name"]) for region in regions):
        raise Failed(f"no kernel among {regions}")
    part = run("watch", target, "--region", "runtime", "-n", 1, "-i", 0).stdout
    size = sum(region["length"] for region in regions if "runtime" in region["name"])
    if f" in {sum('runtime' in region['name'] for region in regions)} regions, " not in part or size == 0:
        raise Failed(f"--region runtime: {part}")
    # Alone it means the only guest there is; others may run on this machine.
    alone = run("maps", "guest:", "--json", status=None)
    if alone.returncode == 2 and not re.fullmatch(r"memwatch: guest: \d+ QEMUs share .*\n", alone.stderr):
        raise Failed(f"guest: {alone}")
    if alone.returncode == 0:
        equal("guest:", json.loads(alone.stdout)["regions"], regions)


def test_guest_from_the_start() -> None:
    """Watched from the firmware on: names and regions come when the boot info does."""
    with Machine(Options(watch=True, mem="128M", bus="virtio"), ROOT / "esp") as machine:
        while not machine.place.ram.exists() or machine.place.ram.stat().st_size != 128 << 20:
            time.sleep(0.02)
        with open(FOLDER / "lines", "w+") as out:
            watch = subprocess.Popen([str(BUILD / "san/memwatch"), "watch", f"guest:{machine.process.pid}", "-i", "0.2", "--least=16",
                                      "--limit=1000000", "--symbols", str(BUILD / "kernel/kernel.elf")], stdout=out)
            booted = machine.wait(DONE, BOOT_S)
            time.sleep(2)
            watch.terminate()
            watch.wait(60)
            out.seek(0)
            text = out.read()
        if not booted or not text.startswith("guest's memory, 128 MiB, no boot info in it: 128 MiB in 1 region"):
            raise Failed(f"{booted}, head: {text[:200]}")
        for pattern in (r"  guest RAM\+0x", r"  kernel \.\w+ `\w+`", r"  boot-info \(claim \d+, boot info\) changed$",
                        r"^\d+ rounds in [0-9.]+ s: \d+ changes, .*\n( +[0-9.]+ \w+ \S+ \(\w+ \d+.*\)\n){3}  and \d+ more regions$"):
            if not re.search(pattern, text, re.M):
                raise Failed(f"no {pattern}: {text[-1000:]}")


def test_guest() -> None:
    """One boot: plants by mapping the RAM file and through the monitor, found exactly and named."""
    kernel = BUILD / "kernel/kernel.elf"
    with Machine(Options(watch=True, mem="128M", bus="virtio"), ROOT / "esp") as machine:
        if not machine.wait(DONE, BOOT_S):
            raise Failed(f"no boot: {machine.text[-500:]}")
        target = f"guest:{machine.process.pid}"
        with machine.monitor() as link:
            link.command("stop")
            said = run("maps", target).stdout.splitlines()
            equal("maps", said[0], "guest's memory, 128 MiB, with boot info")
            regions_of_map(target, machine.text)
            run("snapshot", target, "-o", FOLDER / "g.core")
            equal("stopped", runs(run("diff", FOLDER / "g.core", target, "--json")), [])
            dump = FOLDER / "guest.dump"
            # In the old ROM area QEMU dumps what the CPU sees there: no RAM.
            link.command("dump-guest-memory", paging=False, protocol=f"file:{dump}")
            said = json.loads(run("diff", dump, target, "--json", "--ignore=640K-1M", status=None).stdout)
            if said["changes"] or said["compared_bytes"] < 100 << 20:
                raise Failed(f"QEMU's own dump: {str(said)[:300]}")
            captures_of(target, dump, machine.text)
        watch = start("watch", target, "--interval=0.3", "--count=60", "--json", "--symbols", kernel)
        equal("quiet", json.loads(watch.stdout.readline())["changes"], [])
        names = subprocess.run(["nm", "-S", str(kernel)], capture_output=True, text=True, check=True).stdout
        rows = [line.split() for line in names.splitlines()]
        row = next(r for r in rows if len(r) == 4 and r[2] in "bBdD" and int(r[1], 16) >= 64)
        segments = re.findall(r"LOAD +\S+ (0x\w+) 0x\w+\n? +0x\w+ (0x\w+)", subprocess.run(
            ["readelf", "-l", str(kernel)], capture_output=True, text=True, check=True).stdout)
        plants = plant(machine.place.ram, target, int(row[0], 16), segments)
        found: list[dict] = []
        while len(found) < len(plants):
            line = watch.stdout.readline()
            if not line:
                raise Failed(f"watch ended: {watch.communicate()}; found {found}, planted {plants}")
            found += json.loads(line)["changes"]
        watch.terminate()
        watch.communicate(timeout=30)
        equal("status", watch.returncode, 1)
        equal("planted", sorted((int(c["address"], 16), c["length"]) for c in found), sorted(plants))
        wheres = {int(c["address"], 16): c["where"] for c in found}
        names_found = [where for where in wheres.values() if f"`{row[3]}`+0x18" in where]
        if len(names_found) != 1 or not names_found[0].startswith("kernel ."):
            raise Failed(f"no kernel name {row[3]}+0x18 in {wheres}")
        if not any(re.fullmatch(r"[a-z-]+ \((descriptor \d+|claim \d+(, [\w -]+)?)\)", where) for where in wheres.values()):
            raise Failed(f"no descriptor in {wheres}")
        equal("against the snapshot", runs(run("diff", FOLDER / "g.core", target, "--json", status=1)), sorted(plants))
    cannot("there is none", "maps", target)


def plant(ram: Path, target: str, kernel_vaddr: int, segments: list) -> list[tuple[int, int]]:
    """Changes of known place and size: two anywhere, one in a variable of the kernel, found by its bytes."""
    plants = [(0x2345678, 3), (0x5000ffe, 4)]
    with open(ram, "r+b") as file_, mmap.mmap(file_.fileno(), 0) as memory:
        magic = memory.find(b"GMAINFO\0")
        while int.from_bytes(memory[magic + 208:magic + 216], "little") != magic:     # block_paddr
            magic = memory.find(b"GMAINFO\0", magic + 8)
        offset, count, stride = (int.from_bytes(memory[magic + 96 + at:magic + 100 + at], "little") for at in (0, 4, 8))
        for i in range(count):
            at = magic + offset + i * stride
            vaddr, paddr, pages = (int.from_bytes(memory[at + k:at + k + 8], "little") for k in (0, 8, 16))
            if vaddr <= kernel_vaddr < vaddr + pages * 4096:
                plants.append((paddr + kernel_vaddr - vaddr + 0x18, 1))
        for address, length in plants:
            for at in range(address, address + length):
                memory[at] ^= 0xff
    equal("kernel variable", len(plants), 3)
    return plants


def test_sparse_guest() -> None:
    """Memory that a guest never wrote is not made by looking at it; what it writes there later is found."""
    size = 96 << 20
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else FOLDER) as folder:
        path = Path(folder) / "ram"
        with open(path, "w+b") as ram:
            ram.truncate(size)
            for at, data in ((0x3000, b"GMAINFO\0"), (0x7ffe, b"abcd"), (size - 4096, bytes(4096))):
                os.pwrite(ram.fileno(), data, at)
            blocks = os.fstat(ram.fileno()).st_blocks
            target = f"guest:{path}"
            run("maps", target)
            equal("scan", json.loads(run("scan", target, '"abcd"', "--json").stdout)["matches"], ["0x7ffe"])
            equal("zeros", json.loads(run("scan", target, "-t", "u64", "=0", "-i", 0, "--json", "--limit", 1).stdout)["count"],
                  size // 8 - 3)
            core = Path(folder) / "core"
            run("snapshot", target, "-o", core)
            equal("a core with holes", (core.stat().st_size > size, core.stat().st_blocks * 512 < 8 << 20), (True, True))
            equal("same", json.loads(run("diff", core, target, "--json").stdout), {"changes": [], "compared_bytes": size})
            equal("same", json.loads(run("diff", target, core, "--json").stdout), {"changes": [], "compared_bytes": size})
            watch = start("watch", target, "--json", "-i", 0.2, "-n", 50)
            equal("quiet", json.loads(watch.stdout.readline())["changes"], [])
            equal("nothing was made", os.fstat(ram.fileno()).st_blocks, blocks)
            plants = [(0x5fff, b"12"), (0x2345678, b"x" * 5000), (size - 10, b"!" * 10)]
            for at, data in plants:
                os.pwrite(ram.fileno(), data, at)
            found: list[tuple[int, int]] = []
            while len(found) < len(plants):
                found += [(int(c["address"], 16), c["length"]) for c in json.loads(watch.stdout.readline())["changes"]]
            watch.terminate()
            watch.communicate(timeout=30)
            equal("planted", sorted(found), [(at, len(data)) for at, data in plants])
            equal("diff", runs(run("diff", core, target, "--json", status=1)), sorted(found))
            blocks = os.fstat(ram.fileno()).st_blocks
            run("watch", target, "-n", 2, "-i", 0, "--hashes")
            equal("nothing was made", os.fstat(ram.fileno()).st_blocks, blocks)


# ---- refusals, help -------------------------------------------------------------------------------------------------------

def test_refusals() -> None:
    a = file("a", b"abc")
    cannot("which command", *())
    cannot("no command", "peek")
    cannot("needs A B", "diff", a)
    cannot("no file and no process", "maps", FOLDER / "none")
    cannot("there is none", "maps", "pid:999999999")
    cannot("not the number", "maps", "pid:x")
    cannot("not a regular file", "maps", FOLDER)
    cannot("shares no guest memory", "maps", f"guest:{os.getpid()}")
    cannot("no guest's memory", "maps", f"guest:{a}")
    cannot("character 4", "scan", a, "4D xx")
    cannot("--type u9", "scan", a, "=1", "--type", "u9")
    cannot("no value of u8", "scan", a, "=256", "--type", "u8")
    cannot("no value of i8", "scan", a, "=-129", "--type", "i8")
    cannot("floats have no", "scan", a, "+1", "--type", "f64")
    cannot("first round", "scan", a, "changed", "--type", "u8")
    cannot("too small", "scan", a, "=1", "--type", "u64")
    cannot("FIRST-END", "diff", a, a, "--ignore", "5")
    cannot("ascend", "diff", a, a, "--ignore", "5-9", "--ignore", "1-3")
    cannot("--if needs --type", "diff", a, a, "--if", "=1")
    cannot("unknown option", "diff", a, a, "--symbol")
    cannot("not a time", "watch", a, "-i", "soon")
    cannot("--output", "snapshot", a)
    cannot("cannot be written", "snapshot", a, "-o", FOLDER / "none/x")
    cannot("none of its 1 regions is chosen by --region heap", "watch", a, "--region", "heap")
    cannot("nothing of it is chosen", "watch", a, "--range", "1M-2M")
    if os.geteuid() == 0 and shutil.which("setpriv"):
        with Child() as child:
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
            program = FOLDER / "memwatch"
            shutil.copy(BUILD / "san/memwatch", program)
            FOLDER.chmod(0o755)
            ran = subprocess.run([*prefix, str(program), "maps", str(child.pid)], capture_output=True, text=True, timeout=30)
            equal("permission", (ran.returncode, "not allowed" in ran.stderr), (2, True))


def test_writes_nothing() -> None:
    """Files are opened for reading alone, whatever the command."""
    path = file("a", bytes(4096))
    path.chmod(0o444)
    before = path.stat().st_mtime_ns
    run("watch", path, "-n", 1, "-i", 0)
    run("watch", path, "-n", 1, "-i", 0, "--hashes")
    equal("time", path.stat().st_mtime_ns, before)


def test_help_and_manual() -> None:
    text = run("--help").stdout
    names = set(re.findall(r"^  ([a-z]+) ", text, re.M)) & {"ps", "maps", "scan", "watch", "diff", "snapshot"}
    options = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", text, re.M))
    equal("commands", len(names), 6)
    manual = run("--man").stdout
    for word in options | {f"memwatch {name}" for name in names}:
        if word not in manual.replace("\\-", "-"):
            raise Failed(f"{word} is not in the manual")
    if shutil.which("groff"):
        ran = subprocess.run(["groff", "-man", "-ww", "-z"], input=manual, capture_output=True, text=True, timeout=30)
        equal("groff", (ran.returncode, ran.stderr), (0, ""))
    equal("version", run("--version").stdout, "memwatch 0.1.0\n")
    if str(os.getpid()) not in run("ps").stdout or os.getpid() not in [
            process["pid"] for process in json.loads(run("ps", "--json").stdout)["processes"]]:
        raise Failed("ps does not list this process")
    for name in names:
        own = set(re.findall(r"^  (?:-., )?(--[a-z-]+)", run(name, "--help").stdout, re.M))
        script = (f"source <({BUILD}/san/memwatch --completion); COMP_WORDS=(memwatch {name} --); COMP_CWORD=2; _memwatch; "
                  "printf '%s\\n' \"${COMPREPLY[@]}\"")
        ran = subprocess.run(["bash", "-uc", script], capture_output=True, text=True, timeout=30)
        equal(f"completion of {name}", (ran.stderr, set(ran.stdout.split()) - {"--help"}), ("", own))


def main(argv: list[str]) -> int:
    global BUILD, FOLDER
    BUILD = Path(argv[0]).resolve()
    tests = {name[5:]: value for name, value in globals().items() if name.startswith("test_")}
    wanted = argv[1:] or list(tests)
    good = True
    for name in wanted:
        with tempfile.TemporaryDirectory(prefix="groma-memwatch-") as folder:
            FOLDER = Path(folder)
            started = time.monotonic()
            try:
                tests[name]()
                print(f"ok memwatch.{name} {time.monotonic() - started:.2f}", flush=True)
            except Exception as error:
                good = False
                print(f"FAIL memwatch.{name} " + f"{type(error).__name__} {error}".replace("\n", "\n  "), flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
