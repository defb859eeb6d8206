/* SPDX-License-Identifier: MIT */
/*
 * Giving frames back to a word of the tree: inlined into the short ways of free.c and cache.h,
 * which then call nothing on the way of most calls and save no registers. Private to common/frames.
 */
#ifndef GROMA_FRAMES_GIVE_H
#define GROMA_FRAMES_GIVE_H

#include "frames/tree.h"

/*
 * What follows where the frames `mask` of the word at base_pfn made a free quarter of it:
 * gathering, listing. `new` is the word. This and the next return OK, so that they may be the
 * last thing that a short function does.
 */
enum frames_status block_has_run(struct frames *frames, const struct frames_span *span,
                                 uint64_t base_pfn, uint64_t mask, uint64_t new);

/* An order of `count` frames was freed; `word` is what its word was then; see recent.c. */
/*@ requires \valid(frames) && 1 <= count <= 64 && first_pfn % 64 + count <= 64;
    assigns frames->recent;
    ensures \result == FRAMES_OK; */
enum frames_status recent_add(struct frames *frames, uint64_t first_pfn, unsigned count,
                              uint64_t word);

/* The same for a block that is at hand. */
/*@ requires block_placed(block) && apart(frames, block) && mask != 0;
    requires base_pfn / 512 == block->number && base_pfn % 64 == 0;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves;
    ensures \result == FRAMES_OK && frames_same{Pre, Post}(block); */
static inline enum frames_status block_tell_run(struct frames *frames, const struct block *block,
                                                uint64_t base_pfn, uint64_t mask, uint64_t new)
{
    enum frames_status status = block_has_run(frames, block->span, base_pfn, mask, new);

    //@ assert block_kept{Pre, Here}(block);
    /*@ assert settled{Pre, Here}(block->line, \at(block->group->words[WHOLE], Pre), block->group->words[WHOLE],
            \at(block->bit, Pre)); */
    return status;
}

/* Sets bits of a word that are all 0, and what tells of them; false: one of them was 1. */
/*@ requires block_sound(block) && apart(frames, block);
    requires word_of(block, word) && \valid(ret_new);
    requires \separated(ret_new, frames) && \separated(ret_new, block) && \separated(ret_new, block->span);
    requires \separated(ret_new, block->line) && \separated(ret_new, block->group) && \separated(ret_new, block->row);
    assigns *word, *ret_new, block->group->words[SOME], block->row->words[SOME], frames->moves;
    ensures \result <==> (\old(*word) & mask) == 0;
    ensures !\result ==> *word == \old(*word);
    ensures \result ==> *word == *ret_new && \forall integer k; 0 <= k < 64 ==>
        (bit_set(*word, k) <==> bit_set(\old(*word), k) || bit_set(mask, k));
    ensures \result <==> \forall integer k; 0 <= k < 64 ==> bit_set(mask, k) ==> !bit_set(\old(*word), k);
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span);
    ensures block->group->words[WHOLE] == \old(block->group->words[WHOLE]); */
MUST_USE static inline bool block_set_bits(struct frames *frames, const struct block *block,
                                           _Atomic uint64_t *word, uint64_t mask,
                                           uint64_t *ret_new)
{
    uint64_t old = word_load(word);

    /*@ loop invariant old == *word && *word == \at(*word, Pre);
        loop assigns old, *ret_new;
        loop variant 0; */
    do {
        if (!word_give(old, mask, ret_new))
            return false;
    } while (!word_cas(word, &old, *ret_new));
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    hint_set(block, SOME);
    moves_tell(frames);
    return true;
}

/* What follows where `count` frames at first_pfn, the bits `mask`, became free; `new` is their word. */
/*@ requires block_placed(block) && apart(frames, block) && mask != 0;
    requires first_pfn / 512 == block->number && 1 <= count <= 64 && first_pfn % 64 + count <= 64;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves, frames->recent;
    ensures \result == FRAMES_OK && frames_same{Pre, Post}(block); */
static inline __attribute__((always_inline)) enum frames_status
block_tell_given(struct frames *frames, const struct block *block, uint64_t first_pfn,
                 unsigned count, uint64_t mask, uint64_t new, bool is_recent)
{
    uint64_t quarter = aligned_run_mask(first_pfn - first_pfn % RUN_FRAMES, (unsigned)RUN_FRAMES);
    enum frames_status status = FRAMES_OK;

    if ((~new & quarter) == 0)
        return block_tell_run(frames, block, word_base(first_pfn), mask, new);
    if (is_recent)
        status = recent_add(frames, first_pfn, count, new);
    //@ assert block_kept{Pre, Here}(block) && line_same{Pre, Here}(block->line);
    return status;
}

/* As block_give, for `count` frames that are aligned to their size; OK or ALREADY_FREE, which is
 * counted. is_recent: the next request may have them. */
/*@ requires block_placed(block) && apart(frames, block);
    requires first_pfn / 512 == block->number && word == &block->line->words[first_pfn % 512 / 64];
    requires 1 <= count <= 64 && first_pfn % 64 + count <= 64;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves, frames->refused_count, frames->recent;
    ensures \result == FRAMES_OK || \result == FRAMES_ALREADY_FREE;
    ensures \result == FRAMES_OK <==> \forall integer k; first_pfn % 64 <= k < first_pfn % 64 + count ==>
        !bit_set(\old(*word), k);
    ensures \result != FRAMES_OK ==> line_same{Pre, Post}(block->line) &&
        block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures \result == FRAMES_OK ==> \forall integer f; 0 <= f < 512 ==> (frame_free{Post}(block, f) <==>
        frame_free{Pre}(block, f) || first_pfn % 512 <= f < first_pfn % 512 + count); */
static inline __attribute__((always_inline)) MUST_USE enum frames_status
block_give_run(struct frames *frames, const struct block *block, _Atomic uint64_t *word,
               uint64_t first_pfn, unsigned count, bool is_recent)
{
    uint64_t mask = aligned_run_mask(first_pfn, count);
    uint64_t new;

    if (!block_set_bits(frames, block, word, mask, &new))
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    //@ assert frames_given{Pre, Here}(block, first_pfn % 512 / 64, mask);
    /*@ assert \forall integer f; 0 <= f < 512 ==> (frame_free(block, f) <==>
            frame_free{Pre}(block, f) || first_pfn % 512 <= f < first_pfn % 512 + count); */
    //@ assert bit_set(mask, first_pfn % 64) && mask != 0;
    //@ assert block_placed(block) && apart(frames, block);
    return block_tell_given(frames, block, first_pfn, count, mask, new, is_recent);
}

#endif
