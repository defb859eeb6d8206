/* SPDX-License-Identifier: MIT */
/*
 * Dirty bits on the live tables: a buffer is watched, three of its pages are written, and exactly these
 * must be candidates; common/watch then says which bytes.
 *
 *   page     0   1   2   3   4   5   6   7
 *   writes   .   .   2   .   1   .   .   1 (the last byte)       and page 5 is only read
 */
#include "console.h"
#include "dirty.h"
#include "plant.h"
#include "watch/watch.h"

#define PAGES 8u

static _Alignas(4096) uint8_t buffer[PAGES * PAGE_BYTES];
static _Alignas(8) uint8_t copy[PAGES * PAGE_BYTES + 256];
static _Alignas(8) uint8_t workspace[2 * PAGE_BYTES];

struct found {
    uint64_t changes, bytes;
};

static bool take(void *context, const struct watch_change *change)
{
    struct found *found = context;

    found->changes++;
    found->bytes += change->length_bytes;
    return true;
}

/* Pages of the buffer that may have changed, as a set. */
static uint64_t candidates(struct kernel *kernel)
{
    uint64_t at = (uint64_t)(uintptr_t)buffer, first, end, set = 0;

    while (dirty_find(kernel, at, &first, &end) && first < (uint64_t)(uintptr_t)buffer + sizeof buffer) {
        set |= UINT64_C(1) << (first - (uint64_t)(uintptr_t)buffer) / PAGE_BYTES;
        at = end;
    }
    return set;
}

void plant_dirty(struct kernel *kernel)
{
    const struct watch_reader reader = {.mapped = buffer, .dirty = dirty_find, .context = kernel};
    struct watch_region region;
    struct found found = {0};
    struct watch_diff_options options = {.take = take, .context = &found};
    volatile uint8_t *bytes = buffer;
    enum watch_status status;
    uint64_t before, set;

    status = watch_region(&region, (uint64_t)(uintptr_t)buffer, sizeof buffer, &reader, WATCH_KEEP_COPY, copy,
                          sizeof copy, workspace, sizeof workspace);
    if (status == WATCH_OK)
        status = watch_snapshot(&region);
    dirty_forget(kernel, buffer, sizeof buffer);
    before = candidates(kernel);
    bytes[2 * PAGE_BYTES] = 1;
    bytes[2 * PAGE_BYTES + 9] = 1;
    bytes[4 * PAGE_BYTES + 100] = 1;
    (void)bytes[5 * PAGE_BYTES];
    bytes[PAGES * PAGE_BYTES - 1] = 1;
    set = candidates(kernel);
    if (status == WATCH_OK)
        status = watch_diff(&region, &options, NULL);
    console_fact("groma: dirty before=%#lx pages=%#lx status=%u changes=%lu bytes=%lu\n", before, set,
                 (unsigned)status, found.changes, found.bytes);
}
