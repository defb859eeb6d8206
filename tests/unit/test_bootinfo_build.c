/* SPDX-License-Identifier: MIT */
/* Building a boot info block: what lies where, what stays zero, and what does not fit. */
#include "unit/test_bootinfo.h"

static uint64_t buffer[BLOCK_CAPACITY / 8];

static bool all_are(const uint8_t *bytes, size_t size_bytes, uint8_t value)
{
    for (size_t i = 0; i < size_bytes; i++) {
        if (bytes[i] != value)
            return false;
    }
    return true;
}

Test(bootinfo_begin, zeroes_the_whole_buffer_and_starts_behind_the_header)
{
    struct bootinfo_builder builder;

    memset(buffer, 0xaf, sizeof buffer);
    cr_assert_eq(bootinfo_begin(&builder, buffer, sizeof buffer - 8), BOOTINFO_OK);
    cr_assert_eq((void *)builder.info, (void *)buffer);
    cr_assert_eq(builder.used_bytes, BLOCK_HEADER);
    cr_assert_eq(builder.capacity_bytes, sizeof buffer - 8);
    cr_assert_not(builder.full);
    cr_assert(all_are((const uint8_t *)buffer, sizeof buffer - 8, 0));
    cr_assert(all_are((const uint8_t *)buffer + sizeof buffer - 8, 8, 0xaf), "behind the buffer");
}

Test(bootinfo_begin, refuses_less_than_a_header_and_4_gib_or_more_without_change)
{
    static const uint64_t sizes[] = {0, 1, BLOCK_HEADER - 1, UINT64_C(1) << 32, UINT64_MAX};
    struct bootinfo_builder builder, before;

    memset(buffer, 0xaf, sizeof buffer);
    memset(&builder, 0x5a, sizeof builder);
    before = builder;
    for (size_t i = 0; i < 5; i++) {
        cr_assert_eq(bootinfo_begin(&builder, buffer, sizes[i]), BOOTINFO_NO_ROOM);
        cr_assert_eq(memcmp(&builder, &before, sizeof builder), 0);
    }
    cr_assert(all_are((const uint8_t *)buffer, sizeof buffer, 0xaf));
    cr_assert_eq(bootinfo_begin(&builder, buffer, BLOCK_HEADER), BOOTINFO_OK);
}

/*   | header 560 | 3 x 24 = 72 | "abc\0" 4, rounded to 8 | 2 x 16 zeroes |   = 672 bytes */
Test(bootinfo_add_array, lays_pieces_one_behind_the_other_in_steps_of_8)
{
    static const uint8_t entries[72] = {1, [71] = 2};
    struct bootinfo_builder builder;
    struct bootinfo *info;
    uint8_t *stamps;

    cr_assert_eq(bootinfo_begin(&builder, buffer, sizeof buffer), BOOTINFO_OK);
    info = builder.info;
    cr_assert_eq(bootinfo_add_array(&builder, &info->claims, entries, 3, 24),
                 (void *)((uint8_t *)buffer + 560));
    bootinfo_add_string(&builder, &info->cmdline, "abc|", 3);
    stamps = bootinfo_add_array(&builder, &info->stamps, NULL, 2, 16);
    cr_assert_eq((void *)stamps, (void *)((uint8_t *)buffer + 640));
    cr_assert_eq(info->claims.offset, 560);
    cr_assert_eq(info->claims.count, 3);
    cr_assert_eq(info->claims.stride_bytes, 24);
    cr_assert_eq(info->claims.reserved, 0);
    cr_assert_eq(info->cmdline.offset, 632);
    cr_assert_eq(info->cmdline.length_bytes, 3);
    cr_assert_eq(info->stamps.offset, 640);
    cr_assert_eq(memcmp((uint8_t *)buffer + 560, entries, 72), 0);
    cr_assert_eq(memcmp((uint8_t *)buffer + 632, "abc\0\0\0\0\0", 8), 0);
    cr_assert(all_are(stamps, 32, 0));
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    cr_assert_eq(info->size_bytes, 672);
    cr_assert_eq(info->header_bytes, 560);
    cr_assert_eq(memcmp(buffer, "GMAINFO", 8), 0, "magic");
    cr_assert_eq(info->major, 1);
    cr_assert_eq(info->minor, 2);
}

