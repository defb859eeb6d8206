#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Judges the loader's PE image, together with the ELF that it was made from.

Prints `ok NAME` or `FAIL NAME detail` for each property and exits 1 on any FAIL. With --spoil it
judges copies that each lack one property, and says `ok` where the judge refuses them for that reason.
Spec: Microsoft PE format; UEFI CA memory mitigation requirements (4 KiB alignment, no section both
writable and executable, NX_COMPAT); shim's SBAT.md.
"""
from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
from pe_file import (DT_RELA, DT_RELASZ, NX_COMPAT, PE_EXECUTE, PE_RELOC_DIRECTORY,  # noqa: E402
                     PE_WRITE, SHF_WRITE, SHT_RELA, Elf, FormatError, Pe, load, lost_sections)

MAX_FILE_BYTES = 88 << 10      # 64 KiB boot; 8 captures and drift; 8 checkpoints, bad RAM, DMA, watching; 8 the pool
PAGE = 4096
MACHINE_X86_64, SUBSYSTEM_APPLICATION, RELOCS_STRIPPED = 0x8664, 10, 1
R_X86_64_RELATIVE = 8
DT_REL, DT_JMPREL, DT_RELR = 17, 23, 36
# Vector and x87 registers as operands, and instructions of these units that name no register. The
# few that only set such state are left out: the hand-off puts x87 and MXCSR into their reset values.
PREFIXES = r"(?:(?:data16|addr32|lock|rep\w*|notrack|bnd|x(?:acquire|release)|[c-gs]s|rex\S*) +)*"
INSTRUCTION = re.compile(rf"\s*([0-9a-f]+):\t{PREFIXES}(\S+)\s*([^#<]*)")
FLOAT_OPERAND = re.compile(r"%(?:[xyz]?mm\d+|st\b|k[0-7]\b)")
FLOAT_MNEMONIC = re.compile(r"(?:f(?!s$)[a-z]\w*|wait|emms|vzeroupper|vzeroall)$")
STATE_MNEMONIC = ("fninit", "fnclex", "fldcw", "fxrstor", "fxrstor64", "fxsave", "fxsave64")


@dataclass
class Image:
    """What is judged: the PE, the ELF beside it, and the ELF's disassembly."""

    pe: Pe
    elf: Elf
    code: str


