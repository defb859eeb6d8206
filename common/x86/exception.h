/* SPDX-License-Identifier: MIT */
/*
 * What an exception leaves on the stack, and how it reads. The frame is built by
 * exception_stubs.S, which loader and kernel assemble each for themselves.
 */
#ifndef GROMA_X86_EXCEPTION_H
#define GROMA_X86_EXCEPTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "text/text.h"

C_DECLARATIONS_BEGIN

/* In the order of memory, lowest address first: as exception_stubs.S pushes them. */
struct exception_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector;
    uint64_t error_code; /* 0 where the vector has none */
    uint64_t rip, cs, rflags, rsp, ss; /* pushed by the CPU */
};
STATIC_ASSERT(sizeof(struct exception_frame) == 22 * 8, "as pushed by exception_stubs.S");
STATIC_ASSERT(offsetof(struct exception_frame, vector) == 15 * 8, "as pushed");

/* exception_stubs.S: handler of vector v is exception_stubs + v * EXCEPTION_STUB_BYTES. */
#define EXCEPTION_STUB_BYTES 16u

/* "#PF page fault", ...; "reserved" where the vector has no name. */
const char *exception_name(uint64_t vector);

/*
 * Appends the report: a first line with vector, name, error code, RIP and CR2 (with what the
 * error code of a page fault means: SDM vol. 3A, figure 4-12), then the registers.
 */
void exception_describe(struct text *text, const struct exception_frame *frame, uint64_t cr2);

C_DECLARATIONS_END

#endif
