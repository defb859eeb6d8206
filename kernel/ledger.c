/* SPDX-License-Identifier: MIT */
/* One bit a usable frame; see ledger.h. */
#include "ledger.h"

#include "base/bits.h"
#include "frames/bitmap.h"

static bool is_usable(const struct memmap_region *region)
{
    return region->kind == MEMMAP_USABLE;
}

static uint64_t usable_pages(const struct memmap *map)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < map->count; i++) {
        if (is_usable(&map->regions[i]))
            pages += memmap_region_page_count(&map->regions[i]);
    }
    return pages;
}

uint64_t ledger_bytes(const struct memmap *map)
{
    return (map->count + usable_pages(map) / 64 + 1) * sizeof(uint64_t);
}

void ledger_init(struct ledger *ledger, const struct memmap *map, void *memory)
{
    uint64_t base = 0;

    *ledger = (struct ledger){.map = map, .bases = memory};
    ledger->words = ledger->bases + map->count;
    for (size_t i = 0; i < map->count; i++) {
        ledger->bases[i] = base;
        if (is_usable(&map->regions[i]))
            base += memmap_region_page_count(&map->regions[i]);
    }
    for (uint64_t i = 0; i < base / 64 + 1; i++)
        ledger->words[i] = 0;
}

/* Runs come region by region, so the region of the last one is looked at first. */
static MUST_USE bool find_region(struct ledger *ledger, uint64_t pfn, size_t *ret_index)
{
    const struct memmap *map = ledger->map;
    size_t index = ledger->last_index;

    if (index >= map->count || pfn < map->regions[index].first_pfn ||
        pfn >= map->regions[index].end_pfn) {
        if (memmap_find(map, pfn, &index) != MEMMAP_OK)
            return false;
        ledger->last_index = index;
    }
    *ret_index = index;
    return true;
}

void ledger_take(struct ledger *ledger, uint64_t first_pfn, uint64_t count)
{
    const struct memmap_region *region;
    uint64_t first_bit;
    size_t index;

    if (!find_region(ledger, first_pfn, &index)) {
        ledger->overlap_count += count;
        return;
    }
    region = &ledger->map->regions[index];
    if (!is_usable(region) || count > region->end_pfn - first_pfn) {
        ledger->overlap_count += count;
        return;
    }
    first_bit = ledger->bases[index] + (first_pfn - region->first_pfn);
    ledger->overlap_count += bitmap_count(ledger->words, first_bit, first_bit + count);
    bitmap_fill(ledger->words, first_bit, first_bit + count, true);
    ledger->taken_count += count;
}

/* The lowest bit of [bit, end) that has this value; `end` where there is none. */
static uint64_t next_bit(const uint64_t *words, uint64_t bit, uint64_t end, bool value)
{
    while (bit < end) {
        uint64_t word = value ? words[bit / 64] : ~words[bit / 64];
        word &= ~bit_mask_low((unsigned)(bit % 64));
        if (word != 0) {
            bit = bit / 64 * 64 + bit_lowest(word);
            return bit < end ? bit : end;
        }
        bit = (bit / 64 + 1) * 64;
    }
    return end;
}

bool ledger_take_off(struct ledger *ledger, uint64_t *first_pfn, uint64_t *ret_end_pfn)
{
    for (size_t i = 0; i < ledger->map->count; i++) {
        const struct memmap_region *region = &ledger->map->regions[i];
        uint64_t base = ledger->bases[i];
        uint64_t end_bit = base + memmap_region_page_count(region);
        uint64_t first_bit, run_end;
        if (!is_usable(region) || region->end_pfn <= *first_pfn)
            continue;
        if (*first_pfn < region->first_pfn)
            *first_pfn = region->first_pfn;
        first_bit =
            next_bit(ledger->words, base + (*first_pfn - region->first_pfn), end_bit, true);
        if (first_bit == end_bit)
            continue;
        run_end = next_bit(ledger->words, first_bit, end_bit, false);
        bitmap_fill(ledger->words, first_bit, run_end, false);
        ledger->taken_count -= run_end - first_bit;
        *first_pfn = region->first_pfn + (first_bit - base);
        *ret_end_pfn = region->first_pfn + (run_end - base);
        return true;
    }
    return false;
}