Test(bootinfo_add_array, keeps_the_stride_of_an_array_without_entries)
{
    struct bootinfo_builder builder;

    cr_assert_eq(bootinfo_begin(&builder, buffer, BLOCK_HEADER), BOOTINFO_OK);
    cr_assert_not_null(bootinfo_add_array(&builder, &builder.info->modules, NULL, 0, 32));
    cr_assert_eq(builder.info->modules.count, 0);
    cr_assert_eq(builder.used_bytes, BLOCK_HEADER);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
}

Test(bootinfo_add_array, refuses_products_beyond_32_bits)
{
    struct bootinfo_builder builder;
    struct bootinfo_array array = {1, 2, 3, 4};

    cr_assert_eq(bootinfo_begin(&builder, buffer, sizeof buffer), BOOTINFO_OK);
    cr_assert_null(bootinfo_add_array(&builder, &array, NULL, 0x80000000, 2));
    cr_assert(builder.full);
    cr_assert_eq(array.offset, 1, "unchanged");
    cr_assert_null(bootinfo_add_array(&builder, &array, NULL, UINT32_MAX, UINT32_MAX));
    cr_assert_eq(builder.used_bytes, BLOCK_HEADER);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_NO_ROOM);
}

Test(bootinfo_add_string, records_an_empty_string_as_none)
{
    struct bootinfo_builder builder;
    struct bootinfo_string string = {99, 99};

    cr_assert_eq(bootinfo_begin(&builder, buffer, BLOCK_HEADER), BOOTINFO_OK);
    bootinfo_add_string(&builder, &string, "ignored", 0);
    cr_assert_eq(string.offset, 0);
    cr_assert_eq(string.length_bytes, 0);
    cr_assert_not(builder.full);
    cr_assert_str_eq(bootinfo_chars(builder.info, &string), "");
}

Test(bootinfo_add_string, records_none_where_there_is_no_room_for_the_nul)
{
    struct bootinfo_builder builder;
    struct bootinfo_string string = {99, 99};

    cr_assert_eq(bootinfo_begin(&builder, buffer, BLOCK_HEADER + 8), BOOTINFO_OK);
    bootinfo_add_string(&builder, &string, "12345678", 8);
    cr_assert(builder.full);
    cr_assert_eq(string.offset, 0);
    cr_assert(all_are((const uint8_t *)buffer + BLOCK_HEADER, 8, 0));
    cr_assert_eq(bootinfo_begin(&builder, buffer, BLOCK_HEADER + 8), BOOTINFO_OK);
    bootinfo_add_string(&builder, &string, "1234567", 7);
    cr_assert_not(builder.full);
    cr_assert_str_eq(bootinfo_chars(builder.info, &string), "1234567");
}

Test(bootinfo_seal, makes_a_block_that_passes_the_check)
{
    struct bootinfo *info = block_make();
    struct bootinfo_fault fault = {.object = "none", .index = 77};
    uint32_t sealed = info->crc32c;

    cr_assert_eq(bootinfo_check(info, info->size_bytes, &fault), BOOTINFO_OK);
    cr_assert_str_eq(fault.object, "none", "untouched: %s", fault.object);
    cr_assert_eq(fault.index, 77);
    block_reseal(info);
    cr_assert_eq(info->crc32c, sealed, "the CRC is that of the block with 0 in its place");
    cr_assert_str_eq(bootinfo_chars(info, &info->firmware_vendor), BLOCK_VENDOR);
    free(info);
}

/* Case 110: junk in the pool beforehand, and nothing of it in the block. */
static void mark(uint8_t *used, uint32_t offset, uint64_t size_bytes)
{
    for (uint64_t i = offset; i < offset + size_bytes; i++) {
        cr_assert_eq(used[i], 0, "pieces overlap at byte %lu", i);
        used[i] = 1;
    }
}

static void mark_string(uint8_t *used, const struct bootinfo_string *string)
{
    if (string->offset != 0)
        mark(used, string->offset, string->length_bytes + UINT64_C(1));
}

