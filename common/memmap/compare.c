/* SPDX-License-Identifier: MIT */
/* Equality, differences and the digest; see compare.h. */
#include "memmap/compare.h"

static bool regions_are_equal(const struct memmap_region *left, const struct memmap_region *right)
{
    return left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
           left->kind == right->kind && left->attributes == right->attributes;
}

bool memmap_equal(const struct memmap *left, const struct memmap *right)
{
    if (left->count != right->count)
        return false;
    for (size_t i = 0; i < left->count; i++)
        if (!regions_are_equal(&left->regions[i], &right->regions[i]))
            return false;
    return true;
}

/* ---- differences --------------------------------------------------------------------- */

/* The first region from `index` on that ends above pfn. */
static size_t skip_to(const struct memmap *map, size_t index, uint64_t pfn)
{
    while (index < map->count && map->regions[index].end_pfn <= pfn)
        index++;
    return index;
}

/* What the map says of pfn; region `index` is the first that ends above it. */
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
static uint64_t side_end(const struct memmap *map, size_t index, uint64_t pfn)
{
    if (index >= map->count)
        return PFN_END;
    return map->regions[index].first_pfn <= pfn ? map->regions[index].end_pfn
                                                : map->regions[index].first_pfn;
}

static bool sides_are_equal(const struct memmap_side *left, const struct memmap_side *right)
{
    return left->is_hole == right->is_hole && left->kind == right->kind &&
           left->attributes == right->attributes;
}

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
static uint64_t mix_0(uint64_t x)
{
    x = (x ^ x / TWO_TO_30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x / TWO_TO_27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x / TWO_TO_31;
}

/* MurmurHash3's finalizer. */
static uint64_t mix_1(uint64_t x)
{
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xff51afd7ed558ccd);
    x = (x ^ x / TWO_TO_33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return x ^ x / TWO_TO_33;
}

static void absorb(uint64_t lanes[2], uint64_t word)
{
    lanes[0] = mix_0(lanes[0] ^ word) + DIGEST_STEP;
    lanes[1] = mix_1(lanes[1] ^ word) + DIGEST_STEP;
}

void memmap_digest(const struct memmap *map, uint64_t ret_digest[2])
{
    ret_digest[0] = DIGEST_SEED_0;
    ret_digest[1] = DIGEST_SEED_1;
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        absorb(ret_digest, region->first_pfn);
        absorb(ret_digest, region->end_pfn);
        absorb(ret_digest, region->kind);
        absorb(ret_digest, region->attributes);
    }
    absorb(ret_digest, map->count);
}
