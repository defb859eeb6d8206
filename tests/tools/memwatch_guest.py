# SPDX-License-Identifier: MIT
"""memwatch on a guest's memory: that of a booted Groma, and a sparse one."""
from __future__ import annotations

import json
import mmap
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import memwatch_aids as aids
from memwatch_aids import Failed, cannot, equal, file, run, runs, start

sys.path.insert(0, str(aids.ROOT / "tools"))
from machine import DONE, Machine  # noqa: E402
from qemu import Options  # noqa: E402

BOOT_S = 60


def captures_of(target: str, dump: Path, text: str) -> None:
    """memmap capture of the running guest, and of QEMU's dump: the map that the kernel printed."""
    shown = re.findall(r"^  ([0-9a-f]{16}) ([0-9a-f]{16}) +\S+ \S+ +(\S+) +\S+  \S", text, re.M)
    expected = [f"0x{first}-0x{end} {kind}" for first, end, kind in shown]
    for source in (target, str(dump)):
        done = subprocess.run([str(aids.BUILD / "san/memmap"), "capture", source], capture_output=True, timeout=60, check=True)
        rows = subprocess.run([str(aids.BUILD / "san/memmap"), "normalize", "-"], input=done.stdout, capture_output=True, timeout=60,
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
    with Machine(Options(watch=True, mem="128M", bus="virtio"), aids.ROOT / "esp") as machine:
        while not machine.place.ram.exists() or machine.place.ram.stat().st_size != 128 << 20:
            time.sleep(0.02)
        with open(aids.FOLDER / "lines", "w+") as out:
            watch = subprocess.Popen([str(aids.BUILD / "san/memwatch"), "watch", f"guest:{machine.process.pid}", "-i", "0.2", "--least=16",
                                      "--limit=1000000", "--symbols", str(aids.BUILD / "kernel/kernel.elf")], stdout=out)
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
    kernel = aids.BUILD / "kernel/kernel.elf"
    with Machine(Options(watch=True, mem="128M", bus="virtio"), aids.ROOT / "esp") as machine:
        if not machine.wait(DONE, BOOT_S):
            raise Failed(f"no boot: {machine.text[-500:]}")
        target = f"guest:{machine.process.pid}"
        with machine.monitor() as link:
            link.command("stop")
            said = run("maps", target).stdout.splitlines()
            equal("maps", said[0], "guest's memory, 128 MiB, with boot info")
            regions_of_map(target, machine.text)
            run("snapshot", target, "-o", aids.FOLDER / "g.core")
            equal("stopped", runs(run("diff", aids.FOLDER / "g.core", target, "--json")), [])
            dump = aids.FOLDER / "guest.dump"
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
        equal("against the snapshot", runs(run("diff", aids.FOLDER / "g.core", target, "--json", status=1)), sorted(plants))
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
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else aids.FOLDER) as folder:
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
