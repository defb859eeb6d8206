/* SPDX-License-Identifier: MIT */
/*
 * The physical memory of a running QEMU guest whose RAM is a file that QEMU shares
 * (memory-backend-file,share=on): mapped, read-only. What each address is comes from the boot info
 * block that the Groma loader left in that RAM, names of the kernel from its ELF file.
 *
 *   file      |------ low ------|------ high ------|
 *   address   0            split    4 GiB
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/address.h"
#include "base/bits.h"
#include "base/checked.h"
#include "bootinfo/bootinfo.h"
#include "memmap/memmap.h"
#include "holes.h"
#include "session.h"
#include "symbols.h"
#include "watch/pattern.h"

#define MOST_BOOTINFO_BYTES (64 * MIB)
/* Where q35 and pc put the end of low memory: QEMU hw/i386/pc_q35.c and pc_piix.c. */
#define SPLIT_FROM UINT64_C(0xb0000000)
#define SPLIT_Q35  UINT64_C(0x80000000)
#define SPLIT_PC   UINT64_C(0xe0000000)
#define SPLIT_PC_LOW UINT64_C(0xc0000000)

struct guest {
    const uint8_t *ram;
    struct holes holes; /* of the file */
    uint64_t ram_bytes, split_bytes;
    const struct bootinfo *info; /* a checked copy, or NULL */
    struct symbols *symbols;     /* or NULL */
};

/* ---- finding boot info --------------------------------------------------------------------------------------- */

struct hunt {
    const struct target *target;
    const struct bootinfo *info;
};

static const uint8_t *ram_at(const struct target *target, uint64_t address, uint64_t size_bytes)
{
    const struct target_region *region = find_region(target, address);

    if (region == NULL || !range_is_inside(address - region->address, size_bytes, region->size_bytes))
        return NULL;
    return (const uint8_t *)region->reader.mapped + (address - region->address);
}

/* A copy that passes every check, and says of itself that it lies here: no remains of another boot. */
static bool take_magic(void *context, uint64_t address, const uint8_t *bytes)
{
    struct hunt *hunt = context;
    struct bootinfo header;
    void *copy;

    /* The match alone stands at `bytes`. */
    bytes = ram_at(hunt->target, address, sizeof header);
    if (address % 8 != 0 || bytes == NULL)
        return true;
    memcpy(&header, bytes, sizeof header);
    if (header.block_paddr != address || header.size_bytes < sizeof header ||
        header.size_bytes > MOST_BOOTINFO_BYTES || ram_at(hunt->target, address, header.size_bytes) == NULL)
        return true;
    copy = grab(header.size_bytes, 1);
    memcpy(copy, bytes, header.size_bytes);
    if (bootinfo_check(copy, header.size_bytes, NULL) != BOOTINFO_OK)
        return true;
    hunt->info = copy;
    return false;
}

/* Looks in [first, end) of a region; true where it was found. */
static bool hunt_in(struct hunt *hunt, const struct target_region *ram, uint64_t first, uint64_t end)
{
    static uint8_t workspace[WATCH_LEAST_WORKSPACE];
    struct watch_search_options options = {.take = take_magic, .context = hunt};
    struct watch_reader reader = ram->reader;
    struct watch_region region;
    struct watch_pattern magic;
    uint64_t value = BOOTINFO_MAGIC;

    reader.mapped = (const uint8_t *)reader.mapped + (first - ram->address);
    if (watch_pattern_of_bytes(&value, sizeof value, &magic) == WATCH_OK &&
        watch_region_against(&region, first, end - first, &reader, reader.mapped, workspace, sizeof workspace) == WATCH_OK)
        (void)!watch_search(&region, &magic, &options, NULL);
    return hunt->info != NULL;
}

static void hunt_everywhere(struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->target->count; i++) {
        const struct target_region *ram = &hunt->target->regions[i];
        if (hunt_in(hunt, ram, ram->address, ram->address + ram->size_bytes))
            return;
    }
}

/* Only in pages that have changed: the block's first page is the last that the loader writes. */
static void hunt_in_changes(struct hunt *hunt, const struct found *changes, size_t count)
{
    uint64_t done = 0;

    for (size_t i = 0; i < count; i++) {
        uint64_t first = bit_round_down(changes[i].address, WATCH_PAGE_BYTES);
        uint64_t end = bit_round_down(changes[i].address + (changes[i].length_bytes - 1), WATCH_PAGE_BYTES) + WATCH_PAGE_BYTES;
        const struct target_region *ram = find_region(hunt->target, changes[i].address);
        first = first > done ? first : done;
        if (ram == NULL || first >= end)
            continue;
        if (hunt_in(hunt, ram, first, end < ram->address + ram->size_bytes ? end : ram->address + ram->size_bytes))
            return;
        done = end;
    }
}

