/* SPDX-License-Identifier: MIT */
/*
 * memmap plot: the address space as SVG. Views from far to near: everything with holes compressed,
 * the first megabyte to scale, up to 4 GiB, above, and the busiest 64 MiB. The arithmetic of strips
 * and labels is common/screen's. Each piece carries its facts as <title>; letters stand on the
 * pieces that are wide enough, so that a print without colour can be read.
 */
#include <inttypes.h>

#include "command.h"
#include "result.h"
#include "screen/axis.h"
#include "screen/palette.h"
#include "screen/strip.h"
#include "text/text.h"

enum {
    PAGE_WIDTH = 1040, /* all in user units, which are pixels at scale 1 */
    MARGIN = 40,
    STRIP_WIDTH = PAGE_WIDTH - 2 * MARGIN,
    STRIP_HEIGHT = 44,
    VIEW_HEIGHT = 112,
    HEAD_HEIGHT = 70,
    LEGEND_ROW = 22,
    LEGEND_COLUMNS = 3,
    LETTER_ROOM = 22, /* a piece as wide carries its letters */
    CELL_WIDTH = 7,   /* of an address label's character */
    VIEWS_MOST = 5,
};

#define MIB_PFN  UINT64_C(0x100)
#define GIB4_PFN UINT64_C(0x100000)
#define WINDOW_PAGES UINT64_C(0x4000) /* 64 MiB */

static const char letters[MEMMAP_KIND_COUNT][3] = {
    "U", "L", "B", "A", "UA", "SR", "P", "K", "M", "BI", "PT",
    "S", "H", "AP", "FT", "N", "RC", "RD", "IO", "R", "FB", "X",
};

struct view {
    const char *title;
    uint64_t first_pfn;
    uint64_t end_pfn;
};

struct plot {
    const struct result *result;
    FILE *to;
    struct view views[VIEWS_MOST];
    unsigned view_count;
};

/* XML's five, and '?' for what may be no UTF-8. */
static void print_escaped(FILE *to, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '&')
            fputs("&amp;", to);
        else if (byte == '<')
            fputs("&lt;", to);
        else if (byte == '>')
            fputs("&gt;", to);
        else if (byte == '"')
            fputs("&quot;", to);
        else
            fputc(byte < 0x20 || byte >= 0x7f ? '?' : byte, to);
    }
}

/* Dark letters on light fills: luminance by Rec. 601. */
static bool is_light(screen_colour_t colour)
{
    return (colour >> 16 & 255) * 299 + (colour >> 8 & 255) * 587 + (colour & 255) * 114 > 140000;
}

/* ---- views -------------------------------------------------------------------------------------- */

static void add_view(struct plot *plot, const char *title, uint64_t first_pfn, uint64_t end_pfn)
{
    if (first_pfn < end_pfn)
        plot->views[plot->view_count++] = (struct view){title, first_pfn, end_pfn};
}

/* The window of 64 MiB in which the most regions begin; few regions need no closer look. */
static void add_busiest_view(struct plot *plot)
{
    const struct memmap *map = &plot->result->map;
    size_t best = 0, best_count = 0;

    for (size_t i = 0, j = 0; i < map->count; i++) {
        if (map->regions[i].first_pfn < MIB_PFN)
            continue;
        for (j = j < i ? i : j; j < map->count && map->regions[j].first_pfn -
                                                          map->regions[i].first_pfn <
                                                      WINDOW_PAGES;)
            j++;
        if (j - i > best_count) {
            best_count = j - i;
            best = i;
        }
    }
    if (best_count >= 8) {
        uint64_t first = map->regions[best].first_pfn;
        uint64_t last = map->regions[best + best_count - 1].end_pfn;
        add_view(plot, "the busiest 64 MiB", first,
                 last - first < WINDOW_PAGES ? last : first + WINDOW_PAGES);
    }
}

static void choose_views(struct plot *plot)
{
    const struct memmap *map = &plot->result->map;
    uint64_t end = map->count == 0 ? 0 : map->regions[map->count - 1].end_pfn;

    add_view(plot, "the whole address space, holes compressed", 0, end);
    if (end == 0)
        return;
    if (map->regions[0].first_pfn < MIB_PFN)
        add_view(plot, "the first megabyte, to scale", 0, MIB_PFN);
    if (end > MIB_PFN && map->regions[0].first_pfn < GIB4_PFN)
        add_view(plot, "1 MiB to 4 GiB", MIB_PFN, GIB4_PFN < end ? GIB4_PFN : end);
    if (end > GIB4_PFN)
        add_view(plot, "above 4 GiB", GIB4_PFN, end);
    add_busiest_view(plot);
}

