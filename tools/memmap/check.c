/* SPDX-License-Identifier: MIT */
/*
 * memmap check: what is wrong or odd with a map, entry by entry, and what a loader should do. The
 * engine's report only counts; here every finding names its entries.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "result.h"

#define LISTED_ENTRIES 64u   /* more are counted */
#define LISTED_PAIRS   4096u /* overlapping pairs looked at: a hostile map has a square of them */
#define SMALL_PAGES    16u   /* a fragment: 64 KiB or less */
#define MANY_FRAGMENTS 32u

enum finding_id {
    FIND_DAMAGED, FIND_UNREADABLE, FIND_UNKNOWN_WORD, FIND_EMPTY, FIND_WRAPPING, FIND_MISALIGNED, FIND_BEYOND_WIDTH,
    FIND_NOTHING_LEFT, FIND_DUPLICATE, FIND_OVERLAP, FIND_CONTRADICTION, FIND_SHARED_PAGE,
    FIND_RAM_IN_HOLE, FIND_RUNTIME_LOW, FIND_RUNTIME_TYPE, FIND_RUNTIME_CACHE, FIND_UNKNOWN_TYPE,
    FIND_UNKNOWN_ATTRIBUTE, FIND_NO_USABLE, FIND_FRAGMENTED, FIND_CLAIM,
    NOTE_UNSORTED, NOTE_UNMERGED, NOTE_SILENT, NOTE_PAGE_0, NOTE_LOW_HOLES,
    FIND_COUNT,
    NOTE_FIRST = NOTE_UNSORTED,
};

static const struct {
    const char *name, *what, *advice;
} texts[FIND_COUNT] = {
    [FIND_DAMAGED] = {"damaged", "the file is incomplete or damaged",
                      "trust the entries that were read, and capture again"},
    [FIND_UNREADABLE] = {"unreadable", "lines look like entries and cannot be read",
                         "look at the lines: the map is not complete without them"},
    [FIND_UNKNOWN_WORD] = {"unknown-word", "a type or an attribute that is not known: taken as reserved",
                           "keep it reserved until its meaning is known"},
    [FIND_EMPTY] = {"empty", "no bytes", "skip them, never take 0 - 1 for an end"},
    [FIND_WRAPPING] = {"wrapping", "end beyond 2^64",
                       "drop them; nothing can lie there, and their start is not to be trusted"},
    [FIND_MISALIGNED] = {"misaligned", "begin or end inside a page",
                         "round usable memory inwards and everything else outwards"},
    [FIND_BEYOND_WIDTH] = {"beyond-width", "reach beyond the physical address width",
                           "clip them; page tables cannot point there"},
    [FIND_NOTHING_LEFT] = {"nothing-left", "no entry is left: all are empty, or none lies inside the address width",
                           "check the descriptor size: the list was read at a wrong stride or "
                           "layout"},
    [FIND_DUPLICATE] = {"duplicate", "say exactly what another entry says", "take them once"},
    [FIND_OVERLAP] = {"overlap", "cover pages of another entry of the same kind",
                      "count the pages once: do not free them twice"},
    [FIND_CONTRADICTION] = {"contradiction", "cover pages of an entry of another kind",
                            "let the safer kind win, page by page"},
    [FIND_SHARED_PAGE] = {"shared-page", "share a page with a neighbour that begins inside it",
                          "give the page to the safer kind, never to the allocator"},
    [FIND_RAM_IN_HOLE] = {"ram-in-hole", "RAM inside 640 KiB to 1 MiB, where video and ROMs are",
                          "leave it alone: removed by most kernels"},
    [FIND_RUNTIME_LOW] = {"runtime-low", "runtime services below 1 MiB",
                          "keep real-mode trampolines away from it, and map it for the services"},
    [FIND_RUNTIME_TYPE] = {"runtime-type", "boot-time or free memory that carries RUNTIME",
                           "treat it as runtime data: the firmware still uses it"},
    [FIND_RUNTIME_CACHE] = {"runtime-cache", "runtime memory without any cacheability",
                            "map it uncached before calling a runtime service"},
    [FIND_UNKNOWN_TYPE] = {"unknown-type", "a type that the format does not define",
                           "reserve it"},
    [FIND_UNKNOWN_ATTRIBUTE] = {"unknown-attribute", "attribute bits that are not defined",
                                "hand them on, and do not rely on their meaning"},
    [FIND_NO_USABLE] = {"no-usable", "no usable memory at all",
                        "before the exit: free boot services memory counts later; after it: stop"},
    [FIND_FRAGMENTED] = {"fragmented", "pieces of RAM of 64 KiB or less",
                         "make room for many regions; a 2 MiB run may be hard to find low"},
    [FIND_CLAIM] = {"claim-lost", "a page that the loader allocated is not the loader's",
                    "stop: the firmware gave it away"},
    [NOTE_UNSORTED] = {"unsorted", "not in order of addresses", "sort before walking"},
    [NOTE_UNMERGED] = {"unmerged", "adjoin an entry that says the same", "merge them"},
    [NOTE_SILENT] = {"no-attributes", "the attribute words of all memory are 0",
                     "take write-back as given"},
    [NOTE_PAGE_0] = {"page-0", "page 0 is called usable", "never hand it out"},
    [NOTE_LOW_HOLES] = {"low-holes", "bytes below 1 MiB are not described",
                        "take them for reserved"},
};

