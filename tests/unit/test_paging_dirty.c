/* SPDX-License-Identifier: MIT */
/* Dirty bits: cleared of a range's leaves and no others, and found again where the CPU has set them. */
#include "model/random.h"
#include "unit/test_paging.h"

#define RW PAGING_RIGHT_WRITE
#define MIB_2 UINT64_C(0x200000)
#define GIB_1 UINT64_C(0x40000000)

/* What the CPU does when a byte is written, by an independent descent. */
static void cpu_writes(struct arena *arena, uint64_t address)
{
    uint64_t page = 0;

    for (unsigned level = arena->paging.levels;; level--) {
        uint64_t *entry = arena_entry(arena, page, address >> (12 + 9 * (level - 1)) & 511);
        if (level == 1 || (*entry & 0x80) != 0) {
            *entry |= 0x60;
            return;
        }
        page = ((*entry & 0xffffffffff000) - ARENA_PHYSICAL) / 4096;
    }
}

static void expect_dirty(const struct arena *arena, uint64_t first, uint64_t size_bytes, uint64_t to,
                         uint64_t leaf_bytes)
{
    struct paging_leaf leaf;

    cr_assert(paging_find_dirty(&arena->paging, vaddr(first), size_bytes, &leaf));
    cr_assert_eq(leaf.to.value, to, "%#" PRIx64, leaf.to.value);
    cr_assert_eq(leaf.size_bytes, leaf_bytes);
}

static void expect_clean(const struct arena *arena, uint64_t first, uint64_t size_bytes)
{
    struct paging_leaf leaf, before;

    memset(&leaf, 0x5a, sizeof leaf);
    before = leaf;
    cr_assert_not(paging_find_dirty(&arena->paging, vaddr(first), size_bytes, &leaf));
    cr_assert_eq(memcmp(&leaf, &before, sizeof leaf), 0, "untouched");
}

/*   |0|1|2|3|4|5|6|7|  pages of 4 KiB;  2 to 5 are cleared, then 3 is written   */
Test(paging_dirty, clears_and_finds_single_pages)
{
    struct arena arena = arena_make(4, false, 8, 0);

    cr_assert_eq(arena_map(&arena, HIGH, 0x1000000 + 0x1000, 8 * 4096, RW), PAGING_OK);
    expect_dirty(&arena, HIGH, 8 * 4096, HIGH, 4096);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH + 2 * 4096), 4 * 4096), 4);
    expect_clean(&arena, HIGH + 2 * 4096, 4 * 4096);
    expect_dirty(&arena, HIGH, 8 * 4096, HIGH, 4096);
    expect_dirty(&arena, HIGH + 2 * 4096, 6 * 4096, HIGH + 6 * 4096, 4096);
    cpu_writes(&arena, HIGH + 3 * 4096 + 5);
    expect_dirty(&arena, HIGH + 2 * 4096, 4 * 4096, HIGH + 3 * 4096, 4096);
    expect_clean(&arena, HIGH + 4 * 4096, 2 * 4096);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH), 8 * 4096), 5);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH), 8 * 4096), 0);
    expect_clean(&arena, HIGH, 8 * 4096);
    arena_free(&arena);
}

Test(paging_dirty, takes_parts_of_pages_for_pages_and_no_bytes_for_none)
{
    struct arena arena = arena_make(4, false, 8, 0);

    cr_assert_eq(arena_map(&arena, HIGH, 0x1001000, 4 * 4096, RW), PAGING_OK);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH + 4095), 2), 2);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH + 2 * 4096), 0), 0);
    expect_clean(&arena, HIGH, 2 * 4096);
    expect_clean(&arena, HIGH + 2 * 4096, 0);
    expect_dirty(&arena, HIGH + 2 * 4096 - 1, 2, HIGH + 2 * 4096, 4096);
    arena_free(&arena);
}

