/* SPDX-License-Identifier: MIT */
/* Equality, differences and the digest; see compare.h. */
#include "memmap/compare.h"

/*@ predicate same_fate{L}(struct memmap_region *a, struct memmap_region *b) =
        a->first_pfn == b->first_pfn && a->end_pfn == b->end_pfn && a->kind == b->kind &&
        a->attributes == b->attributes; */

/*@ requires \valid_read(left) && \valid_read(right);
    assigns \nothing;
    ensures \result <==> same_fate(left, right); */
static bool regions_are_equal(const struct memmap_region *left, const struct memmap_region *right)
{
    return left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
           left->kind == right->kind && left->attributes == right->attributes;
}

/*@ requires map_readable(left) && map_readable(right);
    assigns \nothing;
    ensures \result <==> left->count == right->count && \forall integer i; 0 <= i < left->count ==>
        same_fate(&left->regions[i], &right->regions[i]); */
bool memmap_equal(const struct memmap *left, const struct memmap *right)
{
    if (left->count != right->count)
        return false;
    /*@ loop invariant 0 <= i <= left->count;
        loop invariant \forall integer j; 0 <= j < i ==>
            same_fate(&left->regions[j], &right->regions[j]);
        loop assigns i;
        loop variant left->count - i; */
    for (size_t i = 0; i < left->count; i++)
        if (!regions_are_equal(&left->regions[i], &right->regions[i]))
            return false;
    return true;
}

/* ---- differences --------------------------------------------------------------------- */

/* The first region from `index` on that ends above pfn. */
/*@ requires map_readable(map);
    assigns \nothing;
    ensures index <= \result && (index <= map->count ==> \result <= map->count);
    ensures \forall integer i; index <= i < \result ==> map->regions[i].end_pfn <= pfn;
    ensures \result < map->count ==> map->regions[\result].end_pfn > pfn; */
static size_t skip_to(const struct memmap *map, size_t index, uint64_t pfn)
{
    /*@ loop invariant \at(index, Pre) <= index;
        loop invariant \at(index, Pre) <= map->count ==> index <= map->count;
        loop invariant \forall integer i; \at(index, Pre) <= i < index ==>
            map->regions[i].end_pfn <= pfn;
        loop assigns index;
        loop variant \max(0, map->count - index); */
    while (index < map->count && map->regions[index].end_pfn <= pfn)
        index++;
    return index;
}

/* What the map says of pfn; region `index` is the first that ends above it. */
/*@ requires map_readable(map);
    assigns \nothing;
    ensures index < map->count && map->regions[index].first_pfn <= pfn
        ? !\result.is_hole && \result.kind == map->regions[index].kind &&
            \result.attributes == map->regions[index].attributes
        : \result.is_hole && \result.kind == 0 && \result.attributes == 0; */
static struct memmap_side side_at(const struct memmap *map, size_t index, uint64_t pfn)
{
    struct memmap_side side = {.is_hole = true};

    if (index < map->count && map->regions[index].first_pfn <= pfn) {
        side.is_hole = false;
        side.kind = (enum memmap_kind)map->regions[index].kind;
        side.attributes = map->regions[index].attributes;
    }
    return side;
}

/* Where what the map says of pfn ends: always above pfn. */
/*@ requires map_readable(map) && map_ordered(map) && pfn < PFN_END;
    requires index < map->count ==> map->regions[index].end_pfn > pfn;
    assigns \nothing;
    ensures pfn < \result <= PFN_END;
    ensures index < map->count ==> \result == (map->regions[index].first_pfn <= pfn
        ? map->regions[index].end_pfn : map->regions[index].first_pfn);
    ensures index >= map->count ==> \result == PFN_END; */
static uint64_t side_end(const struct memmap *map, size_t index, uint64_t pfn)
{
    if (index >= map->count)
        return PFN_END;
    return map->regions[index].first_pfn <= pfn ? map->regions[index].end_pfn
                                                : map->regions[index].first_pfn;
}

/*@ requires \valid_read(left) && \valid_read(right);
    assigns \nothing;
    ensures \result <==> left->is_hole == right->is_hole && left->kind == right->kind &&
        left->attributes == right->attributes; */
