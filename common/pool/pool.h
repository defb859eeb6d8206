/* SPDX-License-Identifier: MIT */
/*
 * A pool of blocks in memory of the caller's, with handles: for the time before there is a heap.
 *
 * Memory is cut into blocks of one size. What is allocated lies in a run of neighbouring blocks
 * with a one-byte header at its beginning and nothing else of ours in it. A handle does not say
 * where: runs are moved together when room is needed, unless pinned. Handles that were freed,
 * or are another pool's, are refused. All state is in struct pool and the caller's arrays; one
 * user at a time (locking is the caller's). On every error everything is as before.
 */
#ifndef GROMA_POOL_POOL_H
#define GROMA_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "memmap/memmap.h"

C_DECLARATIONS_BEGIN

enum pool_status {
    POOL_OK,
    POOL_BAD_CONFIG,    /* block size, alignment, id or slots make no sense */
    POOL_BAD_ARENA,     /* NULL, wraps, more than 2^31 - 1 blocks, or belongs to the pool already */
    POOL_ARENA_TOO_SMALL, /* the blocks do not fit into it */
    POOL_NO_ROOM,       /* fewer free blocks than are needed */
    POOL_FRAGMENTED,    /* enough free blocks, but pins or the ends of regions keep them apart */
    POOL_NO_SLOT,       /* every slot is in use: too many handles and regions */
    POOL_NO_REGION,     /* POOL_REGIONS are in use */
    POOL_NO_PAGES,      /* the map has fewer fitting pages than are wanted */
    POOL_MAP_FULL,      /* the map's array has no room for the claim */
    POOL_BAD_HANDLE,    /* never given by this pool: another's, or made up */
    POOL_STALE,         /* it was freed */
    POOL_BAD_RANGE,     /* bytes beyond what was allocated, blocks beyond a region, or a limit of 0 */
    POOL_BAD_ACCESS,    /* not made of POOL_READ and POOL_WRITE, or neither where one is needed */
    POOL_SEALED,        /* its header does not allow this access */
    POOL_PINNED,        /* not while somebody holds its address */
    POOL_NOT_PINNED,    /* pool_put without pool_get */
    POOL_TOO_MANY_PINS, /* POOL_PINS are on it */
    POOL_IN_USE,        /* pool_move: other runs lie there */
    POOL_WORN_OUT,      /* a slot went through all 2^32 generations: use a zeroed pool and a new id */
    POOL_CORRUPT,       /* a header was overwritten, or the bookkeeping belies itself */
    POOL_STATUS_COUNT,
};

/* "bad-config", ...; "unknown" beyond; never NULL. */
const char *pool_status_name(enum pool_status status);

/*
 * The header byte of a run. Its length is 1 (neither E nor count), 2 to 16 (E, count = length
 * - 1), or more (E, count 0, and the length in four bytes behind it, little endian). A hole has
 * one too, with F: its bytes are nobody's.
 */
#define POOL_FREE        0x01u /* F */
#define POOL_EXTENDED    0x02u /* E: more than one block */
#define POOL_READ        0x04u /* R: may be read */
#define POOL_WRITE       0x08u /* W: may be written */
#define POOL_COUNT_SHIFT 4

#define POOL_REGIONS     32u
#define POOL_SLOTS_MAX   (UINT32_C(1) << 20)
#define POOL_BLOCKS_MAX  UINT32_C(0x7fffffff)
#define POOL_BLOCK_BYTES_MAX (UINT32_C(1) << 24)
#define POOL_ID_MAX      4095u
#define POOL_PINS        UINT16_MAX
#define POOL_CLASSES     240u

/* Of a pool, a slot and a generation; compare `value` to see whether two are the same. */
typedef struct {
    uint64_t value;
} pool_handle_t;

/* No pool ever gives this one. */
#define POOL_NO_HANDLE ((pool_handle_t){0})

/* A run and the hole behind it; or where a region begins (no blocks); or unused. Private. */
struct pool_slot {
    uint32_t generation; /* of the handle, or of the next one */
    uint32_t first_block;
    uint32_t block_count;
    uint32_t gap_count;   /* blocks of the hole behind it */
    uint32_t slack_bytes; /* at the end of the run, not allocated */
    uint32_t prev, next;  /* by address, in a ring from the region's beginning; next unused slot */
    uint32_t class_prev, class_next; /* holes of about this length */
    uint16_t region;
    uint16_t pins;
};

/* Private. */
struct pool_region {
    uint8_t *bytes;
    uint32_t first_block; /* blocks are numbered through all regions */
    uint32_t block_count;
    uint32_t head; /* slot */
};

