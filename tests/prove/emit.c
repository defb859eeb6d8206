/* SPDX-License-Identifier: MIT */
/* What the sweep puts out, behind the contracts of the map that grows and of the open classes. */
#include "memmap/cut.h"
#include "memmap/place.h"
#include "memmap/emit.h"

#include "cover/class.h"
#include "cover/again.h"
#include "cover/open.h"
#include "cover/stays.h"
