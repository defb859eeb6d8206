/* SPDX-License-Identifier: MIT */
/*
 * What firmware said, entry by entry: kinds by type, rules 2 and 3, strides, E820. Then what
 * must hold for any UEFI map, tried on random ones: a page-by-page oracle that knows neither
 * order nor ranges, and rewritings of the map that must not change the result.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/normalize.h"

#define SEED UINT64_C(0x50c5ce01)
#define WB   MEMMAP_WB
#define UC   MEMMAP_UC
#define RT   MEMMAP_RUNTIME

/* One EFI_MEMORY_DESCRIPTOR; what the format leaves open is junk. */
struct descriptor {
    uint32_t type;
    uint64_t base_bytes;
    uint64_t page_count;
    uint64_t attributes;
};

static void put(uint8_t *at, size_t stride, const struct descriptor *descriptor)
{
    memset(at, 0xee, stride);
    store_le32(at, descriptor->type);
    store_le64(at + 8, descriptor->base_bytes);
    store_le64(at + 24, descriptor->page_count);
    store_le64(at + 32, descriptor->attributes);
}

static struct memmap_source source_of(uint8_t *bytes, size_t stride,
                                      const struct descriptor *descriptors, uint32_t count)
{
    struct memmap_source source;

    for (uint32_t i = 0; i < count; i++)
        put(bytes + i * stride, stride, &descriptors[i]);
    cr_assert_eq(memmap_source_uefi(&source, bytes, count * stride, stride), MEMMAP_OK);
    cr_assert_eq(source.count, count);
    return source;
}

/* The first of these descriptors, decoded. */
static struct memmap_entry first_entry(const struct descriptor *descriptors, uint32_t count)
{
    uint8_t bytes[4 * 40];
    struct memmap_source source = source_of(bytes, 40, descriptors, count);
    struct memmap_entry entry;

    memmap_source_entry(&source, 0, &entry);
    return entry;
}

/* ---- kinds of UEFI entries ------------------------------------------------------------- */

static const struct {
    uint32_t type;
    enum memmap_kind kind;
    const char *name;
} uefi_types[] = {
    {0, MEMMAP_RESERVED, "Reserved"},
    {1, MEMMAP_LOADER_RECLAIMABLE, "LoaderCode"},
    {2, MEMMAP_LOADER_RECLAIMABLE, "LoaderData"},
    {3, MEMMAP_BOOT_RECLAIMABLE, "BootServicesCode"},
    {4, MEMMAP_BOOT_RECLAIMABLE, "BootServicesData"},
    {5, MEMMAP_RUNTIME_CODE, "RuntimeCode"},
    {6, MEMMAP_RUNTIME_DATA, "RuntimeData"},
    {7, MEMMAP_USABLE, "Conventional"},
    {8, MEMMAP_BAD, "Unusable"},
    {9, MEMMAP_ACPI_RECLAIMABLE, "ACPIReclaim"},
    {10, MEMMAP_ACPI_NVS, "ACPIMemoryNVS"},
    {11, MEMMAP_MMIO, "MemoryMappedIO"},
    {12, MEMMAP_MMIO, "MMIOPortSpace"},
    {13, MEMMAP_RESERVED, "PalCode"},
    {14, MEMMAP_PERSISTENT, "Persistent"},
    {15, MEMMAP_UNACCEPTED, "Unaccepted"},
    {16, MEMMAP_RESERVED, "type"},
    {17, MEMMAP_RESERVED, "type"},
    {18, MEMMAP_RESERVED, "type"},
    {19, MEMMAP_RESERVED, "type"},
    {20, MEMMAP_RESERVED, "type"},
    {0x70000000, MEMMAP_RESERVED, "type"},
    {0x80000000, MEMMAP_RESERVED, "type"},
    {0xffffffff, MEMMAP_RESERVED, "type"},
};
#define UEFI_TYPE_ROWS (sizeof uefi_types / sizeof uefi_types[0])