Test(bootinfo_seal, leaves_every_byte_between_and_behind_the_pieces_zero)
{
    static uint8_t used[BLOCK_CAPACITY];
    const uint8_t *bytes = (const uint8_t *)buffer;
    struct bootinfo_builder builder;
    struct bootinfo *info;
    uint32_t gaps = 0;

    memset(buffer, 0xaf, sizeof buffer);
    cr_assert_eq(bootinfo_begin(&builder, buffer, sizeof buffer), BOOTINFO_OK);
    block_fill(&builder, sizeof(struct memmap_claim));
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    info = builder.info;
    const struct bootinfo_array *arrays[] = {&info->regions,  &info->claims,  &info->raw_map,
                                             &info->report,   &info->segments, &info->modules,
                                             &info->extents,  &info->stamps, &info->drift,
                                             &info->watch_ranges, &info->watch_pages};
    const struct bootinfo_string *strings[] = {&info->cmdline, &info->kernel_path,
                                               &info->firmware_vendor, &info->loader_name,
                                               &info->loader_version};
    mark(used, 0, BLOCK_HEADER);
    for (size_t i = 0; i < 11; i++)
        mark(used, arrays[i]->offset, (uint64_t)arrays[i]->count * arrays[i]->stride_bytes);
    for (size_t i = 0; i < 5; i++)
        mark_string(used, strings[i]);
    for (uint32_t i = 0; i < 2; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        mark_string(used, &module->path);
        mark_string(used, &module->cmdline);
    }
    for (uint32_t i = 0; i < BLOCK_CLAIMS; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        if (claim->name != 0)
            mark(used, claim->name, strlen((const char *)bytes + claim->name) + 1);
    }
    for (size_t i = 0; i < sizeof buffer; i++) {
        gaps += !used[i] && i < info->size_bytes;
        cr_assert(used[i] || bytes[i] == 0, "byte %zu is %#x", i, bytes[i]);
    }
    cr_assert_gt(gaps, 10, "there is padding to look at");
    cr_assert_eq(info->regions.reserved, 0);
    cr_assert_eq(info->page_reserved, 0);
    cr_assert_eq(info->firmware_reserved, 0);
    cr_assert(all_are(info->seed, 31, 0));
    cr_assert(all_are(info->volume_guid, 16, 0));
}

/* Every capacity from 0 on: NO_ROOM until all fits, and never a byte behind the buffer. */
Test(bootinfo_seal, says_no_room_at_every_capacity_below_the_whole)
{
    struct bootinfo *whole = block_make();

    for (uint32_t capacity = 0; capacity <= whole->size_bytes + 9; capacity++) {
        uint8_t *memory = malloc(capacity + 8u);
        struct bootinfo_builder builder;
        enum bootinfo_status status;
        cr_assert_not_null(memory);
        memset(memory, 0xaf, capacity + 8u);
        status = bootinfo_begin(&builder, memory, capacity);
        cr_assert_eq(status, capacity < BLOCK_HEADER ? BOOTINFO_NO_ROOM : BOOTINFO_OK);
        if (status == BOOTINFO_OK) {
            block_fill(&builder, sizeof(struct memmap_claim));
            cr_assert_eq(bootinfo_seal(&builder),
                         capacity < whole->size_bytes ? BOOTINFO_NO_ROOM : BOOTINFO_OK,
                         "capacity %u", capacity);
            cr_assert_leq(builder.used_bytes, capacity);
            cr_assert_eq(builder.full, capacity < whole->size_bytes);
        }
        if (capacity >= whole->size_bytes)
            cr_assert_eq(memcmp(memory, whole, whole->size_bytes), 0);
        cr_assert(all_are(memory + capacity, 8, 0xaf), "capacity %u", capacity);
        free(memory);
    }
    free(whole);
}

Test(bootinfo_status_text, is_a_sentence_of_its_own_for_every_status)
{
    for (unsigned i = BOOTINFO_OK; i <= BOOTINFO_BAD_WATCH; i++) {
        const char *text = bootinfo_status_text((enum bootinfo_status)i);
        cr_assert_geq(strlen(text), 10);
        for (unsigned k = 0; k < i; k++)
            cr_assert_str_neq(text, bootinfo_status_text((enum bootinfo_status)k));
    }
    cr_assert_str_eq(bootinfo_status_text((enum bootinfo_status)(BOOTINFO_BAD_WATCH + 1)),
                     "unknown boot info status");
    cr_assert_str_eq(bootinfo_status_text((enum bootinfo_status)UINT32_MAX),
                     "unknown boot info status");
}
