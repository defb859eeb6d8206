#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the kernel's table of function names as assembly, from `nm -n` of a first link.

Reads nm's output on standard input. The table holds offsets from the symbol `kernel_image`, ascending,
so that it needs no relocation and the same works at any address. Without `kernel_image` in the input
the table is empty: that is what the first link uses. A second link with the table moves no function,
because .symbols lies behind all text; run on its result this program must write the same bytes again.
Format: kernel/symbols.h.
"""
from __future__ import annotations

import sys

IMAGE = "kernel_image"
TEXT = "Tt"
HEAD = """/* Made by tools/kernel_symbols.py: see kernel/symbols.h. */
        .section .symbols, "a", @progbits
        .globl  symbol_count, symbol_rows, symbol_names
        .hidden symbol_count, symbol_rows, symbol_names
        .balign 8
symbol_count:
        .long   {count}
        .balign 8
symbol_rows:
"""
TAIL = """
        .section .note.GNU-stack, "", @progbits
"""


def read_symbols(lines) -> tuple[int | None, list[tuple[int, str]]]:
    """The image's address, and each function's address and name in ascending order."""
    image = None
    functions = {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == IMAGE:
            image = address
        elif kind in TEXT and not name.startswith((".L", "kernel_text_end")):
            functions.setdefault(address, name)     # aliases: the first that nm names
    return image, sorted(functions.items())


def table(image: int, functions: list[tuple[int, str]]) -> str:
    out = [HEAD.format(count=len(functions))]
    names = []
    offset = 0
    for address, name in functions:
        out.append(f"        .long   {address - image:#x}, {offset}\n")
        names.append(f'        .asciz  "{name}"\n')
        offset += len(name) + 1
    return "".join([*out, "symbol_names:\n", *names, TAIL])


def main() -> int:
    image, functions = read_symbols(sys.stdin)
    if image is None and functions:
        print(f"kernel_symbols: the input has functions but no {IMAGE}", file=sys.stderr)
        return 2
    sys.stdout.write(table(image or 0, functions))
    return 0


if __name__ == "__main__":
    sys.exit(main())
