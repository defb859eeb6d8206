/* SPDX-License-Identifier: MIT */
/* Names, look-ups, totals and the check of the normal form; see memmap.h. */
#include "memmap/memmap.h"

#include "base/bits.h"

static const char kind_names[MEMMAP_KIND_COUNT][20] = {
    "usable",      "loader-reclaimable", "boot-reclaimable", "acpi-reclaimable", "unaccepted",
    "soft-reserved", "persistent",       "kernel",           "module",           "boot-info",
    "page-tables", "stack",              "handoff",          "ap-trampoline",    "firmware-table",
    "acpi-nvs",    "runtime-code",       "runtime-data",     "mmio",             "reserved",
    "framebuffer", "bad",
};

static const char status_names[][16] = {
    "ok",         "bad-stride", "bad-size",     "bad-claim",    "bad-width",
    "no-room",    "not-found",  "bad-range",    "wrong-kind",   "not-normal",
    "not-balanced", "claim-misses", "claim-lost",
};
_Static_assert(sizeof status_names / sizeof status_names[0] == MEMMAP_CLAIM_LOST + 1,
               "a name for each status");

/*@ assigns \result \from kind;
    ensures \valid_read(\result); */
const char *memmap_kind_name(enum memmap_kind kind)
{
    return (unsigned)kind < MEMMAP_KIND_COUNT ? kind_names[kind] : "unknown";
}

/*@ assigns \result \from status;
    ensures \valid_read(\result); */
const char *memmap_status_name(enum memmap_status status)
{
    return (unsigned)status <= MEMMAP_CLAIM_LOST ? status_names[status] : "unknown";
}

/*@ requires map_readable(map) && map_ordered(map);
    requires \valid(ret_index) && \separated(ret_index, map, map->regions + (0 .. map->count - 1));
    assigns *ret_index;
    ensures \result == MEMMAP_OK || \result == MEMMAP_NOT_FOUND;
    ensures \result == MEMMAP_OK ==>
        *ret_index < map->count && region_covers(&map->regions[*ret_index], pfn);
    ensures \result == MEMMAP_NOT_FOUND ==> *ret_index == \old(*ret_index) &&
        \forall integer i; 0 <= i < map->count ==> !region_covers(&map->regions[i], pfn); */
enum memmap_status memmap_find(const struct memmap *map, uint64_t pfn, size_t *ret_index)
{
    size_t low = 0;
    size_t high = map->count;

    /* Regions below `low` end at or before pfn, regions from `high` on begin after it. */
    /*@ loop invariant 0 <= low <= high <= map->count;
        loop invariant \forall integer i; 0 <= i < low ==> map->regions[i].end_pfn <= pfn;
        loop invariant \forall integer i; high <= i < map->count ==>
            map->regions[i].first_pfn > pfn;
        loop assigns low, high;
        loop variant high - low; */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->regions[middle].end_pfn <= pfn) {
            low = middle + 1;
        } else if (map->regions[middle].first_pfn > pfn) {
            high = middle;
        } else {
            *ret_index = middle;
            return MEMMAP_OK;
        }
    }
    return MEMMAP_NOT_FOUND;
}

/*@ predicate kinds_known{L}(struct memmap *m) =
        \forall integer i; 0 <= i < m->count ==> m->regions[i].kind < MEMMAP_KIND_COUNT;
    predicate wanted{L}(struct memmap_want *want, struct memmap_region *r) =
        (want->kinds >> r->kind & 1) != 0; */

/*@ requires \valid_read(want) && \valid_read(region) && region->kind < MEMMAP_KIND_COUNT;
    assigns \nothing;
    ensures \result <==> wanted(want, region); */
static bool kind_is_wanted(const struct memmap_want *want, const struct memmap_region *region)
{
    return (want->kinds >> region->kind & 1) != 0;
}

/* A maximal run of wanted regions that adjoin, cut to the limits. */
struct run {
    uint64_t first_pfn;
    uint64_t end_pfn;
    size_t end_index; /* the region behind it */
};

/*@ logic integer limit_of{L}(struct memmap_want *want) =
        want->end_pfn == 0 ? PFN_END : want->end_pfn;
    logic integer floor_of{L}(struct memmap_want *want) =
        want->first_pfn == 0 ? 1 : want->first_pfn;
    // Regions [from, to) are wanted and leave no hole.
    predicate adjoining{L}(struct memmap *m, struct memmap_want *want, integer from, integer to) =
        (\forall integer i; from <= i < to ==> wanted(want, &m->regions[i])) &&
        (\forall integer i; from < i < to ==>
            m->regions[i - 1].end_pfn == m->regions[i].first_pfn);
    // No run goes on from region n - 1 to region n.
    predicate bound{L}(struct memmap *m, struct memmap_want *want, integer n) =
        0 < n < m->count ==> !wanted(want, &m->regions[n - 1]) || !wanted(want, &m->regions[n]) ||
            m->regions[n - 1].end_pfn != m->regions[n].first_pfn; */

