/* SPDX-License-Identifier: MIT */
/* The benchmark's kernel: takes the time stamp counter first, then calls bench_main(info, tsc). */
    .section .text.entry, "ax"
    .globl _start
_start:
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    movq    %rax, %rsi
    call    bench_main
1:  cli
    hlt
    jmp     1b

#ifdef PADDING
/* Incompressible bytes that the loader has to read. */
    .section .rodata.padding, "a"
    .incbin PADDING
#endif
    .section .note.GNU-stack, "", @progbits
