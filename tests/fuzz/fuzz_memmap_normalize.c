/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as any format's memory map, with claims, through reader and engine.
 *
 *   byte 0   format (FORMATS), top bit: prefer the EFI map
 *   byte 1   stride; for a zero page the count, 255: the bytes are the whole page
 *   byte 2   address bits: 28..67, so that impossible ones are tried too
 *   byte 3   claims, 0..7
 *   claims   7 bytes first page, 4 bytes pages, kind, flags
 *   rest     the table
 *
 * Every buffer has exactly the promised size. What comes out must be normal, balanced, what
 * memmap_explain says, the same when normalized again and, up to 64 entries, what is painted.
 */
#include "model/painter.h"
#include "base/bytes.h"
#include "fuzz.h"
#include "memmap/compare.h"
#include "memmap/explain.h"
#include "memmap/source_fdt.h"

#define ZERO_PAGE_COUNT 0x1e8u
#define ZERO_PAGE_TABLE 0x2d0u
#define MOST_SAMPLES    24u

enum { UEFI, E820, TAG, INFO, ENTRIES, LIMINE, ZERO_PAGE, OWN, DEVICETREE, FORMATS };

struct job {
    unsigned format;
    bool prefer_efi;
    uint32_t stride;
    unsigned physical_bits;
    uint32_t claim_count;
    struct memmap_claim *claims;
    uint8_t *table; /* a copy of exactly its size */
    size_t table_bytes;
};

struct outcome {
    enum memmap_status status;
    struct memmap map;
    struct memmap_report report;
};

/* ---- the input --------------------------------------------------------------------------- */

static struct memmap_claim take_claim(struct input_bytes *input)
{
    struct memmap_claim claim = {.first_pfn = take(input, 7)};

    claim.end_pfn = claim.first_pfn + take(input, 4);
    claim.kind = (uint8_t)take(input, 1);
    claim.flags = (uint8_t)take(input, 1);
    return claim;
}

/* A zero page of which the input is only the table. */
static void wrap_in_zero_page(struct job *job)
{
    size_t size_bytes = ZERO_PAGE_TABLE + job->table_bytes;
    uint8_t *page = exactly(size_bytes);

    page[ZERO_PAGE_COUNT] = (uint8_t)job->stride;
    memcpy(page + ZERO_PAGE_TABLE, job->table, job->table_bytes);
    free(job->table);
    job->table = page;
    job->table_bytes = size_bytes;
}

static struct job take_job(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    struct job job = {.format = (unsigned)take(&input, 1)};

    job.prefer_efi = job.format >= 128;
    job.format = job.format % 128 % FORMATS;
    job.stride = (uint32_t)take(&input, 1);
    job.physical_bits = 28 + (unsigned)take(&input, 1) % 40;
    job.claim_count = (uint32_t)take(&input, 1) % 8;
    job.claims = exactly(job.claim_count * sizeof *job.claims);
    for (uint32_t i = 0; i < job.claim_count; i++)
        job.claims[i] = take_claim(&input);
    job.table_bytes = input.left;
    job.table = copy_of(input.at, input.left);
    if (job.format == ZERO_PAGE && job.stride != 255)
        wrap_in_zero_page(&job);
    return job;
}

/* ---- readers ----------------------------------------------------------------------------- */

/* A devicetree becomes ranges first; they take the place of the table. */
static enum memmap_status open_devicetree(struct job *job, struct memmap_source *source)
{
    size_t count = 0, again = 0;
    struct memmap_fdt_range *ranges;
    enum memmap_status status = memmap_fdt_collect(job->table, job->table_bytes, NULL, 0, &count);

    if (status != MEMMAP_OK && status != MEMMAP_NO_ROOM)
        return status;
    CHECK((status == MEMMAP_NO_ROOM) == (count > 0));
    ranges = exactly(count * sizeof *ranges);
    CHECK(memmap_fdt_collect(job->table, job->table_bytes, ranges, count, &again) == MEMMAP_OK);
    CHECK(again == count);
    free(job->table);
    job->table = (uint8_t *)ranges;
    job->table_bytes = count * sizeof *ranges;
    return memmap_source_ranges(source, ranges, count);
}

static enum memmap_status open_source(struct job *job, struct memmap_source *source)
{
    const uint8_t *table = job->table;
    size_t size = job->table_bytes;
    uint32_t stride = job->stride;

