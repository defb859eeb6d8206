/* SPDX-License-Identifier: MIT */
/* Spans that are collected one by one: lemmas alone. */
#include "memmap/said.h"

#include "cover/collected_ranks.h"
