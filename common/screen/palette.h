/* SPDX-License-Identifier: MIT */
/* The colours of the kinds of memory: one place for strips, legend and whoever draws a map. */
#ifndef GROMA_SCREEN_PALETTE_H
#define GROMA_SCREEN_PALETTE_H

#include "base/language.h"
#include "memmap/memmap.h"
#include "screen/screen.h"

C_DECLARATIONS_BEGIN

/* The colour of a kind; of values that are no kind, a pale grey. */
screen_colour_t screen_kind_colour(enum memmap_kind kind);

C_DECLARATIONS_END

#endif
