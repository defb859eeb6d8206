/* SPDX-License-Identifier: MIT */
/*
 * The hand-off block: descriptor tables, stacks and exception code that live on beside the
 * kernel until it loads descriptor tables of its own.
 *
 *   image      | handoff text | rest of .text | handoff rodata | rest ...       | (no bytes)
 *                  copied                         copied
 *   block      | text pages RX | rodata pages R | tables page R | IST stacks RW |   physical
 *   window     text, rodata and tables at LAYOUT_HANDOFF + their offsets in the image, so that
 *              they find each other as in the image; stacks behind, between unmapped guards
 *
 * A copy, because the image itself is the firmware's to protect; out of the image, because
 * the same code serves the loader.
 */
#ifndef GROMA_LOADER_HANDOFF_HANDOFF_H
#define GROMA_LOADER_HANDOFF_HANDOFF_H

#include <stdint.h>

#include "base/address.h"
#include "handoff/layout.h"
#include "x86/descriptors.h"

#define HANDOFF_IST_STACK_PAGES 2u

/* Where the stubs report to. */
struct handoff_parameters {
    uint64_t framebuffer_vaddr; /* 0: no screen */
    uint64_t framebuffer_bytes;
    uint32_t width, height, stride_pixels, format;
    uint32_t uart_present;
    uint32_t uart_port;
};

/* The tables page. gdtr and idtr lie 6 bytes into 16, so that their bases are aligned. */
struct handoff_tables {
    uint8_t pad_gdtr[6];
    struct x86_table_pointer gdtr;
    uint8_t pad_idtr[6];
    struct x86_table_pointer idtr;
    uint64_t gdt[X86_GDT_ENTRIES];
    uint64_t pad_tss;
    struct x86_tss tss;
    uint64_t pad_idt;
    struct x86_gate idt[X86_VECTORS];
    struct handoff_parameters parameters;
};
_Static_assert(offsetof(struct handoff_tables, gdtr) == 6, "entry.S loads it from here");
_Static_assert(offsetof(struct handoff_tables, idtr) == 22, "entry.S loads it from here");
_Static_assert(sizeof(struct handoff_tables) <= PAGE_BYTES, "one page");

/* loader.lds: the parts of the image that are copied, and the address of the tables page. */
extern const uint8_t ImageBase[] __attribute__((visibility("hidden")));
#pragma GCC visibility push(hidden) /* no GOT, so no relocation to apply */
extern const uint8_t handoff_text[], handoff_text_end[];
extern const uint8_t handoff_rodata[], handoff_rodata_end[];
#pragma GCC visibility pop
extern const struct handoff_tables handoff_tables __attribute__((visibility("hidden")));
extern const uint8_t handoff_enter[];   /* entry.S */
extern const uint8_t exception_stubs[]; /* common/x86/exception_stubs.S */

/* Where a part of the image lies in the hand-off window. */
static inline uint64_t handoff_vaddr(const void *in_image)
{
    return LAYOUT_HANDOFF + (uint64_t)((const uint8_t *)in_image - ImageBase);
}

/* ---- the switch page: code and data that are mapped alike before and after the CR3 load ---- */

/* What switch_address_space loads into registers. */
struct switch_arguments {
    uint64_t boot_info_vaddr;
    uint64_t kernel_entry;
    uint64_t stack_top;
    uint64_t cr4;
    uint64_t root_entry_vaddr; /* the low half's PML4 entry, through the direct map */
    uint64_t page_root;
    uint64_t enter_vaddr;      /* handoff_enter */
};

struct switch_data {
    uint8_t pad_gdtr[6];
    struct x86_table_pointer gdtr;
    uint8_t pad_idtr[6];
    struct x86_table_pointer idtr;
    struct switch_arguments arguments; /* at 32 */
    uint64_t uart_port;                /* at 88; 0: none */
    uint64_t gdt[X86_GDT_ENTRIES];
    uint64_t pad_tss;
    struct x86_tss tss;
    uint64_t pad_idt;
    struct x86_gate idt[X86_VECTORS];
    uint8_t stack[512];  /* every vector's IST stack: only one fault ever happens here */
};
_Static_assert(offsetof(struct switch_data, arguments) == 32, "switch.S");
_Static_assert(offsetof(struct switch_data, uart_port) == 88, "switch.S");
_Static_assert(sizeof(struct switch_data) <= 1600, "switch.S reserves as much");

extern struct switch_data switch_data;       /* page aligned, in .data */
extern const uint8_t switch_page[];          /* page aligned, in .text */
extern const uint8_t switch_fault[];         /* handler of every vector during the switch */
_Noreturn void switch_address_space(void);   /* switch.S; its arguments lie in switch_data */

#endif
