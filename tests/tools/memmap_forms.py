#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The memmap command's readers, form by form; what is expected was written by hand.

usage: memmap_forms.py MEMMAP [TEST]...
Give it the sanitizer build: half of this is bad input.
"""
from __future__ import annotations

import json
import os
import re
import shutil
import struct
import sys
from pathlib import Path
from typing import Callable

import memmap_tool as tool
from memmap_tool import E820_FORMS, EFI_FORMS, Failed, cannot, equal, lbio, rows, run

# ---- forms -----------------------------------------------------------------------------------------

E820_ROWS = ["0-1000 reserved wb 0", "1000-9f000 usable wb 0", "f0000-100000 reserved - 1",
             "100000-7fe0000 usable wb 2", "7fe0000-8000000 acpi-reclaimable wb 3"]


def test_forms_e820() -> None:
    for name, text in E820_FORMS.items():
        equal(name, rows(text), E820_ROWS)


EFI_ROWS = ["0-1000 boot-reclaimable uc,wc,wt,wb 0", "1000-a0000 usable uc,wc,wt,wb 1",
            "100000-200000 loader-reclaimable uc,wc,wt,wb 2", "200000-300000 runtime-data uc,wc,wt,wb,run 3",
            "fec00000-fec01000 mmio uc,run 4"]


def test_forms_efi() -> None:
    for name, text in EFI_FORMS.items():
        equal(name, rows(text), EFI_ROWS)


def test_forms_limine_kinds() -> None:
    text = "".join(f"base: 0x{0x100000 * (i + 1):x} length: 0x1000 type: {word}\n" for i, word in enumerate(
        ("Bootloader reclaimable", "Kernel and modules", "EXECUTABLE_AND_MODULES", "Framebuffer", "Bad memory")))
    equal("kinds", [row.split()[1] for row in rows(text)],
          ["loader-reclaimable", "kernel", "kernel", "framebuffer", "bad"])


def sysfs_copy(entries: list[tuple[int, int, str]]) -> Path:
    folder = tool.FOLDER / "sysfs"
    shutil.rmtree(folder, ignore_errors=True)
    for i, (first, last, kind) in enumerate(entries):
        (folder / str(i)).mkdir(parents=True)
        for name, value in (("start", f"{first:#x}"), ("end", f"{last:#x}"), ("type", kind)):
            (folder / str(i) / name).write_text(value + "\n")
    return folder


def test_forms_sysfs() -> None:
    folder = sysfs_copy([(0, 0x9efff, "System RAM"), (0xf0000, 0xfffff, "Reserved"),
                         (0x100000, 0x7fdffff, "System RAM"), (0x7fe0000, 0x7ffffff, "ACPI Tables")])
    said = run("normalize", str(folder)).stdout.decode()
    equal("sysfs", [line for line in said.splitlines() if line[0] != "#"],
          [line for line in run("normalize", "-", text=E820_FORMS["linux-new"]).stdout.decode().splitlines()
           if line[0] != "#"])
    (folder / "2" / "end").write_text("nonsense\n")
    equal("unreadable", run("check", "--json", str(folder), status=1).stdout.decode().count('"unreadable"'), 1)


def test_forms_coreboot_table() -> None:
    table = lbio([(0, 0x9f000, 1), (0xf0000, 0x10000, 2), (0x100000, 0x7ee0000, 1), (0x7fe0000, 0x20000, 3)])
    equal("table", rows(table), E820_ROWS)
    cannot("show", "-", text=table[:-4], about="coreboot")
    cannot("show", "-", text=lbio([(0, 0x9f000, 1)], spoil=400), about="coreboot")


def test_forms_json() -> None:
    text = ('{"totals": {}, "x": [1, {"a": "}\\""}, null, -1.5e3], "regions": [{"size": "0x2000", "base": "0x1000",'
            ' "kind": "usable", "attributes": ["wb", "0x1000000"], "origins": [0]},\n'
            '{"base": "0xfffffffffffff000", "size": "0x1000", "kind": "mmio"}], "report": {"physical_bits": 64}}')
    equal("json", rows(text), ["1000-3000 usable wb,0x1000000 0", "fffffffffffff000-10000000000000000 mmio - 1"])
    for bad, about in (('{"regions": [{"base": "0x1000"}]}', "needs base"), ('{"regions": [', "region"),
                       ('{"regions": [{"base": "0x1", "size": "0x1000", "kind": "usable"}]}', "pages"),
                       ('{"regions": [{"base": "0x1000", "size": "0x1000", "kind": "nice"}]}', "kind"),
                       ('{"regions": []} x', "behind"), ('{"a": 1}', "no regions"), ('{"a": ' + "[" * 9999, "deep"),
                       ('{"regions": [{"base": "0xffffffffffffffff000", "size": "0x1000", "kind": "bad"}]}', "hex"),
                       ('{"regions": [{"base": "0xfffffffffffff000", "size": "0x2000", "kind": "bad"}]}', "beyond")):
        cannot("normalize", "-", text=bad, about=about)


# ---- many maps in one file ----------------------------------------------------------------------------

def test_several_maps() -> None:
    first = "[    0.000000] Linux version 6.1\n" + E820_FORMS["linux-dmesg"].replace("7fdffff", "6fdffff")
    both = first + E820_FORMS["linux-dmesg"]
    equal("the last boot", rows(both), E820_ROWS)
    equal("the first boot", rows(both, "--map", "1")[3], "100000-6fe0000 usable wb 2")
    equal("lines", run("explain", "-", "0x200000", text=both).stdout.decode().count("(line 18)"), 1)
    equal("efi before e820", rows(EFI_FORMS["linux-text"] + E820_FORMS["linux-new"]), EFI_ROWS)
    equal("e820 when asked", rows(EFI_FORMS["linux-text"] + E820_FORMS["linux-new"], "--map=2"), E820_ROWS)
    cannot("show", "-", "--map", "3", text=both, about="no map 3")


# ---- lines that cannot be read -------------------------------------------------------------------------

def unreadable(text: str, line: int, name: str) -> None:
    ran = run("check", "--json", "-", text=text, status=None)
    found = {finding["id"]: finding for finding in json.loads(ran.stdout)["findings"]}
    equal(f"{name}: lines", found.get("unreadable", {}).get("lines"), [line])
    if f"memmap: -:{line}: " not in ran.stderr.decode():
        raise Failed(f"{name}: stderr {ran.stderr!r}")
    run("normalize", "-", text=text, status=1)
    said = json.loads(run("normalize", "--json", "-", text=text, status=1).stdout)
    equal(f"{name}: JSON", [item["line"] for item in said["report"]["unreadable"]], [line])


def unknown_word(text: str, line: int, name: str) -> None:
    """The line is told, and stands in the map as reserved; the page that it covers is no usable memory."""
    ran = run("check", "--json", "-", text=text, status=1)
    found = {finding["id"]: finding for finding in json.loads(ran.stdout)["findings"]}
    equal(f"{name}: lines", found.get("unknown-word", {}).get("lines"), [line])
    equal(f"{name}: unreadable", "unreadable" in found, False)
    equal(f"{name}: stderr", bool(re.search(rf"memmap: -:{line}: unknown \w+: taken as reserved\n",
                                            ran.stderr.decode())), True)
    kinds = [row.split()[1] for row in rows(text, status=1) if int(row.split("-")[0], 16) <= 0x100000
             < int(row.split()[0].split("-")[1], 16)]
    equal(f"{name}: kind", kinds, ["reserved"])


def test_unknown_words() -> None:
    """Every form: a type or an attribute that nobody knows, over usable memory."""
    example = ("BIOS-e820: [mem 0x100000-0x7fffffff] usable\n"
               "BIOS-e820: [mem 0x200000-0x2fffff] vendor thing\n")
    equal("the safest wins", [row.rsplit(" ", 1)[0] for row in rows(example, status=1)],
          ["100000-200000 usable wb", "200000-300000 reserved -", "300000-80000000 usable wb"])
    changes = (("linux-new", E820_FORMS, "7fdffff] usable", "7fdffff] tasty"),
               ("linux-new", E820_FORMS, "7fdffff] usable", "7fdffff]"),
               ("linux-old", E820_FORMS, "7fe0000 (usable", "7fe0000 (tasty"),
               ("freebsd", E820_FORMS, "type=01 base=0000000000100000", "type=100000001 base=0000000000100000"),
               ("linux-text", EFI_FORMS, "Loader Data", "Leader Date"),
               ("linux-text", EFI_FORMS, "", ""), ("shell", EFI_FORMS, "", ""), ("lsefimmap", EFI_FORMS, "", ""))
    for name, forms, old, new in changes:
        text = forms[name]
        wanted = re.escape(old) or r"0*100000[^0-9a-fA-F]"
        line, row = next((i + 1, row) for i, row in enumerate(text.splitlines()) if re.search(wanted, row))
        if old and old in row:
            unknown_word(text.replace(row, row.replace(old, new)), line, f"{name}: {new}")
        elif name == "linux-text":
            unknown_word(text.replace(row, row.replace("|WB|", "|??|")), line, f"{name}, an attribute")
        else:
            unknown_word(text.replace(row, re.sub(r"^(\s*)[\w-]+", r"\1Foo_Bar", row)), line, name)


GROMA_LOG = """BdsDxe: starting Boot0001 "UEFI QEMU QEMU USB HARDDRIVE 1-0000:00:01.0-1" from PciRoot(0x0)/Pci(0x1,0x0)
Groma 0.1.0: a boot loader that accounts for memory
memory map: 4 firmware entries, 3 regions before our own allocations
  0x000000000000-0x000000001000     4096 B  boot-reclaimable
  0x000000001000-0x0000000a0000    636 KiB  usable
  0x0000ffc00000-0x000100000000      4 MiB  mmio
