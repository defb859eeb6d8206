/* SPDX-License-Identifier: MIT */
/*
 * common/pool on every arena of 1 to 6 blocks: each layout of runs, pinned runs and holes, each
 * operation on it, and behind that each operation again, next to the model of pool_shadow.h.
 * (At 6 blocks the second one is each request for memory.) Prints one line; status 1 where they
 * disagree.
 *
 * In a complaint r2 is a run of two blocks, p1 a pinned one of one, .3 a hole of three.
 */
#include <inttypes.h>
#include <stdio.h>

#include "pool_shadow.h"

#define BLOCKS_MAX 6u
#define BLOCK_SIZE 2u
#define OPS_MAX    400u

/* One piece of a layout: a run, a pinned run, or a hole, of 1.. blocks. */
struct piece {
    char kind; /* 'r', 'p', '.' */
    uint32_t block_count;
};

static struct {
    struct piece pieces[BLOCKS_MAX];
    unsigned piece_count;
    struct shadow_form form;
    uint64_t layout_count, case_count;
    bool failed;
} all;

static struct shadow shadow;

/* A run for each piece, from the left; then the holes' are freed. */
static bool build_layout(void)
{
    struct shadow_operation op = {.what = SHADOW_ALLOC};

    for (unsigned i = 0; i < all.piece_count; i++) {
        op.index = all.pieces[i].block_count * BLOCK_SIZE - 1;
        if (!shadow_operate(&shadow, &op))
            return false;
    }
    for (unsigned i = all.piece_count; i-- > 0;) {
        op = (struct shadow_operation){.what = SHADOW_GET, .index = i, .a = POOL_READ};
        if (all.pieces[i].kind == '.')
            op.what = SHADOW_FREE;
        if (all.pieces[i].kind != 'r' && !shadow_operate(&shadow, &op))
            return false;
    }
    return true;
}

/* Every operation that can make a difference on up to 6 blocks. */
static unsigned list_operations(struct shadow_operation *ops, unsigned run_count, bool only_requests)
{
    uint32_t blocks = all.form.block_count;
    unsigned count = 0;

    for (uint32_t size = 0; size <= blocks * BLOCK_SIZE; size += size == 0 ? 1 : BLOCK_SIZE) {
        ops[count++] = (struct shadow_operation){.what = SHADOW_ALLOC, .index = size};
        ops[count++] = (struct shadow_operation){.what = SHADOW_ALLOC_STILL, .index = size};
    }
    if (only_requests)
        return count;
    ops[count++] = (struct shadow_operation){.what = SHADOW_COMPACT};
    ops[count++] = (struct shadow_operation){.what = SHADOW_INIT};
    ops[count++] = (struct shadow_operation){.what = SHADOW_GROW, .a = 2 * BLOCK_SIZE};
    for (uint32_t limit = 0; limit <= blocks; limit++)
        ops[count++] = (struct shadow_operation){.what = SHADOW_STEP, .a = limit};
    for (unsigned i = 0; i < run_count; i++) {
        ops[count++] = (struct shadow_operation){.what = SHADOW_FREE, .index = i};
        ops[count++] = (struct shadow_operation){.what = SHADOW_GET, .index = i, .a = POOL_WRITE};
        ops[count++] = (struct shadow_operation){.what = SHADOW_PUT, .index = i};
        for (uint32_t block = 0; block <= blocks; block++)
            ops[count++] = (struct shadow_operation){.what = SHADOW_MOVE, .index = i, .a = block};
    }
    return count;
}

static bool complain(const struct shadow_operation *first, const struct shadow_operation *second)
{
    fprintf(stderr, "pool_exhaustive: %u blocks, layout ", all.form.block_count);
    for (unsigned i = 0; i < all.piece_count; i++)
        fprintf(stderr, "%c%u", all.pieces[i].kind, all.pieces[i].block_count);
    fprintf(stderr, ", operation %d (index %u, a %u), then %d (index %u, a %u): line %d: %s\n", (int)first->what,
            first->index, first->a, (int)second->what, second->index, second->a, shadow.line, shadow.complaint);
    all.failed = true;
    return false;
}

/* One layout, two operations. */
static bool try_pair(const struct shadow_operation *first, const struct shadow_operation *second)
{
    bool agrees;

    shadow_open(&shadow, &all.form);
    agrees = build_layout() && shadow_operate(&shadow, first) && shadow_verify(&shadow) &&
             shadow_operate(&shadow, second) && shadow_verify(&shadow);
    all.case_count++;
    shadow_close(&shadow);
    return agrees || complain(first, second);
}

static void try_layout(void)
{
    static struct shadow_operation firsts[OPS_MAX], seconds[OPS_MAX];
    unsigned run_count = 0, first_count, second_count;

    for (unsigned i = 0; i < all.piece_count; i++)
        run_count += all.pieces[i].kind != '.';
    first_count = list_operations(firsts, run_count, false);
    second_count = list_operations(seconds, run_count, all.form.block_count == BLOCKS_MAX);
    all.layout_count++;
    for (unsigned i = 0; i < first_count; i++) {
        for (unsigned j = 0; j < second_count; j++) {
            if (!try_pair(&firsts[i], &seconds[j]))
                return;
        }
    }
}

/* Every way to go on from here to the arena's end. No two holes side by side: they are one. */
static void try_layouts(uint32_t blocks_left)
{
    static const char kinds[] = {'r', 'p', '.'};

    if (blocks_left == 0) {
        try_layout();
        return;
    }
    for (uint32_t count = 1; count <= blocks_left; count++) {
        for (unsigned k = 0; k < sizeof kinds && !all.failed; k++) {
            if (kinds[k] == '.' && all.piece_count > 0 && all.pieces[all.piece_count - 1].kind == '.')
                continue;
            all.pieces[all.piece_count++] = (struct piece){kinds[k], count};
            try_layouts(blocks_left - count);
            all.piece_count--;
        }
    }
}

int main(void)
{
    for (uint32_t blocks = 1; blocks <= BLOCKS_MAX && !all.failed; blocks++) {
        all.form = (struct shadow_form){
            .name = "exhaustive", .block_size = BLOCK_SIZE, .block_count = blocks, .slot_count = blocks + 2};
        try_layouts(blocks);
    }
    printf("pool-exhaustive: blocks=1..%u layouts=%" PRIu64 " cases=%" PRIu64 " disagreements=%d\n", BLOCKS_MAX,
           all.layout_count, all.case_count, all.failed ? 1 : 0);
    return all.failed ? 1 : 0;
}
