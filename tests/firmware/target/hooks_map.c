/* SPDX-License-Identifier: MIT */
/* GetMemoryMap: the firmware's answer or another map, with any stride, and bent where the script says so. */
#include "base/address.h"
#include "base/mem.h"
#include "target.h"

#define DESCRIPTOR_BYTES 40u

#define LAID_AT_PFN      (UINT64_C(1) << 20) /* 4 GiB: where the machine of the test has nothing */

/* What there is to show: an entry by its number. First the firmware's own, in target.map. */
struct source {
    const struct map_shown *map;
    UINTN own_count, count, stride;
};

static EFI_MEMORY_DESCRIPTOR descriptor_at(const struct source *source, UINTN index)
{
    EFI_MEMORY_DESCRIPTOR descriptor = {0};
    const struct map_entry *entry;

    if (index < source->own_count) {
        memcpy(&descriptor, target.map + index * source->stride, sizeof descriptor);
        return descriptor;
    }
    entry = &source->map->entries[index - source->own_count];
    descriptor.Type = (UINT32)entry->type;
    descriptor.PhysicalStart = byte_of_pfn(entry->first_pfn + (run.map_laid_over ? LAID_AT_PFN : 0));
    descriptor.NumberOfPages = entry->end_pfn - entry->first_pfn;
    descriptor.Attribute = entry->attributes;
    return descriptor;
}

/* As many bytes as a stride has; what lies behind a descriptor is noise. */
static void put_descriptor(uint8_t *to, UINTN stride, const EFI_MEMORY_DESCRIPTOR *descriptor)
{
    memset(to, 0xee, stride);
    memcpy(to, descriptor, DESCRIPTOR_BYTES);
}

static unsigned wanted_stride(enum lie lie)
{
    return lie == STRIDE_64 ? 64 : run.stride_bytes;
}

static void lie_after(enum lie lie, UINTN *size, UINTN *stride, UINT32 *version, UINTN capacity)
{
    if (lie == STRIDE_0 || lie == STRIDE_16 || lie == STRIDE_44)
        *stride = lie == STRIDE_0 ? 0 : lie == STRIDE_16 ? 16 : 44;
    if (lie == VERSION_2)
        *version = 2;
    if (lie == RAGGED && *size + 4 <= capacity)
        *size += 4;
}

/* Only where something is to be bent: the firmware's map by way of our buffer. */
static EFI_STATUS bent_answer(enum lie lie, UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride,
                              UINT32 *version)
{
    UINTN real_bytes = target.map_capacity_bytes, capacity = *size, real_stride = 0, shown;
    struct source source = {.map = run.map};
    EFI_STATUS status = target.boot.GetMemoryMap(&real_bytes, (EFI_MEMORY_DESCRIPTOR *)(void *)target.map, key,
                                                 &real_stride, version);

    if (EFI_ERROR(status))
        return status;
    source.stride = real_stride;
    source.own_count = run.map == NULL || run.map_laid_over ? real_bytes / real_stride : 0;
    source.count = source.own_count + (run.map != NULL ? run.map->entry_count : 0);
    shown = wanted_stride(lie) != 0 ? wanted_stride(lie) : real_stride;
    *stride = shown;
    *size = source.count * shown;
    if (lie == LARGER || lie == GROWN)
        *size = capacity + 70 * shown;
    lie_after(lie, size, stride, version, capacity);
    if (*size > capacity)
        return EFI_BUFFER_TOO_SMALL;
    for (UINTN i = 0; i < source.count && (i + 1) * shown <= capacity; i++) {
        EFI_MEMORY_DESCRIPTOR descriptor = descriptor_at(&source, i);
        put_descriptor((uint8_t *)to + i * shown, shown, &descriptor);
    }
    return EFI_SUCCESS;
}

EFI_STATUS map_answer(enum lie lie, UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride,
                      UINT32 *version)
{
    if (lie == NO_BYTES) {
        *size = 0;
        return EFI_SUCCESS;
    }
    if (lie == HUGE_SIZE) {
        *size = (UINTN)1 << 60;
        *stride = 48;
        return EFI_BUFFER_TOO_SMALL;
    }
    if (lie == NO_LIE && run.map == NULL && run.stride_bytes == 0)
        return target.boot.GetMemoryMap(size, to, key, stride, version);
    return bent_answer(lie, size, to, key, stride, version);
}

struct census map_census(void)
{
    UINTN bytes = target.map_capacity_bytes, stride = 0, key = 0;
    struct census census = {0};
    UINT32 version = 0;

    if (EFI_ERROR(target.boot.GetMemoryMap(&bytes, (EFI_MEMORY_DESCRIPTOR *)(void *)target.map, &key, &stride,
                                           &version)))
        return census;
    for (UINTN at = 0; at < bytes; at += stride) {
        EFI_MEMORY_DESCRIPTOR descriptor;
        memcpy(&descriptor, target.map + at, sizeof descriptor);
        if (descriptor.Type == EfiConventionalMemory)
            census.free_pages += descriptor.NumberOfPages;
        if (descriptor.Type == EfiLoaderCode || descriptor.Type == EfiLoaderData)
            census.loader_pages += descriptor.NumberOfPages;
    }
    return census;
}
