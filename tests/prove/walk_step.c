/* SPDX-License-Identifier: MIT */
/* A step of the walk, behind the contracts of its parts. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/over.h"
#include "cover/width.h"
#include "cover/stands.h"
#include "cover/stays.h"
#include "cover/swept_kept.h"
#include "cover/moved.h"
#include "cover/further.h"