Test(memmap_source_uefi, gives_every_type_its_kind)
{
    for (size_t i = 0; i < UEFI_TYPE_ROWS; i++) {
        struct descriptor one = {uefi_types[i].type, 0x123000, 5, WB | UC};
        struct memmap_entry entry = first_entry(&one, 1);
        cr_assert_eq(entry.kind, uefi_types[i].kind, "type %#x is %s", one.type,
                     memmap_kind_name(entry.kind));
        cr_assert_eq(entry.type, one.type);
        cr_assert_eq(entry.base_bytes, 0x123000);
        cr_assert_eq(entry.page_count, 5);
        cr_assert_eq(entry.tail_bytes, 0);
        cr_assert_eq(entry.attributes, WB | UC);
        cr_assert_str_eq(memmap_uefi_type_name(one.type), uefi_types[i].name);
    }
}

/* Rule 2: RUNTIME makes runtime-data of what ranks below runtime-code, and of nothing else. */
Test(memmap_source_uefi, makes_runtime_data_of_lower_kinds_with_the_runtime_attribute)
{
    static const enum memmap_kind kinds[16] = {
        MEMMAP_RESERVED,     MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_DATA,
        MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_CODE, MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_DATA,
        MEMMAP_BAD,          MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_DATA, MEMMAP_MMIO,
        MEMMAP_MMIO,         MEMMAP_RESERVED,     MEMMAP_RUNTIME_DATA, MEMMAP_RUNTIME_DATA,
    };

    for (uint32_t type = 0; type < 16; type++) {
        struct descriptor one = {type, 0x1000, 1, WB | RT};
        cr_assert_eq(first_entry(&one, 1).kind, kinds[type], "type %u", type);
        cr_assert_eq(first_entry(&one, 1).attributes, WB | RT);
        one.attributes = RT | MEMMAP_SP | MEMMAP_NV; /* rule 2 goes before rule 3 */
        cr_assert_eq(first_entry(&one, 1).kind, kinds[type], "type %u", type);
    }
}

/* Rule 3, types 1-4 and 7: SP, else NV, else the lack of WB. */
Test(memmap_source_uefi, lets_attributes_of_general_memory_decide_in_order)
{
    static const struct {
        uint64_t attributes;
        enum memmap_kind kind; /* USABLE: the type's own */
    } rows[] = {
        {WB, MEMMAP_USABLE},
        {WB | UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_XP | MEMMAP_RO | MEMMAP_RP, MEMMAP_USABLE},
        {WB | MEMMAP_MORE_RELIABLE | MEMMAP_CPU_CRYPTO, MEMMAP_USABLE},
        {UC, MEMMAP_RESERVED},
        {UC | MEMMAP_WC | MEMMAP_WT, MEMMAP_RESERVED},
        {MEMMAP_XP, MEMMAP_RESERVED},
        {UINT64_C(1) << 40, MEMMAP_RESERVED},
        {WB | MEMMAP_SP, MEMMAP_SOFT_RESERVED},
        {MEMMAP_SP, MEMMAP_SOFT_RESERVED},
        {WB | MEMMAP_SP | MEMMAP_NV, MEMMAP_SOFT_RESERVED},
        {WB | MEMMAP_NV, MEMMAP_PERSISTENT},
        {MEMMAP_NV, MEMMAP_PERSISTENT},
    };
    static const uint32_t types[] = {1, 2, 3, 4, 7};
    static const enum memmap_kind own[] = {MEMMAP_LOADER_RECLAIMABLE, MEMMAP_LOADER_RECLAIMABLE,
                                           MEMMAP_BOOT_RECLAIMABLE, MEMMAP_BOOT_RECLAIMABLE,
                                           MEMMAP_USABLE};

    for (size_t t = 0; t < 5; t++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct descriptor one = {types[t], 0x1000, 1, rows[i].attributes};
            struct memmap_entry entry = first_entry(&one, 1);
            cr_assert_eq(entry.kind, rows[i].kind == MEMMAP_USABLE ? own[t] : rows[i].kind,
                         "type %u row %zu: %s", types[t], i, memmap_kind_name(entry.kind));
            cr_assert_eq(entry.attributes, rows[i].attributes);
        }
    }
}

