/* SPDX-License-Identifier: MIT */
/*
 * The names and the report of an exception; see exception.h. Intel SDM vol. 3A: table 6-1
 * (vectors), figure 4-12 (error code of a page fault); AMD APM vol. 2, 8.2 (vectors 28-30).
 */
#include "x86/exception.h"

#include "x86/descriptors.h"

/* Error code of a page fault. */
#define FAULT_PRESENT  (UINT64_C(1) << 0)
#define FAULT_WRITE    (UINT64_C(1) << 1)
#define FAULT_USER     (UINT64_C(1) << 2)
#define FAULT_RESERVED (UINT64_C(1) << 3)
#define FAULT_FETCH    (UINT64_C(1) << 4)
#define FAULT_KEY      (UINT64_C(1) << 5)
#define FAULT_SHADOW   (UINT64_C(1) << 6)

/* One string a vector, end to end: no relocations in a position-independent image. */
static const char names[] =
    "#DE divide error\0"
    "#DB debug exception\0"
    "NMI non-maskable interrupt\0"
    "#BP breakpoint\0"
    "#OF overflow\0"
    "#BR bound range exceeded\0"
    "#UD invalid opcode\0"
    "#NM device not available\0"
    "#DF double fault\0"
    "reserved\0"
    "#TS invalid TSS\0"
    "#NP segment not present\0"
    "#SS stack-segment fault\0"
    "#GP general protection fault\0"
    "#PF page fault\0"
    "reserved\0"
    "#MF x87 floating-point error\0"
    "#AC alignment check\0"
    "#MC machine check\0"
    "#XM SIMD floating-point exception\0"
    "#VE virtualization exception\0"
    "#CP control protection exception\0"
    "reserved\0"
    "reserved\0"
    "reserved\0"
    "reserved\0"
    "reserved\0"
    "reserved\0"
    "#HV hypervisor injection exception\0"
    "#VC VMM communication exception\0"
    "#SX security exception\0"
    "reserved";

const char *exception_name(uint64_t vector)
{
    return vector < X86_VECTORS ? text_nth(names, vector) : "reserved";
}

static const char *access_name(uint64_t error_code)
{
    if ((error_code & FAULT_FETCH) != 0)
        return "instruction fetch";
    return (error_code & FAULT_WRITE) != 0 ? "write" : "read";
}

static void describe_page_fault(struct text *text, uint64_t error_code)
{
    text_format(text, " (%s, %s", access_name(error_code),
                (error_code & FAULT_PRESENT) != 0 ? "protection violation" : "page not present");
    if ((error_code & FAULT_USER) != 0)
        text_string(text, ", in user mode");
    if ((error_code & FAULT_RESERVED) != 0)
        text_string(text, ", reserved bit set in a table");
    if ((error_code & FAULT_KEY) != 0)
        text_string(text, ", protection key");
    if ((error_code & FAULT_SHADOW) != 0)
        text_string(text, ", shadow stack");
    text_char(text, ')');
}

static void describe_registers(struct text *text, const struct exception_frame *frame)
{
    text_format(text, "  rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", frame->rax, frame->rbx,
                frame->rcx, frame->rdx);
    text_format(text, "  rsi %016lx  rdi %016lx  rbp %016lx  rsp %016lx\n", frame->rsi, frame->rdi,
                frame->rbp, frame->rsp);
    text_format(text, "  r8  %016lx  r9  %016lx  r10 %016lx  r11 %016lx\n", frame->r8, frame->r9,
                frame->r10, frame->r11);
    text_format(text, "  r12 %016lx  r13 %016lx  r14 %016lx  r15 %016lx\n", frame->r12, frame->r13,
                frame->r14, frame->r15);
    text_format(text, "  cs %04lx  ss %04lx  rflags %08lx\n", frame->cs, frame->ss, frame->rflags);
}

void exception_describe(struct text *text, const struct exception_frame *frame, uint64_t cr2)
{
    text_format(text, "exception %lu %s, error %#lx", frame->vector, exception_name(frame->vector),
                frame->error_code);
    if (frame->vector == X86_VECTOR_PAGE_FAULT)
        describe_page_fault(text, frame->error_code);
    text_format(text, ", rip 0x%016lx, cr2 0x%016lx\n", frame->rip, cr2);
    describe_registers(text, frame);
}
