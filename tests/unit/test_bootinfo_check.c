/* SPDX-License-Identifier: MIT */
/*
 * Refusing a block, for the right reason: every byte flipped, every truncation, and blocks
 * that are sealed well but say something false. Each works on memory of the exact size, so
 * that ASan sees a read outside.
 */
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdio.h>

#include "unit/test_bootinfo.h"

#define SEED UINT64_C(0xb0071fee)

/* Judges and frees the block. */
static void is_refused(struct bootinfo *info, uint64_t size_bytes, enum bootinfo_status status,
                       const char *object, uint32_t index, const char *what)
{
    struct bootinfo_fault fault = {.object = "none", .index = 77};
    enum bootinfo_status got = bootinfo_check(info, size_bytes, &fault);

    cr_assert_eq(got, status, "%s: status %u at %s %u, not %u", what, got, fault.object,
                 fault.index, status);
    cr_assert_str_eq(fault.object, status == BOOTINFO_OK ? "none" : object, "%s: %s", what,
                     fault.object);
    cr_assert_eq(fault.index, status == BOOTINFO_OK ? 77 : index, "%s: index %u", what, fault.index);
    cr_assert_eq(bootinfo_check(info, size_bytes, NULL), status, "%s: without a place for it", what);
    free(info);
}

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

static const struct {
    size_t at; /* of the struct bootinfo_array in the header */
    uint32_t least_stride;
    const char *name;
} arrays[] = {
    {offsetof(struct bootinfo, regions), 32, "regions"},
    {offsetof(struct bootinfo, claims), 24, "claims"},
    {offsetof(struct bootinfo, raw_map), 40, "raw map"},
    {offsetof(struct bootinfo, report), 560, "report"},
    {offsetof(struct bootinfo, segments), 32, "segments"},
    {offsetof(struct bootinfo, modules), 32, "modules"},
    {offsetof(struct bootinfo, extents), 24, "extents"},
    {offsetof(struct bootinfo, stamps), 16, "stamps"},
    {offsetof(struct bootinfo, drift), 24, "drift"},
};

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

/* ---- content --------------------------------------------------------------------------- */

enum area { HEADER, REGION, CLAIM, REPORT, SEGMENT, MODULE, EXTENT };

/* One field changed, everything sealed again. */
struct lie {
    enum area area;
    uint32_t entry;
    size_t offset;
    size_t width;
    uint64_t value;
    enum bootinfo_status status;
    const char *object;
    uint32_t index;
};
#define FIELD(type, field) offsetof(struct type, field), sizeof(((struct type *)0)->field)
#define H(field)           HEADER, 0, FIELD(bootinfo, field)
#define R(i, field)        REGION, i, FIELD(memmap_region, field)
#define C(i, field)        CLAIM, i, FIELD(memmap_claim, field)
#define P(field)           REPORT, 0, FIELD(memmap_report, field)
#define S(i, field)        SEGMENT, i, FIELD(bootinfo_segment, field)
#define M(i, field)        MODULE, i, FIELD(bootinfo_module, field)
#define E(i, field)        EXTENT, i, FIELD(bootinfo_extent, field)

static void tell(struct bootinfo *info, const struct lie *lie)
{
    const struct bootinfo_array *array = lie->area == REGION    ? &info->regions
                                         : lie->area == CLAIM   ? &info->claims
                                         : lie->area == REPORT  ? &info->report
                                         : lie->area == SEGMENT ? &info->segments
                                         : lie->area == MODULE  ? &info->modules
                                                                : &info->extents;
    uint8_t *at = (uint8_t *)info;

    if (lie->area != HEADER)
        at += array->offset + lie->entry * array->stride_bytes;
    memcpy(at + lie->offset, &lie->value, lie->width);
    block_reseal(info);
}

static void each_is_refused(const struct lie *lies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct bootinfo *info = block_make();
        char what[64];
        snprintf(what, sizeof what, "row %zu (area %u entry %u)", i, lies[i].area, lies[i].entry);
        tell(info, &lies[i]);
        is_refused(info, info->size_bytes, lies[i].status, lies[i].object, lies[i].index, what);
    }
}
#define EACH_IS_REFUSED(lies) each_is_refused(lies, sizeof(lies) / sizeof(lies)[0])