Test(memmap_source_uefi, leaves_other_types_alone_whatever_their_attributes_say)
{
    static const uint64_t words[] = {0, UC, MEMMAP_SP, MEMMAP_NV, WB | MEMMAP_SP | MEMMAP_NV};

    for (size_t i = 0; i < UEFI_TYPE_ROWS; i++) {
        uint32_t type = uefi_types[i].type;
        if ((type >= 1 && type <= 4) || type == 7)
            continue;
        for (size_t w = 0; w < 5; w++) {
            struct descriptor two[] = {{type, 0x1000, 1, words[w]}, {7, 0x2000, 1, WB}};
            cr_assert_eq(first_entry(two, 2).kind, uefi_types[i].kind, "type %#x", type);
            cr_assert_eq(first_entry(two, 2).attributes, words[w], "type %#x", type);
        }
    }
}

Test(memmap_source_uefi, takes_write_back_as_given_only_where_no_general_entry_says_anything)
{
    static const struct {
        struct descriptor entries[2];
        bool assumed;
    } rows[] = {
        {{{7, 0x1000, 1, 0}, {7, 0x2000, 1, 0}}, true},
        {{{7, 0x1000, 1, 0}, {7, 0x2000, 1, WB}}, false},
        {{{7, 0x1000, 1, 0}, {1, 0x2000, 1, UC}}, false},
        {{{7, 0x1000, 1, 0}, {2, 0x2000, 1, MEMMAP_XP}}, false},
        {{{7, 0x1000, 1, 0}, {3, 0x2000, 1, RT}}, false},
        {{{7, 0x1000, 1, 0}, {4, 0x2000, 1, UINT64_C(1) << 62}}, false},
        /* other types say nothing about general memory */
        {{{7, 0x1000, 1, 0}, {0, 0x2000, 1, UC}}, true},
        {{{7, 0x1000, 1, 0}, {6, 0x2000, 1, WB | RT}}, true},
        {{{7, 0x1000, 1, 0}, {11, 0x2000, 1, UC | RT}}, true},
        {{{7, 0x1000, 1, 0}, {9, 0x2000, 1, WB}}, true},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct memmap_entry entry = first_entry(rows[i].entries, 2);
        cr_assert_eq(entry.kind, rows[i].assumed ? MEMMAP_USABLE : MEMMAP_RESERVED, "row %zu", i);
        cr_assert_eq(entry.attributes, rows[i].assumed ? WB : 0, "row %zu", i);
    }
}

Test(memmap_source_uefi, assumes_write_back_for_memory_that_stands_on_ram_and_for_no_other)
{
    /* types 0..15; runtime entries, MMIO and reserved ones keep saying nothing */
    static const uint64_t attributes[16] = {0, WB, WB, WB, WB, 0, 0, WB, 0, WB, WB, 0, 0, 0, WB, WB};

    for (uint32_t type = 0; type < 16; type++) {
        struct descriptor two[] = {{type, 0x1000, 1, 0}, {7, 0x2000, 1, 0}};
        struct memmap_entry entry = first_entry(two, 2);
        cr_assert_eq(entry.attributes, attributes[type], "type %u", type);
        cr_assert_eq(entry.kind, uefi_types[type].kind, "type %u", type);
    }
}

Test(memmap_source_uefi, reads_equal_entries_at_every_stride)
{
    static const size_t strides[] = {40, 48, 56, 64, 4096};
    static const struct descriptor descriptors[] = {
        {7, 0x100000, 16, WB | UC}, {0, UINT64_C(0xfedcba9876543000), 3, 0},
        {11, 0xe0000000, 0x10000, UC | RT}, {4, 0x7654321, UINT64_C(0x123456789abcdef0), WB | MEMMAP_SP},
    };
    static uint8_t bytes[4 * 4096 + 8];

    for (size_t i = 0; i < 5; i++) {
        /* One byte off any alignment: firmware bytes are not cast. */
        struct memmap_source source = source_of(bytes + 1, strides[i], descriptors, 4);
        for (uint32_t n = 0; n < 4; n++) {
            struct memmap_entry entry;
            memmap_source_entry(&source, n, &entry);
            cr_assert_eq(entry.type, descriptors[n].type);
            cr_assert_eq(entry.base_bytes, descriptors[n].base_bytes);
            cr_assert_eq(entry.page_count, descriptors[n].page_count);
            cr_assert_eq(entry.attributes, descriptors[n].attributes);
            cr_assert_eq(entry.tail_bytes, 0);
        }
    }
}

