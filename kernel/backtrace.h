/* SPDX-License-Identifier: MIT */
/*
 * Return addresses by the chain of frame pointers (System V ABI for AMD64, 3.2.2):
 *
 *   rbp ->  [rbp of the caller][return address]      the chain ascends the stack
 *
 * Reads only inside the stack it is given, so a broken chain ends the walk and nothing else.
 */
#ifndef GROMA_KERNEL_BACKTRACE_H
#define GROMA_KERNEL_BACKTRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/checked.h"

struct backtrace {
    uint64_t frame;       /* address of the frame to read next */
    uint64_t stack_first; /* bytes [stack_first, stack_first + stack_bytes) may be read */
    uint64_t stack_bytes;
};

/* Starts at a frame pointer that may have any value; stack_bytes 0: nothing may be read. */
void backtrace_begin(struct backtrace *walk, uint64_t frame, uint64_t stack_first,
                     uint64_t stack_bytes);

/* The next return address, from the inside out; false at the end of the chain. */
MUST_USE bool backtrace_next(struct backtrace *walk, uint64_t *ret_address);

#endif