Test(bootinfo_check, names_the_region_that_breaks_the_normal_form)
{
    static const struct lie lies[] = {
        {R(0, kind), MEMMAP_USABLE, BOOTINFO_BAD_MAP, "regions", 0},
        {R(3, first_pfn), 7, BOOTINFO_BAD_MAP, "regions", 3},
        {R(3, end_pfn), 9, BOOTINFO_BAD_MAP, "regions", 3},
        {R(3, end_pfn), 0x101, BOOTINFO_BAD_MAP, "regions", 4},
        {R(4, first_pfn), 0x300, BOOTINFO_BAD_MAP, "regions", 4},
        {R(5, kind), MEMMAP_KERNEL, BOOTINFO_BAD_MAP, "regions", 5},
        {R(6, kind), MEMMAP_KIND_COUNT, BOOTINFO_BAD_MAP, "regions", 6},
        {R(7, flags), 4, BOOTINFO_BAD_MAP, "regions", 7},
        {R(8, reserved), 1, BOOTINFO_BAD_MAP, "regions", 8},
        {R(13, end_pfn), (UINT64_C(1) << 24) + 1, BOOTINFO_BAD_MAP, "regions", 13},
        {H(physical_bits), 31, BOOTINFO_BAD_MAP, "regions", 0},
        {H(physical_bits), 65, BOOTINFO_BAD_MAP, "regions", 0},
        {H(physical_bits), UINT32_MAX, BOOTINFO_BAD_MAP, "regions", 0},
    };

    EACH_IS_REFUSED(lies);
}

