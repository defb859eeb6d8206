/* SPDX-License-Identifier: MIT */
/*
 * Stands for loader/cpu.h on the host: the same names, linked to a fake CPU (cpu.c) instead of
 * being one instruction each. Included before everything else by the compiler's -include; the
 * guard is that of the real header, which therefore stays empty. The loader has no #ifdef for it.
 */
#ifndef GROMA_LOADER_CPU_H
#define GROMA_LOADER_CPU_H

#include <stdbool.h>
#include <stdint.h>

struct cpuid {
    uint32_t eax, ebx, ecx, edx;
};

struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf);
uint64_t cpu_tsc(void);
uint64_t cpu_cr2(void);
uint64_t cpu_cr4(void);
uint64_t cpu_read_msr(uint32_t msr);
void cpu_write_msr(uint32_t msr, uint64_t value);
uint8_t cpu_in8(uint16_t port);
void cpu_out8(uint16_t port, uint8_t value);
uint32_t cpu_in32(uint16_t port);
void cpu_out32(uint16_t port, uint32_t value);
bool cpu_rdseed(uint64_t *ret_word);
bool cpu_rdrand(uint64_t *ret_word);
void cpu_disable_interrupts(void);
_Noreturn void cpu_halt(void);

#endif