/* ---- what an address is ------------------------------------------------------------------------------------------ */

/* "kernel .data `name`+0x18" of a physical address inside a loaded segment. */
static bool describe_kernel(const struct guest *guest, uint64_t address, struct text *text)
{
    const struct bootinfo_segment *first, *segment;

    for (uint32_t i = 0; i < guest->info->segments.count; i++) {
        first = bootinfo_entry(guest->info, &guest->info->segments, 0);
        segment = bootinfo_entry(guest->info, &guest->info->segments, i);
        if (address - segment->paddr >= segment->page_count * PAGE_BYTES)
            continue;
        text_string(text, "kernel ");
        /* A PIE was moved as a whole. */
        if (guest->symbols == NULL ||
            !symbols_describe(guest->symbols,
                              address - segment->paddr + segment->vaddr - first->vaddr + symbols_base(guest->symbols), text))
            text_format(text, "0x%lx", address - segment->paddr + segment->vaddr);
        return true;
    }
    return false;
}

static struct memmap map_of(const struct bootinfo *info)
{
    return (struct memmap){.regions = (struct memmap_region *)(uintptr_t)bootinfo_entry(info, &info->regions, 0),
                           .count = info->regions.count,
                           .capacity = info->regions.count};
}

/* "runtime-data (descriptor 41)", "kernel (claim 3, kernel segment)": what it is and who says so. */
static void name_region(const struct bootinfo *info, const struct memmap_region *region, struct text *text)
{
    uint32_t index = region->origin & ~MEMMAP_ORIGIN_CLAIM;
    const struct memmap_claim *claim;

    text_string(text, memmap_kind_name((enum memmap_kind)region->kind));
    if (region->origin == MEMMAP_NO_ORIGIN)
        return;
    if ((region->origin & MEMMAP_ORIGIN_CLAIM) == 0) {
        text_format(text, " (descriptor %u)", index);
        return;
    }
    claim = index < info->claims.count ? bootinfo_entry(info, &info->claims, index) : NULL;
    text_format(text, " (claim %u", index);
    if (claim != NULL && claim->name != 0) {
        text_string(text, ", ");
        for (const char *at = bootinfo_at(info, claim->name); *at != '\0'; at++)
            text_char(text, *at < ' ' || *at == 0x7f ? '?' : *at); /* the guest's own words */
    }
    text_char(text, ')');
}

static void describe_guest(const struct target *target, uint64_t address, struct text *text)
{
    const struct guest *guest = target->own;
    struct memmap map;
    size_t index;

    if (guest->info == NULL || describe_kernel(guest, address, text))
        return;
    map = map_of(guest->info);
    if (memmap_find(&map, pfn_of_byte(address), &index) != MEMMAP_OK) {
        text_format(text, "a hole of the map");
        return;
    }
    name_region(guest->info, &map.regions[index], text);
}

/* ---- opening ----------------------------------------------------------------------------------------------------------- */

static const char *guest_is_gone(const struct target *target)
{
    return target->pid != 0 && kill(target->pid, 0) != 0 && errno == ESRCH ? "QEMU has ended" : NULL;
}

/* Memory that the guest has not written yet is no memory of this machine: a look would make it so. */
static bool next_hole(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    const struct guest *guest = context;
    bool is_high = address >= 4 * GIB;
    uint64_t shift = is_high ? 4 * GIB - guest->split_bytes : 0;

    if (!holes_next(&guest->holes, address - shift, ret_first, ret_end))
        return false;
    *ret_first += shift; /* what lies behind low memory in the file is cut off by the region's end */
    *ret_end += shift;
    return true;
}

/* Addresses [first, end) of the guest, all of them below or all above the gap under 4 GiB. */
static void add_ram(struct target *target, uint64_t first, uint64_t end, const char *name)
{
    struct guest *guest = target->own;
    uint64_t offset = first < 4 * GIB ? first : first - 4 * GIB + guest->split_bytes;
    struct target_region *region = add_region(target, first, end - first, name, "");

    region->reader = (struct watch_reader){.mapped = guest->ram + offset, .absent = next_hole, .context = guest};
}

