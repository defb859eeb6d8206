/* SPDX-License-Identifier: MIT */
/*
 * Our view of memory before the exit, and where we put things in it.
 *
 * The firmware's map is fetched once and normalized; our own placements are then laid over
 * that view, so that every address follows from the map by one rule: as high as possible
 * below 4 GiB, else as high as possible. The same machine gets the same addresses each boot.
 */
#include "handoff/occupied.h"
#include "loader.h"

#define SLACK_ENTRIES   64u /* more entries that the exit map may have; at least as many as now */
#define FETCH_ROUNDS    16u
#define PLACE_ROUNDS    16u
#define FALLBACK_STRIDE 48u /* where the first answer leaves the descriptor size 0 */

static const char no_map[] =
    "E-MEM-01|get the memory map|"
    "the firmware is at fault; try another version of it";
static const char bad_map[] =
    "E-MEM-02|read the memory map|"
    "the firmware's map cannot be used; try another version";
static const char no_memory[] =
    "E-MEM-03|allocate memory for|"
    "the machine has too little free memory";
static const char too_many_claims[] = "E-MEM-04|claim|use fewer modules or segments";
static const char occupied[] = "W-MEM-07|keep free|the boot goes on; what is there already stays";

static EFI_STATUS remember(struct loader *loader, uint64_t paddr, uint64_t page_count,
                           const char *what)
{
    struct allocation *allocation = store_add(loader, &loader->allocations, sizeof *allocation, what);

    if (allocation == NULL) {
        (void)loader->boot->FreePages(paddr, page_count);
        return EFI_OUT_OF_RESOURCES;
    }
    *allocation = (struct allocation){.paddr = paddr, .page_count = page_count};
    return EFI_SUCCESS;
}

EFI_STATUS memory_borrow(struct loader *loader, UINTN size_bytes, const char *what, void **ret_bytes)
{
    EFI_STATUS status;

    *ret_bytes = NULL;
    status = loader->boot->AllocatePool(EfiLoaderData, size_bytes, ret_bytes);
    if (EFI_ERROR(status) || *ret_bytes == NULL)
        return fail(loader, no_memory, status, "%s (%lu bytes)", what, size_bytes);
    return EFI_SUCCESS;
}

void memory_free_all(struct loader *loader)
{
    const struct allocation *allocations = loader->allocations.items;

    while (loader->allocations.count > 0) {
        const struct allocation *last = &allocations[--loader->allocations.count];
        (void)loader->boot->FreePages(last->paddr, last->page_count);
    }
}

/* What groma.conf says to keep out of; so early there are no other claims. */
static const struct memmap_claim *kept_free(const struct loader *loader, uint64_t paddr, uint64_t page_count)
{
    uint64_t first_pfn = pfn_of_byte(paddr);

    for (uint32_t i = 0; i < loader->claim_count; i++) {
        const struct memmap_claim *claim = &loader->claims[i];
        if (claim->first_pfn < first_pfn + page_count && claim->end_pfn > first_pfn)
            return claim;
    }
    return NULL;
}

/*
 * Moves pages of the firmware's choice out of what is to be kept free: below it, as often as it
 * takes. Where there is no room below they stay, and the warning of occupied memory names them.
 */
static void move_below(struct loader *loader, uint64_t page_count, EFI_PHYSICAL_ADDRESS *paddr)
{
    const struct memmap_claim *claim = kept_free(loader, *paddr, page_count);
    EFI_PHYSICAL_ADDRESS other;

    for (uint32_t round = 0; claim != NULL && round < loader->claim_count; round++) {
        other = byte_of_pfn(claim->first_pfn) - 1;
        if (EFI_ERROR(loader->boot->AllocatePages(AllocateMaxAddress, EfiLoaderData, page_count, &other)))
            return;
        (void)loader->boot->FreePages(*paddr, page_count);
        *paddr = other;
        claim = kept_free(loader, other, page_count);
    }
}

/* Pages of the firmware's choice: for what must exist before there is a map. Never page 0. */
static EFI_STATUS allocate_anywhere(struct loader *loader, uint64_t page_count, const char *what,
                                    uint64_t *ret_paddr)
{
    EFI_PHYSICAL_ADDRESS paddr = 0;
    EFI_STATUS status;

    for (unsigned round = 0; round < 2; round++) {
        status = loader->boot->AllocatePages(AllocateAnyPages, EfiLoaderData, page_count, &paddr);
        if (EFI_ERROR(status))
            return fail(loader, no_memory, status, "%s (%lu pages)", what, page_count);
        move_below(loader, page_count, &paddr);
        status = remember(loader, paddr, page_count, what);
        if (EFI_ERROR(status) || paddr != 0)
            break;
    }
    *ret_paddr = paddr;
    return status;
}

