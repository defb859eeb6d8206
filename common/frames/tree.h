/* SPDX-License-Identifier: MIT */
/*
 * The tree of free frames: its words, and the steps that change them. Private to
 * common/frames; README.md has the drawing, the invariants and why the steps are safe.
 *
 *   row    GIANT  the giant is free as a whole; nothing below it was ever written
 *          READY  the giant's groups are written
 *          SOME, WHOLE  hints: one of its groups may have such a bit
 *   group  WHOLE  the block is free as a whole; its line is not consulted
 *          SOME   hint: the block's line may have free frames
 *          LINED  the block's line is written (all 0 wherever WHOLE is set)
 *          MANAGED  all 512 frames are under management: the block may become whole
 *   line   one bit a frame, 1 = free
 */
#ifndef GROMA_FRAMES_TREE_H
#define GROMA_FRAMES_TREE_H

#include "frames/atomic.h"
#include "frames/frames.h"
#include "frames/runs.h"
#include "frames/shape.h"

/* Runs of this order and more, a quarter of a word, are listed (spots.c) and spared. */
#ifndef RUN_ORDER
#if WORD_SHIFT > 2
#define RUN_ORDER (WORD_SHIFT - 2u)
#else
#define RUN_ORDER 1u
#endif
#endif
#define RUN_FRAMES (UINT64_C(1) << RUN_ORDER)

/* Words of a group and of a row; SOME and WHOLE mean the same level by level. */
enum { SOME, WHOLE, LINED, MANAGED, GROUP_WORDS };
enum { READY = 2, GIANT = 3, ROW_WORDS = 4 };

struct frames_line {
    _Atomic uint64_t words[LINE_WORDS];
#ifdef FRAMES_HARDENED
    _Atomic uint64_t owned[LINE_WORDS];  /* handed out */
    _Atomic uint64_t joined[LINE_WORDS]; /* in the same run as the frame before it */
#endif
};
struct frames_group {
    _Atomic uint64_t words[GROUP_WORDS];
};
struct frames_row {
    _Atomic uint64_t words[ROW_WORDS];
};
_Static_assert(RUN_ORDER <= FRAMES_RECENT_ORDERS, "a stack for each smaller order");
_Static_assert(BLOCK_SHIFT - RUN_ORDER <= FRAMES_RUN_ORDERS, "room for spots");
_Static_assert(sizeof(struct frames_group) == 32, "metadata: 256 bytes a GiB of groups");

/* Memory under management, in the order in which it was added. */
struct frames_region {
    uint64_t first_pfn;
    _Atomic uint64_t end_pfn; /* + REGION_UNACCEPTED */
};
#define REGION_UNACCEPTED (UINT64_C(1) << 63)

/* Memory that frames_init did not know of; lies in the memory given to frames_add. */
struct frames_later {
    struct frames_span span; /* empty: the region needed only a record */
    struct frames_region region;
    bool has_region;
    struct frames_later *_Atomic next;
};

/* A block and where its bits are. */
struct block {
    const struct frames_span *span;
    uint64_t number; /* pfn / 512 */
    struct frames_line *line;
    struct frames_group *group;
    struct frames_row *row;
    uint64_t bit;       /* in the group's words */
    uint64_t giant_bit; /* in the row's words */
};

/* frames->hints: of single frames, orders 1 to 3, larger ones, and whole blocks. Blocks of the
 * first HINT_LARGE are not gathered while they are hinted at. */
#define HINT_LARGE (FRAMES_CLASSES - 1)

struct plan;
struct taken;

/*
 * What the proofs know of places. All lines there are count as one array, `tree_lines`, and so do
 * groups and rows; nothing else lies in them. Where a span's own begin is the business of
 * span_place and block_of, whose contracts are taken as given.
 */
