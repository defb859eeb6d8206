/* SPDX-License-Identifier: MIT */
/*
 * Segment descriptors, gates and the task-state segment of 64-bit mode, as bytes in memory.
 * Intel SDM vol. 3A: 3.4.5 (segments), 5.14.1 (IDT), 7.2.3 (TSS descriptor), 7.7 (TSS).
 * Plain data: nothing here executes an instruction.
 */
#ifndef GROMA_X86_DESCRIPTORS_H
#define GROMA_X86_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/* Selectors of the one layout that loader and kernel use. */
#define X86_SELECTOR_CODE 0x08u
#define X86_SELECTOR_DATA 0x10u
#define X86_SELECTOR_TSS  0x18u /* two entries */
#define X86_GDT_ENTRIES   5u
#define X86_VECTORS       32u   /* the exceptions; interrupts are off */

/* Vectors with a stack of their own, and the IST slot each uses (1-based). */
#define X86_VECTOR_NMI          2u
#define X86_VECTOR_DOUBLE_FAULT 8u
#define X86_VECTOR_PAGE_FAULT   14u
#define X86_IST_NMI             1u
#define X86_IST_DOUBLE_FAULT    2u
#define X86_IST_PAGE_FAULT      3u
#define X86_IST_COUNT           3u

struct x86_tss {
    uint32_t reserved_0;
    uint32_t stacks[6];  /* RSP0-2, low and high halves: unused, ring 0 only */
    uint32_t reserved_1[2];
    uint32_t ist[14];    /* IST1-7, low and high halves */
    uint32_t reserved_2[2];
    uint16_t reserved_3;
    uint16_t io_map_base;
};
STATIC_ASSERT(sizeof(struct x86_tss) == 104, "SDM figure 7-11");

struct x86_gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
STATIC_ASSERT(sizeof(struct x86_gate) == 16, "SDM figure 5-7");

/* The limit and base that lgdt and lidt load. */
struct x86_table_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));
STATIC_ASSERT(sizeof(struct x86_table_pointer) == 10, "SDM figure 2-6");

/*
 * Null, flat ring 0 code, flat ring 0 data and the TSS at `tss_address`. The accessed bits are
 * set beforehand, so that loading a selector does not write the table.
 */
void x86_fill_gdt(uint64_t gdt[X86_GDT_ENTRIES], uint64_t tss_address);

/* An interrupt gate (interrupts off on entry) to `handler`, on IST slot `ist` (0: none). */
void x86_fill_gate(struct x86_gate *gate, uint64_t handler, unsigned ist);

/* An empty TSS with these IST stack tops (stack ends, 16-byte aligned) and no I/O map. */
void x86_fill_tss(struct x86_tss *tss, const uint64_t ist_tops[X86_IST_COUNT]);

/* The IST slot of a vector in our layout; 0 for most. */
unsigned x86_ist_of_vector(unsigned vector);

C_DECLARATIONS_END

#endif
