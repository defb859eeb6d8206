/* SPDX-License-Identifier: MIT */
/*
 * Entries written as firmware and boot loaders write them, so that one layout can be read back by
 * every reader. Types are chosen here from the formats' specifications, not from the readers.
 */
#ifndef GROMA_TESTS_MEMMAP_LAYOUT_H
#define GROMA_TESTS_MEMMAP_LAYOUT_H

#include "memmap/normalize.h"

#define LAYOUT_MOST  24u
#define LAYOUT_BYTES 4096u /* the longest of all formats: a zero page */

struct layout {
    struct memmap_entry entries[LAYOUT_MOST]; /* kind and attributes as a reader must give them */
    uint32_t count;
    /* WB stands on every kind up to acpi-nvs, nothing on the others, and `type` is not used.
       Otherwise type and attributes are UEFI's, and only UEFI and boot info can say it. */
    bool plain;
};

/* Can this format say this layout? */
bool layout_fits(const struct layout *layout, enum memmap_format format);

/*
 * Writes the layout (which fits) into LAYOUT_BYTES bytes and opens it through the format's reader.
 * `choice` picks a stride, or a whole structure instead of its part, where there is a choice; what
 * the format leaves open is filled with junk.
 */
MUST_USE enum memmap_status layout_open(const struct layout *layout, enum memmap_format format,
                                        uint32_t choice, uint8_t *bytes,
                                        struct memmap_source *ret_source);

#endif