/*   |4K ... 4K|  2M  | hole |  1G  |   from 1 GiB - 2 MiB - 8 KiB on, in the low half   */
Test(paging_dirty, takes_each_leaf_once_whatever_its_size_and_passes_over_holes)
{
    struct arena arena = arena_make(4, true, 16, 0);
    uint64_t at = GIB_1 - MIB_2 - 0x2000;

    cr_assert_eq(arena_map(&arena, at, at, MIB_2 + 0x2000, RW), PAGING_OK);
    cr_assert_eq(arena_map(&arena, 3 * GIB_1, 3 * GIB_1, GIB_1, RW), PAGING_OK);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(0), UINT64_C(1) << 47), 4);
    expect_clean(&arena, 0, UINT64_C(1) << 47);
    cpu_writes(&arena, GIB_1 - 5);
    expect_dirty(&arena, GIB_1 - 1, 1, GIB_1 - MIB_2, MIB_2);
    expect_clean(&arena, at, 0x2000);
    cpu_writes(&arena, 3 * GIB_1 + 12345);
    expect_dirty(&arena, GIB_1, 3 * GIB_1, 3 * GIB_1, GIB_1);
    expect_dirty(&arena, 4 * GIB_1 - 1, 1, 3 * GIB_1, GIB_1);
    expect_clean(&arena, 4 * GIB_1, GIB_1);
    arena_free(&arena);
}

Test(paging_dirty, goes_to_the_end_of_the_address_space_with_five_levels_too)
{
    struct arena arena = arena_make(5, false, 8, 0);
    uint64_t last = UINT64_MAX - 4095;

    cr_assert_eq(arena_map(&arena, last, 0x5000, 4096, RW), PAGING_OK);
    expect_dirty(&arena, HIGH, UINT64_C(0) - HIGH, last, 4096);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH), UINT64_C(0) - HIGH), 1);
    expect_clean(&arena, HIGH, UINT64_C(0) - HIGH);
    arena_free(&arena);
}

Test(paging_dirty, changes_no_other_bit_and_follows_no_bad_entry)
{
    struct arena arena = arena_make(4, false, 8, 0);
    uint64_t *entry;

    cr_assert_eq(arena_map(&arena, HIGH, 0x1001000, 2 * 4096, RW), PAGING_OK);
    entry = arena_entry(&arena, 3, 0);
    uint64_t before = entry[0];
    cr_assert_eq(before & 0x40, 0x40);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH), 4096), 1);
    cr_assert_eq(entry[0], before & ~UINT64_C(0x40));
    entry[1] |= UINT64_C(1) << 51; /* beyond the width of 46 bits */
    expect_clean(&arena, HIGH, 2 * 4096);
    cr_assert_eq(paging_clear_dirty(&arena.paging, vaddr(HIGH), 2 * 4096), 0);
    arena_free(&arena);
}

/* Random writes over 64 pages: the dirty ones are those that were written. */
Test(paging_dirty, agrees_with_a_set_on_random_writes)
{
    struct arena arena = arena_make(4, false, 8, 0);
    uint64_t seed = 0xd1d1;

    cr_assert_eq(arena_map(&arena, HIGH + 4096 * 500, 0x1001000, 64 * 4096, RW), PAGING_OK);
    for (unsigned round = 0; round < 1000; round++) {
        uint64_t written = 0, found = 0, at = HIGH + 4096 * 500, end = at + 64 * 4096;
        struct paging_leaf leaf;
        (void)paging_clear_dirty(&arena.paging, vaddr(at), 64 * 4096);
        for (unsigned i = 0; i < 6; i++) {
            uint64_t page = random_below(&seed, 64);
            written |= UINT64_C(1) << page;
            cpu_writes(&arena, at + page * 4096 + random_below(&seed, 4096));
        }
        for (uint64_t from = at; from < end && paging_find_dirty(&arena.paging, vaddr(from), end - from, &leaf);
             from = leaf.to.value + leaf.size_bytes)
            found |= UINT64_C(1) << ((leaf.to.value - at) / 4096);
        cr_assert_eq(found, written, "round %u", round);
    }
    arena_free(&arena);
}
