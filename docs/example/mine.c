/* SPDX-License-Identifier: MIT */
/* The smallest useful kernel: believes boot info once it is checked, counts its memory, says so, ends. */
#include "bootinfo/bootinfo.h"

static void out_byte(uint16_t port, uint8_t byte)
{
    __asm__ volatile("outb %0, %1" : : "a"(byte), "Nd"(port));
}

/* The first serial port, as the loader left it. */
static void say(const char *words)
{
    for (; *words != '\0'; words++) {
        uint8_t status;
        do
            __asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x3fd));
        while ((status & 0x20) == 0);
        out_byte(0x3f8, (uint8_t)*words);
    }
}

static void say_number(uint64_t number)
{
    char digits[24];
    char *at = digits + sizeof digits - 1;

    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    say(at);
}

/* Entered with interrupts off, on 64 KiB of stack; common/bootinfo/bootinfo.h says everything else. */
_Noreturn void kernel_main(const void *block)
{
    const struct bootinfo *info = block;
    uint64_t usable_bytes = 0;

    if (bootinfo_check(block, 64 * MIB, NULL) == BOOTINFO_OK) {
        for (uint32_t i = 0; i < info->regions.count; i++) {
            const struct memmap_region *region = bootinfo_entry(info, &info->regions, i);
            if (region->kind == MEMMAP_USABLE)
                usable_bytes += (region->end_pfn - region->first_pfn) * PAGE_BYTES;
        }
        say_number(usable_bytes / MIB);
        say(" MiB usable\ngroma: done status=ok\n");
        out_byte(0xf4, 0x10); /* ends QEMU where it has isa-debug-exit; nothing elsewhere */
    }
    for (;;)
        __asm__ volatile("cli; hlt");
}
