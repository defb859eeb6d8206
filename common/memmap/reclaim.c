/* SPDX-License-Identifier: MIT */
/* The stages of reclaiming; see reclaim.h. */
#include "memmap/reclaim.h"

static const char condition_names[MEMMAP_CONDITION_COUNT][16] = {
    "own-tables", "runtime-decided", "boot-info-done", "acpi-parsed",
};

static const char reclaim_names[MEMMAP_RECLAIM_NEVER + 1][8] = {"free", "safe", "waits", "never"};

/* What each kind waits for; 0 for those that no stage frees. */
static const uint8_t waits_for[MEMMAP_KIND_COUNT] = {
    [MEMMAP_LOADER_RECLAIMABLE] = MEMMAP_OWN_TABLES | MEMMAP_BOOT_INFO_DONE,
    [MEMMAP_BOOT_RECLAIMABLE] = MEMMAP_OWN_TABLES | MEMMAP_RUNTIME_DECIDED,
    [MEMMAP_ACPI_RECLAIMABLE] = MEMMAP_ACPI_PARSED,
    [MEMMAP_BOOT_INFO] = MEMMAP_BOOT_INFO_DONE,
    [MEMMAP_PAGE_TABLES] = MEMMAP_OWN_TABLES,
    [MEMMAP_STACK] = MEMMAP_OWN_TABLES,
    [MEMMAP_HANDOFF] = MEMMAP_OWN_TABLES,
};

/*@ assigns \result \from bit;
    ensures \valid_read(\result); */
const char *memmap_condition_name(unsigned bit)
{
    return bit < MEMMAP_CONDITION_COUNT ? condition_names[bit] : "unknown";
}

/*@ assigns \result \from reclaim;
    ensures \valid_read(\result); */
const char *memmap_reclaim_name(enum memmap_reclaim reclaim)
{
    return (unsigned)reclaim <= MEMMAP_RECLAIM_NEVER ? reclaim_names[reclaim] : "unknown";
}

/*@ // What a kind waits for; 0 for those that no stage frees, or that are free.
    logic integer awaited(integer kind) =
        kind == MEMMAP_LOADER_RECLAIMABLE ? MEMMAP_OWN_TABLES + MEMMAP_BOOT_INFO_DONE :
        kind == MEMMAP_BOOT_RECLAIMABLE ? MEMMAP_OWN_TABLES + MEMMAP_RUNTIME_DECIDED :
        kind == MEMMAP_ACPI_RECLAIMABLE ? MEMMAP_ACPI_PARSED :
        kind == MEMMAP_BOOT_INFO ? MEMMAP_BOOT_INFO_DONE :
        kind == MEMMAP_PAGE_TABLES || kind == MEMMAP_STACK || kind == MEMMAP_HANDOFF
            ? MEMMAP_OWN_TABLES : 0;
    predicate freed_by_a_stage(integer kind) = kind == MEMMAP_USABLE || awaited(kind) != 0;
    // What becomes of its pages where `conditions` are true.
    predicate has_fate(integer kind, uint32_t conditions, integer reclaim, integer missing) =
        kind == MEMMAP_USABLE ? reclaim == MEMMAP_RECLAIM_FREE && missing == 0 :
        awaited(kind) == 0 ? reclaim == MEMMAP_RECLAIM_NEVER && missing == 0 :
            missing == (awaited(kind) & (uint32_t)~conditions) &&
            reclaim == (missing == 0 ? MEMMAP_RECLAIM_SAFE : MEMMAP_RECLAIM_WAITS); */

/*@ requires \valid(ret_missing);
    assigns *ret_missing;
    ensures \result <= MEMMAP_RECLAIM_NEVER;
    ensures \result == MEMMAP_RECLAIM_FREE <==> kind == MEMMAP_USABLE;
    ensures \result == MEMMAP_RECLAIM_NEVER <==> !freed_by_a_stage(kind);
    ensures \result == MEMMAP_RECLAIM_WAITS <==> *ret_missing != 0;
    // Nothing that may hold our tables, stacks or firmware's data is freed too early.
    ensures \result == MEMMAP_RECLAIM_SAFE ==> *ret_missing == 0;
    ensures fate: has_fate(kind, conditions, \result, *ret_missing); */
enum memmap_reclaim memmap_reclaim_kind(enum memmap_kind kind, uint32_t conditions,
                                        uint32_t *ret_missing)
{
    uint32_t waits = (unsigned)kind < MEMMAP_KIND_COUNT ? waits_for[kind] : 0;

    /*@ assert kind >= MEMMAP_KIND_COUNT || kind == 0 || kind == 1 || kind == 2 || kind == 3 ||
        kind == 4 || kind == 5 || kind == 6 || kind == 7 || kind == 8 || kind == 9 || kind == 10 ||
        kind == 11 || kind == 12 || kind == 13 || kind == 14 || kind == 15 || kind == 16 ||
        kind == 17 || kind == 18 || kind == 19 || kind == 20 || kind == 21; */
    //@ assert waits: waits == awaited(kind);
    *ret_missing = 0;
    if (kind == MEMMAP_USABLE)
        return MEMMAP_RECLAIM_FREE;
    if (waits == 0)
        return MEMMAP_RECLAIM_NEVER;
    *ret_missing = waits & ~conditions;
    return *ret_missing == 0 ? MEMMAP_RECLAIM_SAFE : MEMMAP_RECLAIM_WAITS;
}

