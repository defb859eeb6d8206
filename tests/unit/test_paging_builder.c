/* SPDX-License-Identifier: MIT */
/*
 * The page-table builder. Expected entries are literals composed by hand from the bit
 * tables of the Intel SDM, vol. 3A, 4.5 (tables 4-15 to 4-20):
 *
 *   0x001 P  0x002 R/W  0x008 PWT  0x010 PCD  0x020 A  0x040 D  0x080 PS, PAT of a PTE
 *   0x100 G  0x1000 PAT of a large leaf  bit 63 XD
 */
#include "test_paging.h"

#define W   PAGING_RIGHT_WRITE
#define X   PAGING_RIGHT_EXECUTE
#define TIB (1024 * GIB)

Test(paging_status_name, has_a_name_for_each_status)
{
    cr_assert_str_eq(paging_status_name(PAGING_OK), "ok");
    cr_assert_str_eq(paging_status_name(PAGING_NO_MEMORY), "no-memory");
    cr_assert_str_eq(paging_status_name(PAGING_MISALIGNED), "misaligned");
    cr_assert_str_eq(paging_status_name(PAGING_NOT_CANONICAL), "not-canonical");
    cr_assert_str_eq(paging_status_name(PAGING_OUT_OF_RANGE), "out-of-range");
    cr_assert_str_eq(paging_status_name(PAGING_OCCUPIED), "occupied");
    cr_assert_str_eq(paging_status_name(PAGING_UNMAPPED), "unmapped");
    cr_assert_str_eq(paging_status_name(PAGING_BAD_LEVELS), "bad-levels");
    cr_assert_str_eq(paging_status_name(PAGING_BAD_TABLE), "bad-table");
    cr_assert_str_eq(paging_status_name((enum paging_status)99), "unknown");
}

/* ---- paging_check and paging_init ------------------------------------------------------- */

static struct paging sound_description(void)
{
    return (struct paging){
        .root = {0x5000},
        .levels = 4,
        .physical_bits = 36,
        .pointer_offset = HIGH,
        .pool = {0x5000},
        .pool_page_count = 8,
        .pool_used_count = 8,
    };
}

#define CHECK_GIVES(status, change)                                                    \
    do {                                                                               \
        struct paging paging = sound_description();                                    \
        change;                                                                        \
        cr_assert_eq(paging_check(&paging), status, "%s", #change);                    \
    } while (0)

Test(paging_check, accepts_what_is_sound_up_to_the_edge)
{
    CHECK_GIVES(PAGING_OK, (void)paging);
    CHECK_GIVES(PAGING_OK, paging.levels = 5);
    CHECK_GIVES(PAGING_OK, paging.physical_bits = 52);
    CHECK_GIVES(PAGING_OK, paging.root.value = 0xffffff000);
    CHECK_GIVES(PAGING_OK, paging.pool.value = 0xfffff8000);
    CHECK_GIVES(PAGING_OK, paging.pool_page_count = (1 << 24) - 5);
    CHECK_GIVES(PAGING_OK, paging.pool_page_count = 0; paging.pool_used_count = 0);
}

Test(paging_check, names_what_is_not)
{
    CHECK_GIVES(PAGING_BAD_LEVELS, paging.levels = 3);
    CHECK_GIVES(PAGING_BAD_LEVELS, paging.levels = 6);
    CHECK_GIVES(PAGING_BAD_LEVELS, paging.levels = 0);
    CHECK_GIVES(PAGING_MISALIGNED, paging.root.value += 8);
    CHECK_GIVES(PAGING_MISALIGNED, paging.pool.value += 2048);
    CHECK_GIVES(PAGING_MISALIGNED, paging.pointer_offset += 1);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.physical_bits = 53);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.physical_bits = 64);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.physical_bits = 0);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.root.value = 0x1000000000);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.pool.value = 0xfffff9000);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.pool.value = 0xfffffffffffff000);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.pool_page_count = (1 << 24) - 4);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.pool_page_count = UINT64_MAX);
    CHECK_GIVES(PAGING_OUT_OF_RANGE, paging.pool_used_count = 9);
}