//@ ghost extern struct frames_line *tree_lines;
//@ ghost extern struct frames_group *tree_groups;
//@ ghost extern struct frames_row *tree_rows;
/*@ axiomatic tree_places {
        logic integer first_line(integer line_0);
        logic integer first_group(integer group_0);
        logic integer first_row(integer row_0);
        logic integer line_count;
        logic integer group_count;
        logic integer row_count;
    }
    logic struct frames_line *line_at{L}(struct frames_span *span, integer number) =
        tree_lines + (first_line(span->line_0) + number);
    logic struct frames_group *group_at{L}(struct frames_span *span, integer number) =
        tree_groups + (first_group(span->group_0) + number / 64);
    logic struct frames_row *row_at{L}(struct frames_span *span, integer number) =
        tree_rows + (first_row(span->row_0) + number / 32768);

    predicate tree_apart{L} = \base_addr(tree_lines) != \base_addr(tree_groups) &&
        \base_addr(tree_lines) != \base_addr(tree_rows) && \base_addr(tree_groups) != \base_addr(tree_rows);
    predicate span_outside{L}(struct frames_span *span) = tree_apart &&
        \base_addr(span) != \base_addr(tree_lines) && \base_addr(span) != \base_addr(tree_groups) &&
        \base_addr(span) != \base_addr(tree_rows);
    predicate block_outside{L}(struct block *block) =
        \base_addr(block) != \base_addr(tree_lines) && \base_addr(block) != \base_addr(tree_groups) &&
        \base_addr(block) != \base_addr(tree_rows);
    predicate frames_outside{L}(struct frames *frames) =
        \base_addr(frames) != \base_addr(tree_lines) && \base_addr(frames) != \base_addr(tree_groups) &&
        \base_addr(frames) != \base_addr(tree_rows);
    predicate is_place{L}(integer line_0, integer group_0, integer row_0, integer number) =
        (struct frames_line *)(uintptr_t)(line_0 + (uintptr_t)(number * 64)) ==
            tree_lines + (first_line(line_0) + number) &&
        (struct frames_group *)(uintptr_t)(group_0 + (uintptr_t)(number / 64 * 32)) ==
            tree_groups + (first_group(group_0) + number / 64) &&
        (struct frames_row *)(uintptr_t)(row_0 + (uintptr_t)(number / 32768 * 32)) ==
            tree_rows + (first_row(row_0) + number / 32768) &&
        0 <= first_line(line_0) + number < line_count && 0 <= first_group(group_0) + number / 64 < group_count &&
        0 <= first_row(row_0) + number / 32768 < row_count &&
        \valid(tree_lines + (first_line(line_0) + number)) &&
        \valid(tree_groups + (first_group(group_0) + number / 64)) &&
        \valid(tree_rows + (first_row(row_0) + number / 32768));
    predicate are_places{L}(integer first, integer end, integer line_0, integer group_0, integer row_0) =
        \forall integer number; first <= number < end ==> is_place(line_0, group_0, row_0, number);
    predicate span_sound{L}(struct frames_span *span) = span_outside(span) &&
        \valid_read(span) && span->first_block < span->end_block <= 0x80000000000 &&
        are_places(span->first_block, span->end_block, span->line_0, span->group_0, span->row_0);

    predicate block_sound{L}(struct block *block) =
        \valid_read(block) && \valid_read(block->span) && span_outside(block->span) && block_outside(block) &&
        block->line == line_at(block->span, block->number) && \valid(block->line) &&
        block->group == group_at(block->span, block->number) && \valid(block->group) &&
        block->row == row_at(block->span, block->number) && \valid(block->row) &&
        block->number < 0x80000000000 && block->bit == (1 << (block->number % 64)) &&
        block->giant_bit == (1 << (block->number / 512 % 64));
    logic integer group_index{L}(struct block *block) =
        first_line(block->span->line_0) + block->number - block->number % 64;
    logic integer giant_index{L}(struct block *block) =
        first_group(block->span->group_0) + block->number / 512 * 8;
    predicate block_placed{L}(struct block *block) = block_sound(block) && span_sound(block->span) &&
        block->span->first_block <= block->number < block->span->end_block;

    predicate block_kept{A,B}(struct block *block) =
        \at(block->span, A) == \at(block->span, B) && \at(block->line, A) == \at(block->line, B) &&
        \at(block->group, A) == \at(block->group, B) && \at(block->row, A) == \at(block->row, B) &&
        \at(block->number, A) == \at(block->number, B) && \at(block->bit, A) == \at(block->bit, B) &&
        \at(block->giant_bit, A) == \at(block->giant_bit, B);
    predicate span_kept{A,B}(struct frames_span *span) =
        \at(span->first_block, A) == \at(span->first_block, B) &&
        \at(span->end_block, A) == \at(span->end_block, B) && \at(span->line_0, A) == \at(span->line_0, B) &&
        \at(span->group_0, A) == \at(span->group_0, B) && \at(span->row_0, A) == \at(span->row_0, B);

    predicate apart_of_span{L}(struct frames *frames, struct frames_span *span) =
        \separated(span, &frames->moves, &frames->refused_count, &frames->recent) &&
        \separated(span, &frames->runs[0 .. 1]) && frames_outside(frames);
    predicate apart{L}(struct frames *frames, struct block *block) =
        \valid(frames) && apart_of_span(frames, block->span) && \separated(frames, block);

    // Frame f of a block is free: with the whole block, or in its line.
    predicate frame_free{L}(struct block *block, integer f) =
        (block->group->words[WHOLE] & block->bit) != 0 || bit_set(block->line->words[f / 64], f % 64);
    predicate frames_same{A,B}(struct block *block) =
        \forall integer f; 0 <= f < 512 ==> (frame_free{B}(block, f) <==> frame_free{A}(block, f));
    // The frames `mask` of word i became free, and no other.
    predicate frames_given{A,B}(struct block *block, integer i, integer mask) =
        \forall integer f; 0 <= f < 512 ==> (frame_free{B}(block, f) <==>
            frame_free{A}(block, f) || (f / 64 == i && bit_set(mask, f % 64)));
    predicate line_same{A,B}(struct frames_line *line) =
        \forall integer i; 0 <= i < 8 ==> \at(line->words[i], B) == \at(line->words[i], A);
    predicate line_full{L}(struct frames_line *line) = \forall integer i; 0 <= i < 8 ==> line->words[i] == WORD_FULL;
    // Each frame is as free as before: nothing changed, or a full line became a whole block.
    predicate settled{A,B}(struct frames_line *line, integer whole, integer new_whole, integer bit) =
        (line_same{A,B}(line) && new_whole == whole) || (line_full{A}(line) && new_whole == (whole | bit));
    predicate word_of{L}(struct block *block, uint64_t *word) =
        \exists integer k; 0 <= k < 8 && word == &block->line->words[k]; */