/* The same, cut where the guest's memory map begins another region. */
static void add_by_map(struct target *target, uint64_t first, uint64_t end)
{
    const struct guest *guest = target->own;
    struct memmap map = map_of(guest->info);

    for (size_t i = 0; i < map.count && first < end; i++) {
        uint64_t region_first = byte_of_pfn(map.regions[i].first_pfn), region_end = byte_of_pfn(map.regions[i].end_pfn);
        char name[160];
        struct text text;
        if (region_end <= first || region_first >= end)
            continue;
        if (region_first > first)
            add_ram(target, first, region_first, "a hole of the map");
        first = region_first > first ? region_first : first;
        region_end = region_end < end ? region_end : end;
        text_init(&text, name, sizeof name);
        name_region(guest->info, &map.regions[i], &text);
        add_ram(target, first, region_end, grab_text("%s", name));
        first = region_end;
    }
    if (first < end)
        add_ram(target, first, end, "a hole of the map");
}

/* RAM that is whole regions yet becomes the regions of the map. */
static void cut_by_map(struct target *target, const struct bootinfo *info)
{
    struct guest *guest = target->own;
    uint64_t low = guest->ram_bytes < guest->split_bytes ? guest->ram_bytes : guest->split_bytes;

    guest->info = info;
    if (info == NULL)
        return;
    target->count = 0;
    add_by_map(target, 0, low);
    if (guest->ram_bytes > low)
        add_by_map(target, 4 * GIB, 4 * GIB + (guest->ram_bytes - low));
}

static const char *words_of(const struct target *target)
{
    const struct guest *guest = target->own;

    return guest->info == NULL ? grab_text("guest's memory, %s, no boot info in it", size_words(guest->ram_bytes))
                               : grab_text("guest's memory, %s, with boot info", size_words(guest->ram_bytes));
}

/* A guest that had no boot info yet, because it was starting. */
static void learn_guest(struct target *target, const struct found *changes, size_t count)
{
    const struct guest *guest = target->own;
    struct hunt hunt = {.target = target};

    if (guest->info != NULL)
        return;
    hunt_in_changes(&hunt, changes, count);
    if (hunt.info == NULL)
        return;
    cut_by_map(target, hunt.info);
    target->what = words_of(target);
}

static uint64_t default_split(uint64_t ram_bytes, bool is_pc)
{
    if (is_pc)
        return ram_bytes >= SPLIT_PC ? SPLIT_PC_LOW : ram_bytes;
    return ram_bytes >= SPLIT_FROM ? SPLIT_Q35 : ram_bytes;
}

struct target *open_guest(const char *word, const char *where, const struct target_options *options)
{
    struct target *target = grab(1, sizeof *target);
    struct guest *guest = grab(1, sizeof *guest);
    struct hunt hunt = {.target = target};
    const char *path = where;
    bool is_pc = false;
    uint64_t low;

    if (where[strspn(where, "0123456789")] == '\0') {
        target->pid = where[0] == '\0' ? find_guest() : atoi(where);
        path = guest_memory_path(target->pid, &is_pc);
    }
    guest->ram = map_file(path, &guest->ram_bytes);
    if (guest->ram_bytes == 0 || guest->ram_bytes % WATCH_PAGE_BYTES != 0)
        cannot("%s: %lu bytes are no guest's memory", path, (unsigned long)guest->ram_bytes);
    guest->holes = holes_open(path, guest->ram, guest->ram_bytes);
    target->word = word;
    target->own = guest;
    target->is_guest = true;
    target->describe = describe_guest;
    target->learn = learn_guest;
    target->gone = guest_is_gone;
    guest->split_bytes = options->split_bytes != 0 ? options->split_bytes : default_split(guest->ram_bytes, is_pc);
    if (options->symbols != NULL)
        guest->symbols = symbols_open(options->symbols);
    low = guest->ram_bytes < guest->split_bytes ? guest->ram_bytes : guest->split_bytes;
    add_ram(target, 0, low, "guest RAM");
    if (guest->ram_bytes > low)
        add_ram(target, 4 * GIB, 4 * GIB + (guest->ram_bytes - low), "guest RAM above 4 GiB");
    hunt_everywhere(&hunt);
    cut_by_map(target, hunt.info);
    target->what = words_of(target);
    return target;
}
