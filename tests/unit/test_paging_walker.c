/* SPDX-License-Identifier: MIT */
/* The page-table walker: order, joined rights, and faults planted by hand. */
#include "test_paging.h"

#define W PAGING_RIGHT_WRITE
#define X PAGING_RIGHT_EXECUTE
#define U PAGING_RIGHT_USER

static bool leaf_equals(const struct paging_leaf *leaf, uint64_t to, uint64_t from,
                        uint64_t size_bytes, unsigned rights, unsigned pat_index)
{
    return leaf->to.value == to && leaf->from.value == from && leaf->size_bytes == size_bytes &&
           leaf->rights == rights && leaf->pat_index == pat_index;
}

/*
 *    0        5000   6000        7fff_ffe0_0000   2^47     hole     -2^47  +1G       -4K  2^64
 *    |.........| 4K R |..............| 2M RW WC |............................| 1G RX |...| 4K RW |
 *
 * Pages of the arena: 0 root, 1-3 down to 0x5000, 4-5 to 2 MiB, 6 PDPT, 7-9 the top.
 */
static struct arena landscape(void)
{
    struct arena arena = arena_make(4, true, 10, 2);

    cr_assert_eq(arena_map(&arena, 0x5000, 0x7000, 0x1000, 0), PAGING_OK);
    cr_assert_eq(paging_map(&arena.paging, vaddr(0x7fffffe00000), paddr(0xe0000000), 0x200000, W,
                            PAGING_WRITE_COMBINING),
                 PAGING_OK);
    cr_assert_eq(arena_map(&arena, HIGH, GIB, GIB, X), PAGING_OK);
    cr_assert_eq(arena_map(&arena, UINT64_C(0) - 0x1000, 0x9000, 0x1000, W), PAGING_OK);
    cr_assert_eq(arena.paging.pool_used_count, 10);
    return arena;
}

/* ---- paging_find ------------------------------------------------------------------------ */

static enum paging_status find(const struct arena *arena, uint64_t address,
                               struct paging_leaf *ret_leaf)
{
    return paging_find(&arena->paging, vaddr(address), ret_leaf);
}

Test(paging_find, gives_the_leaf_for_each_byte_of_it)
{
    struct arena arena = landscape();
    struct paging_leaf leaf;

    cr_assert_eq(find(&arena, 0x5000, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, 0x5000, 0x7000, 0x1000, 0, 0));
    cr_assert(leaf.global);
    cr_assert_eq(find(&arena, 0x5fff, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, 0x5000, 0x7000, 0x1000, 0, 0));
    cr_assert_eq(find(&arena, 0x7fffffffffff, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, 0x7fffffe00000, 0xe0000000, 0x200000, W, 5));
    cr_assert_eq(find(&arena, HIGH + GIB - 1, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, HIGH, GIB, GIB, X, 0));
    cr_assert_eq(find(&arena, UINT64_MAX, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, UINT64_C(0) - 0x1000, 0x9000, 0x1000, W, 0));
    arena_free(&arena);
}

