/* SPDX-License-Identifier: MIT */
/* What covers a page, from what began. */
#include "memmap/cover.h"

#include "cover/counts.h"
#include "cover/stood.h"
#include "cover/begun.h"