Test(memmap_source_uefi, leaves_the_source_alone_on_error_and_accepts_no_entries)
{
    static const struct {
        uint64_t size, stride;
        enum memmap_status status;
    } rows[] = {
        {96, 0, MEMMAP_BAD_STRIDE},
        {96, 39, MEMMAP_BAD_STRIDE},
        {96, 44, MEMMAP_BAD_STRIDE},
        {UINT64_C(1) << 33, UINT64_C(1) << 32, MEMMAP_BAD_STRIDE},
        {96, UINT64_MAX - 7, MEMMAP_BAD_STRIDE},
        {97, 48, MEMMAP_BAD_SIZE},
        {47, 48, MEMMAP_BAD_SIZE},
        {UINT64_C(40) << 30, 40, MEMMAP_BAD_SIZE},
    };
    uint8_t bytes[96] = {0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct memmap_source source, before;
        memset(&source, 0x5a, sizeof source);
        memset(&before, 0x5a, sizeof before);
        cr_assert_eq(memmap_source_uefi(&source, bytes, rows[i].size, rows[i].stride),
                     rows[i].status, "row %zu", i);
        cr_assert_eq(memcmp(&source, &before, sizeof source), 0, "row %zu", i);
    }
    struct memmap_source empty;
    cr_assert_eq(memmap_source_uefi(&empty, bytes, 0, 48), MEMMAP_OK);
    cr_assert_eq(empty.count, 0);
}

/* ---- E820 ------------------------------------------------------------------------------ */

static const struct {
    uint32_t type;
    enum memmap_kind kind;
    uint64_t attributes; /* WB where it stands on RAM */
} e820_types[] = {
    {0, MEMMAP_RESERVED, 0},          {1, MEMMAP_USABLE, WB},
    {2, MEMMAP_RESERVED, 0},          {3, MEMMAP_ACPI_RECLAIMABLE, WB},
    {4, MEMMAP_ACPI_NVS, WB},         {5, MEMMAP_BAD, 0},
    {6, MEMMAP_RESERVED, 0},          {7, MEMMAP_PERSISTENT, WB},
    {8, MEMMAP_RESERVED, 0},          {9, MEMMAP_RESERVED, 0},
    {10, MEMMAP_RESERVED, 0},         {11, MEMMAP_RESERVED, 0},
    {12, MEMMAP_PERSISTENT, WB},      {13, MEMMAP_RESERVED, 0},
    {14, MEMMAP_RESERVED, 0},         {15, MEMMAP_RESERVED, 0},
    {20, MEMMAP_RESERVED, 0},         {0x80000000, MEMMAP_RESERVED, 0},
    {0xeffffffe, MEMMAP_RESERVED, 0}, {0xefffffff, MEMMAP_SOFT_RESERVED, WB},
    {0xffffffff, MEMMAP_RESERVED, 0},
};
#define E820_TYPE_ROWS (sizeof e820_types / sizeof e820_types[0])

Test(memmap_source_e820, gives_every_type_its_kind_at_strides_20_and_24)
{
    static const size_t strides[] = {20, 24, 21, 64};
    uint8_t bytes[E820_TYPE_ROWS * 64];

    for (size_t s = 0; s < 4; s++) {
        struct memmap_source source;
        memset(bytes, 0, sizeof bytes); /* extended attributes of 0: not read */
        for (size_t i = 0; i < E820_TYPE_ROWS; i++) {
            store_le64(bytes + i * strides[s], 0x100000 * i + 0x123);
            store_le64(bytes + i * strides[s] + 8, 3 * 4096 + 0x456);
            store_le32(bytes + i * strides[s] + 16, e820_types[i].type);
        }
        cr_assert_eq(
            memmap_source_e820(&source, bytes, E820_TYPE_ROWS * strides[s], strides[s]), MEMMAP_OK);
        cr_assert_eq(source.count, E820_TYPE_ROWS);
        for (uint32_t i = 0; i < E820_TYPE_ROWS; i++) {
            struct memmap_entry entry;
            memmap_source_entry(&source, i, &entry);
            cr_assert_eq(entry.kind, e820_types[i].kind, "type %#x", entry.type);
            cr_assert_eq(entry.type, e820_types[i].type);
            cr_assert_eq(entry.attributes, e820_types[i].attributes, "type %#x", entry.type);
            cr_assert_eq(entry.base_bytes, 0x100000 * i + 0x123);
            cr_assert_eq(entry.page_count, 3);
            cr_assert_eq(entry.tail_bytes, 0x456);
        }
    }
}

