/* SPDX-License-Identifier: MIT */
/*
 * Sequences of operations on a block pool, next to the model of tests/model/pool_shadow.h; all is
 * compared after each.
 *
 *   byte 0   block size, 1..64
 *   byte 1   blocks, 1..64
 *   byte 2   bits 0-2: alignment (a power of two that divides the block size, else none), bits 3-7:
 *            slots, 2..
 *   byte 3   bits 0-3: how far the arena is off 64
 *   rest     operations of 7 bytes: what, index (2), a (2), b, c
 */
#include "fuzz.h"
#include "model/pool_shadow.h"

static struct shadow_operation take_operation(struct input_bytes *input, const struct shadow *shadow)
{
    struct shadow_operation op = {.what = (enum shadow_what)(take(input, 1) % SHADOW_WHAT_COUNT)};

    op.index = (uint32_t)take(input, 2);
    op.a = (uint32_t)take(input, 2);
    op.b = (uint32_t)take(input, 1);
    op.c = (uint32_t)take(input, 1);
    if ((op.what == SHADOW_ALLOC || op.what == SHADOW_ALLOC_STILL) && op.index == 0xffff)
        op.index = UINT32_MAX;
    if ((op.what == SHADOW_WRITE || op.what == SHADOW_READ) && op.b == 0xff && shadow->live_count > 0)
        op.b = (uint32_t)shadow->live[op.index % shadow->live_count].size_bytes;
    return op;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    struct shadow_form form = {.name = "fuzz"};
    static struct shadow shadow;
    unsigned bits;

    form.block_size = 1 + (uint32_t)take(&input, 1) % 64;
    form.block_count = 1 + (uint32_t)take(&input, 1) % 64;
    bits = (unsigned)take(&input, 1);
    form.align_bytes = form.block_size % (1u << bits % 8) == 0 ? 1u << bits % 8 : 0;
    form.slot_count = 2 + bits / 8;
    form.misalign_bytes = (uint32_t)take(&input, 1) % 16;
    shadow_open(&shadow, &form);
    while (input.left > 0) {
        struct shadow_operation op = take_operation(&input, &shadow);
        bool agrees = shadow_operate(&shadow, &op) && shadow_verify(&shadow);
        CHECK_THAT(agrees, shadow.complaint);
    }
    shadow_close(&shadow);
    return 0;
}