/* ---- pieces --------------------------------------------------------------------------------------- */

static void print_region_title(FILE *to, const struct result *result,
                               const struct memmap_region *region)
{
    fprintf(to, "<title>%s\n", memmap_kind_name((enum memmap_kind)region->kind));
    print_address(to, region->first_pfn);
    fputs(" - ", to);
    print_address(to, region->end_pfn);
    fprintf(to, "\n%s, %" PRIu64 " page%s\n", size_words(memmap_region_page_count(region)),
            memmap_region_page_count(region), memmap_region_page_count(region) == 1 ? "" : "s");
    print_attributes(to, region->attributes);
    if ((region->origin & MEMMAP_ORIGIN_CLAIM) != 0) {
        fputs("\nclaim ", to);
        print_escaped(to, claim_name(result, region->origin));
    } else {
        fprintf(to, "\nentry %" PRIu32, region->origin);
        if (result->input.lines != NULL && result->input.lines[region->origin] != 0)
            fprintf(to, ", line %" PRIu32, result->input.lines[region->origin]);
    }
    fprintf(to, "%s%s</title>", (region->flags & MEMMAP_SHARED) != 0 ? ", others contribute" : "",
            (region->flags & MEMMAP_CONFLICT) != 0 ? ", another kind lost" : "");
}

static void print_hole(FILE *to, const struct strip_piece *piece, unsigned y)
{
    fprintf(to,
            "<rect class=\"hole\" x=\"%" PRIu32 "\" y=\"%u\" width=\"%" PRIu32
            "\" height=\"%d\"><title>hole\n",
            piece->x + MARGIN, y, piece->width, STRIP_HEIGHT);
    print_address(to, piece->first_pfn);
    fputs(" - ", to);
    print_address(to, piece->end_pfn);
    fprintf(to, "\n%s</title></rect>\n", size_words(piece->end_pfn - piece->first_pfn));
}

static void print_piece(struct plot *plot, const struct strip_piece *piece, unsigned y)
{
    size_t index;

    if (piece->width == 0)
        return;
    if (piece->kind == STRIP_HOLE ||
        memmap_find(&plot->result->map, piece->first_pfn, &index) != MEMMAP_OK) {
        print_hole(plot->to, piece, y);
        return;
    }
    fprintf(plot->to,
            "<g><rect class=\"region\" x=\"%" PRIu32 "\" y=\"%u\" width=\"%" PRIu32
            "\" height=\"%d\" fill=\"#%06" PRIx32 "\"/>",
            piece->x + MARGIN, y, piece->width, STRIP_HEIGHT,
            screen_kind_colour((enum memmap_kind)piece->kind));
    if (piece->width >= LETTER_ROOM)
        fprintf(plot->to, "<text class=\"letter\" x=\"%" PRIu32 "\" y=\"%u\" fill=\"%s\">%s</text>",
                piece->x + MARGIN + piece->width / 2, y + STRIP_HEIGHT / 2 + 5,
                is_light(screen_kind_colour((enum memmap_kind)piece->kind)) ? "#000" : "#fff",
                letters[piece->kind]);
    print_region_title(plot->to, plot->result, &plot->result->map.regions[index]);
    fputs("</g>\n", plot->to);
}

static void print_labels(struct plot *plot, const struct strip *strip, unsigned y)
{
    struct axis_label labels[AXIS_MAX_LABELS];
    size_t count = axis_place_labels(strip, CELL_WIDTH, labels);

    for (size_t i = 0; i < count; i++)
        fprintf(plot->to,
                "<path class=\"tick\" d=\"M%" PRIu32 " %uv6\"/>"
                "<text class=\"address\" x=\"%" PRIu32 "\" y=\"%u\">%s</text>\n",
                labels[i].tick + MARGIN, y, labels[i].x + labels[i].width / 2 + MARGIN, y + 19,
                labels[i].text);
}

static void print_view(struct plot *plot, const struct view *view, unsigned y)
{
    const struct memmap *map = &plot->result->map;
    struct strip strip;
    struct strip_walk walk;
    struct strip_piece piece;

    fprintf(plot->to, "<text class=\"view\" x=\"%d\" y=\"%u\">%s</text>\n<g>\n", MARGIN, y + 16,
            view->title);
    strip_measure(&strip, map->regions, map->count, view->first_pfn, view->end_pfn, STRIP_WIDTH, 2);
    strip_walk_begin(&walk, &strip);
    while (strip_walk_next(&walk, &piece))
        print_piece(plot, &piece, y + 26);
    fputs("</g>\n", plot->to);
    print_labels(plot, &strip, y + 26 + STRIP_HEIGHT);
}

