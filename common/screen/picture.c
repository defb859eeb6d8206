/* SPDX-License-Identifier: MIT */
/*
 * The picture of a memory map; see picture.h. strip.c says which columns a piece gets,
 * axis.c where the labels stand, legend.c draws the legend; here all of it becomes pixels.
 *
 *   | Memory map              41 regions   1.9 GiB usable ... |  title
 *   | below 1M  [####|:|##]                                   |  three bands: strip,
 *   |           0      640K 1M                                |    ticks and labels
 *   | ...                                                     |
 *   | # usable 1.9 GiB    # kernel 2 MiB     # mmio 256 MiB   |  legend
 *   |_________________________________________________________|  rule
 */
#include "screen/picture.h"

#include "screen/axis.h"
#include "screen/font_8x13.h"
#include "screen/legend.h"
#include "screen/palette.h"
#include "screen/strip.h"
#include "text/text.h"

#define BAND_COUNT  3u
#define MIN_COLUMNS 80u  /* the title line fits from here on */
#define MIN_HEIGHT  400u /* font pixels */

#define MUTED_INK UINT32_C(0x8b98a8)
#define RULE_INK  UINT32_C(0x2b3442)
#define HATCH_INK UINT32_C(0x333e4d)
#define HOLE      UINT32_C(0x171d26)

#define TICK_HEIGHT  3u  /* font pixels */
#define NAME_COLUMNS 10u /* of a band's name, in characters */

/* What the two densities differ in, in font pixels. */
struct density {
    uint32_t margin, strip, band_gap, legend_pitch;
};

/* Where everything stands, in pixels. */
struct layout {
    uint32_t unit; /* a font pixel: the screen's scale */
    uint32_t left, right, strip_left;
    uint32_t title_top, bands_top, band_pitch, strip_height;
    struct legend_place legend;
    uint32_t height;
};

/* As many lines as a map of 19 kinds needs, with their totals. */
static uint32_t legend_lines(const struct screen *screen)
{
    uint32_t columns = screen->width / screen_cell_width(screen);

    return columns >= 150 ? 4 : columns >= 100 ? 5 : 7;
}

static struct layout layout_of(const struct screen *screen)
{
    static const struct density roomy = {8, 22, 6, 15}, tight = {4, 16, 2, 13};
    uint32_t unit = screen->scale, cell = screen_cell_width(screen), lines = legend_lines(screen);
    bool has_leading = screen_cell_height(screen) > FONT_HEIGHT * unit;
    const struct density *density = has_leading ? &roomy : &tight;
    uint32_t bands_top = density->margin + FONT_HEIGHT + 5;
    uint32_t band_pitch = density->strip + TICK_HEIGHT + FONT_HEIGHT + density->band_gap;
    uint32_t legend_top = bands_top + BAND_COUNT * band_pitch + density->band_gap / 2;
    uint32_t height = legend_top + lines * density->legend_pitch + 13; /* the rule is in the 13 */

    return (struct layout){
        .unit = unit,
        .left = cell,
        .right = screen->width - cell,
        .strip_left = cell + NAME_COLUMNS * cell,
        .title_top = density->margin * unit,
        .bands_top = bands_top * unit,
        .band_pitch = band_pitch * unit,
        .strip_height = density->strip * unit,
        .legend = {.x = cell,
                   .y = legend_top * unit,
                   .width = screen->width - 2 * cell,
                   .line_height = density->legend_pitch * unit,
                   .lines = lines},
        .height = height * unit,
    };
}

/* Diagonal lines of `ink`, one block of the scale in four, over what is there. */
static void draw_hatch(struct screen *screen, uint32_t x, uint32_t y, uint32_t width,
                       uint32_t height, screen_colour_t ink)
{
    uint32_t unit = screen->scale, period = 4 * unit;

    for (uint32_t down = 0; down < height; down += unit)
        for (uint32_t right = (period - down % period) % period; right < width; right += period)
            screen_fill(screen, x + right, y + down,
                        width - right < unit ? width - right : unit, unit, ink);
}

static void draw_hole(struct screen *screen, const struct layout *layout, uint32_t x, uint32_t y,
                      uint32_t width)
{
    screen_fill(screen, x, y, width, layout->strip_height, HOLE);
    draw_hatch(screen, x, y, width, layout->strip_height, HATCH_INK);
}

static void draw_piece(struct screen *screen, const struct layout *layout,
                       const struct strip_piece *piece, uint32_t y)
{
    uint32_t x = layout->strip_left + piece->x;
    uint32_t width = piece->width;

    if (piece->kind == STRIP_HOLE) {
        draw_hole(screen, layout, x, y, width);
        return;
    }
    if (width > 2 * layout->unit)
        width -= layout->unit; /* a line of paper between the pieces */
    screen_fill(screen, x, y, width, layout->strip_height,
                screen_kind_colour((enum memmap_kind)piece->kind));
    if (piece->kind == MEMMAP_BAD && width >= 8 * layout->unit)
        draw_hatch(screen, x, y, width, layout->strip_height, screen->paper);
}