EFI_STATUS memory_fetch(struct loader *loader, UINTN *stride, UINT32 *version)
{
    struct memory *memory = &loader->memory;

    memory->raw_bytes = memory->raw_capacity_bytes;
    return loader->boot->GetMemoryMap(&memory->raw_bytes, (EFI_MEMORY_DESCRIPTOR *)(void *)memory->raw,
                                      &memory->key, stride, version);
}

static EFI_STATUS fetch(struct loader *loader)
{
    return memory_fetch(loader, &loader->memory.stride_bytes, &loader->memory.version);
}

/* How large a buffer the map needs now; 0 bytes of it are written. */
static EFI_STATUS measure(struct loader *loader, uint64_t *ret_entries)
{
    struct memory *memory = &loader->memory;
    EFI_STATUS status;

    memory->raw_capacity_bytes = 0;
    memory->stride_bytes = 0;
    status = fetch(loader);
    if (status != EFI_BUFFER_TOO_SMALL)
        return EFI_ERROR(status) ? status : EFI_PROTOCOL_ERROR;
    if (memory->stride_bytes == 0)
        memory->stride_bytes = FALLBACK_STRIDE;
    if (memory->stride_bytes < MEMMAP_UEFI_DESCRIPTOR_BYTES ||
        memory->raw_bytes / memory->stride_bytes > MEMMAP_MAX_ENTRIES / 4)
        return EFI_PROTOCOL_ERROR;
    *ret_entries = memory->raw_bytes / memory->stride_bytes;
    return EFI_SUCCESS;
}

/* Cuts one allocation into map buffer, scratch, regions and report. */
static EFI_STATUS make_room(struct loader *loader, uint64_t entries)
{
    struct memory *memory = &loader->memory;
    uint64_t slack = entries > SLACK_ENTRIES ? entries : SLACK_ENTRIES;
    uint64_t raw_bytes, total;
    uint64_t paddr = 0;
    EFI_STATUS status;

    raw_bytes = pages_for_bytes((entries + slack) * memory->stride_bytes) * PAGE_BYTES;
    memory->entry_capacity = (uint32_t)(raw_bytes / memory->stride_bytes);
    memory->scratch_bytes = memmap_scratch_bytes(memory->entry_capacity, MAX_CLAIMS);
    memory->map.capacity = memmap_max_regions(memory->entry_capacity, MAX_CLAIMS);
    total = raw_bytes + memory->scratch_bytes +
            memory->map.capacity * sizeof(struct memmap_region) + sizeof(struct memmap_report);
    status = allocate_anywhere(loader, pages_for_bytes(total), "the memory map", &paddr);
    if (EFI_ERROR(status))
        return status;
    memory->raw = (uint8_t *)paddr;
    memory->raw_capacity_bytes = raw_bytes;
    memory->scratch = (void *)(paddr + raw_bytes);
    memory->map.regions =
        (struct memmap_region *)(paddr + raw_bytes + memory->scratch_bytes);
    memory->report = (struct memmap_report *)(void *)(memory->map.regions + memory->map.capacity);
    return EFI_SUCCESS;
}

enum memmap_status memory_normalize(struct loader *loader)
{
    struct memory *memory = &loader->memory;
    struct memmap_input input = {
        .claims = loader->claims,
        .claim_count = loader->claim_count,
        .physical_bits = loader->cpu.physical_bits,
    };
    enum memmap_status status = memmap_source_uefi(&input.source, memory->raw, memory->raw_bytes,
                                                   memory->stride_bytes);

    if (status != MEMMAP_OK)
        return status;
    return memmap_normalize(&input, memory->scratch, memory->scratch_bytes, &memory->map,
                            memory->report);
}

/* One line for each range of groma.conf in which the loader's image or the firmware lies. */
static void warn_of_occupied(struct loader *loader)
{
    const struct memory *memory = &loader->memory;
    uint64_t image_first = pfn_of_byte(loader->image_base);
    uint64_t image_end = pages_for_bytes(loader->image_base + loader->image_bytes);
    struct memmap_source source;
    struct memmap_entry entry;

    if (memmap_source_uefi(&source, memory->raw, memory->raw_bytes, memory->stride_bytes) != MEMMAP_OK)
        return;
    for (uint32_t i = 0; i < loader->claim_count; i++) {
        const struct memmap_claim *claim = &loader->claims[i];
        bool is_image = claim->first_pfn < image_end && claim->end_pfn > image_first;
        if (is_image || occupied_find(&source, claim->first_pfn, claim->end_pfn, &entry))
            (void)fail(loader, occupied, EFI_ACCESS_DENIED, "0x%lx-0x%lx (%s), where %s lies",
                       byte_of_pfn(claim->first_pfn), byte_of_pfn(claim->end_pfn),
                       store_chars(loader, loader->claim_names[i]),
                       is_image ? "the loader's image" : memmap_uefi_type_name(entry.type));
    }
}

