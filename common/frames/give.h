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
/*@ requires span_sound(span) && \valid(frames) && apart_of_span(frames, span) && mask != 0;
    requires span->first_block <= base_pfn / 512 < span->end_block && base_pfn % 64 == 0;
    assigns line_at(span, base_pfn / 512)->words[0 .. 7], group_at(span, base_pfn / 512)->words[SOME .. WHOLE],
        row_at(span, base_pfn / 512)->words[SOME .. WHOLE], frames->runs[0 .. 1], frames->moves;
    ensures \result == FRAMES_OK; */
enum frames_status block_has_run(struct frames *frames, const struct frames_span *span,
                                 uint64_t base_pfn, uint64_t mask, uint64_t new);

/* An order of `count` frames was freed; `word` is what its word was then; see recent.c. */
/*@ requires \valid(frames) && 1 <= count <= 64 && first_pfn % 64 + count <= 64;
    assigns frames->recent;
    ensures \result == FRAMES_OK; */
enum frames_status recent_add(struct frames *frames, uint64_t first_pfn, unsigned count,
                              uint64_t word);

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
    ensures \result ==> \forall integer k; 0 <= k < 64 ==> bit_set(mask, k) ==> !bit_set(\old(*word), k); */
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

/* As block_give, for `count` frames that are aligned to their size; OK or ALREADY_FREE, which is
 * counted. is_recent: the next request may have them. */
static inline __attribute__((always_inline)) MUST_USE enum frames_status
block_give_run(struct frames *frames, const struct block *block, _Atomic uint64_t *word,
               uint64_t first_pfn, unsigned count, bool is_recent)
{
    uint64_t mask = aligned_run_mask(first_pfn, count);
    uint64_t quarter = aligned_run_mask(first_pfn - first_pfn % RUN_FRAMES, (unsigned)RUN_FRAMES);
    uint64_t new;

    if (!block_set_bits(frames, block, word, mask, &new))
        return frames_refuse(frames, FRAMES_ALREADY_FREE);
    if ((~new & quarter) == 0)
        return block_has_run(frames, block->span, word_base(first_pfn), mask, new);
    return is_recent ? recent_add(frames, first_pfn, count, new) : FRAMES_OK;
}

#endif