/* The run that begins at a wanted region. */
/*@ requires map_readable(map) && map_ordered(map) && kinds_known(map);
    requires \valid_read(want) && index < map->count && wanted(want, &map->regions[index]);
    assigns \nothing;
    ensures index < \result.end_index <= map->count;
    ensures adjoining(map, want, index, \result.end_index);
    ensures bound(map, want, \result.end_index);
    ensures \result.first_pfn == \max(floor_of(want), map->regions[index].first_pfn);
    ensures \result.end_pfn ==
        \min(limit_of(want), map->regions[\result.end_index - 1].end_pfn); */
static struct run run_at(const struct memmap *map, const struct memmap_want *want, size_t index)
{
    const struct memmap_region *regions = map->regions;
    struct run run = {regions[index].first_pfn, regions[index].end_pfn, index + 1};
    uint64_t limit = want->end_pfn == 0 ? PFN_END : want->end_pfn;
    uint64_t floor = want->first_pfn == 0 ? 1 : want->first_pfn;

    /*@ loop invariant index < run.end_index <= map->count;
        loop invariant run.first_pfn == regions[index].first_pfn;
        loop invariant run.end_pfn == regions[run.end_index - 1].end_pfn;
        loop invariant adjoining(map, want, index, run.end_index);
        loop assigns run.end_index, run.end_pfn;
        loop variant map->count - run.end_index; */
    while (run.end_index < map->count && kind_is_wanted(want, &regions[run.end_index]) &&
           regions[run.end_index].first_pfn == run.end_pfn) {
        run.end_pfn = regions[run.end_index].end_pfn;
        run.end_index++;
    }
    if (run.first_pfn < floor)
        run.first_pfn = floor;
    if (run.end_pfn > limit)
        run.end_pfn = limit;
    return run;
}

/*@ logic integer align_of{L}(struct memmap_want *want) =
        want->align_pages == 0 ? 1 : want->align_pages;
    predicate place{L}(struct memmap_want *want, struct run run, integer pfn) =
        run.first_pfn <= pfn && pfn + want->page_count <= run.end_pfn &&
        pfn % align_of(want) == 0; */

/* The lowest or highest place of the wanted count in a run, at its alignment; 0: it does not fit. */
/*@ requires \valid_read(want) && want->page_count > 0;
    requires power_of_two(align_of(want));
    requires run.first_pfn > 0 && run.end_pfn <= PFN_END;
    assigns \nothing;
    ensures \result != 0 ==> place(want, run, \result);
    ensures \result != 0 ==> \forall integer p; place(want, run, p) ==>
        (want->from_top ? p <= \result : p >= \result);
    ensures \result == 0 ==> \forall integer p; !place(want, run, p); */
static uint64_t place_in_run(const struct memmap_want *want, struct run run)
{
    uint64_t align = want->align_pages == 0 ? 1 : want->align_pages;
    uint64_t first;

    if (run.end_pfn <= run.first_pfn || run.end_pfn - run.first_pfn < want->page_count)
        return 0;
    if (want->from_top) {
        first = bit_round_down(run.end_pfn - want->page_count, align);
        return first < run.first_pfn ? 0 : first;
    }
    /* Cannot wrap: a run lies below 2^52, an alignment is at most 2^63. */
    first = bit_round_down(run.first_pfn + (align - 1), align);
    if (first > run.end_pfn || run.end_pfn - first < want->page_count)
        return 0;
    return first;
}

/*@ // The wanted pages from pfn on lie in wanted regions below n without a hole between.
    predicate fits{L}(struct memmap *m, struct memmap_want *want, integer n, integer pfn) =
        pfn % align_of(want) == 0 && floor_of(want) <= pfn &&
        pfn + want->page_count <= limit_of(want) &&
        \exists integer from, to; 0 <= from < to <= n && adjoining(m, want, from, to) &&
            m->regions[from].first_pfn <= pfn &&
            pfn + want->page_count <= m->regions[to - 1].end_pfn; */

/*@ requires map_readable(map) && map_ordered(map) && kinds_known(map);
    requires \valid_read(want) && \valid(ret_pfn);
    assigns *ret_pfn;
    ensures \result == MEMMAP_OK || \result == MEMMAP_NOT_FOUND || \result == MEMMAP_BAD_RANGE;
    ensures \result != MEMMAP_OK ==> *ret_pfn == \old(*ret_pfn);
    ensures \result == MEMMAP_OK ==> fits{Old}(map, want, \old(map->count), *ret_pfn);
    ensures \result == MEMMAP_OK ==> \forall integer p;
        fits{Old}(map, want, \old(map->count), p) ==>
        (\old(want->from_top) ? p <= *ret_pfn : p >= *ret_pfn);
    ensures \result == MEMMAP_NOT_FOUND ==> \forall integer p; !fits(map, want, map->count, p); */
