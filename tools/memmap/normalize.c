/* SPDX-License-Identifier: MIT */
/* memmap normalize: the engine's result, for programs: a line a region and a report, or JSON. */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "result.h"

static const char *const size_names[] = {"stated", "claimed", "grown", "lost",
                                         "clipped", "dropped", "output"};
#define SIZE_COUNT (sizeof size_names / sizeof size_names[0])

static void list_sizes(const struct memmap_report *report, struct memmap_size sizes[SIZE_COUNT])
{
    sizes[0] = report->stated;
    sizes[1] = report->claimed;
    sizes[2] = report->grown;
    sizes[3] = report->lost;
    sizes[4] = report->clipped;
    sizes[5] = report->dropped;
    sizes[6] = report->output;
}

/* ---- lines ---------------------------------------------------------------------------------------- */

static void print_region(FILE *to, const struct result *result, const struct memmap_region *region)
{
    size_t count;
    uint32_t *origins = result_origins(result, region, &count);

    print_address(to, region->first_pfn);
    fputc('-', to);
    print_address(to, region->end_pfn);
    fprintf(to, " %s %" PRIu64 " ", memmap_kind_name((enum memmap_kind)region->kind),
            memmap_region_page_count(region));
    print_attributes(to, region->attributes);
    for (size_t i = 0; i < count; i++) {
        fputc(i == 0 ? ' ' : ',', to);
        print_origin(to, result, origins[i]);
    }
    fputc('\n', to);
}

static void print_report(FILE *to, const struct result *result)
{
    const struct memmap_report *report = &result->report;
    struct memmap_size sizes[SIZE_COUNT];

    fprintf(to, "# report entries=%" PRIu32 " claims=%" PRIu32 " regions=%" PRIu32
                " physical_bits=%u balance=%s\n",
            report->entry_count, report->claim_count, report->region_count,
            result->engine.physical_bits, memmap_report_balances(report) ? "0" : "broken");
    list_sizes(report, sizes);
    for (size_t i = 0; i < SIZE_COUNT; i++)
        fprintf(to, "# size %s pages=%" PRIu64 " bytes=%" PRIu64 "\n", size_names[i],
                sizes[i].pages, sizes[i].bytes);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if (report->counts[i] != 0)
            fprintf(to, "# finding %s count=%" PRIu32 " first=%" PRIu32 "\n",
                    memmap_finding_name((enum memmap_finding)i), report->counts[i],
                    report->firsts[i]);
    }
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (report->stated_pages[kind] != 0 || report->region_pages[kind] != 0)
            fprintf(to, "# total %s pages=%" PRIu64 " stated=%" PRIu64 "\n",
                    memmap_kind_name((enum memmap_kind)kind), report->region_pages[kind],
                    report->stated_pages[kind]);
    }
    for (size_t i = 0; i < result->input.unreadables.count; i++)
        fprintf(to, "# unreadable line=%" PRIu32 "\n", result->input.unreadables.items[i].line);
    fprintf(to, "# digest %016" PRIx64 "%016" PRIx64 "\n", result->digest[0], result->digest[1]);
}

/* ---- JSON ------------------------------------------------------------------------------------------- */

/* Bytes of a size that may be 2^64, as a hex string. */
static void print_bytes_json(FILE *to, uint64_t pages, uint64_t bytes)
{
    unsigned __int128 total = (unsigned __int128)pages * PAGE_BYTES + bytes;

    if (total >> 64 != 0)
        fprintf(to, "\"0x%" PRIx64 "%016" PRIx64 "\"", (uint64_t)(total >> 64), (uint64_t)total);
    else
        fprintf(to, "\"0x%" PRIx64 "\"", (uint64_t)total);
}

static void print_origins_json(FILE *to, const struct result *result,
                               const struct memmap_region *region)
{
    size_t count;
    uint32_t *origins = result_origins(result, region, &count);

    fputs("\"origins\":[", to);
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "" : ",", to);
        if ((origins[i] & MEMMAP_ORIGIN_CLAIM) != 0)
            print_json_string(to, claim_name(result, origins[i]),
                              strlen(claim_name(result, origins[i])));
        else
            print_origin(to, result, origins[i]);
    }
    fputc(']', to);
}

