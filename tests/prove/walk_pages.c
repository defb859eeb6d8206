/* SPDX-License-Identifier: MIT */
/* Pages up to the next bound. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/ends_kept.h"
#include "cover/width.h"
#include "cover/some.h"
#include "cover/drawn_pages.h"
#include "cover/pausing.h"