enum memmap_status memmap_find_run(const struct memmap *map, const struct memmap_want *want,
                                   uint64_t *ret_pfn)
{
    uint64_t found = 0;
    size_t index = 0;

    if (want->page_count == 0 || !bit_at_most_one(want->align_pages))
        return MEMMAP_BAD_RANGE;
    /*@ loop invariant 0 <= index <= map->count && bound(map, want, index);
        loop invariant found != 0 ==> fits(map, want, index, found);
        loop invariant \forall integer p; fits(map, want, index, p) ==>
            found != 0 && (want->from_top ? p <= found : p >= found);
        loop assigns index, found;
        loop variant map->count - index; */
    while (index < map->count && (found == 0 || want->from_top)) {
        if (kind_is_wanted(want, &map->regions[index])) {
            struct run run = run_at(map, want, index);
            uint64_t place = place_in_run(want, run);
            /*@ assert \forall integer from, to; 0 <= from < to <= run.end_index &&
                adjoining(map, want, from, to) ==> to <= index || from >= index; */
            /*@ assert \forall integer p; fits(map, want, run.end_index, p) ==>
                fits(map, want, index, p) || place(want, run, p); */
            //@ assert \forall integer p; fits(map, want, index, p) ==> p < run.first_pfn;
            if (place != 0)
                found = place;
            index = run.end_index;
        } else {
            /*@ assert \forall integer p;
                fits(map, want, index + 1, p) ==> fits(map, want, index, p); */
            index++;
        }
    }
    if (found == 0)
        return MEMMAP_NOT_FOUND;
    *ret_pfn = found;
    return MEMMAP_OK;
}

/*@ logic integer pages_of{L}(struct memmap *m, integer n, integer kind) =
        n <= 0 ? 0 : pages_of(m, n - 1, kind) + (m->regions[n - 1].kind == kind ?
            m->regions[n - 1].end_pfn - m->regions[n - 1].first_pfn : 0); */

/*@ requires map_readable(map) && map_ordered(map) && kinds_known(map);
    requires \valid(ret_pages + (0 .. MEMMAP_KIND_COUNT - 1));
    requires \separated(ret_pages + (0 .. MEMMAP_KIND_COUNT - 1), map,
                        map->regions + (0 .. map->count - 1));
    assigns ret_pages[0 .. MEMMAP_KIND_COUNT - 1];
    ensures \forall integer k; 0 <= k < MEMMAP_KIND_COUNT ==>
        ret_pages[k] == pages_of{Old}(map, \old(map->count), k); */
void memmap_totals(const struct memmap *map, uint64_t ret_pages[MEMMAP_KIND_COUNT])
{
    /*@ loop invariant 0 <= kind <= MEMMAP_KIND_COUNT;
        loop invariant \forall integer k; 0 <= k < kind ==> ret_pages[k] == 0;
        loop assigns kind, ret_pages[0 .. MEMMAP_KIND_COUNT - 1];
        loop variant MEMMAP_KIND_COUNT - kind; */
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        ret_pages[kind] = 0;
    /*@ loop invariant 0 <= i <= map->count;
        loop invariant \forall integer k; 0 <= k < MEMMAP_KIND_COUNT ==>
            ret_pages[k] == pages_of{Pre}(map, i, k);
        loop invariant \forall integer k; 0 <= k < MEMMAP_KIND_COUNT ==>
            ret_pages[k] <= (i == 0 ? 0 : \at(map->regions[\at(i, Here) - 1].end_pfn, Pre));
        loop assigns i, ret_pages[0 .. MEMMAP_KIND_COUNT - 1];
        loop variant map->count - i; */
    for (size_t i = 0; i < map->count; i++)
        ret_pages[map->regions[i].kind] += memmap_region_page_count(&map->regions[i]);
}

/*@ predicate region_normal{L}(struct memmap_region *r, integer end_pfn) =
        r->kind < MEMMAP_KIND_COUNT && r->reserved == 0 &&
        (r->flags & (uint32_t)~(MEMMAP_SHARED | MEMMAP_CONFLICT)) == 0 &&
        r->first_pfn < r->end_pfn <= end_pfn &&
        !(r->first_pfn == 0 && r->kind == MEMMAP_USABLE);
    predicate neighbours_normal{L}(struct memmap_region *l, struct memmap_region *r) =
        l->end_pfn <= r->first_pfn && !(l->end_pfn == r->first_pfn && l->kind == r->kind &&
        l->attributes == r->attributes);
    predicate normal_at{L}(struct memmap *m, integer end_pfn, integer i) =
        region_normal(&m->regions[i], end_pfn) &&
        (i > 0 ==> neighbours_normal(&m->regions[i - 1], &m->regions[i])); */

