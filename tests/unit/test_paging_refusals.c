/* SPDX-License-Identifier: MIT */
/*
 * What the page-table builder refuses, and that a refusal changes nothing; the bound
 * on its tables, and taking a root entry away.
 */
#include "test_paging.h"

#define W   PAGING_RIGHT_WRITE
#define X   PAGING_RIGHT_EXECUTE
#define TIB (1024 * GIB)

/* ---- what is refused -------------------------------------------------------------------- */

struct refusal {
    enum paging_status expected;
    unsigned levels;
    uint64_t to, from, size_bytes;
};

static const struct refusal refusals[] = {
    {PAGING_MISALIGNED, 4, HIGH + 1, 0, 0x1000},
    {PAGING_MISALIGNED, 4, HIGH, 0x800, 0x1000},
    {PAGING_MISALIGNED, 4, HIGH, 0, 0xfff},
    {PAGING_MISALIGNED, 4, HIGH, 0, 1},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0, 0},
    /* 2^46 is the physical end */
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0x400000000000, 0x1000},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0x3ffffffff000, 0x2000},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0, 0x400000001000},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0xfffffffffffff000, 0x2000},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0x8000000000000000, 0x1000},
    /* past 2^64 */
    {PAGING_OUT_OF_RANGE, 4, 0xfffffffffffff000, 0, 0x2000},
    {PAGING_OUT_OF_RANGE, 5, 0xffffffffffe00000, 0, 0x201000},
    {PAGING_OUT_OF_RANGE, 4, HIGH, 0, 0xfffffffffffff000},
    /* the hole begins at 2^47, 2^56 with five levels */
    {PAGING_NOT_CANONICAL, 4, 0x800000000000, 0, 0x1000},
    {PAGING_NOT_CANONICAL, 4, 0x7ffffffff000, 0, 0x2000},
    {PAGING_NOT_CANONICAL, 4, 0xffff7ffffffff000, 0, 0x1000},
    {PAGING_NOT_CANONICAL, 4, 0xffff7ffffffff000, 0, 0x2000},
    {PAGING_NOT_CANONICAL, 5, 0x100000000000000, 0, 0x1000},
    {PAGING_NOT_CANONICAL, 5, 0xfffffffffff000, 0, 0x2000},
    {PAGING_NOT_CANONICAL, 5, 0xfefffffffffff000, 0, 0x1000},
};

Test(paging_map, refuses_a_range_it_cannot_say)
{
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        const struct refusal *row = &refusals[i];
        struct arena arena = arena_make(row->levels, true, 8, 0);
        struct arena_copy copy = arena_remember(&arena);

        cr_assert_eq(arena_map(&arena, row->to, row->from, row->size_bytes, W), row->expected,
                     "row %zu", i);
        cr_assert_eq(paging_tables_bound(&arena.paging, vaddr(row->to), paddr(row->from),
                                         row->size_bytes),
                     0, "row %zu", i);
        cr_assert(arena_is_unchanged(&arena, copy), "row %zu", i);
        arena_free(&arena);
    }
}

Test(paging_map, accepts_a_range_up_to_each_edge)
{
    struct arena arena = arena_make(4, true, 40, 0);

    cr_assert_eq(arena_map(&arena, 0x7ffffffff000, 0x3ffffffff000, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, 0, 0, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, HIGH, 0, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, 0xfffffffffffff000, 0, 0x1000, W), PAGING_OK);
    arena_free(&arena);
    arena = arena_make(5, true, 40, 0);
    cr_assert_eq(arena_map(&arena, 0xfffffffffff000, 0, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, 0xff00000000000000, 0, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, 0x800000000000, 0, 0x1000, W), PAGING_OK);
    arena_free(&arena);
}

Test(paging_map, refuses_levels_other_than_4_and_5)
{
    struct arena arena = arena_make(4, true, 8, 0);

    arena.paging.levels = 3;
    cr_assert_eq(arena_map(&arena, HIGH, 0, 0x1000, W), PAGING_BAD_LEVELS);
    cr_assert_eq(paging_tables_bound(&arena.paging, vaddr(HIGH), paddr(0), 0x1000), 0);
    arena_free(&arena);
}

/*
 *   HIGH +   0      1G           1G+2M          1G+4M+4K
 *            |1G leaf|2M leaf|.........|4K leaf|.....
 */
static const uint64_t occupied[][2] = {
    /* offset, size: each range touches one of them, at either end or in the middle */
    {0, 0x1000},
    {0x3ffff000, 0x1000},
    {0x3ffff000, 0x2000},
    {0x40000000, 0x200000},
    {0x401ff000, 0x2000},
    {0x40200000, 0x201000},
    {0x40400000, 0x1000},
    {0x40400000, 0x200000},
    {0x40400000, 0x40000000},
    {0x40000000, 0x40000000},
    {0, 600 * GIB},
};

