/* SPDX-License-Identifier: MIT */
/*
 * What the kernel knows of the machine. main.c makes one; each step fills in its part, and
 * may use the parts of the steps before it.
 */
#ifndef GROMA_KERNEL_KERNEL_H
#define GROMA_KERNEL_KERNEL_H

#include "arch/x86_64/entry_state.h"
#include "bootinfo/bootinfo.h"
#include "frames/frames.h"
#include "memmap/memmap.h"
#include "paging/paging.h"
#include "pool/pool.h"

/* Tables at a time before there are frames, and runs of pages for them. */
#define EARLY_SLOTS 24u

struct kernel {
    const struct entry_state *entry; /* the machine as it came */
    const struct bootinfo *info;     /* accepted by handoff_accept, read only */
    struct memmap handed;            /* view of its regions: never written */
    struct paging paging;            /* the live tables */
    struct memmap map;               /* the kernel's own copy, which changes */
    struct pool early;               /* tables from before the frames, in pages of `map` */
    struct pool_slot early_slots[EARLY_SLOTS];
    uint64_t *watch_hashes;          /* of watched pages: at entry, then at the end; NULL: none */
    struct frames frames;
    struct frames_cache cache; /* of the one CPU there is so far */
    uint64_t metadata_bytes; /* of the frame allocator */
};

/* Where the direct map shows physical memory. */
static inline void *kernel_direct(const struct kernel *kernel, uint64_t physical_address)
{
    return (void *)(uintptr_t)(kernel->info->direct_map_vaddr + physical_address);
}

#endif
