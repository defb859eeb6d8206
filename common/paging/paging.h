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
#include "base/language.h"

C_DECLARATIONS_BEGIN

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

#define PAGING_LEVELS_MAX        5u
#define PAGING_PHYSICAL_BITS_MAX 52u /* bits 62..52 of an entry are free for software */

enum paging_status {
    PAGING_OK,
    PAGING_NO_MEMORY,     /* the pool has too few pages left; nothing was changed */
    PAGING_MISALIGNED,    /* an address or a size is no multiple of 4 KiB */
    PAGING_NOT_CANONICAL, /* the virtual range leaves its half of the address space */
    PAGING_OUT_OF_RANGE,  /* empty, wrapping at 2^64, or beyond the physical address width */
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
    paddr_t root;            /* the table CR3 names */
    unsigned levels;         /* 4 or 5 */
    bool has_giant_pages;    /* CPUID 80000001h EDX bit 26 */
    unsigned physical_bits;  /* CPUID 80000008h EAX 7..0 */
    uint64_t pointer_offset; /* pointer to a table = its physical address + this (mod 2^64) */
    paddr_t pool;            /* table pages are taken from here upwards, zeroed when taken */
    uint64_t pool_page_count;
    uint64_t pool_used_count;
};

/*
 * Is this description sound? For one that was filled by hand, such as a kernel's from
 * what the loader told it; everything else here relies on it. Reads no table. Errors:
 * BAD_LEVELS; MISALIGNED (root, pool or offset); OUT_OF_RANGE (a width above 52 bits, root or
 * pool beyond the width, more pages used than there are).
 */
MUST_USE enum paging_status paging_check(const struct paging *paging);

/*
 * Sets up `paging` over a pool of page-aligned memory and takes the root from it.
 * The pool's content does not matter. Errors: those of paging_check, and NO_MEMORY
 * (empty pool); then neither *paging nor the pool is touched.
 */
MUST_USE enum paging_status paging_init(struct paging *paging, unsigned levels,
                                        bool has_giant_pages, unsigned physical_bits,
                                        uint64_t pointer_offset, paddr_t pool,
                                        uint64_t pool_page_count);

/*
 * Maps [to, to + size_bytes) to physical memory from `from` on, with the largest
 * leaves that alignment allows; leaves are GLOBAL, ACCESSED and (writable ones) DIRTY
 * beforehand, so that the CPU need not write the tables. The range may end at 2^64.
 * Where an empty table lies already, it is filled with smaller leaves, not replaced.
 * PAGING_RIGHT_USER is ignored. Write and execute together is not refused here:
 * paging_audit finds it. Entries of others on the way keep what they forbid.
 *
 * All or nothing: on any error tables and pool are as they were. Errors, looked for in
 * this order: BAD_LEVELS, MISALIGNED, OUT_OF_RANGE, NOT_CANONICAL; then the first of
 * OCCUPIED and BAD_TABLE on the way up the range; then NO_MEMORY.
 * O(leaves). No flush is needed: only entries that were not present change, and a table
 * is zeroed before an entry leads to it, so a CPU may be using these tables.
 */
MUST_USE enum paging_status paging_map(struct paging *paging, vaddr_t to, paddr_t from,
                                       uint64_t size_bytes, unsigned rights,
                                       enum paging_cache cache);

/*
 * At most this many pool pages are taken by one such paging_map call on any tables;
 * exactly this many where the range meets no table but the root. 0 where the call would be
 * refused for its range. Reads no table and only levels, has_giant_pages and
 * physical_bits, so that a pool can be sized before there is one (+ 1 for the root). O(1).
 */
uint64_t paging_tables_bound(const struct paging *paging, vaddr_t to, paddr_t from,
                             uint64_t size_bytes);

/*
 * Makes the root entry that holds `address` not present; the tables below stay taken.
 * Flushing is the caller's, and leaves are GLOBAL: INVLPG or CR4.PGE, not CR3.
 */
void paging_clear_root_entry(struct paging *paging, vaddr_t address);