/*@ assigns \nothing;
    ensures \result == (a < b ? a : b); */
static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*@ assigns \nothing;
    ensures \result == (a > b ? a : b); */
static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/*@ assigns \nothing;
    ensures block <= 0x80000000000 ==> \result == block * 512; */
static inline uint64_t block_pfn(uint64_t block)
{
    return block * BLOCK_FRAMES;
}

/* The first block of the group, and of the giant, that holds this block. */
/*@ assigns \nothing;
    ensures \result == block - block % 64; */
static inline uint64_t group_first(uint64_t block)
{
    return block - block % GROUP_BLOCKS;
}

/*@ assigns \nothing;
    ensures \result == block - block % 512; */
static inline uint64_t giant_first(uint64_t block)
{
    return block - block % GIANT_BLOCKS;
}

/* Where the arrays of a span lie. */
/*@ requires \valid(span);
    assigns span->line_0, span->group_0, span->row_0;
    ensures span->line_0 == (uintptr_t)((uintptr_t)lines - (uintptr_t)(span->first_block * 64));
    ensures span->group_0 == (uintptr_t)((uintptr_t)groups - (uintptr_t)(span->first_block / 64 * 32));
    ensures span->row_0 == (uintptr_t)((uintptr_t)rows - (uintptr_t)(span->first_block / 32768 * 32)); */
static inline void span_place(struct frames_span *span, const void *lines, const void *groups,
                              const void *rows)
{
    uint64_t group = span->first_block / GROUP_BLOCKS;
    uint64_t row = span->first_block / GIANT_BLOCKS / ROW_GIANTS;

    span->line_0 =
        (uintptr_t)lines - (uintptr_t)(span->first_block * sizeof(struct frames_line));
    span->group_0 = (uintptr_t)groups - (uintptr_t)(group * sizeof(struct frames_group));
    span->row_0 = (uintptr_t)rows - (uintptr_t)(row * sizeof(struct frames_row));
}

