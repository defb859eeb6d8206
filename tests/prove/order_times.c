/* SPDX-License-Identifier: MIT */
/* Places as indexes, and what the sort's promise says of them: lemmas alone. */
#include "memmap/order.h"

#include "cover/times.h"

#include "cover/boxed.h"
#include "cover/found.h"
#include "cover/parts.h"
