/* SPDX-License-Identifier: MIT */
/* The E820 table in Linux's boot_params. */
#include "test_memmap_readers.h"

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
