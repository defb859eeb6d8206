/* SPDX-License-Identifier: MIT */
/* Devicetrees: what they say of memory, and blobs that do not hold together. */
#include "test_memmap_fdt.h"

static const struct memmap_fdt_range fdt_expected[] = {
    {0x88000000, 0x4000, MEMMAP_FDT_RESERVATION, 0}, {0, 0x1000, MEMMAP_FDT_RESERVATION, 0},
    {0x80000000, 0x10000000, MEMMAP_FDT_MEMORY, 0},  {0x100000000, 0x7fffffff, MEMMAP_FDT_MEMORY, 0},
    {0xfedcba9876543210, 0, MEMMAP_FDT_MEMORY, 0},   {0x81000000, 0x2000, MEMMAP_FDT_RESERVED, 0},
    {0x82000000, 0x3000, MEMMAP_FDT_NO_MAP, 0},
};
#define FDT_COUNT COUNT(fdt_expected)

Test(memmap_fdt_collect, finds_memory_and_reservations_and_nothing_else)
{
    uint8_t *bytes = exact_copy(fdt_blob, sizeof fdt_blob);
    struct memmap_fdt_range ranges[FDT_COUNT + 1];
    size_t count = 99;

    memset(ranges, 0xa5, sizeof ranges);
    cr_assert_eq(memmap_fdt_collect(bytes, sizeof fdt_blob, ranges, FDT_COUNT + 1, &count), MEMMAP_OK);
    cr_assert_eq(count, FDT_COUNT);
    cr_assert_eq(memcmp(ranges, fdt_expected, sizeof fdt_expected), 0);
    cr_assert_eq(ranges[FDT_COUNT].base_bytes, UINT64_C(0xa5a5a5a5a5a5a5a5));
    free(bytes);
}

Test(memmap_fdt_collect, says_exactly_how_much_room_it_needs_and_writes_nothing)
{
    struct memmap_fdt_range ranges[FDT_COUNT], junk[FDT_COUNT];

    memset(junk, 0xa5, sizeof junk);
    for (size_t capacity = 0; capacity <= FDT_COUNT; capacity++) {
        size_t count = 99;
        memcpy(ranges, junk, sizeof junk);
        cr_assert_eq(memmap_fdt_collect(fdt_blob, sizeof fdt_blob, capacity == 0 ? NULL : ranges,
                                        capacity, &count),
                     capacity < FDT_COUNT ? MEMMAP_NO_ROOM : MEMMAP_OK);
        cr_assert_eq(count, FDT_COUNT);
        cr_assert_eq(memcmp(ranges, capacity < FDT_COUNT ? junk : fdt_expected, sizeof junk), 0);
    }
}

/* One tree in a blob without reservations. */
static enum memmap_status collect_tree(const uint8_t *tree, size_t size,
                                       struct memmap_fdt_range *ranges, size_t capacity,
                                       size_t *ret_count)
{
    const uint8_t head[] = {FDT_HEADER(16, size), M8(0), M8(0), FDT_STRINGS};
    uint8_t *blob = malloc(sizeof head + size);
    enum memmap_status status;

    memcpy(blob, head, sizeof head);
    memcpy(blob + sizeof head, tree, size);
    status = memmap_fdt_collect(blob, sizeof head + size, ranges, capacity, ret_count);
    free(blob);
    return status;
}

#define TREE(...) (const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__}