/*@ requires \valid_read(span) && is_place(span->line_0, span->group_0, span->row_0, number);
    assigns \nothing;
    ensures \result.span == span && \result.number == number;
    ensures \result.line == line_at(span, number);
    ensures \result.group == group_at(span, number);
    ensures \result.row == row_at(span, number);
    ensures \result.bit == (1 << (number % 64)) && \result.giant_bit == (1 << (number / 512 % 64)); */
static inline struct block block_of(const struct frames_span *span, uint64_t number)
{
    uint64_t group = number / GROUP_BLOCKS;
    uint64_t giant = number / GIANT_BLOCKS;
    uint64_t row = giant / ROW_GIANTS;

    return (struct block){
        .span = span,
        .number = number,
        .line = (struct frames_line *)(span->line_0 + number * sizeof(struct frames_line)),
        .group = (struct frames_group *)(span->group_0 + group * sizeof(struct frames_group)),
        .row = (struct frames_row *)(span->row_0 + row * sizeof(struct frames_row)),
        .bit = UINT64_C(1) << number % GROUP_BLOCKS,
        .giant_bit = UINT64_C(1) << giant % ROW_GIANTS,
    };
}

/*@ predicate frames_sound{L}(struct frames *frames) =
        \valid(frames) && frames->span_count >= 1 && \valid_read(frames->spans + (0 .. frames->span_count - 1)) &&
        \forall integer i; 0 <= i < frames->span_count ==>
            span_sound(frames->spans + i) && apart_of_span(frames, frames->spans + i); */

/* The span of this block among those that frames_add brought with memory of their own. */
/*@ requires frames_sound(frames);
    assigns \nothing;
    ensures \result != \null ==> span_sound(\result) && apart_of_span(frames, \result) &&
        \result->first_block <= number < \result->end_block; */
const struct frames_span *frames_find_later(const struct frames *frames, uint64_t number);

/* The same among those of frames_init. O(log spans). */
/*@ requires frames_sound(frames);
    assigns \nothing;
    ensures \result != \null ==> span_sound(\result) && apart_of_span(frames, \result) &&
        \result->first_block <= number < \result->end_block; */
static inline const struct frames_span *frames_find_near(const struct frames *frames,
                                                         uint64_t number)
{
    const struct frames_span *span = frames->spans;

    //@ ghost size_t at = 0;
    /*@ loop invariant 1 <= left && at + left <= frames->span_count && span == frames->spans + at;
        loop assigns left, span, at;
        loop variant left; */
    for (size_t left = frames->span_count; left > 1;) {
        size_t half = left / 2;
        //@ ghost at = number >= span[half].first_block ? at + half : at;
        span = number >= span[half].first_block ? span + half : span;
        left -= half;
    }
    //@ assert span_sound(span) && apart_of_span(frames, span);
    return number >= span->first_block && number < span->end_block ? span : NULL;
}

/* The span that has bookkeeping for this block; NULL: none. */
/*@ requires frames_sound(frames);
    assigns \nothing;
    ensures \result != \null ==> span_sound(\result) && apart_of_span(frames, \result) &&
        \result->first_block <= number < \result->end_block; */
static inline const struct frames_span *frames_find_span(const struct frames *frames,
                                                         uint64_t number)
{
    const struct frames_span *span = frames_find_near(frames, number);

    return span != NULL ? span : frames_find_later(frames, number);
}

/* The word of this block's line that has the bit of this frame. */
/*@ requires \valid_read(block);
    assigns \nothing;
    ensures \result == &block->line->words[pfn % 512 / 64]; */
static inline _Atomic uint64_t *frame_word(const struct block *block, uint64_t pfn)
{
    return &block->line->words[pfn % BLOCK_FRAMES / WORD_FRAMES];
}

/*@ assigns \nothing;
    ensures \result == (1 << (pfn % 64)); */
static inline uint64_t frame_bit(uint64_t pfn)
{
    return UINT64_C(1) << pfn % WORD_FRAMES;
}

/* The bits of a run that is aligned to its size, a word at most. */
/*@ requires 1 <= count <= 64 && first_pfn % 64 + count <= 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==>
        (bit_set(\result, k) <==> first_pfn % 64 <= k < first_pfn % 64 + count); */