def disassemble(path: Path) -> str:
    command = ["objdump", "-d", "-w", "--no-show-raw-insn", str(path)]
    try:
        done = subprocess.run(command, text=True, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise FormatError("objdump not found; tools/deps.sh run installs it") from error
    if done.returncode != 0:
        raise FormatError(f"objdump: {done.stderr.strip()}")
    return done.stdout


# ---- properties: each returns what is wrong, as one phrase, or "" -------------------------------

def machine(image: Image) -> str:
    return "" if image.pe.machine == MACHINE_X86_64 else f"machine {image.pe.machine:#x}, not x86-64"


def subsystem(image: Image) -> str:
    found = image.pe.subsystem
    return "" if found == SUBSYSTEM_APPLICATION else f"subsystem {found}, not EFI application"


def aligned(image: Image) -> str:
    if image.pe.section_alignment != PAGE:
        return f"SectionAlignment {image.pe.section_alignment:#x}"
    odd = [s.name for s in image.pe.sections if s.address % PAGE or s.address == 0]
    return f"not on a page of its own: {' '.join(odd)}" if odd else ""


def no_write_execute(image: Image) -> str:
    both = [s.name for s in image.pe.sections if s.flags & PE_WRITE and s.flags & PE_EXECUTE]
    return f"writable and executable: {' '.join(both)}" if both else ""


def rodata(image: Image) -> str:
    section = image.pe.named(".rodata")
    if section is None:
        return "no section .rodata"
    return ".rodata is writable or executable" if section.flags & (PE_WRITE | PE_EXECUTE) else ""


def nx_compat(image: Image) -> str:
    flags = image.pe.dll_characteristics
    return "" if flags & NX_COMPAT else f"DllCharacteristics {flags:#x} lacks NX_COMPAT"


def reloc_directory(image: Image) -> str:
    if image.pe.characteristics & RELOCS_STRIPPED:
        return "marked as not relocatable"
    address, size = image.pe.directory(PE_RELOC_DIRECTORY)
    section = image.pe.named(".reloc")
    if not size or section is None:
        return "no base relocation directory in a section .reloc"
    inside = section.contains(address) and address + size <= section.address + section.size
    return "" if inside else f"base relocations at {address:#x}+{size:#x} lie outside .reloc"


def relocations(image: Image) -> str:
    """gnu-efi applies DT_RELA's entries, and skips types that it does not know without a word."""
    writable = [s for s in image.elf.allocated() if s.flags & SHF_WRITE]
    for target, kind, section in image.elf.relocations():
        if kind != R_X86_64_RELATIVE:
            return f"{section.name}: type {kind} at {target:#x} is not RELATIVE"
        if not any(s.contains(target) and s.contains(target + 7) for s in writable):
            return f"{section.name}: target {target:#x} is in no writable section"
    present = sorted((s.address, s.size) for s in image.elf.allocated() if s.type == SHT_RELA)
    first = image.elf.dynamic(DT_RELA) or 0
    named = [(first, image.elf.dynamic(DT_RELASZ) or 0)] if first else []
    if named != present:
        return f"DT_RELA names {named}, but the sections are {present}"
    other = [tag for tag in (DT_REL, DT_JMPREL, DT_RELR) if image.elf.dynamic(tag) is not None]
    return f"dynamic tags {other} name relocations that nobody applies" if other else ""


def sbat(image: Image) -> str:
    section = image.pe.named(".sbat")
    if section is None:
        return "no section .sbat"
    text = image.pe.content(section).rstrip(b"\0")
    if not text.isascii() or not text.endswith(b"\n"):
        return "not ASCII lines"
    rows = [line.split(",") for line in text.decode("ascii").splitlines()]
    if rows[0][:2] != ["sbat", "1"] or len(rows) < 2:
        return "needs a first row sbat,1,... and a row of the loader"
    for row in rows:
        if len(row) != 6 or not all(row) or not re.fullmatch(r"[1-9][0-9]*", row[1]):
            return f"row not NAME,GENERATION,VENDOR,PACKAGE,VERSION,URL: {','.join(row)!r}"
    return ""


def integer_code(image: Image) -> str:
    """U-Boot runs programs with CR4.OSFXSR clear: the first SSE instruction ends in a triple fault."""
    lines = 0
    for line in image.code.splitlines():
        match = INSTRUCTION.match(line)
        if not match:
            continue
        lines += 1
        address, mnemonic, operands = match.groups()
        if mnemonic in STATE_MNEMONIC:
            continue
        if FLOAT_OPERAND.search(operands) or FLOAT_MNEMONIC.match(mnemonic):
            return f"{address}: {mnemonic} {operands.strip()}"
    return "" if lines else "no instruction found"


def entry(image: Image) -> str:
    text = image.pe.named(".text")
    if text is None or not text.flags & PE_EXECUTE:
        return "no executable section .text"
    return "" if text.contains(image.pe.entry) else f"entry {image.pe.entry:#x} lies outside .text"


def no_gap(image: Image) -> str:
    """Sections follow each other in the file and fill it: what is signed is then the whole file."""
    end = image.pe.header_size
    for section in sorted(image.pe.sections, key=lambda s: s.offset):
        if section.file_size == 0:
            continue
        if section.offset != end:
            return f"{section.name} starts at {section.offset:#x}, the one before ends at {end:#x}"
        end += section.file_size
    size = len(image.pe.data)
    return "" if end == size else f"last section ends at {end:#x}, the file at {size:#x}"


def file_size(image: Image) -> str:
    size = len(image.pe.data)
    return "" if size <= MAX_FILE_BYTES else f"{size} bytes, above {MAX_FILE_BYTES}"


def image_size(image: Image) -> str:
    end = max((s.address + s.size for s in image.pe.sections), default=0)
    rounded = (end + PAGE - 1) // PAGE * PAGE
    return "" if image.pe.image_size == rounded else f"SizeOfImage {image.pe.image_size:#x}, not {rounded:#x}"


def no_time(image: Image) -> str:
    return "" if image.pe.time == 0 else f"TimeDateStamp {image.pe.time:#x}: two builds differ"


def checksum(image: Image) -> str:
    right = image.pe.sum()
    return "" if image.pe.checksum == right else f"{image.pe.checksum:#x}, not {right:#x}"


def complete(image: Image) -> str:
    return "; ".join(lost_sections(image.pe, image.elf))


PROPERTIES = (machine, subsystem, aligned, no_write_execute, rodata, nx_compat, reloc_directory, relocations,
              sbat, integer_code, entry, no_gap, file_size, image_size, no_time, checksum, complete)


def judge(image: Image) -> dict[str, str]:
    """Each property's name with what is wrong about it, "" where nothing is."""
    results = {}
    for check in PROPERTIES:
        try:
            results[check.__name__] = check(image)
        except FormatError as error:
            results[check.__name__] = str(error)
    return results


def report(results: dict[str, str], prefix: str) -> int:
    for name, detail in results.items():
        print(f"FAIL {prefix}{name} {detail}" if detail else f"ok {prefix}{name}")
    return 1 if any(results.values()) else 0


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="judge.py", description=__doc__.splitlines()[0])
    parser.add_argument("image", type=Path, metavar="BOOTX64.EFI")
    parser.add_argument("--so", type=Path, required=True, help="the ELF that the image was made from")
    parser.add_argument("--spoil", action="store_true", help="check that spoilt copies are refused")
    args = parser.parse_args(argv)
    try:
        image = Image(load(args.image, Pe), load(args.so, Elf), disassemble(args.so))
    except (FormatError, OSError) as error:
        print(f"FAIL pe.readable {error}")
        return 1
    if args.spoil:
        import spoil    # beside this file; it calls judge() back
        return report(spoil.verdicts(image, judge, disassemble), "pe-spoil.")
    return report(judge(image), "pe.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
