/* SPDX-License-Identifier: MIT */
/* The arithmetic of the picture: columns of pieces, and labels. */
#include "screen/axis.h"
#include "screen/strip.h"
#include "unit/test_screen.h"

#define MAX_PIECES 10000u

static struct memmap_region region(uint64_t first_pfn, uint64_t end_pfn, unsigned kind)
{
    return (struct memmap_region){
        .first_pfn = first_pfn, .end_pfn = end_pfn, .kind = (uint8_t)kind};
}

static struct strip_piece pieces[MAX_PIECES];

static size_t walk_all(const struct strip *strip)
{
    struct strip_walk walk;
    size_t count = 0;

    strip_walk_begin(&walk, strip);
    while (strip_walk_next(&walk, &pieces[count]))
        cr_assert_lt(++count, MAX_PIECES);
    return count;
}

/* Pieces adjoin and cover the band and the strip exactly. */
static void expect_no_seam(const struct strip *strip, size_t count)
{
    uint64_t pfn = strip->first_pfn;
    uint32_t x = 0;

    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(pieces[i].first_pfn, pfn);
        cr_assert_gt(pieces[i].end_pfn, pfn);
        cr_assert_eq(pieces[i].x, x);
        pfn = pieces[i].end_pfn;
        x += pieces[i].width;
    }
    cr_assert_eq(pfn, strip->end_pfn);
    cr_assert_eq(x, count == 0 ? 0 : strip->width);
}

static uint32_t width_of_kind(size_t count, unsigned kind)
{
    uint32_t width = 0;

    for (size_t i = 0; i < count; i++)
        if (pieces[i].kind == kind)
            width += pieces[i].width;
    return width;
}

#define EXPECT_PIECE(i, first, end, at, wide, what)                             \
    do {                                                                        \
        cr_assert_eq(pieces[i].first_pfn, (uint64_t)(first), "piece %d", i);    \
        cr_assert_eq(pieces[i].end_pfn, (uint64_t)(end), "piece %d", i);        \
        cr_assert_eq(pieces[i].x, (uint32_t)(at), "piece %d", i);               \
        cr_assert_eq(pieces[i].width, (uint32_t)(wide), "piece %d", i);         \
        cr_assert_eq(pieces[i].kind, (uint8_t)(what), "piece %d", i);           \
    } while (0)

/*
 *   page    0 1           0x9f 0xa0             0x100
 *           |R|   usable    |B|      hole         |     3 pixels a page
 */
Test(strip_measure, draws_a_band_of_few_pages_to_scale)
{
    const struct memmap_region map[] = {
        region(0, 1, MEMMAP_RESERVED),
        region(1, 0x9f, MEMMAP_USABLE),
        region(0x9f, 0xa0, MEMMAP_BAD),
        region(0x200, 0x300, MEMMAP_USABLE),
    };
    struct strip strip;

    strip_measure(&strip, map, 4, 0, 0x100, 768, 1);
    cr_assert_eq(walk_all(&strip), 4);
    EXPECT_PIECE(0, 0, 1, 0, 3, MEMMAP_RESERVED);
    EXPECT_PIECE(1, 1, 0x9f, 3, 474, MEMMAP_USABLE);
    EXPECT_PIECE(2, 0x9f, 0xa0, 477, 3, MEMMAP_BAD);
    EXPECT_PIECE(3, 0xa0, 0x100, 480, 288, STRIP_HOLE);
}

/* Two regions of one size, a hole before, between and after: the holes are notches of 7. */
Test(strip_measure, makes_every_hole_the_same_notch)
{
    const struct memmap_region map[] = {
        region(0x1000, 0x2000, MEMMAP_USABLE),
        region(0x80000000, 0x80001000, MEMMAP_RESERVED),
    };
    struct strip strip;

    strip_measure(&strip, map, 2, 0, UINT64_C(1) << 40, 421, 1);
    cr_assert_eq(walk_all(&strip), 5);
    EXPECT_PIECE(0, 0, 0x1000, 0, 7, STRIP_HOLE);
    EXPECT_PIECE(1, 0x1000, 0x2000, 7, 200, MEMMAP_USABLE);
    EXPECT_PIECE(2, 0x2000, 0x80000000, 207, 7, STRIP_HOLE);
    EXPECT_PIECE(3, 0x80000000, 0x80001000, 214, 200, MEMMAP_RESERVED);
    EXPECT_PIECE(4, 0x80001000, UINT64_C(1) << 40, 414, 7, STRIP_HOLE);
}

/*
 * log2 of the pages is 0, 7, 15 and 23, and a weight is the cube of 1 + that: 1, 512, 4096,
 * 13824 of 18433. Each region has 3 pixels, and they share the other 1188 by weight.
 */
