/* SPDX-License-Identifier: MIT */
/* What covers a page, from the bounds that were passed. */
#include "memmap/cut.h"
#include "memmap/walk.h"

#include "cover/ends.h"
#include "cover/alike.h"
#include "cover/stood.h"
#include "cover/begun.h"
#include "cover/passed.h"
