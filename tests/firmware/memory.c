/* SPDX-License-Identifier: MIT */
/*
 * The firmware's memory: a list of entries that splits and joins with every allocation, a key
 * that changes with each, and pages that can be touched only while they are allocated. Pool
 * memory is pages too, placed so that its end is a page's end. UEFI 2.10, 7.2.
 */
#include <string.h>
#include <sys/mman.h>

#include "world.h"

#define ARENA_LOW       UINT64_C(0x10000)
#define ARENA_LOW_END   UINT64_C(0x1000000)
#define ARENA_HIGH      UINT64_C(0x4000000)
#define ARENA_HIGH_END  UINT64_C(0x8000000)
#define POISON          0xaf
#define POISON_PAGES    64u /* of each allocation; the rest of a large one stays as it is */
#define CANARY          0xc5
#define GROWTH_PFN      UINT64_C(0x800) /* boot services data that falls to pieces */
#define GROWTH_MOST     1000u
#define MOST_PFN        (UINT64_C(1) << 34) /* 64 TiB: what a host's process can have */

static struct entry entries[MOST_ENTRIES + 16];

/* ---- pages that can be touched ----------------------------------------------------------------- */

static bool in_arena(uint64_t first, uint64_t end)
{
    return (first >= ARENA_LOW && end <= ARENA_LOW_END) || (first >= ARENA_HIGH && end <= ARENA_HIGH_END);
}

static bool reserve(uint64_t first, uint64_t end, int rights)
{
    void *at = (void *)first;

    return mmap(at, end - first, rights,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) == at;
}

bool memory_reserve_arena(void)
{
    return reserve(ARENA_LOW, ARENA_LOW_END, PROT_NONE) &&
           reserve(ARENA_HIGH, ARENA_HIGH_END, PROT_NONE) &&
           reserve(FRAMEBUFFER_PADDR, FRAMEBUFFER_PADDR + FRAMEBUFFER_BYTES, PROT_READ | PROT_WRITE);
}

void memory_lock(uint64_t paddr, uint64_t size_bytes, int rights)
{
    if (mprotect((void *)paddr, size_bytes, rights) != 0)
        violate("the harness cannot protect memory", paddr);
}

/* Gives the pages to the loader; false where this host has something else there. */
static bool show(struct allocation_made *made)
{
    uint64_t first = byte_of_pfn(made->first_pfn);
    uint64_t size_bytes = made->page_count * PAGE_BYTES;
    uint64_t poisoned = made->page_count < POISON_PAGES ? made->page_count : POISON_PAGES;

    made->is_mapping = !in_arena(first, first + size_bytes);
    if (first < ARENA_LOW || (made->is_mapping && !reserve(first, first + size_bytes, PROT_READ | PROT_WRITE)))
        return false;
    if (!made->is_mapping)
        memory_lock(first, size_bytes, PROT_READ | PROT_WRITE);
    memset((void *)first, POISON, poisoned * PAGE_BYTES);
    return true;
}

static void hide(const struct allocation_made *made)
{
    uint64_t first = byte_of_pfn(made->first_pfn);

    if (first == 0)
        return;
    if (made->is_mapping)
        (void)munmap((void *)first, made->page_count * PAGE_BYTES);
    else
        memory_lock(first, made->page_count * PAGE_BYTES, PROT_NONE);
}

/* ---- the list ------------------------------------------------------------------------------------ */

static void insert(size_t at, struct entry entry)
{
    memmove(&entries[at + 1], &entries[at], (world.entry_count - at) * sizeof entries[0]);
    entries[at] = entry;
    world.entry_count++;
}

/* One entry that [first, end) meets becomes up to three. Returns how many more there are. */
static size_t split(size_t at, uint64_t first, uint64_t end, uint32_t to)
{
    struct entry old = entries[at];
    size_t more = 0;

    if (old.end_pfn > end) {
        struct entry rest = old;
        rest.first_pfn = end;
        insert(at + 1, rest);
        entries[at].end_pfn = end;
        more++;
    }
    if (old.first_pfn < first) {
        struct entry middle = entries[at];
        middle.first_pfn = first;
        entries[at].end_pfn = first;
        insert(++at, middle);
        more++;
    }
    entries[at].type = to;
    return more;
}

void memory_take(uint64_t first_pfn, uint64_t end_pfn, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < world.entry_count && world.entry_count < MOST_ENTRIES; i++) {
        if (entries[i].type == from && entries[i].first_pfn < end_pfn && first_pfn < entries[i].end_pfn)
            i += split(i, first_pfn, end_pfn, to);
    }
    world.key++;
}

