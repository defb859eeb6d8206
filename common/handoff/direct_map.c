/* SPDX-License-Identifier: MIT */
/* Building the direct map from a normalized map; see direct_map.h. */
#include "handoff/direct_map.h"

#include "handoff/layout.h"

#define READ       BOOTINFO_RIGHT_READ
#define READ_WRITE (BOOTINFO_RIGHT_READ | BOOTINFO_RIGHT_WRITE)
#define END_PFN    (LAYOUT_DIRECT_MAP_BYTES / PAGE_BYTES)
#define HIDDEN_KINDS                                                                   \
    (UINT32_C(1) << MEMMAP_MMIO | UINT32_C(1) << MEMMAP_RESERVED |                     \
     UINT32_C(1) << MEMMAP_BAD | UINT32_C(1) << MEMMAP_UNACCEPTED |                    \
     UINT32_C(1) << MEMMAP_SOFT_RESERVED | UINT32_C(1) << MEMMAP_PERSISTENT |          \
     UINT32_C(1) << MEMMAP_FRAMEBUFFER)
#define READ_ONLY_KINDS                                                                \
    (UINT32_C(1) << MEMMAP_RUNTIME_CODE | UINT32_C(1) << MEMMAP_FIRMWARE_TABLE |       \
     UINT32_C(1) << MEMMAP_HANDOFF)

bool direct_map_shows(const struct memmap_region *region)
{
    return (HIDDEN_KINDS >> region->kind & 1) == 0 && (region->attributes & MEMMAP_WB) != 0;
}

/* Appends to the extents, or grows the last one. */
static bool note_extent(struct direct_map_result *result, uint64_t first_pfn, uint64_t end_pfn,
                        uint32_t rights)
{
    struct bootinfo_extent *last =
        result->count > 0 ? &result->extents[result->count - 1] : NULL;

    if (last != NULL && last->end_pfn == first_pfn && last->rights == rights) {
        last->end_pfn = end_pfn;
        return true;
    }
    if (result->count >= result->capacity)
        return false;
    result->extents[result->count++] =
        (struct bootinfo_extent){.first_pfn = first_pfn, .end_pfn = end_pfn, .rights = rights};
    return true;
}

static enum paging_status map_pages(struct paging *paging, uint64_t first_pfn, uint64_t end_pfn,
                                    uint32_t rights)
{
    uint64_t first = byte_of_pfn(first_pfn);

    return paging_map(paging, vaddr(LAYOUT_DIRECT_MAP + first), paddr(first),
                      byte_of_pfn(end_pfn - first_pfn),
                      (rights & BOOTINFO_RIGHT_WRITE) != 0 ? PAGING_RIGHT_WRITE : 0,
                      PAGING_WRITE_BACK);
}

/* Maps a piece of equal rights, as far as the window reaches. */
static enum paging_status map_piece(struct paging *paging, struct direct_map_result *result,
                                    uint64_t first_pfn, uint64_t end_pfn, uint32_t rights)
{
    if (end_pfn > END_PFN) {
        uint64_t shown_end = first_pfn < END_PFN ? END_PFN : first_pfn;
        result->unmapped_pages += end_pfn - shown_end;
        end_pfn = shown_end;
    }
    if (first_pfn >= end_pfn)
        return PAGING_OK;
    if (!note_extent(result, first_pfn, end_pfn, rights))
        return PAGING_NO_MEMORY;
    return map_pages(paging, first_pfn, end_pfn, rights);
}

/* The segment that holds a page, or NULL; *ret_next is where that answer ends at the latest. */
static const struct bootinfo_segment *segment_at(const struct direct_map_input *input, uint64_t pfn,
                                                 uint64_t *ret_next)
{
    for (size_t i = 0; i < input->segment_count; i++) {
        const struct bootinfo_segment *segment = &input->segments[i];
        uint64_t first_pfn = pfn_of_byte(segment->paddr);
        if (pfn >= first_pfn && pfn - first_pfn < segment->page_count) {
            if (first_pfn + segment->page_count < *ret_next)
                *ret_next = first_pfn + segment->page_count;
            return segment;
        }
        if (first_pfn > pfn && first_pfn < *ret_next)
            *ret_next = first_pfn;
    }
    return NULL;
}

/* A `kernel` region: each segment's part with that segment's right to write. */
static enum paging_status map_kernel(struct paging *paging, const struct direct_map_input *input,
                                     const struct memmap_region *region,
                                     struct direct_map_result *result)
{
    uint64_t at = region->first_pfn;

