/* SPDX-License-Identifier: MIT */
/* The legend of the map's picture; see legend.h. Widths are in characters here. */
#include "screen/legend.h"

#include "screen/palette.h"
#include "text/text.h"

#define SWATCH_CHARS 2u /* the swatch and the blank behind it */
#define SIZE_BYTES   16u
#define SIZE_INK     UINT32_C(0x8b98a8)

/* How much room the totals get, the best first. */
enum size_style {
    SIZES_LONG = 0,  /* "50.7 MiB" */
    SIZES_SHORT = 1, /* "50.7M" */
    SIZES_NONE = 2,
};

/* The kinds that occur, and how they are set. */
struct legend {
    const struct legend_totals *totals;
    uint32_t kinds[MEMMAP_KIND_COUNT + 1];
    uint32_t count;
    uint32_t lines; /* entries a column */
    enum size_style style;
};

/* Widths of a column's two parts. */
struct column {
    uint32_t name, size;
};

static uint32_t length_of(const char *string)
{
    uint32_t length = 0;

    while (string[length] != '\0')
        length++;
    return length;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static void format_size(char size[SIZE_BYTES], const struct legend *legend, uint32_t kind)
{
    struct text text;
    size_t blank = 0;

    text_init(&text, size, SIZE_BYTES);
    if (legend->style == SIZES_NONE)
        return;
    text_size(&text, legend->totals->page_counts[kind], 0);
    while (size[blank] != '\0' && size[blank] != ' ')
        blank++;
    if (legend->style == SIZES_SHORT && size[blank] == ' ') {
        size[blank] = size[blank + 1];
        size[blank + 1] = '\0';
    }
}

/* Blanks between a name and its size; between two columns it is one more. */
static uint32_t gap_of(const struct legend *legend)
{
    return legend->style == SIZES_LONG ? 2 : 1;
}

static struct column column_from(const struct legend *legend, uint32_t first)
{
    struct column column = {0, 0};

    for (uint32_t i = first; i < legend->count && i < first + legend->lines; i++) {
        char size[SIZE_BYTES];

        column.name =
            larger(column.name, length_of(memmap_kind_name((enum memmap_kind)legend->kinds[i])));
        format_size(size, legend, legend->kinds[i]);
        if (size[0] != '\0')
            column.size = larger(column.size, gap_of(legend) + length_of(size));
    }
    return column;
}

static uint32_t width_of_all(const struct legend *legend)
{
    uint32_t width = 0;

    for (uint32_t first = 0; first < legend->count; first += legend->lines) {
        struct column column = column_from(legend, first);

        width += (first == 0 ? 0 : 1 + gap_of(legend)) + SWATCH_CHARS + column.name + column.size;
    }
    return width;
}

static void draw_entry(struct screen *screen, const struct legend *legend, uint32_t index,
                       struct column column, uint32_t x, uint32_t y)
{
    enum memmap_kind kind = (enum memmap_kind)legend->kinds[index];
    uint32_t cell = screen_cell_width(screen);
    uint32_t unit = screen->scale;
    char size[SIZE_BYTES];

    screen_fill(screen, x, y + 2 * unit, 10 * unit, 9 * unit, screen_kind_colour(kind));
    x += SWATCH_CHARS * cell;
    screen_label(screen, x, y, memmap_kind_name(kind), screen->ink, screen->paper);
    format_size(size, legend, kind);
    x += (column.name + column.size - length_of(size)) * cell;
    screen_label(screen, x, y, size, SIZE_INK, screen->paper);
}

static void draw_columns(struct screen *screen, const struct legend *legend,
                         const struct legend_place *place)
{
    uint32_t cell = screen_cell_width(screen);
    uint32_t x = place->x;

    for (uint32_t first = 0; first < legend->count; first += legend->lines) {
        struct column column = column_from(legend, first);
        uint32_t width = (SWATCH_CHARS + column.name + column.size) * cell;

        if (x + width > place->x + place->width)
            return;
        for (uint32_t line = 0; line < legend->lines && first + line < legend->count; line++)
            draw_entry(screen, legend, first + line, column, x,
                       place->y + line * place->line_height);
        x += width + (1 + gap_of(legend)) * cell;
    }
}

void legend_draw(struct screen *screen, const struct legend_totals *totals,
                 const struct legend_place *place)
{
    struct legend legend = {.totals = totals, .lines = place->lines};
    uint32_t width = place->width / screen_cell_width(screen);

    for (uint32_t kind = 0; kind <= MEMMAP_KIND_COUNT; kind++)
        if (totals->page_counts[kind] != 0)
            legend.kinds[legend.count++] = kind;
    while (width_of_all(&legend) > width && legend.style != SIZES_NONE)
        legend.style++;
    draw_columns(screen, &legend, place);
}
