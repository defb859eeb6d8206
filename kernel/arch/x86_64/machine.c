/* SPDX-License-Identifier: MIT */
/* Live tables, port accesses and the end of the machine; see machine.h and uart.h. */
#include "arch/x86_64/machine.h"

#include "arch/x86_64/cpu.h"
#include "uart/uart.h"

#define EXIT_PORT    0xf4u
#define EXIT_OK      0x10u /* QEMU's exit status 33 */
#define EXIT_FAILED  0x11u /* 35 */

#define CR3_ROOT     UINT64_C(0x000ffffffffff000)
#define CPUID_GIANT  (UINT32_C(1) << 26) /* leaf 80000001h, EDX */

static bool exit_to_qemu;

uint8_t uart_io_read(uint16_t port)
{
    return cpu_in8(port);
}

void uart_io_write(uint16_t port, uint8_t value)
{
    cpu_out8(port, value);
}

static unsigned physical_bits(void)
{
    return cpu_id(0x80000000u, 0).eax >= 0x80000008u ? cpu_id(0x80000008u, 0).eax & 0xffu : 36;
}

enum paging_status machine_tables(const struct bootinfo *info, struct paging *ret_paging)
{
    *ret_paging = (struct paging){
        .root = paddr(cpu_read_cr3() & CR3_ROOT),
        .levels = (cpu_read_cr4() & CR4_LA57) != 0 ? 5 : 4,
        .has_giant_pages = (cpu_id(0x80000001u, 0).edx & CPUID_GIANT) != 0,
        .physical_bits = physical_bits(),
        .pointer_offset = info->direct_map_vaddr,
        .pool = paddr(info->page_pool_paddr),
        .pool_page_count = info->page_pool_count,
        .pool_used_count = info->page_pool_used,
    };
    return paging_check(ret_paging);
}

void machine_flush_tlb(void)
{
    uint64_t cr4 = cpu_read_cr4();

    cpu_write_cr4(cr4 & ~CR4_PGE);
    cpu_write_cr4(cr4);
}

void machine_exit_to_qemu(void)
{
    exit_to_qemu = true;
}

_Noreturn void machine_halt(void)
{
    cpu_disable_interrupts();
    for (;;)
        cpu_halt();
}

_Noreturn void machine_end(bool success)
{
    if (exit_to_qemu)
        cpu_out32(EXIT_PORT, success ? EXIT_OK : EXIT_FAILED);
    machine_halt();
}