static inline uint64_t aligned_run_mask(uint64_t first_pfn, unsigned count)
{
    return (WORD_FULL >> (WORD_FRAMES - count)) << first_pfn % WORD_FRAMES;
}

/*@ assigns \nothing;
    ensures \result == pfn - pfn % 64; */
static inline uint64_t word_base(uint64_t pfn)
{
    return pfn - pfn % WORD_FRAMES;
}

/* A row's bit for the giant of this block. */
/*@ requires block_sound(block) && which < 4;
    assigns \nothing;
    ensures \result <==> (block->row->words[which] & block->giant_bit) != 0; */
static inline bool row_says(const struct block *block, unsigned which)
{
    return (word_load(&block->row->words[which]) & block->giant_bit) != 0;
}

/*@ requires block_sound(block) && which < 4;
    assigns \nothing;
    ensures \result <==> (block->group->words[which] & block->bit) != 0; */
static inline bool group_says(const struct block *block, unsigned which)
{
    return (word_load(&block->group->words[which]) & block->bit) != 0;
}

/* May any of its frames be in use, and nothing but their bits says so? */
/*@ requires block_sound(block);
    assigns \nothing;
    ensures \result ==> (block->row->words[READY] & block->giant_bit) != 0; */
static inline bool block_is_open(const struct block *block)
{
    return row_says(block, READY) &&
           (word_load(&block->group->words[MANAGED]) & word_load(&block->group->words[LINED]) &
            ~word_load(&block->group->words[WHOLE]) & block->bit) != 0;
}

/*
 * `moves`: its low half counts the calls that hold free frames that are in no word and no cache,
 * or that take a hint back on trial; its high half changes when such a call ends, and when frames
 * become free while someone seeks in vain. Whoever found nothing believes it only if `moves`
 * was the same before and after, with a low half of 0.
 */
#define MOVES_DONE (UINT64_C(1) << 32)

/*@ assigns \nothing;
    ensures \result == moves % 0x100000000; */
static inline uint64_t moves_under_way(uint64_t moves)
{
    return moves % MOVES_DONE;
}

/*@ requires \valid(frames);
    assigns frames->moves; */
static inline void moves_begin(struct frames *frames)
{
    word_add(&frames->moves, 1);
}

/*@ requires \valid(frames);
    assigns frames->moves; */
static inline void moves_end(struct frames *frames)
{
    word_add(&frames->moves, MOVES_DONE - 1);
}

/* Frames became free, their hints are set. */
/*@ requires \valid(frames);
    assigns frames->moves; */
static inline void moves_tell(struct frames *frames)
{
    if (word_load(&frames->seekers) != 0)
        word_add(&frames->moves, MOVES_DONE);
}

/* ---- tree.c: one block, and hints --------------------------------------------------------- */

/* Sets the hints above a block's new bit, after the bit itself. */
/*@ requires block_sound(block) && which <= 1;
    assigns block->group->words[SOME], block->row->words[which];
    ensures (block->row->words[which] & block->giant_bit) != 0;
    ensures which == SOME ==> (block->group->words[SOME] & block->bit) != 0;
    ensures which != SOME ==> block->group->words[SOME] == \old(block->group->words[SOME]);
    ensures block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static inline void hint_set(const struct block *block, unsigned which)
{
    if (which == SOME && !group_says(block, SOME))
        word_or(&block->group->words[SOME], block->bit);
    if (!row_says(block, which))
        word_or(&block->row->words[which], block->giant_bit);
}

bool line_is_empty(const struct frames_line *line);

/* Counts what was refused by the caller's fault; returns the status. */
/*@ requires \valid(frames);
    assigns frames->refused_count;
    ensures \result == status; */
static inline enum frames_status frames_refuse(struct frames *frames, enum frames_status status)
{
    if (status != FRAMES_OK)
        word_add(&frames->refused_count, 1);
    return status;
}

/* Takes a hint back if nothing is behind it. */
void block_drop_hint(struct frames *frames, const struct block *block);
void giant_drop_hint(struct frames *frames, const struct block *block, unsigned which);

/* Takes words one by one as long as they are full; how many. */
unsigned words_take_full(struct frames_line *line, unsigned first, unsigned count);

