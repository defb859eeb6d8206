/* SPDX-License-Identifier: MIT */
/* Shapes, pixels, labels and the text cursor. */
#include "unit/test_screen.h"

/* 640 x 39: 80 columns, no margin, 3 lines of 13 rows. */
static struct canvas three_lines(struct screen *screen)
{
    return canvas_make(screen, 640, 39, 5, SCREEN_BGRX);
}

static void write_text(struct screen *screen, const char *text)
{
    screen_write(screen, text, strlen(text));
}

#define LINE_IS(row, text)                                                             \
    cr_assert(canvas_has_text(&canvas, 0, 13 * (row), text "   "), "line %d is not '%s'", \
              (int)(row), text)

Test(screen_init, refuses_impossible_shapes)
{
    static uint32_t pixels[64 * 64];
    volatile uint32_t *odd = (volatile uint32_t *)((uintptr_t)pixels + 2);
    const struct {
        const char *name;
        volatile uint32_t *pixels;
        uint64_t size_bytes;
        uint32_t width, height, stride, format;
    } rows[] = {
        {"no pixels", NULL, 16384, 64, 64, 64, 0},
        {"a pointer between two pixels", odd, 16384, 64, 63, 64, 0},
        {"no width", pixels, 16384, 0, 64, 64, 0},
        {"no height", pixels, 16384, 64, 0, 64, 0},
        {"a stride below the width", pixels, 16384, 64, 64, 63, 0},
        {"one byte too few", pixels, 16383, 64, 64, 64, 0},
        {"a stride that needs more bytes", pixels, 16384, 64, 64, 65, 0},
        {"too wide", pixels, UINT64_MAX, 16385, 1, 16385, 0},
        {"too high", pixels, UINT64_MAX, 1, 16385, 1, 0},
        {"a product beyond 32 bits", pixels, 16384, 64, 16384, 0x40000000, 0},
        {"an unknown format", pixels, 16384, 64, 64, 64, 2},
    };
    struct screen screen, before;

    memset(&screen, 0x5a, sizeof screen);
    before = screen;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_not(screen_init(&screen, rows[i].pixels, rows[i].size_bytes, rows[i].width,
                                  rows[i].height, rows[i].stride,
                                  (enum screen_format)rows[i].format),
                      "accepts %s", rows[i].name);
        cr_assert_eq(memcmp(&screen, &before, sizeof screen), 0, "changed by %s", rows[i].name);
    }
    cr_assert(screen_init(&screen, pixels, 16384, 64, 64, 64, SCREEN_RGBX));
}

Test(screen_init, chooses_scale_margin_and_leading_by_the_shape)
{
    const struct {
        uint32_t width, height, scale, cell_width, cell_height, columns, rows;
    } rows[] = {
        {640, 480, 1, 8, 13, 80, 36},     {800, 600, 1, 8, 15, 98, 40},
        {1024, 768, 1, 8, 15, 126, 51},   {1599, 900, 1, 8, 15, 197, 60},
        {1600, 900, 2, 16, 26, 98, 34},   {1920, 1080, 2, 16, 26, 118, 41},
        {1920, 1200, 2, 16, 30, 118, 40}, {3199, 1800, 2, 16, 30, 197, 60},
        {3200, 1800, 3, 24, 45, 131, 40}, {7, 12, 1, 8, 13, 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct screen screen;
        struct canvas canvas =
            canvas_make(&screen, rows[i].width, rows[i].height, 0, SCREEN_RGBX);

        cr_assert_eq(screen.scale, rows[i].scale, "scale of %u", rows[i].width);
        cr_assert_eq(screen_cell_width(&screen), rows[i].cell_width);
        cr_assert_eq(screen_cell_height(&screen), rows[i].cell_height);
        cr_assert_eq(screen.columns, rows[i].columns, "columns of %u", rows[i].width);
        cr_assert_eq(screen.rows, rows[i].rows, "rows of %u", rows[i].height);
        canvas_free(&canvas);
    }
}

/* The letter g, as the X11 font draws it. */
static const char letter_g[13][9] = {
    "........",
    "........",
    "........",
    "........",
    "........",
    "..###.#.",
    ".#...#..",
    ".#...#..",
    "..###...",
    ".#......",
    "..####..",
    ".#....#.",
    "..####..",
};

Test(screen_label, draws_a_letter_in_both_formats)
{
    for (unsigned format = 0; format < 2; format++) {
        uint32_t ink_word = format == SCREEN_RGBX ? 0x332211 : 0x112233;
        uint32_t paper_word = format == SCREEN_RGBX ? 0xddeeff : 0xffeedd;
        struct screen screen;
        struct canvas canvas = canvas_make(&screen, 20, 20, 3, (enum screen_format)format);

        screen_label(&screen, 5, 4, "g", 0x112233, 0xffeedd);
        for (uint32_t y = 0; y < 20; y++)
            for (uint32_t x = 0; x < 20; x++) {
                bool inside = x >= 5 && x < 13 && y >= 4 && y < 17;
                uint32_t word = !inside                          ? JUNK
                                : letter_g[y - 4][x - 5] == '#' ? ink_word
                                                                 : paper_word;
                cr_assert_eq(canvas.pixels[y * canvas.stride + x], word, "at %u, %u", x, y);
            }
        cr_assert(canvas_outside_is_untouched(&canvas));
        canvas_free(&canvas);
    }
}

Test(screen_label, draws_each_font_pixel_as_a_square_at_scale_2)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 1600, 30, 1, SCREEN_BGRX);

    screen_label(&screen, 1, 2, "g", 0xffffff, 0x000000);
    for (uint32_t y = 0; y < 26; y++)
        for (uint32_t x = 0; x < 16; x++)
            cr_assert_eq(canvas_colour(&canvas, 1 + x, 2 + y),
                         letter_g[y / 2][x / 2] == '#' ? 0xffffffu : 0u, "at %u, %u", x, y);
    cr_assert_eq(canvas_colour(&canvas, 17, 2), JUNK);
    cr_assert_eq(canvas_colour(&canvas, 1, 28), JUNK);
    canvas_free(&canvas);
}