Test(strip_measure, shares_pixels_by_the_cube_of_the_logarithm)
{
    const struct memmap_region map[] = {
        region(0x100, 0x101, MEMMAP_BAD),
        region(0x101, 0x181, MEMMAP_KERNEL),
        region(0x181, 0x8181, MEMMAP_MMIO),
        region(0x8181, 0x808181, MEMMAP_USABLE),
    };
    struct strip strip;

    strip_measure(&strip, map, 4, 0x100, 0x808181, 1200, 1);
    cr_assert_eq(walk_all(&strip), 4);
    EXPECT_PIECE(0, 0x100, 0x101, 0, 3, MEMMAP_BAD);
    EXPECT_PIECE(1, 0x101, 0x181, 3, 36, MEMMAP_KERNEL);
    EXPECT_PIECE(2, 0x181, 0x8181, 39, 267, MEMMAP_MMIO);
    EXPECT_PIECE(3, 0x8181, 0x808181, 306, 894, MEMMAP_USABLE);
}

Test(strip_measure, clips_regions_to_the_band)
{
    const struct memmap_region map[] = {region(0, 0x1000000, MEMMAP_USABLE)};
    struct strip strip;

    strip_measure(&strip, map, 1, 0x100, 0x100000, 500, 2);
    cr_assert_eq(walk_all(&strip), 1);
    EXPECT_PIECE(0, 0x100, 0x100000, 0, 500, MEMMAP_USABLE);
}

Test(strip_measure, shows_an_empty_band_as_one_hole)
{
    struct strip strip;

    strip_measure(&strip, NULL, 0, 0x100, 0x100000, 500, 1);
    cr_assert_eq(walk_all(&strip), 1);
    EXPECT_PIECE(0, 0x100, 0x100000, 0, 500, STRIP_HOLE);
    strip_measure(&strip, NULL, 0, 0x100000, 0x100000, 500, 1);
    cr_assert_eq(walk_all(&strip), 0);
}

Test(strip_measure, shows_the_whole_address_space_as_one_piece)
{
    const struct memmap_region map[] = {region(0, UINT64_C(1) << 52, MEMMAP_RESERVED)};
    struct strip strip;

    strip_measure(&strip, map, 1, 0, UINT64_C(1) << 52, 16384, 3);
    cr_assert_eq(walk_all(&strip), 1);
    EXPECT_PIECE(0, 0, UINT64_C(1) << 52, 0, 16384, MEMMAP_RESERVED);
}

Test(strip_measure, loses_no_kind_of_a_crowded_band)
{
    static struct memmap_region map[4096];
    struct strip strip;
    size_t count;

    for (size_t i = 0; i < 4096; i++) /* 22 kinds at the end only */
        map[i] = region(4096 + 2 * i, 4096 + 2 * i + 1 + i % 2, i < 4000 ? i % 2 : i % 23);
    strip_measure(&strip, map, 4096, 0, 1u << 20, STRIP_MIN_WIDTH, 1);
    count = walk_all(&strip);
    expect_no_seam(&strip, count);
    cr_assert(strip.crowded);
    for (unsigned kind = 0; kind <= STRIP_UNKNOWN; kind++)
        cr_assert_geq(width_of_kind(count, kind), 1, "kind %u vanished", kind);
}

Test(strip_measure, takes_maps_that_are_not_in_normal_form)
{
    const struct memmap_region map[] = {
        region(0x9000, 0xa000, MEMMAP_USABLE), region(0x1000, 0x2000, MEMMAP_MMIO),
        region(0x9800, 0xb000, MEMMAP_BAD),    region(0xc000, 0xc000, MEMMAP_BAD),
        region(0xe000, 0xd000, MEMMAP_BAD),    region(0xf000, UINT64_MAX, 200),
    };
    struct strip strip;

    strip_measure(&strip, map, 6, 0, UINT64_C(1) << 52, 400, 1);
    expect_no_seam(&strip, walk_all(&strip));
    EXPECT_PIECE(1, 0x9000, 0xa000, pieces[1].x, pieces[1].width, MEMMAP_USABLE);
    EXPECT_PIECE(2, 0xa000, 0xb000, pieces[2].x, pieces[2].width, MEMMAP_BAD);
    EXPECT_PIECE(4, 0xf000, UINT64_C(1) << 52, pieces[4].x, pieces[4].width, STRIP_UNKNOWN);
}

/* A random map in normal form; returns its count. */
static size_t random_map(struct memmap_region *map, size_t capacity, uint64_t *seed)
{
    uint64_t pfn = 0;
    size_t count = 0, wanted = random_next(seed) % capacity;

    while (count < wanted) {
        bool adjoins = random_next(seed) % 3 != 0;
        uint64_t hole = adjoins ? 0 : random_next(seed) >> (24 + random_next(seed) % 40);
        uint64_t pages = 1 + (random_next(seed) >> (24 + random_next(seed) % 40));

        if (pfn + hole + pages > UINT64_C(1) << 52)
            break;
        map[count++] = region(pfn + hole, pfn + hole + pages, random_next(seed) % 22);
        pfn += hole + pages;
    }
    return count;
}

