# SPDX-License-Identifier: MIT
"""Boots that make each claim false: the test kernel's plants, and sticks that cannot boot.

A plant is a fault that the test kernel (never the product) puts in on purpose; the kernel must say
exactly that, and nothing may reset the machine. A bad stick must be refused by the loader with its id,
and the firmware gets control back. Tables only; boots.py makes boots of them.
"""
from __future__ import annotations

import struct

# name, the lines that must appear (regular expressions at the start of a line), may the run end as failed
FAILED = "failed"               # the kernel goes on, says `done status=failed` and ends QEMU so
HALTED = "halted"               # nothing of boot info can be believed: the kernel halts
PLANTS = (
    ("flip", HALTED, r"E-BI-05 "),
    ("size", HALTED, r"E-BI-04 "),
    ("entry", FAILED, r"E-ENTRY-06 entry state: R12 is 0x1212, promised 0x0"),
    ("wx", FAILED, r"E-AUDIT-02 .*writable and executable: 1", r"groma: audit wx=1 "),
    ("user", FAILED, r"E-AUDIT-03 ", r"groma: audit .*\buser=1 "),
    ("null", FAILED, r"E-AUDIT-09 ", r"groma: audit .*\bnull=mapped "),
    ("alias", FAILED, r"E-AUDIT-07 ", r"groma: audit .*\baliases=1$"),
    ("outside", FAILED, r"E-AUDIT-06 ", r"groma: audit .*\boutside=3 "),
    ("bad", FAILED, r"E-AUDIT-05 ", r"groma: audit .*\bbad=1 "),
    ("map", FAILED, r"E-KMAP-02 ", r"groma: map .*renormalized=different$"),
    ("balance", FAILED, r"E-KMAP-04 .*-7 bytes", r"groma: totals .*balance=-7$"),
    ("nomem", FAILED, r"E-KMEM-01 "),
    ("claim", FAILED, r"E-FRAMES-02 .*are usable", r"groma: frames .*\boverlaps=[1-9]"),
    ("stray", FAILED, r"E-FRAMES-03 ", r"groma: frames .*\boverlaps=1 "),
    ("lose", FAILED, r"E-FRAMES-05 frame allocator: frames lost: 1 ", r"groma: frames .*\bleaked=1 "),
    ("refuse", FAILED, r"E-FRAMES-07 ", r"groma: frames .*\brefused=1 "),
    ("table", FAILED, r"E-KMEM-03 ", r"groma: tables .*\bcheck=corrupt"),
    ("reclaim", FAILED, r"E-RECLAIM-01 ", r"E-RECLAIM-02 "),
    ("stack", FAILED, r"E-EXC-14 ", r"groma: exception vector=14 .*cause=stack-overflow symbol=overrun_stack",
     r"  #0 .*overrun_stack"),
    ("fault", FAILED, r"E-EXC-14 .*error 0x3 ", r"groma: exception vector=14 error=0x3 .*symbol=plant_fault"),
    ("exec", FAILED, r"E-EXC-14 .*error 0x11 ", r"groma: exception vector=14 error=0x11 "),
    ("execmap", FAILED, r"E-EXC-14 .*error 0x11 .*cr2 0xffff8000"),
    ("nullread", FAILED, r"E-EXC-14 .*error 0x0 ", r"groma: exception .*cause=null-pointer"),
    ("double", FAILED, r"E-EXC-08 exception 8 #DF"),
)
# name, what the test kernel must say of a write to memory of the firmware's: that page, and no other.
WROTE = r"plant: wrote to page (0x[0-9a-f]+)\n(?:.*\n)*"
WRITES = (
    ("write", WROTE + r"groma: watch stage=end at=\1 pages=1 kind=runtime-data .* by=kernel\n"
                      r"groma: watched stage=end .* changed=1 runs=1$"),
    ("alias-write", WROTE + r"groma: watch stage=end at=\1 pages=1 kind=runtime-data .* by=other\n"
                            r"groma: watched stage=end .* changed=1 runs=1$"),
    ("dirty", r"groma: dirty before=0x0 pages=0x94 status=0 changes=4 bytes=4$"),
)

E_MACHINE = 18
E_PHOFF = 32
PHDR_BYTES, P_TYPE, P_FLAGS, P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ = 56, 0, 4, 8, 16, 32, 40
PT_LOAD = 1


def loads(kernel: bytes) -> list[int]:
    """Where the PT_LOAD headers of an ELF64 file stand."""
    first, = struct.unpack_from("<Q", kernel, E_PHOFF)
    count, = struct.unpack_from("<H", kernel, 56)
    headers = [first + index * PHDR_BYTES for index in range(count)]
    return [at for at in headers if struct.unpack_from("<I", kernel, at + P_TYPE)[0] == PT_LOAD]


def patched(kernel: bytes, at: int, form: str, value: int) -> bytes:
    data = bytearray(kernel)
    struct.pack_into(form, data, at, value)
    return bytes(data)


def faulting_kernel(code: bytes = b"\x0f\x0b") -> bytes:
    """An ELF kernel of two bytes, or one: `ud2` faults before it has an IDT of its own."""
    base, page = 0xffffffff80000000, 0x1000
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, base, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    text = struct.pack("<IIQQQQQQ", PT_LOAD, 5, page, base, base, len(code), len(code), page)
    return (header + text).ljust(page, b"\0") + code


def bad_sticks(kernel: bytes) -> tuple:
    """(name, config overrides, files, the line that must appear) for sticks that the loader refuses."""
    load = loads(kernel)[0]
    file = "kernel.elf"
    return (
        ("no-kernel", (), {file: None}, r"E-FILE-02 open \\kernel\.elf: Not Found"),
        ("empty-kernel", (), {file: b""}, r"E-FILE-08 "),
        ("text-kernel", (), {file: b"This is no kernel.\n" * 9}, r"E-ELF-05 "),
        ("short-kernel", (), {file: kernel[:len(kernel) // 2]}, r"E-ELF-41 "),
        ("arm-kernel", (), {file: patched(kernel, E_MACHINE, "<H", 183)}, r"E-ELF-17 "),
        ("wx-kernel", (), {file: patched(kernel, load + P_FLAGS, "<I", 7)}, r"E-ELF-47 "),
        ("huge-kernel", (), {file: patched(kernel, load + P_MEMSZ, "<Q", 1 << 40)}, r"E-ELF-42 "),
        ("low-kernel", (), {file: patched(kernel, load + P_VADDR, "<Q", 0x100000)}, r"E-ELF-\d\d "),
        ("folder-kernel", ("kernel=/EFI",), {}, r"E-FILE-04 "),
        ("bad-config", ("serial=maybe",), {}, r"E-CONF-07 groma\.conf line \d+: "),
        ("bad-path", ("kernel=/../kernel.elf",), {}, r"E-CONF-10 groma\.conf line \d+: "),
        ("no-module", ("module=/absent.img",), {}, r"E-FILE-02 open \\absent\.img: Not Found"),
    )
