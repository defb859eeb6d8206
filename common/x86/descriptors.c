/* SPDX-License-Identifier: MIT */
/* Descriptor bytes; see descriptors.h. */
#include "x86/descriptors.h"

#include "base/mem.h"

/* Base 0, limit ignored in 64-bit mode; P, S, ring 0, accessed. */
#define FLAT_CODE UINT64_C(0x00af9b000000ffff) /* execute/read, L */
#define FLAT_DATA UINT64_C(0x00cf93000000ffff) /* read/write */

#define GATE_INTERRUPT 0x8eu /* present, ring 0, 64-bit interrupt gate */
#define TSS_AVAILABLE  0x89u /* present, ring 0, available 64-bit TSS */

void x86_fill_gdt(uint64_t gdt[X86_GDT_ENTRIES], uint64_t tss_address)
{
    uint64_t limit = sizeof(struct x86_tss) - 1;

    gdt[0] = 0;
    gdt[X86_SELECTOR_CODE / 8] = FLAT_CODE;
    gdt[X86_SELECTOR_DATA / 8] = FLAT_DATA;
    gdt[X86_SELECTOR_TSS / 8] = limit | (tss_address & 0xffffff) << 16 |
                                (uint64_t)TSS_AVAILABLE << 40 | (tss_address >> 24 & 0xff) << 56;
    gdt[X86_SELECTOR_TSS / 8 + 1] = tss_address >> 32;
}

void x86_fill_gate(struct x86_gate *gate, uint64_t handler, unsigned ist)
{
    gate->offset_low = (uint16_t)handler;
    gate->selector = X86_SELECTOR_CODE;
    gate->ist = (uint8_t)(ist & 7u);
    gate->type = GATE_INTERRUPT;
    gate->offset_middle = (uint16_t)(handler >> 16);
    gate->offset_high = (uint32_t)(handler >> 32);
    gate->reserved = 0;
}

void x86_fill_tss(struct x86_tss *tss, const uint64_t ist_tops[X86_IST_COUNT])
{
    memset(tss, 0, sizeof *tss);
    for (unsigned i = 0; i < X86_IST_COUNT; i++) {
        tss->ist[2 * i] = (uint32_t)ist_tops[i];
        tss->ist[2 * i + 1] = (uint32_t)(ist_tops[i] >> 32);
    }
    tss->io_map_base = sizeof *tss;
}

unsigned x86_ist_of_vector(unsigned vector)
{
    switch (vector) {
    case X86_VECTOR_NMI:
        return X86_IST_NMI;
    case X86_VECTOR_DOUBLE_FAULT:
        return X86_IST_DOUBLE_FAULT;
    case X86_VECTOR_PAGE_FAULT:
        return X86_IST_PAGE_FAULT;
    default:
        return 0;
    }
}
