#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Print common/screen/font_8x13.c from the X11 font misc-fixed 8x13 (a PCF file).

    tools/font_from_pcf.py 8x13-ISO8859-1.pcf.gz > common/screen/font_8x13.c

Only a font whose COPYRIGHT property says that it is in the public domain is taken. The
format: the X server's "pcf" tables, as in libXfont's pcfread.c (each table names its own
byte order and padding). The unknown-byte box is the font's own default glyph.
"""
import gzip
import struct
import sys

PROPERTIES, METRICS, BITMAPS, ENCODINGS = 1, 4, 8, 32
WIDTH, HEIGHT, FIRST, LAST = 8, 13, 0x20, 0x7E
ROW_MASK = (1 << WIDTH) - 1

HEAD = """\
/* SPDX-License-Identifier: MIT */
/*
 * Made by tools/font_from_pcf.py from {name}; do not edit.
 *
 * The glyphs are those of the X11 font misc-fixed 8x13 (Debian package xfonts-base),
 * whose COPYRIGHT property reads "{copyright}"
 */
#include "screen/font_8x13.h"
"""

TAIL = """\
const uint8_t *font_8x13_glyph(uint8_t byte)
{
    return byte < FONT_FIRST || byte > FONT_LAST ? box : glyphs[byte - FONT_FIRST];
}
"""


class Table:
    """One table of the file: its format word, and integers in its byte order."""

    def __init__(self, data, offset, size):
        self.data = data[offset:offset + size]
        self.format = struct.unpack_from("<I", self.data)[0]
        self.order = ">" if self.format & 4 else "<"

    def read(self, code, at, count=1):
        return struct.unpack_from(f"{self.order}{count}{code}", self.data, at)


def tables_of(data):
    if data[:4] != b"\1fcp":
        raise ValueError("this is no PCF font")
    count = struct.unpack_from("<I", data, 4)[0]
    tables = {}
    for i in range(count):
        kind, _, size, offset = struct.unpack_from("<4I", data, 8 + 16 * i)
        tables[kind] = Table(data, offset, size)
    return tables


def copyright_of(table):
    count = table.read("i", 4)[0]
    strings = 8 + (9 * count + 3) // 4 * 4 + 4

    def string(offset):
        start = strings + offset
        return table.data[start:table.data.index(b"\0", start)].decode("latin-1")

    for i in range(count):
        name, is_string, value = struct.unpack_from(f"{table.order}ibi", table.data, 8 + 9 * i)
        if is_string and string(name) == "COPYRIGHT":
            return string(value)
    return ""


def metrics_of(table, glyph):
    """(left bearing, right bearing, width, ascent, descent)"""
    if table.format & 0x100:  # compressed: one byte each, biased by 0x80
        return tuple(byte - 0x80 for byte in table.read("B", 6 + 5 * glyph, 5))
    return table.read("h", 8 + 12 * glyph, 5)


def rows_of(tables, glyph, font_ascent):
    """HEIGHT integers, bit WIDTH-1 the leftmost pixel."""
    bitmaps, pad = tables[BITMAPS], 1 << (tables[BITMAPS].format & 3)
    count = bitmaps.read("i", 4)[0]
    start = 8 + 4 * count + 16 + bitmaps.read("i", 8 + 4 * glyph)[0]
    left, right, _, ascent, descent = metrics_of(tables[METRICS], glyph)
    if bitmaps.format & 0x30 != 0 or not bitmaps.format & 8:
        raise ValueError("only bitmaps in bytes, most significant bit first, are known")
    stride = ((right - left + 7) // 8 + pad - 1) // pad * pad
    if ascent + descent > HEIGHT or not 0 <= left <= right <= WIDTH:
        raise ValueError(f"glyph {glyph} does not fit {WIDTH}x{HEIGHT}")
    rows = [0] * HEIGHT
    for y in range(ascent + descent):
        line = bitmaps.data[start + y * stride:start + y * stride + stride]
        bits = int.from_bytes(line, "big") >> (8 * stride - (right - left))
        rows[font_ascent - ascent + y] = bits << (WIDTH - right) & ROW_MASK
    return rows


def glyph_of(table, byte):
    first, last, high_first, _, default = table.read("h", 4, 5)
    if high_first != 0 or not first <= byte <= last:
        raise ValueError(f"no glyph for byte {byte:#x}")
    return table.read("H", 14 + 2 * (byte - first))[0], default


def c_rows(rows):
    return "{" + ", ".join(f"0x{row:02x}" for row in rows) + "}"


def main(path):
    with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
        tables = tables_of(file.read())
    words = copyright_of(tables[PROPERTIES])
    if not words.lower().startswith("public domain"):
        raise ValueError(f'the font is not in the public domain: "{words}"')
    encodings, metrics = tables[ENCODINGS], tables[METRICS]
    numbers = [glyph_of(encodings, byte)[0] for byte in range(FIRST, LAST + 1)]
    ascent = max(metrics_of(metrics, number)[3] for number in numbers)
    box = rows_of(tables, glyph_of(encodings, glyph_of(encodings, FIRST)[1])[0], ascent)
    print(HEAD.format(name=path.split("/")[-1], copyright=words))
    print("/* The font's default glyph: a dotted box, for every byte that has no glyph. */")
    print(f"static const uint8_t box[FONT_HEIGHT] = {{\n    {c_rows(box)[1:-1]}}};\n")
    print("static const uint8_t glyphs[FONT_LAST - FONT_FIRST + 1][FONT_HEIGHT] = {")
    for byte, number in enumerate(numbers, FIRST):
        print(f"    {c_rows(rows_of(tables, number, ascent))}, /* {chr(byte)} */")
    print("};\n")
    print(TAIL, end="")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except (OSError, ValueError, KeyError, struct.error) as error:
        sys.exit(f"font_from_pcf: {error}")
