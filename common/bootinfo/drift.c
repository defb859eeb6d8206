/* SPDX-License-Identifier: MIT */
/* Taking, reading and comparing records of drift; see drift.h and README.md. */
#include "bootinfo/drift.h"

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/mem.h"

enum {
    MAGIC = 0,      /* u32 */
    CRC = 4,        /* u32: of everything behind it */
    VERSION = 8,    /* u16 */
    KIND_COUNT = 10, /* u16 */
    COUNT = 12,     /* u32: placements of that boot, remembered or not */
    KINDS = 16,     /* u64 pages, u32 CRC of the runs */
    KIND_BYTES = 12,
    PLACEMENTS = KINDS + MEMMAP_KIND_COUNT * KIND_BYTES, /* u64 kind << 56 | first page, u64 pages */
    PLACEMENT_BYTES = 16,
};
#define MAGIC_VALUE   UINT32_C(0x46524447) /* "GDRF" in memory */
#define VERSION_VALUE 1u
#define KIND_SHIFT    56u

_Static_assert(PLACEMENTS + DRIFT_MAX_PLACEMENTS * PLACEMENT_BYTES <= DRIFT_MAX_BYTES, "a record fits");

/* ---- reading ---------------------------------------------------------------------------------- */

uint32_t drift_placement_count(const struct drift_record *record)
{
    uint32_t count = load_le32(record->bytes + COUNT);

    return count < DRIFT_MAX_PLACEMENTS ? count : DRIFT_MAX_PLACEMENTS;
}

bool drift_is_record(const struct drift_record *record)
{
    return record->size_bytes >= PLACEMENTS && record->size_bytes <= DRIFT_MAX_BYTES &&
           load_le32(record->bytes + MAGIC) == MAGIC_VALUE &&
           load_le16(record->bytes + VERSION) == VERSION_VALUE &&
           load_le16(record->bytes + KIND_COUNT) == MEMMAP_KIND_COUNT &&
           record->size_bytes == PLACEMENTS + drift_placement_count(record) * PLACEMENT_BYTES &&
           load_le32(record->bytes + CRC) ==
               crc32c(0, record->bytes + VERSION, record->size_bytes - VERSION);
}

struct drift_kind drift_kind(const struct drift_record *record, enum memmap_kind kind)
{
    const uint8_t *at = record->bytes + KINDS + (unsigned)kind * KIND_BYTES;

    return (struct drift_kind){.page_count = load_le64(at), .crc32c = load_le32(at + 8)};
}

struct drift_placement drift_placement(const struct drift_record *record, uint32_t index)
{
    const uint8_t *at = record->bytes + PLACEMENTS + index * PLACEMENT_BYTES;
    uint64_t word = load_le64(at);

    return (struct drift_placement){
        .first_pfn = word & ((UINT64_C(1) << KIND_SHIFT) - 1),
        .page_count = load_le64(at + 8),
        .kind = (enum memmap_kind)(word >> KIND_SHIFT),
    };
}

/* ---- taking ----------------------------------------------------------------------------------- */

static unsigned folded(uint8_t kind)
{
    return kind <= MEMMAP_BOOT_RECLAIMABLE ? MEMMAP_USABLE : kind;
}

static void add_run(struct drift_record *record, unsigned kind, uint64_t first_pfn, uint64_t end_pfn)
{
    uint8_t *at = record->bytes + KINDS + kind * KIND_BYTES;
    uint8_t bounds[16];

    store_le64(bounds, first_pfn);
    store_le64(bounds + 8, end_pfn);
    store_le64(at, load_le64(at) + end_pfn - first_pfn);
    store_le32(at + 8, crc32c(load_le32(at + 8), bounds, sizeof bounds));
}

/* Neighbours of one folded kind are one run, whatever their attributes. */
static void add_map(struct drift_record *record, const struct memmap *map)
{
    size_t next;

    for (size_t i = 0; i < map->count; i = next) {
        unsigned kind = folded(map->regions[i].kind);
        next = i + 1;
        while (next < map->count && folded(map->regions[next].kind) == kind &&
               map->regions[next].first_pfn == map->regions[next - 1].end_pfn)
            next++;
        add_run(record, kind, map->regions[i].first_pfn, map->regions[next - 1].end_pfn);
    }
}

static void add_placement(struct drift_record *record, const struct memmap_claim *claim)
{
    uint32_t count = load_le32(record->bytes + COUNT);

    store_le32(record->bytes + COUNT, count + 1);
    if (count >= DRIFT_MAX_PLACEMENTS)
        return;
    store_le64(record->bytes + record->size_bytes, (uint64_t)claim->kind << KIND_SHIFT | claim->first_pfn);
    store_le64(record->bytes + record->size_bytes + 8, claim->end_pfn - claim->first_pfn);
    record->size_bytes += PLACEMENT_BYTES;
}

void drift_take(const struct memmap *map, const struct memmap_claim *claims, uint32_t claim_count,
                struct drift_record *ret_record)
{
    memset(ret_record, 0, sizeof *ret_record);
    ret_record->size_bytes = PLACEMENTS;
    store_le32(ret_record->bytes + MAGIC, MAGIC_VALUE);
    store_le16(ret_record->bytes + VERSION, VERSION_VALUE);
    store_le16(ret_record->bytes + KIND_COUNT, MEMMAP_KIND_COUNT);
    add_map(ret_record, map);
    for (uint32_t i = 0; i < claim_count; i++) {
        if ((claims[i].flags & MEMMAP_CLAIM_LOADED) != 0)
            add_placement(ret_record, &claims[i]);
    }
    store_le32(ret_record->bytes + CRC,
               crc32c(0, ret_record->bytes + VERSION, ret_record->size_bytes - VERSION));
}

/* ---- comparing -------------------------------------------------------------------------------- */

static bool placements_are_equal(const struct drift_record *before, const struct drift_record *now,
                                 uint32_t index)
{
    uint32_t at = PLACEMENTS + index * PLACEMENT_BYTES;

    return index < drift_placement_count(before) && index < drift_placement_count(now) &&
           memcmp(before->bytes + at, now->bytes + at, PLACEMENT_BYTES) == 0;
}

/* Kinds and placements that differ, of two good records. */
static void find_moves(const struct drift_record *before, const struct drift_record *now,
                       struct bootinfo_drift *drift)
{
    uint32_t most = load_le32(before->bytes + COUNT) > drift->placement_count
                        ? drift_placement_count(before)
                        : drift_placement_count(now);

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        uint32_t at = KINDS + kind * KIND_BYTES;
        if (memcmp(before->bytes + at, now->bytes + at, KIND_BYTES) != 0)
            drift->kinds |= UINT32_C(1) << kind;
    }
    for (uint32_t i = 0; i < most; i++)
        drift->placements_moved += !placements_are_equal(before, now, i);
}

void drift_compare(const struct drift_record *before, const struct drift_record *now,
                   struct bootinfo_drift *ret_drift)
{
    *ret_drift = (struct bootinfo_drift){
        .state = BOOTINFO_DRIFT_UNREADABLE,
        .placement_count = load_le32(now->bytes + COUNT),
    };
    if (before->size_bytes == 0)
        ret_drift->state = BOOTINFO_DRIFT_FIRST;
    if (!drift_is_record(before))
        return;
    find_moves(before, now, ret_drift);
    ret_drift->state = before->size_bytes == now->size_bytes &&
                               memcmp(before->bytes, now->bytes, now->size_bytes) == 0
                           ? BOOTINFO_DRIFT_SAME
                           : BOOTINFO_DRIFT_MOVED;
}
