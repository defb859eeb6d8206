/* SPDX-License-Identifier: MIT */
/*
 * Equality, differences and the digest: hand-drawn maps, literal digests, and a painter that
 * compares two rows of pages page by page.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <string.h>

#include "memmap/compare.h"
#include "model/random.h"

#define SEED UINT64_C(0xd1ff0001)
#define WB   MEMMAP_WB

#define R(first, end, what, bits) \
    {.first_pfn = (first), .end_pfn = (end), .kind = (what), .attributes = (bits)}
#define MAP(regions)                                                                  \
    {regions, sizeof(regions) / sizeof((regions)[0]), sizeof(regions) / sizeof((regions)[0])}

static const struct memmap empty = {.regions = NULL, .count = 0, .capacity = 0};

/* ---- memmap_equal ---------------------------------------------------------------------- */

Test(memmap_equal, ignores_origins_flags_and_capacity)
{
    struct memmap_region a[] = {R(1, 9, MEMMAP_USABLE, WB), R(9, 10, MEMMAP_MMIO, 0)};
    struct memmap_region b[] = {R(1, 9, MEMMAP_USABLE, WB), R(9, 10, MEMMAP_MMIO, 0)};
    struct memmap left = MAP(a), right = {.regions = b, .count = 2, .capacity = 77};

    b[0].origin = MEMMAP_ORIGIN_CLAIM;
    b[1].flags = MEMMAP_SHARED;
    cr_assert(memmap_equal(&left, &right));
    cr_assert(memmap_equal(&empty, &empty));
    cr_assert_not(memmap_equal(&left, &empty));
    cr_assert_not(memmap_equal(&empty, &left));
}

Test(memmap_equal, sees_every_field_that_counts_in_every_region)
{
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned field = 0; field < 4; field++) {
            struct memmap_region a[] = {R(1, 9, MEMMAP_USABLE, WB), R(19, 30, MEMMAP_MMIO, 0)};
            struct memmap_region b[] = {R(1, 9, MEMMAP_USABLE, WB), R(19, 30, MEMMAP_MMIO, 0)};
            struct memmap left = MAP(a), right = MAP(b);
            b[i].first_pfn += field == 0;
            b[i].end_pfn += field == 1;
            b[i].kind = (uint8_t)(b[i].kind + (field == 2));
            b[i].attributes ^= field == 3 ? MEMMAP_RUNTIME : 0;
            cr_assert_not(memmap_equal(&left, &right), "region %u field %u", i, field);
        }
    }
}

/* ---- memmap_difference --------------------------------------------------------------------- */

#define HOLE                   {true, MEMMAP_USABLE, 0}
#define SIDE(what, bits)       {false, (what), (bits)}

static void walk_is(const struct memmap *left, const struct memmap *right,
                    const struct memmap_difference *expected, size_t count)
{
    struct memmap_difference_walk walk;
    struct memmap_difference got, untouched;

    memmap_difference_begin(&walk, left, right);
    for (size_t i = 0; i < count; i++) {
        const struct memmap_difference *want = &expected[i];
        cr_assert(memmap_difference_next(&walk, &got), "difference %zu", i);
        cr_assert(got.first_pfn == want->first_pfn && got.end_pfn == want->end_pfn,
                  "difference %zu: %lx-%lx", i, got.first_pfn, got.end_pfn);
        cr_assert(got.left.is_hole == want->left.is_hole && got.left.kind == want->left.kind &&
                      got.left.attributes == want->left.attributes,
                  "difference %zu left", i);
        cr_assert(got.right.is_hole == want->right.is_hole && got.right.kind == want->right.kind &&
                      got.right.attributes == want->right.attributes,
                  "difference %zu right", i);
    }
    memset(&got, 0xcc, sizeof got);
    memcpy(&untouched, &got, sizeof got);
    cr_assert_not(memmap_difference_next(&walk, &got), "%lx-%lx", got.first_pfn, got.end_pfn);
    cr_assert_not(memmap_difference_next(&walk, &got), "and it stays so");
    cr_assert_eq(memcmp(&got, &untouched, sizeof got), 0);
}
#define WALK_IS(left, right, ...)                                                      \
    walk_is(left, right, (const struct memmap_difference[]){__VA_ARGS__},              \
            sizeof((const struct memmap_difference[]){__VA_ARGS__}) /                  \
                sizeof(struct memmap_difference))

