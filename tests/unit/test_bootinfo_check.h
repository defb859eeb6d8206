/* SPDX-License-Identifier: MIT */
/* What the tests of bootinfo_check share: judging a block, and the list of a block's arrays. */
#ifndef GROMA_TEST_BOOTINFO_CHECK_H
#define GROMA_TEST_BOOTINFO_CHECK_H

#include <inttypes.h>
#include <stdio.h>

#include "unit/test_bootinfo.h"

/* Judges and frees the block. */
static inline void is_refused(struct bootinfo *info, uint64_t size_bytes, enum bootinfo_status status,
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
    {offsetof(struct bootinfo, watch_ranges), 16, "watch ranges"},
    {offsetof(struct bootinfo, watch_pages), 16, "watch pages"},
};

#endif
