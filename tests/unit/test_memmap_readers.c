/* SPDX-License-Identifier: MIT */
/*
 * Readers other than UEFI's and E820's own: byte tables written by hand and what they decode to;
 * one layout through every reader; cut, spoiled and random input in buffers of the exact size,
 * so that the sanitizer sees every byte read too many.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/normalize.h"
#include "memmap/source_fdt.h"

#define SEED   UINT64_C(0x4ead345)
#define ROUNDS 20000
#define WB     MEMMAP_WB
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Little- and big-endian words as bytes of a table. */
#define B(x, n)  (uint8_t)((uint64_t)(x) >> (n) & 0xff)
#define L4(x)    B(x, 0), B(x, 8), B(x, 16), B(x, 24)
#define L8(x)    L4(x), B(x, 32), B(x, 40), B(x, 48), B(x, 56)
#define M4(x)    B(x, 24), B(x, 16), B(x, 8), B(x, 0)
#define M8(x)    B(x, 56), B(x, 48), B(x, 40), B(x, 32), M4(x)

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) /* splitmix64 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % limit);
}

/* A copy with nothing readable behind it. */
static uint8_t *exact_copy(const void *bytes, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    return copy;
}

struct decoded {
    uint64_t base, pages;
    uint32_t tail, type;
    uint64_t attributes;
    enum memmap_kind kind;
};

static void expect_entries(const struct memmap_source *source, enum memmap_format format,
                           const struct decoded *expected, size_t count)
{
    cr_assert_eq(source->format, format);
    cr_assert_eq(source->count, count, "%u entries", source->count);
    for (uint32_t i = 0; i < count; i++) {
        struct memmap_entry entry;
        memset(&entry, 0xa5, sizeof entry);
        memmap_source_entry(source, i, &entry);
        cr_assert_eq(entry.base_bytes, expected[i].base, "entry %u", i);
        cr_assert_eq(entry.page_count, expected[i].pages, "entry %u", i);
        cr_assert_eq(entry.tail_bytes, expected[i].tail, "entry %u", i);
        cr_assert_eq(entry.type, expected[i].type, "entry %u: %#x", i, entry.type);
        cr_assert_eq(entry.attributes, expected[i].attributes, "entry %u", i);
        cr_assert_eq(entry.kind, expected[i].kind, "entry %u: %s", i, memmap_kind_name(entry.kind));
    }
}

/* In place: copies of a struct need not keep its padding. */
static void fill_junk(struct memmap_source *source)
{
    memset(source, 0x5a, sizeof *source);
}

static void expect_untouched(const struct memmap_source *source)
{
    struct memmap_source junk;

    fill_junk(&junk);
    cr_assert_eq(memcmp(source, &junk, sizeof junk), 0, "source was changed on error");
}

/* ---- Multiboot2 ------------------------------------------------------------------------ */

#define MB2_ENTRY(base, length, type) L8(base), L8(length), L4(type), L4(0xeeeeeeee)
#define MB2_MAP_BYTES                 (16 + 7 * 24)
#define MB2_MAP                                                                              \
    L4(6), L4(MB2_MAP_BYTES), L4(24), L4(0), MB2_ENTRY(0, 0x9fc00, 1),                       \
        MB2_ENTRY(0x9fc00, 0x400, 2), MB2_ENTRY(0x7fe0000, 0x11000, 3),                      \
        MB2_ENTRY(0x7ff1000, 0x2000, 4), MB2_ENTRY(0x8000000, 0x1000, 5),                    \
        MB2_ENTRY(0xfffc0000, 0x40000, 0), MB2_ENTRY(0xfedcba9876543210, 0x123456789abcdef, 7)

static const struct decoded mb2_expected[] = {
    {0, 0x9f, 0xc00, 1, WB, MEMMAP_USABLE},
    {0x9fc00, 0, 0x400, 2, 0, MEMMAP_RESERVED},
    {0x7fe0000, 0x11, 0, 3, WB, MEMMAP_ACPI_RECLAIMABLE},
    {0x7ff1000, 2, 0, 4, WB, MEMMAP_ACPI_NVS},
    {0x8000000, 1, 0, 5, 0, MEMMAP_BAD},
    {0xfffc0000, 0x40, 0, 0, 0, MEMMAP_RESERVED},
    {0xfedcba9876543210, 0x123456789abc, 0xdef, 7, 0, MEMMAP_RESERVED}, /* not E820's 7 */
};

#define EFI_ENTRY(type, base, pages, attributes) \
    L4(type), L4(0xeeeeeeee), L8(base), L8(0xeeeeeeee), L8(pages), L8(attributes), L8(0xeeeeeeee)
#define EFI_MAP_BYTES (16 + 2 * 48)
#define EFI_MAP                                                                \
    L4(17), L4(EFI_MAP_BYTES), L4(48), L4(1), EFI_ENTRY(7, 0x100000, 0x10, 15), \
        EFI_ENTRY(10, 0x200000, 3, 9)

static const struct decoded efi_expected[] = {
    {0x100000, 0x10, 0, 7, 15, MEMMAP_USABLE},
    {0x200000, 3, 0, 10, 9, MEMMAP_ACPI_NVS},
};

/* A command line of 13 bytes (3 of padding), a map twice, the EFI map, the end. */
#define MB2_CMDLINE L4(1), L4(13), 'q', 'u', 'i', 'e', 0, 0xee, 0xee, 0xee
#define MB2_END     L4(0), L4(8)
#define MB2_BYTES   (8 + 16 + MB2_MAP_BYTES + 16 + EFI_MAP_BYTES + 8)
static const uint8_t mb2_info[] = {L4(MB2_BYTES), L4(0), MB2_CMDLINE, MB2_MAP,
                                   L4(6), L4(16), L4(24), L4(0), EFI_MAP, MB2_END};
_Static_assert(sizeof mb2_info == MB2_BYTES, "the table counts itself");

Test(memmap_source_multiboot2, decodes_every_type_of_a_tag)
{
    static const uint8_t tag[] = {MB2_MAP};
    uint8_t *bytes = exact_copy(tag, sizeof tag);
    struct memmap_source source;

    cr_assert_eq(memmap_source_multiboot2(&source, bytes, sizeof tag), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_MULTIBOOT2, mb2_expected, COUNT(mb2_expected));
    free(bytes);
}

Test(memmap_source_multiboot2, reads_wider_entries_and_newer_versions_and_no_byte_behind_the_tag)
{
    static const uint8_t tag[] = {L4(6), L4(16 + 2 * 32), L4(32), L4(9),
                                  MB2_ENTRY(0x1000, 0x3001, 1), L8(77),
                                  MB2_ENTRY(0x5000, 0x1000, 6), L8(78), 0xee, 0xee};
    static const struct decoded expected[] = {{0x1000, 3, 1, 1, WB, MEMMAP_USABLE},
                                              {0x5000, 1, 0, 6, 0, MEMMAP_RESERVED}};
    struct memmap_source source;

    cr_assert_eq(memmap_source_multiboot2(&source, tag, sizeof tag), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_MULTIBOOT2, expected, 2);
}

