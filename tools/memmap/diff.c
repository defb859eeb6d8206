/* SPDX-License-Identifier: MIT */
/*
 * memmap diff: what changed between two maps, in people's terms. A region that left its place and
 * one of the same kind, size and attributes that appeared elsewhere are one that moved.
 */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "result.h"

/* A region of one map that the other does not have as it stands. */
struct orphan {
    const struct memmap_region *region;
    bool is_matched;
};

static bool same_region(const struct memmap_region *a, const struct memmap_region *b)
{
    return a->first_pfn == b->first_pfn && a->end_pfn == b->end_pfn && a->kind == b->kind &&
           a->attributes == b->attributes;
}

/* Both maps are sorted: one walk. */
static size_t list_orphans(const struct memmap *map, const struct memmap *other,
                           struct orphan *orphans)
{
    size_t count = 0, j = 0;

    for (size_t i = 0; i < map->count; i++) {
        while (j < other->count && other->regions[j].first_pfn < map->regions[i].first_pfn)
            j++;
        if (j == other->count || !same_region(&map->regions[i], &other->regions[j]))
            orphans[count++] = (struct orphan){&map->regions[i], false};
    }
    return count;
}

/* Memory that is used piece by piece has no identity: usable runs grow and shrink, they do not move. */
static bool may_move(const struct memmap_region *region)
{
    return region->kind != MEMMAP_USABLE;
}

static void print_range(FILE *to, uint64_t first_pfn, uint64_t end_pfn)
{
    print_address(to, first_pfn);
    fputc('-', to);
    print_address(to, end_pfn);
}

static void print_move(FILE *to, const struct memmap_region *from,
                       const struct memmap_region *where, bool json)
{
    bool up = where->first_pfn > from->first_pfn;
    uint64_t pages = up ? where->first_pfn - from->first_pfn : from->first_pfn - where->first_pfn;

    if (json) {
        fprintf(to, "{\"kind\":\"%s\",\"from\":\"0x%" PRIx64 "\",\"to\":\"0x%" PRIx64
                    "\",\"pages\":%" PRIu64 "}",
                memmap_kind_name((enum memmap_kind)from->kind), byte_of_pfn(from->first_pfn),
                byte_of_pfn(where->first_pfn), memmap_region_page_count(from));
        return;
    }
    fprintf(to, "moved %s of %s: ", memmap_kind_name((enum memmap_kind)from->kind),
            size_words(memmap_region_page_count(from)));
    print_range(to, from->first_pfn, from->end_pfn);
    fputs(" -> ", to);
    print_range(to, where->first_pfn, where->end_pfn);
    fprintf(to, ", %s %s\n", size_words(pages), up ? "up" : "down");
}

enum { MOST_ORPHANS = 4096 }; /* matching is quadratic; beyond, moves are not told */

static size_t print_moves(FILE *to, const struct memmap *a, const struct memmap *b, bool json)
{
    struct orphan *gone = grab(a->count + 1, sizeof *gone);
    struct orphan *come = grab(b->count + 1, sizeof *come);
    size_t gone_count = list_orphans(a, b, gone), come_count = list_orphans(b, a, come), moves = 0;

    if (gone_count > MOST_ORPHANS || come_count > MOST_ORPHANS)
        return 0;
    for (size_t i = 0; i < gone_count; i++) {
        const struct memmap_region *from = gone[i].region;
        for (size_t j = 0; may_move(from) && j < come_count; j++) {
            const struct memmap_region *where = come[j].region;
            if (come[j].is_matched || where->kind != from->kind ||
                where->attributes != from->attributes ||
                memmap_region_page_count(where) != memmap_region_page_count(from))
                continue;
            come[j].is_matched = true;
            fputs(json && moves > 0 ? ",\n " : json ? "\n " : "", to);
            print_move(to, from, where, json);
            moves++;
            break;
        }
    }
    return moves;
}

/* ---- differences in order of addresses ---------------------------------------------------------- */

static void print_attribute_change(FILE *to, uint64_t left, uint64_t right)
{
    if ((right & ~left) != 0) {
        fputs(" +", to);
        print_attributes(to, right & ~left);
    }
    if ((left & ~right) != 0) {
        fputs(" -", to);
        print_attributes(to, left & ~right);
    }
}

static void print_difference(FILE *to, const struct memmap_difference *difference)
{
    const struct memmap_side *left = &difference->left, *right = &difference->right;

    print_range(to, difference->first_pfn, difference->end_pfn);
    fprintf(to, " %s: ", size_words(difference->end_pfn - difference->first_pfn));
    if (left->is_hole) {
        fprintf(to, "appeared as %s", memmap_kind_name(right->kind));
    } else if (right->is_hole) {
        fprintf(to, "vanished, was %s", memmap_kind_name(left->kind));
    } else if (left->kind != right->kind) {
        fprintf(to, "changed from %s to %s", memmap_kind_name(left->kind),
                memmap_kind_name(right->kind));
    } else {
        fprintf(to, "is %s still, attributes", memmap_kind_name(left->kind));
        print_attribute_change(to, left->attributes, right->attributes);
    }
    fputc('\n', to);
}