Test(paging_map, changes_nothing_where_a_page_is_mapped_already)
{
    struct arena arena = arena_make(4, true, 40, 0);

    cr_assert_eq(arena_map(&arena, HIGH, 0, GIB, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, HIGH + GIB, GIB, 0x200000, W), PAGING_OK);
    cr_assert_eq(arena_map(&arena, HIGH + 0x40400000, 0x7000, 0x1000, W), PAGING_OK);
    for (size_t i = 0; i < sizeof occupied / sizeof occupied[0]; i++) {
        struct arena_copy copy = arena_remember(&arena);

        cr_assert_eq(arena_map(&arena, HIGH + occupied[i][0], 0, occupied[i][1], W),
                     PAGING_OCCUPIED, "row %zu", i);
        cr_assert(arena_is_unchanged(&arena, copy), "row %zu", i);
    }
    cr_assert_eq(arena_map(&arena, HIGH + 0x40200000, 0, 0x200000, W), PAGING_OK, "the gap");
    cr_assert_eq(arena_map(&arena, HIGH + 0x40401000, 0x1000, 0x1ff000, W), PAGING_OK, "behind");
    arena_free(&arena);
}

Test(paging_map, needs_exactly_its_tables_and_changes_nothing_with_one_less)
{
    /* the range of "up and down again": 5 tables beside the root */
    for (uint64_t pool = 1; pool <= 6; pool++) {
        struct arena arena = arena_make(4, true, pool, 0);
        struct arena_copy copy = arena_remember(&arena);
        enum paging_status status =
            arena_map(&arena, HIGH + 0x3fdff000, 0x3fdff000, 0x40402000, W);

        cr_assert_eq(status, pool < 6 ? PAGING_NO_MEMORY : PAGING_OK);
        cr_assert_eq(arena_is_unchanged(&arena, copy), pool < 6);
        arena_free(&arena);
    }
}

Test(paging_map, refuses_to_follow_a_broken_entry)
{
    static const struct {
        uint64_t page; /* 0 PML4, 1 PDPT, 2 PD */
        uint64_t bad_bits;
    } rows[] = {
        {0, 0x80},           {0, UINT64_C(1) << 46}, {1, UINT64_C(1) << 51},
        {2, 0x80 | 0x2000},  {2, UINT64_C(1) << 46},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena = arena_make(4, true, 8, 0);

        cr_assert_eq(arena_map(&arena, HIGH, 0, 0x1000, W), PAGING_OK);
        *arena_entry(&arena, rows[i].page, rows[i].page == 0 ? 256 : 0) |= rows[i].bad_bits;
        struct arena_copy copy = arena_remember(&arena);
        cr_assert_eq(arena_map(&arena, HIGH + 0x1000, 0, 0x1000, W), PAGING_BAD_TABLE, "row %zu",
                     i);
        cr_assert(arena_is_unchanged(&arena, copy), "row %zu", i);
        arena_free(&arena);
    }
}

/* ---- paging_tables_bound ---------------------------------------------------------------- */

Test(paging_tables_bound, needs_no_pool_to_be_asked)
{
    struct paging paging = {.levels = 4, .has_giant_pages = true, .physical_bits = 46};

    cr_assert_eq(paging_tables_bound(&paging, vaddr(HIGH), paddr(0), 900 * GIB), 2);
    cr_assert_eq(paging_tables_bound(&paging, vaddr(HIGH), paddr(0), 0x1000), 3);
    cr_assert_eq(paging_tables_bound(&paging, vaddr(HIGH), paddr(0x1000), GIB), 514);
    /* every PDPT, PD and PT of 32 TiB */
    cr_assert_eq(paging_tables_bound(&paging, vaddr(HIGH), paddr(0x1000), 32 * TIB),
                 64 + 32768 + 16777216);
}

/* ---- paging_clear_root_entry ------------------------------------------------------------ */

Test(paging_clear_root_entry, unmaps_that_root_slot_alone)
{
    static const unsigned level_choices[] = {4, 5};

    for (int i = 0; i < 2; i++) {
        struct arena arena = arena_make(level_choices[i], true, 12, 0);
        struct paging_leaf leaf;

        cr_assert_eq(arena_map(&arena, 0x5000, 0x5000, 0x1000, X), PAGING_OK);
        cr_assert_eq(arena_map(&arena, HIGH, 0x5000, 0x1000, X), PAGING_OK);
        uint64_t used = arena.paging.pool_used_count;
        paging_clear_root_entry(&arena.paging, vaddr(0x7fff));
        cr_assert_eq(*arena_entry(&arena, 0, 0), 0);
        cr_assert_eq(arena.paging.pool_used_count, used);
        cr_assert_eq(paging_find(&arena.paging, vaddr(0x5000), &leaf), PAGING_UNMAPPED);
        cr_assert_eq(paging_find(&arena.paging, vaddr(HIGH), &leaf), PAGING_OK);
        paging_clear_root_entry(&arena.paging, vaddr(HIGH + 0x1000));
        cr_assert_eq(paging_find(&arena.paging, vaddr(HIGH), &leaf), PAGING_UNMAPPED);
        arena_free(&arena);
    }
}