Test(memmap_fdt_collect, reads_cells_of_every_width)
{
    struct memmap_fdt_range one;
    size_t count;

#define WIDTH(a, s, size, ...)                                                                    \
    collect_tree(TREE(ROOT(a, s), MEMORY_AT('0'), IS_MEMORY, PROP(size, REG), __VA_ARGS__, END_NODE, \
                      END_NODE, END),                                                             \
                 &one, 1, &count)
    cr_assert_eq(WIDTH(1, 1, 8, M4(0x80001000), M4(0x90002000)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x80001000 && one.size_bytes == 0x90002000);
    cr_assert_eq(WIDTH(1, 2, 12, M4(0x80001000), M8(0x123456789abcdef0)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x80001000 && one.size_bytes == 0x123456789abcdef0);
    cr_assert_eq(WIDTH(2, 1, 12, M8(0x123456789abcdef0), M4(0xf0000001)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 0xf0000001);
    cr_assert_eq(WIDTH(2, 2, 16, M8(0x123456789abcdef0), M8(0xfedcba9876543210)), MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 0xfedcba9876543210);
    cr_assert_eq(WIDTH(0, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(1, 0, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(3, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(1, 3, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(0xffffffff, 1, 8, M8(0)), MEMMAP_BAD_STRIDE);
    cr_assert_eq(WIDTH(2, 2, 12, M8(0), M4(0)), MEMMAP_BAD_SIZE);
    cr_assert_eq(WIDTH(1, 1, 7, M8(0)), MEMMAP_BAD_SIZE);
    /* where the root is silent: 2 and 1 */
    cr_assert_eq(collect_tree(TREE(BEGIN, M4(0), MEMORY_AT('0'), IS_MEMORY, PROP(12, REG),
                                   M8(0x123456789abcdef0), M4(7), END_NODE, END_NODE, END),
                              &one, 1, &count),
                 MEMMAP_OK);
    cr_assert(one.base_bytes == 0x123456789abcdef0 && one.size_bytes == 7);
    /* nobody asks for cells where there is no memory */
    cr_assert_eq(collect_tree(TREE(ROOT(9, 9), END_NODE, END), NULL, 0, &count), MEMMAP_OK);
    cr_assert_eq(count, 0);
}

Test(memmap_fdt_collect, leaves_out_memory_whose_status_is_neither_okay_nor_ok)
{
    struct memmap_fdt_range ranges[1];
    size_t count;

#define EXPECT_KEPT(expected, size, ...)                                                       \
    cr_assert_eq(collect_tree(TREE(ROOT(1, 1), MEMORY_AT('0'), PROP(8, REG), M4(1), M4(2),     \
                                   PROP(size, STATUS), __VA_ARGS__, IS_MEMORY, END_NODE,       \
                                   END_NODE, END),                                             \
                              ranges, 1, &count),                                              \
                 MEMMAP_OK);                                                                   \
    cr_assert_eq(count, expected)
    EXPECT_KEPT(1, 5, 'o', 'k', 'a', 'y', 0, 0, 0, 0);
    EXPECT_KEPT(1, 3, 'o', 'k', 0, 0);
    EXPECT_KEPT(0, 2, 'o', 'k', 0, 0); /* no NUL: not this word */
    EXPECT_KEPT(0, 5, 'o', 'k', 'a', 'z', 0, 0, 0, 0);
    EXPECT_KEPT(0, 5, 'f', 'a', 'i', 'l', 0, 0, 0, 0);
}

Test(memmap_fdt_collect, refuses_trees_that_do_not_hold_together)
{
    size_t count = 99;

#define REFUSE(status, ...) cr_assert_eq(collect_tree(TREE(__VA_ARGS__), NULL, 0, &count), status)
    REFUSE(MEMMAP_BAD_SIZE, END);                              /* no root */
    REFUSE(MEMMAP_BAD_SIZE, NOP);                              /* no end */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END);                /* root is open */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE);           /* no end */
    REFUSE(MEMMAP_BAD_SIZE, END_NODE, END);                    /* nothing to close */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, BEGIN, M4(0), END_NODE, END); /* two roots */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(5), END_NODE, END);                  /* no such token */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(0), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, 'n', 'o', 'n', 'u');        /* name without its end */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, 'a', 0);                    /* name without its padding */
    REFUSE(MEMMAP_BAD_SIZE, PROP(0, REG), BEGIN, M4(0), END_NODE, END); /* property of nothing */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), END_NODE, PROP(0, REG), END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), BEGIN, 'a', 0, 0, 0, END_NODE, PROP(0, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0, STRINGS), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(9, REG), END_NODE, END); /* 9 + 3 > 8 */
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0xffffffff, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(0xfffffffd, REG), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), M4(3), M4(0));
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(3, A_CELLS), M4(1), END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, BEGIN, M4(0), PROP(8, S_CELLS), M8(1), END_NODE, END);
    cr_assert_eq(count, 99);
}

