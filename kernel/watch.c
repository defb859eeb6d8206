/* SPDX-License-Identifier: MIT */
/* Comparing hashes of the firmware's pages; see watch.h. Hashing and walking are common/bootinfo's. */
#include "watch.h"

#include "bootinfo/watched.h"
#include "console.h"
#include "dirty.h"
#include "memmap/source.h"
#include "memory.h"
#include "text/text.h"

#define MOST_LINES 32u /* a stage; `runs` counts all */
#define NAME_BYTES 80u

/* One stage: two moments and what is said of them. */
struct stage {
    const char *name;
    struct watched_hashes old, now;
    const char *writer; /* whose time it was; NULL: ask the dirty bits, cleared at its beginning */
};

/* Where what a descriptor says of a page ends. */
struct described {
    uint32_t index; /* of the descriptor; UINT32_MAX: none has the page */
    uint64_t end_pfn;
};

static struct described described_by(const struct bootinfo *info, uint64_t pfn)
{
    struct described answer = {UINT32_MAX, pfn + 1};
    struct memmap_source source;
    uint64_t size_bytes = (uint64_t)info->raw_map.count * info->raw_map.stride_bytes;

    if (memmap_source_uefi(&source, bootinfo_at(info, info->raw_map.offset), size_bytes,
                           info->raw_map.stride_bytes) != MEMMAP_OK)
        return answer;
    for (uint32_t i = 0; i < info->raw_map.count; i++) {
        struct memmap_entry entry;
        memmap_source_entry(&source, i, &entry);
        if (pfn - pfn_of_byte(entry.base_bytes) < entry.page_count)
            return (struct described){i, pfn_of_byte(entry.base_bytes) + entry.page_count};
    }
    return answer;
}

/* The claim that a region's kind comes from, without blanks; "-": the firmware alone. */
static void name_claim(char buffer[NAME_BYTES], const struct bootinfo *info,
                       const struct memmap_region *region)
{
    uint32_t index = region->origin & ~MEMMAP_ORIGIN_CLAIM;
    const struct memmap_claim *claim;
    const char *name = "-";
    struct text text;

    if ((region->origin & MEMMAP_ORIGIN_CLAIM) != 0 && index < info->claims.count) {
        claim = bootinfo_entry(info, &info->claims, index);
        name = claim->name == 0 ? "-" : (const char *)bootinfo_at(info, claim->name);
    }
    text_init(&text, buffer, NAME_BYTES);
    for (; *name != '\0'; name++)
        text_char(&text, *name > ' ' && *name <= '~' ? *name : '_');
}

/* Who wrote there: this kernel through its direct map, or anybody else. */
static const char *writer_of(const struct kernel *kernel, const struct stage *stage,
                             const struct bootinfo_watch_range *run)
{
    if (stage->writer != NULL)
        return stage->writer;
    return dirty_is_written(kernel, kernel_direct(kernel, byte_of_pfn(run->first_pfn)),
                            byte_of_pfn(run->end_pfn - run->first_pfn))
               ? "kernel"
               : "other";
}

static void print_run(const struct kernel *kernel, const struct stage *stage,
                      const struct bootinfo_watch_range *run, uint32_t descriptor)
{
    const struct memmap_region *region;
    char claim[NAME_BYTES];
    char descriptor_chars[16];
    size_t index = 0;
    struct text text;

    if (memmap_find(&kernel->handed, run->first_pfn, &index) != MEMMAP_OK)
        return; /* not reached: bootinfo_check found it */
    region = &kernel->handed.regions[index];
    name_claim(claim, kernel->info, region);
    text_init(&text, descriptor_chars, sizeof descriptor_chars);
    if (descriptor == UINT32_MAX)
        text_char(&text, '-');
    else
        text_format(&text, "%u", descriptor);
    console_fact("groma: watch stage=%s at=%#lx pages=%lu kind=%s region=%#lx-%#lx descriptor=%s "
                 "claim=%s by=%s\n",
                 stage->name, byte_of_pfn(run->first_pfn), run->end_pfn - run->first_pfn,
                 memmap_kind_name((enum memmap_kind)region->kind), byte_of_pfn(region->first_pfn),
                 byte_of_pfn(region->end_pfn), text.chars, claim, writer_of(kernel, stage, run));
}

/* A run of pages, in pieces of one descriptor each. Returns how many. */
static uint64_t report_run(const struct kernel *kernel, const struct stage *stage,
                           const struct bootinfo_watch_range *run, uint64_t lines)
{
    struct bootinfo_watch_range piece = *run;
    uint64_t count = 0;

    for (; piece.first_pfn < run->end_pfn; piece.first_pfn = piece.end_pfn, count++) {
        struct described described = described_by(kernel->info, piece.first_pfn);
        piece.end_pfn = described.end_pfn < run->end_pfn ? described.end_pfn : run->end_pfn;
        if (lines + count < MOST_LINES)
            print_run(kernel, stage, &piece, described.index);
    }
    return count;
}

static void report(const struct kernel *kernel, const struct stage *stage)
{
    const struct bootinfo *info = kernel->info;
    struct bootinfo_watch_range run;
    struct watched_walk walk;
    uint64_t changed_count = 0;
    uint64_t run_count = 0;

    watched_walk_begin(&walk, info, stage->old, stage->now);
    while (watched_walk_next(&walk, &run)) {
        changed_count += run.end_pfn - run.first_pfn;
        run_count += report_run(kernel, stage, &run, run_count);
    }
    console_fact("groma: watched stage=%s ranges=%u pages=%u left=%lu changed=%lu runs=%lu\n",
                 stage->name, info->watch_ranges.count, info->watch_pages.count,
                 info->watch_left_pages, changed_count, run_count);
}

static void forget_writes(const struct kernel *kernel)
{
    for (uint32_t i = 0; i < kernel->info->watch_ranges.count; i++) {
        const struct bootinfo_watch_range *range =
            bootinfo_entry(kernel->info, &kernel->info->watch_ranges, i);
        dirty_forget(kernel, kernel_direct(kernel, byte_of_pfn(range->first_pfn)),
                     byte_of_pfn(range->end_pfn - range->first_pfn));
    }
}

static struct watched_hashes hashes_at(const uint64_t *first)
{
    return (struct watched_hashes){.first = first, .stride_bytes = sizeof *first};
}

void watch_entry(struct kernel *kernel)
{
    const struct bootinfo *info = kernel->info;
    struct stage over_exit = {.name = "exit", .writer = "firmware"};
    struct stage at_entry = {.name = "entry", .writer = "unknown"};
    struct table table;

    if (!bootinfo_watches(info) ||
        !memory_take(kernel, 2 * sizeof(uint64_t) * info->watch_pages.count, "hashes", &table))
        return;
    kernel->watch_hashes = table.bytes;
    forget_writes(kernel);
    watched_take(info, info->direct_map_vaddr, kernel->watch_hashes);
    over_exit.old = watched_of_loader(info, WATCHED_BEFORE);
    over_exit.now = at_entry.old = watched_of_loader(info, WATCHED_AFTER);
    at_entry.now = hashes_at(kernel->watch_hashes);
    report(kernel, &over_exit);
    report(kernel, &at_entry);
}

void watch_end(struct kernel *kernel)
{
    uint64_t *entry = kernel->watch_hashes;
    uint64_t *end;
    struct stage stage = {.name = "end"};

    if (entry == NULL)
        return;
    end = entry + kernel->info->watch_pages.count;
    watched_take(kernel->info, kernel->info->direct_map_vaddr, end);
    stage.old = hashes_at(entry);
    stage.now = hashes_at(end);
    report(kernel, &stage);
}
