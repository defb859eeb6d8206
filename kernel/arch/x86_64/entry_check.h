/* SPDX-License-Identifier: MIT */
/*
 * Is the machine as the loader promises it? common/bootinfo/bootinfo.h, "Entry state"; each item is compared,
 * but for the local APIC and the MTRRs, which nobody can know to be untouched.
 */
#ifndef GROMA_KERNEL_ENTRY_CHECK_H
#define GROMA_KERNEL_ENTRY_CHECK_H

#include "kernel.h"

/* Values are stable: a broken promise prints E-ENTRY-<value>. Append only. */
enum entry_item {
    ENTRY_ITEM_CR0 = 1,
    ENTRY_ITEM_CR3 = 2,       /* the root that boot info names, no flags */
    ENTRY_ITEM_CR4 = 3,
    ENTRY_ITEM_EFER = 4,      /* LME, LMA, NXE */
    ENTRY_ITEM_RFLAGS = 5,
    ENTRY_ITEM_REGISTER = 6,  /* one that is not 0 */
    ENTRY_ITEM_BOOT_INFO = 7, /* RDI */
    ENTRY_ITEM_STACK_WORD = 8,
    ENTRY_ITEM_STACK_ALIGNMENT = 9,
    ENTRY_ITEM_STACK_PLACE = 10, /* RSP on the stack that boot info names */
    ENTRY_ITEM_STACK_SIZE = 11,
    ENTRY_ITEM_STACK_GUARD = 12, /* a page beside the stack that is mapped */
    ENTRY_ITEM_CODE_SEGMENT = 13,
    ENTRY_ITEM_STACK_SEGMENT = 14,
    ENTRY_ITEM_DATA_SEGMENT = 15,
    ENTRY_ITEM_SEGMENT_BASE = 16,
    ENTRY_ITEM_MXCSR = 17,
    ENTRY_ITEM_FCW = 18,
    ENTRY_ITEM_PAT = 19,
    ENTRY_ITEM_8259 = 20,
};

/* Prints a line for each broken promise, then `groma: entry faults=N checks=N`. */
void entry_check(const struct kernel *kernel);

#endif