/* One leaf of the tables. */
struct paging_leaf {
    vaddr_t to;          /* where it begins */
    paddr_t from;
    uint64_t size_bytes; /* 4 KiB, 2 MiB or 1 GiB */
    unsigned rights;     /* effective: joined over all levels */
    unsigned pat_index;  /* 0..7 */
    bool global;
};

/*
 * The leaf that maps `address` (any byte of it). Errors: NOT_CANONICAL, UNMAPPED, and
 * BAD_TABLE (an entry on the way has reserved bits set); *ret_leaf is then untouched.
 */
MUST_USE enum paging_status paging_find(const struct paging *paging, vaddr_t address,
                                        struct paging_leaf *ret_leaf);

/*
 * Which memory was written through these tables: clear the dirty bits of a range, flush it from
 * every CPU's TLB, and look for them later. A leaf is one answer, whatever its size; paging_map makes
 * writable leaves dirty, so clear before the first look. Writes by other tables, by devices and by
 * firmware in system management mode leave no trace here.
 *
 * paging_clear_dirty: of every leaf that maps a byte of [first, first + size_bytes), which lies in
 * one half of the address space. Returns how many were dirty: 0 needs no flush. The bits are
 * cleared atomically, for CPUs that use the tables. O(leaves and holes in the range).
 */
uint64_t paging_clear_dirty(const struct paging *paging, vaddr_t first, uint64_t size_bytes);

/*
 * The lowest dirty leaf that maps a byte of the range; it may begin before and end behind it. False,
 * *ret_leaf untouched: there is none. Clears nothing. O(leaves and holes up to it).
 */
bool paging_find_dirty(const struct paging *paging, vaddr_t first, uint64_t size_bytes,
                       struct paging_leaf *ret_leaf);

/* How far a walk has come within one table. */
struct paging_walk_table {
    const uint64_t *entries;
    uint64_t first;  /* first address that the table stands for */
    unsigned rights; /* joined over the levels above */
    unsigned next;   /* entry to read next, 0..512 */
};

/*
 * Walks every leaf in ascending virtual order. Make one with paging_walk_begin. It
 * remembers a table per level, so a leaf costs O(1), and 512 reads at most per table.
 */
struct paging_walk {
    const struct paging *paging;
    struct paging_walk_table tables[PAGING_LEVELS_MAX]; /* [level - 1] */
    unsigned level;          /* of the table that is read now; levels + 1 at the end */
    uint64_t tables_seen;    /* table pages entered so far, the root included */
    uint64_t tables_outside; /* of these, outside [pool, pool + pool_page_count) */
};

/* `paging` (sound, see paging_check) and the tables must not change during the walk. */
void paging_walk_begin(struct paging_walk *walk, const struct paging *paging);

/*
 * The next leaf; PAGING_UNMAPPED when there is none left. At an entry with reserved bits
 * set BAD_TABLE: ret_leaf->to and size_bytes are the addresses it stands for, `from` is where
 * the entry itself lies, the rest is 0; the walk then goes on behind it.
 */
MUST_USE enum paging_status paging_walk_next(struct paging_walk *walk,
                                             struct paging_leaf *ret_leaf);

/*
 * What a whole set of tables allows. Each first_... is the lowest such address, 0 where
 * the count is 0. Tables of paging_map alone, with W and X never asked for together, have no
 * fault, and tables_seen == pool_used_count - tables behind cleared root entries.
 */
struct paging_audit {
    uint64_t small_count; /* leaves of 4 KiB */
    uint64_t large_count; /* of 2 MiB */
    uint64_t giant_count; /* of 1 GiB */
    uint64_t mapped_bytes;
    uint64_t writable_executable_count; /* leaves, by effective rights; so the next two */
    uint64_t user_count;
    uint64_t low_half_count;
    uint64_t bad_entry_count;
    vaddr_t first_writable_executable;
    vaddr_t first_user;
    vaddr_t first_low_half;
    vaddr_t first_bad_entry;
    uint64_t tables_seen;    /* the root included */
    uint64_t tables_outside; /* of these, outside the pool */
    bool null_mapped;        /* page 0 */
};

/* Walks all tables of a sound `paging`. O(leaves + 512 tables). */
void paging_audit(const struct paging *paging, struct paging_audit *ret_audit);

C_DECLARATIONS_END

#endif
