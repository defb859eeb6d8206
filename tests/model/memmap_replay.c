/* SPDX-License-Identifier: MIT */
/*
 * What common/memmap makes of raw firmware tables: for each line of standard input
 *
 *   uefi|e820 STRIDE ADDRESS-BITS TABLE-IN-HEX        ("-" for an empty table)
 *
 * one block, pages and attributes in hex, everything else decimal:
 *
 *   status NAME
 *   region FIRST END KIND ATTRIBUTES ORIGIN FLAGS     one for each region
 *   size NAME PAGES BYTES                             stated, claimed, grown, lost, ...
 *   count NAME N FIRST-ENTRY                          each finding
 *   kind NAME STATED-PAGES REGION-PAGES               each kind
 *   end
 *
 * The other opinion is painter.py's. Exit status 2 where the input is not of this form.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memmap/normalize.h"

_Noreturn static void stop(const char *reason)
{
    fprintf(stderr, "memmap_replay: %s\n", reason);
    exit(2);
}

static void *allocate(size_t size_bytes)
{
    void *memory = malloc(size_bytes + 1);

    if (memory == NULL)
        stop("out of memory");
    return memory;
}

static unsigned hex_digit(char digit)
{
    const char *digits = "0123456789abcdef";
    const char *at = digit == '\0' ? NULL : strchr(digits, digit);

    if (at == NULL)
        stop("no hex digit");
    return (unsigned)(at - digits);
}

/* Decodes in place: two digits never give more than one byte. */
static size_t decode_hex(char *text)
{
    uint8_t *bytes = (uint8_t *)text;
    size_t count = strlen(text) / 2;

    if (strcmp(text, "-") == 0)
        return 0;
    if (strlen(text) % 2 != 0)
        stop("half a byte");
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(hex_digit(text[2 * i]) * 16 + hex_digit(text[2 * i + 1]));
    return count;
}

static void print_size(const char *name, struct memmap_size size)
{
    printf("size %s %" PRIx64 " %" PRIu64 "\n", name, size.pages, size.bytes);
}

static void print_result(const struct memmap *map, const struct memmap_report *report)
{
    struct memmap_fault fault;

    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        printf("region %" PRIx64 " %" PRIx64 " %s %" PRIx64 " %" PRIu32 " %u\n", region->first_pfn,
               region->end_pfn, memmap_kind_name((enum memmap_kind)region->kind),
               region->attributes, region->origin, region->flags);
    }
    print_size("stated", report->stated);
    print_size("claimed", report->claimed);
    print_size("grown", report->grown);
    print_size("lost", report->lost);
    print_size("clipped", report->clipped);
    print_size("dropped", report->dropped);
    print_size("output", report->output);
    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
        printf("count %s %" PRIu32 " %" PRIu32 "\n", memmap_finding_name((enum memmap_finding)i),
               report->counts[i], report->firsts[i]);
    for (unsigned i = 0; i < MEMMAP_KIND_COUNT; i++)
        printf("kind %s %" PRIx64 " %" PRIx64 "\n", memmap_kind_name((enum memmap_kind)i),
               report->stated_pages[i], report->region_pages[i]);
    if (memmap_check(map, 64, &fault) != MEMMAP_OK)
        printf("not-normal %zu %s\n", fault.index, fault.reason);
}

static void replay(const struct memmap_source *source, unsigned physical_bits)
{
    struct memmap_input input = {.source = *source, .physical_bits = physical_bits};
    uint64_t capacity = memmap_max_regions(source->count, 0);
    uint64_t scratch_bytes = memmap_scratch_bytes(source->count, 0);
    struct memmap map = {.regions = allocate(capacity * sizeof *map.regions),
                         .capacity = capacity};
    void *scratch = allocate(scratch_bytes);
    struct memmap_report report;
    enum memmap_status status =
        memmap_normalize(&input, scratch, scratch_bytes, &map, &report);

    printf("status %s\n", memmap_status_name(status));
    if (status == MEMMAP_OK)
        print_result(&map, &report);
    free(map.regions);
    free(scratch);
}

static void replay_line(char *line)
{
    char *format = strtok(line, " \n"), *stride = strtok(NULL, " \n");
    char *bits = strtok(NULL, " \n"), *table = strtok(NULL, " \n");
    struct memmap_source source;
    enum memmap_status status;
    size_t size_bytes;

    if (table == NULL)
        stop("a line needs format, stride, address bits and table");
    size_bytes = decode_hex(table);
    if (strcmp(format, "uefi") == 0)
        status = memmap_source_uefi(&source, table, size_bytes, strtoull(stride, NULL, 10));
    else if (strcmp(format, "e820") == 0)
        status = memmap_source_e820(&source, table, size_bytes, strtoull(stride, NULL, 10));
    else
        stop("unknown format");
    if (status == MEMMAP_OK)
        replay(&source, (unsigned)strtoul(bits, NULL, 10));
    else
        printf("status %s\n", memmap_status_name(status));
    puts("end");
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;

    while (getline(&line, &room, stdin) > 0)
        replay_line(line);
    free(line);
    return 0;
}
