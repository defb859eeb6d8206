/* SPDX-License-Identifier: MIT */
/* Devicetree blobs as bytes, put together by hand from tokens. */
#ifndef GROMA_TEST_MEMMAP_FDT_H
#define GROMA_TEST_MEMMAP_FDT_H

#include "memmap/source_fdt.h"
#include "test_memmap_readers.h"

#define BEGIN     M4(1)
#define END_NODE  M4(2)
#define PROP(size, name) M4(3), M4(size), M4(name)
#define NOP       M4(4)
#define END       M4(9)

/* Offsets into the strings block. */
enum { A_CELLS = 0, S_CELLS = 15, TYPE = 27, REG = 39, NO_MAP = 43, STATUS = 50, STRINGS = 57 };

#define FDT_STRINGS                                                                              \
    '#', 'a', 'd', 'd', 'r', 'e', 's', 's', '-', 'c', 'e', 'l', 'l', 's', 0, '#', 's', 'i', 'z', \
        'e', '-', 'c', 'e', 'l', 'l', 's', 0, 'd', 'e', 'v', 'i', 'c', 'e', '_', 't', 'y', 'p',  \
        'e', 0, 'r', 'e', 'g', 0, 'n', 'o', '-', 'm', 'a', 'p', 0, 's', 't', 'a', 't', 'u', 's', 0

#define IS_MEMORY PROP(7, TYPE), 'm', 'e', 'm', 'o', 'r', 'y', 0, 0xee
#define ROOT(a, s) BEGIN, 0, 0, 0, 0, PROP(4, A_CELLS), M4(a), PROP(4, S_CELLS), M4(s)
#define MEMORY_AT(digit) BEGIN, 'm', 'e', 'm', 'o', 'r', 'y', '@', digit, 0, 0, 0, 0
#define RESERVED_MEMORY \
    BEGIN, 'r', 'e', 's', 'e', 'r', 'v', 'e', 'd', '-', 'm', 'e', 'm', 'o', 'r', 'y', 0

/* The header, one reservation block of `r` bytes at 40, strings, then the structure block. */
#define FDT_HEADER(r, s)                                                                        \
    M4(0xd00dfeed), M4(40 + (r) + STRINGS + (s)), M4(40 + (r) + STRINGS), M4(40 + (r)), M4(40), \
        M4(17), M4(16), M4(0), M4(STRINGS), M4(s)

/*
 * / { #address-cells = 2; #size-cells = 1;
 *     memory@8 { reg (before device_type), child { reg } };  memory@9 { status = "disabled" };
 *     memory@a { no device_type };  memory { two pairs };
 *     reserved-memory { a { reg }; b { no-map; reg } };  cpus { device_type = "memory" } }
 */
#define FDT_TREE                                                                                  \
    NOP, ROOT(2, 1), MEMORY_AT('8'), PROP(12, REG), M8(0x80000000), M4(0x10000000), IS_MEMORY,    \
        BEGIN, 'c', 0, 0, 0, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, END_NODE,         \
        MEMORY_AT('9'), IS_MEMORY, PROP(9, STATUS), 'd', 'i', 's', 'a', 'b', 'l', 'e', 'd', 0, 0, \
        0, 0, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, MEMORY_AT('a'), PROP(12, REG),   \
        M8(0xbad000), M4(0x1000), END_NODE, BEGIN, 'm', 'e', 'm', 'o', 'r', 'y', 0, 0, IS_MEMORY, \
        PROP(5, STATUS), 'o', 'k', 'a', 'y', 0, 0, 0, 0, NOP, PROP(24, REG), M8(0x100000000),     \
        M4(0x7fffffff), M8(0xfedcba9876543210), M4(0), END_NODE, RESERVED_MEMORY,                 \
        PROP(4, A_CELLS), M4(2), PROP(4, S_CELLS), M4(1), BEGIN, 'a', 0, 0, 0, PROP(12, REG),     \
        M8(0x81000000), M4(0x2000), BEGIN, 'x', 0, 0, 0, PROP(12, REG), M8(0xbad000), M4(1),      \
        END_NODE, END_NODE, BEGIN, 'b', 0, 0, 0, PROP(0, NO_MAP), PROP(12, REG), M8(0x82000000),  \
        M4(0x3000), END_NODE, BEGIN, 'd', 0, 0, 0, END_NODE, END_NODE, BEGIN, 'c', 'p', 'u', 's', \
        0, 0, 0, 0, IS_MEMORY, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, END_NODE, END

static const uint8_t fdt_tree[] = {FDT_TREE};
#define FDT_RESERVATIONS M8(0x88000000), M8(0x4000), M8(0), M8(0x1000), M8(0), M8(0)
static const uint8_t fdt_blob[] = {FDT_HEADER(48, sizeof fdt_tree), FDT_RESERVATIONS, FDT_STRINGS,
                                   FDT_TREE};

#endif