static void draw_axis(struct screen *screen, const struct layout *layout,
                      const struct strip *strip, uint32_t y)
{
    struct axis_label labels[AXIS_MAX_LABELS];
    size_t count = axis_place_labels(strip, screen_cell_width(screen), labels);

    for (size_t i = 0; i < count; i++) {
        uint32_t tick = layout->strip_left + labels[i].tick;

        if (tick == layout->right)
            tick -= layout->unit; /* the end of the strip: still above its label */
        screen_fill(screen, tick, y, layout->unit, TICK_HEIGHT * layout->unit, MUTED_INK);
        screen_label(screen, layout->strip_left + labels[i].x, y + TICK_HEIGHT * layout->unit,
                     labels[i].text, MUTED_INK, screen->paper);
    }
}

static void draw_band(struct screen *screen, const struct layout *layout,
                      const struct strip *strip, const char *name, uint32_t y)
{
    uint32_t middle = y + (layout->strip_height - FONT_HEIGHT * layout->unit) / 2;
    struct strip_walk walk;
    struct strip_piece piece;

    screen_label(screen, layout->left, middle, name, screen->ink, screen->paper);
    if (strip->kinds == 0)
        draw_hole(screen, layout, layout->strip_left, y, strip->width);
    strip_walk_begin(&walk, strip);
    while (strip_walk_next(&walk, &piece))
        draw_piece(screen, layout, &piece, y);
    draw_axis(screen, layout, strip, y + layout->strip_height);
}

static void draw_bands(struct screen *screen, const struct layout *layout,
                       const struct memmap_region *regions, size_t count)
{
    static const char names[BAND_COUNT][NAME_COLUMNS] = {"below 1M", "1M to 4G", "above 4G"};
    uint64_t bounds[BAND_COUNT + 1] = {0, MIB / PAGE_BYTES, 4 * GIB / PAGE_BYTES, 0};
    struct strip strip;

    bounds[BAND_COUNT] = bounds[BAND_COUNT - 1];
    for (size_t i = 0; i < count; i++)
        if (regions[i].end_pfn > bounds[BAND_COUNT])
            bounds[BAND_COUNT] = regions[i].end_pfn < PFN_END ? regions[i].end_pfn : PFN_END;
    for (uint32_t i = 0; i < BAND_COUNT; i++) {
        strip_measure(&strip, regions, count, bounds[i], bounds[i + 1],
                      layout->right - layout->strip_left, layout->unit);
        draw_band(screen, layout, &strip, names[i], layout->bands_top + i * layout->band_pitch);
    }
}

static void sum_kinds(struct legend_totals *ret_totals, const struct memmap_region *regions,
                      size_t count)
{
    *ret_totals = (struct legend_totals){{0}};
    for (size_t i = 0; i < count; i++) {
        size_t kind = regions[i].kind < MEMMAP_KIND_COUNT ? regions[i].kind : MEMMAP_KIND_COUNT;
        uint64_t *total = &ret_totals->page_counts[kind];

        if (regions[i].end_pfn > PFN_END || regions[i].first_pfn >= regions[i].end_pfn)
            continue;
        *total += memmap_region_page_count(&regions[i]);
        if (*total > PFN_END)
            *total = PFN_END; /* only overlapping regions can come here */
    }
}

static void draw_title(struct screen *screen, const struct layout *layout,
                       const struct legend_totals *totals, size_t count)
{
    const uint64_t *pages = totals->page_counts;
    char buffer[80];
    struct text text;

    screen_label(screen, layout->left, layout->title_top, "Memory map", screen->ink, screen->paper);
    screen_label(screen, layout->left + 13 * screen_cell_width(screen), layout->title_top,
                 "widths above 1M are compressed", MUTED_INK, screen->paper);
    text_init(&text, buffer, sizeof buffer);
    text_format(&text, "%zu region%s   ", count, count == 1 ? "" : "s");
    text_size(&text, pages[MEMMAP_USABLE], 0);
    text_string(&text, " usable");
    screen_label(screen,
                 layout->right - (uint32_t)text.length_bytes * screen_cell_width(screen),
                 layout->title_top, buffer, MUTED_INK, screen->paper);
}

uint32_t screen_map_picture_height(const struct screen *screen)
{
    if (screen->width < MIN_COLUMNS * screen_cell_width(screen) ||
        screen->height < MIN_HEIGHT * screen->scale)
        return 0;
    return layout_of(screen).height;
}

void screen_map_picture(struct screen *screen, const struct memmap_region *regions, size_t count)
{
    struct legend_totals totals;
    struct layout layout;

    if (screen_map_picture_height(screen) == 0)
        return;
    layout = layout_of(screen);
    sum_kinds(&totals, regions, count);
    screen_fill(screen, 0, 0, screen->width, layout.height, screen->paper);
    draw_title(screen, &layout, &totals, count);
    draw_bands(screen, &layout, regions, count);
    legend_draw(screen, &totals, &layout.legend);
    screen_fill(screen, layout.left, layout.height - 7 * layout.unit, layout.right - layout.left,
                layout.unit, RULE_INK);
}
