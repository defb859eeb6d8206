/* SPDX-License-Identifier: MIT */
/* Scenarios: memory that is added, and memory that must be accepted. */
#include "inject.h"

static const struct scenario scenarios[] = {
    {.name = "add: blocks set aside for", &map_later, {AT(0, 512)}, {ADD(1024, 2048)},
     {{ALLOC(0)}, {ALLOC(9)}, {ALLOC(10), BACK(0)}, {GIVE(0, 512)}}},
    {.name = "add: parts of blocks", &map_later, {AT(0, 512)}, {ADD(1024, 100), ADD(1124, 700), ADD(1824, 1248)},
     {{ALLOC(0), ALLOC(0)}, {CACHED(0)}, {ALLOC(9)}, {REQUEST(.count = 90)}}},
    {.name = "add: a giant", &map_later, {AT(0, 512)}, {ADD(GIANT_FRAMES - 1024, GIANT_FRAMES)},
     {{ALLOC(9)}, {ALLOC(18)}, {ALLOC(0), ALLOC(0)}}},
    {.name = "add: while others ask in vain", &map_word, {AT(0, 64)}, {ALLOC(0), ALLOC(4)},
     {{ADD(64, 64)}, {ADD(512, 512)}, {ADD(5000, 33)}}},
    {.name = "add: with memory of its own", &map_word, {AT(0, 64)}, {ADD(1024, 700), ADD(1724, 300)},
     {{ALLOC(0)}, {ALLOC(9)}, {CACHED(0), CACHED(0)}, {GIVE(0, 64), REQUEST(.count = 600)}}},
    {.name = "add: the other half of a block", &map_holes, {ALLOC(9)}, {ADD(36, 476), ADD(0, 6), ADD(26, 1)},
     {{ALLOC(0)}, {CACHED(0), CACHED(0)}, {ALLOC(8), BACK(0)}, {ALLOC(9)}}},

    {.name = "accept: block by block", &map_later, {AT(0, 512), UNACCEPTED(1024, 2048)}, {ALLOC(9), ALLOC(0), BACK(1)},
     {{ALLOC(9)}, {ALLOC(0)}, {AT(1024, 2048)}, {ALLOC(10)}}, .refused = GIANT_FRAMES},
    {.name = "accept: one is refused", &map_later, {AT(0, 512), UNACCEPTED(1024, 2048)},
     {ALLOC(9), ALLOC(10), ALLOC(0)},
     {{ALLOC(9)}, {ALLOC(0)}, {AT(1100, 1900)}, {ALLOC(10)}}, .refused = 1800},
    {.name = "accept: a range with one that is refused", &map_later, {AT(0, 512), UNACCEPTED(1024, 2048)},
     {AT(1100, 1200), REQUEST(.count = 1000), RESERVE(1024, 2048)},
     {{ALLOC(9)}, {ALLOC(0)}, {AT(2000, 100)}}, .refused = 2100},
    {.name = "accept: singles, the last is refused", &map_later, {AT(0, 512), UNACCEPTED(1024, 2048)},
     {ALLOC(0), CACHED(0)},
     {{ALLOC(0)}, {ALLOC(9)}, {CACHED(0)}}, .refused = 3000},
};

const struct table memory_table = {scenarios, COUNT_OF(scenarios)};
