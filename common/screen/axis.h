/* SPDX-License-Identifier: MIT */
/*
 * The address labels under a strip: which piece bounds are named, and where the names
 * stand. Pure functions; no pixel is drawn here.
 */
#ifndef GROMA_SCREEN_AXIS_H
#define GROMA_SCREEN_AXIS_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"
#include "screen/strip.h"
#include "text/text.h"

C_DECLARATIONS_BEGIN

#define AXIS_MAX_LABELS  24u
#define AXIS_LABEL_BYTES 8u /* "1023M+" and its NUL, with room */

struct axis_label {
    uint32_t tick; /* pixel column of the bound itself, 0..width */
    uint32_t x;    /* first pixel column of the text, all of it inside the strip */
    uint32_t width;
    char text[AXIS_LABEL_BYTES];
};

/*
 * Appends an address for people, at most 6 characters: "0", "640K", "1M", "4G", "16E"; with
 * '+' where the address lies beyond what is said: "2024M+". pfn <= 2^52.
 */
void axis_format_address(struct text *text, uint64_t pfn);

/*
 * Names the strip's ends, then the bounds of the widest pieces, as long as no two texts
 * come nearer than one character or say the same. `cell_width`: pixels of a character.
 * Writes the labels to ret_labels, most important first, and returns their number.
 * O(pieces * labels).
 */
size_t axis_place_labels(const struct strip *strip, uint32_t cell_width,
                         struct axis_label ret_labels[AXIS_MAX_LABELS]);

C_DECLARATIONS_END

#endif
