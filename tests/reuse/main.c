/* SPDX-License-Identifier: MIT */
/*
 * A kernel that is not Groma's to boot: GRUB starts it, and of Groma it uses the memory-map
 * engine alone. make_map shows all that takes: open what the boot loader gave, say what is
 * known better, normalize into own buffers. Everything else here prints.
 */
#include "base/bytes.h"
#include "machine.h"
#include "memmap/normalize.h"
#include "print.h"

#define MULTIBOOT2_MAGIC 0x36d76289u
#define EXIT_PORT        0xf4u /* QEMU's isa-debug-exit */
#define EXIT_OK          0x10u
#define EXIT_FAILED      0x11u

/*
 * Firmware's lists have 20 to 400 entries; a longer one is refused with NO_ROOM, never cut. A kernel
 * without any limit takes the buffers from a large usable entry of the source before it normalizes
 * (memmap_source_entry, memmap_max_regions, memmap_scratch_bytes), and claims them too.
 */
#define MAX_ENTRIES      1024u
#define CLAIM_COUNT      2u

extern const char image_start[], image_end[]; /* kernel.lds */

_Noreturn void kernel_main(uint32_t magic, const uint8_t *info);

static struct memmap_region regions[2 * (MAX_ENTRIES + CLAIM_COUNT) + 1]; /* memmap_max_regions */
static uint64_t scratch[18 * MAX_ENTRIES]; /* memmap_scratch_bytes: 136 bytes an entry, 72 a claim */

/*
 * What the firmware cannot know: this image, and GRUB's information while it is in use. An EFI
 * map calls both loader's memory, so LOADED has the engine check that; GRUB's own map does not.
 */
static void make_claims(const struct memmap_source *source, const uint8_t *info,
                        struct memmap_claim claims[CLAIM_COUNT])
{
    uint8_t flags = source->format == MEMMAP_FORMAT_UEFI ? MEMMAP_CLAIM_LOADED : 0;
    uint64_t info_address = (uintptr_t)info;

    claims[0] = (struct memmap_claim){
        .first_pfn = pfn_of_byte((uintptr_t)image_start),
        .end_pfn = pages_for_bytes((uintptr_t)image_end),
        .kind = MEMMAP_KERNEL,
        .flags = flags,
    };
    claims[1] = (struct memmap_claim){
        .first_pfn = pfn_of_byte(info_address),
        .end_pfn = pages_for_bytes(info_address + load_le32(info)),
        .kind = MEMMAP_BOOT_INFO,
        .flags = flags,
    };
}

/* From the information structure to a map in `regions`, and what was repaired on the way. */
static enum memmap_status make_map(const uint8_t *info, bool prefer_efi, struct memmap *ret_map,
                                   struct memmap_report *ret_report)
{
    struct memmap_claim claims[CLAIM_COUNT];
    struct memmap_input input = {
        .claims = claims,
        .claim_count = CLAIM_COUNT,
        .physical_bits = machine_physical_bits(),
    };
    enum memmap_status status =
        memmap_source_multiboot2_info(&input.source, info, load_le32(info), prefer_efi);

    if (status != MEMMAP_OK)
        return status;
    make_claims(&input.source, info, claims);
    *ret_map = (struct memmap){
        .regions = regions,
        .capacity = sizeof regions / sizeof regions[0],
    };
    return memmap_normalize(&input, scratch, sizeof scratch, ret_map, ret_report);
}

static bool show_map(const char *name, const uint8_t *info, bool prefer_efi)
{
    struct memmap map;
    struct memmap_report report;
    enum memmap_status status = make_map(info, prefer_efi, &map, &report);

    print("groma: source map=%s status=%s\n", name, memmap_status_name(status));
    if (status == MEMMAP_CLAIM_MISSES || status == MEMMAP_CLAIM_LOST)
        print("groma: fault map=%s claim=%u origin=%#x pfn=%#lx\n", name, report.fault_claim,
              report.fault_origin, report.fault_pfn);
    if (status != MEMMAP_OK)
        return false;
    print_map(name, &map);
    print_report(name, &report);
    return memmap_check(&map, machine_physical_bits(), NULL) == MEMMAP_OK;
}

_Noreturn void kernel_main(uint32_t magic, const uint8_t *info)
{
    bool success = magic == MULTIBOOT2_MAGIC;

    print_start();
    print("groma: reuse magic=%#x info=%#lx physical_bits=%u\n", magic, (uintptr_t)info,
          machine_physical_bits());
    if (success) {
        success = show_map("efi", info, true);
        success = show_map("e820", info, false) && success;
    }
    print("groma: done status=%s\n", success ? "ok" : "failed");
    print_end();
    machine_out8(EXIT_PORT, success ? EXIT_OK : EXIT_FAILED);
    machine_halt();
}
