/* SPDX-License-Identifier: MIT */
/* What is done beside a map: it stays in normal form. */
#include "parts.c"

#include "cover/stays.h"
