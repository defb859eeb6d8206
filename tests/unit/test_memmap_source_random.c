/* SPDX-License-Identifier: MIT */
/*
 * What must hold for any UEFI map, tried on random ones: a page-by-page oracle that knows neither
 * order nor ranges, and rewritings of the map that must not change the result.
 */
#include <criterion/logging.h>
#include <inttypes.h>

#include "model/random.h"
#include "test_memmap_source.h"

#define SEED UINT64_C(0x50c5ce01)
#define WB   MEMMAP_WB
#define UC   MEMMAP_UC
#define RT   MEMMAP_RUNTIME

/* ---- random UEFI maps ------------------------------------------------------------------ */

#define MOST    12 /* entries, without those that a rewriting adds */
#define CLAIMS  2
#define PAGES   48
#define GUARD   0xd7
#define ROUNDS  6000
#define OUTPUTS (2 * (2 * MOST + CLAIMS) + 1)

static uint64_t dice;

/* A map as firmware would say it, and what the caller claims. */
struct said {
    struct descriptor entries[OUTPUTS];
    uint32_t count;
    struct memmap_claim claims[CLAIMS];
    uint32_t claim_count;
};

static uint64_t random_attributes(void)
{
    static const uint64_t rare[] = {UC,        MEMMAP_WC,   MEMMAP_WT, MEMMAP_UCE,
                                    MEMMAP_WP, MEMMAP_RP,   MEMMAP_XP, MEMMAP_NV,
                                    MEMMAP_RO, MEMMAP_SP,   RT,        MEMMAP_MORE_RELIABLE,
                                    WB,        UINT64_C(1) << 40, MEMMAP_CPU_CRYPTO};
    uint64_t attributes = WB;

    for (uint32_t n = random_below(&dice, 4); n > 0; n--)
        attributes ^= rare[random_below(&dice, 15)];
    return attributes;
}

/* One in eight maps comes from a firmware that says nothing of caching. */
static void random_said(struct said *said)
{
    bool mute = random_below(&dice, 8) == 0;

    said->count = random_below(&dice, MOST + 1);
    for (uint32_t i = 0; i < said->count; i++) {
        uint32_t first = random_below(&dice, PAGES), pages = random_below(&dice, PAGES - first + 1);
        uint32_t offset = random_below(&dice, 4) == 0 && pages > 0 ? random_below(&dice, 4096) : 0;
        if (offset != 0 && first + pages == PAGES)
            pages--;
        said->entries[i] = (struct descriptor){random_below(&dice, 3) == 0 ? 7 : random_below(&dice, 18),
                                               first * UINT64_C(4096) + offset, pages,
                                               mute ? 0 : random_attributes()};
    }
    said->claim_count = random_below(&dice, CLAIMS + 1);
    for (uint32_t i = 0; i < said->claim_count; i++) {
        uint32_t first = random_below(&dice, PAGES);
        said->claims[i] = (struct memmap_claim){
            .first_pfn = first,
            .end_pfn = first + 1 + random_below(&dice, PAGES - first),
            .kind = (uint8_t)(random_below(&dice, 2) == 0 ? MEMMAP_KERNEL : MEMMAP_FRAMEBUFFER)};
    }
}

/* What came out, with guards around everything that was written to. */
struct outcome {
    uint8_t before[64];
    struct memmap_region regions[OUTPUTS];
    uint8_t behind[64];
    struct memmap map;
    struct memmap_report report;
};

static bool is_guard(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != GUARD)
            return false;
    }
    return true;
}

static void normalize_source(struct outcome *outcome, const struct memmap_source *source,
                             const struct said *said)
{
    static uint64_t scratch[1024];
    struct memmap_input input = {.source = *source,
                                 .claims = said->claims,
                                 .claim_count = said->claim_count,
                                 .physical_bits = 32};
    uint64_t scratch_bytes = memmap_scratch_bytes(said->count, said->claim_count);
    uint64_t bound = 2 * (uint64_t)(said->count + said->claim_count) + 1;

    memset(outcome, GUARD, sizeof *outcome);
    memset(scratch, GUARD, sizeof scratch);
    cr_assert_lt(scratch_bytes, sizeof scratch - 64);
    cr_assert_eq(memmap_max_regions(said->count, said->claim_count), bound);
    outcome->map =
        (struct memmap){.regions = outcome->regions, .count = 0, .capacity = (size_t)bound};
    cr_assert_eq(memmap_normalize(&input, scratch, scratch_bytes, &outcome->map, &outcome->report),
                 MEMMAP_OK);
    cr_assert_leq(outcome->map.count, bound);
    cr_assert_eq(memmap_check(&outcome->map, 32, NULL), MEMMAP_OK);
    cr_assert(memmap_report_balances(&outcome->report));
    cr_assert(is_guard((const uint8_t *)scratch + scratch_bytes, 64), "written behind the scratch");
    cr_assert(is_guard(outcome->before, 64), "written before the regions");
    cr_assert(is_guard((const uint8_t *)&outcome->regions[bound],
                       (size_t)(outcome->behind + 64 - (uint8_t *)&outcome->regions[bound])),
              "written behind the regions");
}

