/* SPDX-License-Identifier: MIT */
/*
 * Other maps than the firmware's: real machines' (tests/data/maps) and made ones, from a file that target.py
 * writes. Alone, a map names memory that this machine has not: the loader boots or refuses. Behind the firmware's
 * own map it only says more, and the loader must come to the exit.
 */
#include "target.h"

static const unsigned strides[] = {40, 48, 56, 64, 136, 1024, 4096};
#define STRIDES (sizeof strides / sizeof strides[0])

static void show(const struct map_shown *map, bool laid_over, unsigned stride_bytes)
{
    run_begin(plain_variant());
    run.map = map;
    run.map_laid_over = laid_over;
    run.stride_bytes = stride_bytes;
    run_loader();
    judge_and_count();
}

void sweep_maps(const void *bytes, UINTN size_bytes)
{
    const uint8_t *at = bytes, *end = at + size_bytes;

    for (unsigned i = 0; i < STRIDES; i++)
        show(NULL, false, strides[i]);
    for (unsigned i = 0; (UINTN)(end - at) > sizeof(struct map_shown); i++) {
        const struct map_shown *map = (const struct map_shown *)(const void *)at;
        show(map, false, strides[i % 4]);
        show(map, true, strides[(i + 1) % 4]);
        at += sizeof *map + map->entry_count * sizeof map->entries[0];
    }
}
