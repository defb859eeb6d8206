/* SPDX-License-Identifier: MIT */
/*
 * Multiboot2: from a memory map tag, or a whole information structure, to a source.
 * Each size is checked against the bytes around it before anything behind it is read.
 * Multiboot2 Specification 2.0, 3.6.1 (structure), 3.6.8 (memory map), 3.6.18 (EFI map).
 */
#include "memmap/source.h"

#include "base/bytes.h"

enum {
    INFO_HEADER_BYTES = 8, /* u32 total_size, u32 reserved */
    TAG_HEADER_BYTES = 8,  /* u32 type, u32 size: of the whole tag, without padding */
    TAG_ALIGN_BYTES = 8,
    MAP_HEADER_BYTES = 16, /* then u32 size of an entry, u32 its version */
    TAG_END = 0,
    TAG_MEMORY_MAP = 6,
    TAG_EFI_MAP = 17,
};

/* A map tag as far as it was checked; bytes is NULL where there is none. */
struct map_tag {
    const uint8_t *bytes;
    uint32_t size_bytes;
};

struct map_tags {
    struct map_tag memory_map;
    struct map_tag efi_map;
};

/* The first tag of each type is kept. */
/*@ requires \valid(kept) && \valid_read(tag + (0 .. 7));
    assigns *kept;
    ensures \old(kept->bytes) == \null ==> kept->bytes == tag && kept->size_bytes == le32(tag + 4);
    ensures \old(kept->bytes) != \null ==> *kept == \old(*kept); */
static void note_tag(struct map_tag *kept, const uint8_t *tag)
{
    if (kept->bytes == NULL)
        *kept = (struct map_tag){.bytes = tag, .size_bytes = load_le32(tag + 4)};
}

/*@ predicate tag_readable(struct map_tag t) =
        t.bytes != \null ==> \valid_read(t.bytes + (0 .. t.size_bytes - 1)); */

/* Walks all tags; false where one does not lie inside, or none is the end. */
/*@ requires \valid_read(info + (0 .. size_bytes - 1)) && size_bytes <= UINT32_MAX && \valid(tags);
    requires tags->memory_map.bytes == \null && tags->efi_map.bytes == \null;
    assigns *tags;
    ensures tag_readable(tags->memory_map);
    ensures tag_readable(tags->efi_map); */
static bool find_map_tags(const uint8_t *info, uint64_t size_bytes, struct map_tags *tags)
{
    uint64_t at = INFO_HEADER_BYTES;

    /*@ loop invariant INFO_HEADER_BYTES <= at <= 0x200000000;
        loop invariant tag_readable(tags->memory_map) && tag_readable(tags->efi_map);
        loop assigns at, *tags;
        loop variant 0x200000000 - at; */
    while (range_is_inside(at, TAG_HEADER_BYTES, size_bytes)) {
        uint32_t type = load_le32(info + at);
        uint64_t tag_bytes = load_le32(info + at + 4);
        if (tag_bytes < TAG_HEADER_BYTES || !range_is_inside(at, tag_bytes, size_bytes))
            return false;
        if (type == TAG_END)
            return true;
        //@ assert \valid_read(info + at + (0 .. tag_bytes - 1));
        if (type == TAG_MEMORY_MAP)
            note_tag(&tags->memory_map, info + at);
        //@ assert tag_readable(tags->memory_map) && tag_readable(tags->efi_map);
        if (type == TAG_EFI_MAP)
            note_tag(&tags->efi_map, info + at);
        //@ assert tag_readable(tags->efi_map);
        /* Both are below 2^32, so this cannot wrap; it may end behind the structure. */
        at += (tag_bytes + TAG_ALIGN_BYTES - 1) / TAG_ALIGN_BYTES * TAG_ALIGN_BYTES;
    }
    return false;
}

/* Both kinds of map tag have the same header: opens the entries behind it. */
/*@ requires \valid(source) && \valid_read(tag + (0 .. tag_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK || \result == MEMMAP_BAD_STRIDE || \result == MEMMAP_BAD_SIZE;
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
static enum memmap_status open_tag(struct memmap_source *source, const uint8_t *tag,
                                   uint32_t tag_bytes)
{
    uint32_t stride_bytes;

    if (tag_bytes < MAP_HEADER_BYTES)
        return MEMMAP_BAD_SIZE;
    stride_bytes = load_le32(tag + 8);
    if (load_le32(tag) == TAG_EFI_MAP)
        return memmap_source_uefi(source, tag + MAP_HEADER_BYTES, tag_bytes - MAP_HEADER_BYTES,
                                  stride_bytes);
    return memmap_source_multiboot2_entries(source, tag + MAP_HEADER_BYTES,
                                            tag_bytes - MAP_HEADER_BYTES, stride_bytes);
}

/*@ requires \valid(source) && \valid_read((uint8_t *)tag_bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_multiboot2(struct memmap_source *source, const void *tag_bytes,
                                            uint64_t size_bytes)
{
    const uint8_t *tag = tag_bytes;

    if (size_bytes < TAG_HEADER_BYTES)
        return MEMMAP_BAD_SIZE;
    if (load_le32(tag) != TAG_MEMORY_MAP)
        return MEMMAP_NOT_FOUND;
    if (load_le32(tag + 4) > size_bytes)
        return MEMMAP_BAD_SIZE;
    return open_tag(source, tag, load_le32(tag + 4));
}

/*@ requires \valid(source) && \valid_read((uint8_t *)info_bytes + (0 .. size_bytes - 1));
    assigns *source;
    ensures \result == MEMMAP_OK ==> source_opened(source);
    ensures \result != MEMMAP_OK ==> *source == \old(*source); */
enum memmap_status memmap_source_multiboot2_info(struct memmap_source *source,
                                                 const void *info_bytes, uint64_t size_bytes,
                                                 bool prefer_efi)
{
    const uint8_t *info = info_bytes;
    struct map_tags tags = {{NULL, 0}, {NULL, 0}};
    struct map_tag tag;

    if (size_bytes < INFO_HEADER_BYTES || load_le32(info) > size_bytes ||
        !find_map_tags(info, load_le32(info), &tags))
        return MEMMAP_BAD_SIZE;
    tag = tags.memory_map;
    if (tag.bytes == NULL || (prefer_efi && tags.efi_map.bytes != NULL))
        tag = tags.efi_map;
    if (tag.bytes == NULL)
        return MEMMAP_NOT_FOUND;
    return open_tag(source, tag.bytes, tag.size_bytes);
}
