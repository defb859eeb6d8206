/* SPDX-License-Identifier: MIT */
/* A fake CPU with a UART at COM1 and an ACPI PM timer: what loader/cpu.h's instructions do here. */
#include <string.h>

#include "uart/uart.h"
#include "world.h"

#define TSC_HZ          UINT64_C(1000000000)
#define TSC_STEP        UINT64_C(100000)
#define POST_PORT       0x80u
#define LINE_CONTROL    3u
#define LINE_STATUS     5u
#define SCRATCH         7u
#define DIVISOR_LATCH   0x80u
#define TRANSMITTER_EMPTY 0x60u
#define MSR_EFER        0xc0000080u
#define MSR_PAT         0x277u
#define MSR_SEV_STATUS  0xc0010131u

void cpu_start(void)
{
    memset(world.uart_registers, 0, sizeof world.uart_registers);
    world.tsc = UINT64_C(5000000000);
    world.msr_efer = 0x500;
    world.msr_pat = UINT64_C(0x0007040600070406);
}

struct cpuid cpu_id(uint32_t leaf, uint32_t subleaf)
{
    const struct scenario *scenario = world.scenario;
    unsigned bits = scenario->physical_bits != 0 ? scenario->physical_bits : 39;

    (void)subleaf;
    for (const struct cpuid_leaf *other = scenario->leaves; other != NULL && other->leaf != UINT32_MAX; other++) {
        if (other->leaf == leaf)
            return (struct cpuid){other->eax, other->ebx, other->ecx, other->edx};
    }
    switch (leaf) {
    case 0:
        return (struct cpuid){.eax = scenario->knows_tsc ? 0x16 : 0xd};
    case 1:
        return (struct cpuid){.ecx = scenario->has_rdrand ? 1u << 30 : 0};
    case 7:
        return (struct cpuid){.ebx = 1u << 7 | 1u << 20 | (scenario->has_rdrand ? 1u << 18 : 0), .ecx = 1u << 2};
    case 0x15:
        return (struct cpuid){.eax = 2, .ebx = 80, .ecx = 25000000};
    case 0x80000000:
        return (struct cpuid){.eax = 0x80000008};
    case 0x80000001:
        return (struct cpuid){.edx = 1u << 20 | (scenario->giant_pages ? 1u << 26 : 0)};
    case 0x80000008:
        return (struct cpuid){.eax = bits};
    default:
        return (struct cpuid){0};
    }
}

uint64_t cpu_tsc(void)
{
    world.tsc += TSC_STEP;
    return world.tsc;
}

uint64_t cpu_cr2(void)
{
    return 0x1000;
}

uint64_t cpu_cr4(void)
{
    return world.scenario->cr4;
}

uint64_t cpu_read_msr(uint32_t msr)
{
    if (msr == MSR_SEV_STATUS && world.scenario->leaves != NULL)
        return world.scenario->sev_status;
    if (msr != MSR_EFER && msr != MSR_PAT)
        violate("reads an unknown MSR", msr);
    return msr == MSR_EFER ? world.msr_efer : world.msr_pat;
}

void cpu_write_msr(uint32_t msr, uint64_t value)
{
    if (msr != MSR_EFER && msr != MSR_PAT)
        violate("writes an unknown MSR", msr);
    *(msr == MSR_EFER ? &world.msr_efer : &world.msr_pat) = value;
}

uint8_t cpu_in8(uint16_t port)
{
    unsigned index = port - UART_COM1_PORT;

    if (index >= 8 || world.scenario->no_uart)
        return 0xff;
    return index == LINE_STATUS ? TRANSMITTER_EMPTY : world.uart_registers[index];
}

void cpu_out8(uint16_t port, uint8_t value)
{
    unsigned index = port - UART_COM1_PORT;

    if (port == POST_PORT)
        world.post_code = value;
    if (index >= 8 || world.scenario->no_uart)
        return;
    if (index == 1)
        value &= 0x0f;
    if (index != 0 || (world.uart_registers[LINE_CONTROL] & DIVISOR_LATCH) != 0)
        world.uart_registers[index] = value;
    else if (world.serial_bytes < sizeof world.serial - 1)
        world.serial[world.serial_bytes++] = (char)value;
}

uint32_t cpu_in32(uint16_t port)
{
    world.tsc += TSC_STEP;
    if (port != PM_TIMER_PORT)
        violate("reads an unknown port", port);
    return (uint32_t)((unsigned __int128)world.tsc * 3579545 / TSC_HZ) & 0xffffff;
}

void cpu_out32(uint16_t port, uint32_t value)
{
    (void)value;
    violate("writes an unknown port", port);
}

bool cpu_rdseed(uint64_t *ret_word)
{
    *ret_word = cpu_tsc() * UINT64_C(0x2545f4914f6cdd1d);
    return !world.scenario->random_instructions_fail;
}

bool cpu_rdrand(uint64_t *ret_word)
{
    return cpu_rdseed(ret_word);
}

void cpu_disable_interrupts(void)
{
}

_Noreturn void cpu_halt(void)
{
    leave(HALTED);
}
