# SPDX-License-Identifier: MIT
"""Reads PE32+ and ELF64 headers and sections, for the finisher and the judge of the loader's image.

Only what those two ask for; a file that cannot be read so far is a FormatError of one line.
Spec: Microsoft PE format (COFF header, optional header PE32+, section table); ELF-64 object file format.
"""
from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

PE_RELOC_DIRECTORY = 5
PE_EXECUTE, PE_WRITE = 0x20000000, 0x80000000
NX_COMPAT = 0x0100
SHT_RELA, SHT_NOBITS, SHT_REL = 4, 8, 9
SHF_WRITE, SHF_ALLOC = 1, 2
DT_NULL, DT_RELA, DT_RELASZ = 0, 7, 8
# Allocated by the linker for a dynamic loader that firmware does not have; nothing of ours reads them.
DROPPED = (".hash", ".gnu.hash", ".gnu.version", ".dynsym", ".dynstr", ".eh_frame", ".note")


class FormatError(Exception):
    """One line: what in the file is not as the format has it."""


def unpack(form: str, data: bytes, offset: int) -> tuple:
    try:
        return struct.unpack_from("<" + form, data, offset)
    except struct.error as error:
        raise FormatError(f"ends before offset {offset:#x} ({error})") from error


@dataclass(frozen=True)
class Section:
    name: str
    address: int
    size: int           # bytes in memory
    offset: int
    file_size: int      # bytes in the file
    flags: int          # as the format has them: PE characteristics or ELF sh_flags
    type: int = 0       # ELF only

    def contains(self, address: int) -> bool:
        return self.address <= address < self.address + self.size


class Pe:
    """A PE32+ image. Offsets of single fields are attributes, so that tools can change them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if data[:2] != b"MZ":
            raise FormatError("no MZ signature")
        self.coff = unpack("I", data, 0x3C)[0] + 4
        if data[self.coff - 4:self.coff] != b"PE\0\0":
            raise FormatError("no PE signature")
        (self.machine, count, self.time, _, _, optional_size,
         self.characteristics) = unpack("HHIIIHH", data, self.coff)
        self.optional = self.coff + 20
        self.magic = unpack("H", data, self.optional)[0]
        if self.magic != 0x20B:
            raise FormatError(f"optional header magic {self.magic:#x} is not PE32+")
        self.entry = unpack("I", data, self.optional + 16)[0]
        self.section_alignment, self.file_alignment = unpack("II", data, self.optional + 32)
        (self.image_size, self.header_size, self.checksum, self.subsystem,
         self.dll_characteristics) = unpack("IIIHH", data, self.optional + 56)
        self.table = self.optional + optional_size
        self.sections = [self._section(self.table + 40 * i) for i in range(count)]

    def _section(self, at: int) -> Section:
        name, size, address, file_size, offset, _, _, _, _, flags = unpack("8sIIIIIIHHI", self.data, at)
        return Section(name.rstrip(b"\0").decode("ascii", "replace"), address, size, offset, file_size, flags)

    def directory(self, index: int) -> tuple[int, int]:
        """Address and size of a data directory; (0, 0) when it is absent."""
        if index >= unpack("I", self.data, self.optional + 108)[0]:
            return 0, 0
        return unpack("II", self.data, self.optional + 112 + 8 * index)

    def named(self, name: str) -> Section | None:
        return next((section for section in self.sections if section.name == name), None)

    def content(self, section: Section) -> bytes:
        """The section's bytes in memory, without the padding that follows them in the file."""
        length = min(section.size, section.file_size)
        return self.data[section.offset:section.offset + length].ljust(section.size, b"\0")

    def sum(self) -> int:
        """The checksum as it should be: 16-bit words added with end-around carry, plus the length."""
        field = self.optional + 64
        data = self.data[:field] + bytes(4) + self.data[field + 4:]
        total = sum(struct.unpack(f"<{(len(data) + 1) // 2}H", data + bytes(len(data) & 1)))
        while total > 0xFFFF:
            total = (total & 0xFFFF) + (total >> 16)
        return total + len(data)


class Elf:
    """An ELF64 file's sections."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        if data[:6] != b"\x7fELF\x02\x01":
            raise FormatError("not a little-endian ELF64 file")
        table, = unpack("Q", data, 40)
        size, count, names = unpack("HHH", data, 58)
        rows = [unpack("IIQQQQIIQQ", data, table + size * i) for i in range(count)]
        strings = rows[names][4] if names < len(rows) else 0
        self.sections = [self._section(row, strings) for row in rows[1:]]

    def _section(self, row: tuple, strings: int) -> Section:
        at = strings + row[0]
        name = self.data[at:self.data.index(b"\0", at)].decode("ascii", "replace")
        return Section(name, row[3], row[5], row[4], 0 if row[1] == SHT_NOBITS else row[5], row[2], row[1])

    def allocated(self) -> list[Section]:
        return [section for section in self.sections if section.flags & SHF_ALLOC and section.size]

    def content(self, section: Section) -> bytes:
        return self.data[section.offset:section.offset + section.file_size].ljust(section.size, b"\0")

    def relocations(self):
        """(target, type, section) of each entry that is applied when the image starts."""
        for section in self.allocated():
            if section.type == SHT_REL:
                raise FormatError(f"{section.name} holds REL entries, which gnu-efi does not apply")
            if section.type == SHT_RELA:
                for at in range(section.offset, section.offset + section.file_size, 24):
                    target, info, _ = unpack("QQq", self.data, at)
                    yield target, info & 0xFFFFFFFF, section

    def dynamic(self, tag: int) -> int | None:
        """The value of a tag in .dynamic; None when it is absent."""
        section = next((s for s in self.sections if s.name == ".dynamic"), None)
        if section is None:
            return None
        for at in range(section.offset, section.offset + section.file_size, 16):
            key, value = unpack("QQ", self.data, at)
            if key == tag:
                return value
            if key == DT_NULL:
                break
        return None


def is_dropped(name: str) -> bool:
    return any(name == drop or name.startswith(drop + ".") for drop in DROPPED)


def lost_sections(pe: Pe, elf: Elf) -> list[str]:
    """Allocated sections of the ELF that the PE lacks, or holds at another place or size or with other bytes."""
    lost = []
    for section in elf.allocated():
        if is_dropped(section.name):
            continue
        twin = pe.named(section.name[:8])
        if twin is None:
            lost.append(f"{section.name} ({section.size} bytes) is missing")
        elif twin.address != section.address or twin.size < section.size:
            lost.append(f"{section.name} is at {twin.address:#x}+{twin.size:#x}, "
                        f"not {section.address:#x}+{section.size:#x}")
        elif pe.content(twin)[:section.size] != elf.content(section):
            lost.append(f"{section.name} holds other bytes")
    return lost


def load(path: Path, kind: type):
    """Reads a Pe or an Elf; a FormatError names the file."""
    try:
        return kind(path.read_bytes())
    except (FormatError, ValueError) as error:
        raise FormatError(f"{path}: {error}") from error
