/* SPDX-License-Identifier: MIT */
/* The map, made again from its source, and its accounting; see map_check.h. */
#include "map_check.h"

#include "base/mem.h"
#include "console.h"
#include "memory.h"
#include "text/text.h"

/* The memory that one more normalization needs, as one piece. */
struct workspace {
    uint64_t claims_bytes;
    uint64_t regions_bytes;
    uint64_t scratch_bytes;
};

static uint64_t workspace_bytes(const struct workspace *workspace)
{
    return workspace->claims_bytes + workspace->regions_bytes + workspace->scratch_bytes;
}

static struct workspace plan_workspace(const struct bootinfo *info)
{
    uint32_t entries = info->raw_map.count;
    uint32_t claims = info->claims.count;

    return (struct workspace){
        .claims_bytes = (uint64_t)claims * sizeof(struct memmap_claim),
        .regions_bytes = memmap_max_regions(entries, claims) * sizeof(struct memmap_region),
        .scratch_bytes = memmap_scratch_bytes(entries, claims),
    };
}

/* A later minor version's claims may be longer: only what is known here is copied. */
static void copy_claims(const struct bootinfo *info, struct memmap_claim *claims)
{
    for (uint32_t i = 0; i < info->claims.count; i++)
        memcpy(&claims[i], bootinfo_entry(info, &info->claims, i), sizeof claims[i]);
}

static enum memmap_status normalize_again(const struct bootinfo *info,
                                          const struct workspace *workspace, uint8_t *memory,
                                          struct memmap *ret_map, struct memmap_report *ret_report)
{
    struct memmap_claim *claims = (struct memmap_claim *)(void *)memory;
    struct memmap_input input = {
        .claims = claims,
        .claim_count = info->claims.count,
        .physical_bits = info->physical_bits,
    };
    enum memmap_status status = memmap_source_uefi(
        &input.source, bootinfo_at(info, info->raw_map.offset),
        (uint64_t)info->raw_map.count * info->raw_map.stride_bytes, info->raw_map.stride_bytes);

    if (status != MEMMAP_OK)
        return status;
    copy_claims(info, claims);
    memory += workspace->claims_bytes;
    ret_map->regions = (struct memmap_region *)(void *)memory;
    ret_map->capacity = workspace->regions_bytes / sizeof(struct memmap_region);
    return memmap_normalize(&input, memory + workspace->regions_bytes, workspace->scratch_bytes,
                            ret_map, ret_report);
}

/* Counts differ, or the first region that does; equal: the common count. */
static size_t first_difference(const struct memmap *a, const struct memmap *b)
{
    size_t i = 0;

    while (i < a->count && i < b->count &&
           memcmp(&a->regions[i], &b->regions[i], sizeof a->regions[i]) == 0)
        i++;
    return i;
}

static bool same_as_handed(const struct kernel *kernel, const struct memmap *map,
                           const struct memmap_report *report)
{
    const struct bootinfo *info = kernel->info;
    size_t index = first_difference(map, &kernel->handed);
    bool is_same = true;

    if (index != map->count || index != kernel->handed.count) {
        console_fault("E-KMAP-02 memory map: region %zu of %zu is not what the raw map gives (%zu "
                      "regions) - the kernel goes on; report this loader with both maps\n",
                      index, kernel->handed.count, map->count);
        is_same = false;
    }
    if (memcmp(report, bootinfo_entry(info, &info->report, 0), sizeof *report) != 0) {
        console_fault("E-KMAP-03 memory map: its report is not what the raw map gives - the kernel "
                      "goes on; report this loader with both maps\n");
        is_same = false;
    }
    return is_same;
}

/* Normalizes and compares in memory that is large enough. */
static bool check_in(const struct kernel *kernel, const struct workspace *workspace, void *memory)
{
    struct memmap map = {0};
    struct memmap_report report;
    enum memmap_status status = normalize_again(kernel->info, workspace, memory, &map, &report);

    if (status != MEMMAP_OK) {
        console_fault("E-KMAP-01 memory map: normalizing the raw map again: %s - the kernel goes "
                      "on; report this loader with both maps\n",
                      memmap_status_name(status));
        return false;
    }
    return same_as_handed(kernel, &map, &report);
}