/*@ requires \valid(walk);
    assigns *walk;
    ensures walk->map == map && walk->index == 0 && walk->pfn == 0 &&
        walk->conditions == conditions; */
void memmap_reclaim_begin(struct memmap_reclaim_walk *walk, const struct memmap *map,
                          uint32_t conditions)
{
    *walk = (struct memmap_reclaim_walk){.map = map, .conditions = conditions};
}

/* Cuts a range that begins at page 0 down to that page, which is never freed. */
/*@ requires \valid(range);
    assigns *range;
    ensures range->first_pfn == \old(range->first_pfn) && range->kind == \old(range->kind);
    ensures range->first_pfn == 0 ==> range->reclaim == MEMMAP_RECLAIM_NEVER;
    ensures range->first_pfn != 0 ==> *range == \old(*range);
    ensures reclaim: range->first_pfn != 0 ==> range->reclaim == \old(range->reclaim) &&
        range->missing == \old(range->missing);
    ensures range->end_pfn == \old(range->end_pfn) || (range->first_pfn == 0 &&
        range->end_pfn == 1);
    ensures never: \old(range->reclaim) == MEMMAP_RECLAIM_NEVER ==>
        range->end_pfn == \old(range->end_pfn) && range->missing == \old(range->missing) &&
        range->reclaim == MEMMAP_RECLAIM_NEVER;
    ensures page_0: range->first_pfn == 0 && \old(range->reclaim) != MEMMAP_RECLAIM_NEVER ==>
        range->end_pfn == 1 && range->missing == 0; */
static void keep_page_0(struct memmap_reclaim_range *range)
{
    if (range->first_pfn != 0 || range->reclaim == MEMMAP_RECLAIM_NEVER)
        return;
    range->end_pfn = 1;
    range->reclaim = MEMMAP_RECLAIM_NEVER;
    range->missing = 0;
}

/*@ requires \valid(walk) && \valid(ret_range) && map_readable(walk->map);
    requires \separated(walk, ret_range, walk->map,
                        walk->map->regions + (0 .. walk->map->count - 1));
    assigns *walk, *ret_range;
    ensures \result <==> \old(walk->index < walk->map->count);
    ensures !\result ==> *ret_range == \old(*ret_range) && *walk == \old(*walk);
    ensures \result ==> ret_range->end_pfn == walk->pfn;
    ensures first: \result ==> ret_range->first_pfn == \max(\old(walk->pfn),
        walk->map->regions[\old(walk->index)].first_pfn);
    ensures kind: \result ==> ret_range->kind == walk->map->regions[\old(walk->index)].kind;
    ensures page_0: \result && ret_range->first_pfn == 0 ==>
        ret_range->reclaim == MEMMAP_RECLAIM_NEVER && ret_range->missing == 0;
    ensures fate: \result && ret_range->first_pfn > 0 ==> has_fate(ret_range->kind,
        walk->conditions, ret_range->reclaim, ret_range->missing);
    ensures end: \result ==>
        ret_range->end_pfn == walk->map->regions[\old(walk->index)].end_pfn ||
        ret_range->first_pfn == 0 && freed_by_a_stage(ret_range->kind) && walk->pfn == 1;
    ensures on: \result ==> walk->index == \old(walk->index) +
        (walk->pfn == walk->map->regions[\old(walk->index)].end_pfn ? 1 : 0);
    ensures stays: walk->map == \old(walk->map) && walk->conditions == \old(walk->conditions); */
bool memmap_reclaim_next(struct memmap_reclaim_walk *walk, struct memmap_reclaim_range *ret_range)
{
    const struct memmap_region *region;

    if (walk->index >= walk->map->count)
        return false;
    region = &walk->map->regions[walk->index];
    ret_range->first_pfn = region->first_pfn > walk->pfn ? region->first_pfn : walk->pfn;
    ret_range->end_pfn = region->end_pfn;
    ret_range->kind = (enum memmap_kind)region->kind;
    ret_range->reclaim =
        memmap_reclaim_kind(ret_range->kind, walk->conditions, &ret_range->missing);
    keep_page_0(ret_range);
    //@ assert ret_range->first_pfn == 0 ==> ret_range->reclaim == MEMMAP_RECLAIM_NEVER;
    if (ret_range->end_pfn == region->end_pfn)
        walk->index++;
    walk->pfn = ret_range->end_pfn;
    return true;
}
