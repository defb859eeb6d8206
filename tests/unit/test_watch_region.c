/* SPDX-License-Identifier: MIT */
/* Regions and their memory; bytes as words: the first difference, hashes. */
#include "test_watch.h"

Test(watch_region, lays_out_its_memory_and_refuses_what_means_nothing)
{
    static uint8_t bytes[8192];
    static uint64_t memory[4096];
    static uint8_t workspace[8192];
    struct watch_reader mapped = {.mapped = bytes}, both = {.mapped = bytes, .read = fake_read}, none = {0};
    struct watch_region region, before;

    cr_assert_eq(watch_region_bytes(8192, WATCH_KEEP_COPY), 8 + 8 + 8192);
    cr_assert_eq(watch_region_bytes(4097, WATCH_KEEP_HASHES), 8 + 16);
    cr_assert_eq(watch_region_bytes(65 * 4096, WATCH_KEEP_HASHES | WATCH_KEEP_STATISTICS), 16 + 65 * 32);
    cr_assert_eq(watch_region_bytes(1, WATCH_KEEP_COPY), 8 + 8 + 8);
    cr_assert_eq(watch_region_bytes(UINT64_MAX, WATCH_KEEP_COPY), UINT64_MAX);
    cr_assert_eq(watch_region_bytes(UINT64_MAX - 7, WATCH_KEEP_COPY), UINT64_MAX);
    memset(&region, 0x5a, sizeof region);
    before = region;
#define REFUSED(expected, address, size, reader, keep, memory, memory_bytes, workspace, workspace_bytes)      \
    cr_assert_eq(watch_region(&region, address, size, reader, keep, memory, memory_bytes, workspace,          \
                              workspace_bytes), expected);                                                    \
    cr_assert_eq(memcmp(&region, &before, sizeof region), 0)
    REFUSED(WATCH_BAD_VALUE, 0, 0, &mapped, WATCH_KEEP_COPY, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, UINT64_MAX, 2, &mapped, WATCH_KEEP_COPY, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, 0, 8192, &both, WATCH_KEEP_COPY, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, 0, 8192, &none, WATCH_KEEP_COPY, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, 0, 8192, &mapped, WATCH_KEEP_STATISTICS, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, 0, 8192, &mapped, 3, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_BAD_VALUE, 0, 8192, &mapped, 9, memory, sizeof memory, workspace, 8192);
    REFUSED(WATCH_NO_ROOM, 0, 8192, &mapped, WATCH_KEEP_COPY, memory, 8207, workspace, 8192);
    REFUSED(WATCH_NO_ROOM, 0, 8192, &mapped, WATCH_KEEP_COPY, NULL, 9000, workspace, 8192);
    REFUSED(WATCH_NO_ROOM, 0, 8192, &mapped, WATCH_KEEP_COPY, (uint8_t *)memory + 4, 9000, workspace, 8192);
    REFUSED(WATCH_NO_ROOM, 0, 8192, &mapped, WATCH_KEEP_COPY, memory, 9000, workspace, 8191);
    REFUSED(WATCH_NO_ROOM, 0, 8192, &mapped, WATCH_KEEP_COPY, memory, 9000, NULL, 8192);
    REFUSED(WATCH_NO_ROOM, 0, UINT64_MAX - 7, &mapped, WATCH_KEEP_COPY, memory, UINT64_MAX, workspace, 8192);
    cr_assert_eq(watch_region(&region, UINT64_MAX, 1, &mapped, 1, memory, 24, workspace, 8193), WATCH_OK);
    cr_assert_eq(region.workspace_bytes, 8192);
    cr_assert_eq(watch_region_against(&region, 0, 10, &mapped, NULL, workspace, 8192), WATCH_BAD_VALUE);
    cr_assert_eq(watch_region_against(&region, 0, 0, &mapped, bytes, workspace, 8192), WATCH_BAD_VALUE);
    cr_assert_eq(watch_region_against(&region, 0, 10, &mapped, bytes, workspace, 8192), WATCH_OK);
    cr_assert_eq(watch_snapshot(&region), WATCH_BAD_VALUE);
}

Test(watch_status_text, has_a_sentence_for_each)
{
    cr_assert_str_eq(watch_status_text(WATCH_OK), "fine");
    cr_assert_str_eq(watch_status_text(WATCH_BAD_PATTERN), "the pattern cannot be read");
    cr_assert_str_eq(watch_status_text((enum watch_status)77), "unknown watch status");
}

/* ---- words ------------------------------------------------------------------------------------------------------ */

Test(watch_same_bytes, finds_the_first_difference_anywhere)
{
    static uint8_t left[200], right[200];

    for (size_t size = 0; size <= 200; size++) {
        cr_assert_eq(watch_same_bytes(left, right, size), size);
        for (size_t at = 0; at < size; at += 1 + size / 50) {
            right[at] = 1;
            cr_assert_eq(watch_same_bytes(left, right, size), at);
            right[at] = 0;
        }
    }
}

Test(watch_hash, differs_with_every_bit_and_every_length)
{
    static uint8_t page[4096];
    uint64_t all = watch_hash(page, sizeof page);

    for (size_t i = 0; i < sizeof page * 8; i++) {
        page[i / 8] ^= (uint8_t)(1 << i % 8);
        cr_assert_neq(watch_hash(page, sizeof page), all);
        page[i / 8] ^= (uint8_t)(1 << i % 8);
    }
    cr_assert_eq(watch_hash(page, sizeof page), all);
    for (size_t size = 1; size < 100; size++) {
        cr_assert_neq(watch_hash(page, size), watch_hash(page, size - 1));
        page[size - 1] = 1;
        all = watch_hash(page, size);
        page[size - 1] = 0;
        cr_assert_neq(watch_hash(page, size), all);
    }
}

/* Loader and kernel hand hashes to each other, and may be of different versions. */
Test(watch_hash, stays_what_it_was)
{
    uint8_t page[4096];

    for (unsigned i = 0; i < sizeof page; i++)
        page[i] = (uint8_t)(i * 7 + i / 256);
    cr_assert_eq(watch_hash(page, 0), UINT64_C(0x96f1135af2e55440));
    cr_assert_eq(watch_hash(page, 4096), UINT64_C(0xfddde76ac5bd4320));
    cr_assert_eq(watch_hash(page, 43), UINT64_C(0xdfdffc71f01ceea4));
    cr_assert_eq(watch_hash(page + 1, 32), UINT64_C(0xdccf0435a9df0fd5));
}
