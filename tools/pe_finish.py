#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Finishes the loader's PE after objcopy: NX_COMPAT, no time stamp, right checksum.

objcopy has no option for the first, and drops without a word every section that its -j list does not
name: so an image that lacks an allocated section of the ELF it came from is refused.
"""
from __future__ import annotations

import argparse
import struct
import sys
from pathlib import Path

from pe_file import NX_COMPAT, Elf, FormatError, Pe, load, lost_sections


def finish(pe: Pe) -> bytes:
    data = bytearray(pe.data)
    struct.pack_into("<I", data, pe.coff + 4, 0)
    struct.pack_into("<H", data, pe.optional + 70, pe.dll_characteristics | NX_COMPAT)
    struct.pack_into("<I", data, pe.optional + 64, Pe(bytes(data)).sum())
    return bytes(data)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="pe_finish.py", description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, metavar="IN.efi")
    parser.add_argument("target", type=Path, metavar="OUT.efi")
    parser.add_argument("--so", type=Path, help="the ELF that IN came from (default IN with .so)")
    args = parser.parse_args(argv)
    try:
        pe = load(args.source, Pe)
        lost = lost_sections(pe, load(args.so or args.source.with_suffix(".so"), Elf))
        if lost:
            print(f"pe_finish: {args.source}: {'; '.join(lost)}", file=sys.stderr)
            return 1
        args.target.write_bytes(finish(pe))
    except (FormatError, OSError) as error:
        print(f"pe_finish: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