Test(paging_init, takes_the_root_zeroed_and_nothing_else)
{
    struct arena arena = arena_make(4, true, 2, 0);

    cr_assert_eq(arena.paging.root.value, ARENA_PHYSICAL);
    cr_assert_eq(arena.paging.levels, 4);
    cr_assert(arena.paging.has_giant_pages);
    cr_assert_eq(arena.paging.physical_bits, 46);
    cr_assert_eq(arena.paging.pool.value, ARENA_PHYSICAL);
    cr_assert_eq(arena.paging.pool_page_count, 2);
    cr_assert_eq(arena.paging.pool_used_count, 1);
    for (unsigned i = 0; i < 512; i++) {
        cr_assert_eq(*arena_entry(&arena, 0, i), 0);
        cr_assert_eq(*arena_entry(&arena, 1, i), UINT64_C(0xa5a5a5a5a5a5a5a5));
    }
    arena_free(&arena);
}

Test(paging_init, leaves_everything_alone_when_it_fails)
{
    struct arena arena = arena_make(4, true, 1, 0);
    struct arena_copy copy = arena_remember(&arena);
    uint64_t offset = arena_offset(&arena);
    struct paging *paging = &arena.paging;
    paddr_t pool = paddr(ARENA_PHYSICAL);

    cr_assert_eq(paging_init(paging, 3, true, 46, offset, pool, 1), PAGING_BAD_LEVELS);
    cr_assert_eq(paging_init(paging, 4, true, 46, offset, paddr(ARENA_PHYSICAL + 8), 1),
                 PAGING_MISALIGNED);
    cr_assert_eq(paging_init(paging, 4, true, 28, offset, pool, 1), PAGING_OUT_OF_RANGE);
    cr_assert_eq(paging_init(paging, 4, true, 46, offset, pool, UINT64_C(1) << 34),
                 PAGING_OUT_OF_RANGE);
    cr_assert_eq(paging_init(paging, 4, true, 46, offset, pool, 0), PAGING_NO_MEMORY);
    cr_assert(arena_is_unchanged(&arena, copy));
    arena_free(&arena);
}

/* ---- entries, bit for bit --------------------------------------------------------------- */

/*
 * One leaf in empty tables. The pool is taken from the root downwards, so the tables are
 * pages 0, 1, 2, ... of the arena and the leaf lies in page `depth`.
 *
 *   0xffff8080_c0403000 = PML4 257, PDPT 3, PD 2, PT 3
 */
#define SPOT UINT64_C(0xffff8080c0403000)

static void leaf_is(uint64_t from, uint64_t size_bytes, unsigned rights, enum paging_cache cache,
                    uint64_t expected)
{
    struct arena arena = arena_make(4, true, 4, 0);
    static const unsigned index[] = {257, 3, 2, 3};
    uint64_t depth = size_bytes == 0x1000 ? 3 : size_bytes == 0x200000 ? 2 : 1;

    cr_assert_eq(paging_map(&arena.paging, vaddr(SPOT & ~(size_bytes - 1)), paddr(from),
                            size_bytes, rights, cache),
                 PAGING_OK);
    cr_assert_eq(arena.paging.pool_used_count, depth + 1);
    for (uint64_t page = 0; page <= depth; page++) {
        for (unsigned i = 0; i < 512; i++) {
            uint64_t want = i != index[page] ? 0 : page == depth ? expected : arena_link(page + 1);
            cr_assert_eq(*arena_entry(&arena, page, i), want, "page %" PRIu64 " entry %u", page, i);
        }
    }
    arena_free(&arena);
}

Test(paging_map, writes_4_kib_leaves_bit_for_bit)
{
    leaf_is(0x7000, 0x1000, 0, PAGING_WRITE_BACK, 0x8000000000007121);
    leaf_is(0x7000, 0x1000, W, PAGING_WRITE_BACK, 0x8000000000007163);
    leaf_is(0x7000, 0x1000, X, PAGING_WRITE_BACK, 0x0000000000007121);
    leaf_is(0x7000, 0x1000, W | X, PAGING_WRITE_BACK, 0x0000000000007163);
    leaf_is(0x7000, 0x1000, W, PAGING_WRITE_COMBINING, 0x80000000000071eb);
    leaf_is(0x7000, 0x1000, 0, PAGING_WRITE_COMBINING, 0x80000000000071a9);
    leaf_is(0x7000, 0x1000, W, PAGING_UNCACHED, 0x800000000000717b);
    leaf_is(0x3ffffffff000, 0x1000, W, PAGING_WRITE_BACK, 0x80003ffffffff163);
}

