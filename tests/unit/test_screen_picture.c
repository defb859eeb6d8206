/* SPDX-License-Identifier: MIT */
/* The picture of the map, looked at pixel by pixel. */
#include "screen/legend.h"
#include "screen/palette.h"
#include "screen/picture.h"
#include "unit/test_screen.h"

/* A pixel row through each strip, and the strips' columns, of the sizes tested. */
struct rows {
    uint32_t width, height;
    uint32_t strips[3];
    uint32_t left, right;
};

static const struct rows large = {1280, 800, {30, 74, 118}, 88, 1272};
static const struct rows small = {640, 480, {26, 60, 94}, 88, 632};

static struct memmap_region region(uint64_t first_byte, uint64_t end_byte, unsigned kind)
{
    return (struct memmap_region){
        .first_pfn = first_byte >> 12, .end_pfn = end_byte >> 12, .kind = (uint8_t)kind};
}

static struct canvas draw(struct screen *screen, const struct rows *rows, unsigned format,
                          const struct memmap_region *map, size_t count)
{
    struct canvas canvas =
        canvas_make(screen, rows->width, rows->height, 3, (enum screen_format)format);

    screen_map_picture(screen, map, count);
    cr_assert(canvas_outside_is_untouched(&canvas));
    cr_assert(canvas_rows_are_junk(&canvas, screen_map_picture_height(screen), rows->height));
    return canvas;
}

static bool strip_has(const struct canvas *canvas, const struct rows *rows, unsigned strip,
                      uint32_t colour)
{
    for (uint32_t x = rows->left; x < rows->right; x++)
        if (canvas_colour(canvas, x, rows->strips[strip]) == colour)
            return true;
    return false;
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    uint32_t sum = 0;

    for (unsigned shift = 0; shift < 24; shift += 8)
        sum += (uint32_t)abs((int)(a >> shift & 0xff) - (int)(b >> shift & 0xff));
    return sum;
}

Test(screen_kind_colour, is_different_for_each_kind_and_from_the_paper)
{
    for (unsigned i = 0; i < MEMMAP_KIND_COUNT; i++) {
        uint32_t colour = screen_kind_colour((enum memmap_kind)i);

        cr_assert_eq(colour >> 24, 0);
        cr_assert_gt(distance(colour, SCREEN_PAPER), 90, "kind %u", i);
        for (unsigned j = 0; j < i; j++)
            cr_assert_gt(distance(colour, screen_kind_colour((enum memmap_kind)j)), 50,
                         "kinds %u and %u", i, j);
    }
    cr_assert_eq(screen_kind_colour(MEMMAP_KIND_COUNT), screen_kind_colour((enum memmap_kind)255));
}

Test(screen_map_picture_height, leaves_room_for_text_on_every_usual_mode)
{
    const struct {
        uint32_t width, height, expected;
    } rows[] = {
        {320, 200, 0},     {639, 480, 0},     {640, 399, 0},     {640, 480, 229},
        {800, 600, 249},   {1024, 768, 249},  {1280, 720, 234},  {1280, 800, 234},
        {1366, 768, 234},  {1600, 900, 406},  {1920, 1080, 406}, {2560, 1440, 468},
        {3840, 2160, 702},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct screen screen;
        struct canvas canvas = canvas_make(&screen, rows[i].width, rows[i].height, 0, SCREEN_BGRX);
        uint32_t height = screen_map_picture_height(&screen);

        cr_assert_eq(height, rows[i].expected, "%u x %u: %u", rows[i].width, rows[i].height,
                     height);
        screen_reserve_top(&screen, height);
        cr_assert(height == 0 || screen.rows >= 19, "%u lines", screen.rows);
        canvas_free(&canvas);
    }
}

/*
 *   0      64K      640K   1M           16M      2G      3G        4G        6G      1T
 *   |reserved|usable| hole |boot|usable|  kernel | hole |  mmio    | usable  |  bad  |
 */
static const struct memmap_region plain[] = {
    {.first_pfn = 0x0, .end_pfn = 0x10, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x10, .end_pfn = 0xa0, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x100, .end_pfn = 0x1000, .kind = MEMMAP_BOOT_RECLAIMABLE},
    {.first_pfn = 0x1000, .end_pfn = 0x80000, .kind = MEMMAP_KERNEL},
    {.first_pfn = 0xc0000, .end_pfn = 0x100000, .kind = MEMMAP_MMIO},
    {.first_pfn = 0x100000, .end_pfn = 0x180000, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x180000, .end_pfn = 0x10000000, .kind = MEMMAP_BAD},
};

