# SPDX-License-Identifier: MIT
"""What the tests of the memmap command share: running it, and samples of each form written by hand."""
from __future__ import annotations

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}


class Failed(Exception):
    pass


PROGRAM = ""                    # set by main
FOLDER = Path()


def run(*words: str, text: str | bytes = b"", status: int | None = 0, folder: Path | None = None
        ) -> subprocess.CompletedProcess[bytes]:
    data = text.encode() if isinstance(text, str) else text
    ran = subprocess.run([PROGRAM, *words], input=data, capture_output=True, timeout=60, env=ENVIRONMENT, cwd=folder)
    said = ran.stderr.decode(errors="replace")
    if "Sanitizer" in said or "runtime error" in said:
        raise Failed(f"memmap {' '.join(words)}: {said[-3000:]}")
    if status is not None and ran.returncode != status:
        raise Failed(f"memmap {' '.join(words)}: status {ran.returncode}, not {status}: {said.strip()[-400:]}")
    return ran


def equal(what: str, got: object, expected: object) -> None:
    if got != expected:
        raise Failed(f"{what}: {got!r}, expected {expected!r}")


def rows(text: str | bytes, *options: str, status: int = 0) -> list[str]:
    """Regions as `FIRST-END KIND ATTRIBUTES ORIGINS`, hex without leading zeroes."""
    said = run("normalize", "-", *options, text=text, status=status).stdout.decode()
    found = []
    for line in said.splitlines():
        if not line.startswith("#"):
            bounds, kind, _, attributes, origins = line.split()
            first, end = (int(bound, 16) for bound in bounds.split("-"))
            found.append(f"{first:x}-{end:x} {kind} {attributes} {origins}")
    return found


def cannot(*words: str, text: str | bytes = b"", about: str = "") -> None:
    """Exit status 2, one line on stderr that names the thing, nothing on stdout."""
    ran = run(*words, text=text, status=2)
    lines = ran.stderr.decode().splitlines()
    if len(lines) != 1 or not lines[0].startswith("memmap: ") or about not in lines[0]:
        raise Failed(f"memmap {' '.join(words)}: stderr {lines}, expected one line about {about!r}")
    equal("stdout", ran.stdout, b"")


# ---- samples: what each program prints of one and the same map ---------------------------------------

