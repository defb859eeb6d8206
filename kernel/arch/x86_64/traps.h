/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own GDT, TSS and IDT. NMI, double fault and page fault have stacks of their
 * own, each between pages that no segment maps (kernel.lds.S), so that a stack that has run
 * over can still be reported.
 */
#ifndef GROMA_KERNEL_TRAPS_H
#define GROMA_KERNEL_TRAPS_H

#include "x86/exception.h"

/* Puts the kernel's tables in force, in place of the loader's. */
void traps_load(void);

/* common/x86/exception_stubs.S: the 32 handlers, and what they call. */
extern const char exception_stubs[];
_Noreturn void exception_report(const struct exception_frame *frame);

#endif