Test(screen_map_picture, shows_names_totals_and_addresses)
{
    static const char texts[][32] = {
        "Memory map", "7 regions", "below 1M", "1M to 4G",         "above 4G",
        "usable",     "2 GiB",     "reserved", "boot-reclaimable", "15 MiB",
        "kernel",     "2032 MiB",  "mmio",     "1 GiB",            "bad",
        "1018 GiB",   "64K",       "640K",     "16M",              "2G",
        "6G",         "1T",
    };
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_RGBX, plain, 7);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_assert(canvas_finds_text(&canvas, texts[i]), "'%s' is missing", texts[i]);
    cr_assert_not(canvas_finds_text(&canvas, "framebuffer"));
    canvas_free(&canvas);
}

/* 1184 pixels show 256 pages: 64 KiB end at column 74, 640 KiB at 740. */
Test(screen_map_picture, draws_the_first_mebibyte_to_scale)
{
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_BGRX, plain, 7);
    uint32_t reserved = screen_kind_colour(MEMMAP_RESERVED);
    uint32_t usable = screen_kind_colour(MEMMAP_USABLE);

    cr_assert_eq(canvas_colour(&canvas, 87, 30), SCREEN_PAPER);
    cr_assert_eq(canvas_colour(&canvas, 88, 30), reserved);
    cr_assert_eq(canvas_colour(&canvas, 88 + 72, 30), reserved);
    cr_assert_eq(canvas_colour(&canvas, 88 + 73, 30), SCREEN_PAPER);
    cr_assert_eq(canvas_colour(&canvas, 88 + 74, 30), usable);
    cr_assert_eq(canvas_colour(&canvas, 88 + 738, 30), usable);
    cr_assert_eq(canvas_colour(&canvas, 88 + 739, 30), SCREEN_PAPER);
    for (uint32_t x = 88 + 740; x < 1272; x++)
        cr_assert_neq(canvas_colour(&canvas, x, 30), usable);
    canvas_free(&canvas);
}

Test(screen_map_picture, is_the_same_in_both_formats)
{
    struct screen screen;
    struct canvas a = draw(&screen, &large, SCREEN_RGBX, plain, 7);
    struct canvas b = draw(&screen, &large, SCREEN_BGRX, plain, 7);

    for (uint32_t y = 0; y < 800; y++)
        for (uint32_t x = 0; x < 1280; x++)
            cr_assert_eq(canvas_colour(&a, x, y), canvas_colour(&b, x, y));
    canvas_free(&a);
    canvas_free(&b);
}

/* `count` regions of one page and more in each band, every kind among them. */
static size_t map_of_all_kinds(struct memmap_region *map, size_t count_a_band)
{
    const uint64_t starts[3] = {0, 0x100000, 0x100000000};
    size_t count = 0;

    for (size_t band = 0; band < 3; band++)
        for (uint64_t i = 0; i < count_a_band; i++) {
            uint64_t first = starts[band] + i * 0x2000;

            map[count++] = region(first, first + 0x1000 * (1 + i % 2), i % 22);
        }
    return count;
}

Test(screen_map_picture, shows_every_kind_in_its_strips)
{
    struct memmap_region map[66];
    size_t count = map_of_all_kinds(map, 22);
    const struct rows *sizes[2] = {&large, &small};

    for (size_t i = 0; i < 2; i++) {
        struct screen screen;
        struct canvas canvas = draw(&screen, sizes[i], SCREEN_BGRX, map, count);

        for (unsigned kind = 0; kind < 22; kind++)
            for (unsigned strip = 0; strip < 3; strip++)
                cr_assert(strip_has(&canvas, sizes[i], strip,
                                    screen_kind_colour((enum memmap_kind)kind)),
                          "kind %u is not in strip %u of %u", kind, strip, sizes[i]->width);
        for (unsigned kind = 0; kind < 22; kind++)
            cr_assert(canvas_finds_text(&canvas, memmap_kind_name((enum memmap_kind)kind)));
        canvas_free(&canvas);
    }
}

