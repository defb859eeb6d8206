/* SPDX-License-Identifier: MIT */
/* The sort of positions, through its private header, against qsort by (key, index). */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "memmap/place.h"
#include "model/random.h"

#define MOST 200u
#define SEED UINT64_C(0x5047)

static uint64_t dice;

/* ---- patterns of keys: of count places the one at i ------------------------------------------ */

typedef uint64_t (*pattern)(size_t i, size_t count);

static uint64_t ascending(size_t i, size_t count)
{
    (void)count;
    return i;
}

static uint64_t descending(size_t i, size_t count)
{
    return count - i;
}

static uint64_t equal(size_t i, size_t count)
{
    (void)i, (void)count;
    return 7;
}

static uint64_t in_pairs_backwards(size_t i, size_t count)
{
    return (count - i) / 2;
}

static uint64_t like_a_saw(size_t i, size_t count)
{
    (void)count;
    return i % 17;
}

static uint64_t like_a_backward_saw(size_t i, size_t count)
{
    (void)count;
    return UINT64_MAX - i % 19;
}

static uint64_t like_organ_pipes(size_t i, size_t count)
{
    return i < count / 2 ? i : count - i;
}

static uint64_t least_at_the_end(size_t i, size_t count)
{
    return i + 1 < count ? i + 1 : 0;
}

static uint64_t greatest_in_front(size_t i, size_t count)
{
    return i > 0 ? i : count;
}

static uint64_t one_of_three(size_t i, size_t count)
{
    (void)i, (void)count;
    return random_next(&dice) % 3;
}

static uint64_t lowest_or_highest(size_t i, size_t count)
{
    (void)i, (void)count;
    return random_next(&dice) % 2 == 0 ? 0 : UINT64_MAX;
}

static uint64_t any(size_t i, size_t count)
{
    (void)i, (void)count;
    return random_next(&dice);
}

static uint64_t any_few_times(size_t i, size_t count)
{
    (void)i;
    return random_next(&dice) % (count / 2 + 1);
}

static const struct {
    const char *name;
    pattern key;
} patterns[] = {
    {"ascending", ascending},
    {"descending", descending},
    {"equal", equal},
    {"in pairs backwards", in_pairs_backwards},
    {"like a saw", like_a_saw},
    {"like a backward saw", like_a_backward_saw},
    {"like organ pipes", like_organ_pipes},
    {"least at the end", least_at_the_end},
    {"greatest in front", greatest_in_front},
    {"one of three", one_of_three},
    {"lowest or highest", lowest_or_highest},
    {"any", any},
    {"any, few times", any_few_times},
};
#define PATTERNS (sizeof patterns / sizeof patterns[0])

/* ---- the judge ------------------------------------------------------------------------------- */

static int by_key_and_index(const void *a, const void *b)
{
    const struct place *left = a, *right = b;

    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Of exactly the size, so that the sanitizer sees an access beyond. */
static struct place *make_places(size_t count)
{
    struct place *places = malloc(count == 0 ? 1 : count * sizeof *places);

    memset(places, 0xcc, count * sizeof *places);
    return places;
}

static void sort_and_compare(const struct place *unsorted, size_t count, const char *name)
{
    struct place *places = make_places(count), *spare = make_places(count);
    struct place *expected = make_places(count), *sorted;

    memcpy(places, unsorted, count * sizeof *places);
    memcpy(expected, unsorted, count * sizeof *places);
    qsort(expected, count, sizeof *expected, by_key_and_index);
    sorted = memmap_places_sort(places, spare, count);
    cr_assert(sorted == places || sorted == spare, "%s, %zu", name, count);
    for (size_t i = 0; i < count; i++)
        cr_assert(sorted[i].key == expected[i].key && sorted[i].index == expected[i].index &&
                      sorted[i].what == expected[i].what,
                  "%s, %zu: place %zu is %" PRIu64 " (%u), expected %" PRIu64 " (%u)", name, count,
                  i, sorted[i].key, sorted[i].index, expected[i].key, expected[i].index);
    free(places);
    free(spare);
    free(expected);
}

Test(memmap_places_sort, sorts_by_key_and_keeps_the_order_of_equals_at_every_size)
{
    struct place places[MOST];

    dice = SEED;
    cr_log_info("seed %#" PRIx64, dice);
    for (size_t count = 0; count <= MOST; count++)
        for (size_t kind = 0; kind < PATTERNS; kind++) {
            for (size_t i = 0; i < count; i++)
                places[i] = (struct place){.key = patterns[kind].key(i, count),
                                           .index = (uint32_t)i,
                                           .what = (uint32_t)(~i)};
            sort_and_compare(places, count, patterns[kind].name);
        }
}

/* Every order of up to seven zeros, ones and twos, behind what makes the sort merge. */
Test(memmap_places_sort, sorts_every_order_of_few_keys_behind_a_far_place)
{
    enum { FAR = PLACE_NEAR + 2, FEW = 7 };
    struct place places[FAR + FEW];
    unsigned orders = 1;

    for (size_t few = 0; few <= FEW; few++, orders *= 3)
        for (unsigned order = 0; order < orders; order++) {
            unsigned rest = order;
            for (uint32_t i = 0; i < FAR; i++)
                places[i] = (struct place){.key = i < FAR - 1 ? i + 2 : 1, .index = i};
            for (uint32_t i = FAR; i < FAR + few; i++, rest /= 3)
                places[i] = (struct place){.key = rest % 3, .index = i};
            sort_and_compare(places, FAR + few, "few keys");
        }
}

/*   0 1 2 ... 15 16 17 ...   with one place moved down by 16: insertion does it where it stands */
Test(memmap_places_sort, touches_no_spare_memory_where_everything_is_near_its_place)
{
    enum { COUNT = 100 };
    struct place places[COUNT], spare[COUNT], junk[COUNT];

    memset(spare, 0xa5, sizeof spare);
    memset(junk, 0xa5, sizeof junk);
    for (size_t far = PLACE_NEAR; far < COUNT; far++) {
        for (uint32_t i = 0; i < COUNT; i++)
            places[i] = (struct place){.key = 2 * i + 2, .index = i};
        places[far].key = 2 * (far - PLACE_NEAR) + 1;
        cr_assert_eq(memmap_places_sort(places, spare, COUNT), places, "at %zu", far);
        cr_assert_arr_eq(spare, junk, sizeof junk, "at %zu", far);
        cr_assert_eq(places[far - PLACE_NEAR].index, far);
        cr_assert_eq(places[far].index, far - 1);
    }
}
