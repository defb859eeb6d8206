/* SPDX-License-Identifier: MIT */
/*
 * The switch of address spaces: one page of code and one of data, mapped alike in the
 * firmware's tables and in ours, until the hand-off block clears the low half.
 *
 * No stack is touched between the CR3 load and the RSP load in handoff_enter. A fault on the
 * way finds descriptor tables that both spaces show: switch_fault prints one line and halts.
 */

    .section .text.switch, "ax"
    .balign 4096
    .globl switch_page, switch_address_space, switch_fault
    .hidden switch_page, switch_address_space, switch_fault
switch_page:

/*
 * switch_address_space
 * On entry: 64-bit mode, the firmware's tables, any stack, interrupts off, 8259 masked,
 * EFER.NXE set, PAT set, switch_data filled. Never returns.
 */
switch_address_space:
    cli
    movq    %cr4, %rax
    btrq    $23, %rax                   # CET off: WP cannot be cleared under it
    movq    %rax, %cr4
    movq    %cr0, %rax
    andq    $~0x10000, %rax             # WP off: ltr marks its TSS busy in a read-only GDT later
    movq    %rax, %cr0
    lgdt    switch_data + 6(%rip)
    lidt    switch_data + 22(%rip)
    movl    $0x18, %eax
    ltr     %ax
    leaq    1f(%rip), %rax
    pushq   $0x08
    pushq   %rax
    lretq
1:  movl    $0x10, %eax
    movl    %eax, %ss
    movl    %eax, %ds
    movl    %eax, %es
    movq    switch_data + 32(%rip), %rdi
    movq    switch_data + 40(%rip), %rsi
    movq    switch_data + 48(%rip), %rdx
    movq    switch_data + 56(%rip), %rcx
    movq    switch_data + 64(%rip), %r8
    movq    switch_data + 72(%rip), %r9
    movq    switch_data + 80(%rip), %rax
    movq    %r9, %cr3
    jmp     *%rax

/* Any exception during the switch: on an IST stack in switch_data. Prints and halts. */
switch_fault:
    movq    switch_data + 88(%rip), %rbx    # UART port
    testq   %rbx, %rbx
    jz      4f
    leaq    message(%rip), %rsi
2:  movzbl  (%rsi), %eax
    testl   %eax, %eax
    jz      4f
    movl    %eax, %edi
    movl    $1000000, %ecx
3:  leal    5(%rbx), %edx                   # line status: bit 5, holding register empty
    inb     %dx, %al
    testb   $0x20, %al
    loopz   3b
    movl    %edi, %eax
    movl    %ebx, %edx
    outb    %al, %dx
    incq    %rsi
    jmp     2b
4:  cli
    hlt
    jmp     4b

message:
    .asciz "\r\nE-HAND-01 exception while switching to the kernel's address space - report the machine and its memory map\r\n"

    .section .data.switch, "aw"
    .balign 4096
    .globl switch_data
    .hidden switch_data
switch_data:
    .fill 1600, 1, 0

    .section .note.GNU-stack, "", @progbits