/* Zero-initialised: a pool without memory. Must not be copied. Private to common/pool. */
struct pool {
    struct pool_slot *slots;
    uint32_t slot_count;
    uint32_t unused_slot; /* first of the list */
    uint32_t unused_count;
    uint32_t retired_count;
    uint32_t first_generation;
    uint32_t block_size;
    uint32_t block_shift; /* block_size = 1 << block_shift, or NO_SHIFT */
    uint32_t align_bytes;
    uint32_t long_bytes;  /* sizes from here on need more than 16 blocks */
    uint32_t long_offset; /* bytes before the payload in a run of more than 16 blocks */
    uint32_t block_count;
    uint32_t free_count; /* blocks */
    uint32_t id;
    uint32_t region_count;
    uint32_t rover;   /* slot: where room was made last */
    uint32_t cursor;  /* slot: how far stepwise compaction has come */
    uint64_t moved_count; /* blocks, since pool_init */
    uint64_t class_bits[POOL_CLASSES / 64 + 1];
    uint32_t class_heads[POOL_CLASSES];
    struct pool_region regions[POOL_REGIONS];
};

struct pool_config {
    void *arena;           /* may be NULL where block_count is 0 */
    size_t arena_bytes;
    size_t block_size;     /* bytes, 1 to POOL_BLOCK_BYTES_MAX */
    size_t block_count;    /* 0: regions will be added later */
    size_t align_bytes;    /* of what pool_get returns: a power of two that divides block_size; 0: 1 */
    struct pool_slot *slots; /* one for each handle at a time, and one for each region */
    size_t slot_count;     /* 1 to POOL_SLOTS_MAX */
    uint32_t id;           /* 0 to POOL_ID_MAX: pools whose handles could meet have different ones */
};

/*
 * Makes blocks of the arena; all are free. On a pool that is in use it frees everything first:
 * its handles are stale from then on. With block_size and block_count 0 it only does that, and
 * the memory is the caller's again. With align_bytes the first block lies so that the byte
 * behind its header is aligned (up to align_bytes - 1 bytes are left out); only one byte of the
 * arena is touched now, or 5 for more than 16 blocks. Errors: BAD_CONFIG, BAD_ARENA,
 * ARENA_TOO_SMALL, PINNED, WORN_OUT. O(slots).
 */
MUST_USE enum pool_status pool_init(struct pool *pool, const struct pool_config *config);

/*
 * Adds a region: as many blocks as fit. A run never lies in two regions. Errors: BAD_CONFIG (not
 * initialised), BAD_ARENA, ARENA_TOO_SMALL (not one block), NO_REGION, NO_SLOT. O(regions).
 */
MUST_USE enum pool_status pool_grow(struct pool *pool, void *memory, size_t size_bytes);

/* What pool_grow_map takes from a map. */
struct pool_growth {
    uint64_t page_count;       /* at least 1 */
    uint64_t least_page_count; /* shorter regions are passed over, no region is made shorter */
    uint64_t end_pfn;          /* what lies at or above is left alone; 0: no limit */
    uint64_t direct_map_offset; /* what to add to a physical address to reach it; wraps */
    bool from_top;             /* the highest regions first, and the last pages of the last one */
    enum memmap_kind kind;     /* what the pages become: one of kernel ... firmware-table (7-14) */
    uint32_t origin;
};

/*
 * Grows over the lowest (or highest) usable regions of a map in normal form until page_count pages
 * are taken: whole regions, and the first (or last) pages of the last one (least_page_count or
 * more). In the map they become growth->kind, so that nobody else takes them. Where a block is
 * longer than a page, least_page_count must be what one takes. Errors: BAD_CONFIG, BAD_RANGE (no page, or kind),
 * NO_PAGES, NO_REGION, NO_SLOT, MAP_FULL, and those of pool_grow. O(map * regions).
 */
MUST_USE enum pool_status pool_grow_map(struct pool *pool, struct memmap *map,
                                        const struct pool_growth *growth);

/*
 * Allocates: the fewest blocks that hold size_bytes (0 is allowed) and the header. May be read
 * and written; the bytes are whatever was there. Where no hole is long enough, runs that are
 * not pinned are moved together until one is: in a pool of one region without pins it succeeds
 * as long as there are enough free blocks. Errors: NO_ROOM, NO_SLOT, FRAGMENTED. O(1) where a
 * hole fits; else O(runs) and some moving, about size / (1 - occupancy), at worst the region.
 */
MUST_USE enum pool_status pool_alloc(struct pool *pool, size_t size_bytes, pool_handle_t *ret_handle);

