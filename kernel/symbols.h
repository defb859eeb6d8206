/* SPDX-License-Identifier: MIT */
/*
 * The names of the kernel's own functions. The table is made by tools/kernel_symbols.py from
 * a first link and put in by a second one; it holds offsets, so that it needs no relocation.
 */
#ifndef GROMA_KERNEL_SYMBOLS_H
#define GROMA_KERNEL_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/checked.h"

/* One row of the table; ascending by offset. */
struct symbol_row {
    uint32_t offset; /* of the function, from the image's first byte */
    uint32_t name;   /* of its name, in symbol_names */
};

/* Generated. */
extern const uint32_t symbol_count;
extern const struct symbol_row symbol_rows[];
extern const char symbol_names[];

struct symbol {
    const char *name;
    uint64_t offset; /* of the address asked for, from the function's first byte */
};

/* The function that holds this address; false where it lies outside the kernel's text. */
MUST_USE bool symbols_find(uint64_t address, struct symbol *ret_symbol);

#endif