static void print_side_json(FILE *to, const struct memmap_side *side)
{
    if (side->is_hole) {
        fputs("null", to);
        return;
    }
    fprintf(to, "{\"kind\":\"%s\",\"attributes\":", memmap_kind_name(side->kind));
    print_attributes_json(to, side->attributes);
    fputc('}', to);
}

static void print_difference_json(FILE *to, const struct memmap_difference *difference)
{
    fputs("{\"first\":\"", to);
    print_address(to, difference->first_pfn);
    fputs("\",\"end\":\"", to);
    print_address(to, difference->end_pfn);
    fputs("\",\"a\":", to);
    print_side_json(to, &difference->left);
    fputs(",\"b\":", to);
    print_side_json(to, &difference->right);
    fputc('}', to);
}

static size_t print_differences(FILE *to, const struct memmap *a, const struct memmap *b, bool json)
{
    struct memmap_difference_walk walk;
    struct memmap_difference difference;
    size_t count = 0;

    memmap_difference_begin(&walk, a, b);
    for (; memmap_difference_next(&walk, &difference); count++) {
        if (json) {
            fputs(count == 0 ? "\n " : ",\n ", to);
            print_difference_json(to, &difference);
        } else {
            print_difference(to, &difference);
        }
    }
    return count;
}

static void print_totals(FILE *to, const struct result *a, const struct result *b)
{
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        uint64_t left = a->report.region_pages[kind], right = b->report.region_pages[kind];
        if (left != right)
            fprintf(to, "total %s: %s -> %s, %s %s\n", memmap_kind_name((enum memmap_kind)kind),
                    size_words(left), size_words(right),
                    size_words(left < right ? right - left : left - right),
                    left < right ? "more" : "less");
    }
}

static void print_digest(FILE *to, const struct result *result, bool json)
{
    if (json)
        fprintf(to, "\"%016" PRIx64 "%016" PRIx64 "\"", result->digest[0], result->digest[1]);
    else
        fprintf(to, "digest %016" PRIx64 "%016" PRIx64 " %s\n", result->digest[0],
                result->digest[1], result->input.path);
}

/* Digests alone: of one file. */
static int print_one_digest(const struct arguments *arguments)
{
    struct result result;

    if (!arguments->digest)
        cannot("diff needs two maps, or --digest (try memmap diff --help)");
    result_make(&result, arguments->words[0], &arguments->input);
    fputs(arguments->json ? "{\"digests\":[" : "", output());
    print_digest(output(), &result, arguments->json);
    fputs(arguments->json ? "]}\n" : "", output());
    output_finish(NULL);
    return input_complain(&result.input) ? STATUS_FINDINGS : STATUS_FINE;
}

static void print_json(FILE *to, const struct result *a, const struct result *b)
{
    fprintf(to, "{\"equal\":%s,\"digests\":[", memmap_equal(&a->map, &b->map) ? "true" : "false");
    print_digest(to, a, true);
    fputc(',', to);
    print_digest(to, b, true);
    fputs("],\n\"moved\":[", to);
    print_moves(to, &a->map, &b->map, true);
    fputs("],\n\"differences\":[", to);
    print_differences(to, &a->map, &b->map, true);
    fputs("]}\n", to);
}

static void print_plain(FILE *to, const struct result *a, const struct result *b, bool digest)
{
    if (digest) {
        print_digest(to, a, false);
        print_digest(to, b, false);
    }
    print_moves(to, &a->map, &b->map, false);
    if (print_differences(to, &a->map, &b->map, false) == 0)
        fputs("no difference\n", to);
    print_totals(to, a, b);
}

int command_diff(const struct arguments *arguments)
{
    bool complained;
    struct result a, b;

    if (arguments->word_count == 1)
        return print_one_digest(arguments);
    if (strcmp(arguments->words[0], "-") == 0 && strcmp(arguments->words[1], "-") == 0)
        cannot("diff: only one of the maps can come from stdin");
    result_make(&a, arguments->words[0], &arguments->input);
    result_make(&b, arguments->words[1], &arguments->input);
    if (arguments->json)
        print_json(output(), &a, &b);
    else
        print_plain(output(), &a, &b, arguments->digest);
    output_finish(NULL);
    complained = input_complain(&a.input);
    complained = input_complain(&b.input) || complained;
    return complained || !memmap_equal(&a.map, &b.map) ? STATUS_FINDINGS : STATUS_FINE;
}