    /* A last part of an entry would only make every such input BAD_SIZE; one stride says so. */
    if (stride > 0 && stride % 8 != 7 && job->format != TAG && job->format != INFO &&
        job->format != ZERO_PAGE && job->format != DEVICETREE)
        size -= size % stride;
    switch (job->format) {
    case UEFI:
        return memmap_source_uefi(source, table, size, stride);
    case E820:
        return memmap_source_e820(source, table, size, stride);
    case TAG:
        return memmap_source_multiboot2(source, table, size);
    case INFO:
        return memmap_source_multiboot2_info(source, table, size, job->prefer_efi);
    case ENTRIES:
        return memmap_source_multiboot2_entries(source, table, size, stride);
    case LIMINE:
        return memmap_source_limine(source, table, size, stride);
    case ZERO_PAGE:
        return memmap_source_boot_params(source, table, size);
    case OWN:
        return memmap_source_bootinfo(source, table, size, stride);
    default:
        return open_devicetree(job, source);
    }
}

/* ---- what must be true ------------------------------------------------------------------- */

static enum memmap_status expected_refusal(const struct memmap_input *input)
{
    if (input->physical_bits < 32 || input->physical_bits > 64)
        return MEMMAP_BAD_WIDTH;
    for (uint32_t i = 0; i < input->claim_count; i++) {
        const struct memmap_claim *claim = &input->claims[i];
        if (claim->first_pfn >= claim->end_pfn || claim->kind >= MEMMAP_KIND_COUNT ||
            claim->end_pfn > UINT64_C(1) << (input->physical_bits - 12))
            return MEMMAP_BAD_CLAIM;
    }
    return MEMMAP_OK;
}

/*
 * With this many regions and bytes of scratch memory less than promised (0 or 1). The scratch
 * memory is gone afterwards: nothing of the result may lie in it.
 */
static struct outcome normalize(const struct memmap_input *input, unsigned fewer_regions,
                                unsigned fewer_bytes)
{
    uint64_t scratch_bytes =
        memmap_scratch_bytes(input->source.count, input->claim_count) - fewer_bytes;
    size_t capacity =
        memmap_max_regions(input->source.count, input->claim_count) - fewer_regions;
    void *scratch = exactly(scratch_bytes);
    struct outcome outcome = {.map = {.capacity = capacity, .count = 4711}};

    outcome.map.regions = exactly(capacity * sizeof *outcome.map.regions);
    outcome.status = memmap_normalize(input, scratch, scratch_bytes, &outcome.map, &outcome.report);
    free(scratch);
    return outcome;
}

static void check_verdict(const struct memmap_input *input, const struct memmap *map, uint64_t pfn)
{
    struct memmap_explanation walk;
    struct memmap_reason reason;
    const struct memmap_verdict *verdict = &walk.verdict;
    uint32_t deciders = 0, covering = 0;
    size_t index;
    bool hole = memmap_find(map, pfn, &index) != MEMMAP_OK;

    CHECK(memmap_explain_begin(&walk, input, pfn) == MEMMAP_OK);
    CHECK(verdict->is_hole == hole);
    if (!hole)
        CHECK(verdict->kind == map->regions[index].kind &&
              verdict->attributes == map->regions[index].attributes);
    while (memmap_explain_next(&walk, &reason)) {
        deciders += reason.rule == MEMMAP_RULE_DECIDES;
        covering += reason.rule <= MEMMAP_RULE_OUTRANKED;
        if (reason.rule == MEMMAP_RULE_DECIDES)
            CHECK(reason.origin == verdict->origin);
    }
    CHECK(deciders == !hole);
    CHECK(covering == verdict->entry_count + verdict->claim_count);
}

static void check_explanations(const struct memmap_input *input, const struct memmap *map)
{
    size_t step = map->count / MOST_SAMPLES + 1;

    check_verdict(input, map, 0);
    check_verdict(input, map, PFN_END - 1);
    for (size_t i = 0; i < map->count; i += step) {
        const struct memmap_region *region = &map->regions[i];
        check_verdict(input, map, region->first_pfn);
        check_verdict(input, map, region->end_pfn - 1);
        if (region->end_pfn < PFN_END)
            check_verdict(input, map, region->end_pfn);
    }
}

