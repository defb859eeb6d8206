/* SPDX-License-Identifier: MIT */
/*
 * Random maps, larger than the exhaustive ones: up to 12 entries and 4 claims, of pages, of bytes,
 * or of UEFI's types and attributes, through the engine, the painter and the properties of
 * memmap_properties.h.
 *
 *   grid       |   |   |   |   |   |   |      bounds lie on a grid of 1 page to 1 GiB, so that they
 *   entries    |-------|-------|              often meet; byte maps move them a little
 *                  |-----------|
 *   places     at page 0 and 256, in the middle, and over or up to the end of each address width
 *              (36, 46, 48, 52, 64: there the end is 2^64, exactly or beyond)
 *
 *   memmap_random [COUNT] [--seed=N]
 *
 * Deterministic for a seed. A map that fails is made smaller by leaving out entries and claims as
 * long as it fails, and printed as a C literal. Exit status 1 then, 2 for wrong arguments.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/memmap_properties.h"

#define COUNT(array)       ((uint32_t)(sizeof(array) / sizeof(array)[0]))
#define PICK(array, state) ((array)[random_below(state, COUNT(array))])

#define DEFAULT_MAPS UINT64_C(1000000)
#define MAX_ENTRIES  12u
#define MAX_PRINTED  3u
#define MOST_PROPERTIES 32u

static const unsigned widths[] = {36, 46, 48, 52, 64};

/* What plain entries can be; the first ones are chosen more often. */
static const enum memmap_kind plain_kinds[] = {
    MEMMAP_USABLE,   MEMMAP_RESERVED, MEMMAP_ACPI_RECLAIMABLE, MEMMAP_ACPI_NVS,
    MEMMAP_BAD,      MEMMAP_PERSISTENT,
};

#define WB_UC (MEMMAP_WB | MEMMAP_UC)

/* What UEFI entries can be: the rules of kinds, by example. */
static const struct {
    uint32_t type;
    enum memmap_kind kind;
    uint64_t attributes;
} uefi_rows[] = {
    {7, MEMMAP_USABLE, WB_UC},
    {7, MEMMAP_USABLE, MEMMAP_WB},
    {2, MEMMAP_LOADER_RECLAIMABLE, WB_UC},
    {1, MEMMAP_LOADER_RECLAIMABLE, WB_UC | MEMMAP_XP},
    {4, MEMMAP_BOOT_RECLAIMABLE, WB_UC},
    {3, MEMMAP_BOOT_RECLAIMABLE, WB_UC | MEMMAP_RO},
    {0, MEMMAP_RESERVED, WB_UC},
    {11, MEMMAP_MMIO, MEMMAP_UC | MEMMAP_RUNTIME},
    {12, MEMMAP_MMIO, MEMMAP_UC},
    {5, MEMMAP_RUNTIME_CODE, WB_UC | MEMMAP_RUNTIME | MEMMAP_RO},
    {6, MEMMAP_RUNTIME_DATA, WB_UC | MEMMAP_RUNTIME | MEMMAP_XP},
    {8, MEMMAP_BAD, MEMMAP_UC},
    {9, MEMMAP_ACPI_RECLAIMABLE, WB_UC},
    {10, MEMMAP_ACPI_NVS, WB_UC},
    {13, MEMMAP_RESERVED, MEMMAP_UC},
    {14, MEMMAP_PERSISTENT, WB_UC | MEMMAP_NV},
    {15, MEMMAP_UNACCEPTED, WB_UC},
    {16, MEMMAP_RESERVED, WB_UC},
    {0x80000000, MEMMAP_RESERVED, WB_UC},
    {7, MEMMAP_SOFT_RESERVED, WB_UC | MEMMAP_SP | MEMMAP_NV},
    {7, MEMMAP_PERSISTENT, WB_UC | MEMMAP_NV},
    {7, MEMMAP_RESERVED, MEMMAP_UC | MEMMAP_WT},
    {4, MEMMAP_RUNTIME_DATA, WB_UC | MEMMAP_RUNTIME},
    {9, MEMMAP_RUNTIME_DATA, MEMMAP_UC | MEMMAP_RUNTIME},
    {10, MEMMAP_RUNTIME_DATA, WB_UC | MEMMAP_RUNTIME},
    {0, MEMMAP_RESERVED, WB_UC | MEMMAP_RUNTIME},
    {7, MEMMAP_USABLE, WB_UC | MEMMAP_MORE_RELIABLE | UINT64_C(1) << 40},
    {7, MEMMAP_USABLE, WB_UC | MEMMAP_WC | MEMMAP_WT | MEMMAP_WP | MEMMAP_CPU_CRYPTO},
};

