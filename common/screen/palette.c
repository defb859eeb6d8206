/* SPDX-License-Identifier: MIT */
/* The palette; README.md says how far apart the colours are. */
#include "screen/palette.h"

screen_colour_t screen_kind_colour(enum memmap_kind kind)
{
    static const screen_colour_t colours[MEMMAP_KIND_COUNT] = {
        [MEMMAP_USABLE] = 0x29a56d,             /* greens: memory to use, now or later */
        [MEMMAP_LOADER_RECLAIMABLE] = 0x87d5b1,
        [MEMMAP_BOOT_RECLAIMABLE] = 0xbdec95,
        [MEMMAP_ACPI_RECLAIMABLE] = 0xecffd3,
        [MEMMAP_UNACCEPTED] = 0x13614e,
        [MEMMAP_SOFT_RESERVED] = 0x67893f,
        [MEMMAP_PERSISTENT] = 0x017c94,
        [MEMMAP_KERNEL] = 0x2c70f0,             /* blues: what the loader allocated */
        [MEMMAP_MODULE] = 0x4698fa,
        [MEMMAP_BOOT_INFO] = 0xb2d3ff,
        [MEMMAP_PAGE_TABLES] = 0x3737cc,
        [MEMMAP_STACK] = 0x02befc,
        [MEMMAP_HANDOFF] = 0x1e3a81,
        [MEMMAP_AP_TRAMPOLINE] = 0xfce9f5,
        [MEMMAP_FIRMWARE_TABLE] = 0xffe167,     /* yellow to brown: the firmware's */
        [MEMMAP_ACPI_NVS] = 0xc29500,
        [MEMMAP_RUNTIME_CODE] = 0xb54400,
        [MEMMAP_RUNTIME_DATA] = 0xfdaa65,
        [MEMMAP_MMIO] = 0x9f58c7,               /* purple and pink: devices */
        [MEMMAP_RESERVED] = 0x848082,
        [MEMMAP_FRAMEBUFFER] = 0xf987c8,
        [MEMMAP_BAD] = 0xff3847,
    };

    return (unsigned)kind < MEMMAP_KIND_COUNT ? colours[kind] : 0xc8ced6;
}
