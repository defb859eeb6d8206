/* SPDX-License-Identifier: MIT */
/* The short way, behind the contracts of the decoder and of the map that grows. */
#include "memmap/source.c"

#include "memmap/in_order.c"

#include "cover/entry.h"
#include "cover/entry_put.h"
#include "cover/put_earlier.h"
#include "cover/known.h"
#include "cover/stays.h"