static const enum memmap_kind claim_kinds[] = {
    MEMMAP_KERNEL, MEMMAP_MODULE,      MEMMAP_STACK, MEMMAP_AP_TRAMPOLINE, MEMMAP_FIRMWARE_TABLE,
    MEMMAP_KERNEL, MEMMAP_FRAMEBUFFER, MEMMAP_BAD,   MEMMAP_RESERVED,      MEMMAP_USABLE,
};

/* Where a map lies: `cells` cells of the grid from base_pfn on, of which `room` exist. */
struct window {
    uint64_t base_pfn;
    uint64_t grain_pages;
    uint32_t cells;
    uint32_t room; /* cells before the end of the address width */
};

static struct {
    uint64_t applied[MOST_PROPERTIES];
    uint64_t entries, claims;
    uint64_t disagreements;
} run;

/* ---- generating -------------------------------------------------------------------------- */

static struct window choose_window(uint64_t *state, unsigned physical_bits)
{
    static const uint32_t cells[] = {4, 8, 12, 24};
    static const uint64_t grains[] = {1, 1, 1, 512, 0x40000};
    uint64_t width_pfn = UINT64_C(1) << (physical_bits - 12);
    struct window window = {.grain_pages = PICK(grains, state), .cells = PICK(cells, state)};

    window.room = window.cells;
    switch (random_below(state, 6)) {
    case 0:
        break;
    case 1:
        window.base_pfn = 0x100;
        break;
    case 2:
        window.base_pfn = width_pfn / 2;
        break;
    case 3: /* up to the end exactly */
        window.base_pfn = width_pfn - window.cells * window.grain_pages;
        break;
    default: /* over it */
        window.room = 1 + random_below(state, window.cells);
        window.base_pfn = width_pfn - window.room * window.grain_pages;
        break;
    }
    return window;
}

/* A run of cells, now and then empty; the first exists where an entry must begin below 2^64. */
static void choose_cells(uint64_t *state, const struct window *window, bool must_exist,
                         uint32_t *ret_first, uint32_t *ret_count)
{
    uint32_t bound = must_exist ? window->room : window->cells;
    uint32_t first = random_below(state, bound);
    uint32_t most = random_below(state, 2) == 0 ? 3 : window->cells - first;

    if (most > window->cells - first)
        most = window->cells - first;
    *ret_first = first;
    *ret_count = random_below(state, 24) == 0 ? 0 : 1 + random_below(state, most);
}

/* Moves both bounds of a byte-granular entry a little; never below nothing. */
static void move_bounds(uint64_t *state, struct memmap_entry *entry)
{
    static const uint32_t offsets[] = {0, 0, 0, 1, 512, 2048, 4095};
    uint32_t first = PICK(offsets, state), length = PICK(offsets, state);

    if (random_below(state, 8) == 0)
        first = random_below(state, 4096);
    entry->base_bytes += first;
    if (random_below(state, 2) == 0 && entry->page_count > 0 && length > 0) {
        entry->page_count--;
        entry->tail_bytes = 4096 - length;
    } else {
        entry->tail_bytes = length;
    }
}

static struct memmap_entry choose_entry(uint64_t *state, const struct window *window,
                                        unsigned physical_bits, bool plain, bool bytes)
{
    struct memmap_entry entry = {0};
    uint32_t first, count, row;

    choose_cells(state, window, physical_bits == 64, &first, &count);
    entry.base_bytes = (window->base_pfn + first * window->grain_pages) * PAGE_BYTES;
    entry.page_count = count * window->grain_pages;
    if (random_below(state, 96) == 0)
        entry.page_count = PFN_END - 1 - random_below(state, 2);
    if (plain) {
        entry.kind = PICK(plain_kinds, state);
        if (random_below(state, 2) == 0)
            entry.kind = plain_kinds[random_below(state, 2)];
        entry.attributes = entry.kind <= MEMMAP_ACPI_NVS ? MEMMAP_WB : 0;
        if (bytes)
            move_bounds(state, &entry);
        return entry;
    }
    row = random_below(state, random_below(state, 2) == 0 ? 8u : COUNT(uefi_rows));
    entry.type = uefi_rows[row].type;
    entry.kind = uefi_rows[row].kind;
    entry.attributes = uefi_rows[row].attributes;
    if (bytes && random_below(state, 4) == 0)
        entry.base_bytes += random_below(state, 4096);
    return entry;
}

