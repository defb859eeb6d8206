/* SPDX-License-Identifier: MIT */
/* The programs explored; parse.c says how calls are written. Blocks have 8 frames; two of them are
 * a group, four a giant. */
#include "explore.h"

const struct program explore_programs[] = {
    /* ---- one word: CAS against CAS, claim, last frame ---- */
    {"word: two take", "0+8", "@0+6", {"a1", "a1"}, ALL, false},
    {"word: three take the last two", "0+8", "@0+6", {"a1", "a1", "a1"}, 2, true},
    {"word: take, give", "0+8", "@0+8 -0+1", {"a1 f0", "-1+1"}, 0, false},
    {"word: claim, take", "0+8", "@0+4", {"c1", "a1 f0"}, 0, false},
    {"word: two claim", "0+8", "@0+5", {"c1", "c1"}, 0, false},
    {"word: pairs", "0+8", "@0+4", {"a2", "a2 f0"}, 0, false},

    /* ---- split ---- */
    {"split: two singles", "0+16", "", {"a1", "a1"}, 0, false},
    {"split: single, block", "0+16", "", {"a1 f0", "a8"}, 0, false},
    {"split: single, claim, block", "0+8", "", {"a1", "c1", "a8"}, 2, true},
    {"split: one block, two want it", "0+8", "", {"a8 f0", "a1 f0"}, 0, false},
    {"giant: single, block", "0+32", "", {"a1", "a8"}, 0, false},
    {"giant: whole, single", "0+32", "", {"a32 f0", "a1"}, 2, true},
    {"giant: two groups, a single", "0+32", "", {"a16", "a16", "a1"}, 2, true},
    {"giant: range, block", "0+32", "", {"@4+16", "a8"}, 0, true},

    {"short: block again, block", "0+16", "", {"a8 f0 a8", "a8 f0"}, 2, false},
    {"short: block given, single", "0+8", "@0+8", {"=0+8", "a1"}, 0, false},
    {"short: two take what was freed", "0+8", "@0+8 -0+1 -5+1", {"a1", "a1"}, 0, false},
    {"short: freed, taken, claimed", "0+8", "@0+8 -5+1", {"=0+1 a1", "c1 p0"}, 0, false},

    /* ---- gather ---- */
    {"gather: take", "0+8", "@0+8 -1+7", {"-0+1", "a1"}, 0, false},
    {"gather: claim", "0+8", "@0+8 -1+7", {"-0+1", "c1"}, 0, false},
    {"gather: block wanted", "0+8", "@0+8 -1+7", {"-0+1", "a8"}, 0, false},
    {"gather: two give", "0+8", "@0+8 -1+3 -5+3", {"-0+1", "-4+1"}, 0, false},
    {"gather: two give, one takes", "0+8", "@0+8 -1+3 -5+3", {"-0+1", "-4+1", "a1"}, 2, true},
    {"gather: two give, block wanted", "0+8", "@0+8 -1+3 -5+3", {"-0+1", "-4+1", "a8"}, 2, true},
    {"gather: run wanted", "0+8", "@0+8 -1+7", {"-0+1", "a4 f0"}, 0, false},
    {"gather: range wanted", "0+8", "@0+8 -1+7", {"-0+1", "@2+4 f0"}, 0, false},
    {"gather: give all, take", "0+8", "@0+8 -2+4", {"-0+2", "-6+2", "a2"}, 2, true},
    {"gather: taken and given meanwhile", "0+8", "@0+8 -1+7", {"-0+1", "@4+1 f0"}, 0, false},
    {"gather: hinted block", "0+16", "@0+8 -1+7", {"a1 f0", "-0+1"}, 0, false},

    /* ---- full words ---- */
    {"words: half, single", "0+8", "@0+1", {"a4", "a1 f0"}, 0, false},
    {"words: half, half", "0+8", "@0+8 -0+4", {"a4 f0", "a4"}, 0, false},
    {"words: half, give", "0+8", "@0+8 -0+7", {"a4", "-7+1"}, 0, false},
    {"words: half, claim", "0+8", "@0+4", {"a4 f0", "c1"}, 0, false},

    /* ---- hints: clear, look again ---- */
    {"hint: last frame, give", "0+8", "@0+7", {"a1 a1", "-0+1"}, 0, false},
    {"hint: dropped, given", "0+16", "@0+15", {"a1 a1", "-0+1"}, 0, false},
    {"hint: dropped, two give", "0+8", "@0+7", {"a1 a1", "-0+1", "-4+1"}, 2, true},
    {"hint: row, block given", "0+16", "@0+16", {"a8", "=0+8"}, 0, false},
    {"hint: row, two drop, one gives", "0+16", "@0+16", {"a1", "a8", "-8+8"}, 2, true},
    {"hint: left behind, split", "0+8", "@0+8 -0+8 h0", {"a1", "@0+2"}, 0, false},
    {"hint: left behind, gather, split", "0+8", "@0+8 -2+6", {"-0+1", "-1+1 a1", "a1"}, 2, true},

    /* ---- ranges and their undo ---- */
    {"range: single", "0+8", "@6+2", {"@0+6", "a1"}, 0, false},
    {"range: overlap", "0+16", "", {"@0+12", "@4+12"}, 0, false},
    {"range: overlap in lines", "0+16", "@0+16 -1+14", {"@1+10", "@6+9"}, 0, false},
    {"range: block in between", "0+16", "@0+16 -2+14", {"@2+14", "a8"}, 0, false},
    {"range: run, single", "0+16", "@0+1", {"r10", "a1"}, 0, false},
    {"range: given, taken", "0+16", "@0+16", {"-0+16", "a1"}, 0, false},
    {"range: given, block wanted", "0+16", "@0+16", {"-4+12", "a8"}, 0, false},
    {"range: given, range wanted", "0+16", "@0+16", {"-0+16", "@4+8"}, 0, false},
    {"reserve: single", "0+16", "@0+2", {"R0+16", "a1 f0"}, 0, false},
    {"reserve: give", "0+16", "@0+16 -4+4", {"R0+12", "-0+4"}, 0, false},
    {"reserve: block", "0+16", "", {"R4+8", "a8 f0"}, 0, false},
    {"reserve: two", "0+16", "", {"R0+12", "R4+12"}, 0, false},

    /* ---- caches, PARKED, EMPTY ---- */
    {"cache: park, drain, block", "0+8", "", {"c1 p0 d", "a8"}, 0, false},
    {"cache: two park", "0+8", "@0+8", {"~0+1 ~1+1 d", "~4+1 d"}, 0, false},
    {"cache: park, other takes", "0+8", "@0+8", {"~0+1 c1", "a1"}, 0, false},
    {"cache: the last word", "0+8", "@0+7", {"c1 p0", "c1"}, 0, false},
    {"cache: two claim, one gives", "0+8", "@0+7", {"c1", "c1", "-0+1"}, 2, true},
    {"cache: flush, gather", "0+16", "@0+16", {"~0+1 ~8+1 d", "-1+7"}, 0, false},
    {"cache: drains for a block", "0+8", "@0+8 -4+4", {"~0+1 c8", "-1+3"}, 0, false},
    {"empty: give", "0+8", "@0+8", {"-0+1", "a1"}, 0, false},
    {"empty: give, two want", "0+8", "@0+8", {"-0+1", "a1", "a1"}, 2, true},
    {"empty: one frame, two want", "0+8", "@0+7", {"a1 f0 a1", "a1"}, 0, false},
    {"empty: block, single", "0+8", "", {"a8 f0", "a1"}, 0, false},
    {"empty: range fails, single", "0+8", "@0+8 -0+2 -4+2", {"r4", "a1", "a1"}, 2, true},

    /* ---- memory added, memory refused ---- */
    {"add: block", "0+8 !8+8", "@0+8", {"A8+8", "a1"}, 0, false},
    {"add: giant", "0+8 !32+32", "@0+8", {"A32+32", "a8"}, 0, false},
    {"add: the rest of a block", "0+4 !4+4", "@0+4", {"A4+4", "-0+4", "a1"}, 2, true},
    {"accept: block, single", "0+8 !48+16", "@0+8 U48+16", {"a8", "a1"}, 0, false},
    {"accept: group refused", "0+8 !48+16", "@0+8 U48+16", {"a16", "a1", "@60+2"}, 2, true},
    {"accept: range refused", "0+8 !48+16", "@0+8 U48+16", {"@52+12", "a1"}, 2, true},
};
const size_t explore_program_count = sizeof explore_programs / sizeof *explore_programs;