Test(paging_map, writes_2_mib_leaves_bit_for_bit)
{
    leaf_is(0x600000, 0x200000, 0, PAGING_WRITE_BACK, 0x80000000006001a1);
    leaf_is(0x600000, 0x200000, W, PAGING_WRITE_BACK, 0x80000000006001e3);
    leaf_is(0x600000, 0x200000, X, PAGING_WRITE_BACK, 0x00000000006001a1);
    leaf_is(0x600000, 0x200000, W, PAGING_WRITE_COMBINING, 0x80000000006011eb);
    leaf_is(0x600000, 0x200000, W, PAGING_UNCACHED, 0x80000000006001fb);
    leaf_is(0x3fffffe00000, 0x200000, W, PAGING_WRITE_BACK, 0x80003fffffe001e3);
}

Test(paging_map, writes_1_gib_leaves_bit_for_bit)
{
    leaf_is(0xc0000000, 0x40000000, 0, PAGING_WRITE_BACK, 0x80000000c00001a1);
    leaf_is(0xc0000000, 0x40000000, W, PAGING_WRITE_BACK, 0x80000000c00001e3);
    leaf_is(0xc0000000, 0x40000000, X, PAGING_WRITE_BACK, 0x00000000c00001a1);
    leaf_is(0xc0000000, 0x40000000, W, PAGING_WRITE_COMBINING, 0x80000000c00011eb);
    leaf_is(0xc0000000, 0x40000000, W, PAGING_UNCACHED, 0x80000000c00001fb);
}

Test(paging_map, never_makes_a_user_page)
{
    leaf_is(0x7000, 0x1000, W | PAGING_RIGHT_USER, PAGING_WRITE_BACK, 0x8000000000007163);
}

Test(paging_map, builds_five_levels_where_told_to)
{
    /* 0xff11_2233_4455_6000: PML5 273, PML4 68, PDPT 205, PD 34, PT 342 */
    struct arena arena = arena_make(5, true, 5, 0);

    cr_assert_eq(arena_map(&arena, 0xff11223344556000, 0x7000, 0x1000, W), PAGING_OK);
    cr_assert_eq(*arena_entry(&arena, 0, 273), arena_link(1));
    cr_assert_eq(*arena_entry(&arena, 1, 68), arena_link(2));
    cr_assert_eq(*arena_entry(&arena, 2, 205), arena_link(3));
    cr_assert_eq(*arena_entry(&arena, 3, 34), arena_link(4));
    cr_assert_eq(*arena_entry(&arena, 4, 342), 0x8000000000007163);
    arena_free(&arena);
}

Test(paging_map, fills_a_whole_page_table_with_steps_of_4_kib)
{
    struct arena arena = arena_make(4, true, 5, 0);

    /* one page beyond congruence: no large leaf; the last page falls into a second PT */
    cr_assert_eq(arena_map(&arena, HIGH, 0x1000, 0x201000, X), PAGING_OK);
    for (unsigned i = 0; i < 512; i++) {
        cr_assert_eq(*arena_entry(&arena, 3, i), (i + 1) * UINT64_C(4096) + 0x121);
        cr_assert_eq(*arena_entry(&arena, 4, i), i == 0 ? 0x201121 : 0);
    }
    arena_free(&arena);
}

/* ---- which leaf ------------------------------------------------------------------------- */

struct choice {
    const char *why;
    bool has_giant_pages;
    uint64_t to, from, size_bytes;
    uint64_t small_count, large_count, giant_count, table_count; /* tables with the root */
};

