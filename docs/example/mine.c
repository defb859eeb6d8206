/* SPDX-License-Identifier: MIT */
/* The smallest useful kernel: believes boot info once it is checked, manages its memory, says so, ends. */
#include "memory.h"

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

static bool has_word(const char *line, const char *word)
{
    while (*line != '\0') {
        const char *a = line, *b = word;
        while (*b != '\0' && *a == *b) {
            a++;
            b++;
        }
        if (*b == '\0' && (*a == ' ' || *a == '\0'))
            return true;
        while (*line != ' ' && *line != '\0')
            line++;
        while (*line == ' ')
            line++;
    }
    return false;
}

static uint64_t bytes_of_kind(const struct bootinfo *info, enum memmap_kind kind)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < info->regions.count; i++) {
        const struct memmap_region *region = bootinfo_entry(info, &info->regions, i);
        if (region->kind == kind)
            bytes += (region->end_pfn - region->first_pfn) * PAGE_BYTES;
    }
    return bytes;
}

/* Takes a frame, writes to it through the direct map, gives it back. */
static bool try_a_frame(const struct bootinfo *info)
{
    uint64_t pfn;

    if (!memory_start(info) || frames_alloc_order(&frames, &cache, 0, &pfn) != FRAMES_OK)
        return false;
    *(volatile uint64_t *)(uintptr_t)(info->direct_map_vaddr + byte_of_pfn(pfn)) = 42;
    return frames_free_order(&frames, &cache, pfn, 0) == FRAMES_OK;
}

/* Entered with interrupts off, on 64 KiB of stack; common/bootinfo/bootinfo.h says everything else. */
_Noreturn void kernel_main(const void *block)
{
    const struct bootinfo *info = block;
    enum bootinfo_status status = bootinfo_check(block, 64 * MIB, NULL);

    if (status != BOOTINFO_OK) {
        say("boot info: ");
        say(bootinfo_status_text(status));
        say("\n");
    } else {
        say_number(bytes_of_kind(info, MEMMAP_USABLE) / MIB);
        say(" MiB usable, ");
        say_number((bytes_of_kind(info, MEMMAP_BOOT_RECLAIMABLE) +
                    bytes_of_kind(info, MEMMAP_LOADER_RECLAIMABLE)) / MIB);
        say(" MiB more when firmware and loader are done with\n");
        if (try_a_frame(info))
            say("groma: done status=ok\n");
        if (has_word(bootinfo_chars(info, &info->cmdline), "exit=qemu"))
            out_byte(0xf4, 0x10); /* QEMU's isa-debug-exit */
    }
    for (;;)
        __asm__ volatile("cli; hlt");
}