struct finding {
    uint64_t count;
    uint32_t entries[LISTED_ENTRIES]; /* indexes; where has_lines, line numbers */
    uint32_t listed;
};

struct check {
    const struct result *result;
    struct finding findings[FIND_COUNT];
};

static void found(struct check *check, enum finding_id id, uint32_t entry)
{
    struct finding *finding = &check->findings[id];

    for (uint32_t i = 0; i < finding->listed; i++) {
        if (finding->entries[i] == entry)
            return;
    }
    finding->count++;
    if (finding->listed < LISTED_ENTRIES)
        finding->entries[finding->listed++] = entry;
}

/* A finding about the whole map. */
static void found_at_all(struct check *check, enum finding_id id)
{
    check->findings[id].count++;
}

/* ---- one entry by itself ------------------------------------------------------------------------- */

static bool is_ram(enum memmap_kind kind)
{
    return kind <= MEMMAP_BOOT_RECLAIMABLE;
}

static bool is_uefi(const struct check *check)
{
    return check->result->engine.source.format == MEMMAP_FORMAT_UEFI;
}

static bool type_is_defined(enum memmap_format format, uint32_t type)
{
    switch (format) {
    case MEMMAP_FORMAT_UEFI:
        return type < 16 && type != 13;
    case MEMMAP_FORMAT_MULTIBOOT2:
        return type >= 1 && type <= 5;
    case MEMMAP_FORMAT_LIMINE:
        return type <= 8;
    case MEMMAP_FORMAT_BOOTINFO:
        return type < MEMMAP_KIND_COUNT;
    default:
        return (type >= 1 && type <= 5) || type == 7 || type == 12 || type == UINT32_C(0xefffffff);
    }
}

static void check_runtime(struct check *check, uint32_t index, const struct span_of_entry *entry)
{
    uint64_t cache = MEMMAP_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_WB | MEMMAP_UCE;
    uint32_t type = entry->entry.type;
    bool runtime = (entry->entry.attributes & MEMMAP_RUNTIME) != 0;

    if (!is_uefi(check) || entry->is_empty)
        return;
    if ((runtime || type == 5 || type == 6) && entry->entry.base_bytes < MIB)
        found(check, FIND_RUNTIME_LOW, index);
    if (runtime && ((type >= 1 && type <= 4) || type == 7 || type == 9))
        found(check, FIND_RUNTIME_TYPE, index);
    if (runtime && (entry->entry.attributes & cache) == 0)
        found(check, FIND_RUNTIME_CACHE, index);
}

static void check_range(struct check *check, uint32_t index, const struct span_of_entry *entry)
{
    uint64_t width_pfn = UINT64_C(1) << (check->result->engine.physical_bits - 12);

    if (entry->is_empty) {
        found(check, FIND_EMPTY, index);
        return;
    }
    if (entry->is_wrapping) {
        found(check, FIND_WRAPPING, index);
        return;
    }
    if (entry->is_misaligned)
        found(check, FIND_MISALIGNED, index);
    if (entry->stated.end_pfn > width_pfn)
        found(check, FIND_BEYOND_WIDTH, index);
    if (is_ram(entry->entry.kind) && entry->kept.first_pfn < 0x100 && entry->kept.end_pfn > 0xa0)
        found(check, FIND_RAM_IN_HOLE, index);
    if (entry->entry.kind == MEMMAP_USABLE && entry->kept.first_pfn == 0 && entry->kept.end_pfn > 0)
        found(check, NOTE_PAGE_0, index);
    if (is_ram(entry->entry.kind) && entry->stated.end_pfn - entry->stated.first_pfn <= SMALL_PAGES)
        found(check, FIND_FRAGMENTED, index);
}