void map_check(struct kernel *kernel)
{
    const struct bootinfo *info = kernel->info;
    struct workspace workspace = plan_workspace(info);
    uint64_t size_bytes = workspace_bytes(&workspace);
    struct table memory;
    bool is_same = false;

    if (memory_take(kernel, size_bytes, "checking the map", &memory)) {
        is_same = check_in(kernel, &workspace, memory.bytes);
        memory_give_back(kernel, &memory);
    }
    console_fact("groma: map regions=%u entries=%u claims=%u stride=%u version=%u "
                 "renormalized=%s\n",
                 info->regions.count, info->raw_map.count, info->claims.count,
                 info->raw_map.stride_bytes, info->raw_map_version, is_same ? "same" : "different");
}

/* ---- the accounting ----------------------------------------------------------------------- */

/* Bytes of a size; one of 2^64 bytes says one less, which no machine has. */
static uint64_t size_in_bytes(struct memmap_size size)
{
    uint64_t bytes;

    if (size.pages >= PFN_END || !checked_add_u64(byte_of_pfn(size.pages), size.bytes, &bytes))
        return UINT64_MAX;
    return bytes;
}

/* Adds a term to a balance of pages and bytes, each signed: |pages| stays below 2^56. */
static void add_term(int64_t balance[2], struct memmap_size size, int64_t sign)
{
    balance[0] += sign * (int64_t)size.pages;
    balance[1] += sign * (int64_t)size.bytes;
}

/*
 * output - (stated + claimed + grown - lost - clipped - dropped), in bytes; saturated where it
 * is beyond 2^62.
 */
static int64_t find_balance(const struct memmap_report *report, uint64_t output_pages)
{
    int64_t balance[2] = {(int64_t)output_pages, 0};

    add_term(balance, report->stated, -1);
    add_term(balance, report->claimed, -1);
    add_term(balance, report->grown, -1);
    add_term(balance, report->lost, 1);
    add_term(balance, report->clipped, 1);
    add_term(balance, report->dropped, 1);
    if (balance[0] >= INT64_C(1) << 50 || balance[0] <= -(INT64_C(1) << 50))
        return balance[0] < 0 ? INT64_MIN : INT64_MAX;
    return balance[0] * (int64_t)PAGE_BYTES + balance[1];
}

static uint64_t append_kinds(struct text *text, const uint64_t pages[MEMMAP_KIND_COUNT])
{
    uint64_t output_pages = 0;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        output_pages += pages[kind];
        if (pages[kind] != 0)
            text_format(text, " %s=%lu", memmap_kind_name((enum memmap_kind)kind),
                        byte_of_pfn(pages[kind]));
    }
    return output_pages;
}

void map_check_totals(const struct kernel *kernel)
{
    const struct memmap_report *report =
        bootinfo_entry(kernel->info, &kernel->info->report, 0);
    uint64_t pages[MEMMAP_KIND_COUNT];
    uint64_t output_pages;
    char buffer[1152];
    struct text text;
    int64_t balance;

    text_init(&text, buffer, sizeof buffer);
    memmap_totals(&kernel->handed, pages);
    output_pages = append_kinds(&text, pages);
    balance = find_balance(report, output_pages);
    if (balance != 0)
        console_fault("E-KMAP-04 memory map: the accounting is %ld bytes out of balance - the "
                      "kernel goes on; report this loader with its map\n",
                      balance);
    text_format(&text, " output=%lu stated=%lu claimed=%lu grown=%lu",
                size_in_bytes((struct memmap_size){output_pages, 0}), size_in_bytes(report->stated),
                size_in_bytes(report->claimed), size_in_bytes(report->grown));
    text_format(&text, " lost=%lu clipped=%lu dropped=%lu", size_in_bytes(report->lost),
                size_in_bytes(report->clipped), size_in_bytes(report->dropped));
    console_fact("groma: totals%s balance=%ld\n", text.chars, balance);
}
