/* SPDX-License-Identifier: MIT */
/*
 * Replays tests/data/captures/: a file from any machine, copied there, is a test. Each must be
 * whole, and each of its maps must normalize, balance and keep every claim. Where NAME.txt stands
 * beside NAME.map, it lists the last map's regions: `0xFIRST-0xEND KIND` a line.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

#define FOLDER      "tests/data/captures"
#define MOST_CLAIMS 320u

static uint8_t file[1 << 20];
static struct memmap_claim claims[MOST_CLAIMS];

static size_t read_file(const char *name, const char *extension)
{
    char path[256];
    size_t size_bytes;
    FILE *from;

    snprintf(path, sizeof path, FOLDER "/%.*s%s", (int)(strlen(name) - 4), name, extension);
    from = fopen(path, "rb");
    if (from == NULL)
        return 0;
    size_bytes = fread(file, 1, sizeof file - 1, from);
    fclose(from);
    file[size_bytes] = 0;
    return size_bytes;
}

static uint32_t read_claims(const struct capture *capture)
{
    struct capture_record record;
    char name[CAPTURE_CLAIM_NAME_BYTES];
    uint32_t count = 0;

    cr_assert_eq(capture_find(capture, CAPTURE_CLAIMS, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_claim_count(&record, &count), CAPTURE_OK);
    cr_assert_leq(count, MOST_CLAIMS);
    for (uint32_t i = 0; i < count; i++) {
        capture_claim(&record, i, &claims[i], name);
        cr_assert_neq(name[0], '\0', "claim %u has no name", i);
    }
    return count;
}

/* The map with what the loader claims of it; the caller frees its regions. */
static struct memmap normalize(const struct capture *capture, const struct capture_map *map,
                               const char *name)
{
    struct capture_record record;
    struct capture_cpu cpu;
    struct memmap_input input = {.claims = claims};
    struct memmap_report report;
    struct memmap result = {0};
    struct memmap_fault fault = {0};
    enum memmap_status status;

    cr_assert_eq(capture_find(capture, CAPTURE_CPU, 0, &record), CAPTURE_OK);
    cr_assert_eq(capture_read_cpu(&record, &cpu), CAPTURE_OK);
    cr_assert_eq(capture_map_source(map, &input.source), MEMMAP_OK);
    input.physical_bits = cpu.physical_bits;
    input.claim_count = map->moment == CAPTURE_AT_START ? 0 : read_claims(capture);
    uint32_t entries = (uint32_t)(map->size_bytes / map->stride_bytes);
    uint64_t scratch_bytes = memmap_scratch_bytes(entries, input.claim_count);
    void *scratch = malloc(scratch_bytes);
    result.capacity = memmap_max_regions(entries, input.claim_count);
    result.regions = malloc(result.capacity * sizeof *result.regions);
    status = memmap_normalize(&input, scratch, scratch_bytes, &result, &report);
    free(scratch);
    cr_assert_eq(status, MEMMAP_OK, "%s: %s", name, memmap_status_name(status));
    cr_assert_eq(memmap_check(&result, cpu.physical_bits, &fault), MEMMAP_OK, "%s: %s", name,
                 fault.reason);
    cr_assert(memmap_report_balances(&report), "%s", name);
    return result;
}

/* Against the list beside the file, where there is one. */
static bool compare(const struct memmap *map, const char *name)
{
    char line[128];
    char *at = (char *)file;

    if (read_file(name, ".txt") == 0)
        return false;
    for (size_t i = 0; i < map->count; i++) {
        const struct memmap_region *region = &map->regions[i];
        int length = snprintf(line, sizeof line, "0x%016" PRIx64 "-0x%016" PRIx64 " %s\n",
                              region->first_pfn << 12, region->end_pfn << 12,
                              memmap_kind_name((enum memmap_kind)region->kind));
        cr_assert_eq(strncmp(at, line, (size_t)length), 0, "%s: region %zu is %s", name, i, line);
        at += length;
    }
    cr_assert_eq(*at, '\0', "%s: more regions are listed: %s", name, at);
    return true;
}

static bool replay(const char *name)
{
    struct capture capture;
    struct capture_record record;
    struct capture_map map;
    struct memmap normal = {0};
    uint32_t count = 0;
    size_t size_bytes = read_file(name, ".map");
    bool compared;

    cr_assert_eq(capture_open(file, size_bytes, &capture), CAPTURE_OK, "%s", name);
    while (capture_find(&capture, CAPTURE_MAP, count, &record) == CAPTURE_OK) {
        cr_assert_eq(capture_read_map(&record, &map), CAPTURE_OK, "%s map %u", name, count + 1);
        free(normal.regions);
        normal = normalize(&capture, &map, name);
        count++;
    }
    cr_assert_gt(count, 0, "%s has no map", name);
    compared = compare(&normal, name);
    free(normal.regions);
    return compared;
}

Test(capture_replay, every_file_of_the_folder_normalizes_as_listed)
{
    DIR *folder = opendir(FOLDER);
    struct dirent *entry;
    unsigned files = 0, compared = 0;

    cr_assert_not_null(folder, "%s: run this from the project's root", FOLDER);
    while ((entry = readdir(folder)) != NULL) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".map") == 0) {
            files++;
            compared += replay(entry->d_name);
        }
    }
    closedir(folder);
    cr_assert_geq(files, 2);
    cr_assert_geq(compared, 2);
}
