/* SPDX-License-Identifier: MIT */
/* The shape is the product's own; only the patience with calls that do not end is shorter. */
#ifndef FRAMES_INJECT_SHAPE_H
#define FRAMES_INJECT_SHAPE_H

#include_next "frames/shape.h"

#undef MOVE_LOOKS
#define MOVE_LOOKS 40u

#endif
