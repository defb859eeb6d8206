/* SPDX-License-Identifier: MIT */
/*
 * void traps_activate(const struct x86_table_pointer *gdt, const struct x86_table_pointer *idt)
 *
 * 64-bit mode, CPL 0, interrupts off; System V call. Loads GDTR and IDTR, then CS and SS with
 * the flat selectors and TR with the TSS of common/x86/descriptors.h; DS, ES, FS and GS stay
 * as they are (null). Until the IDT is loaded the caller's is in force. Changes RAX.
 * Intel SDM vol. 2: LGDT, LIDT, RET (far), LTR.
 */
        .set    SELECTOR_CODE, 0x08
        .set    SELECTOR_DATA, 0x10
        .set    SELECTOR_TSS, 0x18

        .text
        .globl  traps_activate
        .hidden traps_activate
        .type   traps_activate, @function
traps_activate:
        push    %rbp
        mov     %rsp, %rbp
        lgdt    (%rdi)
        lidt    (%rsi)
        push    $SELECTOR_CODE
        lea     1f(%rip), %rax
        push    %rax
        lretq
1:      mov     $SELECTOR_DATA, %eax
        mov     %eax, %ss
        mov     $SELECTOR_TSS, %eax
        ltr     %ax
        pop     %rbp
        ret
        .size   traps_activate, . - traps_activate

        .section .note.GNU-stack, "", @progbits