/* What is wrong with a region by itself; NULL where nothing is. */
/*@ requires \valid_read(region);
    assigns \result \from *region, end_pfn;
    ensures \result == \null <==> region_normal(region, end_pfn);
    ensures \result != \null ==> \valid_read(\result); */
static const char *region_offence(const struct memmap_region *region, uint64_t end_pfn)
{
    if (region->kind >= MEMMAP_KIND_COUNT)
        return "unknown kind";
    if (region->reserved != 0 || (region->flags & ~(MEMMAP_SHARED | MEMMAP_CONFLICT)) != 0)
        return "unknown flags";
    if (region->first_pfn >= region->end_pfn)
        return "empty or backward region";
    if (region->end_pfn > end_pfn)
        return "region beyond the physical address width";
    if (region->first_pfn == 0 && region->kind == MEMMAP_USABLE)
        return "page 0 is usable";
    return NULL;
}

/* What is wrong between two neighbours; NULL where nothing is. */
/*@ requires \valid_read(left) && \valid_read(right);
    assigns \result \from *left, *right;
    ensures \result == \null <==> neighbours_normal(left, right);
    ensures \result != \null ==> \valid_read(\result); */
static const char *neighbour_offence(const struct memmap_region *left,
                                     const struct memmap_region *right)
{
    if (left->end_pfn > right->first_pfn)
        return "unsorted or overlapping regions";
    if (left->end_pfn == right->first_pfn && left->kind == right->kind &&
        left->attributes == right->attributes)
        return "equal neighbours that are not merged";
    return NULL;
}

/*@ requires map_readable(map) && index < map->count;
    assigns \result \from *map, map->regions[0 .. index], end_pfn, index;
    ensures \result == \null <==> normal_at(map, end_pfn, index);
    ensures \result != \null ==> \valid_read(\result); */
static const char *offence_at(const struct memmap *map, uint64_t end_pfn, size_t index)
{
    const char *reason = region_offence(&map->regions[index], end_pfn);

    if (reason == NULL && index > 0)
        reason = neighbour_offence(&map->regions[index - 1], &map->regions[index]);
    return reason;
}

/*@ requires map_readable(map);
    requires ret_fault == \null || (\valid(ret_fault) &&
        \separated(ret_fault, map, map->regions + (0 .. map->count - 1)));
    assigns *ret_fault;
    ensures \result == MEMMAP_OK || \result == MEMMAP_NOT_NORMAL || \result == MEMMAP_BAD_WIDTH;
    ensures \result == MEMMAP_BAD_WIDTH <==> !(32 <= physical_bits <= 64);
    ensures \result == MEMMAP_OK ==> \forall integer i; 0 <= i < map->count ==>
        normal_at(map, 1 << (physical_bits - 12), i);
    ensures \result == MEMMAP_NOT_NORMAL ==> \exists integer i; 0 <= i < \old(map->count) &&
        !normal_at{Old}(map, 1 << (physical_bits - 12), i);
    ensures \result == MEMMAP_NOT_NORMAL && ret_fault != \null ==>
        ret_fault->index < \old(map->count) &&
        !normal_at{Old}(map, 1 << (physical_bits - 12), ret_fault->index);
    ensures \result == MEMMAP_NOT_NORMAL && ret_fault != \null ==>
        \forall integer j; 0 <= j < ret_fault->index ==>
            normal_at{Old}(map, 1 << (physical_bits - 12), j);
    ensures \result == MEMMAP_NOT_NORMAL && ret_fault != \null ==>
        \valid_read(ret_fault->reason); */
enum memmap_status memmap_check(const struct memmap *map, unsigned physical_bits,
                                struct memmap_fault *ret_fault)
{
    uint64_t end_pfn;

    if (physical_bits < 32 || physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    end_pfn = UINT64_C(1) << (physical_bits - 12);
    /*@ loop invariant 0 <= i <= map->count;
        loop invariant \forall integer j; 0 <= j < i ==> normal_at(map, end_pfn, j);
        loop assigns i;
        loop variant map->count - i; */
    for (size_t i = 0; i < map->count; i++) {
        const char *reason = offence_at(map, end_pfn, i);
        if (reason != NULL) {
            if (ret_fault != NULL)
                *ret_fault = (struct memmap_fault){.index = i, .reason = reason};
            return MEMMAP_NOT_NORMAL;
        }
    }
    return MEMMAP_OK;
}