/* ---- head and legend -------------------------------------------------------------------------------- */

static void print_head(struct plot *plot, unsigned height)
{
    const struct result *result = plot->result;
    FILE *to = plot->to;

    fprintf(to,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d "
            "%u\" role=\"img\">\n<title>memory map of ",
            PAGE_WIDTH, height, PAGE_WIDTH, height);
    print_escaped(to, result->input.path);
    fputs("</title>\n<defs><pattern id=\"holes\" width=\"6\" height=\"6\" "
          "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0v6\" "
          "stroke=\"#9aa0a6\" stroke-width=\"2\"/></pattern></defs>\n<style>\n"
          "text{font-family:'DejaVu Sans',Verdana,sans-serif;font-size:13px;fill:#1b1f24}\n"
          ".letter,.address{text-anchor:middle}\n.letter{font-size:12px;font-weight:bold}\n"
          ".address{font-size:11px}\n.head{font-size:18px;font-weight:bold}\n"
          ".view{font-weight:bold}\n.region{stroke:#fff;stroke-width:.5}\n"
          ".hole{fill:url(#holes);stroke:#9aa0a6;stroke-width:.5}\n.tick{stroke:#1b1f24}\n"
          ".letter[fill=\"#fff\"]{fill:#fff}\n.letter[fill=\"#000\"]{fill:#000}\n"
          "@media print{.region{stroke:#000}}\n</style>\n"
          "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
          to);
    fprintf(to, "<text class=\"head\" x=\"%d\" y=\"34\">", MARGIN);
    print_escaped(to, result->input.path);
    fprintf(to,
            "</text>\n<text x=\"%d\" y=\"56\">%s, %" PRIu32 " entries, %zu regions, digest "
            "%016" PRIx64 "%016" PRIx64 "</text>\n",
            MARGIN, family_name(result->input.family), result->report.entry_count,
            result->map.count, result->digest[0], result->digest[1]);
}

static unsigned count_kinds(const struct result *result)
{
    unsigned count = 0;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++)
        count += result->report.region_pages[kind] != 0;
    return count;
}

static void print_legend(struct plot *plot, unsigned y)
{
    const struct result *result = plot->result;
    unsigned rows = (count_kinds(result) + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS, at = 0;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        screen_colour_t colour = screen_kind_colour((enum memmap_kind)kind);
        unsigned x = MARGIN + at / rows * (STRIP_WIDTH / LEGEND_COLUMNS);
        unsigned top = y + at % rows * LEGEND_ROW;
        if (result->report.region_pages[kind] == 0)
            continue;
        fprintf(plot->to,
                "<rect class=\"region\" x=\"%u\" y=\"%u\" width=\"28\" height=\"16\" "
                "fill=\"#%06" PRIx32 "\"/><text class=\"letter\" x=\"%u\" y=\"%u\" fill=\"%s\">%s"
                "</text><text x=\"%u\" y=\"%u\">%s, %s</text>\n",
                x, top, colour, x + 14, top + 12, is_light(colour) ? "#000" : "#fff",
                letters[kind], x + 36, top + 13, memmap_kind_name((enum memmap_kind)kind),
                size_words(result->report.region_pages[kind]));
        at++;
    }
}

int command_plot(const struct arguments *arguments)
{
    struct result result;
    struct plot plot = {.result = &result, .to = output()};
    unsigned kinds, height, y = HEAD_HEIGHT;

    result_make(&result, arguments->words[0], &arguments->input);
    choose_views(&plot);
    kinds = count_kinds(&result);
    height = HEAD_HEIGHT + plot.view_count * VIEW_HEIGHT + MARGIN +
             (kinds + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS * LEGEND_ROW;
    print_head(&plot, height);
    for (unsigned i = 0; i < plot.view_count; i++, y += VIEW_HEIGHT)
        print_view(&plot, &plot.views[i], y);
    if (kinds > 0)
        print_legend(&plot, y + 10);
    fputs("</svg>\n", plot.to);
    output_finish(arguments->output_path);
    return input_complain(&result.input) ? STATUS_FINDINGS : STATUS_FINE;
}
