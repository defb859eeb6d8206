/* SPDX-License-Identifier: MIT */
/*
 * Read-only look into a FAT volume: as much as it takes to find a stick's captures. Names are the short
 * ones (8.3), which ours all fit. Nothing is believed: what lies outside the volume is not read, and
 * a chain that does not end is cut.
 */
#ifndef MEMMAP_FAT_H
#define MEMMAP_FAT_H

#include "input.h"

struct fat_volume {
    int file;
    uint64_t size_bytes; /* of the whole file or device */
    uint64_t fat_at, root_at, data_at; /* offsets in it */
    uint32_t cluster_bytes, cluster_count, root_cluster, root_entries;
    unsigned entry_bits; /* 12, 16 or 32 */
};

/* A file or folder. */
struct fat_entry {
    char name[13]; /* "0001.MAP" */
    bool is_folder;
    uint32_t first_cluster;
    uint32_t size_bytes;
};

/* False where no FAT volume begins at this byte. */
bool fat_open(struct fat_volume *volume, int file, uint64_t size_bytes, uint64_t at);
struct fat_entry fat_root(void);

/* The entry at *position of a folder (0 at first); false at its end. */
bool fat_next(const struct fat_volume *volume, const struct fat_entry *folder, uint32_t *position,
              struct fat_entry *ret_entry);

/* The whole file; false where its chain or the volume does not hold it. */
bool fat_read(const struct fat_volume *volume, const struct fat_entry *entry,
              struct file_bytes *ret_file);

#endif
