/* SPDX-License-Identifier: MIT */
/*
 * The legend of the map's picture: a swatch, the name and the total of each kind that
 * occurs, in rank order down the columns.
 */
#ifndef GROMA_SCREEN_LEGEND_H
#define GROMA_SCREEN_LEGEND_H

#include <stdint.h>

#include "base/language.h"
#include "memmap/memmap.h"
#include "screen/screen.h"

C_DECLARATIONS_BEGIN

/* Pages of each kind; the last place is for kinds beyond the known. */
struct legend_totals {
    uint64_t page_counts[MEMMAP_KIND_COUNT + 1];
};

/* Where the legend stands, in pixels and character rows. */
struct legend_place {
    uint32_t x, y, width;
    uint32_t line_height; /* pixels, at least a character's */
    uint32_t lines;       /* entries a column, at least 1 */
};

/*
 * Draws the legend. Where its columns do not fit side by side, the totals are shortened
 * ("50.7M"), and then left out; a column that even then does not fit is not drawn.
 */
void legend_draw(struct screen *screen, const struct legend_totals *totals,
                 const struct legend_place *place);

C_DECLARATIONS_END

#endif
