/* SPDX-License-Identifier: MIT */
/* Refusing a block that is sealed well but says something false, field by field. */
#include "unit/test_bootinfo_check.h"

enum area { HEADER, REGION, CLAIM, REPORT, SEGMENT, MODULE, EXTENT, WATCH };

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
#define W(i, field)        WATCH, i, FIELD(bootinfo_watch_range, field)

static void tell(struct bootinfo *info, const struct lie *lie)
{
    const struct bootinfo_array *array = lie->area == REGION    ? &info->regions
                                         : lie->area == CLAIM   ? &info->claims
                                         : lie->area == REPORT  ? &info->report
                                         : lie->area == SEGMENT ? &info->segments
                                         : lie->area == MODULE  ? &info->modules
                                         : lie->area == WATCH   ? &info->watch_ranges
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

/*
 *   acpi-reclaimable  200 ............ 210       16 pages may be watched: 4 and 2 are, 10 are left
 *   watched           200..204  208.20a
 */
Test(bootinfo_check, names_the_watched_range_that_is_none_and_pages_that_do_not_add_up)
{
    static const struct lie lies[] = {
        {W(0, first_pfn), 0x1ff, BOOTINFO_BAD_WATCH, "watch ranges", 0},  /* usable */
        {W(0, first_pfn), 0x204, BOOTINFO_BAD_WATCH, "watch ranges", 0},  /* empty */
        {W(0, first_pfn), 0x205, BOOTINFO_BAD_WATCH, "watch ranges", 0},
        {W(0, first_pfn), 0xa0, BOOTINFO_BAD_WATCH, "watch ranges", 0},   /* in a hole */
        {W(0, first_pfn), UINT64_MAX, BOOTINFO_BAD_WATCH, "watch ranges", 0},
        {W(1, first_pfn), 0x203, BOOTINFO_BAD_WATCH, "watch ranges", 1},  /* overlaps */
        {W(1, first_pfn), 0x20a, BOOTINFO_BAD_WATCH, "watch ranges", 1},
        {W(1, end_pfn), 0x211, BOOTINFO_BAD_WATCH, "watch ranges", 1},  /* into a hole */
        {W(1, end_pfn), UINT64_MAX, BOOTINFO_BAD_WATCH, "watch ranges", 1},
        {W(1, end_pfn), 0x20b, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {W(1, end_pfn), 0x209, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {H(watch_pages.count), 5, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {H(watch_left_pages), 9, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {H(watch_left_pages), 0, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {H(watch_ranges.count), 0, BOOTINFO_BAD_WATCH, "watch pages", 0},
        {R(11, attributes), 1, BOOTINFO_BAD_WATCH, "watch ranges", 0},  /* no WB */
    };

    EACH_IS_REFUSED(lies);
}

Test(bootinfo_watches, is_false_where_nobody_asked_and_true_where_nothing_could_be_hashed)
{
    struct bootinfo *info = block_make();

    cr_assert(bootinfo_watches(info));
    info->watch_ranges.count = info->watch_pages.count = 0;
    info->watch_left_pages = 16;
    block_reseal(info);
    cr_assert(bootinfo_watches(info));
    is_refused(block_copy(info, info->size_bytes), info->size_bytes, BOOTINFO_OK, NULL, 0, "all left");
    info->watch_left_pages = 0;
    block_reseal(info);
    cr_assert_not(bootinfo_watches(info));
    is_refused(info, info->size_bytes, BOOTINFO_OK, NULL, 0, "not asked");
}