/*   left     |usable|- kernel -|usable|
 *   right    |- usable -|    |-usable-|
 *            4      7   9    12 14    20                                                  */
Test(memmap_difference_next, yields_each_run_with_what_both_maps_say)
{
    struct memmap_region a[] = {R(4, 7, MEMMAP_USABLE, WB), R(7, 14, MEMMAP_KERNEL, WB),
                                R(14, 20, MEMMAP_USABLE, WB)};
    struct memmap_region b[] = {R(4, 9, MEMMAP_USABLE, WB), R(12, 20, MEMMAP_USABLE, WB)};
    struct memmap left = MAP(a), right = MAP(b);

    WALK_IS(&left, &right, {7, 9, SIDE(MEMMAP_KERNEL, WB), SIDE(MEMMAP_USABLE, WB)},
            {9, 12, SIDE(MEMMAP_KERNEL, WB), HOLE},
            {12, 14, SIDE(MEMMAP_KERNEL, WB), SIDE(MEMMAP_USABLE, WB)});
    WALK_IS(&right, &left, {7, 9, SIDE(MEMMAP_USABLE, WB), SIDE(MEMMAP_KERNEL, WB)},
            {9, 12, HOLE, SIDE(MEMMAP_KERNEL, WB)},
            {12, 14, SIDE(MEMMAP_USABLE, WB), SIDE(MEMMAP_KERNEL, WB)});
    walk_is(&left, &left, NULL, 0);
}

/*   left     |usable WB |  |u WB|        attributes alone, a map that goes on at the end,
 *   right    |usable WB RO |             and the last page below 2^64                      */
Test(memmap_difference_next, sees_attributes_and_what_only_one_map_has)
{
    struct memmap_region a[] = {R(0, 6, MEMMAP_MMIO, WB), R(PFN_END - 1, PFN_END, MEMMAP_BAD, 0)};
    struct memmap_region b[] = {R(0, 8, MEMMAP_MMIO, WB | MEMMAP_RO)};
    struct memmap left = MAP(a), right = MAP(b);

    WALK_IS(&left, &right, {0, 6, SIDE(MEMMAP_MMIO, WB), SIDE(MEMMAP_MMIO, WB | MEMMAP_RO)},
            {6, 8, HOLE, SIDE(MEMMAP_MMIO, WB | MEMMAP_RO)},
            {PFN_END - 1, PFN_END, SIDE(MEMMAP_BAD, 0), HOLE});
    WALK_IS(&right, &empty, {0, 8, SIDE(MEMMAP_MMIO, WB | MEMMAP_RO), HOLE});
    WALK_IS(&empty, &right, {0, 8, HOLE, SIDE(MEMMAP_MMIO, WB | MEMMAP_RO)});
    walk_is(&empty, &empty, NULL, 0);
}

/*   left     |----|        usable without attributes is not a hole                        */
Test(memmap_difference_next, tells_a_hole_from_usable_memory_without_attributes)
{
    struct memmap_region a[] = {R(3, 5, MEMMAP_USABLE, 0)};
    struct memmap left = MAP(a);

    WALK_IS(&left, &empty, {3, 5, SIDE(MEMMAP_USABLE, 0), HOLE});
}

/* ---- memmap_digest --------------------------------------------------------------------------- */

static void digest_is(const struct memmap *map, uint64_t lane_0, uint64_t lane_1)
{
    uint64_t digest[2] = {0, 0};

    memmap_digest(map, digest);
    cr_assert_eq(digest[0], lane_0, "lane 0: %016lx", digest[0]);
    cr_assert_eq(digest[1], lane_1, "lane 1: %016lx", digest[1]);
}

