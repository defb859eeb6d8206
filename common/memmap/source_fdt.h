/* SPDX-License-Identifier: MIT */
/*
 * What a flattened devicetree says of memory, as ranges for memmap_source_ranges.
 *
 * Reads version 17 blobs (and later ones that say they are compatible with it), byte by byte,
 * at any alignment. Devicetree Specification 0.4: 3.4 (/memory), 3.5 (/reserved-memory),
 * 5 (flattened format).
 */
#ifndef GROMA_MEMMAP_SOURCE_FDT_H
#define GROMA_MEMMAP_SOURCE_FDT_H

#include "memmap/source.h"

C_DECLARATIONS_BEGIN

/*
 * Collects, in this order: the entries of the memory reservation block; then, as the tree has
 * them, `reg` of the root's memory* nodes with device_type = "memory" (unless `status` is neither
 * "okay" nor "ok"), and `reg` of the children of /reserved-memory (whatever their status: keeping
 * too much is safe). Empty ranges are kept, normalizing counts them. The blob itself is not added,
 * a child without `reg` is no range yet, `linux,usable-memory` is not read.
 *
 * *ret_count is the number of ranges. Errors, with `ranges` untouched:
 *   NO_ROOM     capacity is below *ret_count, which says exactly what is needed
 *               (a first call may have capacity 0 and ranges NULL)
 *   BAD_STRIDE  a `reg` is to be read and #address-cells or #size-cells of the root is not 1 or 2,
 *               or /reserved-memory contradicts the root
 *   BAD_SIZE    no devicetree of this version, cut short, or malformed; *ret_count untouched
 * O(size_bytes), two passes, no recursion.
 */
MUST_USE enum memmap_status memmap_fdt_collect(const void *fdt, uint64_t size_bytes,
                                               struct memmap_fdt_range *ranges, size_t capacity,
                                               size_t *ret_count);

C_DECLARATIONS_END

#endif
