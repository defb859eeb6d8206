/* SPDX-License-Identifier: MIT */
/* GetMemoryMap: the firmware's list as descriptors, and every way to answer wrongly. UEFI 2.10, 7.2.3. */
#include <string.h>

#include "world.h"

#define DESCRIPTOR_BYTES 40u

static void put_descriptor(uint8_t *at, uint32_t stride, struct raw_entry raw)
{
    memset(at, 0xee, stride);
    memset(at, 0, DESCRIPTOR_BYTES);
    memcpy(at, &raw.type, 4);
    memcpy(at + 8, &raw.start, 8);
    memcpy(at + 24, &raw.page_count, 8);
    memcpy(at + 32, &raw.attributes, 8);
}

static void put_map(uint8_t *at, uint32_t stride)
{
    const struct scenario *scenario = world.scenario;

    for (size_t i = 0; i < scenario->raw_count; i++, at += stride)
        put_descriptor(at, stride, scenario->raw[i]);
    for (size_t i = 0; i < world.entry_count; i++, at += stride)
        put_descriptor(at, stride,
                       (struct raw_entry){world.entries[i].type, byte_of_pfn(world.entries[i].first_pfn),
                                          world.entries[i].end_pfn - world.entries[i].first_pfn,
                                          world.entries[i].attributes});
}

/* What the lie changes before the map is shown. */
static void lie_before(enum lie lie)
{
    if (lie == GROWN)
        memory_grow(70);
    if (lie == TAKEN_AWAY && world.fetches > 0 && world.allocation_count > 0) { /* behind the loader's back */
        const struct allocation_made *made = &world.allocations[world.allocation_count - 1];
        memory_take(made->first_pfn, made->first_pfn + made->page_count, made->type, EfiConventionalMemory);
    }
}

static void lie_after(enum lie lie, UINTN *size, UINTN *stride, UINT32 *version, UINTN capacity)
{
    if (lie == STRIDE_0 || lie == STRIDE_16 || lie == STRIDE_44)
        *stride = lie == STRIDE_0 ? 0 : lie == STRIDE_16 ? 16 : 44;
    if (lie == VERSION_2)
        *version = 2;
    if (lie == RAGGED && *size + 4 <= capacity)
        *size += 4;
    if (lie == NO_BYTES)
        *size = 0;
}

EFI_STATUS EFIAPI map_answer(UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride, UINT32 *version)
{
    const struct action *action = enter_call(GET_MEMORY_MAP);
    enum lie lie = action != NULL ? action->lie : NO_LIE;
    uint32_t bytes_each = world.scenario->stride_bytes != 0 ? world.scenario->stride_bytes : 48;
    UINTN capacity = *size, needed;

    if (action != NULL && lie == NO_LIE)
        return action->status;
    if (lie == STRIDE_64)
        bytes_each = 64;
    if (world.fetches > 0 && world.scenario->alter != NULL)
        world.scenario->alter(world.fetches);
    lie_before(lie);
    needed = (world.entry_count + world.scenario->raw_count) * bytes_each;
    *stride = bytes_each;
    *version = world.scenario->version != 0 ? world.scenario->version : 1;
    *size = lie == HUGE_SIZE ? (UINTN)1 << 60 : needed;
    if (lie == LARGER)
        needed = *size = capacity + bytes_each;
    lie_after(lie, size, stride, version, capacity);
    if (lie == NO_BYTES)
        return EFI_SUCCESS;
    if (capacity < needed || lie == HUGE_SIZE)
        return EFI_BUFFER_TOO_SMALL;
    put_map((uint8_t *)to, bytes_each);
    *key = world.key;
    world.fetches++;
    world.stride_shown = (uint32_t)*stride;
    world.entries_shown = world.entry_count + world.scenario->raw_count;
    return EFI_SUCCESS;
}