/* Neighbours in the list that are one in memory become one entry, as real firmware does. */
static void join(void)
{
    size_t kept = 0;

    for (size_t i = 1; i < world.entry_count; i++) {
        struct entry *last = &entries[kept];
        if (last->type == EfiConventionalMemory && entries[i].type == EfiConventionalMemory &&
            last->end_pfn == entries[i].first_pfn && last->attributes == entries[i].attributes)
            last->end_pfn = entries[i].end_pfn;
        else
            entries[++kept] = entries[i];
    }
    world.entry_count = world.entry_count > 0 ? kept + 1 : 0;
}

uint64_t memory_free_pages(void)
{
    uint64_t pages = 0;

    for (size_t i = 0; i < world.entry_count; i++) {
        if (entries[i].type == EfiConventionalMemory)
            pages += entries[i].end_pfn - entries[i].first_pfn;
    }
    return pages;
}

struct entry *memory_borrow_list(const struct entry *list, size_t count)
{
    memcpy(entries, list, count * sizeof entries[0]);
    world.entry_count = count;
    return entries;
}

void memory_grow(unsigned more)
{
    for (unsigned i = 0; i < more && world.growths < GROWTH_MOST; i++, world.growths++) {
        uint64_t pfn = GROWTH_PFN + 1 + 2 * world.growths;
        memory_take(pfn, pfn + 1, EfiBootServicesData, EfiBootServicesCode);
    }
}

void memory_forget_mappings(void)
{
    for (size_t i = 0; i < world.allocation_count; i++)
        hide(&world.allocations[i]);
    world.allocation_count = 0;
}

void memory_start(void)
{
    memcpy(entries, world.scenario->map, world.scenario->map_count * sizeof entries[0]);
    world.entries = entries;
    world.entry_count = world.scenario->map_count;
    world.start_free_pages = memory_free_pages();
    world.key = 0x1000;
}

/* ---- allocations ------------------------------------------------------------------------------- */

bool memory_is_listed_free(uint64_t first, uint64_t end)
{
    uint64_t covered = 0;

    for (size_t i = 0; i < world.entry_count; i++) {
        uint64_t low = entries[i].first_pfn > first ? entries[i].first_pfn : first;
        uint64_t high = entries[i].end_pfn < end ? entries[i].end_pfn : end;
        if (low >= high)
            continue;
        if (entries[i].type != EfiConventionalMemory)
            return false;
        covered += high - low;
    }
    return covered >= end - first; /* more where an entry stands twice */
}

/* Free by the list, and nobody's, whatever the list may have been made to say. */
static bool is_free(uint64_t first, uint64_t end)
{
    for (size_t i = 0; i < world.allocation_count; i++) {
        const struct allocation_made *made = &world.allocations[i];
        if (made->first_pfn < end && first < made->first_pfn + made->page_count)
            return false;
    }
    return memory_is_listed_free(first, end);
}

/* A run within [first, end): the highest, or the lowest where that is the machine's habit. */
static bool find_free_within(uint64_t page_count, uint64_t first_pfn, uint64_t end_pfn, uint64_t *ret_pfn)
{
    bool found = false;

    for (size_t i = 0; i < world.entry_count; i++) {
        const struct entry *entry = &entries[i];
        uint64_t end = entry->end_pfn < end_pfn ? entry->end_pfn : end_pfn;
        uint64_t first = entry->first_pfn > first_pfn ? entry->first_pfn : first_pfn;
        if (entry->type != EfiConventionalMemory || first >= end || end - first < page_count)
            continue;
        first = world.scenario->low_pages_first ? first : end - page_count;
        if (found && (world.scenario->low_pages_first ? first > *ret_pfn : first < *ret_pfn))
            continue;
        if (!is_free(first, first + page_count))
            continue;
        *ret_pfn = first;
        found = true;
    }
    return found;
}

/* From 1 MiB up to 4 GiB, else above. */
static bool find_free(uint64_t page_count, uint64_t *ret_pfn)
{
    return find_free_within(page_count, 0x100, UINT64_C(1) << 20, ret_pfn) ||
           find_free_within(page_count, UINT64_C(1) << 20, MOST_PFN, ret_pfn);
}

static EFI_STATUS allocate(uint64_t first_pfn, uint64_t page_count, uint32_t type)
{
    struct allocation_made made = {.first_pfn = first_pfn, .page_count = page_count, .type = type};

    if (world.allocation_count == sizeof world.allocations / sizeof world.allocations[0])
        return EFI_OUT_OF_RESOURCES;
    if (first_pfn != 0 && !show(&made))
        return EFI_NOT_FOUND;
    memory_take(first_pfn, first_pfn + page_count, EfiConventionalMemory, type);
    world.allocations[world.allocation_count++] = made;
    memory_grow(world.scenario->grow_entries);
    return EFI_SUCCESS;
}

