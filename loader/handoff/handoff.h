/* SPDX-License-Identifier: MIT */
/*
 * The hand-off block: a small program of its own, linked into the loader as bytes, that lives
 * on beside the kernel until the kernel loads descriptor tables of its own.
 *
 *   | header, code, stubs | strings, font | GDT IDT TSS parameters | IST stacks ...
 *     RX                    R               R (the loader fills it)  RW, guards between
 *
 * It is position independent; the loader copies it and maps it at LAYOUT_HANDOFF.
 */
#ifndef GROMA_LOADER_HANDOFF_HANDOFF_H
#define GROMA_LOADER_HANDOFF_HANDOFF_H

#include <stdint.h>

#include "base/address.h"
#include "x86/descriptors.h"

#define HANDOFF_MAGIC           0x46464f48u /* "HOFF" */
#define HANDOFF_IST_STACK_PAGES 2u

/* At the block's first byte; offsets from there. Written by entry.S. */
struct handoff_header {
    uint32_t magic;
    uint32_t text_bytes;    /* whole pages */
    uint32_t tables_offset; /* text and read-only data end here, whole pages */
    uint32_t total_bytes;   /* with the tables page */
    uint32_t enter_offset;  /* handoff_enter */
    uint32_t stubs_offset;  /* exception_stubs */
};

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

/* The block's bytes inside the loader. */
extern const uint8_t handoff_image[];
extern const uint8_t handoff_image_end[];

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
    uint8_t stack[2048]; /* every vector's IST stack: only one fault ever happens here */
};
_Static_assert(offsetof(struct switch_data, arguments) == 32, "switch.S");
_Static_assert(offsetof(struct switch_data, uart_port) == 88, "switch.S");
_Static_assert(sizeof(struct switch_data) <= PAGE_BYTES, "one page");

extern struct switch_data switch_data;       /* page aligned, in .data */
extern const uint8_t switch_page[];          /* page aligned, in .text */
extern const uint8_t switch_fault[];         /* handler of every vector during the switch */
_Noreturn void switch_address_space(void);   /* switch.S; its arguments lie in switch_data */

#endif
