/* SPDX-License-Identifier: MIT */
/*
 * Draws a screen as a boot shows it (picture of the map, boot text) into a PPM file, for
 * people to look at:
 *
 *     screen_to_ppm WIDTH HEIGHT OUT.ppm [MAP]
 *
 * MAP holds lines "FIRST END KIND": addresses in hex, END exclusive, KIND a number of enum
 * memmap_kind. Without it, the map of a 6 GiB QEMU q35 with OVMF after Groma's claims.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "screen/picture.h"
#include "screen/screen.h"

#define MAX_REGIONS 4096u

/* Bytes for the reader's eye; pages for the map. */
#define REGION(first, end, region_kind) \
    {.first_pfn = (first) >> 12, .end_pfn = (end) >> 12, .kind = (region_kind)}

static const struct memmap_region sample[] = {
    REGION(0x0, 0x1000, MEMMAP_RESERVED),
    REGION(0x1000, 0x8f000, MEMMAP_USABLE),
    REGION(0x8f000, 0x90000, MEMMAP_AP_TRAMPOLINE),
    REGION(0x90000, 0xa0000, MEMMAP_USABLE),
    REGION(0x100000, 0x800000, MEMMAP_USABLE),
    REGION(0x800000, 0x808000, MEMMAP_ACPI_NVS),
    REGION(0x808000, 0x80b000, MEMMAP_USABLE),
    REGION(0x80b000, 0x80c000, MEMMAP_ACPI_NVS),
    REGION(0x80c000, 0x811000, MEMMAP_USABLE),
    REGION(0x811000, 0x900000, MEMMAP_ACPI_NVS),
    REGION(0x900000, 0x1500000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x1500000, 0x7a000000, MEMMAP_USABLE),
    REGION(0x7a000000, 0x7a1d4000, MEMMAP_KERNEL),
    REGION(0x7a1d4000, 0x7a1d8000, MEMMAP_BOOT_INFO),
    REGION(0x7a1d8000, 0x7a1f9000, MEMMAP_PAGE_TABLES),
    REGION(0x7a1f9000, 0x7a209000, MEMMAP_STACK),
    REGION(0x7a209000, 0x7a212000, MEMMAP_HANDOFF),
    REGION(0x7a212000, 0x7a912000, MEMMAP_MODULE),
    REGION(0x7a912000, 0x7b200000, MEMMAP_USABLE),
    REGION(0x7b200000, 0x7c000000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x7c000000, 0x7e0c2000, MEMMAP_USABLE),
    REGION(0x7e0c2000, 0x7e1a7000, MEMMAP_LOADER_RECLAIMABLE),
    REGION(0x7e1a7000, 0x7e8ec000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x7e8ec000, 0x7e9ec000, MEMMAP_RUNTIME_DATA),
    REGION(0x7e9ec000, 0x7eaec000, MEMMAP_RUNTIME_CODE),
    REGION(0x7eaec000, 0x7eb6c000, MEMMAP_RESERVED),
    REGION(0x7eb6c000, 0x7eb7c000, MEMMAP_ACPI_RECLAIMABLE),
    REGION(0x7eb7c000, 0x7eb7e000, MEMMAP_FIRMWARE_TABLE),
    REGION(0x7eb7e000, 0x7ebfe000, MEMMAP_ACPI_NVS),
    REGION(0x7ebfe000, 0x7f5fe000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x7f5fe000, 0x7f700000, MEMMAP_USABLE),
    REGION(0x7f700000, 0x7fa00000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x7fa00000, 0x7fa84000, MEMMAP_LOADER_RECLAIMABLE),
    REGION(0x7fa84000, 0x7fef4000, MEMMAP_BOOT_RECLAIMABLE),
    REGION(0x7fef4000, 0x7ff78000, MEMMAP_RUNTIME_DATA),
    REGION(0x7ff78000, 0x80000000, MEMMAP_ACPI_NVS),
    REGION(0x80000000, 0x803e8000, MEMMAP_FRAMEBUFFER),
    REGION(0xb0000000, 0xc0000000, MEMMAP_MMIO),
    REGION(0xfed1c000, 0xfed20000, MEMMAP_RESERVED),
    REGION(0xffc00000, 0x100000000, MEMMAP_MMIO),
    REGION(0x100000000, 0x180000000, MEMMAP_USABLE),
    REGION(0x180000000, 0x180001000, MEMMAP_BAD),
    REGION(0x180001000, 0x200000000, MEMMAP_USABLE),
    REGION(0xfd00000000, 0x10000000000, MEMMAP_RESERVED),
};