/*
 * The literals come from this Python, written from the text in compare.h:
 *
 *   M = (1 << 64) - 1
 *   def digest(regions):                          # (first, end, kind, attributes)
 *       words = [w for r in regions for w in r] + [len(regions)]
 *       lanes = []
 *       for x, a, p, b, q, c in (
 *           (0x67726f6d612d6d30, 30, 0xbf58476d1ce4e5b9, 27, 0x94d049bb133111eb, 31),
 *           (0x67726f6d612d6d31, 33, 0xff51afd7ed558ccd, 33, 0xc4ceb9fe1a85ec53, 33)):
 *           for w in words:
 *               x ^= w
 *               x ^= x >> a; x = x * p & M; x ^= x >> b; x = x * q & M; x ^= x >> c
 *               x = x + 0x9e3779b97f4a7c15 & M
 *           lanes.append(x)
 *       return ["0x%016x" % x for x in lanes]
 *   digest([]), digest([(1, 0xa0, 0, 8)]),
 *   digest([(0, 1, 19, 8), (1, 0xa0, 0, 8), (0x100, 0x200, 7, 8),
 *           (0x200, 0x300, 16, 1 << 63 | 15), ((1 << 52) - 1, 1 << 52, 21, 0)])
 */
Test(memmap_digest, is_what_the_documented_algorithm_says)
{
    struct memmap_region one[] = {R(1, 0xa0, MEMMAP_USABLE, WB)};
    struct memmap_region five[] = {
        R(0, 1, MEMMAP_RESERVED, WB),
        R(1, 0xa0, MEMMAP_USABLE, WB),
        R(0x100, 0x200, MEMMAP_KERNEL, WB),
        R(0x200, 0x300, MEMMAP_RUNTIME_CODE, MEMMAP_RUNTIME | 15),
        R(PFN_END - 1, PFN_END, MEMMAP_BAD, 0),
    };
    struct memmap map_of_one = MAP(one), map_of_five = MAP(five);

    digest_is(&empty, UINT64_C(0x8620ac9b5ef4f66e), UINT64_C(0xd839380cdbb23446));
    digest_is(&map_of_one, UINT64_C(0xb07a0086a0244ca4), UINT64_C(0x066e80a543552694));
    digest_is(&map_of_five, UINT64_C(0x8a7dd50819dea9e5), UINT64_C(0x5a251da5d6012902));
}

Test(memmap_digest, does_not_depend_on_origins_flags_or_capacity)
{
    struct memmap_region one[] = {R(1, 0xa0, MEMMAP_USABLE, WB)};
    struct memmap map = {.regions = one, .count = 1, .capacity = 55};

    one[0].origin = MEMMAP_ORIGIN_CLAIM | 9;
    one[0].flags = MEMMAP_SHARED | MEMMAP_CONFLICT;
    digest_is(&map, UINT64_C(0xb07a0086a0244ca4), UINT64_C(0x066e80a543552694));
}

/* Every bit of every word of a region, one at a time: each changes both lanes. */
Test(memmap_digest, changes_in_both_lanes_with_any_bit_of_any_word)
{
    for (unsigned bit = 0; bit < 64 * 3 + 8; bit++) {
        struct memmap_region one[] = {R(1, 0xa0, MEMMAP_USABLE, WB)};
        struct memmap map = MAP(one);
        uint64_t digest[2], flip = UINT64_C(1) << bit % 64;
        one[0].first_pfn ^= bit / 64 == 0 ? flip : 0;
        one[0].end_pfn ^= bit / 64 == 1 ? flip : 0;
        one[0].attributes ^= bit / 64 == 2 ? flip : 0;
        one[0].kind ^= bit / 64 == 3 ? (uint8_t)flip : 0;
        memmap_digest(&map, digest);
        cr_assert_neq(digest[0], UINT64_C(0xb07a0086a0244ca4), "bit %u", bit);
        cr_assert_neq(digest[1], UINT64_C(0x066e80a543552694), "bit %u", bit);
    }
}

