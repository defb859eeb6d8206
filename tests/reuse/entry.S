/* SPDX-License-Identifier: MIT */
/*
 * From Multiboot2 to C in 64-bit mode.
 *
 * On entry (Multiboot2 2.0, 3.3): 32-bit protected mode, paging off, flat segments, interrupts
 * off, EAX = magic, EBX = information structure (below 4 GiB), no stack, boot services ended.
 * The CPU must be a 64-bit one.
 * On leaving (Intel SDM vol. 3A, 10.8.5): 64-bit mode, the first 4 GiB mapped one to one with
 * 2 MiB pages, flat CS, null data segments, our own 16 KiB stack, interrupts off;
 * EDI = magic, ESI = information structure, as kernel_main takes them.
 */
    .set MULTIBOOT2_HEADER_MAGIC, 0xe85250d6
    .set ARCHITECTURE_I386, 0
    .set TAG_INFORMATION_REQUEST, 1
    .set TAG_OPTIONAL, 1
    .set INFO_MEMORY_MAP, 6
    .set INFO_EFI_MAP, 17

    .set CR0_PG, 1 << 31
    .set CR4_PAE, 1 << 5
    .set MSR_EFER, 0xc0000080
    .set EFER_LME, 1 << 8
    .set LEAF_WRITABLE_LARGE, 0x83
    .set TABLE_WRITABLE, 0x03
    .set CODE_SELECTOR, 8

/* Without a tag 7 (leave boot services running) GRUB ends them, and its EFI map is the last one. */
    .section .multiboot, "a"
    .balign 8
header:
    .long MULTIBOOT2_HEADER_MAGIC, ARCHITECTURE_I386, header_end - header
    .long -(MULTIBOOT2_HEADER_MAGIC + ARCHITECTURE_I386 + (header_end - header))
    .short TAG_INFORMATION_REQUEST, TAG_OPTIONAL
    .long 16, INFO_MEMORY_MAP, INFO_EFI_MAP
    .short 0, 0
    .long 8
header_end:

    .section .text.entry, "ax"
    .code32
    .globl _start
_start:
    movl    %eax, %edi
    movl    %ebx, %esi
    movl    $root_table, %eax
    movl    %eax, %cr3
    movl    %cr4, %eax
    orl     $CR4_PAE, %eax
    movl    %eax, %cr4
    movl    $MSR_EFER, %ecx
    rdmsr
    orl     $EFER_LME, %eax
    wrmsr
    movl    %cr0, %eax
    orl     $CR0_PG, %eax
    movl    %eax, %cr0
    lgdt    gdt_pointer
    ljmp    $CODE_SELECTOR, $in_long_mode

    .code64
in_long_mode:
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %ss
    movl    %eax, %fs
    movl    %eax, %gs
    movl    $stack_end, %esp
    call    kernel_main         /* does not return */
    ud2

    .section .rodata, "a"
    .balign 8
gdt:
    .quad 0, 0x00209a0000000000 /* null; 64-bit code, ring 0 */
gdt_pointer:
    .short gdt_pointer - gdt - 1
    .long gdt

/* 4 GiB: one root, one pointer table, four directories; written by the assembler. */
    .section .data.tables, "aw"
    .balign 4096
root_table:
    .quad pointer_table + TABLE_WRITABLE
    .fill 511, 8, 0
pointer_table:
    .set index, 0
    .rept 4
    .quad directories + index * 4096 + TABLE_WRITABLE
    .set index, index + 1
    .endr
    .fill 508, 8, 0
directories:
    .set index, 0
    .rept 4 * 512
    .quad index * 0x200000 + LEAF_WRITABLE_LARGE
    .set index, index + 1
    .endr

    .section .bss
    .balign 16
    .skip 16384
stack_end:
    .section .note.GNU-stack, "", @progbits