Test(bootinfo_check, names_the_kind_or_the_report_that_does_not_add_up)
{
    static const struct lie lies[] = {
        {P(region_pages[0]), 378, BOOTINFO_BAD_ACCOUNT, "usable", 0},
        {P(region_pages[18]), 4095, BOOTINFO_BAD_ACCOUNT, "mmio", 0},
        {P(region_pages[21]), 1, BOOTINFO_BAD_ACCOUNT, "bad", 0},
        {R(11, kind), MEMMAP_ACPI_NVS, BOOTINFO_BAD_ACCOUNT, "acpi-reclaimable", 0},
        {R(13, end_pfn), 0xfe001, BOOTINFO_BAD_ACCOUNT, "mmio", 0},
        {P(output.pages), 4784, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(output.bytes), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(stated.pages), 4528, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(stated.bytes), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(claimed.pages), 255, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(grown.pages), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(lost.bytes), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(clipped.pages), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(dropped.pages), 1, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(region_count), 13, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(claim_count), 7, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {P(entry_count), 3, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {H(claims.count), 7, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {H(claims.count), 0, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {H(raw_map.count), 3, BOOTINFO_BAD_ACCOUNT, "report", 0},
        {H(regions.count), 13, BOOTINFO_BAD_ACCOUNT, "mmio", 0},
        {H(regions.count), 0, BOOTINFO_BAD_ACCOUNT, "usable", 0},
    };

    EACH_IS_REFUSED(lies);
}

/* A claim that others hold against a higher kind is fine, unless it is loaded memory. */
Test(bootinfo_check, names_the_claim_that_is_malformed_or_whose_pages_are_not_kept)
{
    static const struct lie lies[] = {
        {C(0, end_pfn), 0x100, BOOTINFO_BAD_CLAIM, "claims", 0},
        {C(0, end_pfn), 0xff, BOOTINFO_BAD_CLAIM, "claims", 0},
        {C(7, end_pfn), PFN_END + 1, BOOTINFO_BAD_CLAIM, "claims", 7},
        {C(7, end_pfn), UINT64_MAX, BOOTINFO_BAD_CLAIM, "claims", 7},
        {C(7, kind), MEMMAP_KIND_COUNT, BOOTINFO_BAD_CLAIM, "claims", 7},
        {C(1, name), UINT32_MAX, BOOTINFO_BAD_CLAIM, "claims", 1},
        {C(0, end_pfn), 0x107, BOOTINFO_BAD_CLAIM, "claims", 0},  /* into the module */
        {C(4, kind), MEMMAP_MODULE, BOOTINFO_BAD_CLAIM, "claims", 4},
        {C(5, end_pfn), 0x125, BOOTINFO_BAD_CLAIM, "claims", 5},  /* into usable memory */
        {C(7, first_pfn), 0xbffff, BOOTINFO_BAD_CLAIM, "claims", 7}, /* a page in a hole */
        {C(7, end_pfn), 0xc0101, BOOTINFO_BAD_CLAIM, "claims", 7},
        {C(7, first_pfn), 0x1f0, BOOTINFO_BAD_CLAIM, "claims", 7}, /* usable pages */
        {C(7, kind), MEMMAP_KERNEL, BOOTINFO_OK, NULL, 0},        /* a higher kind kept them */
        {C(0, name), 0, BOOTINFO_OK, NULL, 0},
    };

    EACH_IS_REFUSED(lies);
}

/*   | ... | "Groma\0.." | "12345678\0......." |  a block whose last bytes are not zero */
Test(bootinfo_check, names_the_claim_whose_name_does_not_end_in_the_block)
{
    for (uint32_t from_end = 0; from_end <= 12; from_end++) {
        struct bootinfo *info = block_make();
        uint8_t *bytes = (uint8_t *)info;
        uint32_t size_bytes = info->size_bytes;
        struct memmap_claim *claim = (void *)(bytes + info->claims.offset + 2 * 24);
        /* loader_version is "1.0" NUL and four bytes of padding, which may hold anything. */
        memset(bytes + size_bytes - 4, 'x', 4);
        claim->name = size_bytes - from_end;
        block_reseal(info);
        is_refused(info, size_bytes, from_end <= 4 ? BOOTINFO_BAD_CLAIM : BOOTINFO_OK, "claims", 2,
                   "a name at the end");
    }
}

Test(bootinfo_check, names_the_claim_whose_name_lies_in_the_header)
{
    static const struct lie lies[] = {
        {C(3, name), 1, BOOTINFO_BAD_CLAIM, "claims", 3},
        {C(3, name), BLOCK_HEADER - 1, BOOTINFO_BAD_CLAIM, "claims", 3},
    };

    EACH_IS_REFUSED(lies);
}

Test(bootinfo_check, names_the_segment_that_is_malformed_or_not_the_kernels)
{
    static const struct lie lies[] = {
        {S(0, rights), 7, BOOTINFO_BAD_SEGMENT, "segments", 0}, /* W and X */
        {S(2, rights), 3, BOOTINFO_BAD_SEGMENT, "segments", 2},
        {S(0, vaddr), UINT64_C(0xffffffff80000800), BOOTINFO_BAD_SEGMENT, "segments", 0},
        {S(1, paddr), 0x102800, BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(1, page_count), 0, BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(1, page_count), UINT64_C(1) << 52, BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(1, page_count), UINT64_MAX, BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(1, vaddr), UINT64_C(0xffffffff80001000), BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(0, vaddr), UINT64_C(0xffffffff80003000), BOOTINFO_BAD_SEGMENT, "segments", 1},
        {S(2, vaddr), UINT64_C(0xfffffffffffff000), BOOTINFO_BAD_SEGMENT, "segments", 2},
        {S(0, paddr), 0xff000, BOOTINFO_BAD_SEGMENT, "segments", 0},   /* a hole before it */
        {S(2, page_count), 4, BOOTINFO_BAD_SEGMENT, "segments", 2},    /* into the module */
        {S(2, paddr), 0x124000, BOOTINFO_BAD_SEGMENT, "segments", 2},  /* usable */
        {S(2, paddr), UINT64_C(0xfffffffffffff000), BOOTINFO_BAD_SEGMENT, "segments", 2},
    };

    EACH_IS_REFUSED(lies);
}

Test(bootinfo_check, names_the_extent_that_is_out_of_order_or_width)
{
    static const struct lie lies[] = {
        {E(0, end_pfn), 1, BOOTINFO_BAD_EXTENT, "extents", 0},
        {E(1, first_pfn), 0x104, BOOTINFO_BAD_EXTENT, "extents", 1},
        {E(1, first_pfn), 0x9e, BOOTINFO_BAD_EXTENT, "extents", 1},
        {E(0, end_pfn), 0x101, BOOTINFO_BAD_EXTENT, "extents", 1},
        {E(2, first_pfn), 0, BOOTINFO_BAD_EXTENT, "extents", 2},
        {E(2, end_pfn), (UINT64_C(1) << 24) + 1, BOOTINFO_BAD_EXTENT, "extents", 2},
        {E(2, end_pfn), UINT64_C(1) << 24, BOOTINFO_OK, NULL, 0},
        {E(0, end_pfn), 0x100, BOOTINFO_OK, NULL, 0},
    };

    EACH_IS_REFUSED(lies);
}

Test(bootinfo_check, names_the_object_that_lies_in_memory_not_claimed_for_it)
{
    static const struct lie lies[] = {
        {H(block_paddr), 0x124000, BOOTINFO_BAD_OBJECT, "boot info", 0},
        {H(block_paddr), 0x107000, BOOTINFO_BAD_OBJECT, "boot info", 0},
        {H(block_paddr), 0x108008, BOOTINFO_BAD_OBJECT, "boot info", 0},
        {H(block_paddr), 0, BOOTINFO_BAD_OBJECT, "boot info", 0},
        {H(block_paddr), 0x109000, BOOTINFO_OK, NULL, 0},
        {H(stack.paddr), 0x111000, BOOTINFO_BAD_OBJECT, "stack", 0},
        {H(stack.paddr), 0x124000, BOOTINFO_BAD_OBJECT, "stack", 0},
        {H(stack.size_bytes), 0, BOOTINFO_BAD_OBJECT, "stack", 0},
        {H(stack.size_bytes), 0x10001, BOOTINFO_BAD_OBJECT, "stack", 0},
        {H(stack.size_bytes), UINT64_MAX, BOOTINFO_BAD_OBJECT, "stack", 0},
        {H(handoff_paddr), 0x11f000, BOOTINFO_BAD_OBJECT, "handoff", 0},
        {H(handoff_paddr), 0x120010, BOOTINFO_BAD_OBJECT, "handoff", 0},
        {H(handoff_bytes), 0x4001, BOOTINFO_BAD_OBJECT, "handoff", 0},
        {H(handoff_bytes), 0, BOOTINFO_BAD_OBJECT, "handoff", 0},
        {H(page_pool_paddr), 0x109000, BOOTINFO_BAD_OBJECT, "page tables", 0},
        {H(page_pool_count), 7, BOOTINFO_BAD_OBJECT, "page tables", 0},
        {H(page_pool_count), 3, BOOTINFO_BAD_OBJECT, "page tables", 0}, /* 4 are used */
        {H(page_pool_used), 7, BOOTINFO_BAD_OBJECT, "page tables", 0},
        {H(page_root_paddr), 0x109000, BOOTINFO_BAD_OBJECT, "page tables", 0},
        {H(page_root_paddr), 0x110000, BOOTINFO_BAD_OBJECT, "page tables", 0},
        {H(page_root_paddr), 0x10f000, BOOTINFO_OK, NULL, 0},
        {H(trampoline_paddr), 0x9000, BOOTINFO_BAD_OBJECT, "trampoline", 0},
        {H(trampoline_paddr), 0x8001, BOOTINFO_BAD_OBJECT, "trampoline", 0},
        {H(trampoline_paddr), 0, BOOTINFO_OK, NULL, 0},
        {M(0, paddr), 0x107000, BOOTINFO_BAD_OBJECT, "modules", 0},
        {M(0, paddr), 0x106800, BOOTINFO_BAD_OBJECT, "modules", 0},
        {M(0, size_bytes), 0x2001, BOOTINFO_BAD_OBJECT, "modules", 0},
        {M(0, size_bytes), 0x2000, BOOTINFO_OK, NULL, 0},
        {M(1, size_bytes), 1, BOOTINFO_BAD_OBJECT, "modules", 1},
        {M(1, paddr), 0x124000, BOOTINFO_OK, NULL, 0}, /* it has no bytes */
    };

    EACH_IS_REFUSED(lies);
}

/* ---- other versions -------------------------------------------------------------------- */

/*   | header 504 | arrays ... |   1.0, whose arrays begin where 1.1 has a field */
Test(bootinfo_check, accepts_a_block_of_version_1_0)
{
    static uint64_t memory[BLOCK_CAPACITY / 8];
    struct bootinfo_builder builder;
    struct bootinfo *info;

    cr_assert_eq(bootinfo_begin(&builder, memory, sizeof memory), BOOTINFO_OK);
    info = builder.info;
    builder.used_bytes = BLOCK_OLD;
    block_fill(&builder, 24);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    info->minor = 0;
    info->header_bytes = BLOCK_OLD;
    block_reseal(info);
    cr_assert_eq(info->regions.offset, BLOCK_OLD);
    cr_assert_null(bootinfo_drift(info));
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "1.0");
}

Test(bootinfo_drift, gives_what_the_loader_found_and_null_where_it_did_not_look)
{
    struct bootinfo *info = block_make();

    cr_assert_eq(bootinfo_drift(info)->placements_moved, 2);
    info->drift.count = 0;
    cr_assert_null(bootinfo_drift(info));
    free(info);
}

/*   | header 520 | 16 new bytes | arrays, claims 32 bytes apart ... |   what 1.2 might be */
Test(bootinfo_check, accepts_a_later_minor_version_with_larger_header_and_claims)
{
    static uint64_t memory[BLOCK_CAPACITY / 8];
    struct bootinfo_builder builder;
    struct bootinfo *info;

    cr_assert_eq(bootinfo_begin(&builder, memory, sizeof memory), BOOTINFO_OK);
    info = builder.info;
    builder.used_bytes += 16;
    block_fill(&builder, 32);
    cr_assert_eq(bootinfo_seal(&builder), BOOTINFO_OK);
    memset((uint8_t *)memory + BLOCK_HEADER, 0x77, 16);
    for (uint32_t i = 0; i < BLOCK_CLAIMS; i++)
        memset((uint8_t *)memory + info->claims.offset + i * 32 + 24, 0x77, 8);
    info->minor = 2;
    info->header_bytes = BLOCK_HEADER + 16;
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "1.2");
    info->regions.offset = BLOCK_HEADER; /* in what 1.2 added to the header */
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_BAD_ARRAY, "regions",
               0, "1.2");
    ((struct memmap_claim *)(void *)((uint8_t *)memory + info->claims.offset + 7 * 32))->kind = 99;
    info->regions.offset = BLOCK_HEADER + 16;
    block_reseal(info);
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_BAD_CLAIM, "claims", 7,
               "1.2");
}

