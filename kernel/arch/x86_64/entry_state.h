/* SPDX-License-Identifier: MIT */
/*
 * The machine as the loader left it, captured by entry.S before anything changed it.
 * The offsets are entry.S's too.
 */
#ifndef GROMA_KERNEL_ENTRY_STATE_H
#define GROMA_KERNEL_ENTRY_STATE_H

#include <stddef.h>
#include <stdint.h>

/* In the order of the registers' numbers in instructions: SDM vol. 2, table 2-2. */
enum entry_register {
    ENTRY_RAX, ENTRY_RCX, ENTRY_RDX, ENTRY_RBX, ENTRY_RSP, ENTRY_RBP, ENTRY_RSI, ENTRY_RDI,
    ENTRY_R8, ENTRY_R9, ENTRY_R10, ENTRY_R11, ENTRY_R12, ENTRY_R13, ENTRY_R14, ENTRY_R15,
    ENTRY_REGISTER_COUNT,
};

struct entry_state {
    uint64_t registers[ENTRY_REGISTER_COUNT]; /* [enum entry_register] */
    uint64_t rflags;
    uint64_t stack_word; /* at [RSP] */
    uint64_t cr0, cr3, cr4;
    uint64_t cs, ss, ds, es, fs, gs; /* selectors */
    uint64_t cs_rights, ss_rights;   /* as LAR gives them; 0 where it refuses the selector */
    uint64_t tsc;                    /* at the kernel's first instructions */
};
_Static_assert(offsetof(struct entry_state, rflags) == 128, "entry.S");
_Static_assert(offsetof(struct entry_state, cr0) == 144, "entry.S");
_Static_assert(offsetof(struct entry_state, cs) == 168, "entry.S");
_Static_assert(offsetof(struct entry_state, cs_rights) == 216, "entry.S");
_Static_assert(offsetof(struct entry_state, tsc) == 232, "entry.S");
_Static_assert(sizeof(struct entry_state) == 240, "entry.S");

/* What entry.S calls, on the loader's stack with interrupts off. */
_Noreturn void kernel_main(const void *boot_info, const struct entry_state *entry);

#endif