/* Claims lie inside the width. */
static struct memmap_claim choose_claim(uint64_t *state, const struct window *window)
{
    uint64_t room_pages = window->room * window->grain_pages;
    uint64_t first = random_next(state) % room_pages, end;

    if (random_below(state, 2) == 0)
        first -= first % window->grain_pages;
    end = first + 1 + random_next(state) % (random_below(state, 2) == 0 ? 3 : room_pages - first);
    if (end > room_pages)
        end = room_pages;
    return (struct memmap_claim){.first_pfn = window->base_pfn + first,
                                 .end_pfn = window->base_pfn + end,
                                 .kind = (uint8_t)PICK(claim_kinds, state),
                                 .flags = random_below(state, 8) == 0 ? MEMMAP_CLAIM_LOADED : 0};
}

static void generate(struct specimen *specimen, uint64_t seed)
{
    uint64_t state = seed;
    struct window window;
    bool bytes;

    memset(specimen, 0, sizeof *specimen);
    specimen->seed = random_next(&state);
    specimen->physical_bits = PICK(widths, &state);
    window = choose_window(&state, specimen->physical_bits);
    specimen->layout.plain = random_below(&state, 2) == 0;
    bytes = random_below(&state, 2) == 0;
    specimen->layout.count = random_below(&state, MAX_ENTRIES + 1);
    specimen->claim_count =
        random_below(&state, 2) == 0 ? 0 : random_below(&state, SPECIMEN_CLAIMS + 1);
    for (uint32_t i = 0; i < specimen->layout.count; i++)
        specimen->layout.entries[i] = choose_entry(&state, &window, specimen->physical_bits,
                                                   specimen->layout.plain, bytes);
    for (uint32_t i = 0; i < specimen->claim_count; i++)
        specimen->claims[i] = choose_claim(&state, &window);
}

/* ---- judging and making smaller ---------------------------------------------------------- */

/* Where a judgement comes from and what it says; name NULL: all is well. */
struct fault {
    const char *name;
    const char *reason;
};

static struct fault judge(const struct specimen *specimen, bool count)
{
    struct fault fault = {"painter", specimen_judge(specimen)};

    if (fault.reason != NULL)
        return fault;
    for (unsigned i = 0; i < property_count; i++) {
        bool applied = false;
        fault = (struct fault){properties[i].name, properties[i].check(specimen, &applied)};
        if (fault.reason != NULL)
            return fault;
        run.applied[i] += count && applied;
    }
    return (struct fault){NULL, NULL};
}

static struct specimen without_entry(const struct specimen *specimen, uint32_t index)
{
    struct specimen smaller = *specimen;
    struct memmap_entry *at = &smaller.layout.entries[index];

    smaller.layout.count--;
    memmove(at, at + 1, (smaller.layout.count - index) * sizeof *at);
    return smaller;
}

static struct specimen without_claim(const struct specimen *specimen, uint32_t index)
{
    struct specimen smaller = *specimen;
    struct memmap_claim *at = &smaller.claims[index];

    smaller.claim_count--;
    memmove(at, at + 1, (smaller.claim_count - index) * sizeof *at);
    return smaller;
}

/* Leaves out one entry or claim after the other as long as some fault remains. */
static struct fault shrink(struct specimen *specimen, struct fault fault)
{
    uint32_t at = 0;

    while (at < specimen->layout.count + specimen->claim_count) {
        uint32_t entries = specimen->layout.count;
        struct specimen smaller = at < entries ? without_entry(specimen, at)
                                               : without_claim(specimen, at - entries);
        struct fault now = judge(&smaller, false);
        if (now.reason == NULL) {
            at++;
            continue;
        }
        *specimen = smaller;
        fault = now;
        at = 0;
    }
    return fault;
}

