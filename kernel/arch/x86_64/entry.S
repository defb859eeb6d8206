/* SPDX-License-Identifier: MIT */
/*
 * The kernel's first instructions. Contract: common/bootinfo/bootinfo.h, "Entry state".
 *
 * On entry, promised: 64-bit mode, CPL 0, interrupts off, the loader's tables, GDT and IDT,
 * RDI = virtual address of boot info, RSP on the loader's stack with [RSP] = 0, other
 * registers 0, RFLAGS = 2. Nothing of this is relied on but the mode, the mapping of this
 * image and a stack with room for one word: all of it is captured as it is, and checked later.
 *
 * On exit: kernel_main(RDI = boot info, RSI = &entry_state), DF and IF clear, RBP 0,
 * RSP + 8 a multiple of 16, the rest of the state as it came. There is no way back.
 */
        .set    STATE_RFLAGS, 128
        .set    STATE_STACK_WORD, 136
        .set    STATE_CR0, 144
        .set    STATE_CR3, 152
        .set    STATE_CR4, 160
        .set    STATE_SELECTORS, 168
        .set    STATE_CS_RIGHTS, 216
        .set    STATE_SS_RIGHTS, 224
        .set    STATE_TSC, 232
        .set    STATE_BYTES, 240

        .section .text.entry, "ax", @progbits
        .globl  kernel_entry
        .hidden kernel_entry
        .hidden kernel_main
        .type   kernel_entry, @function
kernel_entry:
        mov     %rax, entry_state + 0(%rip)
        mov     %rdx, entry_state + 16(%rip)
        rdtsc
        mov     %eax, entry_state + STATE_TSC(%rip)
        mov     %edx, entry_state + STATE_TSC + 4(%rip)
        mov     %rcx, entry_state + 8(%rip)
        mov     %rbx, entry_state + 24(%rip)
        mov     %rsp, entry_state + 32(%rip)
        mov     %rbp, entry_state + 40(%rip)
        mov     %rsi, entry_state + 48(%rip)
        mov     %rdi, entry_state + 56(%rip)
        mov     %r8,  entry_state + 64(%rip)
        mov     %r9,  entry_state + 72(%rip)
        mov     %r10, entry_state + 80(%rip)
        mov     %r11, entry_state + 88(%rip)
        mov     %r12, entry_state + 96(%rip)
        mov     %r13, entry_state + 104(%rip)
        mov     %r14, entry_state + 112(%rip)
        mov     %r15, entry_state + 120(%rip)

        /* No instruction so far changes a flag; the word at [RSP] stays: pushes go below it. */
        pushfq
        pop     %rax
        mov     %rax, entry_state + STATE_RFLAGS(%rip)
        cli
        cld
        mov     (%rsp), %rax
        mov     %rax, entry_state + STATE_STACK_WORD(%rip)
        mov     %cr0, %rax
        mov     %rax, entry_state + STATE_CR0(%rip)
        mov     %cr3, %rax
        mov     %rax, entry_state + STATE_CR3(%rip)
        mov     %cr4, %rax
        mov     %rax, entry_state + STATE_CR4(%rip)

        mov     %ds, %eax
        mov     %rax, entry_state + STATE_SELECTORS + 16(%rip)
        mov     %es, %eax
        mov     %rax, entry_state + STATE_SELECTORS + 24(%rip)
        mov     %fs, %eax
        mov     %rax, entry_state + STATE_SELECTORS + 32(%rip)
        mov     %gs, %eax
        mov     %rax, entry_state + STATE_SELECTORS + 40(%rip)

        /* LAR leaves its target alone where it refuses the selector. */
        mov     %cs, %eax
        mov     %rax, entry_state + STATE_SELECTORS(%rip)
        xor     %ecx, %ecx
        lar     %eax, %ecx
        mov     %rcx, entry_state + STATE_CS_RIGHTS(%rip)
        mov     %ss, %eax
        mov     %rax, entry_state + STATE_SELECTORS + 8(%rip)
        xor     %ecx, %ecx
        lar     %eax, %ecx
        mov     %rcx, entry_state + STATE_SS_RIGHTS(%rip)

        lea     entry_state(%rip), %rsi
        xor     %ebp, %ebp
        and     $-16, %rsp
        push    $0
        push    $0
        call    kernel_main
        ud2
        .size   kernel_entry, . - kernel_entry

        .bss
        .balign 16
        .type   entry_state, @object
entry_state:
        .skip   STATE_BYTES
        .size   entry_state, STATE_BYTES

        .section .note.GNU-stack, "", @progbits
