/* SPDX-License-Identifier: MIT */
/*
 * The machine as far as plain C needs it: its live page tables, and its end.
 */
#ifndef GROMA_KERNEL_MACHINE_H
#define GROMA_KERNEL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "bootinfo/bootinfo.h"
#include "paging/paging.h"

/*
 * Describes the tables that CR3 names: levels and leaf sizes from the CPU, pool and direct map
 * from an accepted boot info. Errors: those of paging_check.
 */
MUST_USE enum paging_status machine_tables(const struct bootinfo *info, struct paging *ret_paging);

/* Forgets every translation of this CPU, global ones too (SDM vol. 3A, 4.10.4.1). */
void machine_flush_tlb(void);

/* From now on machine_end ends QEMU with a status (isa-debug-exit at port f4h). */
void machine_exit_to_qemu(void);

/* The end: QEMU's exit where asked for, then a halt for ever with interrupts off. */
_Noreturn void machine_end(bool success);

/* A halt for ever with interrupts off. */
_Noreturn void machine_halt(void);

#endif
