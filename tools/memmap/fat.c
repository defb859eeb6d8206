/* SPDX-License-Identifier: MIT */
/* Microsoft FAT specification (2005), 3 to 7; see fat.h. */
#include "fat.h"

#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

enum {
    SECTOR_BYTES = 512,
    ENTRY_BYTES = 32,
    ROOT = 0, /* as a folder's first cluster: the root */
    ATTRIBUTE_VOLUME = 0x08,
    ATTRIBUTE_FOLDER = 0x10,
};
#define MOST_FOLDER_ENTRIES 65536u

static bool read_at(const struct fat_volume *volume, uint64_t at, void *to, size_t size_bytes)
{
    return at <= volume->size_bytes && size_bytes <= volume->size_bytes - at &&
           pread(volume->file, to, size_bytes, (off_t)at) == (ssize_t)size_bytes;
}

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

bool fat_open(struct fat_volume *volume, int file, uint64_t size_bytes, uint64_t at)
{
    uint8_t boot[SECTOR_BYTES];
    uint64_t sectors, fat_sectors, root_sectors, reserved, data;
    uint32_t sector_bytes;

    *volume = (struct fat_volume){.file = file, .size_bytes = size_bytes};
    if (!read_at(volume, at, boot, sizeof boot) || load_le16(boot + 510) != 0xaa55)
        return false;
    sector_bytes = load_le16(boot + 11);
    reserved = load_le16(boot + 14);
    sectors = load_le16(boot + 19) != 0 ? load_le16(boot + 19) : load_le32(boot + 32);
    fat_sectors = load_le16(boot + 22) != 0 ? load_le16(boot + 22) : load_le32(boot + 36);
    volume->root_entries = load_le16(boot + 17);
    if (!is_power_of_two(sector_bytes) || sector_bytes < SECTOR_BYTES || sector_bytes > 4096 ||
        !is_power_of_two(boot[13]) || reserved == 0 || boot[16] == 0 || fat_sectors == 0)
        return false;
    root_sectors = (volume->root_entries * (uint64_t)ENTRY_BYTES + sector_bytes - 1) / sector_bytes;
    data = reserved + boot[16] * fat_sectors + root_sectors;
    if (data >= sectors)
        return false;
    volume->cluster_bytes = boot[13] * sector_bytes;
    volume->cluster_count = (uint32_t)((sectors - data) / boot[13]);
    volume->entry_bits = volume->cluster_count < 4085 ? 12 : volume->cluster_count < 65525 ? 16 : 32;
    volume->root_cluster = volume->entry_bits == 32 ? load_le32(boot + 44) : 0;
    volume->fat_at = at + reserved * sector_bytes;
    volume->data_at = at + data * sector_bytes;
    volume->root_at = volume->data_at - root_sectors * sector_bytes;
    return true;
}

struct fat_entry fat_root(void)
{
    return (struct fat_entry){.is_folder = true, .first_cluster = ROOT};
}

static bool is_cluster(const struct fat_volume *volume, uint32_t cluster)
{
    return cluster >= 2 && cluster - 2 < volume->cluster_count;
}

/* The cluster behind this one; 0 at the chain's end, and where it leads nowhere. */
static uint32_t next_cluster(const struct fat_volume *volume, uint32_t cluster)
{
    uint8_t bytes[4] = {0};
    uint64_t bit = (uint64_t)cluster * volume->entry_bits;
    uint32_t next;

    if (!read_at(volume, volume->fat_at + bit / 8, bytes, volume->entry_bits == 32 ? 4 : 2))
        return 0;
    next = load_le32(bytes);
    if (volume->entry_bits == 12)
        next = next >> bit % 8 & 0xfff;
    if (volume->entry_bits == 32)
        next &= 0x0fffffff;
    return is_cluster(volume, next) ? next : 0;
}

/* Where byte `offset` of a chain lies; 0 where the chain ends before. */
static uint64_t byte_of_chain(const struct fat_volume *volume, uint32_t cluster, uint32_t offset)
{
    for (; offset >= volume->cluster_bytes && cluster != 0; offset -= volume->cluster_bytes)
        cluster = next_cluster(volume, cluster);
    return is_cluster(volume, cluster)
               ? volume->data_at + (uint64_t)(cluster - 2) * volume->cluster_bytes + offset
               : 0;
}

static uint64_t byte_of_folder(const struct fat_volume *volume, const struct fat_entry *folder,
                               uint32_t offset)
{
    uint32_t cluster = folder->first_cluster == ROOT ? volume->root_cluster : folder->first_cluster;

    if (folder->first_cluster != ROOT || volume->entry_bits == 32)
        return byte_of_chain(volume, cluster, offset);
    return offset / ENTRY_BYTES < volume->root_entries ? volume->root_at + offset : 0;
}

static void set_name(struct fat_entry *entry, const uint8_t *bytes)
{
    size_t length = 0;

    for (size_t i = 0; i < 11; i++) {
        if (i == 8 && bytes[i] != ' ')
            entry->name[length++] = '.';
        if (bytes[i] != ' ')
            entry->name[length++] = (char)bytes[i];
    }
    entry->name[length] = '\0';
}

bool fat_next(const struct fat_volume *volume, const struct fat_entry *folder, uint32_t *position,
              struct fat_entry *ret_entry)
{
    uint8_t bytes[ENTRY_BYTES];

    for (; *position < MOST_FOLDER_ENTRIES; ++*position) {
        uint64_t at = byte_of_folder(volume, folder, *position * ENTRY_BYTES);
        if (at == 0 || !read_at(volume, at, bytes, sizeof bytes) || bytes[0] == 0)
            return false;
        if (bytes[0] == 0xe5 || (bytes[11] & ATTRIBUTE_VOLUME) != 0) /* deleted; a long name's part */
            continue;
        *ret_entry = (struct fat_entry){
            .is_folder = (bytes[11] & ATTRIBUTE_FOLDER) != 0,
            .first_cluster = load_le16(bytes + 26) |
                             (volume->entry_bits == 32 ? (uint32_t)load_le16(bytes + 20) << 16 : 0),
            .size_bytes = load_le32(bytes + 28)};
        set_name(ret_entry, bytes);
        ++*position;
        return true;
    }
    return false;
}

bool fat_read(const struct fat_volume *volume, const struct fat_entry *entry,
              struct file_bytes *ret_file)
{
    uint32_t cluster = entry->first_cluster;

    if (entry->size_bytes > INPUT_MAX_BYTES)
        return false;
    *ret_file = (struct file_bytes){grab(entry->size_bytes + (size_t)1, 1), entry->size_bytes};
    for (uint32_t done = 0; done < entry->size_bytes; done += volume->cluster_bytes) {
        uint32_t left = entry->size_bytes - done;
        uint64_t at = byte_of_chain(volume, cluster, 0);
        if (at == 0 || !read_at(volume, at, ret_file->bytes + done,
                                left < volume->cluster_bytes ? left : volume->cluster_bytes))
            return false;
        cluster = next_cluster(volume, cluster);
    }
    return true;
}
