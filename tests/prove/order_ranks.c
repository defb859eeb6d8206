/* SPDX-License-Identifier: MIT */
/* The rank of spans in order: lemmas alone. */
#include "memmap/order.h"

#include "cover/times.h"
#include "cover/ranks.h"

#include "cover/filled.h"
#include "cover/taken.h"
