/* SPDX-License-Identifier: MIT */
/* Limine memory map entries. */
#include "test_memmap_readers.h"

Test(memmap_source_limine, decodes_every_type)
{
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