Test(paging_find, leaves_its_output_alone_where_there_is_no_leaf)
{
    struct arena arena = landscape();
    struct paging_leaf leaf = {.to = {77}, .rights = 77};

    cr_assert_eq(find(&arena, 0x4fff, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(find(&arena, 0x6000, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(find(&arena, HIGH + GIB, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(find(&arena, 0x100000000000, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(find(&arena, 0x800000000000, &leaf), PAGING_NOT_CANONICAL);
    cr_assert_eq(find(&arena, HIGH - 1, &leaf), PAGING_NOT_CANONICAL);
    *arena_entry(&arena, 1, 0) |= 0x80; /* a giant leaf with address bits where none may be */
    cr_assert_eq(find(&arena, 0x5000, &leaf), PAGING_BAD_TABLE);
    cr_assert_eq(leaf.to.value, 77);
    cr_assert_eq(leaf.rights, 77);
    arena_free(&arena);
}

Test(paging_find, reads_all_eight_cache_indexes_of_small_and_large_leaves)
{
    struct arena arena = landscape();
    struct paging_leaf leaf;

    for (unsigned index = 0; index < 8; index++) {
        uint64_t low = (uint64_t)(index & 3) << 3;
        *arena_entry(&arena, 3, 5) = 0x7001 | low | (index > 3 ? 0x80 : 0);
        cr_assert_eq(find(&arena, 0x5000, &leaf), PAGING_OK);
        cr_assert_eq(leaf.pat_index, index);
        cr_assert_eq(leaf.from.value, 0x7000);
        cr_assert_not(leaf.global);
        *arena_entry(&arena, 5, 511) = 0xe0000081 | low | (index > 3 ? 0x1000 : 0);
        cr_assert_eq(find(&arena, 0x7fffffe00000, &leaf), PAGING_OK);
        cr_assert_eq(leaf.pat_index, index);
        cr_assert_eq(leaf.from.value, 0xe0000000);
    }
    arena_free(&arena);
}

/* ---- joined rights ---------------------------------------------------------------------- */

/* Rights of 0x5000 with `bits` cleared and then others set in the entry of one level. */
static unsigned rights_with(unsigned depth, uint64_t clear, uint64_t set)
{
    static const unsigned index[] = {0, 0, 0, 5};
    struct arena arena = landscape();
    struct paging_walk walk;
    struct paging_leaf leaf, walked;

    for (unsigned page = 0; page < 4; page++) /* everything allowed at first */
        *arena_entry(&arena, page, index[page]) |= 0x7;
    *arena_entry(&arena, 3, 5) &= ~(UINT64_C(1) << 63);
    uint64_t *entry = arena_entry(&arena, depth, index[depth]);
    *entry = (*entry & ~clear) | set;
    cr_assert_eq(find(&arena, 0x5000, &leaf), PAGING_OK);
    paging_walk_begin(&walk, &arena.paging);
    cr_assert_eq(paging_walk_next(&walk, &walked), PAGING_OK);
    cr_assert_eq(walked.rights, leaf.rights);
    arena_free(&arena);
    return leaf.rights;
}

Test(paging_walk_next, joins_the_rights_of_all_levels)
{
    for (unsigned depth = 0; depth < 4; depth++) {
        cr_assert_eq(rights_with(depth, 0, 0), W | X | U);
        cr_assert_eq(rights_with(depth, 0x2, 0), X | U, "write = AND");
        cr_assert_eq(rights_with(depth, 0x4, 0), W | X, "user = AND");
        cr_assert_eq(rights_with(depth, 0, UINT64_C(1) << 63), W | U, "no-execute = OR");
    }
}

/* ---- paging_walk_next ------------------------------------------------------------------- */

Test(paging_walk_next, goes_up_through_both_halves)
{
    struct arena arena = landscape();
    struct paging_walk walk;
    struct paging_leaf leaf = {.to = {77}};

    paging_walk_begin(&walk, &arena.paging);
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, 0x5000, 0x7000, 0x1000, 0, 0));
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, 0x7fffffe00000, 0xe0000000, 0x200000, W, 5));
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, HIGH, GIB, GIB, X, 0));
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_OK);
    cr_assert(leaf_equals(&leaf, UINT64_C(0) - 0x1000, 0x9000, 0x1000, W, 0));
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_UNMAPPED, "and stays at the end");
    cr_assert_eq(leaf.to.value, UINT64_C(0) - 0x1000, "output untouched at the end");
    cr_assert_eq(walk.tables_seen, 10);
    cr_assert_eq(walk.tables_outside, 0);
    arena_free(&arena);
}

Test(paging_walk_next, finds_nothing_in_an_empty_root)
{
    struct arena arena = arena_make(5, true, 1, 0);
    struct paging_walk walk;
    struct paging_leaf leaf;

    paging_walk_begin(&walk, &arena.paging);
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_UNMAPPED);
    cr_assert_eq(walk.tables_seen, 1);
    arena_free(&arena);
}

/*
 * Each row spoils the entry above or at one leaf of the landscape; the three others must
 * still be found, and the report must say what the entry stands for and where it lies.
 */
struct fault {
    const char *why;
    uint64_t page;
    unsigned index;
    uint64_t bits;
    uint64_t to, size_bytes;
    unsigned ok_count;
};

