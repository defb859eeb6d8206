/* SPDX-License-Identifier: MIT */
/*
 * The picture of a memory map: three strips of coloured pieces (below 1 MiB, up to 4 GiB,
 * above), address labels under their larger bounds, and a legend with the total of each
 * kind. The first strip is to scale; in the others large regions are compressed so that a
 * single page is still seen, and a hole of any size is one hatched notch.
 */
#ifndef GROMA_SCREEN_PICTURE_H
#define GROMA_SCREEN_PICTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "memmap/memmap.h"
#include "screen/screen.h"

C_DECLARATIONS_BEGIN

/*
 * How many pixel rows the picture takes, for screen_reserve_top; it depends on the screen's
 * shape alone. 0 where the screen is too small for one (below 80 characters or 400
 * font pixels of height).
 */
uint32_t screen_map_picture_height(const struct screen *screen);

/*
 * Draws the picture of a map in normal form into the screen's upper pixel rows, over what
 * was there. Nothing where screen_map_picture_height is 0. Other maps (unsorted, over-
 * lapping, empty regions, unknown kinds) draw something harmless. O(count * labels).
 */
void screen_map_picture(struct screen *screen, const struct memmap_region *regions, size_t count);

C_DECLARATIONS_END

#endif