EFI_STATUS memory_open(struct loader *loader)
{
    uint64_t entries = 0;
    EFI_STATUS status = EFI_BUFFER_TOO_SMALL;
    enum memmap_status map_status;

    checkpoint(loader, CHECKPOINT_READ_MAP);
    for (unsigned round = 0; round < FETCH_ROUNDS && status == EFI_BUFFER_TOO_SMALL; round++) {
        status = measure(loader, &entries);
        if (EFI_ERROR(status))
            return fail(loader, no_map, status, "(size)");
        status = make_room(loader, entries);
        if (EFI_ERROR(status))
            return status;
        status = fetch(loader);
    }
    if (EFI_ERROR(status))
        return fail(loader, no_map, status, "(%lu entries)", entries);
    map_status = memory_normalize(loader);
    if (map_status != MEMMAP_OK)
        return fail(loader, bad_map, EFI_PROTOCOL_ERROR, "(%s)", memmap_status_name(map_status));
    warn_of_occupied(loader);
    return EFI_SUCCESS;
}

/* Where the rule puts it, in our view. */
static bool choose(struct loader *loader, const struct placement *want, uint64_t *ret_pfn)
{
    struct memmap_want run = {
        .page_count = want->page_count,
        .align_pages = want->align_pages,
        .first_pfn = want->end_pfn != 0 ? 1 : 0x100, /* low memory only where asked for */
        .end_pfn = want->end_pfn != 0 ? want->end_pfn : UINT64_C(1) << 20,
        .kinds = memmap_kind_bit(MEMMAP_USABLE),
        .from_top = true,
    };

    if (memmap_find_run(&loader->memory.map, &run, ret_pfn) == MEMMAP_OK)
        return true;
    run.end_pfn = 0;
    return want->end_pfn == 0 &&
           memmap_find_run(&loader->memory.map, &run, ret_pfn) == MEMMAP_OK;
}

EFI_STATUS memory_place(struct loader *loader, const struct placement *want, uint64_t *ret_paddr)
{
    struct memmap *map = &loader->memory.map;
    EFI_STATUS status = EFI_OUT_OF_RESOURCES;

    for (unsigned round = 0; round < PLACE_ROUNDS; round++) {
        uint64_t pfn, kept;
        EFI_PHYSICAL_ADDRESS paddr;
        if (!choose(loader, want, &pfn))
            break;
        paddr = byte_of_pfn(pfn);
        status = loader->boot->AllocatePages(AllocateAddress, EfiLoaderData, want->page_count, &paddr);
        /* Taken by us or, since the map was fetched, by the firmware: not free either way. */
        if (memmap_reserve(map, pfn, pfn + want->page_count,
                           EFI_ERROR(status) ? MEMMAP_BOOT_RECLAIMABLE : MEMMAP_LOADER_RECLAIMABLE,
                           MEMMAP_NO_ORIGIN, &kept) != MEMMAP_OK)
            return fail(loader, no_memory, EFI_OUT_OF_RESOURCES, "%s", want->what);
        if (!EFI_ERROR(status)) {
            *ret_paddr = paddr;
            return remember(loader, paddr, want->page_count, want->what);
        }
    }
    if (want->optional)
        return EFI_OUT_OF_RESOURCES;
    return fail(loader, no_memory, status, "%s (%lu pages)", want->what, want->page_count);
}

EFI_STATUS memory_claim(struct loader *loader, uint64_t paddr, uint64_t size_bytes,
                        enum memmap_kind kind, bool loaded, const char *name)
{
    uint64_t width_pfn = UINT64_C(1) << (loader->cpu.physical_bits - 12);
    struct memmap_claim claim;
    EFI_STATUS status;

    if (loader->claim_count >= MAX_CLAIMS)
        return fail(loader, too_many_claims, EFI_OUT_OF_RESOURCES, "%s", name);
    claim = (struct memmap_claim){
        .first_pfn = pfn_of_byte(paddr),
        .end_pfn = pfn_of_byte(paddr) + pages_for_bytes(paddr % PAGE_BYTES + size_bytes),
        .kind = (uint8_t)kind,
        .flags = loaded ? MEMMAP_CLAIM_LOADED : 0,
    };
    if (claim.end_pfn > width_pfn)
        claim.end_pfn = width_pfn;
    if (claim.first_pfn >= claim.end_pfn)
        return EFI_SUCCESS;
    status = store_text(loader, name, &loader->claim_names[loader->claim_count]);
    if (EFI_ERROR(status))
        return status;
    loader->claim_names_bytes += chars_length(name) + 1;
    loader->claims[loader->claim_count++] = claim;
    return EFI_SUCCESS;
}