/* Puts full words back that were taken for a moment. */
void words_put_back(struct frames *frames, const struct block *block, unsigned first,
                    unsigned count);

/*
 * Gives frames back to one word of a block that is LINED and not WHOLE; false, and nothing
 * changed: one of them is free. Makes the block whole where it can be.
 */
MUST_USE bool block_give(struct frames *frames, const struct block *block, _Atomic uint64_t *word,
                         uint64_t mask);

/* Makes the block whole if all its frames are free, in one line. */
void block_gather(struct frames *frames, const struct block *block);

/* The same unless a hint keeps the block apart. */
void block_settle(struct frames *frames, const struct block *block);

/* The same for the blocks that hints keep apart; true where one became whole. */
bool frames_gather_hints(struct frames *frames);

/* Takes the blocks `bits` of a group, all of them or none. */
MUST_USE bool blocks_take(const struct block *block, uint64_t bits);

/*
 * Makes taken blocks ready to be handed out: writes the lines that were never written (all 0),
 * after asking the accept hook. False: it refuses; the blocks are whole again.
 */
MUST_USE bool blocks_open(struct frames *frames, const struct block *block, uint64_t bits);

/* Splits a taken block: all but its frames [first, end) become free. False: as above. */
MUST_USE bool block_split(struct frames *frames, const struct block *block, uint64_t first,
                          uint64_t end);

/* Writes the groups of a giant: all its blocks whole, or none managed yet; then it is READY. */
void giant_write(const struct block *block, bool whole);

/* Splits the giant of this block if it is free as a whole; true if it was. */
bool giant_split(struct frames *frames, const struct block *block);

/* ---- range.c ------------------------------------------------------------------------------ */

/* One past the last frame from pfn on, at most end_pfn, that is (not) free like pfn itself,
 * as far as one word says; pfn lies in the span. */
uint64_t span_stretch(const struct frames_span *span, uint64_t pfn, uint64_t end_pfn,
                      bool *ret_free);

/* Takes all of [first_pfn, end_pfn), which lies in the span, or nothing. */
MUST_USE bool range_take(struct frames *frames, const struct frames_span *span, uint64_t first_pfn,
                         uint64_t end_pfn);

/* Takes the lowest place for the plan in [first_pfn, end_pfn) of the span; false: none. */
MUST_USE bool range_find_and_take(struct frames *frames, const struct frames_span *span,
                                  const struct plan *plan, uint64_t first_pfn, uint64_t end_pfn,
                                  struct taken *taken);

/* Gives a range back; false: a frame of it was free already, and what follows it was not given. */
MUST_USE bool range_give(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/* OK, OUT_OF_RANGE or NOT_OURS: is all of [first_pfn, end_pfn) under management? */
MUST_USE enum frames_status range_is_managed(const struct frames *frames, uint64_t first_pfn,
                                             uint64_t end_pfn);

/* A caller's range: count not 0, all of it managed; else BAD_REQUEST or as above. */
MUST_USE enum frames_status range_check(const struct frames *frames, uint64_t first_pfn,
                                        uint64_t count);

/* How many frames of a managed range are free. */
uint64_t range_count_free(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/* ---- setup.c ------------------------------------------------------------------------------ */

/* How many units of 2^shift blocks a range of blocks touches. */
uint64_t span_units(uint64_t first_block, uint64_t end_block, unsigned shift);

/* A span's state before anything is managed in it. */
void span_clear_rows(const struct frames_span *span);

/* Writes down where memory is; there is a place for it in the table. */
void region_record(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn, unsigned flags);

/* Frees a range that was just recorded; all of it lies in spans. */
void frames_populate(struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

/* ---- regions.c ---------------------------------------------------------------------------- */

/* Spans from the highest zone downwards; NULL starts, and ends. */
const struct frames_span *frames_next_span(const struct frames *frames,
                                           const struct frames_span *span);

/* The region that holds this frame, or NULL; *ret_end_pfn is its end. */
const struct frames_region *region_find(const struct frames *frames, uint64_t pfn,
                                        uint64_t *ret_end_pfn);

/* Does any region overlap [first_pfn, end_pfn)? */
bool region_overlaps(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn);

#endif
