/* SPDX-License-Identifier: MIT */
/*
 * void explore_switch(void **ret_stack, void *stack): saves what a call must keep (System V ABI)
 * on the stack, *ret_stack = stack pointer, and goes on where `stack` was saved. User mode.
 */
    .text
    .globl explore_switch
    .type explore_switch, @function
explore_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .section .note.GNU-stack, "", @progbits