/* ---- noise ----------------------------------------------------------------------------- */

static uint64_t random_state;

static uint64_t random_u64(void) /* splitmix64 */
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Reads all that a kernel may trust after the check; a step outside is ASan's to find. */
static size_t read_everything(const struct bootinfo *info)
{
    size_t sum = strlen(bootinfo_chars(info, &info->cmdline)) +
                 strlen(bootinfo_chars(info, &info->kernel_path)) +
                 strlen(bootinfo_chars(info, &info->firmware_vendor)) +
                 strlen(bootinfo_chars(info, &info->loader_name)) +
                 strlen(bootinfo_chars(info, &info->loader_version));

    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
        const struct bootinfo_array *array = (const void *)((const uint8_t *)info + arrays[i].at);
        for (uint32_t n = 0; n < array->count; n++) {
            const uint8_t *entry = bootinfo_entry(info, array, n);
            for (uint32_t k = 0; k < array->stride_bytes; k++)
                sum += entry[k];
        }
    }
    for (uint32_t i = 0; i < info->claims.count; i++) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, i);
        sum += strlen(bootinfo_at(info, claim->name));
    }
    for (uint32_t i = 0; i < info->modules.count; i++) {
        const struct bootinfo_module *module = bootinfo_entry(info, &info->modules, i);
        sum += strlen(bootinfo_chars(info, &module->path));
        sum += strlen(bootinfo_chars(info, &module->cmdline));
    }
    return sum;
}

