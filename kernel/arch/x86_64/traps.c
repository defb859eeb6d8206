/* SPDX-License-Identifier: MIT */
/* Fills and loads the tables; see traps.h. */
#include "arch/x86_64/traps.h"

#include "base/address.h"
#include "x86/descriptors.h"

#define IST_STACK_BYTES (4 * PAGE_BYTES)

/* traps_load.S: loads both tables, then CS, SS and TR with the selectors of descriptors.h. */
void traps_activate(const struct x86_table_pointer *gdt, const struct x86_table_pointer *idt);

/* Sections of their own: each becomes a segment with unmapped pages around it. */
static uint8_t nmi_stack[IST_STACK_BYTES]
    __attribute__((section(".bss.stack_nmi"), aligned(PAGE_BYTES)));
static uint8_t double_fault_stack[IST_STACK_BYTES]
    __attribute__((section(".bss.stack_double_fault"), aligned(PAGE_BYTES)));
static uint8_t page_fault_stack[IST_STACK_BYTES]
    __attribute__((section(".bss.stack_page_fault"), aligned(PAGE_BYTES)));

static uint64_t gdt[X86_GDT_ENTRIES];
static struct x86_gate idt[X86_VECTORS];
static struct x86_tss tss;

static uint64_t top_of(const uint8_t stack[IST_STACK_BYTES])
{
    return (uint64_t)(uintptr_t)stack + IST_STACK_BYTES;
}

void traps_load(void)
{
    const uint64_t ist_tops[X86_IST_COUNT] = {
        [X86_IST_NMI - 1] = top_of(nmi_stack),
        [X86_IST_DOUBLE_FAULT - 1] = top_of(double_fault_stack),
        [X86_IST_PAGE_FAULT - 1] = top_of(page_fault_stack),
    };
    struct x86_table_pointer gdt_pointer = {sizeof gdt - 1, (uint64_t)(uintptr_t)gdt};
    struct x86_table_pointer idt_pointer = {sizeof idt - 1, (uint64_t)(uintptr_t)idt};

    x86_fill_tss(&tss, ist_tops);
    x86_fill_gdt(gdt, (uint64_t)(uintptr_t)&tss);
    for (unsigned vector = 0; vector < X86_VECTORS; vector++)
        x86_fill_gate(&idt[vector],
                      (uint64_t)(uintptr_t)exception_stubs + vector * EXCEPTION_STUB_BYTES,
                      x86_ist_of_vector(vector));
    traps_activate(&gdt_pointer, &idt_pointer);
}