Test(memmap_fdt_collect, refuses_reserved_memory_that_contradicts_the_root)
{
    size_t count = 99;

    REFUSE(MEMMAP_OK, ROOT(2, 2), RESERVED_MEMORY, END_NODE, END_NODE, END);
    REFUSE(MEMMAP_OK, ROOT(1, 2), RESERVED_MEMORY, PROP(4, A_CELLS), M4(1), PROP(4, S_CELLS), M4(2),
           END_NODE, END_NODE, END);
    cr_assert_eq(count, 0);
    count = 99;
    REFUSE(MEMMAP_BAD_STRIDE, ROOT(2, 2), RESERVED_MEMORY, PROP(4, A_CELLS), M4(1), END_NODE,
           END_NODE, END);
    REFUSE(MEMMAP_BAD_STRIDE, ROOT(2, 2), RESERVED_MEMORY, PROP(4, S_CELLS), M4(1), END_NODE,
           END_NODE, END);
    REFUSE(MEMMAP_BAD_SIZE, ROOT(2, 2), RESERVED_MEMORY, PROP(0, S_CELLS), END_NODE, END_NODE, END);
    cr_assert_eq(count, 99);
}

static void store_be32(uint8_t *at, uint32_t word)
{
    const uint8_t bytes[] = {M4(word)};

    memcpy(at, bytes, 4);
}

Test(memmap_fdt_collect, refuses_headers_that_lie)
{
    static const struct {
        uint32_t offset, word;
        enum memmap_status status;
    } rows[] = {
        {0, 0xd00dfeee, MEMMAP_BAD_SIZE},
        {0, 0xedfe0dd0, MEMMAP_BAD_SIZE},
        {4, sizeof fdt_blob + 1, MEMMAP_BAD_SIZE},
        {4, sizeof fdt_blob - 1, MEMMAP_BAD_SIZE},
        {4, 39, MEMMAP_BAD_SIZE},
        {4, 40, MEMMAP_BAD_SIZE},
        {4, 0, MEMMAP_BAD_SIZE},
        {8, 0xfffffff0, MEMMAP_BAD_SIZE},
        {8, 40 + 48 + STRINGS + 4, MEMMAP_BAD_SIZE},
        {12, 0xfffffff0, MEMMAP_BAD_SIZE},
        {12, sizeof fdt_blob - STRINGS + 1, MEMMAP_BAD_SIZE},
        {16, sizeof fdt_blob, MEMMAP_BAD_SIZE}, /* reservations without an end */
        {16, sizeof fdt_blob - 15, MEMMAP_BAD_SIZE},
        {16, 0xffffffff, MEMMAP_BAD_SIZE},
        {20, 16, MEMMAP_BAD_SIZE}, /* version 16 has no size of the structure block */
        {20, 18, MEMMAP_OK},
        {24, 17, MEMMAP_OK},
        {24, 18, MEMMAP_BAD_SIZE}, /* not compatible with 17 */
        {32, STRINGS - 1, MEMMAP_OK}, /* "status" without its NUL is another name */
        {32, STATUS, MEMMAP_BAD_SIZE},
        {32, 0xffffffff, MEMMAP_BAD_SIZE},
        {36, 0, MEMMAP_BAD_SIZE},
        {36, sizeof fdt_tree - 4, MEMMAP_BAD_SIZE},
        {36, sizeof fdt_tree + 1, MEMMAP_BAD_SIZE},
        {36, 0xffffffff, MEMMAP_BAD_SIZE},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        uint8_t *bytes = exact_copy(fdt_blob, sizeof fdt_blob);
        struct memmap_fdt_range ranges[16];
        size_t count = 99;
        store_be32(bytes + rows[i].offset, rows[i].word);
        cr_assert_eq(memmap_fdt_collect(bytes, sizeof fdt_blob, ranges, 16, &count), rows[i].status,
                     "row %zu", i);
        cr_assert_eq(count == 99, rows[i].status != MEMMAP_OK, "row %zu", i);
        free(bytes);
    }
}

