/* SPDX-License-Identifier: MIT */
/*
 * The handlers of the 32 exceptions: handler of vector v is at exception_stubs + 16 * v.
 * Intel SDM vol. 3A, 6.12 to 6.15. Each program that links this defines
 *
 *     _Noreturn void exception_report(const struct exception_frame *frame);
 *
 * On entry: 64-bit mode, CPL 0, interrupts off (interrupt gates), SS:RSP, RFLAGS, CS:RIP and,
 * for some vectors, an error code on a 16-byte aligned stack. What a stub passes on is that
 * frame completed to struct exception_frame (exception.h), DF clear, RBP 0 (the chain of frame
 * pointers begins anew), RSP aligned as before a call. There is no way back.
 *
 * Position independent: all references are RIP-relative and within one link. A program that
 * moves its code away from the rest defines EXCEPTION_STUBS_SECTION as the section to use.
 */
#ifdef EXCEPTION_STUBS_SECTION
        .section EXCEPTION_STUBS_SECTION, "ax", @progbits
#else
        .text
#endif

/* Vectors for which the CPU pushes an error code: 8, 10-14, 17, 21, 29, 30. */
#define WITH_ERROR_CODE 0x60227d00

        .hidden exception_report
        .globl  exception_stubs
        .hidden exception_stubs
        .type   exception_stubs, @function
        .balign 16
exception_stubs:
        .set    vector, 0
        .rept   32
        .balign 16
        .if     !((WITH_ERROR_CODE >> vector) & 1)
        push    $0
        .endif
        push    $vector
        jmp     exception_common
        .set    vector, vector + 1
        .endr
        .balign 16
        .size   exception_stubs, . - exception_stubs

        .type   exception_common, @function
exception_common:
        push    %rax
        push    %rbx
        push    %rcx
        push    %rdx
        push    %rsi
        push    %rdi
        push    %rbp
        push    %r8
        push    %r9
        push    %r10
        push    %r11
        push    %r12
        push    %r13
        push    %r14
        push    %r15
        cld
        xor     %ebp, %ebp
        mov     %rsp, %rdi
        and     $-16, %rsp
        call    exception_report
1:      cli
        hlt
        jmp     1b
        .size   exception_common, . - exception_common

        .section .note.GNU-stack, "", @progbits
