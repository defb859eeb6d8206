/* SPDX-License-Identifier: MIT */
/* Nothing but the bit operations of the frame allocator. */
#include "frames/runs.h"
