/* SPDX-License-Identifier: MIT */
/* Looks up a name by binary search; see symbols.h. */
#include "symbols.h"

/* kernel.lds.S: the first byte of the image and of its text, and the end of the text. */
extern const char kernel_image[];
extern const char kernel_text_end[];

bool symbols_find(uint64_t address, struct symbol *ret_symbol)
{
    uint64_t image = (uint64_t)(uintptr_t)kernel_image;
    uint32_t low = 0;
    uint32_t high = symbol_count;

    if (address < image || address >= (uint64_t)(uintptr_t)kernel_text_end)
        return false;
    /* Invariant: rows below `low` begin at or before the address, rows from `high` on after it. */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (symbol_rows[middle].offset <= address - image)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    ret_symbol->name = symbol_names + symbol_rows[low - 1].name;
    ret_symbol->offset = address - image - symbol_rows[low - 1].offset;
    return true;
}