Test(screen_label, is_clipped_at_the_right_and_lower_ends)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 20, 20, 7, SCREEN_BGRX);

    screen_label(&screen, 15, 12, "gg", 0xffffff, 0x000000);
    for (uint32_t y = 12; y < 20; y++)
        for (uint32_t x = 15; x < 20; x++)
            cr_assert_eq(canvas_colour(&canvas, x, y),
                         letter_g[y - 12][x - 15] == '#' ? 0xffffffu : 0u);
    cr_assert_eq(canvas_colour(&canvas, 14, 12), JUNK);
    screen_label(&screen, 20, 0, "outside", 0, 0);
    screen_label(&screen, 0, 20, "outside", 0, 0);
    screen_label(&screen, UINT32_MAX, UINT32_MAX, "outside", 0, 0);
    cr_assert_eq(canvas_colour(&canvas, 0, 0), JUNK);
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_fill, is_clipped)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 10, 6, 2, SCREEN_RGBX);

    screen_fill(&screen, 10, 0, 5, 5, 0x123456);
    screen_fill(&screen, 0, 6, 5, 5, 0x123456);
    screen_fill(&screen, 3, 3, 0, UINT32_MAX, 0x123456);
    cr_assert(canvas_rows_are_junk(&canvas, 0, 6));
    screen_fill(&screen, 7, 4, UINT32_MAX, UINT32_MAX, 0x123456);
    for (uint32_t y = 0; y < 6; y++)
        for (uint32_t x = 0; x < 10; x++)
            cr_assert_eq(canvas_colour(&canvas, x, y), x >= 7 && y >= 4 ? 0x123456 : JUNK);
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_clear, fills_the_screen_and_nothing_else)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 33, 21, 4, SCREEN_RGBX);

    screen.paper = 0x102030;
    screen_clear(&screen);
    for (uint32_t y = 0; y < 21; y++)
        for (uint32_t x = 0; x < 33; x++)
            cr_assert_eq(canvas_colour(&canvas, x, y), 0x102030);
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_write, knows_new_lines_tabs_returns_and_boxes)
{
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    screen_clear(&screen);
    write_text(&screen, "a\tb\n12345678\tc\nold\rnew \x01\xff\x7f");
    LINE_IS(0, "a       b");
    LINE_IS(1, "12345678        c");
    LINE_IS(2, "new \x01\xff\x7f");
    cr_assert_eq(memcmp(font_8x13_glyph(0x01), font_8x13_glyph(0xff), FONT_HEIGHT), 0);
    cr_assert_neq(memcmp(font_8x13_glyph(0x7f), font_8x13_glyph(' '), FONT_HEIGHT), 0);
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_write, wraps_a_long_line_only_when_a_byte_follows)
{
    char line[81];
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    memset(line, 'x', 80);
    line[80] = '\0';
    screen_clear(&screen);
    write_text(&screen, line);
    write_text(&screen, "\n"); /* no empty line between */
    write_text(&screen, line);
    write_text(&screen, "y");
    cr_assert(canvas_has_text(&canvas, 0, 0, line));
    cr_assert(canvas_has_text(&canvas, 0, 13, line));
    LINE_IS(2, "y");
    canvas_free(&canvas);
}

/*
 *   line 0   one        four
 *   line 1   two   ->   (blank)
 *   line 2   three      three
 */