groma: loader version=0.1.0 base=0x1df6c000 size=86016 entries=4 stride=48 serial=conout
kernel \\kernel.elf: 108809 bytes read, entered at 0xffffffff80000000
memory map as handed over: first byte, end, size, kind, attributes, origin
  0000000000000000 0000000000001000     4096 B  boot-reclaimable    uctb----------  entry 0
  0000000000001000 000000000009f000    632 KiB  usable              uctb----------  entry 1
  000000000009f000 00000000000a0000     4096 B  ap-trampoline       uctb----------  claim AP trampoline+
  00000000c0000000 00000000c03e8000   4000 KiB  framebuffer         --------------  claim framebuffer
  00000000ffc00000 0000000100000000      4 MiB  mmio                u------------r  entry 3
  attributes: u c t b e p cache types UC WC WT WB UCE WP, protected from R read X execute W write,
groma: totals usable=647168 output=813203456 stated=809107456 claimed=4096000 grown=0
groma: done status=ok
"""
GROMA_ROWS = ["0-1000 boot-reclaimable uc,wc,wt,wb 0", "1000-9f000 usable uc,wc,wt,wb 1",
              "9f000-a0000 ap-trampoline uc,wc,wt,wb 2", "c0000000-c03e8000 framebuffer - 3",
              "ffc00000-100000000 mmio uc,run 4"]


def test_groma_log() -> None:
    equal("handed over", rows(GROMA_LOG), GROMA_ROWS)
    equal("no findings", "no findings" in run("check", "-", text=GROMA_LOG).stdout.decode(), True)
    equal("before the exit", rows(GROMA_LOG, "--map", "1"),
          ["0-1000 boot-reclaimable - 0", "1000-a0000 usable - 1", "ffc00000-100000000 mmio - 2"])
    for line, old, new in ((11, " usable  ", " useful  "), (11, "uctb--", "uctbz-")):
        text = spoil(GROMA_LOG, line, lambda row: row.replace(old, new))
        run("check", "-", text=text, status=1)
        equal(new, rows(text, status=1)[1].split()[:2], ["1000-9f000", "reserved"])
    unreadable(spoil(GROMA_LOG, 11, lambda row: row.replace("9f000 ", "9f800 ")), 11, "half a page")
    unreadable(spoil(GROMA_LOG, 11, lambda row: row.replace("1000 ", "10g0 ")), 11, "a letter")
    for bits in ("52", "64"):
        digests = []
        for text, options in ((GROMA_LOG, [f"--phys-bits={bits}"]), (run("normalize", "-", f"--phys-bits={bits}",
                              text=GROMA_LOG).stdout, []), (run("show", "-", text=GROMA_LOG).stdout, [])):
            said = run("normalize", "-", *options, text=text).stdout.decode()
            digests.append(said.splitlines()[-1])
            if options != [] or "# report" in str(text):
                equal("width", f"physical_bits={bits} " in said, True)
        equal("the same map", len(set(digests)), 1)
    whole = "efi: mem00: type=0, attr=0xf, range=[0x0000000000000000-0xffffffffffffffff] (0MB)\n"
    plain = run("normalize", "-", "--phys-bits=64", text=whole).stdout
    equal("2^64", rows(plain), ["0-10000000000000000 reserved uc,wc,wt,wb 0"])
    unreadable(plain.decode() + "0x0000000000001000-0x0000000000003000 usable 3 - 0\n",
               1 + len(plain.splitlines()), "pages differ")


def test_utf16() -> None:
    text = "caf\u00e9 \U0001f600\n" + E820_FORMS["linux-new"].replace("\n", "\r\n")
    for coding in ("utf-16-le", "utf-16-be", "utf-8"):
        equal(coding, rows(("\ufeff" + text).encode(coding)), E820_ROWS)
    for size in range(1, 5):
        cannot("show", "-", text=b"\xff\xfeB\0"[:size])


def spoil(text: str, line: int, change: Callable[[str], str]) -> str:
    lines = text.splitlines(keepends=True)
    changed = change(lines[line - 1])
    if changed == lines[line - 1]:
        raise Failed(f"{lines[line - 1]!r} was not spoilt")
    return "".join(lines[:line - 1]) + changed + "".join(lines[line:])


SPOILS: dict[str, Callable[[str], str]] = {
    "a letter in a number": lambda line: re.sub(r"(?<=0)100000\b", "10000g", line, count=1),
    "a huge number": lambda line: re.sub(r"(0x)?([0-9a-fA-F]{12,})", r"\g<1>123456789\2", line, count=1),
    "no end": lambda line: line.rstrip()[:len(line) * 3 // 5] + "\n",
}


def test_unreadable_lines() -> None:
    for forms in (E820_FORMS, EFI_FORMS):
        for name, text in forms.items():
            lines = text.splitlines()
            numbered = [i + 1 for i, line in enumerate(lines) if re.search(r"0*100000[^0-9a-fA-F]", line)]
            for what, change in SPOILS.items():
                if name in ("iomem", "lsmmap", "multiboot2-64", "multiboot2-halves") and what != "no end":
                    continue            # short numbers: see below
                if name == "iomem" or (what == "no end" and name in ("lsefimmap",)):
                    continue
                unreadable(spoil(text, numbered[0], change), numbered[0], f"{name}, {what}")
    for name, word in (("linux-new", "usable"), ("xen-new", "usable"), ("coreboot", "RAM"), ("limine-words", "Usable"),
                       ("lsmmap", "available")):
        text = E820_FORMS[name]
        line = 1 + next(i for i, row in enumerate(text.splitlines()) if "100000" in row and word in row)
        unknown_word(spoil(text, line, lambda row: row.replace(word, "delicious")), line, f"{name}, a type")
    unreadable(E820_FORMS["lsmmap"].replace("0x7ee0000", "0x11112222333344445"), 4, "lsmmap, a huge number")
    for name in ("lsmmap", "multiboot2-64"):
        unreadable(E820_FORMS[name].replace("0x100000,", "0x10000g,"), 3 + (name == "lsmmap"), f"{name}, a letter")
    unreadable(E820_FORMS["multiboot2-halves"].replace("0x0100000", "0x10"), 3, "halves that run together")
    unreadable(EFI_FORMS["shell"].replace("0000000000000100 0", "0000000000000101 0", 1), 5, "shell, pages differ")
    unreadable(EFI_FORMS["linux-num"].replace("0x0000000000200000)", "0x0000000000200800)", 1), 3, "half a page")
    cannot("show", "-", text="BIOS-e820: [mem 0xnonsense] usable\n", about=":1: looks like a BIOS-e820 entry but cannot be read, and no entry")


def test_other_lines_are_left_alone() -> None:
    noise = ("efi: Remove mem43: MMIO range=[0xe0000000-0xefffffff] (256MB) from e820 map\n"
             "tsc: Detected 2994.375 MHz processor\nPCI: ECAM [mem 0xe0000000-0xefffffff] (base 0xe0000000)\n"
             "00000000fee00000-00000000fee00fff : nothing\nblock 12345678-87654321 1 2\n")
    equal("noise", rows(noise + E820_FORMS["linux-new"] + noise), E820_ROWS)


# ---- capture files and boot info blocks --------------------------------------------------------------------

def test_capture_files() -> None:
    file = tool.FOLDER / "machine.map"
    run("convert", "-", "--to", "capture", "-o", str(file), "--phys-bits", "39", text=EFI_FORMS["linux-num"])
    data = file.read_bytes()
    equal("rows", rows(data), EFI_ROWS)
    equal("width", "physical_bits=39" in run("normalize", str(file)).stdout.decode(), True)
    equal("magic", data[:8], b"GMAACAP\0")
    for cut in (len(data) - 1, len(data) - 48):
        ran = run("check", "-", text=data[:cut], status=1)
        if "incomplete" not in ran.stderr.decode() or "damaged: " not in ran.stdout.decode():
            raise Failed(f"cut to {cut}: {ran}")
        equal(f"cut to {cut}", rows(data[:cut], status=1), EFI_ROWS)
    for cut in (8, 23, 24, 100, 200):
        cannot("show", "-", text=data[:cut])
    spoilt = bytearray(data)
    spoilt[-80] ^= 1
    ran = run("show", "-", text=bytes(spoilt), status=None)
    if ran.returncode == 0 or b"damaged" not in ran.stderr and b"no map" not in ran.stderr:
        raise Failed(f"a flipped bit: {ran}")
    claims = run("convert", "-", "--to=capture", "--reserve", "1M-1028K=kernel", text=EFI_FORMS["linux-num"]).stdout
    equal("claims", rows(claims)[2:4], ["100000-101000 kernel uc,wc,wt,wb 2,reserve0",
                                        "101000-200000 loader-reclaimable uc,wc,wt,wb 2"])


def test_bootinfo_blocks() -> None:
    """The block of common/bootinfo's unit tests, which bootinfo_sample wrote beside the program's folder."""
    folder = Path(tool.PROGRAM).parent
    sample = next((f for f in (folder / "bootinfo.bin", folder.parent / "bootinfo.bin") if f.exists()), None)
    if sample is None:
        raise Failed("bootinfo.bin is missing; make builds it")
    data = sample.read_bytes()
    equal("claims", rows(data)[1:3], ["100000-106000 kernel - kernel", "106000-108000 module - initrd"])
    text = run("show", "-", text=data).stdout.decode()
    equal("vendor", "firmware: Hand-made firmware\n" in text, True)
    equal("claim", "claim-lost: " in run("check", "-", text=data, status=1).stdout.decode(), True)
    for at in (8, 16, 200, len(data) - 1):
        spoilt = bytearray(data)
        spoilt[at] ^= 0x10
        cannot("show", "-", text=bytes(spoilt), about="boot info block")
    for size in (8, 503, len(data) - 1):
        cannot("show", "-", text=data[:size], about="boot info block")


if __name__ == "__main__":
    sys.exit(tool.main(sys.argv[1:], globals()))