static const struct fault faults[] = {
    {"PS in a PML4E", 0, 0, 0x80, 0, 512 * GIB, 3},
    {"PS in a PML4E of the high half", 0, 256, 0x80, HIGH, 512 * GIB, 3},
    {"PML4E beyond the width", 0, 511, UINT64_C(1) << 46, 0xffffff8000000000, 512 * GIB, 3},
    {"PDPTE beyond the width", 1, 0, UINT64_C(1) << 51, 0, GIB, 3},
    {"PDE beyond the width", 2, 0, UINT64_C(1) << 47, 0, 0x200000, 3},
    {"PTE beyond the width", 3, 5, UINT64_C(1) << 46, 0x5000, 0x1000, 3},
    {"giant leaf beyond the width", 6, 0, UINT64_C(1) << 46, HIGH, GIB, 3},
    {"giant leaf, lowest bit that must be 0", 6, 0, 0x2000, HIGH, GIB, 3},
    {"giant leaf, highest bit that must be 0", 6, 0, 0x20000000, HIGH, GIB, 3},
    {"2 MiB leaf, lowest bit that must be 0", 5, 511, 0x2000, 0x7fffffe00000, 0x200000, 3},
    {"2 MiB leaf, highest bit that must be 0", 5, 511, 0x100000, 0x7fffffe00000, 0x200000, 3},
    {"giant leaf, lowest address bit: fine", 6, 0, UINT64_C(1) << 31, 0, 0, 4},
    {"2 MiB leaf, highest address bit: fine", 5, 511, UINT64_C(1) << 45, 0, 0, 4},
    {"software bits 62..52: fine", 3, 5, UINT64_C(0x7ff) << 52, 0, 0, 4},
};

Test(paging_walk_next, names_a_broken_entry_and_goes_on_behind_it)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        const struct fault *row = &faults[i];
        struct arena arena = landscape();
        struct paging_walk walk;
        struct paging_leaf leaf;
        enum paging_status status;
        unsigned ok_count = 0, bad_count = 0;

        *arena_entry(&arena, row->page, row->index) |= row->bits;
        paging_walk_begin(&walk, &arena.paging);
        while ((status = paging_walk_next(&walk, &leaf)) != PAGING_UNMAPPED) {
            ok_count += status == PAGING_OK;
            if (status == PAGING_OK)
                continue;
            bad_count++;
            cr_assert_eq(status, PAGING_BAD_TABLE);
            cr_assert(leaf_equals(&leaf, row->to,
                                  ARENA_PHYSICAL + 4096 * row->page + 8 * row->index,
                                  row->size_bytes, 0, 0),
                      "%s", row->why);
            cr_assert_not(leaf.global);
        }
        cr_assert_eq(ok_count, row->ok_count, "%s", row->why);
        cr_assert_eq(bad_count, 4 - row->ok_count, "%s", row->why);
        arena_free(&arena);
    }
}

Test(paging_walk_next, holds_a_giant_leaf_for_broken_on_a_cpu_without)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    arena.paging.has_giant_pages = false;
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.bad_entry_count, 1);
    cr_assert_eq(audit.first_bad_entry.value, HIGH);
    cr_assert_eq(audit.giant_count, 0);
    arena_free(&arena);
}

/* Address 0, so that no other bit could give the entry away. */
Test(paging_walk_next, holds_ps_above_the_pdpt_for_broken)
{
    static const unsigned level_choices[] = {4, 5};

    for (unsigned i = 0; i < 2; i++) {
        for (uint64_t page = 0; page < level_choices[i] - 3; page++) {
            struct arena arena = arena_make(level_choices[i], true, 5, 0);
            struct paging_audit audit;

            cr_assert_eq(arena_map(&arena, UINT64_C(0) - 0x1000, 0, 0x1000, W), PAGING_OK);
            *arena_entry(&arena, page, 511) = 0x81;
            paging_audit(&arena.paging, &audit);
            cr_assert_eq(audit.bad_entry_count, 1);
            cr_assert_eq(audit.tables_seen, page + 1);
            cr_assert_eq(audit.mapped_bytes, 0);
            cr_assert_eq(audit.first_bad_entry.value, level_choices[i] - page == 5
                                                          ? 0xffff000000000000
                                                          : 0xffffff8000000000);
            arena_free(&arena);
        }
    }
}

