/* SPDX-License-Identifier: MIT */
/*
 * One instruction a function, with complete clobbers. Intel SDM vol. 2; control registers and
 * MSRs vol. 3A, 2.5, and vol. 4.
 */
#ifndef GROMA_KERNEL_CPU_H
#define GROMA_KERNEL_CPU_H

#include <stdint.h>

#define CR4_PGE        (UINT64_C(1) << 7)
#define CR4_UMIP       (UINT64_C(1) << 11)
#define CR4_LA57       (UINT64_C(1) << 12)
#define CR4_SMEP       (UINT64_C(1) << 20)
#define CR4_SMAP       (UINT64_C(1) << 21)

#define MSR_PAT        0x277u
#define MSR_EFER       0xc0000080u
#define MSR_FS_BASE    0xc0000100u
#define MSR_GS_BASE    0xc0000101u

struct cpu_id {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpu_id cpu_id(uint32_t leaf, uint32_t subleaf)
{
    struct cpu_id id;

    __asm__ volatile("cpuid"
                     : "=a"(id.eax), "=b"(id.ebx), "=c"(id.ecx), "=d"(id.edx)
                     : "a"(leaf), "c"(subleaf));
    return id;
}

static inline uint64_t cpu_read_msr(uint32_t index)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}

static inline uint64_t cpu_read_cr2(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr2, %0" : "=r"(value));
    return value;
}

static inline uint64_t cpu_read_cr3(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value) : : "memory");
    return value;
}

static inline uint64_t cpu_read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static inline void cpu_write_cr4(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* The SSE control and status register; needs CR4.OSFXSR. */
static inline uint32_t cpu_read_mxcsr(void)
{
    uint32_t value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

/* The x87 control word; needs CR0.EM and CR0.TS clear. */
static inline uint16_t cpu_read_fcw(void)
{
    uint16_t value;

    __asm__ volatile("fnstcw %0" : "=m"(value));
    return value;
}

static inline uint8_t cpu_in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static inline void cpu_out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void cpu_disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void cpu_halt(void)
{
    __asm__ volatile("hlt" : : : "memory");
}

#endif
