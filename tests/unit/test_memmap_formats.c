/* SPDX-License-Identifier: MIT */
/* What opening a source says of every format: strides, most entries, and who says how memory is cached. */
#include "test_memmap_readers.h"

typedef enum memmap_status open_function(struct memmap_source *, const void *, uint64_t, uint64_t);

static const struct {
    open_function *open;
    enum memmap_format format;
    uint32_t entry_bytes, unit;
    bool assume_wb;
} tables[] = {
    {memmap_source_uefi, MEMMAP_FORMAT_UEFI, 40, 8, true}, /* entries that say nothing */
    {memmap_source_e820, MEMMAP_FORMAT_E820, 20, 1, true},
    {memmap_source_multiboot2_entries, MEMMAP_FORMAT_MULTIBOOT2, 24, 8, true},
    {memmap_source_limine, MEMMAP_FORMAT_LIMINE, 24, 1, true},
    {memmap_source_bootinfo, MEMMAP_FORMAT_BOOTINFO, 32, 1, false},
};

Test(memmap_source, opens_each_table_at_every_stride_its_format_allows)
{
    static const uint8_t zeros[128 * 3];

    for (size_t i = 0; i < COUNT(tables); i++) {
        for (uint32_t stride = 0; stride <= 128; stride++) {
            bool good = stride >= tables[i].entry_bytes && stride % tables[i].unit == 0;
            struct memmap_source source;
            fill_junk(&source);
            cr_assert_eq(tables[i].open(&source, zeros, 3 * stride, stride),
                         good ? MEMMAP_OK : MEMMAP_BAD_STRIDE, "format %zu, stride %u", i, stride);
            if (!good) {
                expect_untouched(&source);
                continue;
            }
            cr_assert_eq(source.format, tables[i].format);
            cr_assert_eq(source.bytes, zeros);
            cr_assert_eq(source.stride_bytes, stride);
            cr_assert_eq(source.count, 3);
            cr_assert_eq(source.assume_wb, tables[i].assume_wb, "format %zu", i);
        }
    }
}

/* One type only: the entries of these formats are not looked at when they are opened. */
Test(memmap_source, holds_2_to_30_minus_1_entries_and_no_more)
{
    for (size_t i = 1; i < 4; i++) {
        uint64_t stride = tables[i].entry_bytes;
        struct memmap_source source;
        fill_junk(&source);
        cr_assert_eq(tables[i].open(&source, NULL, stride << 30, stride), MEMMAP_BAD_SIZE);
        cr_assert_eq(tables[i].open(&source, NULL, stride * 0x3fffffff + 1, stride), MEMMAP_BAD_SIZE);
        expect_untouched(&source);
        cr_assert_eq(tables[i].open(&source, NULL, stride * 0x3fffffff, stride), MEMMAP_OK);
        cr_assert_eq(source.count, 0x3fffffff);
    }
}

Test(memmap_source, takes_the_widest_stride_and_none_wider)
{
    for (size_t i = 1; i < 4; i++) {
        uint64_t stride = UINT64_C(0x100000000) - tables[i].unit;
        struct memmap_source source;
        fill_junk(&source);
        cr_assert_eq(tables[i].open(&source, NULL, UINT64_C(1) << 32, UINT64_C(1) << 32),
                     MEMMAP_BAD_STRIDE);
        expect_untouched(&source);
        cr_assert_eq(tables[i].open(&source, NULL, stride, stride), MEMMAP_OK);
        cr_assert_eq(source.stride_bytes, stride);
        cr_assert_eq(source.count, 1);
    }
}

Test(memmap_source, knows_that_the_zero_page_and_a_devicetree_say_nothing_of_caching)
{
    static const uint8_t page[4096];
    struct memmap_source source;

    memset(&source, 0, sizeof source);
    cr_assert_eq(memmap_source_boot_params(&source, page, sizeof page), MEMMAP_OK);
    cr_assert(source.assume_wb);
    cr_assert_eq(source.stride_bytes, 20);
    memset(&source, 0, sizeof source);
    cr_assert_eq(memmap_source_ranges(&source, NULL, 0x3fffffff), MEMMAP_OK);
    cr_assert(source.assume_wb);
    cr_assert_eq(source.stride_bytes, 24);
    cr_assert_eq(source.count, 0x3fffffff);
}