static void check_entries(struct check *check)
{
    const struct memmap_source *source = &check->result->engine.source;
    uint64_t known = MEMMAP_CAPABILITIES | MEMMAP_RP | MEMMAP_XP | MEMMAP_NV | MEMMAP_RO |
                     MEMMAP_SP | MEMMAP_RUNTIME;
    uint64_t previous_base = 0;

    for (uint32_t i = 0; i < source->count; i++) {
        struct span_of_entry entry;
        result_entry(check->result, i, &entry);
        check_range(check, i, &entry);
        check_runtime(check, i, &entry);
        if (!type_is_defined(source->format, entry.entry.type))
            found(check, FIND_UNKNOWN_TYPE, i);
        if ((entry.entry.attributes & ~known) != 0)
            found(check, FIND_UNKNOWN_ATTRIBUTE, i);
        if (entry.entry.base_bytes < previous_base)
            found(check, NOTE_UNSORTED, i);
        previous_base = entry.entry.base_bytes;
    }
    if (check->findings[FIND_FRAGMENTED].count <= MANY_FRAGMENTS)
        check->findings[FIND_FRAGMENTED] = (struct finding){0};
    if (is_uefi(check) && source->assume_wb && source->count > 0)
        found_at_all(check, NOTE_SILENT);
}

/* ---- pairs of entries -------------------------------------------------------------------------------- */

static bool bytes_intersect(const struct memmap_entry *a, const struct memmap_entry *b)
{
    return a->base_bytes < entry_end(b) && b->base_bytes < entry_end(a);
}

static void check_pair(struct check *check, const struct cover *left, const struct cover *right)
{
    struct memmap_entry a, b;
    enum finding_id id;

    memmap_source_entry(&check->result->engine.source, left->origin, &a);
    memmap_source_entry(&check->result->engine.source, right->origin, &b);
    if (!bytes_intersect(&a, &b))
        id = FIND_SHARED_PAGE;
    else if (a.kind != b.kind)
        id = FIND_CONTRADICTION;
    else if (a.base_bytes == b.base_bytes && a.page_count == b.page_count &&
             a.tail_bytes == b.tail_bytes && a.attributes == b.attributes)
        id = FIND_DUPLICATE;
    else
        id = FIND_OVERLAP;
    found(check, id, left->origin);
    found(check, id, right->origin);
}

static void check_neighbours(struct check *check, const struct cover *left,
                             const struct cover *right)
{
    struct memmap_entry a, b;

    memmap_source_entry(&check->result->engine.source, left->origin, &a);
    memmap_source_entry(&check->result->engine.source, right->origin, &b);
    if (a.type == b.type && a.attributes == b.attributes && left->end_pfn == right->first_pfn)
        found(check, NOTE_UNMERGED, right->origin);
}

static void check_pairs(struct check *check)
{
    uint32_t count = check->result->engine.source.count;
    struct cover *covers = grab(count + (size_t)1, sizeof *covers);
    size_t kept = 0, pairs = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct span_of_entry entry;
        result_entry(check->result, i, &entry);
        if (entry.stated.first_pfn < entry.stated.end_pfn)
            covers[kept++] = entry.stated;
    }
    qsort(covers, kept, sizeof *covers, compare_covers);
    for (size_t i = 0; i < kept; i++) {
        for (size_t j = i + 1; j < kept && covers[j].first_pfn < covers[i].end_pfn; j++) {
            if (++pairs > LISTED_PAIRS)
                return;
            check_pair(check, &covers[i], &covers[j]);
        }
        if (i + 1 < kept)
            check_neighbours(check, &covers[i], &covers[i + 1]);
    }
}

/* ---- the whole map --------------------------------------------------------------------------------------- */

static void check_low_holes(struct check *check)
{
    const struct memmap *map = &check->result->map;
    uint64_t covered = 0;

    for (size_t i = 0; i < map->count && map->regions[i].first_pfn < 0x100; i++) {
        uint64_t end = map->regions[i].end_pfn < 0x100 ? map->regions[i].end_pfn : 0x100;
        covered += end - map->regions[i].first_pfn;
    }
    if (covered < 0x100)
        found_at_all(check, NOTE_LOW_HOLES);
}