Test(memmap_source_multiboot2, refuses_impossible_tags_and_leaves_the_source_alone)
{
    static const struct {
        uint32_t type, tag_size, entry_size;
        uint64_t size;
        enum memmap_status status;
    } rows[] = {
        {6, 64, 24, 63, MEMMAP_BAD_SIZE}, /* cut */
        {6, 64, 24, 7, MEMMAP_BAD_SIZE},
        {6, 64, 24, 0, MEMMAP_BAD_SIZE},
        {6, 15, 24, 64, MEMMAP_BAD_SIZE}, /* below the header */
        {6, 0, 24, 64, MEMMAP_BAD_SIZE},
        {6, 0xffffffff, 24, 64, MEMMAP_BAD_SIZE},
        {6, 63, 24, 64, MEMMAP_BAD_SIZE}, /* no whole number of entries */
        {6, 17, 24, 64, MEMMAP_BAD_SIZE},
        {6, 64, 0, 64, MEMMAP_BAD_STRIDE},
        {6, 64, 16, 64, MEMMAP_BAD_STRIDE},
        {6, 64, 20, 64, MEMMAP_BAD_STRIDE},
        {6, 64, 23, 64, MEMMAP_BAD_STRIDE},
        {6, 64, 28, 64, MEMMAP_BAD_STRIDE},
        {6, 64, 0xffffffff, 64, MEMMAP_BAD_STRIDE},
        {17, 64, 24, 64, MEMMAP_NOT_FOUND},
        {0, 8, 24, 64, MEMMAP_NOT_FOUND},
        {6, 64, 24, 64, MEMMAP_OK},
        {6, 64, 48, 64, MEMMAP_OK},
        {6, 40, 24, 64, MEMMAP_OK},
        {6, 16, 24, 16, MEMMAP_OK},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t tag[64] = {0};
        struct memmap_source source;
        fill_junk(&source);
        store_le32(tag, rows[i].type);
        store_le32(tag + 4, rows[i].tag_size);
        store_le32(tag + 8, rows[i].entry_size);
        uint8_t *bytes = exact_copy(tag, (size_t)rows[i].size);
        cr_assert_eq(memmap_source_multiboot2(&source, bytes, rows[i].size), rows[i].status,
                     "row %zu", i);
        if (rows[i].status == MEMMAP_OK)
            cr_assert_eq(source.count, (rows[i].tag_size - 16) / rows[i].entry_size, "row %zu", i);
        else
            expect_untouched(&source);
        free(bytes);
    }
}

Test(memmap_source_multiboot2_info, finds_the_first_map_or_the_efi_map_as_preferred)
{
    uint8_t *bytes = exact_copy(mb2_info, sizeof mb2_info);
    struct memmap_source source;

    cr_assert_eq(memmap_source_multiboot2_info(&source, bytes, MB2_BYTES, false), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_MULTIBOOT2, mb2_expected, COUNT(mb2_expected));
    cr_assert_eq(memmap_source_multiboot2_info(&source, bytes, MB2_BYTES, true), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_UEFI, efi_expected, 2);
    free(bytes);
}

Test(memmap_source_multiboot2_info, takes_the_only_map_whatever_is_preferred)
{
    static const uint8_t plain[] = {L4(16 + MB2_MAP_BYTES), L4(0), MB2_MAP, MB2_END, 0xee};
    static const uint8_t efi[] = {L4(16 + EFI_MAP_BYTES), L4(0), EFI_MAP, MB2_END, 0xee};
    static const uint8_t none[] = {L4(32), L4(0), MB2_CMDLINE, MB2_END};
    struct memmap_source source;

    for (int prefer = 0; prefer < 2; prefer++) {
        cr_assert_eq(memmap_source_multiboot2_info(&source, plain, sizeof plain, prefer), MEMMAP_OK);
        expect_entries(&source, MEMMAP_FORMAT_MULTIBOOT2, mb2_expected, COUNT(mb2_expected));
        cr_assert_eq(memmap_source_multiboot2_info(&source, efi, sizeof efi, prefer), MEMMAP_OK);
        expect_entries(&source, MEMMAP_FORMAT_UEFI, efi_expected, 2);
        fill_junk(&source);
        cr_assert_eq(memmap_source_multiboot2_info(&source, none, sizeof none, prefer),
                     MEMMAP_NOT_FOUND);
        expect_untouched(&source);
    }
}

