/* SPDX-License-Identifier: MIT */
/* What of runs.h no proof covers: aligned_runs against a look at every run; and run_mask, which the
 * look uses, with all its inputs. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "frames/runs.h"

Test(run_mask, has_count_bits_from_the_first)
{
    for (unsigned first = 0; first < 64; first++) {
        for (unsigned count = 0; first + count <= 64; count++) {
            uint64_t mask = run_mask(first, count);
            for (unsigned bit = 0; bit < 64; bit++)
                cr_assert(eq(int, mask >> bit & 1, bit >= first && bit < first + count),
                          "%u, %u: bit %u", first, count, bit);
        }
    }
}

static uint64_t runs_by_look(uint64_t word, unsigned order)
{
    uint64_t found = 0;

    for (unsigned first = 0; first < 64; first += 1u << order) {
        uint64_t run = run_mask(first, 1u << order);
        if ((word & run) == run)
            found |= run;
    }
    return found;
}

Test(aligned_runs, are_the_runs_of_which_no_bit_is_missing)
{
    uint64_t random = UINT64_C(88172645463325252);

    for (unsigned i = 0; i < 100000; i++) {
        uint64_t word;
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        word = random | run_mask(i % 64, 64 - i % 64) << (i / 64 % 2) | random >> (i % 7 * 9);
        for (unsigned order = 0; order <= 5; order++)
            cr_assert(eq(u64, aligned_runs(word, order), runs_by_look(word, order)),
                      "word %llx, order %u", (unsigned long long)word, order);
    }
}

Test(aligned_runs, are_one_run_each_where_one_bit_alone_is_missing)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        for (unsigned order = 0; order <= 5; order++) {
            uint64_t run = run_mask(bit & ~((1u << order) - 1), 1u << order);
            cr_assert(eq(u64, aligned_runs(~(UINT64_C(1) << bit), order), ~run));
            cr_assert(eq(u64, aligned_runs(run, order), run));
        }
    }
}
