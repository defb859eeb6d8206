/* SPDX-License-Identifier: MIT */
/* Multiboot2: a memory map tag, and a whole information structure, good, cut and spoiled. */
#include "test_memmap_readers.h"

static const struct decoded mb2_expected[] = {
    {0, 0x9f, 0xc00, 1, WB, MEMMAP_USABLE},
    {0x9fc00, 0, 0x400, 2, 0, MEMMAP_RESERVED},
    {0x7fe0000, 0x11, 0, 3, WB, MEMMAP_ACPI_RECLAIMABLE},
    {0x7ff1000, 2, 0, 4, WB, MEMMAP_ACPI_NVS},
    {0x8000000, 1, 0, 5, 0, MEMMAP_BAD},
    {0xfffc0000, 0x40, 0, 0, 0, MEMMAP_RESERVED},
    {0xfedcba9876543210, 0x123456789abc, 0xdef, 7, 0, MEMMAP_RESERVED}, /* not E820's 7 */
};

static const struct decoded efi_expected[] = {
    {0x100000, 0x10, 0, 7, 15, MEMMAP_USABLE},
    {0x200000, 3, 0, 10, 9, MEMMAP_ACPI_NVS},
};

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
        {0, 8, 24, 8, MEMMAP_NOT_FOUND}, /* a header alone says what it is */
        {6, 8, 24, 8, MEMMAP_BAD_SIZE},
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

/*   |header|text tag of 8..32 bytes, padded|map|end| */
Test(memmap_source_multiboot2_info, steps_over_tags_of_every_size_to_the_next_8_bytes)
{
    static const uint8_t map[] = {L4(6), L4(40), L4(24), L4(0), MB2_ENTRY(0x1000, 0x2000, 1), MB2_END};
    static const struct decoded expected[] = {{0x1000, 2, 0, 1, WB, MEMMAP_USABLE}};

    for (uint32_t tag_size = 8; tag_size <= 32; tag_size++) {
        uint32_t map_at = 8 + (tag_size + 7) / 8 * 8, size = map_at + sizeof map;
        uint8_t info[8 + 32 + sizeof map];
        struct memmap_source source;
        memset(info, 0xee, sizeof info);
        store_le32(info, size);
        store_le32(info + 8, 1);
        store_le32(info + 12, tag_size);
        memcpy(info + map_at, map, sizeof map);
        uint8_t *bytes = exact_copy(info, size);
        cr_assert_eq(memmap_source_multiboot2_info(&source, bytes, size, false), MEMMAP_OK,
                     "a tag of %u bytes", tag_size);
        expect_entries(&source, MEMMAP_FORMAT_MULTIBOOT2, expected, 1);
        free(bytes);
    }
}