static void check_random_strip(uint64_t begin)
{
    static struct memmap_region map[3000];
    uint64_t seed = begin;
    size_t count = random_map(map, 1 + random_next(&seed) % 3000, &seed);
    uint32_t width = STRIP_MIN_WIDTH + random_next(&seed) % 4000;
    uint64_t end = count == 0 ? 1000 : map[count - 1].end_pfn;
    uint64_t first = random_next(&seed) % 2 ? 0 : end / 3;
    struct axis_label labels[AXIS_MAX_LABELS];
    struct strip strip;
    size_t piece_count, label_count;

    strip_measure(&strip, map, count, first, end, width, 1 + random_next(&seed) % 3);
    piece_count = walk_all(&strip);
    expect_no_seam(&strip, piece_count);
    for (size_t i = 0; i < piece_count; i++)
        if (pieces[i].kind != STRIP_HOLE)
            cr_assert_geq(width_of_kind(piece_count, pieces[i].kind), 1);
    if (!strip.crowded)
        for (size_t i = 0; i < piece_count; i++)
            cr_assert(pieces[i].kind == STRIP_HOLE || pieces[i].width >= 1);
    label_count = axis_place_labels(&strip, 8, labels);
    cr_assert_leq(label_count, AXIS_MAX_LABELS);
    for (size_t i = 0; i < label_count; i++) {
        cr_assert_leq(labels[i].x + labels[i].width, width);
        cr_assert_leq(labels[i].tick, width);
        for (size_t j = 0; j < i; j++)
            cr_assert(labels[i].x >= labels[j].x + labels[j].width + 8 ||
                      labels[j].x >= labels[i].x + labels[i].width + 8);
    }
}

Test(strip, has_no_seam_and_loses_no_kind_on_random_maps)
{
    for (uint64_t seed = 1; seed <= 150; seed++) {
        cr_log_info("seed %lu", (unsigned long)seed);
        check_random_strip(seed * UINT64_C(0x9e3779b97f4a7c15));
    }
}

Test(axis_format_address, says_addresses_as_people_do)
{
    const struct {
        uint64_t pfn;
        const char *text;
    } rows[] = {
        {0, "0"},
        {1, "4K"},
        {0xa0, "640K"},
        {0x100, "1M"},
        {0x80b, "8236K"},
        {0x900, "9M"},
        {0x9c4, "9M+"},       /* 10,000 KiB is too long to say */
        {0x7e80c, "2024M+"},
        {0x80000, "2G"},
        {0xb0000, "2816M"},
        {0x100000, "4G"},
        {0x100001, "4096M+"},
        {0xfd00000, "1012G"},
        {0x10000000, "1T"},
        {(UINT64_C(1) << 52) - 1, "15E+"},
        {UINT64_C(1) << 52, "16E"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buffer[AXIS_LABEL_BYTES];
        struct text text;

        text_init(&text, buffer, sizeof buffer);
        axis_format_address(&text, rows[i].pfn);
        cr_assert_str_eq(buffer, rows[i].text);
        cr_assert_not(text.truncated);
    }
}

/*
 * 512 pixels, 2 a page:   0                320K               640K                  1M
 *                         |      usable     |      kernel      |         hole        |
 */
Test(axis_place_labels, names_the_ends_and_the_wide_pieces)
{
    const struct memmap_region map[] = {
        region(0, 0x50, MEMMAP_USABLE),
        region(0x50, 0xa0, MEMMAP_KERNEL),
    };
    const struct {
        const char *text;
        uint32_t tick, x;
    } rows[] = {{"0", 0, 0}, {"1M", 512, 496}, {"640K", 320, 304}, {"320K", 160, 144}};
    struct axis_label labels[AXIS_MAX_LABELS];
    struct strip strip;

    strip_measure(&strip, map, 2, 0, 0x100, 512, 1);
    cr_assert_eq(axis_place_labels(&strip, 8, labels), 4);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_str_eq(labels[i].text, rows[i].text);
        cr_assert_eq(labels[i].tick, rows[i].tick);
        cr_assert_eq(labels[i].x, rows[i].x);
    }
}

Test(axis_place_labels, says_no_text_twice)
{
    /* Two bounds in the same MiB, far apart in pixels. */
    const struct memmap_region map[] = {
        region(0x7e80c, 0x7e810, MEMMAP_USABLE),
        region(0x7e810, 0x7e814, MEMMAP_KERNEL),
    };
    struct axis_label labels[AXIS_MAX_LABELS];
    struct strip strip;

    strip_measure(&strip, map, 2, 0x7e80c, 0x7e814, 800, 1);
    cr_assert_eq(axis_place_labels(&strip, 8, labels), 1);
    cr_assert_str_eq(labels[0].text, "2024M+");
}

Test(axis_place_labels, places_none_where_no_text_fits)
{
    const struct memmap_region map[] = {region(0x7e80c, 0x7f80c, MEMMAP_USABLE)};
    struct axis_label labels[AXIS_MAX_LABELS];
    struct strip strip;

    strip_measure(&strip, map, 1, 0x7e80c, 0x7f80c, 20, 1);
    cr_assert_eq(axis_place_labels(&strip, 8, labels), 0);
}
