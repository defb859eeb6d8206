# SPDX-License-Identifier: MIT
"""Spoilt copies of a good PE image, each without one property, to see that the judge can refuse.

A row names the property that must be the reason. Everything happens in memory, but for the ELF with a
vector instruction, which objdump reads from a temporary file.
"""
from __future__ import annotations

import dataclasses
import struct
import tempfile
from pathlib import Path

from pe_file import PE_EXECUTE, PE_WRITE, SHF_WRITE, SHT_RELA, Elf, FormatError, Pe

XORPS = b"\x0f\x57\xc0"         # xorps %xmm0,%xmm0
FLDL = b"\xdd\x00"              # fldl (%rax): x87 without a register operand


def put(data: bytes, form: str, offset: int, value) -> bytes:
    out = bytearray(data)
    struct.pack_into("<" + form, out, offset, value)
    return bytes(out)


def row(pe: Pe, name: str) -> int:
    """The offset of a section's row in the section table."""
    return pe.table + 40 * [s.name for s in pe.sections].index(name)


def flag(pe: Pe, name: str, bits: int) -> bytes:
    return put(pe.data, "I", row(pe, name) + 36, pe.named(name).flags | bits)


def rename(pe: Pe, name: str) -> bytes:
    return put(pe.data, "8s", row(pe, name), b".other")


def content(pe: Pe, name: str, find: bytes, replace: bytes) -> bytes:
    section = pe.named(name)
    old = pe.data[section.offset:section.offset + section.size]
    if find not in old:
        raise FormatError(f"{name} holds no {find!r}")
    new = old.replace(find, replace, 1)[:len(old)].ljust(len(old), b"\0")
    return pe.data[:section.offset] + new + pe.data[section.offset + len(old):]


# What is done to the PE, and the property that it must fail; "readable": it must not even be parsed.
PE_SPOILS = {
    "no-mz": ("readable", lambda pe: put(pe.data, "H", 0, 0)),
    "pe32": ("readable", lambda pe: put(pe.data, "H", pe.optional, 0x10B)),
    "cut-in-section-table": ("readable", lambda pe: pe.data[:pe.table + 50]),
    "machine-i386": ("machine", lambda pe: put(pe.data, "H", pe.coff, 0x14C)),
    "subsystem-driver": ("subsystem", lambda pe: put(pe.data, "H", pe.optional + 68, 11)),
    "alignment-512": ("aligned", lambda pe: put(pe.data, "I", pe.optional + 32, 512)),
    "section-off-page": ("aligned", lambda pe: put(pe.data, "I", row(pe, ".sbat") + 12,
                                                   pe.named(".sbat").address + 16)),
    "text-writable": ("no_write_execute", lambda pe: flag(pe, ".text", PE_WRITE)),
    "data-executable": ("no_write_execute", lambda pe: flag(pe, ".data", PE_EXECUTE)),
    "rodata-writable": ("rodata", lambda pe: flag(pe, ".rodata", PE_WRITE)),
    "rodata-absent": ("rodata", lambda pe: rename(pe, ".rodata")),
    "nx-compat-clear": ("nx_compat", lambda pe: put(pe.data, "H", pe.optional + 70, 0)),
    "relocs-stripped": ("reloc_directory", lambda pe: put(pe.data, "H", pe.coff + 18, pe.characteristics | 1)),
    "reloc-directory-empty": ("reloc_directory", lambda pe: put(pe.data, "Q", pe.optional + 152, 0)),
    "sbat-absent": ("sbat", lambda pe: rename(pe, ".sbat")),
    "sbat-five-fields": ("sbat", lambda pe: content(pe, ".sbat", b",1,", b"-1,")),
    "sbat-generation-0": ("sbat", lambda pe: content(pe, ".sbat", b",1,", b",0,")),
    "entry-in-data": ("entry", lambda pe: put(pe.data, "I", pe.optional + 16, pe.named(".data").address)),
    "trailing-bytes": ("no_gap", lambda pe: pe.data + bytes(512)),
    "too-large": ("file_size", lambda pe: pe.data + bytes(64 << 10)),
    "image-size": ("image_size", lambda pe: put(pe.data, "I", pe.optional + 56, pe.image_size + 4096)),
    "time-stamp": ("no_time", lambda pe: put(pe.data, "I", pe.coff + 4, 0x65000000)),
    "bit-flipped": ("checksum", lambda pe: put(pe.data, "B", pe.named(".text").offset,
                                               pe.data[pe.named(".text").offset] ^ 1)),
    "text-other-bytes": ("complete", lambda pe: put(pe.data, "I", pe.named(".text").offset, 0x90909090)),
}


def with_code(elf: Elf, code: bytes) -> bytes:
    text = next(s for s in elf.sections if s.name == ".text")
    at = text.offset
    return elf.data[:at] + code + elf.data[at + len(code):]


def with_relocation(elf: Elf, kind: int, target: int | None) -> bytes:
    """The first relocation with another type or target."""
    rela = next(s for s in elf.allocated() if s.type == SHT_RELA)
    data = put(elf.data, "Q", rela.offset + 8, kind)
    return data if target is None else put(data, "Q", rela.offset, target)


def read_only_address(elf: Elf) -> int:
    return next(s.address for s in elf.allocated() if not s.flags & SHF_WRITE and s.name == ".rodata")


# What is done to the ELF. The last two need a relocation to spoil; without one the property is empty.
ELF_SPOILS = {
    "sse-instruction": ("integer_code", lambda elf: with_code(elf, XORPS)),
    "x87-instruction": ("integer_code", lambda elf: with_code(elf, FLDL)),
    "relocation-absolute": ("relocations", lambda elf: with_relocation(elf, 1, None)),
    "relocation-in-rodata": ("relocations", lambda elf: with_relocation(elf, 8, read_only_address(elf))),
}


def verdicts(image, judge, disassemble) -> dict[str, str]:
    """Each spoilt copy's name with "" where the judge refused it for the right reason.

    `good` comes first: if the judge refused the unspoilt image too, refusing would mean nothing.
    """
    bad = [name for name, detail in judge(image).items() if detail]
    results = {"good": f"the judge refuses the unspoilt image: {' '.join(bad)}" if bad else ""}
    for name, (reason, spoil) in PE_SPOILS.items():
        results[name] = refusal(judge, reason, spoil(image.pe), lambda data: {"pe": Pe(data)}, image)
    has_relocations = any(True for _ in image.elf.relocations())
    with tempfile.TemporaryDirectory(prefix="groma-") as place:
        def reread(data: bytes) -> dict:
            path = Path(place) / "spoilt.so"
            path.write_bytes(data)
            return {"elf": Elf(data), "code": disassemble(path)}

        for name, (reason, spoil) in ELF_SPOILS.items():
            if has_relocations or reason != "relocations":
                results[name] = refusal(judge, reason, spoil(image.elf), reread, image)
    return results


def refusal(judge, reason: str, data: bytes, read, image) -> str:
    """Reads the spoilt bytes and has them judged: "" if `reason` is among the faults found."""
    try:
        spoilt = dataclasses.replace(image, **read(data))
    except FormatError as error:
        return "" if reason == "readable" else f"cannot be read: {error}"
    return "" if judge(spoilt).get(reason) else f"was accepted as {reason}"