E820_FORMS = {
    "linux-new": """BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable
BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved
BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable
BIOS-e820: [mem 0x0000000007fe0000-0x0000000007ffffff] ACPI data
""",
    "linux-dmesg": """[    0.000000] Linux version 6.1.0 (gcc 12)
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009efff] usable
[    0.000000] BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff] reserved
[    0.000000] BIOS-e820: [gap 0x00000000000a0000-0x00000000000effff]
[    0.000000] NX (Execute Disable) protection: active
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable\r
[    0.000000] BIOS-e820: [mem 0x0000000007fe0000-0x0000000007ffffff] ACPI data
[    0.000000] e820: update [mem 0x00000000-0x00000fff] usable ==> reserved
[    0.001000] MTRR: base 00000000 mask F80000000 write-back, size 80000000
""",
    "linux-journal": """Nov 21 13:22:18 host kernel: BIOS-e820: [mem 0x0000000000000000-0x000000000009efff]  System RAM
Nov 21 13:22:18 host kernel: BIOS-e820: [mem 0x00000000000f0000-0x00000000000fffff]  device reserved
Nov 21 13:22:18 host kernel: BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff]  System RAM
Nov 21 13:22:18 host kernel: BIOS-e820: [mem 0x0000000007fe0000-0x0000000007ffffff]  ACPI data
""",
    "linux-old": """<6> BIOS-e820: 0000000000000000 - 000000000009f000 (usable)
<6> BIOS-e820: 00000000000f0000 - 0000000000100000 (reserved)
<6> BIOS-e820: 0000000000100000 - 0000000007fe0000 (usable)
<6> BIOS-e820: 0000000007fe0000 - 0000000008000000 (ACPI data)
""",
    "xen-guest": """[    0.000000] Xen: [mem 0x0000000000000000-0x000000000009efff] usable
[    0.000000] Xen: [mem 0x00000000000f0000-0x00000000000fffff] reserved
[    0.000000] Xen: [mem 0x0000000000100000-0x0000000007fdffff] usable
[    0.000000] Xen: [mem 0x0000000007fe0000-0x0000000007ffffff] ACPI data
[    0.100000] Xen: using vcpuop timer interface
""",
    "xen-new": """(XEN) [    0.000000] Xen-e820 RAM map:
(XEN) [    0.000000]  [0000000000000000, 000000000009efff] (usable)
(XEN) [    0.000000]  [00000000000f0000, 00000000000fffff] (reserved)
(XEN) [    0.000000]  [0000000000100000, 0000000007fdffff] (usable)
(XEN) [    0.000000]  [0000000007fe0000, 0000000007ffffff] (ACPI data)
(XEN) System RAM: 8091MB (8285292kB)
(XEN) ACPI: RSDT 7FFE0000, 0040 (r1 DELL AS09 20091124 MSFT 97)
""",
    "xen-old": """(XEN) Xen-e820 RAM map:
(XEN)  0000000000000000 - 000000000009f000 (usable)
(XEN)  00000000000f0000 - 0000000000100000 (reserved)
(XEN)  0000000000100000 - 0000000007fe0000 (usable)
(XEN)  0000000007fe0000 - 0000000008000000 (ACPI data)
""",
    "freebsd": """SMAP type=01 base=0000000000000000 len=000000000009f000
SMAP type=02 base=00000000000f0000 len=0000000000010000
SMAP type=01 base=0000000000100000 len=0000000007ee0000
SMAP type=03 base=0000000007fe0000 len=0000000000020000
""",
    "freebsd-sysctl": """SMAP type=01, xattr=00, base=0000000000000000, len=000000000009f000
SMAP type=02, xattr=00, base=00000000000f0000, len=0000000000010000
SMAP type=01, xattr=00, base=0000000000100000, len=0000000007ee0000
SMAP type=03, xattr=00, base=0000000007fe0000, len=0000000000020000
""",
    "lsmmap": """grub> lsmmap
base_addr = 0x0, length = 0x9f000, available RAM
base_addr = 0xf0000, length = 0x10000, reserved RAM
base_addr = 0x100000, length = 0x7ee0000, available RAM
base_addr = 0x7fe0000, length = 0x20000, ACPI reclaimable RAM
""",
    "multiboot2-64": """base_addr = 0x0, length = 0x9f000, type = 0x1
base_addr = 0xf0000, length = 0x10000, type = 0x2
base_addr = 0x100000, length = 0x7ee0000, type = 0x1
base_addr = 0x7fe0000, length = 0x20000, type = 0x3
""",
    "multiboot2-halves": """ base_addr = 0x00, length = 0x09f000, type = 0x1
 base_addr = 0x0f0000, length = 0x010000, type = 0x2
 base_addr = 0x0100000, length = 0x07ee0000, type = 0x1
 base_addr = 0x07fe0000, length = 0x020000, type = 0x3
""",
    "limine-words": """Base: 0x0000000000000000, Length: 0x000000000009f000, Type: Usable
Base: 0x00000000000f0000, Length: 0x0000000000010000, Type: Reserved
Base: 0x0000000000100000, Length: 0x0000000007ee0000, Type: Usable
Base: 0x0000000007fe0000, Length: 0x0000000000020000, Type: ACPI reclaimable
""",
    "limine-arrow": """0x0000000000000000->0x000000000009f000 Usable
0x00000000000f0000->0x0000000000100000 Reserved
0x0000000000100000->0x0000000007fe0000 Usable
0x0000000007fe0000->0x0000000008000000 ACPI reclaimable
""",
    "coreboot": """[DEBUG]  coreboot memory table:
[DEBUG]   0. 0000000000000000-000000000009efff: RAM
[DEBUG]   1. 00000000000f0000-00000000000fffff: RESERVED
[DEBUG]   2. 0000000000100000-0000000007fdffff: RAM
[DEBUG]   3. 0000000007fe0000-0000000007ffffff: ACPI
[DEBUG]  Wrote coreboot table at: 0x7fb27000, 0x3d8 bytes, checksum 7ff8
""",
    "iomem": """00000000-0009efff : System RAM
000a0000-000bffff : PCI Bus 0000:00
000f0000-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-07fdffff : System RAM
  01000000-01ffffff : Kernel code
07fe0000-07ffffff : ACPI Tables
""",
}

