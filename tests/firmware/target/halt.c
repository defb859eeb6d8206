/* SPDX-License-Identifier: MIT */
/*
 * How a loader that halts comes back: in its code in memory each `cli; hlt; jmp` that ends cpu_halt becomes
 * breakpoints, and while it runs the breakpoint's gate leads here. Intel SDM vol. 3A, 6.14.1 (64-bit gates).
 */
#include "base/mem.h"
#include "target.h"

#define BREAKPOINT_VECTOR 3u
#define GATE_PRESENT      0x8e00u /* interrupt gate, ring 0 */
#define FULL_LIMIT        (256u * 16u - 1u)

struct gate {
    uint16_t offset_0, selector, flags, offset_16;
    uint32_t offset_32, zero;
};

struct __attribute__((packed)) idtr {
    uint16_t limit;
    uint64_t base;
};

static struct gate gates[256];
static struct idtr firmwares;
static uint64_t flags_before;

/* Entered by int3 with interrupts off, on the loader's stack, which nobody will use again. */
__asm__(".text\n"
        "halt_trap:\n"
        "    andq $-16, %rsp\n"
        "    call halt_taken\n");
extern uint8_t halt_trap[];
_Noreturn void halt_taken(void);

_Noreturn void halt_taken(void)
{
    run.halted = true;
    run_end();
}

void halts_catch(void)
{
    static const uint8_t halt[] = {0xfa, 0xf4, 0xeb, 0xfc};
    uint8_t *code = (uint8_t *)target.victim_first;

    for (uint64_t at = 0; at + sizeof halt <= target.victim_bytes; at++) {
        if (memcmp(code + at, halt, sizeof halt) == 0)
            memset(code + at, 0xcc, sizeof halt);
    }
}

void halts_arm(void)
{
    struct idtr ours = {.limit = FULL_LIMIT, .base = (uint64_t)gates};
    uint64_t entry = (uint64_t)halt_trap;
    uint16_t selector;

    __asm__ volatile("sidt %0" : "=m"(firmwares));
    __asm__ volatile("mov %%cs, %0" : "=r"(selector));
    __asm__ volatile("pushfq; popq %0" : "=r"(flags_before));
    if (firmwares.limit == FULL_LIMIT) /* U-Boot's is none for 64-bit code, and its interrupts are off */
        memcpy(gates, (const void *)firmwares.base, sizeof gates);
    gates[BREAKPOINT_VECTOR] = (struct gate){.offset_0 = (uint16_t)entry, .selector = selector,
                                             .flags = GATE_PRESENT, .offset_16 = (uint16_t)(entry >> 16),
                                             .offset_32 = (uint32_t)(entry >> 32)};
    __asm__ volatile("lidt %0" : : "m"(ours));
}

void halts_disarm(void)
{
    __asm__ volatile("lidt %0" : : "m"(firmwares));
    __asm__ volatile("pushq %0; popfq" : : "r"(flags_before) : "cc", "memory");
}