static void check_whole(struct check *check)
{
    const struct result *result = check->result;

    if (result->input.defect != NULL)
        found_at_all(check, FIND_DAMAGED);
    for (size_t i = 0; i < result->input.unreadables.count; i++) {
        const struct unreadable *item = &result->input.unreadables.items[i];
        found(check, item->is_reserved ? FIND_UNKNOWN_WORD : FIND_UNREADABLE, item->line);
    }
    if (result->map.count == 0 && result->engine.source.count > 0)
        found_at_all(check, FIND_NOTHING_LEFT);
    else if (result->report.region_pages[MEMMAP_USABLE] == 0)
        found_at_all(check, FIND_NO_USABLE);
    if (result->claim_status != MEMMAP_OK)
        found_at_all(check, FIND_CLAIM);
    if (result->map.count > 0)
        check_low_holes(check);
}

/* ---- printing ---------------------------------------------------------------------------------------------- */

static bool has_lines(enum finding_id id)
{
    return id == FIND_UNREADABLE || id == FIND_UNKNOWN_WORD;
}

/* "1, 3-5, 9, ...": the finding's indexes, those in a row as a range. */
static const char *list_words(const struct finding *finding)
{
    const char *words = "";
    uint32_t end;

    for (uint32_t i = 0; i < finding->listed; i = end) {
        for (end = i + 1; end < finding->listed && finding->entries[end] == finding->entries[end - 1] + 1;)
            end++;
        end = end - i == 2 ? i + 1 : end; /* two are no range */
        words = grab_text("%s%s%" PRIu32, words, i == 0 ? "" : ", ", finding->entries[i]);
        if (end - i > 1)
            words = grab_text("%s-%" PRIu32, words, finding->entries[end - 1]);
    }
    return finding->count > finding->listed ? grab_text("%s, ...", words) : words;
}

static void print_finding(FILE *to, enum finding_id id, const struct finding *finding)
{
    unsigned width = terminal_columns(UINT_MAX);

    fprintf(to, "%s%s: ", id >= NOTE_FIRST ? "note " : "", texts[id].name);
    if (finding->listed > 0)
        fprintf(to, "%" PRIu64 " %s: ", finding->count,
                has_lines(id) ? (finding->count == 1 ? "line" : "lines")
                              : (finding->count == 1 ? "entry" : "entries"));
    fprintf(to, "%s\n", texts[id].what);
    if (finding->listed > 0)
        print_paragraph(to, 2, width, has_lines(id) ? "lines" : "entries", list_words(finding));
    print_paragraph(to, 2, width, "do:", texts[id].advice);
}

static void print_finding_json(FILE *to, enum finding_id id, const struct finding *finding)
{
    fprintf(to, "{\"id\":\"%s\",\"note\":%s,\"count\":%" PRIu64 ",\"%s\":[", texts[id].name,
            id >= NOTE_FIRST ? "true" : "false", finding->count,
            has_lines(id) ? "lines" : "entries");
    for (uint32_t i = 0; i < finding->listed; i++)
        fprintf(to, "%s%" PRIu32, i == 0 ? "" : ",", finding->entries[i]);
    fputs("],\"what\":", to);
    print_json_text(to, texts[id].what);
    fputs(",\"do\":", to);
    print_json_text(to, texts[id].advice);
    fputc('}', to);
}

int command_check(const struct arguments *arguments)
{
    struct check *check = grab(1, sizeof *check);
    struct result result;
    const char *comma = "";
    bool any = false;

    result_make(&result, arguments->words[0], &arguments->input);
    check->result = &result;
    check_entries(check);
    check_pairs(check);
    check_whole(check);
    fputs(arguments->json ? "{\"findings\":[" : "", output());
    for (unsigned id = 0; id < FIND_COUNT; id++) {
        if (check->findings[id].count == 0)
            continue;
        any = any || id < NOTE_FIRST;
        if (arguments->json) {
            fprintf(output(), "%s\n ", comma);
            print_finding_json(output(), (enum finding_id)id, &check->findings[id]);
            comma = ",";
        } else {
            print_finding(output(), (enum finding_id)id, &check->findings[id]);
        }
    }
    fputs(arguments->json ? "]}\n" : any ? "" : "no findings\n", output());
    output_finish(arguments->output_path);
    input_complain(&result.input);
    return any ? STATUS_FINDINGS : STATUS_FINE;
}
