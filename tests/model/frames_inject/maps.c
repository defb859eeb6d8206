/* SPDX-License-Identifier: MIT */
/* The maps of the scenarios. */
#include "inject.h"

#define G4         FRAMES_4G_END
#define GIB_FRAMES GIANT_FRAMES
#define USABLE(first, end) {.first_pfn = (first), .end_pfn = (end), .kind = MEMMAP_USABLE}
#define LATER(first, end)  {.first_pfn = (first), .end_pfn = (end), .kind = MEMMAP_BOOT_RECLAIMABLE}

const struct map map_word = {.base = 1024, {USABLE(1024, 1024 + 64)}};
const struct map map_block = {.base = 1024, {USABLE(1024, 1024 + 512)}};
const struct map map_two = {.base = 1024, {USABLE(1024, 1024 + 2 * 512)}};
/* Two groups, and two giants: the fifth block begins a new one of both. */
const struct map map_eight = {.base = GIB_FRAMES - 4 * 512, {USABLE(GIB_FRAMES - 4 * 512, GIB_FRAMES + 4 * 512)}};
const struct map map_giant = {.base = G4, {USABLE(G4, G4 + GIB_FRAMES)}};
const struct map map_giants = {.base = G4, {USABLE(G4 + 100, G4 + 2 * GIB_FRAMES + 700)}};
/* Below 1 MiB, below 4 GiB, above. */
const struct map map_zones = {.base = 0, {USABLE(1, 160), USABLE(256, 1100), USABLE(G4 - 600, G4 + 600)}};
/* Memory known of at the start, that is added later; base + 1024 begins the second region. */
const struct map map_later = {.base = 1024, {USABLE(1024, 1536), LATER(2048, 2048 + 4 * 512), LATER(GIB_FRAMES, 2 * GIB_FRAMES)}};
const struct map map_spans = {.base = 0, {USABLE(1 << 20, (1 << 20) + 64), USABLE(2 << 20, (2 << 20) + 600),
                                  USABLE(3 << 20, (3 << 20) + 512), USABLE(4 << 20, (4 << 20) + 10),
                                  USABLE(5 << 20, (5 << 20) + 1030), USABLE(6 << 20, (6 << 20) + 1)}};
const struct map map_holes = {.base = 1024, {USABLE(1030, 1050), USABLE(1051, 1060), USABLE(1536, 2048)}};
