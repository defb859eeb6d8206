/* SPDX-License-Identifier: MIT */
/* The README's example, word for word behind this comment. */
#include <groma/memmap/normalize.h>
#include <inttypes.h>
#include <stdio.h>

/* Base, length and type as the Limine protocol has them: in any order, overlapping, with half pages. */
static const uint64_t firmware[][3] = {{0x100000, 0x7ef00000, 0}, {0, 0x9fc00, 0}, {0x9fc00, 0x400, 1},
                                       {0x7efe0000, 0x20000, 2}};
static const struct memmap_claim claims[] = {{.first_pfn = 0x200, .end_pfn = 0x280, .kind = MEMMAP_KERNEL}};
static struct memmap_region regions[64]; /* memmap_max_regions(entries, claims) is always enough */
static uint64_t scratch[1024];           /* memmap_scratch_bytes(entries, claims) too */

int main(void)
{
    struct memmap map = {.regions = regions, .capacity = 64};
    struct memmap_input input = {.claims = claims, .claim_count = 1, .physical_bits = 36};
    struct memmap_report report;

    if (memmap_source_limine(&input.source, firmware, sizeof firmware, sizeof firmware[0]) != MEMMAP_OK ||
        memmap_normalize(&input, scratch, sizeof scratch, &map, &report) != MEMMAP_OK)
        return 1;
    for (size_t i = 0; i < map.count; i++)
        printf("pages %#8" PRIx64 "..%#8" PRIx64 " %s\n", regions[i].first_pfn, regions[i].end_pfn,
               memmap_kind_name((enum memmap_kind)regions[i].kind));
    return 0;
}
