/* SPDX-License-Identifier: MIT */
/*
 * Boot-to-boot drift: what a boot remembers of a machine's memory, in at most 1 KiB, and what
 * moved since the boot before. (Machines whose maps drift cannot wake from hibernation.)
 *
 * A record holds, for each kind, how many pages it has and a CRC-32C of where they are, and every
 * placement of the loader's own. Kinds are folded first: what a kernel gets back from boot
 * services and loader counts as usable, because its shape follows from what the firmware did,
 * not from the machine. README.md has the layout.
 *
 * Pure functions over the caller's bytes, at any alignment; a record that was read from firmware
 * may hold anything.
 */
#ifndef GROMA_BOOTINFO_DRIFT_H
#define GROMA_BOOTINFO_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"
#include "bootinfo/bootinfo.h"

C_DECLARATIONS_BEGIN

#define DRIFT_MAX_BYTES      1024u
#define DRIFT_MAX_PLACEMENTS 46u /* as many as fit; later ones are counted, not remembered */

/* A record in the making, or as it was read. */
struct drift_record {
    uint8_t bytes[DRIFT_MAX_BYTES];
    uint32_t size_bytes;
};

/* One kind's share of the folded map. */
struct drift_kind {
    uint64_t page_count;
    uint32_t crc32c; /* of its runs' bounds */
};

/* One of the loader's own placements. */
struct drift_placement {
    uint64_t first_pfn;
    uint64_t page_count;
    enum memmap_kind kind;
};

/*
 * Remembers this boot: the firmware's map (normal form) before the loader's claims were laid over
 * it, and the claims with MEMMAP_CLAIM_LOADED, in their order. O(regions + claims).
 */
void drift_take(const struct memmap *map, const struct memmap_claim *claims, uint32_t claim_count,
                struct drift_record *ret_record);

/* Is it a record of this version, whole and with a good CRC? O(size). */
bool drift_is_record(const struct drift_record *record);

/* Of a record: the kind's share; placement `index` < drift_placement_count. O(1). */
struct drift_kind drift_kind(const struct drift_record *record, enum memmap_kind kind);
uint32_t drift_placement_count(const struct drift_record *record);
struct drift_placement drift_placement(const struct drift_record *record, uint32_t index);

/*
 * What moved from the boot before to this one; `before` may be any bytes (UNREADABLE), or none
 * (FIRST); `now` is drift_take's. Sets all of *ret_drift; `stored` is 0. O(size).
 */
void drift_compare(const struct drift_record *before, const struct drift_record *now,
                   struct bootinfo_drift *ret_drift);

C_DECLARATIONS_END

#endif
