/* SPDX-License-Identifier: MIT */
/*
 * The hand-off block's one way in. Linked into the part of the loader that the block copies.
 */

/*
 * handoff_enter: the last steps of the switch, and the jump into the kernel.
 *
 * On entry: 64-bit mode, interrupts off, our page tables live (CR3), the low half still shows
 * the switch page, CR0.WP clear (ltr writes the GDT's busy bit, and the GDT is read-only),
 * EFER.NXE set, PAT set. RSP is unusable. Registers:
 *   RDI boot info   RSI kernel entry   RDX stack top   RCX CR4   R8 PML4 entry   R9 CR3
 * On exit: the entry state that bootinfo.h promises. Intel SDM vol. 3A: 2.5 (control registers),
 * 4.10.4 (flushing), 6.14 (64-bit exceptions).
 */
    .text
    .globl handoff_enter
    .hidden handoff_enter, handoff_tables
handoff_enter:
    leaq    -8(%rdx), %rsp
    movq    $0, (%rsp)
    movq    %rcx, %r10                  # CR4
    lgdt    handoff_tables + 6(%rip)
    lidt    handoff_tables + 22(%rip)
    movl    $0x18, %eax
    ltr     %ax
    leaq    1f(%rip), %rax
    pushq   $0x08
    pushq   %rax
    lretq
1:  movl    $0x10, %eax
    movl    %eax, %ss
    xorl    %eax, %eax
    movl    %eax, %ds
    movl    %eax, %es
    movl    %eax, %fs
    movl    %eax, %gs
    xorl    %edx, %edx
    movl    $0xc0000100, %ecx           # FS base
    wrmsr
    movl    $0xc0000101, %ecx           # GS base
    wrmsr
    movl    $0x80010033, %eax           # PG WP NE ET MP PE
    movq    %rax, %cr0
    movq    %r10, %rax
    andq    $~0x80, %rax                # without PGE first: the next write flushes everything
    movq    %rax, %cr4
    movq    $0, (%r8)                   # the low half is gone
    movq    %r9, %cr3
    movq    %r10, %cr4
    fninit
    ldmxcsr mxcsr_reset(%rip)
    pushq   %rsi
    movl    $0, %eax
    movl    $0, %ebx
    movl    $0, %ecx
    movl    $0, %edx
    movl    $0, %esi
    movl    $0, %ebp
    movl    $0, %r8d
    movl    $0, %r9d
    movl    $0, %r10d
    movl    $0, %r11d
    movl    $0, %r12d
    movl    $0, %r13d
    movl    $0, %r14d
    movl    $0, %r15d
    pushq   $2
    popfq
    ret

    .balign 4
mxcsr_reset:
    .long 0x1f80

    .section .note.GNU-stack, "", @progbits
