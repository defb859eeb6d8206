/* SPDX-License-Identifier: MIT */
/* Nothing but the bit operations of the frame allocator. */
#include "base/bits.h"

#include "words/some.h"

#include "frames/runs.h"
