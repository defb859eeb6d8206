/* SPDX-License-Identifier: MIT */
/*
 * memmap show: the map for people: a strip, a table of regions, totals. The strip's arithmetic is
 * common/screen's, with half a character cell for a pixel.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "command.h"
#include "result.h"
#include "screen/palette.h"
#include "screen/strip.h"

enum { STRIP_COLUMNS_LEAST = 40, STRIP_COLUMNS_USUAL = 80, STRIP_COLUMNS_MOST = 240 };

/* Without colour the four shades tell families of kinds apart. */
static const char *shade_of(uint8_t kind)
{
    if (kind == STRIP_HOLE)
        return " ";
    if (kind == MEMMAP_USABLE)
        return "█";
    if (kind <= MEMMAP_PERSISTENT)
        return "▓";
    if (kind <= MEMMAP_FIRMWARE_TABLE)
        return "▒";
    return "░";
}

static unsigned strip_columns(void)
{
    const char *variable = getenv("COLUMNS");
    long columns = variable == NULL ? 0 : strtol(variable, NULL, 10);
    bool is_usable = columns > 0 && columns <= STRIP_COLUMNS_MOST;
    unsigned width = terminal_columns(is_usable ? (unsigned)columns : STRIP_COLUMNS_USUAL);

    if (width < STRIP_COLUMNS_LEAST)
        return STRIP_COLUMNS_LEAST;
    return width > STRIP_COLUMNS_MOST ? STRIP_COLUMNS_MOST : width;
}

/* The kind at each pixel column of the whole map. */
static uint8_t *strip_kinds(const struct memmap *map, unsigned width)
{
    uint8_t *kinds = grab(width, 1);
    struct strip strip;
    struct strip_walk walk;
    struct strip_piece piece;

    for (unsigned x = 0; x < width; x++)
        kinds[x] = STRIP_HOLE;
    if (map->count == 0)
        return kinds;
    strip_measure(&strip, map->regions, map->count, 0, map->regions[map->count - 1].end_pfn, width,
                  1);
    strip_walk_begin(&walk, &strip);
    while (strip_walk_next(&walk, &piece)) {
        for (uint32_t x = piece.x; x < piece.x + piece.width && x < width; x++)
            kinds[x] = piece.kind;
    }
    return kinds;
}

static void set_colour(FILE *to, int layer, uint8_t kind)
{
    screen_colour_t colour = screen_kind_colour((enum memmap_kind)kind);

    if (kind == STRIP_HOLE)
        fprintf(to, "\033[%dm", layer + 1); /* the terminal's own */
    else
        fprintf(to, "\033[%d;2;%u;%u;%um", layer, colour >> 16 & 255, colour >> 8 & 255,
                colour & 255);
}

static void print_strip(FILE *to, const struct memmap *map, bool colour)
{
    unsigned columns = strip_columns();
    uint8_t *kinds = strip_kinds(map, 2 * columns);

    for (unsigned column = 0; column < columns; column++) {
        uint8_t left = kinds[2 * column], right = kinds[2 * column + 1];
        if (!colour) {
            fputs(shade_of(left == STRIP_HOLE ? right : left), to);
        } else if (left == STRIP_HOLE && right == STRIP_HOLE) {
            fputs("\033[0m ", to);
        } else if (left == STRIP_HOLE) {
            fputs("\033[0m", to);
            set_colour(to, 38, right);
            fputs("▐", to);
        } else {
            set_colour(to, 38, left);
            set_colour(to, 48, right);
            fputs("▌", to);
        }
    }
    fputs(colour ? "\033[0m\n" : "\n", to);
    if (!colour)
        fprintf(to, "█ usable  ▓ usable later  ▒ the loader's%s░ firmware, devices, reserved, bad\n",
                columns < STRIP_COLUMNS_USUAL ? "\n" : "  ");
}

