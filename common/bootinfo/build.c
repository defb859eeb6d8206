/* SPDX-License-Identifier: MIT */
/* Building and sealing a boot info block; see bootinfo.h. */
#include "base/crc32c.h"
#include "base/mem.h"
#include "bootinfo/bootinfo.h"

enum bootinfo_status bootinfo_begin(struct bootinfo_builder *builder, void *buffer,
                                    uint64_t capacity_bytes)
{
    if (capacity_bytes < sizeof(struct bootinfo) || capacity_bytes > UINT32_MAX)
        return BOOTINFO_NO_ROOM;
    memset(buffer, 0, capacity_bytes);
    builder->info = buffer;
    builder->used_bytes = sizeof(struct bootinfo);
    builder->capacity_bytes = (uint32_t)capacity_bytes;
    builder->full = false;
    return BOOTINFO_OK;
}

/* Takes `size_bytes` from the block, rounded up to 8; NULL (and full) where they do not fit. */
static uint8_t *take(struct bootinfo_builder *builder, uint64_t size_bytes)
{
    uint8_t *at = (uint8_t *)builder->info + builder->used_bytes;
    uint64_t rounded;

    if (!checked_round_up_u64(size_bytes, 8, &rounded) ||
        rounded > builder->capacity_bytes - builder->used_bytes) {
        builder->full = true;
        return NULL;
    }
    builder->used_bytes += (uint32_t)rounded;
    return at;
}

void *bootinfo_add_array(struct bootinfo_builder *builder, struct bootinfo_array *array,
                         const void *entries, uint32_t count, uint32_t stride_bytes)
{
    uint64_t size_bytes = (uint64_t)count * stride_bytes;
    uint32_t offset = builder->used_bytes;
    uint8_t *at = take(builder, size_bytes);

    if (at == NULL)
        return NULL;
    if (entries != NULL)
        memcpy(at, entries, size_bytes);
    *array = (struct bootinfo_array){.offset = offset, .count = count, .stride_bytes = stride_bytes};
    return at;
}

void bootinfo_add_string(struct bootinfo_builder *builder, struct bootinfo_string *string,
                         const char *chars, uint32_t length_bytes)
{
    uint32_t offset = builder->used_bytes;
    uint8_t *at;

    *string = (struct bootinfo_string){0};
    if (length_bytes == 0)
        return;
    at = take(builder, (uint64_t)length_bytes + 1);
    if (at == NULL)
        return;
    memcpy(at, chars, length_bytes);
    *string = (struct bootinfo_string){.offset = offset, .length_bytes = length_bytes};
}

enum bootinfo_status bootinfo_seal(struct bootinfo_builder *builder)
{
    struct bootinfo *info = builder->info;

    if (builder->full)
        return BOOTINFO_NO_ROOM;
    info->magic = BOOTINFO_MAGIC;
    info->major = BOOTINFO_MAJOR;
    info->minor = BOOTINFO_MINOR;
    info->header_bytes = sizeof *info;
    info->size_bytes = builder->used_bytes;
    info->crc32c = 0;
    info->crc32c = crc32c(0, info, info->size_bytes);
    return BOOTINFO_OK;
}
