#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""memmap capture: made-up sysfs trees, sticks as folders and images, guests' memory.

usage: memmap_capture.py MEMMAP BOOTINFO [TEST]...
MEMMAP is the sanitizer build, BOOTINFO a boot info block. Images are made with mtools.
"""
from __future__ import annotations

import random
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import memmap_tool as tool
from memmap_tool import ROOT, Failed, cannot, equal, rows, run

SEED = 11
CAPTURES = ROOT / "tests/data/captures"
OVMF, U_BOOT = CAPTURES / "qemu-ovmf-512m.map", CAPTURES / "qemu-uboot-5g.map"
BOOTINFO = Path()
E820 = (("0x0", "0x9efff", "System RAM"), ("0xf0000", "0xfffff", "Reserved"), ("0x100000", "0x7fdffff", "System RAM"),
        ("0x7fe0000", "0x7ffffff", "ACPI Tables"))
RUNTIME = (("0x7e00000", "0x10", "0x5", "0x800000000000000f"), ("0xfec00000", "0x1", "0xb", "0x8000000000000001"))
IOMEM = """00000000-00000fff : Reserved
00001000-0009efff : System RAM
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-07fdffff : System RAM
  01000000-01ffffff : Kernel code
07fe0000-07ffffff : ACPI Tables
"""


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


def machine(name: str, e820=E820, runtime=RUNTIME, iomem: str = IOMEM) -> Path:
    """A tree as a Linux machine shows it."""
    root = tool.FOLDER / name
    (root / "sys").mkdir(parents=True)
    for index, entry in enumerate(e820):
        for key, value in zip(("start", "end", "type"), entry):
            write(root / f"sys/firmware/memmap/{index}/{key}", value)
    for index, entry in enumerate(runtime):
        for key, value in zip(("phys_addr", "num_pages", "type", "attribute"), entry):
            write(root / f"sys/firmware/efi/runtime-map/{index}/{key}", value)
    if iomem:
        write(root / "proc/iomem", iomem.rstrip("\n"))
    write(root / "sys/class/dmi/id/product_name", "A laptop\x1b[31m of 2014")
    return root


def captured(root: Path) -> bytes:
    return run("capture", "--root", str(root)).stdout


# ---- a Linux machine -------------------------------------------------------------------------------------------

def test_all_three_sources() -> None:
    said = captured(machine("all"))
    equal("text", said.decode().splitlines()[1:], [
        "# product: A laptop?[31m of 2014", "# source: /sys/firmware/memmap",
        "BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable",
        "BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved",
        "BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable",
        "BIOS-e820: [mem 0x0000000007fe0000-0x0000000007ffffff] ACPI data",
        "# source: /proc/iomem", *(line for line in IOMEM.splitlines() if line[0] != " "),
        "# source: /sys/firmware/efi/runtime-map",
        "efi-runtime: 00: type=5, attr=0x800000000000000f, range=[0x0000000007e00000-0x0000000007e10000)",
        "efi-runtime: 01: type=11, attr=0x8000000000000001, range=[0x00000000fec00000-0x00000000fec01000)"])
    equal("the whole map is read", rows(said)[1:3], ["1000-9f000 usable wb 0", "f0000-100000 reserved - 1"])
    equal("iomem", rows(said, "--map", "2")[-1], "7fe0000-8000000 acpi-reclaimable wb 4")
    equal("runtime", rows(said, "--map", "3"), ["7e00000-7e10000 runtime-code uc,wc,wt,wb,run 0",
                                                "fec00000-fec01000 mmio uc,run 1"])


def test_what_is_not_there() -> None:
    said = captured(machine("bios", runtime=()))
    equal("comment", b"# not there: /sys/firmware/efi/runtime-map\n" in said, True)
    said = captured(machine("arm", e820=()))
    equal("iomem is read", rows(said)[-1], "7fe0000-8000000 acpi-reclaimable wb 4")
    hidden = "".join(f"00000000-00000000 : {line.split(' : ')[1]}\n" for line in IOMEM.splitlines() if line[0] != " ")
    said = captured(machine("user", iomem=hidden))
    equal("hidden", b"# not shown: /proc/iomem (needs root)\n" in said, True)
    cannot("capture", "--root", str(machine("nothing", e820=(), iomem=hidden)), about="shows no map")
    cannot("capture", "--root", str(machine("part", e820=(), iomem="")), about="shows no map")
    cannot("capture", "--root", "/nonexistent", about="shows no map")


def test_odd_entries() -> None:
    said = captured(machine("word", e820=(*E820, ("0x8000000", "0x8ffffff", "Weird"))))
    equal("unknown type", rows(said)[-1], "8000000-9000000 reserved - 4")
    for name, entry in (("end", ("0x0", "junk", "System RAM")), ("cut", ("0x0",))):
        cannot("capture", "--root", str(machine(name, e820=(entry,))), about="memmap/0: its start, end or type")
    for name, entry in (("huge", ("0x0", "0xffffffffffffffff", "0x5", "0xf")), ("type", ("0x0", "0x1", "0x100000000", "0xf"))):
        cannot("capture", "--root", str(machine(name, runtime=(entry,))), about="runtime-map/0: its type or size")


def test_folders_are_read() -> None:
    root = machine("folders")
    equal("memmap", len(rows(run("convert", str(root / "sys/firmware/memmap"), "--to", "linux-e820").stdout)), 5)
    said = run("show", str(root / "sys/firmware/efi/runtime-map")).stdout.decode()
    equal("runtime", ("efi-runtime-map, 2 entries" in said, "runtime-code" in said), (True, True))
    (root / "sys/firmware/efi/runtime-map/1/type").write_text("\n")
    ran = run("check", str(root / "sys/firmware/efi/runtime-map"), status=1)
    equal("found", "runtime-map:1: looks like an EFI runtime map entry" in ran.stdout.decode() + ran.stderr.decode(), True)


def test_this_machine() -> None:
    ran = run("capture", status=None)
    if ran.returncode == 2:
        equal("one line", ran.stderr.count(b"\n"), 1)
    else:
        run("check", "-", text=ran.stdout, status=None)
        equal("read back", len(rows(ran.stdout)) > 0, True)


# ---- sticks ----------------------------------------------------------------------------------------------------

def stick(name: str, **files: Path | bytes) -> Path:
    folder = tool.FOLDER / name / "GROMA" / "Maps"
    folder.mkdir(parents=True)
    for file, content in files.items():
        data = content if isinstance(content, bytes) else content.read_bytes()
        (folder / file[1:].replace("_", ".")).write_bytes(data)
    return tool.FOLDER / name


def test_a_mounted_stick() -> None:
    place = stick("stick", n0001_map=OVMF, n0012_MAP=U_BOOT, n0013_tmp=b"half", n99999_map=b"", nnotes_map=b"")
    ran = run("capture", str(place))
    equal("newest", ran.stdout == U_BOOT.read_bytes(), True)
    equal("told", ran.stderr.decode(), f"memmap: {place}: GROMA/Maps/0012.MAP, the newest of 2 captures\n")
    whole = OVMF.read_bytes()
    ran = run("capture", str(stick("cut", n0001_map=whole[:-48])), status=1)
    equal("incomplete", (ran.stdout == whole[:-48], ran.stderr.count(b"\n")), (True, 1))
    cannot("capture", str(stick("junk", n0001_map=b"not a capture")), about="0001.map: ")
    cannot("capture", str(stick("empty")), about="no capture there")
    cannot("capture", str(tool.FOLDER / "none"), about="cannot be opened")
    cannot("capture", str(place), "--root", "/", about="--root")
    equal("a file", run("capture", str(OVMF)).stdout == whole, True)


def volume(name: str, size_kib: int, *options: str) -> Path:
    """A FAT volume with two captures; the second is the larger."""
    image = tool.FOLDER / name
    with open(image, "wb") as file:
        file.truncate(size_kib << 10)
    commands = [("mformat", *options, "::"), ("mmd", "::/other"), ("mmd", "::/groma"), ("mmd", "::/groma/maps"),
                ("mcopy", str(OVMF), "::/groma/maps/0001.map"), ("mcopy", str(U_BOOT), "::/groma/maps/0002.map")]
    commands += [("mcopy", str(OVMF), f"::/groma/maps/{i} is a long name.txt") for i in range(20)]
    for command, *words in commands:
        subprocess.run([command, "-i", str(image), *words], check=True, capture_output=True)
    return image


def test_images_of_every_fat() -> None:
    for name, size_kib, *options in (("fat12", 2880, "-f", "2880"), ("fat16", 20000, "-T", "40000"),
                                     ("fat32", 40000, "-F", "-T", "80000")):
        image = volume(name, size_kib, *options)
        equal(name, run("capture", str(image)).stdout == U_BOOT.read_bytes(), True)
    data = (tool.FOLDER / "fat16").read_bytes()
    table = bytes(446) + struct.pack("<8xII", 0, 0) + struct.pack("<BBBBBBBBII", 0, 0, 0, 0, 6, 0, 0, 0, 2048, 40000)
    disk = tool.FOLDER / "mbr"
    disk.write_bytes((table + bytes(32) + b"\x55\xaa").ljust(2048 * 512, b"\0") + data)
    equal("MBR", run("capture", str(disk)).stdout == U_BOOT.read_bytes(), True)
    esp = tool.FOLDER / "esp"
    shutil.copytree(stick("gpt", n0001_map=OVMF), esp)
    write(esp / "EFI/BOOT/BOOTX64.EFI", "MZ")
    image = tool.FOLDER / "gpt.img"
    subprocess.run([sys.executable, str(ROOT / "tools/image.py"), "--esp", str(esp), "--out", str(image)], check=True,
                   capture_output=True)
    equal("GPT", run("capture", str(image)).stdout == OVMF.read_bytes(), True)


def test_spoilt_images() -> None:
    """Whatever a volume says: an end, a status, one line. SEED tells the run."""
    dice = random.Random(SEED)
    whole = volume("good", 1440, "-f", "1440").read_bytes()
    image = tool.FOLDER / "spoilt"
    for turn in range(60):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 8)):
            place = dice.choice((64, 512, 5000, 40000))         # boot sector, FAT, folders
            data[dice.randrange(place)] = dice.choice((0, 1, 0xff, 0xf0, dice.randrange(256)))
        image.write_bytes(data[:dice.choice((len(data), 600, 30000))])
        ran = run("capture", str(image), status=None)
        if ran.returncode not in (0, 1, 2) or (ran.returncode == 2 and (ran.stdout or ran.stderr.count(b"\n") != 1)):
            raise Failed(f"seed {SEED}, turn {turn}: {ran}")


# ---- memory ------------------------------------------------------------------------------------------------------

def test_memory_of_a_guest() -> None:
    block = BOOTINFO.read_bytes()
    lies_at = struct.unpack_from("<Q", block, block_paddr_offset())[0]
    expected = rows_of(BOOTINFO)
    core = tool.FOLDER / "core"
    core.write_bytes(b"\x7fELF".ljust(1000, b"\1") + block[:600] + b"\2" * 24 + block + bytes(5000))
    said = run("capture", str(core)).stdout
    equal("of a core", rows(said), expected)
    equal("a capture", said[:8], b"GMAACAP\0")
    if lies_at < 1 << 30:
        ram = tool.FOLDER / "ram"
        with open(ram, "wb") as file:       # mostly holes
            file.write(block[:-8] + b"spoilt!!")
            file.seek(lies_at)
            file.write(block)
        equal("of RAM", rows(run("capture", f"guest:{ram}").stdout), expected)
    core.write_bytes(bytes(4096) + block[:-1])
    cannot("capture", str(core), about="neither a volume")
    cannot("capture", "guest:1", about="process 1")
    cannot("capture", "guest:999999999", about="process 999999999")


def block_paddr_offset() -> int:
    """Where struct bootinfo has block_paddr: the header says it in a comment of its assertion."""
    import re
    text = (ROOT / "common/bootinfo/bootinfo.h").read_text()
    found = re.search(r"offsetof\(struct bootinfo, block_paddr\) == (\d+)", text)
    if found is None:
        raise Failed("bootinfo.h does not assert where block_paddr lies")
    return int(found[1])


def rows_of(path: Path) -> list[str]:
    return rows(run("convert", str(path), "--to", "capture", status=None).stdout)


def test_odd_sources() -> None:
    cannot("capture", "/dev/null", about="neither a folder nor a file nor a disk")
    empty = tool.FOLDER / "nothing.bin"
    empty.write_bytes(b"")
    cannot("capture", str(empty), about="neither a volume")
    cannot("capture", "a", "b", about="too many")
    out = tool.FOLDER / "out.map"
    run("capture", str(OVMF), "-o", str(out))
    equal("written", out.read_bytes() == OVMF.read_bytes(), True)


if __name__ == "__main__":
    BOOTINFO = Path(sys.argv[2]).resolve()
    sys.exit(tool.main([sys.argv[1], *sys.argv[3:]], globals()))