EFI_FORMS = {
    "linux-text": """efi: EFI v2.7 by EDK II
efi: mem00: [Boot Code   |   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000000000-0x0000000000000fff] (0MB)
efi: mem01: [Conventional|   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000001000-0x000000000009ffff] (0MB)
efi: mem02: [Loader Data |   |  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000100000-0x00000000001fffff] (1MB)
efi: mem03: [Runtime Data|RUN|  |  |  |  |  |  |  |  |   |WB|WT|WC|UC] range=[0x0000000000200000-0x00000000002fffff] (1MB)
efi: mem04: [MMIO        |RUN|  |  |  |  |  |  |  |  |   |  |  |  |UC] range=[0x00000000fec00000-0x00000000fec00fff] (0MB)
efi: mem05: [Reserved    |   |  |  |  |  |  |  |  |  |   |  |  |  |  ] range=[0x0000000000000000-0xffffffffffffffff] (invalid)
""",
    "linux-num": """[    0.000000] EFI: mem00: type=3, attr=0xf, range=[0x0000000000000000-0x0000000000001000) (0MB)
[    0.000000] EFI: mem01: type=7, attr=0xf, range=[0x0000000000001000-0x00000000000a0000) (0MB)
[    0.000000] EFI: mem02: type=2, attr=0xf, range=[0x0000000000100000-0x0000000000200000) (1MB)
[    0.000000] EFI: mem03: type=6, attr=0x800000000000000f, range=[0x0000000000200000-0x0000000000300000) (1MB)
[    0.000000] EFI: mem04: type=11, attr=0x8000000000000001, range=[0x00000000fec00000-0x00000000fec01000) (0MB)
""",
    "linux-arm": """efi: Processing EFI memory map:
efi:   0x000000000000-0x000000000fff [Boot Code          |   |  |  |  |  |  |  |   |WB|WT|WC|UC]*
efi:   0x000000001000-0x00000009ffff [Conventional Memory|   |  |  |  |  |  |  |   |WB|WT|WC|UC]
efi:   0x000000100000-0x0000001fffff [Loader Data        |   |  |  |  |  |  |  |   |WB|WT|WC|UC]
efi:   0x000000200000-0x0000002fffff [Runtime Data       |RUN|  |  |  |  |  |  |   |WB|WT|WC|UC]*
efi:   0x0000fec00000-0x0000fec00fff [Memory Mapped I/O  |RUN|  |  |  |  |  |  |   |  |  |  |UC]
""",
    "xen": """(XEN) EFI memory map:
(XEN)  0000000000000-0000000000fff type=3 attr=000000000000000f
(XEN)  0000000001000-000000009ffff type=7 attr=000000000000000f
(XEN)  0000000100000-00000001fffff type=2 attr=000000000000000f
(XEN)  0000000200000-00000002fffff type=6 attr=800000000000000f
(XEN)  00000fec00000-00000fec00fff type=11 attr=8000000000000001
""",
    "shell": """Shell> memmap
Type       Start            End              # Pages          Attributes
BS_Code    0000000000000000-0000000000000FFF 0000000000000001 000000000000000F
Available  0000000000001000-000000000009FFFF 000000000000009F 000000000000000F
LoaderData 0000000000100000-00000000001FFFFF 0000000000000100 000000000000000F
RT_Data    0000000000200000-00000000002FFFFF 0000000000000100 800000000000000F
MMIO       00000000FEC00000-00000000FEC00FFF 0000000000000001 8000000000000001

  Reserved  :              0 Pages (0 Bytes)
  Total Memory: 3 MB (3,801,088 Bytes)
""",
    "lsefimmap": """grub> lsefimmap
Type      Physical start  - end             #Pages        Size Attributes
BS-code   0000000000000000-0000000000000fff 00000001      4KiB UC WC WT WB
conv-mem  0000000000001000-000000000009ffff 0000009f    636KiB UC WC WT WB
ldr-data  0000000000100000-00000000001fffff 00000100      1MiB UC WC WT WB
RT-data   0000000000200000-00000000002fffff 00000100   1024KB RT UC WC WT WB
MMIO      00000000fec00000-00000000fec00fff 00000001      4KiB RT UC
""",
}

OVERLAPS = """BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usable
BIOS-e820: [mem 0x0000000000180000-0x00000000002fffff] usable
BIOS-e820: [mem 0x00000000001f0000-0x00000000001f0fff] reserved
BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] usable
BIOS-e820: [mem 0x00000000000b0000-0x00000000000bffff] usable
BIOS-e820: [mem 0x0000000000400000-0x00000000004003ff] usable
BIOS-e820: [mem 0x0000000000400400-0x0000000000400fff] type 9
"""


def lbio(entries: list[tuple[int, int, int]], spoil: int = 0) -> bytes:
    memory = b"".join(struct.pack("<QQI", *entry) for entry in entries)
    records = struct.pack("<II", 3, 16) + b"a vendor" + struct.pack("<II", 1, 8 + len(memory) + spoil) + memory
    return b"LBIO" + struct.pack("<IIIII", 24, 0, len(records), 0, 2) + records


# ---- running tests -----------------------------------------------------------------------------------

def main(argv: list[str], tests: dict[str, Callable[[], None]]) -> int:
    """Runs the test_* functions of a module; prints `ok NAME seconds` and `FAIL NAME detail`."""
    global PROGRAM, FOLDER
    parser = argparse.ArgumentParser()
    parser.add_argument("memmap")
    parser.add_argument("tests", nargs="*", help="names of tests; none: all")
    args = parser.parse_args(argv)
    PROGRAM = str(Path(args.memmap).resolve())
    tests = {name[5:].replace("_", "-"): test for name, test in tests.items() if name.startswith("test_")}
    failed = False
    with tempfile.TemporaryDirectory(prefix="memmap-") as folder:
        FOLDER = Path(folder)
        for name in args.tests or tests:
            started = time.monotonic()
            try:
                tests[name]()
            except Exception as error:      # whatever a wrong program makes this one stumble over
                failed = True
                print(f"FAIL {name} {type(error).__name__}: {error}".replace("\n", "\n  "), flush=True)
            else:
                print(f"ok {name} {time.monotonic() - started:.2f}", flush=True)
    return 1 if failed else 0