static void print_specimen(const struct specimen *specimen, uint64_t seed, struct fault fault)
{
    printf("%s: %s\n  /* seed 0x%" PRIx64 "; entries: base_bytes, page_count, tail_bytes, type, "
           "attributes, kind */\n  struct specimen specimen = {\n",
           fault.name, fault.reason, seed);
    printf("      .physical_bits = %u, .seed = UINT64_C(0x%" PRIx64 "),\n", specimen->physical_bits,
           specimen->seed);
    printf("      .layout = {.plain = %s, .count = %" PRIu32 ", .entries = {\n",
           specimen->layout.plain ? "true" : "false", specimen->layout.count);
    for (uint32_t i = 0; i < specimen->layout.count; i++) {
        const struct memmap_entry *entry = &specimen->layout.entries[i];
        printf("          {0x%" PRIx64 ", 0x%" PRIx64 ", %" PRIu32 ", 0x%" PRIx32 ", 0x%" PRIx64
               ", %u}, /* %s */\n",
               entry->base_bytes, entry->page_count, entry->tail_bytes, entry->type,
               entry->attributes, entry->kind, memmap_kind_name(entry->kind));
    }
    printf("      }},\n      .claim_count = %" PRIu32 ", .claims = {\n", specimen->claim_count);
    for (uint32_t i = 0; i < specimen->claim_count; i++) {
        const struct memmap_claim *claim = &specimen->claims[i];
        printf("          {.first_pfn = 0x%" PRIx64 ", .end_pfn = 0x%" PRIx64 ", .kind = %u, "
               ".flags = %u}, /* %s */\n",
               claim->first_pfn, claim->end_pfn, claim->kind, claim->flags,
               memmap_kind_name((enum memmap_kind)claim->kind));
    }
    printf("      }};\n");
}

static void try_map(uint64_t seed)
{
    struct specimen specimen;
    struct fault fault;

    generate(&specimen, seed);
    run.entries += specimen.layout.count;
    run.claims += specimen.claim_count;
    fault = judge(&specimen, true);
    if (fault.reason == NULL)
        return;
    if (++run.disagreements > MAX_PRINTED)
        return;
    fault = shrink(&specimen, fault);
    print_specimen(&specimen, seed, fault);
}

/* ---- the program ------------------------------------------------------------------------- */

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool parse_number(const char *text, uint64_t *ret_value)
{
    char *end;

    *ret_value = strtoull(text, &end, 0);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0';
}

/* The property that had least to say. */
static unsigned least_applied(void)
{
    unsigned least = 0;

    for (unsigned i = 1; i < property_count; i++) {
        if (run.applied[i] < run.applied[least])
            least = i;
    }
    return least;
}

int main(int argc, char **argv)
{
    uint64_t maps = DEFAULT_MAPS, seed = 1;
    double started = seconds_now();
    unsigned least;

    for (int i = 1; i < argc; i++) {
        bool good = strncmp(argv[i], "--seed=", 7) == 0 ? parse_number(argv[i] + 7, &seed)
                                                        : parse_number(argv[i], &maps);
        if (!good || maps == 0) {
            fputs("usage: memmap_random [COUNT] [--seed=N]\n", stderr);
            return 2;
        }
    }
    if (property_count > MOST_PROPERTIES)
        return 2;
    for (uint64_t i = 0; i < maps; i++) {
        uint64_t state = seed + i;
        try_map(i == 0 ? seed : random_next(&state));
    }
    least = least_applied();
    printf("memmap-random: maps=%" PRIu64 " seed=0x%" PRIx64 " widths=%u entries=%" PRIu64
           " claims=%" PRIu64 " properties=%u rarest=%s rarest_maps=%" PRIu64
           " disagreements=%" PRIu64 " seconds=%.1f\n",
           maps, seed, COUNT(widths), run.entries, run.claims, property_count + 1,
           properties[least].name, run.applied[least], run.disagreements, seconds_now() - started);
    return run.disagreements != 0 || (maps >= 1000 && run.applied[least] == 0);
}
