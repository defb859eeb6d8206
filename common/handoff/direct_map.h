/* SPDX-License-Identifier: MIT */
/*
 * The direct map: physical memory at LAYOUT_DIRECT_MAP + paddr, never executable.
 *
 * It shows regions with the WB capability of every kind but `mmio`, `reserved`, `bad`,
 * `unaccepted`, `soft-reserved`, `persistent` and `framebuffer` (which has a mapping of its
 * own). Read-only: kernel text and read-only data, `runtime-code`, `firmware-table`, and
 * `handoff`, so that no executable page is writable under another address. Each region is
 * mapped for itself, so a leaf never spans two kinds or two cache types.
 */
#ifndef GROMA_HANDOFF_DIRECT_MAP_H
#define GROMA_HANDOFF_DIRECT_MAP_H

#include "base/language.h"
#include "bootinfo/bootinfo.h"
#include "memmap/memmap.h"
#include "paging/paging.h"

C_DECLARATIONS_BEGIN

/* Pages of a firmware table, shown read-only even where their kind would leave them out. */
struct direct_map_table {
    uint64_t first_pfn;
    uint64_t end_pfn;
};

struct direct_map_input {
    const struct memmap *map;
    const struct bootinfo_segment *segments; /* of the kernel, covering its `kernel` regions */
    size_t segment_count;
    const struct direct_map_table *tables;
    size_t table_count;
};

/* What was mapped, as extents in the caller's array. */
struct direct_map_result {
    struct bootinfo_extent *extents; /* ascending, neighbours of equal rights merged */
    size_t count;
    size_t capacity;
    uint64_t unmapped_pages; /* of shown kinds, above 127 TiB */
};

/* Extents never exceed this: a table that spans a region begins anew behind it. */
static inline uint64_t direct_map_max_extents(uint64_t region_count, size_t segment_count,
                                              size_t table_count)
{
    return 2 * (region_count + segment_count) + table_count;
}

/* Is a region shown at all? */
bool direct_map_shows(const struct memmap_region *region);

/*
 * Maps everything into `paging`. Errors: what paging_map says (NO_MEMORY: the pool is too
 * small), and PAGING_NO_MEMORY too where the extents do not fit. On error the tables are
 * half made and must not be used.
 */
MUST_USE enum paging_status direct_map_build(struct paging *paging,
                                             const struct direct_map_input *input,
                                             struct direct_map_result *result);

/*
 * Table pages that direct_map_build takes at most for such a map. A firmware table above 2 MiB
 * counts once for every 2 MiB begun.
 */
uint64_t direct_map_tables_bound(const struct paging *paging, const struct memmap *map,
                                 size_t segment_count, size_t table_count);

C_DECLARATIONS_END

#endif