static const char boot_text[] =
    "Groma 0.1  UEFI 2.70 by EDK II, QEMU Standard PC (Q35 + ICH9, 2009)\n"
    "groma: firmware vendor=EDK_II revision=2.70 secure_boot=off\n"
    "groma: cpu phys_bits=40 levels=4 nx=yes smep=yes smap=yes umip=yes gib_pages=yes\n"
    "groma: config file=\\groma.conf bytes=412 kernel=\\kernel.elf modules=1\n"
    "groma: kernel file=\\kernel.elf bytes=1917736 segments=3 entry=0xffffffff80000000\n"
    "groma: segment rights=r-x phys=0x7a000000 virt=0xffffffff80000000 bytes=1048576\n"
    "groma: segment rights=r-- phys=0x7a100000 virt=0xffffffff80100000 bytes=524288\n"
    "groma: segment rights=rw- phys=0x7a180000 virt=0xffffffff80180000 bytes=344064\n"
    "groma: module name=initrd phys=0x7a212000 bytes=7340032\n"
    "groma: map entries=118 stride=48 tries=1 regions=44\n"
    "groma: accounting in=1703935 claims=0 grown=0 lost=0 clipped=0 dropped=0 out=1703935\n"
    "groma: check objects=17 fault=none\n"
    "groma: direct-map extents=6 bytes=6977802240 leaves_1g=5 leaves_2m=1018 leaves_4k=1402\n"
    "groma: exit tries=1 us=1840\n"
    "\n"
    "Groma kernel 0.1: 6.4 GiB in 44 regions, checked.\n"
    "kernel: bootinfo version=1.0 bytes=16384 crc=0x5c1d03aa\n"
    "kernel: frames zones=3 free=1669120 order_max=10 metadata=851968\n"
    "kernel: interrupts idt=ok tss=ok ist=3\n"
    "kernel: time tsc_mhz=2995 boot_ms=312\n"
    "A tab\tand a byte without a glyph: \x01 \xe9. {} [] () <> @#$%^&*~`|\\/'\" 0O 1lI !?\n"
    "> _";

static void write_ppm(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height)
{
    FILE *file = fopen(path, "wb");

    if (file == NULL) {
        perror(path);
        exit(2);
    }
    fprintf(file, "P6\n%" PRIu32 " %" PRIu32 "\n255\n", width, height);
    for (size_t i = 0; i < (size_t)width * height; i++) {
        uint8_t rgb[3] = {(uint8_t)(pixels[i] >> 16), (uint8_t)(pixels[i] >> 8),
                          (uint8_t)pixels[i]};
        fwrite(rgb, 1, sizeof rgb, file);
    }
    fclose(file);
}

static size_t read_map(const char *path, struct memmap_region *regions)
{
    FILE *file = fopen(path, "r");
    uint64_t first, end;
    unsigned kind;
    size_t count = 0;

    if (file == NULL) {
        perror(path);
        exit(2);
    }
    while (count < MAX_REGIONS &&
           fscanf(file, "%" SCNx64 " %" SCNx64 " %u", &first, &end, &kind) == 3)
        regions[count++] = (struct memmap_region)REGION(first, end, (uint8_t)kind);
    fclose(file);
    return count;
}

int main(int argc, char **argv)
{
    static struct memmap_region regions[MAX_REGIONS];
    size_t count = sizeof sample / sizeof sample[0];
    uint32_t width = argc > 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
    uint32_t height = argc > 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    struct screen screen;
    uint32_t *pixels = calloc((size_t)width * height + 1, sizeof *pixels);

    if (pixels == NULL ||
        !screen_init(&screen, pixels, (uint64_t)width * height * 4, width, height, width,
                     SCREEN_BGRX)) {
        fprintf(stderr, "usage: screen_to_ppm WIDTH HEIGHT OUT.ppm [MAP]\n");
        return 2;
    }
    memcpy(regions, sample, sizeof sample);
    if (argc > 4)
        count = read_map(argv[4], regions);
    screen_reserve_top(&screen, screen_map_picture_height(&screen));
    screen_clear(&screen);
    screen_map_picture(&screen, regions, count);
    screen_write(&screen, boot_text, sizeof boot_text - 1);
    write_ppm(argv[3], pixels, width, height);
    free(pixels);
    return 0;
}