Test(screen_map_picture, shows_every_kind_of_4096_regions)
{
    static struct memmap_region map[4096];
    size_t count = map_of_all_kinds(map, 128);

    for (uint64_t i = 0; i < 4096 - 384; i++) {
        uint64_t first = 0x200000000 + i * 0x10000000;

        map[count++] = region(first, first + 0x8000000, MEMMAP_RESERVED);
    }
    cr_assert_eq(count, 4096);
    const struct rows *sizes[2] = {&large, &small};
    for (size_t i = 0; i < 2; i++) {
        struct screen screen;
        struct canvas canvas = draw(&screen, sizes[i], SCREEN_BGRX, map, count);

        for (unsigned kind = 0; kind < 22; kind++)
            for (unsigned strip = 0; strip < 3; strip++)
                cr_assert(strip_has(&canvas, sizes[i], strip,
                                    screen_kind_colour((enum memmap_kind)kind)));
        cr_assert(canvas_finds_text(&canvas, "4096 regions"));
        canvas_free(&canvas);
    }
}

Test(screen_map_picture, shows_an_empty_map_as_holes)
{
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_BGRX, NULL, 0);

    cr_assert(canvas_finds_text(&canvas, "0 regions   0 B usable"));
    for (unsigned strip = 0; strip < 3; strip++)
        for (uint32_t x = large.left; x < large.right; x++) {
            cr_assert_neq(canvas_colour(&canvas, x, large.strips[strip]), SCREEN_PAPER);
            for (unsigned kind = 0; kind < 22; kind++)
                cr_assert_neq(canvas_colour(&canvas, x, large.strips[strip]),
                              screen_kind_colour((enum memmap_kind)kind));
        }
    canvas_free(&canvas);
}

Test(screen_map_picture, shows_one_region_of_the_whole_address_space)
{
    const struct memmap_region map[] = {{.end_pfn = UINT64_C(1) << 52, .kind = MEMMAP_USABLE}};
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_BGRX, map, 1);

    for (unsigned strip = 0; strip < 3; strip++)
        for (uint32_t x = large.left; x < large.right - 1; x++)
            cr_assert_eq(canvas_colour(&canvas, x, large.strips[strip]),
                         screen_kind_colour(MEMMAP_USABLE));
    cr_assert(canvas_finds_text(&canvas, "16E"));
    cr_assert(canvas_finds_text(&canvas, "16 EiB"));
    cr_assert(canvas_finds_text(&canvas, "1 region "));
    canvas_free(&canvas);
}

/* 150 single pages and one giant: each page has but one pixel, which is not paper. */
Test(screen_map_picture, shows_kinds_of_which_one_pixel_is_left)
{
    struct memmap_region map[151];
    struct screen screen;
    struct canvas canvas;

    for (uint64_t i = 0; i < 150; i++)
        map[i] = region(0x100000 + i * 0x1000, 0x101000 + i * 0x1000, 1 + i % 21);
    map[150] = region(0x10000000, 0x100000000, MEMMAP_USABLE);
    canvas = draw(&screen, &small, SCREEN_BGRX, map, 151);
    for (unsigned kind = 0; kind < 22; kind++)
        cr_assert(strip_has(&canvas, &small, 1, screen_kind_colour((enum memmap_kind)kind)));
    canvas_free(&canvas);
}

Test(screen_map_picture, stripes_bad_memory_where_it_is_wide)
{
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_BGRX, plain, 7);
    uint32_t red = 0, paper = 0;

    for (uint32_t x = 1000; x < 1200; x++) {
        red += canvas_colour(&canvas, x, 118) == screen_kind_colour(MEMMAP_BAD);
        paper += canvas_colour(&canvas, x, 118) == SCREEN_PAPER;
    }
    cr_assert_eq(red, 150);
    cr_assert_eq(paper, 50);
    canvas_free(&canvas);
}

Test(screen_map_picture, keeps_ticks_and_hatching_inside_the_strip)
{
    const struct memmap_region odd[] = {{.end_pfn = 0xa1, .kind = MEMMAP_USABLE}};
    const struct rows wide = {1600, 900, {0}, 176, 1584};
    struct screen screen;
    struct canvas canvas = draw(&screen, &wide, SCREEN_BGRX, odd, 1);

    for (uint32_t y = 44; y < 82; y++) /* the strip and its ticks; scale 2 */
        cr_assert_eq(canvas_colour(&canvas, 1584, y), SCREEN_PAPER, "row %u", y);
    cr_assert_neq(canvas_colour(&canvas, 1583, 77), SCREEN_PAPER);
    canvas_free(&canvas);
}