/* offset of a word in mb2_info: 0 total, 12 size of the command line, 28 of the map, ... */
Test(memmap_source_multiboot2_info, refuses_structures_that_do_not_hold_together)
{
    enum { MAP = 24, SECOND = MAP + MB2_MAP_BYTES, EFI = SECOND + 16, END = EFI + EFI_MAP_BYTES };
    static const struct {
        uint32_t offset, word;
        enum memmap_status plain, efi;
    } rows[] = {
        {0, MB2_BYTES + 1, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {0, MB2_BYTES - 1, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE}, /* the end tag is cut */
        {0, MB2_BYTES - 8, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE}, /* there is none */
        {0, 8, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {0, 0, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {12, 7, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {12, 0, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {12, 0xffffffff, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {12, 0xfffffff8, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {12, MB2_BYTES - 8, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE}, /* swallows the end */
        {MAP + 8, 20, MEMMAP_BAD_STRIDE, MEMMAP_OK},
        {MAP + 4, MB2_MAP_BYTES - 1, MEMMAP_BAD_SIZE, MEMMAP_OK},
        {EFI + 8, 32, MEMMAP_OK, MEMMAP_BAD_STRIDE},
        {EFI + 8, 44, MEMMAP_OK, MEMMAP_BAD_STRIDE},
        {EFI + 8, 40, MEMMAP_OK, MEMMAP_BAD_SIZE},
        {EFI + 12, 99, MEMMAP_OK, MEMMAP_OK}, /* any descriptor version */
        {END + 4, 9, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
        {END, 5, MEMMAP_BAD_SIZE, MEMMAP_BAD_SIZE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *bytes = exact_copy(mb2_info, sizeof mb2_info);
        store_le32(bytes + rows[i].offset, rows[i].word);
        for (int prefer = 0; prefer < 2; prefer++) {
            struct memmap_source source;
            enum memmap_status expected = prefer ? rows[i].efi : rows[i].plain;
            fill_junk(&source);
            cr_assert_eq(memmap_source_multiboot2_info(&source, bytes, MB2_BYTES, prefer), expected,
                         "row %zu", i);
            if (expected != MEMMAP_OK)
                expect_untouched(&source);
        }
        free(bytes);
    }
    /* a map tag without the room for its header */
    static const uint8_t small[] = {L4(32), L4(0), L4(6), L4(12), L4(24), L4(0), MB2_END};
    struct memmap_source source;
    fill_junk(&source);
    cr_assert_eq(memmap_source_multiboot2_info(&source, small, 32, false), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
}

Test(memmap_source_multiboot2_info, refuses_every_truncation)
{
    for (uint32_t size = 0; size < MB2_BYTES; size++) {
        uint8_t *bytes = exact_copy(mb2_info, size);
        for (int patched = 0; patched < 2; patched++) {
            struct memmap_source source;
            fill_junk(&source);
            if (patched && size >= 4)
                store_le32(bytes, size); /* a structure that says so itself */
            cr_assert_eq(memmap_source_multiboot2_info(&source, bytes, size, patched),
                         MEMMAP_BAD_SIZE, "%u bytes", size);
            expect_untouched(&source);
        }
        free(bytes);
    }
}

/* ---- Limine ---------------------------------------------------------------------------- */

Test(memmap_source_limine, decodes_every_type)
{
#define LIMINE(type) L8(0x1000 * (type) + 0x123), L8(0x2045), L8(type)
    static const uint8_t table[] = {LIMINE(0), LIMINE(1), LIMINE(2), LIMINE(3), LIMINE(4),
                                    LIMINE(5), LIMINE(6), LIMINE(7), LIMINE(8), LIMINE(9),
                                    L8(0x1000), L8(0xffffffffffffffff), L8(0x100000000)};
#define DECODED(type, attributes, kind) {0x1000 * (type) + 0x123, 2, 0x45, type, attributes, kind}
    static const struct decoded expected[] = {
        DECODED(0, WB, MEMMAP_USABLE),
        DECODED(1, 0, MEMMAP_RESERVED),
        DECODED(2, WB, MEMMAP_ACPI_RECLAIMABLE),
        DECODED(3, WB, MEMMAP_ACPI_NVS),
        DECODED(4, 0, MEMMAP_BAD),
        DECODED(5, WB, MEMMAP_LOADER_RECLAIMABLE),
        DECODED(6, WB, MEMMAP_KERNEL),
        DECODED(7, 0, MEMMAP_FRAMEBUFFER),
        DECODED(8, 0, MEMMAP_RESERVED),
        DECODED(9, 0, MEMMAP_RESERVED),
        {0x1000, 0xfffffffffffff, 0xfff, 0xffffffff, 0, MEMMAP_RESERVED},
    };
    uint8_t *bytes = exact_copy(table, sizeof table);
    struct memmap_source source;

    cr_assert_eq(memmap_source_limine(&source, bytes, sizeof table, 24), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_LIMINE, expected, COUNT(expected));
    free(bytes);
    /* at a wider stride, one byte off any alignment */
    static const uint8_t wide[] = {0xee, LIMINE(6), 0xee, LIMINE(7), 0xee};
    cr_assert_eq(memmap_source_limine(&source, wide + 1, 50, 25), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_LIMINE, expected + 6, 2);
}

Test(memmap_source_limine, refuses_impossible_strides_and_sizes_without_change)
{
    struct memmap_source source;
    uint8_t bytes[48] = {0};

    fill_junk(&source);
    cr_assert_eq(memmap_source_limine(&source, bytes, 48, 0), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_limine(&source, bytes, 46, 23), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_limine(&source, bytes, 48, UINT64_C(1) << 32), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_limine(&source, bytes, 47, 24), MEMMAP_BAD_SIZE);
    cr_assert_eq(memmap_source_limine(&source, bytes, UINT64_C(24) << 30, 24), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
    cr_assert_eq(memmap_source_limine(&source, bytes, 0, 24), MEMMAP_OK);
    cr_assert_eq(source.count, 0);
}

/* ---- Linux boot_params ----------------------------------------------------------------- */

Test(memmap_source_boot_params, decodes_the_table_of_the_zero_page)
{
    static const uint8_t table[] = {L8(0), L8(0x9fc00), L4(1), L8(0x9fc00), L8(0x400), L4(2),
                                    L8(0x100000), L8(0x700000), L4(7)};
    static const struct decoded expected[] = {{0, 0x9f, 0xc00, 1, WB, MEMMAP_USABLE},
                                              {0x9fc00, 0, 0x400, 2, 0, MEMMAP_RESERVED},
                                              {0x100000, 0x700, 0, 7, WB, MEMMAP_PERSISTENT}};
    uint8_t page[0x2d0 + sizeof table];
    struct memmap_source source;

    fill_junk(&source);
    memset(page, 0xee, sizeof page);
    page[0x1e8] = 3;
    memcpy(page + 0x2d0, table, sizeof table);
    uint8_t *bytes = exact_copy(page, sizeof page);
    cr_assert_eq(memmap_source_boot_params(&source, bytes, sizeof page), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_BOOT_PARAMS, expected, 3);
    free(bytes);
    for (size_t size = 0; size < sizeof page; size++) {
        bytes = exact_copy(page, size);
        fill_junk(&source);
        cr_assert_eq(memmap_source_boot_params(&source, bytes, size), MEMMAP_BAD_SIZE);
        expect_untouched(&source);
        free(bytes);
    }
}

Test(memmap_source_boot_params, holds_at_most_128_entries)
{
    uint8_t page[4096] = {0};
    struct memmap_source source;

    fill_junk(&source);
    for (unsigned count = 0; count < 256; count++) {
        page[0x1e8] = (uint8_t)count;
        cr_assert_eq(memmap_source_boot_params(&source, page, sizeof page),
                     count <= 128 ? MEMMAP_OK : MEMMAP_BAD_SIZE, "%u entries", count);
        cr_assert_eq(source.count, count <= 128 ? count : 128);
    }
    page[0x1e8] = 0;
    cr_assert_eq(memmap_source_boot_params(&source, page, 0x2d0), MEMMAP_OK);
    page[0x1e8] = 128;
    cr_assert_eq(memmap_source_boot_params(&source, page, 0xcd0), MEMMAP_OK);
    cr_assert_eq(memmap_source_boot_params(&source, page, 0xccf), MEMMAP_BAD_SIZE);
}

/* ---- our own regions ------------------------------------------------------------------- */

#define REGION(first, end, attributes, kind) \
    L8(first), L8(end), L8(attributes), L4(0x80000007), kind, 3, 0xee, 0xee

Test(memmap_source_bootinfo, takes_kinds_and_attributes_as_they_are)
{
    uint8_t table[256 * 40];
    struct memmap_source source;

    for (unsigned kind = 0; kind < 256; kind++) {
        const uint8_t region[] = {REGION(0x100 + kind, 0x103 + kind,
                                         kind * UINT64_C(0x8000000100000001), (uint8_t)kind)};
        memcpy(table + 40 * kind, region, 32);
    }
    cr_assert_eq(memmap_source_bootinfo(&source, table, sizeof table, 40), MEMMAP_OK);
    for (unsigned kind = 0; kind < 256; kind++) {
        struct decoded expected = {(0x100 + kind) * UINT64_C(4096), 3, 0, kind,
                                   kind * UINT64_C(0x8000000100000001),
                                   kind < 22 ? (enum memmap_kind)kind : MEMMAP_RESERVED};
        struct memmap_source one = source;
        one.bytes += 40 * kind;
        one.count = 1;
        expect_entries(&one, MEMMAP_FORMAT_BOOTINFO, &expected, 1);
    }
}

Test(memmap_source_bootinfo, reads_regions_up_to_the_end_of_the_address_space)
{
    static const uint8_t table[] = {REGION(0, UINT64_C(1) << 52, WB, 0),
                                    REGION((UINT64_C(1) << 52) - 1, UINT64_C(1) << 52, 0, 19),
                                    REGION(7, 7, 0, 4)};
    static const struct decoded expected[] = {
        {0, UINT64_C(1) << 52, 0, 0, WB, MEMMAP_USABLE},
        {0xfffffffffffff000, 1, 0, 19, 0, MEMMAP_RESERVED},
        {0x7000, 0, 0, 4, 0, MEMMAP_UNACCEPTED},
    };
    uint8_t *bytes = exact_copy(table, sizeof table);
    struct memmap_source source;

    cr_assert_eq(memmap_source_bootinfo(&source, bytes, sizeof table, 32), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_BOOTINFO, expected, 3);
    free(bytes);
}

Test(memmap_source_bootinfo, refuses_what_is_no_range_and_leaves_the_source_alone)
{
    static const uint64_t ranges[][2] = {{2, 1},
                                         {UINT64_MAX, 0},
                                         {0, (UINT64_C(1) << 52) + 1},
                                         {(UINT64_C(1) << 52) + 1, (UINT64_C(1) << 52) + 1},
                                         {0, UINT64_MAX}};
    struct memmap_source source;
    uint8_t table[64] = {REGION(1, 2, 0, 0)};

    fill_junk(&source);
    for (size_t i = 0; i < COUNT(ranges); i++) {
        store_le64(table + 32, ranges[i][0]);
        store_le64(table + 40, ranges[i][1]);
        cr_assert_eq(memmap_source_bootinfo(&source, table, 64, 32), MEMMAP_BAD_RANGE, "%zu", i);
    }
    cr_assert_eq(memmap_source_bootinfo(&source, table, 64, 0), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_bootinfo(&source, table, 62, 31), MEMMAP_BAD_STRIDE);
    cr_assert_eq(memmap_source_bootinfo(&source, table, 63, 32), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
}

/* ---- ranges ---------------------------------------------------------------------------- */

Test(memmap_source_ranges, decodes_every_type)
{
    static const struct memmap_fdt_range ranges[] = {
        {0x80000123, 0x2045, MEMMAP_FDT_MEMORY, 0}, {0x1000, 0x1000, MEMMAP_FDT_RESERVATION, 0},
        {0x2000, 0x1000, MEMMAP_FDT_RESERVED, 0},   {0x3000, 0x1000, MEMMAP_FDT_NO_MAP, 0},
        {0x4000, 0, 0, 7},                          {0x5000, UINT64_MAX, 5, 7},
        {UINT64_MAX, 1, UINT32_MAX, 0},
    };
    static const struct decoded expected[] = {
        {0x80000123, 2, 0x45, 1, WB, MEMMAP_USABLE},
        {0x1000, 1, 0, 2, 0, MEMMAP_RESERVED},
        {0x2000, 1, 0, 3, 0, MEMMAP_RESERVED},
        {0x3000, 1, 0, 4, 0, MEMMAP_RESERVED},
        {0x4000, 0, 0, 0, 0, MEMMAP_RESERVED},
        {0x5000, 0xfffffffffffff, 0xfff, 5, 0, MEMMAP_RESERVED},
        {UINT64_MAX, 0, 1, UINT32_MAX, 0, MEMMAP_RESERVED},
    };
    struct memmap_source source;

    fill_junk(&source);
    cr_assert_eq(memmap_source_ranges(&source, ranges, (size_t)0x40000000), MEMMAP_BAD_SIZE);
    cr_assert_eq(memmap_source_ranges(&source, ranges, SIZE_MAX), MEMMAP_BAD_SIZE);
    expect_untouched(&source);
    cr_assert_eq(memmap_source_ranges(&source, ranges, COUNT(ranges)), MEMMAP_OK);
    expect_entries(&source, MEMMAP_FORMAT_RANGES, expected, COUNT(expected));
}

/* ---- devicetree ------------------------------------------------------------------------ */

#define BEGIN     M4(1)
#define END_NODE  M4(2)
#define PROP(size, name) M4(3), M4(size), M4(name)
#define NOP       M4(4)
#define END       M4(9)

/* Offsets into the strings block. */
enum { A_CELLS = 0, S_CELLS = 15, TYPE = 27, REG = 39, NO_MAP = 43, STATUS = 50, STRINGS = 57 };

#define FDT_STRINGS                                                                              \
    '#', 'a', 'd', 'd', 'r', 'e', 's', 's', '-', 'c', 'e', 'l', 'l', 's', 0, '#', 's', 'i', 'z', \
        'e', '-', 'c', 'e', 'l', 'l', 's', 0, 'd', 'e', 'v', 'i', 'c', 'e', '_', 't', 'y', 'p',  \
        'e', 0, 'r', 'e', 'g', 0, 'n', 'o', '-', 'm', 'a', 'p', 0, 's', 't', 'a', 't', 'u', 's', 0

#define IS_MEMORY PROP(7, TYPE), 'm', 'e', 'm', 'o', 'r', 'y', 0, 0xee
#define ROOT(a, s) BEGIN, 0, 0, 0, 0, PROP(4, A_CELLS), M4(a), PROP(4, S_CELLS), M4(s)
#define MEMORY_AT(digit) BEGIN, 'm', 'e', 'm', 'o', 'r', 'y', '@', digit, 0, 0, 0, 0
#define RESERVED_MEMORY \
    BEGIN, 'r', 'e', 's', 'e', 'r', 'v', 'e', 'd', '-', 'm', 'e', 'm', 'o', 'r', 'y', 0

/* The header, one reservation block of `r` bytes at 40, strings, then the structure block. */
#define FDT_HEADER(r, s)                                                                        \
    M4(0xd00dfeed), M4(40 + (r) + STRINGS + (s)), M4(40 + (r) + STRINGS), M4(40 + (r)), M4(40), \
        M4(17), M4(16), M4(0), M4(STRINGS), M4(s)

/*
 * / { #address-cells = 2; #size-cells = 1;
 *     memory@8 { reg (before device_type), child { reg } };  memory@9 { status = "disabled" };
 *     memory@a { no device_type };  memory { two pairs };
 *     reserved-memory { a { reg }; b { no-map; reg } };  cpus { device_type = "memory" } }
 */
#define FDT_TREE                                                                                  \
    NOP, ROOT(2, 1), MEMORY_AT('8'), PROP(12, REG), M8(0x80000000), M4(0x10000000), IS_MEMORY,    \
        BEGIN, 'c', 0, 0, 0, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, END_NODE,         \
        MEMORY_AT('9'), IS_MEMORY, PROP(9, STATUS), 'd', 'i', 's', 'a', 'b', 'l', 'e', 'd', 0, 0, \
        0, 0, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, MEMORY_AT('a'), PROP(12, REG),   \
        M8(0xbad000), M4(0x1000), END_NODE, BEGIN, 'm', 'e', 'm', 'o', 'r', 'y', 0, 0, IS_MEMORY, \
        PROP(5, STATUS), 'o', 'k', 'a', 'y', 0, 0, 0, 0, NOP, PROP(24, REG), M8(0x100000000),     \
        M4(0x7fffffff), M8(0xfedcba9876543210), M4(0), END_NODE, RESERVED_MEMORY,                 \
        PROP(4, A_CELLS), M4(2), PROP(4, S_CELLS), M4(1), BEGIN, 'a', 0, 0, 0, PROP(12, REG),     \
        M8(0x81000000), M4(0x2000), BEGIN, 'x', 0, 0, 0, PROP(12, REG), M8(0xbad000), M4(1),      \
        END_NODE, END_NODE, BEGIN, 'b', 0, 0, 0, PROP(0, NO_MAP), PROP(12, REG), M8(0x82000000),  \
        M4(0x3000), END_NODE, BEGIN, 'd', 0, 0, 0, END_NODE, END_NODE, BEGIN, 'c', 'p', 'u', 's', \
        0, 0, 0, 0, IS_MEMORY, PROP(12, REG), M8(0xbad000), M4(0x1000), END_NODE, END_NODE, END

static const uint8_t fdt_tree[] = {FDT_TREE};
#define FDT_RESERVATIONS M8(0x88000000), M8(0x4000), M8(0), M8(0x1000), M8(0), M8(0)
static const uint8_t fdt_blob[] = {FDT_HEADER(48, sizeof fdt_tree), FDT_RESERVATIONS, FDT_STRINGS,
                                   FDT_TREE};

static const struct memmap_fdt_range fdt_expected[] = {
    {0x88000000, 0x4000, MEMMAP_FDT_RESERVATION, 0}, {0, 0x1000, MEMMAP_FDT_RESERVATION, 0},
    {0x80000000, 0x10000000, MEMMAP_FDT_MEMORY, 0},  {0x100000000, 0x7fffffff, MEMMAP_FDT_MEMORY, 0},
    {0xfedcba9876543210, 0, MEMMAP_FDT_MEMORY, 0},   {0x81000000, 0x2000, MEMMAP_FDT_RESERVED, 0},
    {0x82000000, 0x3000, MEMMAP_FDT_NO_MAP, 0},
};
#define FDT_COUNT COUNT(fdt_expected)

Test(memmap_fdt_collect, finds_memory_and_reservations_and_nothing_else)
{
    uint8_t *bytes = exact_copy(fdt_blob, sizeof fdt_blob);
    struct memmap_fdt_range ranges[FDT_COUNT + 1];
    size_t count = 99;

    memset(ranges, 0xa5, sizeof ranges);
    cr_assert_eq(memmap_fdt_collect(bytes, sizeof fdt_blob, ranges, FDT_COUNT + 1, &count), MEMMAP_OK);
    cr_assert_eq(count, FDT_COUNT);
    cr_assert_eq(memcmp(ranges, fdt_expected, sizeof fdt_expected), 0);
    cr_assert_eq(ranges[FDT_COUNT].base_bytes, UINT64_C(0xa5a5a5a5a5a5a5a5));
    free(bytes);
}

Test(memmap_fdt_collect, says_exactly_how_much_room_it_needs_and_writes_nothing)
{
    struct memmap_fdt_range ranges[FDT_COUNT], junk[FDT_COUNT];

    memset(junk, 0xa5, sizeof junk);
    for (size_t capacity = 0; capacity <= FDT_COUNT; capacity++) {
        size_t count = 99;
        memcpy(ranges, junk, sizeof junk);
        cr_assert_eq(memmap_fdt_collect(fdt_blob, sizeof fdt_blob, capacity == 0 ? NULL : ranges,
                                        capacity, &count),
                     capacity < FDT_COUNT ? MEMMAP_NO_ROOM : MEMMAP_OK);
        cr_assert_eq(count, FDT_COUNT);
        cr_assert_eq(memcmp(ranges, capacity < FDT_COUNT ? junk : fdt_expected, sizeof junk), 0);
    }
}

/* One tree in a blob without reservations. */
static enum memmap_status collect_tree(const uint8_t *tree, size_t size,
                                       struct memmap_fdt_range *ranges, size_t capacity,
                                       size_t *ret_count)
{
    const uint8_t head[] = {FDT_HEADER(16, size), M8(0), M8(0), FDT_STRINGS};
    uint8_t *blob = malloc(sizeof head + size);
    enum memmap_status status;

    memcpy(blob, head, sizeof head);
    memcpy(blob + sizeof head, tree, size);
    status = memmap_fdt_collect(blob, sizeof head + size, ranges, capacity, ret_count);
    free(blob);
    return status;
}

#define TREE(...) (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__}

Test(memmap_fdt_collect, reads_cells_of_every_width)
{
    struct memmap_fdt_range one;
    size_t count;

#define WIDTH(a, s, size, ...)                                                                    \
    collect_tree(TREE(ROOT(a, s), MEMORY_AT('0'), IS_MEMORY, PROP(size, REG), __VA_ARGS__, END_NODE, \
                      END_NODE, END),                                                             \
                 &one, 1, &count)
    cr_assert_eq(WIDTH(1, 1, 8, M4(0x80001000), M4(0x90002000)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x80001000 && one.size_bytes == 0x90002000);
    cr_assert_eq(WIDTH(1, 2, 12, M4(0x80001000), M8(0x123456789abcdef0)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x80001000 && one.size_bytes == 0x123456789abcdef0);
    cr_assert_eq(WIDTH(2, 1, 12, M8(0x123456789abcdef0), M4(0xf0000001)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 0xf0000001);
    cr_assert_eq(WIDTH(2, 2, 16, M8(0x123456789abcdef0), M8(0xfedcba9876543210)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 0xfedcba9876543210);
    cr_assert_eq(WIDTH(0, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(1, 0, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(3, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(1, 3, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(0xffffffff, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(2, 2, 12, M8(0), M4(0)), MEMMAP_BAD_SIZE);
    cr_assert_eq(WIDTH(1, 1, 7, M8(0)), MEMMAP_BAD_SIZE);
    /* where the root is silent: 2 and 1 */
    cr_assert_eq(collect_tree(TREE(BEGIN, M4(0), MEMORY_AT('0'), IS_MEMORY, PROP(12, REG),
                                   M8(0x123456789abcdef0), M4(7), END_NODE, END_NODE, END),
                              &one, 1, &count),
                 MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 7);
    /* nobody asks for cells where there is no memory */
    cr_assert_eq(collect_tree(TREE(ROOT(9, 9), END_NODE, END), NULL, 0, &count), MEMMAP_OK);
    cr_assert_eq(count, 0);
}

Test(memmap_fdt_collect, leaves_out_memory_whose_status_is_neither_okay_nor_ok)
{
    struct memmap_fdt_range ranges[1];
    size_t count;

#define EXPECT_KEPT(expected, size, ...)                                                       \
    cr_assert_eq(collect_tree(TREE(ROOT(1, 1), MEMORY_AT('0'), PROP(8, REG), M4(1), M4(2),     \
                                   PROP(size, STATUS), __VA_ARGS__, IS_MEMORY, END_NODE,       \
                                   END_NODE, END),                                             \
                              ranges, 1, &count),                                              \
                 MEMMAP_OK);                                                                   \
    cr_assert_eq(count, expected)
    EXPECT_KEPT(1, 5, 'o', 'k', 'a', 'y', 0, 0, 0, 0);
    EXPECT_KEPT(1, 3, 'o', 'k', 0, 0);
    EXPECT_KEPT(0, 2, 'o', 'k', 0, 0); /* no NUL: not this word */
    EXPECT_KEPT(0, 5, 'o', 'k', 'a', 'z', 0, 0, 0, 0);
    EXPECT_KEPT(0, 5, 'f', 'a', 'i', 'l', 0, 0, 0, 0);
}

Test(memmap_fdt_collect, refuses_trees_that_do_not_hold_together)
{
    size_t count = 99;

#define REFUSE(status, ...) cr_assert_eq(collect_tree(TREE(__VA_ARGS__), NULL, 0, &count), status)
    REFUSE(MEMMAP_BAD_SIZE, END);                              /* no root */
    REFUSE(MEMMAP_BAD_SIZE, NOP);                              /* no end */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END);                /* root is open */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE);           /* no end */
    REFUSE(MEMMAP_BAD_SIZE, END_NODE, END);                    /* nothing to close */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, BEGIN, M4(0), END_NODE, END); /* two roots */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(5), END_NODE, END);                  /* no such token */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(0), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, 'n', 'o', 'n', 'u');        /* name without its end */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, 'a', 0);                    /* name without its padding */
    REFUSE(MEMMAP_BAD_SIZE, PROP(0, REG), BEGIN, M4(0), END_NODE, END); /* property of nothing */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, PROP(0, REG), END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), BEGIN, 'a', 0, 0, 0, END_NODE, PROP(0, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0, STRINGS), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(9, REG), END_NODE, END); /* 9 + 3 > 8 */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0xffffffff, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0xfffffffd, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(3), M4(0));
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(3, A_CELLS), M4(1), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(8, S_CELLS), M8(1), END_NODE, END);
    cr_assert_eq(count, 99);
}

Test(memmap_fdt_collect, refuses_reserved_memory_that_contradicts_the_root)
{
    size_t count = 99;

    REFUSE(MEMMAP_OK, ROOT(2, 2), RESERVED_MEMORY, END_NODE, END_NODE, END);
    REFUSE(MEMMAP_OK, ROOT(1, 2), RESERVED_MEMORY, PROP(4, A_CELLS), M4(1), PROP(4, S_CELLS), M4(2),
           END_NODE, END_NODE, END);
    cr_assert_eq(count, 0);
    count = 99;
    REFUSE(MEMMAP_BAD_STRIDE, ROOT(2, 2), RESERVED_MEMORY, PROP(4, A_CELLS), M4(1), END_NODE,
           END_NODE, END);
    REFUSE(MEMMAP_BAD_STRIDE, ROOT(2, 2), RESERVED_MEMORY, PROP(4, S_CELLS), M4(1), END_NODE,
           END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, ROOT(2, 2), RESERVED_MEMORY, PROP(0, S_CELLS), END_NODE, END_NODE, END);
    cr_assert_eq(count, 99);
}

static void store_be32(uint8_t *at, uint32_t word)
{
    const uint8_t bytes[] = {M4(word)};

    memcpy(at, bytes, 4);
}

Test(memmap_fdt_collect, refuses_headers_that_lie)
{
    static const struct {
        uint32_t offset, word;
        enum memmap_status status;
    } rows[] = {
        {0, 0xd00dfeee, MEMMAP_BAD_SIZE},
        {0, 0xedfe0dd0, MEMMAP_BAD_SIZE},
        {4, sizeof fdt_blob + 1, MEMMAP_BAD_SIZE},
        {4, sizeof fdt_blob - 1, MEMMAP_BAD_SIZE},
        {4, 39, MEMMAP_BAD_SIZE},
        {4, 40, MEMMAP_BAD_SIZE},
        {4, 0, MEMMAP_BAD_SIZE},
        {8, 0xfffffff0, MEMMAP_BAD_SIZE},
        {8, 40 + 48 + STRINGS + 4, MEMMAP_BAD_SIZE},
        {12, 0xfffffff0, MEMMAP_BAD_SIZE},
        {12, sizeof fdt_blob - STRINGS + 1, MEMMAP_BAD_SIZE},
        {16, sizeof fdt_blob, MEMMAP_BAD_SIZE}, /* reservations without an end */
        {16, sizeof fdt_blob - 15, MEMMAP_BAD_SIZE},
        {16, 0xffffffff, MEMMAP_BAD_SIZE},
        {20, 16, MEMMAP_BAD_SIZE}, /* version 16 has no size of the structure block */
        {20, 18, MEMMAP_OK},
        {24, 17, MEMMAP_OK},
        {24, 18, MEMMAP_BAD_SIZE}, /* not compatible with 17 */
        {32, STRINGS - 1, MEMMAP_OK}, /* "status" without its NUL is another name */
        {32, STATUS, MEMMAP_BAD_SIZE},
        {32, 0xffffffff, MEMMAP_BAD_SIZE},
        {36, 0, MEMMAP_BAD_SIZE},
        {36, sizeof fdt_tree - 4, MEMMAP_BAD_SIZE},
        {36, sizeof fdt_tree + 1, MEMMAP_BAD_SIZE},
        {36, 0xffffffff, MEMMAP_BAD_SIZE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *bytes = exact_copy(fdt_blob, sizeof fdt_blob);
        struct memmap_fdt_range ranges[16];
        size_t count = 99;
        store_be32(bytes + rows[i].offset, rows[i].word);
        cr_assert_eq(memmap_fdt_collect(bytes, sizeof fdt_blob, ranges, 16, &count), rows[i].status,
                     "row %zu", i);
        cr_assert_eq(count == 99, rows[i].status != MEMMAP_OK, "row %zu", i);
        free(bytes);
    }
}

Test(memmap_fdt_collect, refuses_every_truncation)
{
    for (size_t size = 0; size < sizeof fdt_blob; size++) {
        uint8_t *bytes = exact_copy(fdt_blob, size);
        size_t structure = 40 + 48 + STRINGS, count = 99;
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        if (size >= 40)
            store_be32(bytes + 4, (uint32_t)size); /* a blob that says so itself */
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        if (size >= structure)
            store_be32(bytes + 36, (uint32_t)(size - structure));
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        cr_assert_eq(count, 99);
        free(bytes);
    }
}

/* ---- one layout, every reader ---------------------------------------------------------- */

#define MOST 40

static uint64_t scratch[8192];
static struct memmap_region regions[2 * MOST + 1];

static struct memmap normalize(const struct memmap_source *source)
{
    struct memmap_input input = {.source = *source, .physical_bits = 48};
    struct memmap map = {.regions = regions, .capacity = COUNT(regions)};
    struct memmap_report report;

    cr_assert_leq(source->count, MOST);
    cr_assert_eq(memmap_normalize(&input, scratch, sizeof scratch, &map, &report), MEMMAP_OK);
    cr_assert_eq(memmap_check(&map, 48, NULL), MEMMAP_OK);
    cr_assert(memmap_report_balances(&report));
    return map;
}

struct stated {
    uint64_t base, length;
    uint32_t e820, uefi; /* type 0: E820 cannot say it */
    uint8_t limine, kind;
};

/*   |u usable|reserved|  usable  |acpi|nvs|bad|     |reserved|   |usable|   out of order */
static const struct stated full[] = {
    {0x100000000, 0x180000000, 1, 7, 0, MEMMAP_USABLE},
    {0, 0x9f000, 1, 7, 0, MEMMAP_USABLE},
    {0x9f000, 0x61000, 2, 0, 1, MEMMAP_RESERVED},
    {0x100000, 0x7ef00000, 1, 7, 0, MEMMAP_USABLE},
    {0x7f000000, 0x100000, 3, 9, 2, MEMMAP_ACPI_RECLAIMABLE},
    {0x7f100000, 0x100000, 4, 10, 3, MEMMAP_ACPI_NVS},
    {0x7f200000, 0x100000, 5, 8, 4, MEMMAP_BAD},
    {0xfee00000, 0x1000, 2, 0, 1, MEMMAP_RESERVED},
    {0x200000, 0x5000, 2, 0, 1, MEMMAP_RESERVED}, /* inside usable memory */
};
static const struct memmap_region full_expected[] = {
    {.first_pfn = 0, .end_pfn = 1, .attributes = WB, .kind = MEMMAP_RESERVED},
    {.first_pfn = 1, .end_pfn = 0x9f, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x9f, .end_pfn = 0x100, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x100, .end_pfn = 0x200, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x200, .end_pfn = 0x205, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x205, .end_pfn = 0x7f000, .attributes = WB, .kind = MEMMAP_USABLE},
    {.first_pfn = 0x7f000, .end_pfn = 0x7f100, .attributes = WB, .kind = MEMMAP_ACPI_RECLAIMABLE},
    {.first_pfn = 0x7f100, .end_pfn = 0x7f200, .attributes = WB, .kind = MEMMAP_ACPI_NVS},
    {.first_pfn = 0x7f200, .end_pfn = 0x7f300, .kind = MEMMAP_BAD},
    {.first_pfn = 0xfee00, .end_pfn = 0xfee01, .kind = MEMMAP_RESERVED},
    {.first_pfn = 0x100000, .end_pfn = 0x280000, .attributes = WB, .kind = MEMMAP_USABLE},
};

static void expect_full(const struct memmap_source *source, const char *reader)
{
    struct memmap map = normalize(source);

    cr_assert_eq(map.count, COUNT(full_expected), "%s: %zu regions", reader, map.count);
    for (size_t i = 0; i < map.count; i++) {
        const struct memmap_region *left = &map.regions[i], *right = &full_expected[i];
        cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                      left->kind == right->kind && left->attributes == right->attributes,
                  "%s, region %zu", reader, i);
    }
}

static uint8_t table[4096];

/* base, length, type at this stride, from `at` on; 0xee where the format leaves it open. */
static void put_typed(uint8_t *at, size_t stride, bool limine)
{
    for (size_t i = 0; i < COUNT(full); i++, at += stride) {
        memset(at, 0xee, stride);
        store_le64(at, full[i].base);
        store_le64(at + 8, full[i].length);
        if (limine)
            store_le64(at + 16, full[i].limine);
        else
            store_le32(at + 16, full[i].e820);
    }
}

Test(memmap_readers, agree_on_one_layout)
{
    struct memmap_source source;

    put_typed(table, 20, false);
    cr_assert_eq(memmap_source_e820(&source, table, COUNT(full) * 20, 20), MEMMAP_OK);
    expect_full(&source, "E820");
    put_typed(table + 0x2d0, 20, false);
    table[0x1e8] = COUNT(full);
    cr_assert_eq(memmap_source_boot_params(&source, table, sizeof table), MEMMAP_OK);
    expect_full(&source, "boot_params");
    put_typed(table + 16, 24, false);
    store_le32(table, 6);
    store_le32(table + 4, 16 + COUNT(full) * 24);
    store_le32(table + 8, 24);
    cr_assert_eq(memmap_source_multiboot2(&source, table, sizeof table), MEMMAP_OK);
    expect_full(&source, "Multiboot2");
    put_typed(table, 24, true);
    cr_assert_eq(memmap_source_limine(&source, table, COUNT(full) * 24, 24), MEMMAP_OK);
    expect_full(&source, "Limine");
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < COUNT(full); i++) {
        store_le32(table + 48 * i, full[i].uefi);
        store_le64(table + 48 * i + 8, full[i].base);
        store_le64(table + 48 * i + 24, full[i].length / 4096);
    }
    cr_assert_eq(memmap_source_uefi(&source, table, COUNT(full) * 48, 48), MEMMAP_OK);
    expect_full(&source, "UEFI");
    struct memmap_region own[COUNT(full)] = {0};
    for (size_t i = 0; i < COUNT(full); i++) {
        own[i].first_pfn = full[i].base / 4096;
        own[i].end_pfn = (full[i].base + full[i].length) / 4096;
        own[i].kind = full[i].kind;
        own[i].attributes = full[i].kind <= MEMMAP_ACPI_NVS ? WB : 0;
    }
    cr_assert_eq(memmap_source_bootinfo(&source, own, sizeof own, sizeof own[0]), MEMMAP_OK);
    expect_full(&source, "boot info");
    cr_assert_eq(memmap_source_bootinfo(&source, full_expected, sizeof full_expected, 32), MEMMAP_OK);
    expect_full(&source, "boot info, normal form");
}

/* What a devicetree can say: memory and reserved. The same through E820. */
Test(memmap_readers, agree_with_a_devicetree_on_what_it_can_say)
{
    static const uint8_t e820[] = {L8(0x80000000), L8(0x10000000), L4(1), L8(0x100000000),
                                   L8(0x7fffffff), L4(1), L8(0x81000000), L8(0x2000), L4(2),
                                   L8(0x82000000), L8(0x3000), L4(2), L8(0x88000000), L8(0x4000),
                                   L4(2), L8(0), L8(0x1000), L4(2)};
    static const struct memmap_region expected[] = {
        {.first_pfn = 0, .end_pfn = 1, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x80000, .end_pfn = 0x81000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x81000, .end_pfn = 0x81002, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x81002, .end_pfn = 0x82000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x82000, .end_pfn = 0x82003, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x82003, .end_pfn = 0x88000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x88000, .end_pfn = 0x88004, .kind = MEMMAP_RESERVED},
        {.first_pfn = 0x88004, .end_pfn = 0x90000, .attributes = WB, .kind = MEMMAP_USABLE},
        {.first_pfn = 0x100000, .end_pfn = 0x17ffff, .attributes = WB, .kind = MEMMAP_USABLE},
    };
    struct memmap_source sources[2];
    struct memmap_fdt_range ranges[16];
    size_t count;

    cr_assert_eq(memmap_source_e820(&sources[0], e820, sizeof e820, 20), MEMMAP_OK);
    cr_assert_eq(memmap_fdt_collect(fdt_blob, sizeof fdt_blob, ranges, 16, &count), MEMMAP_OK);
    cr_assert_eq(memmap_source_ranges(&sources[1], ranges, count), MEMMAP_OK);
    for (size_t s = 0; s < 2; s++) {
        struct memmap map = normalize(&sources[s]);
        cr_assert_eq(map.count, COUNT(expected), "source %zu: %zu regions", s, map.count);
        for (size_t i = 0; i < map.count; i++) {
            const struct memmap_region *left = &map.regions[i], *right = &expected[i];
            cr_assert(left->first_pfn == right->first_pfn && left->end_pfn == right->end_pfn &&
                          left->kind == right->kind && left->attributes == right->attributes,
                      "source %zu region %zu", s, i);
        }
    }
}

/* ---- noise ----------------------------------------------------------------------------- */

/* Whatever was opened decodes and normalizes. */
static void use(const struct memmap_source *source)
{
    for (uint32_t i = 0; i < source->count; i++) {
        struct memmap_entry entry;
        memmap_source_entry(source, i, &entry);
        cr_assert_lt((unsigned)entry.kind, MEMMAP_KIND_COUNT);
        cr_assert_lt(entry.tail_bytes, 4096);
    }
    if (source->count <= MOST)
        normalize(source);
}

/* All random, or a good table with up to eight bytes or small words spoiled; maybe cut. */
static uint8_t *random_bytes(const uint8_t *good, size_t good_size, size_t *ret_size)
{
    size_t size = random_below(4) == 0 ? random_below((uint32_t)good_size + 1) : good_size;
    uint8_t *bytes = exact_copy(good, size);

    *ret_size = size;
    if (random_below(8) == 0) {
        for (size_t i = 0; i < size; i++)
            bytes[i] = (uint8_t)random_below(256);
        return bytes;
    }
    for (uint32_t n = random_below(9); n > 0 && size > 0; n--)
        bytes[random_below((uint32_t)size)] =
            (uint8_t)(random_below(2) == 0 ? random_below(256) : random_below(20));
    return bytes;
}

enum reader { MB2_TAG, MB2_INFO, LIMINE_TABLE, BOOT_PARAMS, BOOTINFO, READERS };

static enum memmap_status open_random(enum reader reader, struct memmap_source *source,
                                      const uint8_t *bytes, size_t size)
{
    switch (reader) {
    case MB2_TAG:
        return memmap_source_multiboot2(source, bytes, size);
    case MB2_INFO:
        return memmap_source_multiboot2_info(source, bytes, size, random_below(2));
    case LIMINE_TABLE:
        return memmap_source_limine(source, bytes, size, random_below(8) == 0 ? random_below(64) : 24);
    case BOOT_PARAMS:
        return memmap_source_boot_params(source, bytes, size);
    default:
        return memmap_source_bootinfo(source, bytes, size, random_below(8) == 0 ? random_below(64) : 32);
    }
}

static void try_noise(enum reader reader, const uint8_t *good, size_t good_size)
{
    uint32_t opened = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    random_state = SEED + reader;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        struct memmap_source source;
        size_t size;
        uint8_t *bytes = random_bytes(good, good_size, &size);
        fill_junk(&source);
        if (open_random(reader, &source, bytes, size) == MEMMAP_OK) {
            opened++;
            use(&source);
        } else {
            expect_untouched(&source);
        }
        free(bytes);
    }
    cr_assert_gt(opened, ROUNDS / 50, "only %u opened: this tries nothing", opened);
    cr_assert_lt(opened, ROUNDS, "nothing was ever refused");
}

Test(memmap_readers, survive_noise_in_a_multiboot2_tag)
{
    static const uint8_t tag[] = {MB2_MAP};

    try_noise(MB2_TAG, tag, sizeof tag);
}

Test(memmap_readers, survive_noise_in_a_multiboot2_structure)
{
    try_noise(MB2_INFO, mb2_info, sizeof mb2_info);
}

Test(memmap_readers, survive_noise_in_limine_entries)
{
    static const uint8_t entries[] = {LIMINE(0), LIMINE(1), LIMINE(5), LIMINE(6), LIMINE(7), LIMINE(8)};

    try_noise(LIMINE_TABLE, entries, sizeof entries);
}

Test(memmap_readers, survive_noise_in_boot_params)
{
    static uint8_t page[0x2d0 + 9 * 20];

    put_typed(page + 0x2d0, 20, false);
    page[0x1e8] = 9;
    try_noise(BOOT_PARAMS, page, sizeof page);
}

Test(memmap_readers, survive_noise_in_our_own_regions)
{
    try_noise(BOOTINFO, (const uint8_t *)full_expected, 5 * 32);
}

Test(memmap_readers, survive_noise_in_a_devicetree)
{
    uint32_t opened = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    random_state = SEED;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        size_t size, count = 99, again = 99;
        uint8_t *bytes = random_bytes(fdt_blob, sizeof fdt_blob, &size);
        struct memmap_fdt_range *ranges = malloc(MOST * sizeof *ranges);
        enum memmap_status status = memmap_fdt_collect(bytes, size, ranges, MOST, &count);
        enum memmap_status counted = memmap_fdt_collect(bytes, size, NULL, 0, &again);
        cr_assert_eq(count, again, "round %u", round);
        if (status == MEMMAP_OK) {
            struct memmap_source source;
            opened++;
            cr_assert_eq(counted, count == 0 ? MEMMAP_OK : MEMMAP_NO_ROOM, "round %u", round);
            cr_assert_eq(memmap_source_ranges(&source, ranges, count), MEMMAP_OK);
            use(&source);
        } else {
            cr_assert_eq(counted, status, "round %u", round);
        }
        free(ranges);
        free(bytes);
    }
    cr_assert_gt(opened, ROUNDS / 50, "only %u opened: this tries nothing", opened);
    cr_assert_lt(opened, ROUNDS, "nothing was ever refused");
}