static void give_back(struct allocation_made *made)
{
    hide(made);
    memory_take(made->first_pfn, made->first_pfn + made->page_count, made->type, EfiConventionalMemory);
    join();
    *made = world.allocations[--world.allocation_count];
}

bool memory_owned(uint64_t first_pfn, uint64_t page_count)
{
    for (size_t i = 0; i < world.allocation_count; i++) {
        const struct allocation_made *made = &world.allocations[i];
        if (made->pool_paddr == 0 && first_pfn >= made->first_pfn &&
            first_pfn + page_count <= made->first_pfn + made->page_count)
            return true;
    }
    return false;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN page_count,
                                        EFI_PHYSICAL_ADDRESS *paddr)
{
    const struct action *action = enter_call(ALLOCATE_PAGES);
    uint64_t pfn = 0;
    EFI_STATUS status;

    if (action != NULL)
        return action->status;
    if (type != EfiLoaderData)
        violate("allocates pages of another type", type);
    if (page_count == 0 || paddr == NULL || page_count >= PFN_END)
        return EFI_INVALID_PARAMETER;
    if (how == AllocateAddress) {
        if (*paddr % PAGE_BYTES != 0 || (world.scenario->any_address && ++world.refusals % 2 == 1))
            return EFI_NOT_FOUND;
        pfn = pfn_of_byte(*paddr);
        return is_free(pfn, pfn + page_count) ? allocate(pfn, page_count, type) : EFI_NOT_FOUND;
    }
    if (how == AllocateMaxAddress) {
        if (!find_free_within(page_count, 0x100, pfn_of_byte(*paddr) + (*paddr % PAGE_BYTES == PAGE_BYTES - 1), &pfn))
            return EFI_OUT_OF_RESOURCES;
    } else if (!(world.scenario->page_0_given && is_free(0, page_count)) && !find_free(page_count, &pfn)) {
        return EFI_OUT_OF_RESOURCES;
    }
    status = allocate(pfn, page_count, type);
    if (!EFI_ERROR(status))
        *paddr = byte_of_pfn(pfn);
    return status;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS paddr, UINTN page_count)
{
    const struct action *action = enter_call(FREE_PAGES);

    for (size_t i = 0; i < world.allocation_count; i++) {
        struct allocation_made *made = &world.allocations[i];
        if (made->pool_paddr != 0 || byte_of_pfn(made->first_pfn) != paddr || made->page_count != page_count)
            continue;
        if (action != NULL) {
            world.excused_pages++;
            return action->status;
        }
        give_back(made);
        return EFI_SUCCESS;
    }
    violate("frees pages that it does not own", paddr);
    return EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size_bytes, VOID **ret_bytes)
{
    const struct action *action = enter_call(ALLOCATE_POOL);
    uint64_t pages = pages_for_bytes(size_bytes) + 1, before, pfn;
    struct allocation_made *made;

    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_bytes = NULL;
        return action->status;
    }
    if (type != EfiLoaderData)
        violate("allocates pool of another type", type);
    if (!find_free(pages, &pfn) || EFI_ERROR(allocate(pfn, pages, type)))
        return EFI_OUT_OF_RESOURCES;
    made = &world.allocations[world.allocation_count - 1];
    made->pool_bytes = (size_bytes + 7) / 8 * 8;
    before = pages * PAGE_BYTES - made->pool_bytes;
    made->pool_paddr = byte_of_pfn(pfn) + before;
    memset((void *)byte_of_pfn(pfn), CANARY, before);
    *ret_bytes = (void *)made->pool_paddr;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(VOID *bytes)
{
    const struct action *action = enter_call(FREE_POOL);

    for (size_t i = 0; i < world.allocation_count; i++) {
        struct allocation_made *made = &world.allocations[i];
        if (made->pool_paddr == 0 || made->pool_paddr != (uint64_t)bytes)
            continue;
        for (uint64_t at = byte_of_pfn(made->first_pfn); at < made->pool_paddr; at++) {
            if (*(const uint8_t *)at != CANARY)
                violate("wrote before its pool memory", at);
        }
        if (action != NULL) {
            world.excused_pool++;
            return action->status;
        }
        give_back(made);
        return EFI_SUCCESS;
    }
    violate("frees pool memory that it does not own", (uint64_t)bytes);
    return EFI_INVALID_PARAMETER;
}

void memory_fill_services(EFI_BOOT_SERVICES *boot)
{
    boot->AllocatePages = allocate_pages;
    boot->FreePages = free_pages;
    boot->AllocatePool = allocate_pool;
    boot->FreePool = free_pool;
    boot->GetMemoryMap = map_answer;
}