/* 19 kinds in 7 lines of 78 characters: only short totals fit. With 22 not even these. */
Test(screen_map_picture, shortens_the_totals_where_kinds_are_many)
{
    struct memmap_region map[22];
    struct screen screen;
    struct canvas canvas;

    for (uint64_t i = 0; i < 22; i++)
        map[i] = region(0x100000 + i * 0x100000, 0x101000 + i * 0x103000, i);
    canvas = draw(&screen, &small, SCREEN_BGRX, map, 7);
    cr_assert(canvas_finds_text(&canvas, "soft-reserved       64 KiB"));
    canvas_free(&canvas);
    canvas = draw(&screen, &small, SCREEN_BGRX, map, 19);
    cr_assert(canvas_finds_text(&canvas, "soft-reserved        64K"));
    canvas_free(&canvas);
    canvas = draw(&screen, &small, SCREEN_BGRX, map, 22);
    cr_assert(canvas_finds_text(&canvas, "soft-reserved     "));
    cr_assert_not(canvas_finds_text(&canvas, "64K"));
    canvas_free(&canvas);
}

Test(screen_map_picture, leaves_impossible_regions_out_of_its_totals)
{
    const struct memmap_region beyond[] = {{.end_pfn = UINT64_MAX, .kind = MEMMAP_USABLE}};
    struct memmap_region twice[5000];
    struct screen screen;
    struct canvas canvas = draw(&screen, &large, SCREEN_BGRX, beyond, 1);

    cr_assert(canvas_finds_text(&canvas, "1 region   0 B usable"));
    cr_assert(canvas_finds_text(&canvas, "16E "));
    canvas_free(&canvas);
    for (size_t i = 0; i < 5000; i++)
        twice[i] = (struct memmap_region){.end_pfn = UINT64_C(1) << 52, .kind = MEMMAP_USABLE};
    canvas = draw(&screen, &large, SCREEN_BGRX, twice, 5000);
    cr_assert(canvas_finds_text(&canvas, "5000 regions   16 EiB usable"));
    canvas_free(&canvas);
}

Test(legend_draw, leaves_out_a_column_that_does_not_fit)
{
    struct legend_totals totals = {{[MEMMAP_USABLE] = 1, [MEMMAP_RESERVED] = 1}};
    struct legend_place place = {.x = 8, .y = 0, .width = 19 * 8, .line_height = 13, .lines = 1};
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 640, 13, 0, SCREEN_BGRX);

    screen_clear(&screen);
    legend_draw(&screen, &totals, &place);
    cr_assert(canvas_has_text(&canvas, 24, 0, "usable     "));
    cr_assert_not(canvas_finds_text(&canvas, "reserved"));
    place.width = 20 * 8;
    legend_draw(&screen, &totals, &place);
    cr_assert(canvas_has_text(&canvas, 24, 0, "usable"));
    cr_assert(canvas_has_text(&canvas, 24 + 80, 0, "reserved"));
    canvas_free(&canvas);
}

Test(screen_map_picture, draws_nothing_on_a_screen_too_small)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 320, 200, 1, SCREEN_BGRX);

    screen_map_picture(&screen, plain, 7);
    cr_assert(canvas_rows_are_junk(&canvas, 0, 200));
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_map_picture, stays_inside_on_maps_that_are_no_maps)
{
    uint64_t seed = 0x2545f4914f6cdd1d;

    for (unsigned round = 0; round < 40; round++) {
        uint64_t begin = seed;
        struct memmap_region map[200];
        size_t count = random_next(&seed) % 200;
        struct rows rows = {320 + random_next(&seed) % 1600, 200 + random_next(&seed) % 900,
                            {0}, 0, 0};
        struct screen screen;
        struct canvas canvas;

        for (size_t i = 0; i < count; i++)
            map[i] = (struct memmap_region){
                .first_pfn = random_next(&seed) >> (random_next(&seed) % 64),
                .end_pfn = random_next(&seed) >> (random_next(&seed) % 64),
                .kind = (uint8_t)(random_next(&seed) % 4 ? random_next(&seed) % 22
                                                         : random_next(&seed)),
            };
        cr_log_info("seed %#lx", (unsigned long)begin);
        canvas = draw(&screen, &rows, round % 2, map, count);
        canvas_free(&canvas);
    }
}