Test(paging_walk_next, survives_junk_in_every_entry)
{
    struct arena arena = arena_make(5, false, 1, 0);
    struct paging_audit audit;

    memset(arena.memory, 0xff, 4096);
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.bad_entry_count, 512);
    cr_assert_eq(audit.first_bad_entry.value, 0);
    cr_assert_eq(audit.tables_seen, 1);
    cr_assert_eq(audit.mapped_bytes, 0);
    arena_free(&arena);
}

/* ---- paging_audit ----------------------------------------------------------------------- */

Test(paging_audit, counts_the_landscape)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    memset(&audit, 0xff, sizeof audit);
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.small_count, 2);
    cr_assert_eq(audit.large_count, 1);
    cr_assert_eq(audit.giant_count, 1);
    cr_assert_eq(audit.mapped_bytes, 0x40202000);
    cr_assert_eq(audit.writable_executable_count, 0);
    cr_assert_eq(audit.first_writable_executable.value, 0);
    cr_assert_eq(audit.user_count, 0);
    cr_assert_eq(audit.first_user.value, 0);
    cr_assert_eq(audit.low_half_count, 2);
    cr_assert_eq(audit.first_low_half.value, 0x5000);
    cr_assert_not(audit.null_mapped);
    cr_assert_eq(audit.bad_entry_count, 0);
    cr_assert_eq(audit.tables_seen, 10);
    cr_assert_eq(audit.tables_outside, 0);
    paging_clear_root_entry(&arena.paging, vaddr(0));
    paging_clear_root_entry(&arena.paging, vaddr(0x7fffffe00000));
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.low_half_count, 0);
    cr_assert_eq(audit.tables_seen, 5);
    arena_free(&arena);
}

Test(paging_audit, finds_a_leaf_that_is_writable_and_executable)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    *arena_entry(&arena, 9, 511) &= ~(UINT64_C(1) << 63); /* the RW leaf at the top */
    *arena_entry(&arena, 6, 0) |= 0x2;                    /* the giant RX leaf */
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.writable_executable_count, 2);
    cr_assert_eq(audit.first_writable_executable.value, HIGH);
    *arena_entry(&arena, 0, 256) &= ~UINT64_C(0x2); /* now read-only from above */
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.writable_executable_count, 1);
    cr_assert_eq(audit.first_writable_executable.value, UINT64_C(0) - 0x1000);
    arena_free(&arena);
}

Test(paging_audit, counts_a_user_leaf_only_where_every_level_allows_it)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    *arena_entry(&arena, 6, 0) |= 0x4;
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.user_count, 0);
    *arena_entry(&arena, 0, 256) |= 0x4;
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.user_count, 1);
    cr_assert_eq(audit.first_user.value, HIGH);
    arena_free(&arena);
}

Test(paging_audit, sees_page_0_in_a_small_and_in_a_large_leaf)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    *arena_entry(&arena, 3, 0) = 0x9001;
    paging_audit(&arena.paging, &audit);
    cr_assert(audit.null_mapped);
    cr_assert_eq(audit.low_half_count, 3);
    cr_assert_eq(audit.first_low_half.value, 0);
    *arena_entry(&arena, 1, 0) = 0x40000081;
    paging_audit(&arena.paging, &audit);
    cr_assert(audit.null_mapped);
    cr_assert_eq(audit.giant_count, 2);
    arena_free(&arena);
}

Test(paging_audit, counts_a_table_outside_the_pool)
{
    struct arena arena = landscape();
    struct paging_audit audit;

    /* the PT of 0x5000 moves to the first page behind the pool: still readable */
    memcpy(arena_entry(&arena, 10, 0), arena_entry(&arena, 3, 0), 4096);
    *arena_entry(&arena, 2, 0) = arena_link(10);
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.tables_outside, 1);
    cr_assert_eq(audit.tables_seen, 10);
    cr_assert_eq(audit.small_count, 2);
    arena.paging.pool.value += 4096; /* and the root before it */
    arena.paging.pool_page_count -= 1;
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.tables_outside, 2);
    arena_free(&arena);
}