Test(screen_write, starts_again_at_the_top_and_leaves_the_next_line_blank)
{
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    screen_clear(&screen);
    write_text(&screen, "one\ntwo\nthree\nfour");
    LINE_IS(0, "four");
    LINE_IS(1, "     ");
    LINE_IS(2, "three");
    write_text(&screen, "\nfive\nsix\nseven");
    LINE_IS(0, "seven");
    LINE_IS(1, "     ");
    LINE_IS(2, "six");
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_write, keeps_a_text_that_just_fits)
{
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    screen_clear(&screen);
    write_text(&screen, "one\ntwo\nthree\n");
    LINE_IS(0, "one");
    LINE_IS(1, "two");
    LINE_IS(2, "three");
    write_text(&screen, "\n"); /* an empty line at the top; the cursor is on line 1 */
    LINE_IS(0, "     ");
    LINE_IS(1, "     ");
    LINE_IS(2, "     ");
    canvas_free(&canvas);
}

Test(screen_write, clears_its_lines_on_a_screen_that_was_never_cleared)
{
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    write_text(&screen, "one");
    LINE_IS(0, "one");
    LINE_IS(1, "     ");
    cr_assert(canvas_rows_are_junk(&canvas, 26, 39));
    write_text(&screen, "\ntwo");
    LINE_IS(2, "     ");
    cr_assert(canvas_outside_is_untouched(&canvas));
    canvas_free(&canvas);
}

Test(screen_write, clears_no_line_that_is_still_blank)
{
    struct screen screen;
    struct canvas canvas = three_lines(&screen);

    screen_clear(&screen);
    screen_fill(&screen, 600, 30, 1, 1, 0x123456); /* on line 2 */
    write_text(&screen, "one\ntwo\n");
    cr_assert_eq(canvas_colour(&canvas, 600, 30), 0x123456);
    canvas_free(&canvas);
}

Test(screen_reserve_top, keeps_text_out_of_the_upper_rows)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 640, 60, 0, SCREEN_BGRX);

    screen_reserve_top(&screen, 20);
    cr_assert_eq(screen.rows, 3);
    write_text(&screen, "1\n2\n3\n4\n5");
    cr_assert(canvas_rows_are_junk(&canvas, 0, 20));
    cr_assert(canvas_rows_are_junk(&canvas, 59, 60));
    cr_assert(canvas_has_text(&canvas, 0, 20, "4"));
    cr_assert(canvas_has_text(&canvas, 0, 33, "5"));
    screen_reserve_top(&screen, 0); /* old pixels below: cleared when reached */
    write_text(&screen, "a\nb");
    cr_assert(canvas_has_text(&canvas, 0, 0, "a    "));
    cr_assert(canvas_has_text(&canvas, 0, 13, "b    "));
    screen_reserve_top(&screen, UINT32_MAX);
    write_text(&screen, "nowhere\n\n\n");
    canvas_free(&canvas);
}

Test(screen_write, does_nothing_on_a_screen_without_room)
{
    struct screen screen;
    struct canvas canvas = canvas_make(&screen, 7, 200, 1, SCREEN_BGRX);

    write_text(&screen, "text\n\t\r\x01");
    cr_assert(canvas_rows_are_junk(&canvas, 0, 200));
    canvas_free(&canvas);
}

static void do_something(struct screen *screen, uint64_t *seed)
{
    static const char text[] = "Some text\nwith lines,\ttabs\r and \x80 boxes, again and again. ";
    uint32_t x = (uint32_t)(random_next(seed) >> (random_next(seed) % 32));
    uint32_t y = (uint32_t)(random_next(seed) >> (random_next(seed) % 32));

    switch (random_next(seed) % 4) {
    case 0:
        screen_fill(screen, x % 100, y % 100, y, x, 0xabcdef);
        break;
    case 1:
        screen_label(screen, x, y % 100, text, 0xffffff, 0);
        break;
    case 2:
        screen_reserve_top(screen, y % 150);
        break;
    default:
        screen_write(screen, text, x % sizeof text);
        break;
    }
}

Test(screen, draws_nothing_outside_its_pixels_whatever_is_asked)
{
    uint64_t seed = 0x9e3779b97f4a7c15;

    for (unsigned round = 0; round < 300; round++) {
        uint64_t begin = seed;
        uint32_t width = 1 + random_next(&seed) % 120, height = 1 + random_next(&seed) % 120;
        struct screen screen;
        struct canvas canvas;

        if (round % 50 == 0)
            width += 1600;
        canvas = canvas_make(&screen, width, height, random_next(&seed) % 4,
                             (enum screen_format)(round % 2));
        for (unsigned i = 0; i < 40; i++)
            do_something(&screen, &seed);
        cr_assert(canvas_outside_is_untouched(&canvas), "seed %#lx", (unsigned long)begin);
        canvas_free(&canvas);
    }
}
