/* SPDX-License-Identifier: MIT */
/* The engine on a file's map; see result.h. */
#include "result.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- ranges of entries ------------------------------------------------------------------------- */

static uint64_t width_pfn(const struct result *result)
{
    return UINT64_C(1) << (result->engine.physical_bits - 12);
}

static void clip(struct cover *cover, uint64_t end_pfn)
{
    if (cover->end_pfn > end_pfn)
        cover->end_pfn = end_pfn;
    if (cover->first_pfn >= cover->end_pfn)
        cover->first_pfn = cover->end_pfn = 0;
}

/*
 *   page      |       |       |       |
 *   entry         |--------------|
 *   stated    |-----------------------|     (outwards: every kind but usable keeps this)
 *   inwards           |-------|             (usable keeps this)
 */
void result_entry(const struct result *result, uint32_t index, struct span_of_entry *ret_entry)
{
    struct memmap_entry *entry = &ret_entry->entry;
    uint64_t offset, first, end_floor, rest;

    memmap_source_entry(&result->engine.source, index, entry);
    offset = entry->base_bytes % PAGE_BYTES;
    first = entry->base_bytes / PAGE_BYTES;
    rest = offset + entry->tail_bytes;
    ret_entry->is_empty = entry->page_count == 0 && entry->tail_bytes == 0;
    ret_entry->is_misaligned = offset != 0 || rest % PAGE_BYTES != 0;
    ret_entry->kept = ret_entry->stated = (struct cover){.origin = index};
    ret_entry->is_wrapping = entry->page_count > PFN_END;
    if (ret_entry->is_wrapping || ret_entry->is_empty)
        return;
    end_floor = first + entry->page_count + rest / PAGE_BYTES;
    rest %= PAGE_BYTES;
    ret_entry->is_wrapping = end_floor > PFN_END || (end_floor == PFN_END && rest != 0);
    if (ret_entry->is_wrapping)
        return;
    ret_entry->stated = (struct cover){first, end_floor + (rest != 0), index};
    ret_entry->kept = ret_entry->stated;
    if (entry->kind == MEMMAP_USABLE)
        ret_entry->kept = (struct cover){first + (offset != 0), end_floor, index};
    clip(&ret_entry->kept, width_pfn(result));
}

unsigned __int128 entry_end(const struct memmap_entry *entry)
{
    return (unsigned __int128)entry->page_count * PAGE_BYTES + entry->tail_bytes +
           entry->base_bytes;
}

void print_entry_range(FILE *to, const struct memmap_entry *entry)
{
    unsigned __int128 end = entry_end(entry);

    fprintf(to, "0x%016" PRIx64 "-0x", entry->base_bytes);
    if (end >> 64 != 0)
        fprintf(to, "%" PRIx64, (uint64_t)(end >> 64));
    fprintf(to, "%016" PRIx64, (uint64_t)end);
}

/* ---- origins --------------------------------------------------------------------------------------- */

int compare_covers(const void *left, const void *right)
{
    const struct cover *a = left, *b = right;

    if (a->first_pfn != b->first_pfn)
        return a->first_pfn < b->first_pfn ? -1 : 1;
    return a->origin < b->origin ? -1 : a->origin > b->origin;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

static void list_covers(struct result *result)
{
    uint32_t entries = result->engine.source.count, claims = result->engine.claim_count;

    if ((uint64_t)entries + claims > RESULT_MAX_LISTED)
        return;
    result->covers = grab((size_t)entries + claims + 1, sizeof *result->covers);
    for (uint32_t i = 0; i < entries; i++) {
        struct span_of_entry entry;
        result_entry(result, i, &entry);
        if (entry.kept.first_pfn < entry.kept.end_pfn)
            result->covers[result->cover_count++] = entry.kept;
    }
    for (uint32_t i = 0; i < claims; i++)
        result->covers[result->cover_count++] =
            (struct cover){result->engine.claims[i].first_pfn, result->engine.claims[i].end_pfn,
                           i | MEMMAP_ORIGIN_CLAIM};
    qsort(result->covers, result->cover_count, sizeof *result->covers, compare_covers);
}

uint32_t *result_origins(const struct result *result, const struct memmap_region *region,
                         size_t *ret_count)
{
    size_t count = 0;

    for (size_t i = 0; i < result->cover_count && result->covers[i].first_pfn < region->end_pfn;
         i++) {
        if (result->covers[i].end_pfn > region->first_pfn)
            result->origins[count++] = result->covers[i].origin;
    }
    if (count == 0)
        result->origins[count++] = region->origin;
    qsort(result->origins, count, sizeof *result->origins, by_number);
    *ret_count = count;
    return result->origins;
}

const char *claim_name(const struct result *result, uint32_t origin)
{
    return result->input.claim_names[origin & ~MEMMAP_ORIGIN_CLAIM];
}

void print_origin(FILE *to, const struct result *result, uint32_t origin)
{
    if ((origin & MEMMAP_ORIGIN_CLAIM) == 0)
        fprintf(to, "%" PRIu32, origin);
    else
        fputs(claim_name(result, origin), to);
}

/* ---- the engine -------------------------------------------------------------------------------------- */

static void note_lost_claim(struct result *result, enum memmap_status status)
{
    const struct memmap_report *report = &result->report;
    const char *name = claim_name(result, report->fault_claim);

    if (report->fault_origin == MEMMAP_NO_ORIGIN)
        input_note(&result->input, grab_text("claim %s: %s at page 0x%" PRIx64, name,
                                             memmap_status_name(status), report->fault_pfn));
    else
        input_note(&result->input,
                   grab_text("claim %s: %s at page 0x%" PRIx64 ", %s %" PRIu32, name,
                             memmap_status_name(status), report->fault_pfn,
                             (report->fault_origin & MEMMAP_ORIGIN_CLAIM) != 0 ? "claim" : "entry",
                             report->fault_origin & ~MEMMAP_ORIGIN_CLAIM));
}

void result_make(struct result *result, const char *path, const struct input_options *options)
{
    uint64_t capacity, scratch_bytes;
    enum memmap_status status;
    void *scratch;

    *result = (struct result){0};
    input_load(&result->input, path, options);
    result->engine = (struct memmap_input){result->input.source, result->input.claims,
                                           result->input.claim_count, result->input.physical_bits};
    capacity = memmap_max_regions(result->engine.source.count, result->engine.claim_count);
    scratch_bytes =
        memmap_scratch_bytes(result->engine.source.count, result->engine.claim_count);
    result->map.regions = grab(capacity, sizeof *result->map.regions);
    result->map.capacity = capacity;
    scratch = grab(scratch_bytes, 1);
    status = memmap_normalize(&result->engine, scratch, scratch_bytes, &result->map,
                              &result->report);
    if (status == MEMMAP_BAD_CLAIM)
        cannot("a reservation lies beyond %u address bits (--phys-bits says how many the machine has)", result->engine.physical_bits);
    if (status == MEMMAP_CLAIM_MISSES || status == MEMMAP_CLAIM_LOST) {
        result->claim_status = status;
        note_lost_claim(result, status);
    }
    if (status != MEMMAP_OK && result->claim_status == MEMMAP_OK)
        cannot("%s: cannot be normalized: %s", path, memmap_status_name(status));
    memmap_digest(&result->map, result->digest);
    list_covers(result);
    result->origins = grab(result->cover_count + 1, sizeof *result->origins);
}
