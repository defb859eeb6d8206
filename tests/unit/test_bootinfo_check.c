/* SPDX-License-Identifier: MIT */
/*
 * Refusing a block, for the right reason: every byte flipped, every truncation, and blocks
 * that are sealed well but say something false. Each works on memory of the exact size, so
 * that ASan sees a read outside.
 */
#include "unit/test_bootinfo_check.h"

/* ---- place, size, seal ----------------------------------------------------------------- */

Test(bootinfo_check, refuses_null_odd_addresses_and_less_than_a_header)
{
    struct bootinfo_fault fault = {0};
    struct bootinfo *info = block_make();
    uint64_t odd[BLOCK_CAPACITY / 8];

    cr_assert_eq(bootinfo_check(NULL, 4096, &fault), BOOTINFO_BAD_PLACE);
    cr_assert_str_eq(fault.object, "header");
    memcpy((uint8_t *)odd + 4, info, info->size_bytes);
    cr_assert_eq(bootinfo_check((uint8_t *)odd + 4, info->size_bytes, &fault), BOOTINFO_BAD_PLACE);
    cr_assert_eq(bootinfo_check(info, BLOCK_OLD - 1, &fault), BOOTINFO_BAD_PLACE);
    free(info);
}

Test(bootinfo_check, accepts_a_block_at_the_head_of_more_memory)
{
    struct bootinfo *info = block_make();
    uint32_t size_bytes = info->size_bytes;
    struct bootinfo *more = calloc(1, size_bytes + 4096);

    memset(more, 0xaf, size_bytes + 4096);
    memcpy(more, info, size_bytes);
    free(info);
    is_refused(more, size_bytes + 4096, BOOTINFO_OK, NULL, 0, "more memory");
}

Test(bootinfo_check, finds_every_flipped_bit)
{
    struct bootinfo *info = block_make();
    uint8_t *bytes = (uint8_t *)info;
    uint32_t size_bytes = info->size_bytes;

    for (uint32_t at = 0; at < size_bytes; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1u << bit);
            cr_assert_neq(bootinfo_check(info, size_bytes, NULL), BOOTINFO_OK, "byte %u bit %u", at,
                          bit);
            bytes[at] ^= (uint8_t)(1u << bit);
        }
        bytes[at] = (uint8_t)~bytes[at];
        cr_assert_neq(bootinfo_check(info, size_bytes, NULL), BOOTINFO_OK, "byte %u", at);
        bytes[at] = (uint8_t)~bytes[at];
    }
    cr_assert_eq(bootinfo_check(info, size_bytes, NULL), BOOTINFO_OK);
    free(info);
}

Test(bootinfo_check, names_the_header_for_what_the_seal_does_not_reach)
{
    static const struct {
        size_t offset;
        unsigned width;
        uint32_t value;
        enum bootinfo_status status;
    } rows[] = {
        {0, 4, 0x4d4d4d4d, BOOTINFO_BAD_MAGIC},
        {offsetof(struct bootinfo, major), 2, 0, BOOTINFO_BAD_VERSION},
        {offsetof(struct bootinfo, major), 2, 2, BOOTINFO_BAD_VERSION},
        {offsetof(struct bootinfo, header_bytes), 4, 496, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, header_bytes), 4, 508, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, header_bytes), 4, 0, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, header_bytes), 4, 0x10000, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, size_bytes), 4, 0, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, size_bytes), 4, 496, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, size_bytes), 4, 0x10000, BOOTINFO_BAD_SIZE},
        {offsetof(struct bootinfo, size_bytes), 4, UINT32_MAX, BOOTINFO_BAD_SIZE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bootinfo *info = block_make();
        uint32_t size_bytes = info->size_bytes;
        memcpy((uint8_t *)info + rows[i].offset, &rows[i].value, rows[i].width);
        is_refused(info, size_bytes, rows[i].status, "header", 0, "header field");
    }
}

Test(bootinfo_check, names_the_block_where_only_the_crc_differs)
{
    struct bootinfo *info = block_make();

    info->crc32c ^= 1;
    is_refused(info, info->size_bytes, BOOTINFO_BAD_CRC, "block", 0, "crc");
    info = block_make();
    ((uint8_t *)info)[info->size_bytes - 1] ^= 1;
    is_refused(info, info->size_bytes, BOOTINFO_BAD_CRC, "block", 0, "last byte");
}

Test(bootinfo_check, refuses_every_truncation)
{
    struct bootinfo *whole = block_make();

    for (uint32_t size_bytes = 0; size_bytes < whole->size_bytes; size_bytes++)
        is_refused(block_copy(whole, size_bytes), size_bytes,
                   size_bytes < BLOCK_OLD ? BOOTINFO_BAD_PLACE : BOOTINFO_BAD_SIZE, "header", 0,
                   "truncated");
    free(whole);
}

/* Cut and sealed again, as a loader with a wrong idea of its size would: arrays stick out. */
Test(bootinfo_check, refuses_every_truncation_that_is_sealed_again)
{
    struct bootinfo *whole = block_make();
    uint32_t needed = whole->loader_version.offset + whole->loader_version.length_bytes + 1;

    for (uint32_t size_bytes = BLOCK_HEADER; size_bytes < whole->size_bytes; size_bytes++) {
        struct bootinfo *info = block_copy(whole, size_bytes);
        enum bootinfo_status status;
        info->size_bytes = size_bytes;
        block_reseal(info);
        status = bootinfo_check(info, size_bytes, NULL);
        if (size_bytes >= needed)
            cr_assert_eq(status, BOOTINFO_OK, "%u: only padding is missing", size_bytes);
        else
            cr_assert(status == BOOTINFO_BAD_ARRAY || status == BOOTINFO_BAD_STRING, "%u: %u",
                      size_bytes, status);
        free(info);
    }
    free(whole);
}

