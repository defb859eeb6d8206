/* SPDX-License-Identifier: MIT */
/*
 * What the kernel does with an exception: it says what and where, and finishes.
 */
#ifndef GROMA_KERNEL_TRAP_REPORT_H
#define GROMA_KERNEL_TRAP_REPORT_H

#include <stdint.h>

/*
 * Until trap_unwatch a page fault at an address in [first, first + size_bytes) calls
 * on_fault(address) instead of being reported; on_fault must not return.
 */
void trap_watch(uint64_t first, uint64_t size_bytes, void (*on_fault)(uint64_t address));
void trap_unwatch(void);

/* The stack the kernel runs on: what a backtrace may read, and how an overflow is known. */
void trap_set_stack(uint64_t first, uint64_t size_bytes);

#endif
