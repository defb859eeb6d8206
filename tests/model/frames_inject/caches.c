/* SPDX-License-Identifier: MIT */
/* Scenarios: caches; EMPTY and PARKED; the hardened build's two who give back the same. */
#include "inject.h"

static const struct scenario scenarios[] = {
    {.name = "cache: claim a whole word", &map_two, {{0}}, {CACHED(0), CACHED(0), BACK_PARKED(0), DRAIN},
     {{CACHED(0)}, {ALLOC(9)}, {ALLOC(0)}, {ALLOC(6), BACK(0)}}},
    {.name = "cache: claim what is broken", &map_block, {AT(0, 512), GIVE(3, 10), GIVE(64, 64), GIVE(130, 20), GIVE(250, 3)},
     {CACHED(0), DRAIN, CACHED(0)}, {{CACHED(0)}, {ALLOC(2), ALLOC(0)}, {GIVE(13, 3)}, {AT(130, 20)}, {ALLOC(5)}}},
    {.name = "cache: claim, one word after the other", &map_block, {AT(0, 512), GIVE(10, 1), GIVE(70, 1), GIVE(140, 1)},
     {CACHED(0), CACHED(0), CACHED(0), CACHED(0)},
     {{CACHED(0), CACHED(0)}, {GIVE(11, 1)}, {ALLOC(0)}, {AT(70, 1), AT(140, 1)}}},
    {.name = "cache: park", &map_two, {AT(0, 1024)}, {PARK(3, 1), PARK(7, 1), PARK(200, 1), PARK(201, 1), PARK(600, 1)},
     {{ALLOC(0)}, {PARK(8, 1), PARK(202, 1)}, {GIVE(9, 1)}, {REQUEST(.count = 2)}}},
    {.name = "cache: park, take, drain", &map_two, {AT(0, 1024), PARK(100, 1)},
     {PARK(101, 1), CACHED(0), CACHED(0), CACHED(0)},
     {{GIVE(300, 1)}, {ALLOC(0)}, {PARK(300, 1), DRAIN}, {CACHED(0)}}},
    {.name = "cache: what was given back is taken next", &map_two, {AT(0, 1024), PARK(100, 1), PARK(200, 1), PARK(201, 1), PARK(202, 1)},
     {CACHED(0), CACHED(0), PARK(300, 1), CACHED(0), CACHED(0)}, {{ALLOC(0)}, {GIVE(203, 5)}, {ALLOC(1)}}},
    {.name = "cache: drain what fills a block", &map_block, {AT(0, 512), PARK(0, 1), PARK(1, 1), GIVE(2, 510)},
     {DRAIN, ALLOC(9)},
     {{ALLOC(9)}, {ALLOC(0), BACK(0)}, {CACHED(0)}, {AT(2, 62)}}},
    {.name = "cache: as an order, parked", &map_two, {CACHED(0), CACHED(0), ALLOC(3)},
     {BACK_PARKED(0), BACK_PARKED(1), BACK_PARKED(2)},
     {{ALLOC(0)}, {ALLOC(9)}, {ALLOC(8), ALLOC(8), BACK(0)}}},
    {.name = "cache: a large request drains its own", &map_block, {AT(0, 512), PARK(0, 1), PARK(1, 1), GIVE(2, 500)}, {CACHED(8), CACHED_REQUEST(.count = 300)},
     {{GIVE(502, 10)}, {ALLOC(0)}, {ALLOC(7)}}},
    {.name = "cache: of a block with holes", &map_holes, {CACHED(0)}, {CACHED(0), CACHED(0), BACK_PARKED(1)},
     {{CACHED(0), BACK_PARKED(0)}, {ALLOC(0)}, {ALLOC(9)}, {RESERVE(0, 40)}}},

    {.name = "parked: in the other's cache", &map_word, {{0}}, {ALLOC(0), REQUEST(.count = 2), ALLOC(6)},
     {{CACHED(0)}, {CACHED(0), DRAIN}, {CACHED(0), BACK_PARKED(0), DRAIN}}},
    {.name = "parked: by a call that does not end", &map_word, {AT(0, 64)}, {ALLOC(0)},
     {{BUSY, IDLE}, {BUSY, GIVE(3, 1), IDLE}, {GIVE(5, 1)}}},
    {.name = "parked: alloc_at waits a moment", &map_block, {AT(0, 512), GIVE(2, 511 - 2)}, {AT(2, 100)},
     {{ALLOC(8), BACK(0)}, {BUSY, IDLE}, {GIVE(0, 2), GIVE(511, 1)}, {AT(0 + 50, 1)}}},
    {.name = "empty: one gives", &map_word, {AT(0, 64)}, {ALLOC(0), ALLOC(3)},
     {{GIVE(1, 1)}, {GIVE(8, 8)}, {GIVE(0, 64)}, {GIVE(1, 1), ALLOC(0)}}},
    {.name = "empty: one has a block", &map_block, {{0}}, {ALLOC(9), BACK(0), ALLOC(0)},
     {{ALLOC(0)}, {CACHED(0)}, {ALLOC(9), BACK(0)}, {AT(0, 512), BACK(0), ALLOC(0)}}},
    {.name = "empty: a range that fails", &map_block, {AT(0, 512), GIVE(0, 2), GIVE(4, 2)},
     {REQUEST(.count = 4), ALLOC(0)},
     {{ALLOC(0), ALLOC(0)}, {REQUEST(.count = 4)}, {GIVE(2, 2)}, {AT(0, 2), AT(4, 2)}}},
    {.name = "empty: all by single frames", &map_word, {AT(0, 60)}, {ALLOC(0), ALLOC(0), ALLOC(0)},
     {{ALLOC(0), ALLOC(0), ALLOC(0), ALLOC(0)}, {CACHED(0), CACHED(0)}, {GIVE(0, 60)}}},

    {.name = "parked: something moves all the while", &map_word, {AT(0, 64)}, {ALLOC(0), ALLOC(3)}, {{CHURN(400)}}},

    /* The default build tells them as long as the block is not gathered meanwhile. */
    {.name = "double: one frame", &map_block, {AT(0, 512)}, {CONTEST(100, 1)}, {{CONTEST(100, 1)}}},
    {.name = "double: one frame, by way of a cache", &map_block, {AT(0, 512), PARK(5, 1)}, {PARK_CONTEST(100)},
     {{CONTEST(100, 1)}}},
    {.name = "double: one frame of a word parked before", &map_block, {AT(0, 512), PARK(5, 1), PARK(99, 1)},
     {PARK_CONTEST(200)}, {{CONTEST(200, 1)}}},
    {.name = "double: a run and a frame of it", &map_block, {AT(0, 512)}, {CONTEST(0, 200)},
     {{CONTEST(150, 1)}, {CONTEST(199, 1)}}},
    {.name = "double: a run", &map_block, {AT(0, 512)}, {CONTEST(0, 200)},
     {{CONTEST(150, 1)}, {CONTEST(0, 200)}, {CONTEST(30, 130)}}, .hardened = true},
    {.name = "double: blocks", &map_two, {AT(0, 1024)}, {CONTEST(100, 900)},
     {{CONTEST(990, 10)}, {CONTEST(100, 900)}, {CONTEST(600, 1)}}, .hardened = true},
};

const struct table caches_table = {scenarios, COUNT_OF(scenarios)};