/* ---- the painter --------------------------------------------------------------------------- */

#define PAGES 24

/* 0 is a hole, else 1 + kind * 2 + (has WB). */
struct painting {
    int pages[PAGES];
    struct memmap_region regions[PAGES];
    struct memmap map;
};

static uint64_t dice;

static void regions_of(struct painting *painting)
{
    painting->map = (struct memmap){.regions = painting->regions, .capacity = PAGES};
    for (int page = 0; page < PAGES; page++) {
        int color = painting->pages[page];
        if (color == 0)
            continue;
        if (page > 0 && painting->pages[page - 1] == color)
            painting->regions[painting->map.count - 1].end_pfn++;
        else
            painting->regions[painting->map.count++] = (struct memmap_region)R(
                page, page + 1, (uint8_t)((color - 1) / 2), color % 2 == 0 ? WB : 0);
    }
}

static int color_of(const struct memmap_side *side)
{
    return side->is_hole ? 0 : 1 + (int)side->kind * 2 + (side->attributes == WB);
}

static void compare_round(unsigned long round)
{
    struct painting a, b;
    struct memmap_difference_walk walk;
    struct memmap_difference got, before = {.end_pfn = UINT64_MAX};
    uint64_t digests[2][2], done = 0;
    bool same;
    int color = 0;

    for (int page = 0; page < PAGES; page++) {
        if (random_below(&dice, 3) == 0)
            color = (int)random_below(&dice, 5);
        a.pages[page] = color;
    }
    memcpy(b.pages, a.pages, sizeof a.pages);
    for (uint32_t strokes = random_below(&dice, 4); strokes > 0; strokes--) {
        uint32_t first = random_below(&dice, PAGES), count = random_below(&dice, PAGES - first + 1);
        color = (int)random_below(&dice, 5);
        for (uint32_t page = first; page < first + count; page++)
            b.pages[page] = color;
    }
    regions_of(&a);
    regions_of(&b);
    memmap_difference_begin(&walk, &a.map, &b.map);
    while (memmap_difference_next(&walk, &got)) {
        cr_assert(got.first_pfn >= done && got.first_pfn < got.end_pfn && got.end_pfn <= PAGES,
                  "round %lu: %lx-%lx", round, got.first_pfn, got.end_pfn);
        cr_assert_not(before.end_pfn == got.first_pfn &&
                          color_of(&before.left) == color_of(&got.left) &&
                          color_of(&before.right) == color_of(&got.right),
                      "round %lu: a run is as long as it can be", round);
        for (; done < got.first_pfn; done++)
            cr_assert_eq(a.pages[done], b.pages[done], "round %lu page %lu", round, done);
        for (; done < got.end_pfn; done++)
            cr_assert(a.pages[done] != b.pages[done] && a.pages[done] == color_of(&got.left) &&
                          b.pages[done] == color_of(&got.right),
                      "round %lu page %lu", round, done);
        before = got;
    }
    for (; done < PAGES; done++)
        cr_assert_eq(a.pages[done], b.pages[done], "round %lu page %lu", round, done);
    same = memcmp(a.pages, b.pages, sizeof a.pages) == 0;
    cr_assert_eq(memmap_equal(&a.map, &b.map), same, "round %lu", round);
    memmap_digest(&a.map, digests[0]);
    memmap_digest(&b.map, digests[1]);
    cr_assert_eq(digests[0][0] == digests[1][0], same, "round %lu lane 0", round);
    cr_assert_eq(digests[0][1] == digests[1][1], same, "round %lu lane 1", round);
}

Test(memmap_difference_next, finds_what_a_comparison_page_by_page_finds)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (unsigned long round = 0; round < 50000; round++) {
        dice = SEED + round;
        compare_round(round);
    }
}
