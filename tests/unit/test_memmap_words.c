/* SPDX-License-Identifier: MIT */
/* Readers: each byte of a word counts, and none beside it. */
#include "test_memmap_fdt.h"

/* ---- Limine: 64 bits of type ------------------------------------------------------------- */

Test(memmap_source_limine, reads_every_byte_of_the_type_and_none_beside_it)
{
    for (unsigned byte = 0; byte < 8; byte++) {
        uint64_t type = UINT64_C(0x40) << 8 * byte;
        const uint8_t table[] = {L8(0x1000), L8(0x2000), L8(type | 2)};
        struct decoded expected = {0x1000, 2, 0, byte < 4 ? (uint32_t)type | 2 : UINT32_MAX, 0,
                                   MEMMAP_RESERVED};
        struct memmap_source source;
        cr_assert_eq(memmap_source_limine(&source, table, sizeof table, sizeof table), MEMMAP_OK);
        expect_entries(&source, MEMMAP_FORMAT_LIMINE, &expected, 1);
    }
}

/* ---- devicetrees ------------------------------------------------------------------------------ */

/* One tree in a blob of so many bytes without reservations, that says so many bytes of strings. */
static size_t collect_cut(const uint8_t *tree, size_t size, uint32_t strings_bytes,
                          size_t total_bytes, enum memmap_status status)
{
    const uint8_t head[] = {FDT_HEADER(16, size), M8(0), M8(0), FDT_STRINGS};
    struct memmap_fdt_range ranges[4];
    uint8_t *blob = calloc(1, total_bytes);
    size_t count = 0;

    cr_assert_geq(total_bytes, sizeof head + size);
    memcpy(blob, head, sizeof head);
    memcpy(blob + sizeof head, tree, size);
    memcpy(blob + 4, (const uint8_t[]){M4(total_bytes)}, 4);
    memcpy(blob + 32, (const uint8_t[]){M4(strings_bytes)}, 4);
    cr_assert_eq(memmap_fdt_collect(blob, total_bytes, ranges, COUNT(ranges), &count), status);
    free(blob);
    return count;
}

#define SIZE(...)    sizeof(const uint8_t[]){__VA_ARGS__}
#define COLLECT(...) \
    collect_cut((const uint8_t[]){__VA_ARGS__}, SIZE(__VA_ARGS__), STRINGS, 2048, MEMMAP_OK)

#define MEMORY MEMORY_AT('0'), IS_MEMORY, PROP(8, REG), M4(0x1000), M4(0x2000), END_NODE

Test(memmap_fdt_collect, compares_texts_from_the_first_letter_on)
{
    cr_assert_eq(COLLECT(ROOT(1, 1), MEMORY, END_NODE, END), 1);
    cr_assert_eq(COLLECT(ROOT(1, 1), MEMORY_AT('0'), PROP(7, TYPE), 'x', 'e', 'm', 'o', 'r', 'y', 0, 0,
                         PROP(8, REG), M4(0x1000), M4(0x2000), END_NODE, END_NODE, END), 0);
    cr_assert_eq(COLLECT(ROOT(1, 1), MEMORY_AT('0'), IS_MEMORY, PROP(5, STATUS), 'x', 'k', 'a', 'y', 0,
                         0, 0, 0, PROP(8, REG), M4(0x1000), M4(0x2000), END_NODE, END_NODE, END), 0);
}

/* A name whose NUL lies behind the strings block is no name, whatever follows. */
Test(memmap_fdt_collect, reads_no_name_beyond_the_strings_block)
{
    static const uint8_t tree[] = {ROOT(1, 1), MEMORY, END_NODE, END};

    cr_assert_eq(collect_cut(tree, sizeof tree, NO_MAP, 2048, MEMMAP_OK), 1);
    cr_assert_eq(collect_cut(tree, sizeof tree, NO_MAP - 1, 2048, MEMMAP_OK), 0);
}

/* The header may not lie, not even of strings that no property asks for. */
Test(memmap_fdt_collect, refuses_a_strings_block_that_ends_behind_the_blob)
{
    static const uint8_t tree[] = {BEGIN, M4(0), END_NODE, END};

    collect_cut(tree, sizeof tree, 2048 - 40 - 16, 2048, MEMMAP_OK);
    collect_cut(tree, sizeof tree, 2048 - 40 - 16 + 1, 2048, MEMMAP_BAD_SIZE);
}

/* cpus and what lies deeper count cells of their own. */
Test(memmap_fdt_collect, takes_cells_of_the_root_and_of_reserved_memory_only)
{
    cr_assert_eq(COLLECT(ROOT(1, 1), BEGIN, 'c', 'p', 'u', 's', 0, 0, 0, 0, PROP(4, A_CELLS), M4(2),
                         PROP(4, S_CELLS), M4(0), END_NODE, MEMORY, END_NODE, END), 1);
    cr_assert_eq(COLLECT(ROOT(1, 1), RESERVED_MEMORY, PROP(4, A_CELLS), M4(1), PROP(4, S_CELLS), M4(1),
                         BEGIN, 'a', 0, 0, 0, PROP(4, A_CELLS), M4(2), PROP(8, REG), M4(0x1000),
                         M4(0x2000), BEGIN, 'x', 0, 0, 0, PROP(4, A_CELLS), M4(2), END_NODE, END_NODE,
                         END_NODE, MEMORY, END_NODE, END), 2);
}

/* Without a `reg`, cells of no use are of no harm; a `reg` of one byte is not none. */
Test(memmap_fdt_collect, asks_for_whole_pairs_where_there_is_a_byte)
{
    static const uint8_t one_byte[] = {ROOT(1, 1), MEMORY_AT('0'), IS_MEMORY, PROP(1, REG), 0, 0, 0, 0,
                                       END_NODE, END_NODE, END};

    cr_assert_eq(COLLECT(ROOT(9, 9), MEMORY_AT('0'), IS_MEMORY, END_NODE, END_NODE, END), 0);
    cr_assert_eq(COLLECT(ROOT(9, 9), MEMORY_AT('0'), IS_MEMORY, PROP(0, REG), END_NODE, END_NODE,
                         END), 0);
    collect_cut(one_byte, sizeof one_byte, STRINGS, 2048, MEMMAP_BAD_SIZE);
}

/* 1000000h: only the highest byte of the size is not 0. */
Test(memmap_fdt_collect, takes_a_blob_of_16_mib)
{
    static const uint8_t tree[] = {ROOT(1, 1), MEMORY, END_NODE, END};

    cr_assert_eq(collect_cut(tree, sizeof tree, STRINGS, 16 << 20, MEMMAP_OK), 1);
}
