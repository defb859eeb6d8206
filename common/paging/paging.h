/* SPDX-License-Identifier: MIT */
/*
 * x86-64 page tables: a builder that takes table pages from a caller's pool, and
 * a walker that reads them back. 4 and 5 levels; leaves of 4 KiB, 2 MiB and, where
 * the CPU has them, 1 GiB. Intel SDM vol. 3A, 4.5 "4-level paging and 5-level paging".
 *
 * Table pages are reached through one constant: pointer = physical address + offset
 * (0 where memory is identity mapped, the direct map's base in a kernel, anything in
 * a test). Only supervisor pages are made. Nothing here touches a control register.
 */
#ifndef GROMA_PAGING_PAGING_H
#define GROMA_PAGING_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/checked.h"

/* Bits of a table entry, SDM table 4-15 to 4-20. */
#define PAGING_PRESENT    (UINT64_C(1) << 0)
#define PAGING_WRITE      (UINT64_C(1) << 1)
#define PAGING_USER       (UINT64_C(1) << 2)
#define PAGING_PWT        (UINT64_C(1) << 3)
#define PAGING_PCD        (UINT64_C(1) << 4)
#define PAGING_ACCESSED   (UINT64_C(1) << 5)
#define PAGING_DIRTY      (UINT64_C(1) << 6)
#define PAGING_LARGE      (UINT64_C(1) << 7)  /* in a PDE or PDPTE: a leaf */
#define PAGING_PAT_4K     (UINT64_C(1) << 7)  /* in a PTE */
#define PAGING_GLOBAL     (UINT64_C(1) << 8)
#define PAGING_PAT_LARGE  (UINT64_C(1) << 12) /* in a 2 MiB or 1 GiB leaf */
#define PAGING_NO_EXECUTE (UINT64_C(1) << 63)

enum paging_status {
    PAGING_OK,
    PAGING_NO_MEMORY,     /* the pool has too few pages left; nothing was changed */
    PAGING_MISALIGNED,    /* an address or a size is no multiple of 4 KiB */
    PAGING_NOT_CANONICAL, /* the virtual range leaves its half of the address space */
    PAGING_OUT_OF_RANGE,  /* empty, wrapping, or beyond the physical address width */
    PAGING_OCCUPIED,      /* a page of the range is mapped already; nothing was changed */
    PAGING_UNMAPPED,      /* no leaf at this address */
    PAGING_BAD_LEVELS,    /* levels other than 4 or 5 */
    PAGING_BAD_TABLE,     /* an entry leads outside physical memory or has reserved bits set */
};

/* "no-memory", ...; never NULL. */
const char *paging_status_name(enum paging_status status);

/* Cache type of a leaf, by PAT index: 0 = WB, 3 = UC, 5 = WC (the value 5 is set by the loader). */
enum paging_cache {
    PAGING_WRITE_BACK = 0,
    PAGING_UNCACHED = 3,
    PAGING_WRITE_COMBINING = 5,
};

/* Rights of a leaf; reading is always allowed. */
#define PAGING_RIGHT_WRITE   1u
#define PAGING_RIGHT_EXECUTE 2u
#define PAGING_RIGHT_USER    4u /* only reported by the walker, never made */

struct paging {
    paddr_t root;              /* the table CR3 names */
    unsigned levels;           /* 4 or 5 */
    bool has_giant_pages;      /* CPUID 80000001h EDX bit 26 */
    unsigned physical_bits;    /* CPUID 80000008h EAX 7..0 */
    uint64_t pointer_offset;   /* pointer to a table = its physical address + this (mod 2^64) */
    paddr_t pool;              /* table pages are taken from here upwards, zeroed when taken */
    uint64_t pool_page_count;
    uint64_t pool_used_count;
};

/*
 * Sets up `paging` over a pool of page-aligned memory and takes the root from it.
 * The pool's content does not matter. Errors: BAD_LEVELS, MISALIGNED, OUT_OF_RANGE
 * (pool beyond the width), NO_MEMORY (empty pool).
 */
MUST_USE enum paging_status paging_init(struct paging *paging, unsigned levels,
                                        bool has_giant_pages, unsigned physical_bits,
                                        uint64_t pointer_offset, paddr_t pool,
                                        uint64_t pool_page_count);

/*
 * Maps [to, to + size_bytes) to physical memory from `from` on, with the largest
 * leaves that alignment allows; leaves are GLOBAL, ACCESSED and (writable ones) DIRTY
 * beforehand, so that the CPU need not write the tables. All or nothing: on any error
 * tables and pool are as they were. O(leaves).
 */
MUST_USE enum paging_status paging_map(struct paging *paging, vaddr_t to, paddr_t from,
                                       uint64_t size_bytes, unsigned rights,
                                       enum paging_cache cache);

/* At most this many pool pages are taken by one such paging_map call on any tables. */
uint64_t paging_tables_bound(const struct paging *paging, vaddr_t to, paddr_t from,
                             uint64_t size_bytes);

/* Makes the root entry that holds `address` not present. (Flushing is the caller's.) */
void paging_clear_root_entry(struct paging *paging, vaddr_t address);

/* One leaf, or one run of equal neighbouring leaves (see paging_walk_next). */
struct paging_leaf {
    vaddr_t to;
    paddr_t from;
    uint64_t size_bytes; /* 4 KiB, 2 MiB or 1 GiB */
    unsigned rights;     /* effective: joined over all levels */
    unsigned pat_index;  /* 0..7 */
    bool global;
};

/* The leaf that maps `address`. Errors: UNMAPPED, NOT_CANONICAL, BAD_TABLE. */
MUST_USE enum paging_status paging_find(const struct paging *paging, vaddr_t address,
                                        struct paging_leaf *ret_leaf);

/* Walks every leaf in ascending virtual order. Make one with paging_walk_begin. */
struct paging_walk {
    const struct paging *paging;
    uint64_t next;          /* virtual address to go on at */
    bool done;
    uint64_t tables_seen;   /* table pages entered so far, the root included */
    uint64_t tables_outside; /* of these, outside [pool, pool + pool_page_count) */
};

void paging_walk_begin(struct paging_walk *walk, const struct paging *paging);

/*
 * The next leaf; PAGING_UNMAPPED when there is none left. BAD_TABLE names a broken
 * table through ret_leaf->to; the walk then goes on behind the entry.
 */
MUST_USE enum paging_status paging_walk_next(struct paging_walk *walk,
                                             struct paging_leaf *ret_leaf);

#endif
