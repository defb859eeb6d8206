/* SPDX-License-Identifier: MIT */
/*
 * The font of the screen: 8 x 13 pixels a glyph, printable ASCII. The data is made by
 * tools/font_from_pcf.py from a public domain font of X11; see font_8x13.c.
 */
#ifndef GROMA_SCREEN_FONT_8X13_H
#define GROMA_SCREEN_FONT_8X13_H

#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

#define FONT_WIDTH  8u
#define FONT_HEIGHT 13u
#define FONT_FIRST  0x20u
#define FONT_LAST   0x7eu

/*
 * The FONT_HEIGHT rows of a byte's glyph, top row first, bit 7 the leftmost pixel; a
 * dotted box for bytes outside FONT_FIRST..FONT_LAST. (A function, not a table: a
 * position-independent blob then needs no relocation to reach the data.)
 */
const uint8_t *font_8x13_glyph(uint8_t byte);

C_DECLARATIONS_END

#endif