static void print_kind(FILE *to, uint8_t kind, bool colour)
{
    if (colour) {
        set_colour(to, 38, kind);
        fputs("■\033[0m ", to);
    }
    fprintf(to, "%-18s", memmap_kind_name((enum memmap_kind)kind));
}

static void print_row(FILE *to, const struct result *result, const struct memmap_region *region,
                      bool colour)
{
    print_address(to, region->first_pfn);
    fputc('-', to);
    print_address(to, region->end_pfn);
    fprintf(to, " %10s  ", size_words(memmap_region_page_count(region)));
    print_kind(to, region->kind, colour);
    fputs((region->origin & MEMMAP_ORIGIN_CLAIM) != 0 ? "  claim " : "  entry ", to);
    print_origin(to, result, region->origin);
    fputs((region->flags & MEMMAP_SHARED) != 0 ? "+" : "", to);
    fputs((region->flags & MEMMAP_CONFLICT) != 0 ? "!" : "", to);
    fputs("  ", to);
    print_attributes(to, region->attributes);
    fputc('\n', to);
}

/* In a terminal that has no room for the table: two lines, without attributes. */
static void print_narrow_row(FILE *to, const struct result *result, const struct memmap_region *region)
{
    print_address(to, region->first_pfn);
    fputc('-', to);
    print_address(to, region->end_pfn);
    fprintf(to, "\n  %s %s, ", memmap_kind_name((enum memmap_kind)region->kind),
            size_words(memmap_region_page_count(region)));
    fputs((region->origin & MEMMAP_ORIGIN_CLAIM) != 0 ? "" : "entry ", to);
    print_origin(to, result, region->origin);
    fputs((region->flags & MEMMAP_SHARED) != 0 ? "+" : "", to);
    fputs((region->flags & MEMMAP_CONFLICT) != 0 ? "!\n" : "\n", to);
}

static void print_totals(FILE *to, const struct result *result, bool colour, bool is_narrow)
{
    uint32_t counts[MEMMAP_KIND_COUNT] = {0};

    for (size_t i = 0; i < result->map.count; i++)
        counts[result->map.regions[i].kind]++;
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (counts[kind] == 0)
            continue;
        fputs("  ", to);
        if (is_narrow)
            fputs(memmap_kind_name((enum memmap_kind)kind), to);
        else
            print_kind(to, (uint8_t)kind, colour);
        fprintf(to, " %*s in %" PRIu32 " region%s\n", is_narrow ? 0 : 10,
                size_words(result->report.region_pages[kind]), counts[kind], counts[kind] == 1 ? "" : "s");
    }
}

int command_show(const struct arguments *arguments)
{
    bool colour = arguments->output_path == NULL && wants_colour();
    bool is_narrow = arguments->output_path == NULL && terminal_columns(STRIP_COLUMNS_USUAL) < STRIP_COLUMNS_USUAL;
    struct result result;
    FILE *to = output();

    result_make(&result, arguments->words[0], &arguments->input);
    fprintf(to, "%s: %s, %" PRIu32 " entries, %zu regions\n", result.input.path,
            family_name(result.input.family), result.report.entry_count, result.map.count);
    for (size_t i = 0; i < result.input.note_count; i++)
        fprintf(to, "%s\n", result.input.notes[i]);
    print_strip(to, &result.map, colour);
    for (size_t i = 0; i < result.map.count; i++) {
        if (is_narrow)
            print_narrow_row(to, &result, &result.map.regions[i]);
        else
            print_row(to, &result, &result.map.regions[i], colour);
    }
    print_totals(to, &result, colour, is_narrow);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if (result.report.counts[i] != 0)
            fprintf(to, "  mended: %s, %" PRIu32 " time%s, first in entry %" PRIu32 "\n",
                    memmap_finding_name((enum memmap_finding)i), result.report.counts[i],
                    result.report.counts[i] == 1 ? "" : "s", result.report.firsts[i]);
    }
    output_finish(arguments->output_path);
    return input_complain(&result.input) ? STATUS_FINDINGS : STATUS_FINE;
}
