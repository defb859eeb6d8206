/* SPDX-License-Identifier: MIT */
/* The map for people: each region on the serial port, the totals on the screen too. */
#include "map_show.h"

#include "console.h"
#include "text/text.h"

#define SIZE_BYTES       16u
#define ATTRIBUTES_BYTES 16u
#define ORIGIN_BYTES     64u

/* A letter for each attribute, in the order of a row. */
static const struct {
    uint64_t bit;
    char letter;
} attribute_letters[] = {
    {MEMMAP_UC, 'u'},  {MEMMAP_WC, 'c'},      {MEMMAP_WT, 't'},            {MEMMAP_WB, 'b'},
    {MEMMAP_UCE, 'e'}, {MEMMAP_WP, 'p'},      {MEMMAP_RP, 'R'},            {MEMMAP_XP, 'X'},
    {MEMMAP_RO, 'W'},  {MEMMAP_NV, 'N'},      {MEMMAP_MORE_RELIABLE, 'M'}, {MEMMAP_SP, 'S'},
    {MEMMAP_CPU_CRYPTO, 'C'}, {MEMMAP_RUNTIME, 'r'},
};
#define ATTRIBUTE_COUNT (sizeof attribute_letters / sizeof attribute_letters[0])
_Static_assert(ATTRIBUTE_COUNT < ATTRIBUTES_BYTES, "a row holds every letter");

static void format_attributes(char buffer[ATTRIBUTES_BYTES], uint64_t attributes)
{
    for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
        buffer[i] =
            (attributes & attribute_letters[i].bit) != 0 ? attribute_letters[i].letter : '-';
    buffer[ATTRIBUTE_COUNT] = '\0';
}

static void format_size(char buffer[SIZE_BYTES], uint64_t pages)
{
    struct text text;

    text_init(&text, buffer, SIZE_BYTES);
    text_size(&text, pages, 0);
}

/* "entry 12" or "claim kernel", with '+' where others contributed and '!' where some lost. */
static void format_origin(char buffer[ORIGIN_BYTES], const struct bootinfo *info,
                          const struct memmap_region *region)
{
    uint32_t index = region->origin & ~MEMMAP_ORIGIN_CLAIM;
    struct text text;

    text_init(&text, buffer, ORIGIN_BYTES);
    if ((region->origin & MEMMAP_ORIGIN_CLAIM) == 0) {
        text_format(&text, "entry %u", index);
    } else if (index < info->claims.count) {
        const struct memmap_claim *claim = bootinfo_entry(info, &info->claims, index);
        text_format(&text, "claim %s",
                    claim->name == 0 ? "-" : (const char *)bootinfo_at(info, claim->name));
    } else {
        text_string(&text, "unknown");
    }
    if ((region->flags & MEMMAP_SHARED) != 0)
        text_char(&text, '+');
    if ((region->flags & MEMMAP_CONFLICT) != 0)
        text_char(&text, '!');
}

static void show_region(const struct bootinfo *info, const struct memmap_region *region)
{
    char size[SIZE_BYTES];
    char attributes[ATTRIBUTES_BYTES];
    char origin[ORIGIN_BYTES];

    format_size(size, memmap_region_page_count(region));
    format_attributes(attributes, region->attributes);
    format_origin(origin, info, region);
    console_list("  %016lx %016lx %10s  %-18s  %s  %s\n", byte_of_pfn(region->first_pfn),
                 byte_of_pfn(region->end_pfn), size,
                 memmap_kind_name((enum memmap_kind)region->kind), attributes, origin);
}

static void show_totals(const struct memmap *map)
{
    uint64_t pages[MEMMAP_KIND_COUNT];
    uint32_t counts[MEMMAP_KIND_COUNT] = {0};
    char size[SIZE_BYTES];

    memmap_totals(map, pages);
    for (size_t i = 0; i < map->count; i++)
        counts[map->regions[i].kind]++;
    console_say("  kind                 regions            bytes        size\n");
    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if (counts[kind] == 0)
            continue;
        format_size(size, pages[kind]);
        console_say("  %-18s %9u %16lu  %10s\n", memmap_kind_name((enum memmap_kind)kind),
                    counts[kind], byte_of_pfn(pages[kind]), size);
    }
}

void map_show(const struct kernel *kernel)
{
    console_list("memory map as handed over: first byte, end, size, kind, attributes, origin\n");
    for (size_t i = 0; i < kernel->handed.count; i++)
        show_region(kernel->info, &kernel->handed.regions[i]);
    console_list("  attributes: u c t b e p cache types UC WC WT WB UCE WP, protected from R read "
                 "X execute W write,\n    N nonvolatile, M more reliable, S specific purpose, "
                 "C encryptable, r runtime;\n");
    console_list("  origin: + others contributed, ! an entry of another kind lost\n");
    show_totals(&kernel->handed);
}