static const struct choice choices[] = {
    {"one page", true, HIGH, 0, 0x1000, 1, 0, 0, 4},
    {"2 MiB, aligned", true, HIGH, 0x200000, 0x200000, 0, 1, 0, 3},
    {"2 MiB, physical side off by a page", true, HIGH, 0x201000, 0x200000, 512, 0, 0, 4},
    {"2 MiB, both off by the same", true, HIGH + 0x1000, 0x201000, 0x200000, 512, 0, 0, 5},
    {"a page short of 2 MiB", true, HIGH, 0, 0x1ff000, 511, 0, 0, 4},
    {"1 GiB, aligned", true, HIGH, 0x40000000, 0x40000000, 0, 0, 1, 2},
    {"1 GiB, on a CPU without", false, HIGH, 0x40000000, 0x40000000, 0, 512, 0, 3},
    {"1 GiB, congruent by 2 MiB only", true, HIGH, 0x200000, 0x40000000, 0, 512, 0, 3},
    {"1 GiB, both off by 2 MiB", true, HIGH + 0x200000, 0x200000, 0x40000000, 0, 512, 0, 4},
    /* |4K|2M ... 2M|1G|2M ... 2M|4K|  */
    {"up and down again", true, HIGH + 0x3fdff000, 0x3fdff000, 0x40402000, 2, 2, 1, 6},
    {"the same without giants", false, HIGH + 0x3fdff000, 0x3fdff000, 0x40402000, 2, 514, 0, 7},
    {"over a root slot", true, HIGH + 512 * GIB - 0x1000, GIB - 0x1000, 0x2000, 2, 0, 0, 7},
    {"900 GiB at once", true, HIGH, 0, 900 * GIB, 0, 0, 900, 3},
};

Test(paging_map, takes_the_largest_leaf_that_both_sides_allow)
{
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct choice *row = &choices[i];
        struct arena arena = arena_make(4, row->has_giant_pages, 16, 0);
        struct paging_audit audit;

        cr_assert_eq(arena_map(&arena, row->to, row->from, row->size_bytes, W), PAGING_OK);
        paging_audit(&arena.paging, &audit);
        cr_assert_eq(audit.small_count, row->small_count, "%s", row->why);
        cr_assert_eq(audit.large_count, row->large_count, "%s", row->why);
        cr_assert_eq(audit.giant_count, row->giant_count, "%s", row->why);
        cr_assert_eq(audit.mapped_bytes, row->size_bytes, "%s", row->why);
        cr_assert_eq(arena.paging.pool_used_count, row->table_count, "%s", row->why);
        arena_free(&arena);
    }
}

Test(paging_map, fills_an_empty_table_rather_than_replace_it)
{
    struct arena arena = arena_make(4, true, 5, 0);

    cr_assert_eq(arena_map(&arena, HIGH, 0, 0x1000, W), PAGING_OK);
    *arena_entry(&arena, 3, 0) = 0; /* as a kernel's unmap would leave it */
    cr_assert_eq(arena_map(&arena, HIGH, 0, GIB, W), PAGING_OK);
    cr_assert_eq(arena.paging.pool_used_count, 4);
    cr_assert_eq(*arena_entry(&arena, 3, 511), 0x80000000001ff163, "4 KiB in the PT");
    cr_assert_eq(*arena_entry(&arena, 2, 1), 0x80000000002001e3, "2 MiB behind it");
    cr_assert_eq(*arena_entry(&arena, 2, 511), 0x800000003fe001e3);
    arena_free(&arena);
}

Test(paging_map, maps_up_to_the_top_of_the_address_space)
{
    static const unsigned level_choices[] = {4, 5};

    for (int i = 0; i < 2; i++) {
        struct arena arena = arena_make(level_choices[i], true, 8, 0);
        struct paging_leaf leaf;
        uint64_t last = level_choices[i] - 1;

        cr_assert_eq(arena_map(&arena, UINT64_C(0) - 0x2000, 0x8000, 0x2000, W), PAGING_OK);
        cr_assert_eq(*arena_entry(&arena, last, 511), 0x8000000000009163);
        cr_assert_eq(*arena_entry(&arena, last, 510), 0x8000000000008163);
        cr_assert_eq(paging_find(&arena.paging, vaddr(UINT64_MAX), &leaf), PAGING_OK);
        cr_assert_eq(leaf.to.value, UINT64_MAX - 0xfff);
        cr_assert_eq(leaf.from.value, 0x9000);
        arena_free(&arena);
    }
}

Test(paging_map, fills_the_whole_upper_half_with_giants)
{
    struct arena arena = arena_make(4, true, 257, 0);
    struct paging_audit audit;

    arena.paging.physical_bits = 52;
    cr_assert_eq(arena_map(&arena, HIGH, 0, 128 * TIB, W), PAGING_OK);
    cr_assert_eq(arena.paging.pool_used_count, 257);
    paging_audit(&arena.paging, &audit);
    cr_assert_eq(audit.giant_count, 131072);
    cr_assert_eq(audit.low_half_count, 0);
    arena_free(&arena);
}
