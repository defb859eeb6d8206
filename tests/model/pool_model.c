/* SPDX-License-Identifier: MIT */
/*
 * common/pool against the model of pool_shadow.h: random operations on pools of several forms,
 * everything compared after each. Prints one line; status 1 where they disagree.
 *
 *   pool_model [OPERATIONS [SEED]]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/random.h"
#include "pool_shadow.h"

#define COUNT_OF(a)  (sizeof(a) / sizeof *(a))
#define ROUND_OPS    2000u /* on one pool; then a new one */
#define VERIFY_EVERY 4u

/* The document's, one byte a block, long runs, alignment, few slots. */
static const struct shadow_form forms[] = {
    {"document", 64, 10, 0, 12, 0},   {"bytes", 1, 400, 0, 40, 3}, {"words", 8, 120, 8, 60, 5},
    {"small", 16, 64, 0, 80, 0},      {"odd", 7, 200, 0, 50, 1},   {"aligned", 32, 200, 16, 70, 1},
    {"two", 2, 300, 2, 30, 0},
};

static uint64_t dice;

/* Mostly small, some large, sometimes impossible. */
static uint32_t random_size(const struct shadow_form *form)
{
    uint32_t all = form->block_size * form->block_count;

    switch (random_below(&dice, 16)) {
    case 0:
        return random_below(&dice, all + 10);
    case 1:
    case 2:
        return random_below(&dice, all / 3 + 1);
    case 3:
        return form->block_size * (1 + random_below(&dice, 20)) - random_below(&dice, 3);
    default:
        return random_below(&dice, form->block_size * 4 + 1);
    }
}

/* How often each comes, of 100. */
static const uint8_t shares[SHADOW_WHAT_COUNT] = {
    [SHADOW_ALLOC] = 26, [SHADOW_ALLOC_STILL] = 4, [SHADOW_FREE] = 20, [SHADOW_WRITE] = 15,
    [SHADOW_READ] = 5,   [SHADOW_COPY] = 3,        [SHADOW_SEAL] = 1,  [SHADOW_GET] = 3,
    [SHADOW_PUT] = 6,    [SHADOW_MOVE] = 6,        [SHADOW_COMPACT] = 1, [SHADOW_STEP] = 4,
    [SHADOW_GROW] = 1,   [SHADOW_DEAD_HANDLE] = 2, [SHADOW_FOREIGN_HANDLE] = 2, [SHADOW_INIT] = 1,
};

static enum shadow_what random_what(void)
{
    uint32_t left = random_below(&dice, 100);
    unsigned what = 0;

    while (left >= shares[what])
        left -= shares[what++];
    if (what == SHADOW_GROW || what == SHADOW_INIT) /* rarer than one in 100 */
        return random_below(&dice, 12) == 0 ? what : SHADOW_FREE;
    return what;
}

static struct shadow_operation random_operation(const struct shadow *shadow)
{
    const struct shadow_form *form = shadow->form;
    struct shadow_operation op = {.what = random_what(), .index = random_below(&dice, 1000)};
    uint32_t size = shadow->live_count == 0 ? 1
                                            : (uint32_t)shadow->live[op.index % shadow->live_count].size_bytes;

    op.a = random_below(&dice, 1u << 16);
    op.b = random_below(&dice, 16);
    op.c = random_below(&dice, 1000);
    if (op.what == SHADOW_ALLOC || op.what == SHADOW_ALLOC_STILL)
        op.index = random_size(form);
    if (op.what == SHADOW_WRITE || op.what == SHADOW_READ) {
        op.a = random_below(&dice, size + 1);
        op.b = random_below(&dice, size - op.a + 1 + (random_below(&dice, 16) == 0));
    }
    if (op.what == SHADOW_COPY)
        op.a = random_below(&dice, 4) + 64 * random_below(&dice, 4);
    if (op.what == SHADOW_SEAL)
        op.a = random_below(&dice, 40) == 0 ? random_below(&dice, 16) : 4 * random_below(&dice, 4);
    if (op.what == SHADOW_GET)
        op.a = random_below(&dice, 20) == 0 ? random_below(&dice, 16) : 4 * (1 + random_below(&dice, 3));
    if (op.what == SHADOW_MOVE)
        op.a = random_below(&dice, shadow->region_first[shadow->region_count] + 2);
    if (op.what == SHADOW_STEP)
        op.a = random_below(&dice, 30);
    if (op.what == SHADOW_GROW)
        op.a = random_below(&dice, form->block_size * 60);
    return op;
}

static void complain(const struct shadow *shadow, const struct shadow_operation *op, uint64_t done)
{
    fprintf(stderr, "pool_model: form %s, operation %" PRIu64 " (what %d, index %u, a %u, b %u, c %u): line %d: %s\n",
            shadow->form->name, done, (int)op->what, op->index, op->a, op->b, op->c, shadow->line,
            shadow->complaint);
}

int main(int argc, char **argv)
{
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
    uint64_t statuses[POOL_STATUS_COUNT] = {0};
    uint64_t moved_count = 0, refused_count = 0, done = 0;
    unsigned disagreements = 0, seen = 0;

    dice = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (unsigned round = 0; done < count && disagreements == 0; round++) {
        static struct shadow shadow;
        shadow_open(&shadow, &forms[round % COUNT_OF(forms)]);
        for (unsigned i = 0; i < ROUND_OPS && done < count && disagreements == 0; i++, done++) {
            struct shadow_operation op = random_operation(&shadow);
            if (!shadow_operate(&shadow, &op) || ((i % VERIFY_EVERY == 0) && !shadow_verify(&shadow))) {
                complain(&shadow, &op, done);
                disagreements++;
            }
        }
        for (unsigned i = 0; i < POOL_STATUS_COUNT; i++)
            statuses[i] += shadow.statuses[i];
        moved_count += shadow.moved_count;
        shadow_close(&shadow);
    }
    for (unsigned i = 0; i < POOL_STATUS_COUNT; i++) {
        seen += statuses[i] > 0;
        refused_count += i == POOL_OK ? 0 : statuses[i];
    }
    printf("pool-model: operations=%" PRIu64 " seed=%" PRIu64 " disagreements=%u refused=%" PRIu64
           " fragmented=%" PRIu64 " statuses=%u moved_blocks=%" PRIu64 "\n",
           done, seed, disagreements, refused_count, statuses[POOL_FRAGMENTED], seen, moved_count);
    return disagreements == 0 ? 0 : 1;
}
