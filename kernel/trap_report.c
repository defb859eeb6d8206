/* SPDX-License-Identifier: MIT */
/* Exceptions; see trap_report.h. Called on the exception's own stack, by exception_stubs.S. */
#include "trap_report.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/machine.h"
#include "arch/x86_64/traps.h"
#include "backtrace.h"
#include "console.h"
#include "finish.h"
#include "symbols.h"
#include "text/text.h"
#include "x86/descriptors.h"

#define REPORT_BYTES    768u
#define SYMBOL_BYTES    96u
#define BACKTRACE_LINES 16u

static struct {
    uint64_t first;
    uint64_t size_bytes; /* 0: nothing is watched */
    void (*on_fault)(uint64_t address);
} watched;

static uint64_t stack_first;
static uint64_t stack_bytes;
static unsigned reports_begun;

void trap_watch(uint64_t first, uint64_t size_bytes, void (*on_fault)(uint64_t address))
{
    watched.first = first;
    watched.size_bytes = size_bytes;
    watched.on_fault = on_fault;
}

void trap_unwatch(void)
{
    watched.size_bytes = 0;
}

void trap_set_stack(uint64_t first, uint64_t size_bytes)
{
    stack_first = first;
    stack_bytes = size_bytes;
}

/* The range may wrap at 2^64; distances do not. */
static bool lies_in(uint64_t address, uint64_t first, uint64_t size_bytes)
{
    return address - first < size_bytes;
}

/* Why, as one word, where the address tells. */
static const char *cause_of(const struct exception_frame *frame, uint64_t cr2)
{
    if (stack_bytes != 0 && lies_in(frame->vector == X86_VECTOR_PAGE_FAULT ? cr2 : frame->rsp,
                                    stack_first - PAGE_BYTES, PAGE_BYTES))
        return "stack-overflow";
    if (frame->vector == X86_VECTOR_PAGE_FAULT && cr2 < PAGE_BYTES)
        return "null-pointer";
    return "unknown";
}

/* "name+0x1f", or "none". `back` is 1 for return addresses: the call lies before them. */
static void name_address(char buffer[SYMBOL_BYTES], uint64_t address, uint64_t back)
{
    struct text text;
    struct symbol symbol;

    text_init(&text, buffer, SYMBOL_BYTES);
    if (symbols_find(address - back, &symbol))
        text_format(&text, "%s+%#lx", symbol.name, symbol.offset + back);
    else
        text_string(&text, "none");
}

/* Recursion gives the same address many times: it is one line, and a count. */
static void print_backtrace(const struct exception_frame *frame)
{
    struct backtrace walk;
    char name[SYMBOL_BYTES];
    uint64_t address = frame->rip;
    uint64_t next = 0;
    bool has_next = true;

    backtrace_begin(&walk, frame->rbp, stack_first, stack_bytes);
    for (unsigned i = 0; i < BACKTRACE_LINES && has_next; i++) {
        uint64_t repeat_count = 0;
        while ((has_next = backtrace_next(&walk, &next)) && next == address)
            repeat_count++;
        name_address(name, address, i == 0 ? 0 : 1);
        console_fact("  #%-2u 0x%016lx %s\n", i, address, name);
        if (repeat_count != 0)
            console_fact("      and %lu times more\n", repeat_count);
        address = next;
    }
    if (has_next)
        console_fact("  ... and more\n");
}

static void print_report(const struct exception_frame *frame, uint64_t cr2)
{
    char report[REPORT_BYTES];
    char name[SYMBOL_BYTES];
    struct text text;

    text_init(&text, report, sizeof report);
    exception_describe(&text, frame, cr2);
    console_fault("E-EXC-%02lu %s", frame->vector, text.chars);
    print_backtrace(frame);
    name_address(name, frame->rip, 0);
    console_fact("groma: exception vector=%lu error=%#lx rip=0x%016lx cr2=0x%016lx cause=%s "
                 "symbol=%s\n",
                 frame->vector, frame->error_code, frame->rip, cr2, cause_of(frame, cr2), name);
    console_fact("the kernel stops here; report it with the lines above\n");
}

/* An exception while one is being reported: one line, serial only, and no third try. */
static void print_nested(const struct exception_frame *frame, uint64_t cr2)
{
    console_detach_screen();
    console_fault("E-EXC-%02lu exception %lu %s while reporting one, rip 0x%016lx, cr2 0x%016lx - "
                  "the kernel stops here\n",
                  frame->vector, frame->vector, exception_name(frame->vector), frame->rip, cr2);
}

_Noreturn void exception_report(const struct exception_frame *frame)
{
    uint64_t cr2 = cpu_read_cr2();

    if (frame->vector == X86_VECTOR_PAGE_FAULT && lies_in(cr2, watched.first, watched.size_bytes))
        watched.on_fault(cr2);
    reports_begun++;
    if (reports_begun == 1)
        print_report(frame, cr2);
    else if (reports_begun == 2)
        print_nested(frame, cr2);
    else
        machine_halt();
    finish();
}