static bool sides_are_equal(const struct memmap_side *left, const struct memmap_side *right)
{
    return left->is_hole == right->is_hole && left->kind == right->kind &&
           left->attributes == right->attributes;
}

/*@ requires \valid(walk);
    assigns *walk;
    ensures walk->left == left && walk->right == right && walk->left_index == 0 &&
        walk->right_index == 0 && walk->pfn == 0; */
void memmap_difference_begin(struct memmap_difference_walk *walk, const struct memmap *left,
                             const struct memmap *right)
{
    *walk = (struct memmap_difference_walk){.left = left, .right = right};
}

/* The next run in which neither map changes, different or not; false behind both maps. */
static bool next_run(struct memmap_difference_walk *walk, struct memmap_difference *ret_run)
{
    uint64_t pfn = walk->pfn;
    uint64_t left_end;
    uint64_t right_end;

    walk->left_index = skip_to(walk->left, walk->left_index, pfn);
    walk->right_index = skip_to(walk->right, walk->right_index, pfn);
    if (walk->left_index >= walk->left->count && walk->right_index >= walk->right->count)
        return false;
    left_end = side_end(walk->left, walk->left_index, pfn);
    right_end = side_end(walk->right, walk->right_index, pfn);
    walk->pfn = left_end < right_end ? left_end : right_end;
    *ret_run = (struct memmap_difference){
        .first_pfn = pfn,
        .end_pfn = walk->pfn,
        .left = side_at(walk->left, walk->left_index, pfn),
        .right = side_at(walk->right, walk->right_index, pfn),
    };
    return true;
}

bool memmap_difference_next(struct memmap_difference_walk *walk,
                            struct memmap_difference *ret_difference)
{
    struct memmap_difference run;

    /* No two runs that adjoin are alike: a map in normal form has no equal neighbours. */
    while (next_run(walk, &run)) {
        if (!sides_are_equal(&run.left, &run.right)) {
            *ret_difference = run;
            return true;
        }
    }
    return false;
}

/* ---- digest ---------------------------------------------------------------------------- */

#define DIGEST_STEP   UINT64_C(0x9e3779b97f4a7c15)
#define DIGEST_SEED_0 UINT64_C(0x67726f6d612d6d30) /* "groma-m0" */
#define DIGEST_SEED_1 UINT64_C(0x67726f6d612d6d31)
#define TWO_TO_27     UINT64_C(0x8000000)
#define TWO_TO_30     UINT64_C(0x40000000)
#define TWO_TO_31     UINT64_C(0x80000000)
#define TWO_TO_33     UINT64_C(0x200000000)

/* splitmix64's finalizer; the divisions are shifts. */
/*@ assigns \nothing; */
static uint64_t mix_0(uint64_t x)
{
    x = (x ^ x / TWO_TO_30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x / TWO_TO_27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x / TWO_TO_31;
}

/* MurmurHash3's finalizer. */
/*@ assigns \nothing; */
static uint64_t mix_1(uint64_t x)
{
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x / TWO_TO_33;
}

/*@ requires \valid(lanes + (0 .. 1));
    assigns lanes[0 .. 1]; */
static void absorb(uint64_t lanes[2], uint64_t word)
{
    lanes[0] = mix_0(lanes[0] ^ word) + DIGEST_STEP;
    lanes[1] = mix_1(lanes[1] ^ word) + DIGEST_STEP;
}

/*@ requires map_readable(map) && \valid(ret_digest + (0 .. 1));
    requires \separated(ret_digest + (0 .. 1), map, map->regions + (0 .. map->count - 1));
    assigns ret_digest[0 .. 1]; */
void memmap_digest(const struct memmap *map, uint64_t ret_digest[2])
{
    ret_digest[0] = DIGEST_SEED_0;
    ret_digest[1] = DIGEST_SEED_1;
    /*@ loop invariant 0 <= i <= map->count;
        loop assigns i, ret_digest[0 .. 1];
        loop variant map->count - i; */
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        absorb(ret_digest, region->first_pfn);
        absorb(ret_digest, region->end_pfn);
        absorb(ret_digest, region->kind);
        absorb(ret_digest, region->attributes);
    }
    absorb(ret_digest, map->count);
}