static void check_idempotence(const struct memmap_input *before, const struct memmap *map)
{
    struct memmap_input input = {.physical_bits = before->physical_bits};
    struct outcome again;

    CHECK(memmap_source_bootinfo(&input.source, map->regions, map->count * sizeof *map->regions,
                                 sizeof *map->regions) == MEMMAP_OK);
    again = normalize(&input, 0, 0);
    CHECK(again.status == MEMMAP_OK);
    CHECK(memmap_equal(map, &again.map));
    free(again.map.regions);
}

static void check_painted(const struct memmap_input *input, const struct outcome *outcome)
{
    static struct painting painting;
    struct memmap_entry entries[PAINTER_MOST];
    const char *fault;

    if (input->source.count + input->claim_count > PAINTER_MOST)
        return;
    for (uint32_t i = 0; i < input->source.count; i++)
        memmap_source_entry(&input->source, i, &entries[i]);
    painter_paint(&painting, entries, input->source.count, input->claims, input->claim_count,
                  input->physical_bits);
    fault = painter_judge(&painting, outcome->status, &outcome->map, &outcome->report);
    CHECK_THAT(fault == NULL, fault);
}

/* One region or byte too few: refused, and nothing changed. */
static void check_no_room(const struct memmap_input *input, unsigned fewer_regions,
                          unsigned fewer_bytes)
{
    struct outcome outcome = normalize(input, fewer_regions, fewer_bytes);
    const uint8_t *bytes = (const uint8_t *)outcome.map.regions;

    CHECK(outcome.status == MEMMAP_NO_ROOM && outcome.map.count == 4711);
    CHECK(outcome.report.entry_count == 0 && outcome.report.region_count == 0);
    for (size_t i = 0; i < outcome.map.capacity * sizeof *outcome.map.regions; i++)
        CHECK(bytes[i] == 0x5a);
    free(outcome.map.regions);
}

/* In one buffer of exactly the promised size: the same map and report; one byte fewer is refused. */
static void check_in_place(struct memmap_input input, const struct outcome *outcome)
{
    uint64_t bytes = memmap_in_place_bytes(input.source.count, input.claim_count,
                                           input.source.stride_bytes);
    uint64_t *buffer = malloc(bytes);
    struct memmap map = {0};
    struct memmap_report report;

    CHECK(buffer != NULL);
    if (input.source.count > 0)
        memcpy(buffer, input.source.bytes, (size_t)input.source.count * input.source.stride_bytes);
    input.source.bytes = (const uint8_t *)buffer;
    CHECK(memmap_normalize_in_place(&input, buffer, bytes - 1, &map, &report) == MEMMAP_NO_ROOM);
    CHECK(map.regions == NULL && input.source.bytes == (const uint8_t *)buffer);
    CHECK(memmap_normalize_in_place(&input, buffer, bytes, &map, &report) == outcome->status);
    CHECK(map.count == outcome->map.count);
    CHECK(map.count == 0 || memcmp(map.regions, outcome->map.regions,
                                   map.count * sizeof *map.regions) == 0);
    CHECK(memcmp(&report, &outcome->report, sizeof report) == 0);
    free(buffer);
}

static void check_map(const struct memmap_input *input)
{
    enum memmap_status refusal = expected_refusal(input);
    struct outcome outcome = normalize(input, 0, 0);

    if (refusal != MEMMAP_OK) {
        CHECK(outcome.status == refusal && outcome.map.count == 4711);
    } else {
        CHECK(outcome.status == MEMMAP_OK || outcome.status == MEMMAP_CLAIM_MISSES ||
              outcome.status == MEMMAP_CLAIM_LOST);
        CHECK(outcome.map.count <= outcome.map.capacity);
        CHECK(memmap_check(&outcome.map, input->physical_bits, NULL) == MEMMAP_OK);
        CHECK(memmap_report_balances(&outcome.report));
        check_painted(input, &outcome);
        check_explanations(input, &outcome.map);
        check_idempotence(input, &outcome.map);
        check_no_room(input, 1, 0);
        if (memmap_scratch_bytes(input->source.count, input->claim_count) > 0)
            check_no_room(input, 0, 1);
        check_in_place(*input, &outcome);
    }
    free(outcome.map.regions);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct job job = take_job(bytes, size_bytes);
    struct memmap_input input = {.claims = job.claims,
                                 .claim_count = job.claim_count,
                                 .physical_bits = job.physical_bits};

    if (open_source(&job, &input.source) == MEMMAP_OK)
        check_map(&input);
    free(job.claims);
    free(job.table);
    return 0;
}