static void print_region_json(FILE *to, const struct result *result,
                              const struct memmap_region *region)
{
    fputs("{\"base\":", to);
    print_bytes_json(to, region->first_pfn, 0);
    fputs(",\"size\":", to);
    print_bytes_json(to, memmap_region_page_count(region), 0);
    fprintf(to, ",\"kind\":\"%s\",\"attributes\":",
            memmap_kind_name((enum memmap_kind)region->kind));
    print_attributes_json(to, region->attributes);
    fputc(',', to);
    print_origins_json(to, result, region);
    fputc('}', to);
}

static void print_findings_json(FILE *to, const struct memmap_report *report)
{
    const char *comma = "";

    fputs(",\"findings\":{", to);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++) {
        if (report->counts[i] == 0)
            continue;
        fprintf(to, "%s\"%s\":{\"count\":%" PRIu32 ",\"first\":%" PRIu32 "}", comma,
                memmap_finding_name((enum memmap_finding)i), report->counts[i],
                report->firsts[i]);
        comma = ",";
    }
    fputc('}', to);
}

static void print_report_json(FILE *to, const struct result *result)
{
    const struct memmap_report *report = &result->report;
    struct memmap_size sizes[SIZE_COUNT];

    fprintf(to, "{\"entries\":%" PRIu32 ",\"claims\":%" PRIu32 ",\"regions\":%" PRIu32
                ",\"physical_bits\":%u,\"balanced\":%s",
            report->entry_count, report->claim_count, report->region_count,
            result->engine.physical_bits, memmap_report_balances(report) ? "true" : "false");
    list_sizes(report, sizes);
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        fprintf(to, ",\"%s\":", size_names[i]);
        print_bytes_json(to, sizes[i].pages, sizes[i].bytes);
    }
    print_findings_json(to, report);
    fputs(",\"unreadable\":[", to);
    for (size_t i = 0; i < result->input.unreadables.count; i++) {
        const struct unreadable *item = &result->input.unreadables.items[i];
        fprintf(to, "%s{\"line\":%" PRIu32 ",\"text\":", i == 0 ? "" : ",", item->line);
        print_json_string(to, item->text.at, item->text.length);
        fputc('}', to);
    }
    fprintf(to, "],\"digest\":\"%016" PRIx64 "%016" PRIx64 "\"}", result->digest[0],
            result->digest[1]);
}

static void print_totals_json(FILE *to, const struct memmap_report *report)
{
    const char *comma = "";

    fputs("{", to);
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (report->region_pages[kind] == 0)
            continue;
        fprintf(to, "%s\"%s\":", comma, memmap_kind_name((enum memmap_kind)kind));
        print_bytes_json(to, report->region_pages[kind], 0);
        comma = ",";
    }
    fputc('}', to);
}

void print_result_json(FILE *to, const struct result *result)
{
    fputs("{\"regions\":[", to);
    for (size_t i = 0; i < result->map.count; i++) {
        fputs(i == 0 ? "\n " : ",\n ", to);
        print_region_json(to, result, &result->map.regions[i]);
    }
    fputs("],\n\"report\":", to);
    print_report_json(to, result);
    fputs(",\n\"totals\":", to);
    print_totals_json(to, &result->report);
    fputs("}\n", to);
}

int command_normalize(const struct arguments *arguments)
{
    struct result result;

    result_make(&result, arguments->words[0], &arguments->input);
    if (arguments->json) {
        print_result_json(output(), &result);
    } else {
        for (size_t i = 0; i < result.map.count; i++)
            print_region(output(), &result, &result.map.regions[i]);
        print_report(output(), &result);
    }
    output_finish(arguments->output_path);
    return input_complain(&result.input) ? STATUS_FINDINGS : STATUS_FINE;
}
