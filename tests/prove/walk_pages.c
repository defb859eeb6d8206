/* SPDX-License-Identifier: MIT */
/* The pages up to the next bound, behind the contract of their emission. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/width.h"
#include "cover/some.h"
#include "cover/drawn_pages.h"
#include "cover/pausing.h"
#include "cover/swept_kept.h"
