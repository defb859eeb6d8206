/* SPDX-License-Identifier: MIT */
/* Walks frame pointers; see backtrace.h. */
#include "backtrace.h"

#define FRAME_BYTES 16u

void backtrace_begin(struct backtrace *walk, uint64_t frame, uint64_t stack_first,
                     uint64_t stack_bytes)
{
    *walk = (struct backtrace){
        .frame = frame, .stack_first = stack_first, .stack_bytes = stack_bytes};
}

bool backtrace_next(struct backtrace *walk, uint64_t *ret_address)
{
    const uint64_t *words;
    uint64_t offset;

    if (walk->frame % sizeof *words != 0 ||
        !checked_sub_u64(walk->frame, walk->stack_first, &offset) ||
        !range_is_inside(offset, FRAME_BYTES, walk->stack_bytes))
        return false;
    words = (const uint64_t *)(uintptr_t)walk->frame;
    if (words[1] == 0)
        return false;
    *ret_address = words[1];
    /* Callers lie higher; a chain that does not ascend ends with this address. */
    walk->frame = words[0] > walk->frame ? words[0] : 0;
    return true;
}