static void normalize(struct outcome *outcome, const struct said *said, size_t stride)
{
    static uint8_t bytes[OUTPUTS * 4096];
    struct memmap_source source = source_of(bytes, stride, said->entries, said->count);

    normalize_source(outcome, &source, said);
}

/* Kinds and attributes page by page, and the measured sizes: not origins, not findings. */
static void same_map(const struct outcome *a, const struct outcome *b, uint32_t round,
                     const char *what)
{
    cr_assert_eq(a->map.count, b->map.count, "round %u: %s", round, what);
    for (size_t i = 0; i < a->map.count; i++) {
        const struct memmap_region *left = &a->regions[i], *right = &b->regions[i];
        cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                      left->kind == right->kind && left->attributes == right->attributes,
                  "round %u region %zu: %s", round, i, what);
    }
    cr_assert_eq(memcmp(&a->report.stated, &b->report.stated, 7 * sizeof(struct memmap_size)), 0,
                 "round %u sizes: %s", round, what);
}

/* ---- the oracle: page by page, over all entries that cover it -------------------------- */

/* Capability bits by number: UC WC WT WB UCE WP MORE_RELIABLE CPU_CRYPTO. */
#define CAPABILITY_BITS UINT64_C(0x000000000009101f)

static bool is_general(uint32_t type)
{
    return (type >= 1 && type <= 4) || type == 7;
}

/* Kind and final attribute word of one descriptor, from the table and the rules as written. */
static enum memmap_kind judge(const struct descriptor *one, bool mute, uint64_t *ret_attributes)
{
    enum memmap_kind kind = one->type < 16 ? uefi_types[one->type].kind : MEMMAP_RESERVED;
    uint64_t word = one->attributes;

    if (mute && word == 0 && (kind <= MEMMAP_PERSISTENT || kind == MEMMAP_ACPI_NVS))
        word = WB;
    *ret_attributes = word;
    if ((word & RT) != 0 && kind < MEMMAP_RUNTIME_CODE)
        return MEMMAP_RUNTIME_DATA;
    if (!is_general(one->type))
        return kind;
    return (word & MEMMAP_SP) != 0   ? MEMMAP_SOFT_RESERVED
           : (word & MEMMAP_NV) != 0 ? MEMMAP_PERSISTENT
           : (word & WB) == 0        ? MEMMAP_RESERVED
                                     : kind;
}

static bool covers(const struct descriptor *one, enum memmap_kind kind, uint64_t page)
{
    uint64_t end = one->base_bytes + one->page_count * 4096;

    if (one->page_count == 0)
        return false;
    if (kind == MEMMAP_USABLE)
        return one->base_bytes <= page * 4096 && end >= (page + 1) * 4096;
    return one->base_bytes < (page + 1) * 4096 && end > page * 4096;
}

/* Kind of a page, -1 for a hole. */
static int oracle(const struct said *said, uint64_t page, uint64_t *ret_attributes)
{
    uint64_t all = UINT64_MAX, any = 0;
    bool mute = true, is_entry = false;
    int kind = -1;

    for (uint32_t i = 0; i < said->count; i++)
        mute = mute && !(is_general(said->entries[i].type) && said->entries[i].attributes != 0);
    for (uint32_t i = 0; i < said->count; i++) {
        uint64_t word;
        enum memmap_kind own = judge(&said->entries[i], mute, &word);
        if (!covers(&said->entries[i], own, page))
            continue;
        is_entry = true;
        all &= word;
        any |= word;
        kind = (int)own > kind ? (int)own : kind;
    }
    for (uint32_t i = 0; i < said->claim_count; i++) {
        if (page >= said->claims[i].first_pfn && page < said->claims[i].end_pfn &&
            said->claims[i].kind > kind)
            kind = said->claims[i].kind;
    }
    *ret_attributes = is_entry ? (all & CAPABILITY_BITS) | (any & ~CAPABILITY_BITS) : 0;
    return page == 0 && kind == MEMMAP_USABLE ? MEMMAP_RESERVED : kind;
}

Test(memmap_normalize, equals_the_oracle_of_pages_with_attributes)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct said said;
        struct outcome outcome;
        size_t at = 0;
        dice = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&outcome, &said, 48);
        for (uint64_t page = 0; page < PAGES + 4; page++) {
            uint64_t attributes;
            int kind = oracle(&said, page, &attributes);
            while (at < outcome.map.count && outcome.regions[at].end_pfn <= page)
                at++;
            if (at >= outcome.map.count || outcome.regions[at].first_pfn > page) {
                cr_assert_eq(kind, -1, "round %u page %lu: a hole, %d", round, page, kind);
                continue;
            }
            cr_assert_eq(outcome.regions[at].kind, kind, "round %u page %lu: %d, oracle %d", round,
                         page, outcome.regions[at].kind, kind);
            cr_assert_eq(outcome.regions[at].attributes, attributes,
                         "round %u page %lu: %lx, oracle %lx", round, page,
                         outcome.regions[at].attributes, attributes);
        }
    }
}