/* The same, but moves nothing: FRAGMENTED where no hole is long enough. O(1) or O(runs). */
MUST_USE enum pool_status pool_alloc_still(struct pool *pool, size_t size_bytes,
                                           pool_handle_t *ret_handle);

/*
 * Frees. A sealed one can be freed. Errors: BAD_HANDLE, STALE, CORRUPT (these three: of every
 * function that takes a handle), PINNED. O(1).
 */
MUST_USE enum pool_status pool_free(struct pool *pool, pool_handle_t handle);

/*
 * Copies size_bytes in, out, or from one run to another (or within one; they may overlap).
 * Errors: BAD_RANGE (not inside what was allocated), SEALED. O(size).
 */
MUST_USE enum pool_status pool_write(struct pool *pool, pool_handle_t handle, size_t offset_bytes,
                                     const void *bytes, size_t size_bytes);
MUST_USE enum pool_status pool_read(const struct pool *pool, pool_handle_t handle,
                                    size_t offset_bytes, void *ret_bytes, size_t size_bytes);
MUST_USE enum pool_status pool_copy(struct pool *pool, pool_handle_t to, size_t to_offset_bytes,
                                    pool_handle_t from, size_t from_offset_bytes, size_t size_bytes);

/*
 * Takes rights away for good: only those of `kept_access` (POOL_READ, POOL_WRITE, both, 0) that
 * it still has remain. Errors: BAD_ACCESS, PINNED. O(1).
 */
MUST_USE enum pool_status pool_seal(struct pool *pool, pool_handle_t handle, unsigned kept_access);

/*
 * The address of the bytes, for as long as it is pinned: until as many pool_put as pool_get.
 * `access` says what for. Bytes beyond the size asked for are not the caller's: the header of
 * the next run lies there. Errors: BAD_ACCESS, SEALED, TOO_MANY_PINS; pool_put: NOT_PINNED. O(1).
 */
MUST_USE enum pool_status pool_get(struct pool *pool, pool_handle_t handle, unsigned access,
                                   void **ret_bytes);
MUST_USE enum pool_status pool_put(struct pool *pool, pool_handle_t handle);

/*
 * Moves a run so that it begins at this block; the place may overlap where it lies. Errors:
 * PINNED, BAD_RANGE (not inside one region), IN_USE. O(runs of that region + size).
 */
MUST_USE enum pool_status pool_move(struct pool *pool, pool_handle_t handle, uint32_t first_block);

/* Moves all runs that are not pinned down to the beginning of their region, or to the pinned run
 * below them. Returns the blocks moved. O(runs + bytes). */
uint64_t pool_compact(struct pool *pool);

/* What a step has done. */
struct pool_step {
    uint32_t moved_count;   /* blocks; at most the limit */
    uint32_t visited_count; /* runs and regions; at most the limit */
    bool is_done;           /* the last run was reached: the next step begins anew */
};

/*
 * The same in steps of bounded cost: goes on where the last step stopped, moves at most
 * block_limit blocks. A run longer than that stays where it is. Allocating and freeing between
 * steps is allowed. Errors: BAD_RANGE (limit 0). O(block_limit * block_size).
 */
MUST_USE enum pool_status pool_compact_step(struct pool *pool, uint32_t block_limit,
                                            struct pool_step *ret_step);

struct pool_info {
    size_t size_bytes; /* as allocated */
    uint32_t first_block;
    uint32_t block_count;
    unsigned access; /* POOL_READ, POOL_WRITE */
    unsigned pins;
};

/* O(1). */
MUST_USE enum pool_status pool_info(const struct pool *pool, pool_handle_t handle,
                                    struct pool_info *ret_info);

struct pool_stats {
    uint32_t region_count;
    uint32_t block_count;
    uint32_t free_count; /* blocks */
    uint32_t hole_count;
    uint32_t largest_hole_count; /* blocks: the most that pool_alloc_still can give */
    uint32_t handle_count;
    uint32_t pinned_count; /* of them */
    uint32_t sealed_count;
    uint32_t unused_slot_count;
    uint64_t payload_bytes; /* as allocated */
    uint64_t header_bytes;
    uint64_t slack_bytes;   /* the rest of the last blocks */
    uint64_t moved_count;   /* blocks moved since pool_init */
};

/* O(runs). */
void pool_stats(const struct pool *pool, struct pool_stats *ret_stats);

/*
 * Checks every header, list and count against each other: OK or CORRUPT, with what is wrong in
 * *ret_reason (static text; NULL allowed). Ends on any contents. O(slots).
 */
MUST_USE enum pool_status pool_check(const struct pool *pool, const char **ret_reason);

C_DECLARATIONS_END

#endif