Test(bootinfo_check, survives_sealed_noise_and_what_it_accepts_can_be_read)
{
    static const uint64_t words[] = {0, 1, 7, 8, 0x80000000, 0xfffffff8, 0xffffffff, 0xfffff000};
    struct bootinfo *whole = block_make();
    uint32_t size_bytes = whole->size_bytes, accepted = 0;

    cr_log_info("seed %#" PRIx64, SEED);
    random_state = SEED;
    for (uint32_t round = 0; round < 20000; round++) {
        struct bootinfo *info = block_copy(whole, size_bytes);
        for (uint64_t n = 1 + random_u64() % 2; n > 0; n--) {
            uint64_t at = 24 + random_u64() % (size_bytes - 24 - 8);
            uint64_t word = words[random_u64() % 8];
            if (random_u64() % 3 == 0)
                word = random_u64() % (2 * size_bytes);
            memcpy((uint8_t *)info + (at & ~UINT64_C(3)), &word, random_u64() % 2 == 0 ? 4 : 8);
        }
        block_reseal(info);
        if (bootinfo_check(info, size_bytes, NULL) == BOOTINFO_OK) {
            accepted++;
            cr_assert_gt(read_everything(info), 0);
        }
        free(info);
    }
    cr_assert(accepted > 100 && accepted < 19000, "both answers were tried: %u accepted", accepted);
    free(whole);
}

Test(bootinfo_check, survives_every_byte_changed_and_sealed_again)
{
    static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    struct bootinfo *whole = block_make();
    uint32_t accepted = 0, refused = 0;

    for (uint32_t at = 24; at < whole->size_bytes; at++) {
        for (uint32_t i = 0; i < sizeof odd + 8; i++) {
            struct bootinfo *info = block_copy(whole, whole->size_bytes);
            struct bootinfo_fault fault = {NULL, 0};
            uint8_t *byte = (uint8_t *)info + at;
            *byte = i < sizeof odd ? odd[i] : (uint8_t)(*byte ^ 1u << (i - sizeof odd));
            block_reseal(info);
            if (bootinfo_check(info, whole->size_bytes, &fault) == BOOTINFO_OK) {
                accepted++;
                cr_assert_gt(read_everything(info), 0);
            } else {
                refused++;
                cr_assert_not_null(fault.object, "byte %u", at);
            }
            free(info);
        }
    }
    cr_assert(accepted > 1000 && refused > 1000, "%u accepted, %u refused", accepted, refused);
    free(whole);
}