Test(memmap_source_e820, refuses_impossible_strides_and_sizes_without_change)
{
    struct memmap_source source, before;
    uint8_t bytes[48] = {0};

    memset(&source, 0x5a, sizeof source);
    memset(&before, 0x5a, sizeof before);
    cr_assert_eq(memmap_source_e820(&source, bytes, 40, 0), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_e820(&source, bytes, 38, 19), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_e820(&source, bytes, 40, UINT64_C(1) << 32), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_e820(&source, bytes, 41, 20), MEMMAP_BAD_SIZE);
    cr_assert_eq(memmap_source_e820(&source, bytes, UINT64_C(20) << 30, 20), MEMMAP_BAD_SIZE);
    cr_assert_eq(memcmp(&source, &before, sizeof source), 0);
    cr_assert_eq(memmap_source_e820(&source, bytes, 0, 24), MEMMAP_OK);
    cr_assert_eq(source.count, 0);
}

/* ---- random UEFI maps ------------------------------------------------------------------ */

#define MOST    12 /* entries, without those that a rewriting adds */
#define CLAIMS  2
#define PAGES   48
#define GUARD   0xd7
#define ROUNDS  6000
#define OUTPUTS (2 * (2 * MOST + CLAIMS) + 1)

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) /* splitmix64 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % limit);
}

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

    for (uint32_t n = random_below(4); n > 0; n--)
        attributes ^= rare[random_below(15)];
    return attributes;
}

/* One in eight maps comes from a firmware that says nothing of caching. */
static void random_said(struct said *said)
{
    bool mute = random_below(8) == 0;

    said->count = random_below(MOST + 1);
    for (uint32_t i = 0; i < said->count; i++) {
        uint32_t first = random_below(PAGES), pages = random_below(PAGES - first + 1);
        uint32_t offset = random_below(4) == 0 && pages > 0 ? random_below(4096) : 0;
        if (offset != 0 && first + pages == PAGES)
            pages--;
        said->entries[i] = (struct descriptor){random_below(3) == 0 ? 7 : random_below(18),
                                               first * UINT64_C(4096) + offset, pages,
                                               mute ? 0 : random_attributes()};
    }
    said->claim_count = random_below(CLAIMS + 1);
    for (uint32_t i = 0; i < said->claim_count; i++) {
        uint32_t first = random_below(PAGES);
        said->claims[i] = (struct memmap_claim){
            .first_pfn = first,
            .end_pfn = first + 1 + random_below(PAGES - first),
            .kind = (uint8_t)(random_below(2) == 0 ? MEMMAP_KERNEL : MEMMAP_FRAMEBUFFER)};
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
        random_state = SEED + round * UINT64_C(1000003);
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
        random_state = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&plain, &said, 48);
        for (uint32_t i = said.count; i > 1; i--) {
            uint32_t other = random_below(i);
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
        random_state = SEED + round * UINT64_C(1000003);
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
        random_state = SEED + round * UINT64_C(1000003);
        random_said(&said);
        normalize(&plain, &said, 48);
        for (uint32_t i = 0, count = said.count; i < count; i++) {
            struct descriptor *one = &said.entries[i], *more = &said.entries[said.count];
            uint32_t what = random_below(3);
            *more = *one;
            if (what == 0 && may_be_split(one)) {
                one->page_count = 1 + random_below((uint32_t)one->page_count - 1);
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
        random_state = SEED + round * UINT64_C(1000003);
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

Test(memmap_finding_name, is_a_name_for_every_finding)
{
    static const char names[MEMMAP_FINDING_COUNT][16] = {
        "empty", "wrapping", "misaligned", "beyond-width",
        "shared-page", "duplicate", "overlap", "contradiction",
    };

    for (unsigned i = 0; i < MEMMAP_FINDING_COUNT; i++)
        cr_assert_str_eq(memmap_finding_name((enum memmap_finding)i), names[i]);
    cr_assert_str_eq(memmap_finding_name(MEMMAP_FINDING_COUNT), "unknown");
}