    while (at < region->end_pfn) {
        uint64_t next = region->end_pfn;
        const struct bootinfo_segment *segment = segment_at(input, at, &next);
        bool writes = segment != NULL && (segment->rights & BOOTINFO_RIGHT_WRITE) != 0;
        enum paging_status status =
            map_piece(paging, result, at, next, writes ? READ_WRITE : READ);
        if (status != PAGING_OK)
            return status;
        at = next;
    }
    return PAGING_OK;
}

static enum paging_status map_region(struct paging *paging, const struct direct_map_input *input,
                                     const struct memmap_region *region,
                                     struct direct_map_result *result)
{
    bool read_only = (READ_ONLY_KINDS >> region->kind & 1) != 0;

    if (!direct_map_shows(region))
        return PAGING_OK;
    if (region->kind == MEMMAP_KERNEL)
        return map_kernel(paging, input, region, result);
    return map_piece(paging, result, region->first_pfn, region->end_pfn,
                     read_only ? READ : READ_WRITE);
}

static bool is_read_only_at(const struct direct_map_result *result, size_t index)
{
    return index < result->count && result->extents[index].rights == READ;
}

/* Makes room for an extent before extent `at`; there is capacity for it. */
static void open_gap(struct direct_map_result *result, size_t at)
{
    for (size_t i = result->count++; i > at; i--)
        result->extents[i] = result->extents[i - 1];
}

static void remove_extent(struct direct_map_result *result, size_t at)
{
    result->count--;
    for (size_t i = at; i < result->count; i++)
        result->extents[i] = result->extents[i + 1];
}

/*
 * Puts one read-only page among the extents, in order; false where there is no room.
 *
 *   |-- at - 1 --| page |-- at --|     it may join either neighbour, or both
 */
static bool insert_page(struct direct_map_result *result, uint64_t pfn)
{
    struct bootinfo_extent *extents = result->extents;
    size_t at = 0;
    bool joins_left, joins_right;

    while (at < result->count && extents[at].first_pfn < pfn)
        at++;
    joins_left = at > 0 && is_read_only_at(result, at - 1) && extents[at - 1].end_pfn == pfn;
    joins_right = is_read_only_at(result, at) && extents[at].first_pfn == pfn + 1;
    if (joins_left) {
        extents[at - 1].end_pfn = joins_right ? extents[at].end_pfn : pfn + 1;
        if (joins_right)
            remove_extent(result, at);
    } else if (joins_right) {
        extents[at].first_pfn = pfn;
    } else {
        if (result->count >= result->capacity)
            return false;
        open_gap(result, at);
        extents[at] = (struct bootinfo_extent){.first_pfn = pfn, .end_pfn = pfn + 1, .rights = READ};
    }
    return true;
}

/* Shows one page of a table unless it is shown already. */
static enum paging_status map_table_page(struct paging *paging, struct direct_map_result *result,
                                         uint64_t pfn)
{
    struct paging_leaf leaf;

    if (pfn >= END_PFN)
        return PAGING_OK;
    if (paging_find(paging, vaddr(LAYOUT_DIRECT_MAP + byte_of_pfn(pfn)), &leaf) == PAGING_OK)
        return PAGING_OK;
    if (!insert_page(result, pfn))
        return PAGING_NO_MEMORY;
    return map_pages(paging, pfn, pfn + 1, READ);
}

enum paging_status direct_map_build(struct paging *paging, const struct direct_map_input *input,
                                    struct direct_map_result *result)
{
    enum paging_status status = PAGING_OK;

    result->count = 0;
    result->unmapped_pages = 0;
    for (size_t i = 0; i < input->map->count && status == PAGING_OK; i++)
        status = map_region(paging, input, &input->map->regions[i], result);
    for (size_t i = 0; i < input->table_count && status == PAGING_OK; i++) {
        const struct direct_map_table *table = &input->tables[i];
        for (uint64_t pfn = table->first_pfn; pfn < table->end_pfn && status == PAGING_OK; pfn++)
            status = map_table_page(paging, result, pfn);
    }
    return status;
}

uint64_t direct_map_tables_bound(const struct paging *paging, const struct memmap *map,
                                 size_t segment_count, size_t table_count)
{
    /*
     * A cut between segments needs at most a path of tables of its own; a firmware table may
     * lie across a bound of every level and need two.
     */
    uint64_t bound = 2 * ((uint64_t)segment_count + table_count) * (paging->levels - 1);

    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        uint64_t end_pfn = region->end_pfn < END_PFN ? region->end_pfn : END_PFN;
        if (!direct_map_shows(region) || region->first_pfn >= end_pfn)
            continue;
        bound += paging_tables_bound(paging, vaddr(LAYOUT_DIRECT_MAP + byte_of_pfn(region->first_pfn)),
                                     paddr(byte_of_pfn(region->first_pfn)),
                                     byte_of_pfn(end_pfn - region->first_pfn));
    }
    return bound;
}
