/* SPDX-License-Identifier: MIT */
/* Where the working memory is cut up and used again, and the map filled in one way or the other. */
#include "parts.c"

#include "cover/entry.h"
#include "cover/input.h"