Test(memmap_fdt_collect, refuses_every_truncation)
{
    for (size_t size = 0; size < sizeof fdt_blob; size++) {
        uint8_t *bytes = exact_copy(fdt_blob, size);
        size_t structure = 40 + 48 + STRINGS, count = 99;
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        if (size >= 40)
            store_be32(bytes + 4, (uint32_t)size); /* a blob that says so itself */
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        if (size >= structure)
            store_be32(bytes + 36, (uint32_t)(size - structure));
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        cr_assert_eq(count, 99);
        free(bytes);
    }
}

/* A header that is cut by one byte and says so itself: the last word of it is not there to be read. */
Test(memmap_fdt_collect, reads_no_byte_of_a_header_that_is_cut)
{
    for (uint32_t size = 0; size < 40; size++) {
        uint8_t *bytes = exact_copy(fdt_blob, size);
        size_t count = 99;
        if (size >= 8)
            store_be32(bytes + 4, size);
        cr_assert_eq(memmap_fdt_collect(bytes, size, NULL, 0, &count), MEMMAP_BAD_SIZE);
        cr_assert_eq(count, 99);
        free(bytes);
    }
}

/* 39 bytes of which nothing else is wrong: 16 zeros end the reservations, both blocks begin at 0. */
Test(memmap_fdt_collect, reads_no_last_word_that_is_cut)
{
    static const uint8_t header[] = {M4(0xd00dfeed), M4(39), M4(0), M4(0), M4(22), M4(0x11000000), M4(0),
                                     M4(0), M4(0), 0, 0, 0};
    uint8_t *bytes = exact_copy(header, sizeof header);
    size_t count = 99;

    cr_assert_eq(sizeof header, 39);
    cr_assert_eq(memmap_fdt_collect(bytes, sizeof header, NULL, 0, &count), MEMMAP_BAD_SIZE);
    cr_assert_eq(count, 99);
    free(bytes);
}

Test(memmap_fdt_collect, does_not_look_at_padding)
{
    struct memmap_fdt_range one;
    size_t count;

    cr_assert_eq(collect_tree(TREE(BEGIN, 0, 0xee, 0xee, 0xee, MEMORY_AT('0'), IS_MEMORY, PROP(12, REG),
                                   M8(0x80000000), M4(7), END_NODE, END_NODE, END),
                              &one, 1, &count),
                 MEMMAP_OK);
    cr_assert_eq(count, 1);
    cr_assert(one.base_bytes == 0x80000000 && one.size_bytes == 7);
}

/* Nodes whose names only look like memory's. */
Test(memmap_fdt_collect, takes_no_other_name_for_memory)
{
    static const char names[][8] = {"lemory@", "mfmory@", "memorz@", "Memory@", "memor", "emory@0"};
    struct memmap_fdt_range one;
    size_t count;

    for (size_t i = 0; i < COUNT(names); i++) {
        uint8_t tree[] = {ROOT(1, 1), BEGIN, M8(0), IS_MEMORY, PROP(8, REG), M4(1), M4(2), END_NODE,
                          END_NODE, END};
        size_t name_at = sizeof(const uint8_t[]){ROOT(1, 1), BEGIN};
        memcpy(tree + name_at, names[i], strlen(names[i]));
        cr_assert_eq(collect_tree(tree, sizeof tree, &one, 1, &count), MEMMAP_OK, "%s", names[i]);
        cr_assert_eq(count, 0, "%s", names[i]);
    }
}
