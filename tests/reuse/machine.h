/* SPDX-License-Identifier: MIT */
/* Instructions that this kernel needs, with complete clobbers; Intel SDM vol. 2. */
#ifndef REUSE_MACHINE_H
#define REUSE_MACHINE_H

#include <stdint.h>

static inline uint8_t machine_in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void machine_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline uint32_t machine_cpuid_eax(uint32_t leaf)
{
    uint32_t eax = leaf;

    __asm__ volatile("cpuid" : "+a"(eax) : : "ebx", "ecx", "edx");
    return eax;
}

/* Width of a physical address: leaf 80000008h, 36 where the CPU does not have it. */
static inline unsigned machine_physical_bits(void)
{
    return machine_cpuid_eax(0x80000000u) >= 0x80000008u ? machine_cpuid_eax(0x80000008u) & 0xffu
                                                         : 36u;
}

_Noreturn static inline void machine_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

#endif
