/* SPDX-License-Identifier: MIT */
/* What firmware said, entry by entry: kinds by type, rules 2 and 3, strides, E820. */
#include "test_memmap_source.h"

#define WB   MEMMAP_WB
#define UC   MEMMAP_UC
#define RT   MEMMAP_RUNTIME

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
        {{{7, 0x1000, 1, 0}, {5, 0x2000, 1, WB | RT}}, true},
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
