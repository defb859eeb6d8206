/* SPDX-License-Identifier: MIT */
/*
 * Where the kernel's parts lie; through the C preprocessor, because a static PIE has two more
 * headers. Each part has whole pages of its own, with its rights:
 *
 *   text R X | rodata R | data R W (PIE: relocated constants first, RELRO) | bss
 *   - | NMI stack | - | double fault stack | - | page fault stack | -      - is never mapped
 */
ENTRY(kernel_entry)

PHDRS
{
        text            PT_LOAD FLAGS(5);
        rodata          PT_LOAD FLAGS(4);
        data            PT_LOAD FLAGS(6);
        stack_nmi       PT_LOAD FLAGS(6);
        stack_double    PT_LOAD FLAGS(6);
        stack_page      PT_LOAD FLAGS(6);
        no_exec_stack   PT_GNU_STACK FLAGS(6);
#ifdef KERNEL_PIE
        dynamic         PT_DYNAMIC FLAGS(6);
        relro           PT_GNU_RELRO FLAGS(4);
#endif
}

SECTIONS
{
        . = KERNEL_BASE;
        kernel_image = .;
        .text : {
                *(.text.entry)
                *(.text .text.*)
        } :text
        kernel_text_end = .;

        . = ALIGN(0x1000);
        .rodata : { *(.rodata .rodata.*) } :rodata
#ifdef KERNEL_PIE
        .dynsym : { *(.dynsym) } :rodata
        .dynstr : { *(.dynstr) } :rodata
        .hash : { *(.hash) } :rodata
        .gnu.hash : { *(.gnu.hash) } :rodata
        .rela.dyn : { *(.rela.dyn .rela .rela.*) } :rodata
#endif
        /* Last: the table grows in the second link, and nothing it names may move. */
        .symbols : { *(.symbols) } :rodata

#ifdef KERNEL_PIE
        . = DATA_SEGMENT_ALIGN(0x1000, 0x1000);
        .data.rel.ro : { *(.data.rel.ro .data.rel.ro.*) } :data
        .dynamic : { *(.dynamic) } :data :dynamic
        .got : { *(.got .got.plt) } :data
        . = DATA_SEGMENT_RELRO_END(0, .);
#else
        . = ALIGN(0x1000);
#endif
        .data : { *(.data .data.*) } :data
        .bss : { *(.bss COMMON) } :data
#ifdef KERNEL_PIE
        . = DATA_SEGMENT_END(.);
#endif

        . = ALIGN(0x1000) + 0x1000;
        .stack_nmi (NOLOAD) : { *(.bss.stack_nmi) } :stack_nmi
        . = ALIGN(0x1000) + 0x1000;
        .stack_double (NOLOAD) : { *(.bss.stack_double_fault) } :stack_double
        . = ALIGN(0x1000) + 0x1000;
        .stack_page (NOLOAD) : { *(.bss.stack_page_fault) } :stack_page

        /DISCARD/ : { *(.comment) *(.note .note.*) *(.eh_frame) }
}