Test(memmap_normalize, is_independent_of_the_order_of_entries)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct said said;
        struct outcome plain, shuffled;
        dice = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&plain, &said, 48);
        for (uint32_t i = said.count; i > 1; i--) {
            uint32_t other = random_below(&dice, i);
            struct descriptor swap = said.entries[i - 1];
            said.entries[i - 1] = said.entries[other];
            said.entries[other] = swap;
        }
        normalize(&shuffled, &said, 48);
        same_map(&plain, &shuffled, round, "another order");
    }
}

Test(memmap_normalize, is_independent_of_the_stride)
{
    static const size_t strides[] = {40, 56, 64, 4096};

    for (uint32_t round = 0; round < ROUNDS / 10; round++) {
        struct said said;
        struct outcome plain, strided;
        dice = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&plain, &said, 48);
        for (size_t i = 0; i < 4; i++) {
            normalize(&strided, &said, strides[i]);
            same_map(&plain, &strided, round, "another stride");
            cr_assert_eq(memcmp(&plain.report, &strided.report, sizeof plain.report), 0);
        }
    }
}

/* Usable memory that is misaligned loses a page at every cut: only others are cut there. */
static bool may_be_split(const struct descriptor *one)
{
    return one->page_count >= 2 && (one->base_bytes % 4096 == 0 || !is_general(one->type));
}

Test(memmap_normalize, does_not_care_whether_an_entry_is_split_or_said_twice)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct said said;
        struct outcome plain, rewritten;
        dice = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&plain, &said, 48);
        for (uint32_t i = 0, count = said.count; i < count; i++) {
            struct descriptor *one = &said.entries[i], *more = &said.entries[said.count];
            uint32_t what = random_below(&dice, 3);
            *more = *one;
            if (what == 0 && may_be_split(one)) {
                one->page_count = 1 + random_below(&dice, (uint32_t)one->page_count - 1);
                more->base_bytes += one->page_count * 4096;
                more->page_count -= one->page_count;
            }
            said.count += what != 2;
        }
        normalize(&rewritten, &said, 48);
        same_map(&plain, &rewritten, round, "split and doubled entries");
    }
}

/* A type that has this kind again; attributes travel beside it. */
static uint32_t type_of_kind(unsigned kind)
{
    static const uint32_t types[MEMMAP_KIND_COUNT] = {
        [MEMMAP_USABLE] = 7,           [MEMMAP_LOADER_RECLAIMABLE] = 2,
        [MEMMAP_BOOT_RECLAIMABLE] = 4, [MEMMAP_ACPI_RECLAIMABLE] = 9,
        [MEMMAP_UNACCEPTED] = 15,      [MEMMAP_SOFT_RESERVED] = 7, /* it has SP */
        [MEMMAP_PERSISTENT] = 14,      [MEMMAP_ACPI_NVS] = 10,
        [MEMMAP_RUNTIME_CODE] = 5,     [MEMMAP_RUNTIME_DATA] = 6,
        [MEMMAP_MMIO] = 11,            [MEMMAP_RESERVED] = 0,
        [MEMMAP_BAD] = 8,
    };

    return types[kind];
}

Test(memmap_normalize, changes_nothing_of_its_own_output)
{
    cr_log_info("seed %#" PRIx64, SEED);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        static uint8_t bytes[OUTPUTS * 48];
        struct said said;
        struct outcome once, twice;
        struct memmap_source source;
        dice = SEED + round * UINT64_C(1000003);
        random_said(&said);
        said.claim_count = 0; /* firmware has no types for these */
        normalize(&once, &said, 48);
        said.count = (uint32_t)once.map.count;
        for (uint32_t i = 0; i < said.count; i++) {
            const struct memmap_region *region = &once.regions[i];
            said.entries[i] =
                (struct descriptor){type_of_kind(region->kind), region->first_pfn * 4096,
                                    region->end_pfn - region->first_pfn, region->attributes};
        }
        source = source_of(bytes, 48, said.entries, said.count);
        source.assume_wb = false; /* decided the first time */
        normalize_source(&twice, &source, &said);
        cr_assert_eq(twice.map.count, once.map.count, "round %u", round);
        for (size_t i = 0; i < once.map.count; i++) {
            const struct memmap_region *left = &once.regions[i], *right = &twice.regions[i];
            cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                          left->kind == right->kind && left->attributes == right->attributes,
                      "round %u region %zu", round, i);
        }
        cr_assert_eq(twice.report.output.pages, twice.report.stated.pages);
        for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
            cr_assert_eq(twice.report.counts[i], 0, "round %u: %s", round,
                         memmap_finding_name((enum memmap_finding)i));
    }
}
