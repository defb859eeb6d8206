/* SPDX-License-Identifier: MIT */
/* An input of memmap_normalize under construction, entry by entry. */
#ifndef GROMA_TEST_MEMMAP_EXPLAIN_H
#define GROMA_TEST_MEMMAP_EXPLAIN_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/bytes.h"
#include "memmap/explain.h"

#define WB     MEMMAP_WB
#define STRIDE 48
#define CLAIM  MEMMAP_ORIGIN_CLAIM

/* An input under construction. */
struct fixture {
    uint8_t bytes[16 * STRIDE];
    struct memmap_claim claims[4];
    struct memmap_input input;
    uint32_t entry_count;
};

static inline void begin(struct fixture *fixture, unsigned physical_bits)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->input.physical_bits = physical_bits;
}

static inline void add(struct fixture *fixture, uint32_t type, uint64_t base, uint64_t pages,
                uint64_t attributes)
{
    uint8_t *at = fixture->bytes + fixture->entry_count++ * STRIDE;

    store_le32(at, type);
    store_le64(at + 8, base);
    store_le64(at + 24, pages);
    store_le64(at + 32, attributes);
}

static inline void claim(struct fixture *fixture, uint64_t first, uint64_t end, enum memmap_kind kind)
{
    fixture->claims[fixture->input.claim_count++] =
        (struct memmap_claim){.first_pfn = first, .end_pfn = end, .kind = (uint8_t)kind};
}

static inline const struct memmap_input *uefi(struct fixture *fixture)
{
    fixture->input.claims = fixture->claims;
    cr_assert_eq(memmap_source_uefi(&fixture->input.source, fixture->bytes,
                                    fixture->entry_count * STRIDE, STRIDE),
                 MEMMAP_OK);
    return &fixture->input;
}

#endif
