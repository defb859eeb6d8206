/* SPDX-License-Identifier: MIT */
/* Where the halves of a merge meet, and the lemmas that this needs. */
#include "memmap/place.c"

#include "place/once.h"
#include "place/seam.h"
#include "place/whole.h"
