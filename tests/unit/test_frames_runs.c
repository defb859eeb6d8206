/* SPDX-License-Identifier: MIT */
/* run_mask: the one function of runs.h whose contract the proofs take as given. All its inputs. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "frames/runs.h"

Test(run_mask, has_count_bits_from_the_first)
{
    for (unsigned first = 0; first < 64; first++) {
        for (unsigned count = 0; first + count <= 64; count++) {
            uint64_t mask = run_mask(first, count);
            for (unsigned bit = 0; bit < 64; bit++)
                cr_assert(eq(int, mask >> bit & 1, bit >= first && bit < first + count), "%u, %u: bit %u",
                          first, count, bit);
        }
    }
}