/* ---- arrays and strings ---------------------------------------------------------------- */

/* `how` a header array is spoilt; false where there is no such way. */
static bool spoil_array(const struct bootinfo *info, struct bootinfo_array *array,
                        uint32_t least_stride, unsigned how)
{
    switch (how) {
    case 0:
        array->offset = 0;
        return true;
    case 1:
        array->offset = BLOCK_HEADER - 8;
        return true;
    case 2:
        array->offset = info->size_bytes;
        return true;
    case 3:
        array->offset = UINT32_MAX - 7;
        return true;
    case 4:
        array->offset += 4;
        return true;
    case 5:
        array->stride_bytes = 0;
        return true;
    case 6:
        array->stride_bytes = least_stride - 8;
        return true;
    case 7:
        array->stride_bytes += 4;
        return true;
    case 8:
        array->count = UINT32_MAX;
        return true;
    case 9: /* the product is 0 modulo 2^32 */
        array->count = UINT32_C(1) << 28;
        array->stride_bytes = least_stride / 16 * 16 + 16;
        return true;
    case 10: /* ends 8 bytes behind the block */
        array->offset = info->size_bytes + 8 - array->count * array->stride_bytes;
        return true;
    default:
        return false;
    }
}

Test(bootinfo_check, names_each_array_that_leaves_the_block_or_its_form)
{
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        for (unsigned how = 0;; how++) {
            struct bootinfo *info = block_make();
            struct bootinfo_array *array = (void *)((uint8_t *)info + arrays[i].at);
            char what[64];
            if (!spoil_array(info, array, arrays[i].least_stride, how)) {
                cr_assert_eq(how, 11);
                free(info);
                break;
            }
            snprintf(what, sizeof what, "%s, way %u", arrays[i].name, how);
            block_reseal(info);
            is_refused(info, info->size_bytes, BOOTINFO_BAD_ARRAY, arrays[i].name, 0, what);
        }
    }
}

Test(bootinfo_check, wants_exactly_one_report_and_regions_of_this_versions_size)
{
    struct bootinfo *info = block_make();

    info->report.count = 0;
    block_reseal(info);
    is_refused(info, info->size_bytes, BOOTINFO_BAD_ARRAY, "report", 0, "no report");
    info = block_make();
    info->report.offset = BLOCK_HEADER;
    info->report.count = 2;
    block_reseal(info);
    is_refused(info, info->size_bytes, BOOTINFO_BAD_ARRAY, "report", 2, "two reports");
    info = block_make();
    info->regions.stride_bytes = 40;
    block_reseal(info);
    is_refused(info, info->size_bytes, BOOTINFO_BAD_ARRAY, "regions", 0, "wider regions");
}

static const struct {
    size_t at; /* in the header, or in module 0 */
    bool in_module;
    const char *name;
} strings[] = {
    {offsetof(struct bootinfo, cmdline), false, "cmdline"},
    {offsetof(struct bootinfo, kernel_path), false, "kernel path"},
    {offsetof(struct bootinfo, firmware_vendor), false, "firmware vendor"},
    {offsetof(struct bootinfo, loader_name), false, "loader name"},
    {offsetof(struct bootinfo, loader_version), false, "loader version"},
    {offsetof(struct bootinfo_module, path), true, "modules"},
    {offsetof(struct bootinfo_module, cmdline), true, "modules"},
};

static bool spoil_string(struct bootinfo *info, struct bootinfo_string *string, unsigned how)
{
    uint8_t *bytes = (uint8_t *)info;

    switch (how) {
    case 0: /* no NUL behind it */
        bytes[string->offset + string->length_bytes] = 'x';
        return true;
    case 1: /* a NUL inside */
        bytes[string->offset + string->length_bytes / 2] = 0;
        return true;
    case 2:
        string->length_bytes--;
        return true;
    case 3:
        string->length_bytes++;
        return true;
    case 4:
        string->length_bytes = UINT32_MAX;
        return true;
    case 5: /* a length without a place */
        string->offset = 0;
        return true;
    case 6:
        string->offset = BLOCK_HEADER - 1;
        return true;
    case 7:
        string->offset = info->size_bytes;
        return true;
    case 8:
        string->offset = UINT32_MAX;
        return true;
    case 9: /* all inside but the NUL */
        string->offset = info->size_bytes - string->length_bytes;
        return true;
    default:
        return false;
    }
}

Test(bootinfo_check, names_each_string_that_leaves_the_block_or_does_not_end)
{
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        for (unsigned how = 0;; how++) {
            struct bootinfo *info = block_make();
            uint8_t *base = (uint8_t *)info + (strings[i].in_module ? info->modules.offset : 0);
            char what[64];
            if (!spoil_string(info, (void *)(base + strings[i].at), how)) {
                cr_assert_eq(how, 10);
                free(info);
                break;
            }
            snprintf(what, sizeof what, "%s, way %u", strings[i].name, how);
            block_reseal(info);
            is_refused(info, info->size_bytes, BOOTINFO_BAD_STRING, strings[i].name, 0, what);
        }
    }
}
