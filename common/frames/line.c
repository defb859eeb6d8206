/* SPDX-License-Identifier: MIT */
/*
 * Taking from one line: a run inside a word, all a word has (for a cache), or several full words.
 */
#include "frames/search.h"

/* Runs of a quarter of a word and more, which singles and small orders leave alone. */
/*@ assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 ==> bit_set(\result, k) ==> bit_set(word, k); */
static uint64_t usable_bits(uint64_t word, enum fit fit)
{
    return fit == FIT_LOOSE ? word & ~aligned_runs(word, RUN_ORDER) : word;
}

/*@ predicate taken_outside{L}(struct taken *taken) =
        \base_addr(taken) != \base_addr(tree_lines) && \base_addr(taken) != \base_addr(tree_groups) &&
        \base_addr(taken) != \base_addr(tree_rows);
    predicate plan_outside{L}(struct plan *plan) =
        \base_addr(plan) != \base_addr(tree_lines) && \base_addr(plan) != \base_addr(tree_groups) &&
        \base_addr(plan) != \base_addr(tree_rows);
    predicate plan_sound{L}(struct plan *plan) = \valid_read(plan) && (plan->align_count <= 64 ||
        plan->align_count == 128 || plan->align_count == 256 || plan->align_count == 512) &&
        (1 <= plan->count <= 64 || ((plan->count == 128 || plan->count == 256) &&
                                    plan->count <= plan->align_count)); */

/* What taking changes in a line: exactly these frames, all of which were free. */
/*@ predicate mask_taken{A,B}(struct frames_line *line, integer i, integer mask) = \forall integer f; 0 <= f < 512 ==>
        (f / 64 == i && bit_set(mask, f % 64) ?
            bit_set(\at(line->words[f / 64], A), f % 64) && !bit_set(\at(line->words[f / 64], B), f % 64) :
            (bit_set(\at(line->words[f / 64], B), f % 64) <==> bit_set(\at(line->words[f / 64], A), f % 64)));
    predicate frames_taken{A,B}(struct frames_line *line, integer first, integer count) = 0 <= first &&
        first + count <= 512 && \forall integer f; 0 <= f < 512 ==> (first <= f < first + count ?
            bit_set(\at(line->words[f / 64], A), f % 64) && !bit_set(\at(line->words[f / 64], B), f % 64) :
            (bit_set(\at(line->words[f / 64], B), f % 64) <==> bit_set(\at(line->words[f / 64], A), f % 64))); */

/* Where runs that fit begin in a word. */
/*@ requires \valid_read(plan) && 1 <= plan->count <= 64;
    assigns \nothing;
    ensures \forall integer k; 0 <= k < 64 && bit_set(\result, k) ==> k + plan->count <= 64 &&
        \forall integer j; k <= j < k + plan->count ==> bit_set(word, j); */
static inline uint64_t fitting_starts(uint64_t word, const struct plan *plan)
{
    uint64_t found =
        run_starts(usable_bits(word, plan->fit), (unsigned)plan->count) & plan->starts;

    if (plan->fit == FIT_EXACT)
        found = run_exact(found, (unsigned)plan->count, plan->pair_starts);
    return found;
}

/* What a run taken from a word changes: its own bits, all of which were set. */
/*@ predicate run_taken(integer old, integer new, integer first, integer count) =
        first + count <= 64 && \forall integer k; 0 <= k < 64 ==>
            (first <= k < first + count ? bit_set(old, k) && !bit_set(new, k) :
             (bit_set(new, k) <==> bit_set(old, k))); */

/*@ requires first < 64 && 1 <= count <= 64 && first + count <= 64;
    requires \forall integer j; first <= j < first + count ==> bit_set(word, j);
    assigns \nothing;
    ensures run_taken(word, \result, first, count); */
static inline uint64_t word_without(uint64_t word, unsigned first, unsigned count)
{
    uint64_t mask = run_mask(first, count);
    uint64_t rest = word & ~mask;

    //@ assert \forall integer k; 0 <= k < 64 ==> (bit_set(rest, k) <==> bit_set(word, k) && !bit_set(mask, k));
    return rest;
}

/*@ requires \valid_read(plan) && 1 <= plan->count <= 64;
    requires \valid(word) && \valid(taken) && \separated(word, plan, taken) && base_pfn < 0x10000000000000;
    assigns *word, taken->pfn;
    ensures !\result ==> *word == \old(*word) && taken->pfn == \old(taken->pfn);
    ensures \result ==> base_pfn <= taken->pfn &&
        run_taken(\old(*word), *word, taken->pfn - base_pfn, plan->count); */
MUST_USE static bool take_run_of_word(_Atomic uint64_t *word, uint64_t base_pfn,
                                      const struct plan *plan, struct taken *taken)
{
    uint64_t old = word_load(word);
    uint64_t found;

    /*@ loop invariant old == *word && *word == \at(*word, Pre);
        loop assigns old, found;
        loop variant 0; */
    while ((found = fitting_starts(old, plan)) != 0) {
        unsigned first = bit_lowest(found);
        if (word_cas(word, &old, word_without(old, first, (unsigned)plan->count))) {
            taken->pfn = base_pfn + first;
            return true;
        }
    }
    return false;
}

/* For a cache: all frames of a word that it may have; false: none. */
/*@ requires \valid(word) && \valid(taken) && \separated(word, taken);
    assigns *word, taken->mask, taken->pfn, taken->word;
    ensures !\result ==> *word == \old(*word);
    ensures \result ==> taken->pfn == base_pfn && taken->word == word && taken->mask != 0;
    ensures \result ==> \forall integer k; 0 <= k < 64 ==>
        (bit_set(taken->mask, k) ? bit_set(\old(*word), k) && !bit_set(*word, k) :
         (bit_set(*word, k) <==> bit_set(\old(*word), k))); */
MUST_USE static inline bool claim_word(_Atomic uint64_t *word, uint64_t base_pfn, enum fit fit,
                                       struct taken *taken)
{
    uint64_t old = word_peek(word);
    uint64_t mask;

    /*@ loop invariant old == *word && *word == \at(*word, Pre);
        loop assigns old, mask;
        loop variant 0; */
    do {
        mask = usable_bits(old, fit);
        if (mask == 0)
            return false;
    } while (!word_cas(word, &old, old & ~mask));
    taken->mask = mask;
    taken->pfn = base_pfn;
    taken->word = word;
    return true;
}

/*@ requires \valid(line) && \valid(taken) && \separated(line, taken);
    assigns line->words[0 .. 7], taken->mask, taken->pfn, taken->word;
    ensures !\result ==> line_same{Pre, Post}(line);
    ensures \result ==> taken->pfn / 512 == near_pfn / 512 && taken->pfn % 64 == 0 &&
        taken->word == &line->words[taken->pfn % 512 / 64] &&
        mask_taken{Pre, Post}(line, taken->pfn % 512 / 64, taken->mask); */
bool line_claim(struct frames_line *line, enum fit fit, uint64_t near_pfn, struct taken *taken)
{
    uint64_t first_pfn = near_pfn - near_pfn % BLOCK_FRAMES;
    uint64_t offset = word_base(near_pfn % BLOCK_FRAMES);

    //@ assert first_pfn % 512 == 0 && first_pfn / 512 == near_pfn / 512;
    /*@ loop invariant 0 <= n <= 8 && 0 <= offset < 512 && offset % 64 == 0;
        loop invariant \forall integer i; 0 <= i < 8 ==> line->words[i] == \at(line->words[\at(i, Here)], Pre);
        loop assigns n, offset, line->words[0 .. 7], taken->mask, taken->pfn, taken->word;
        loop variant 8 - n; */
    for (unsigned n = 0; n < LINE_WORDS; n++) {
        _Atomic uint64_t *word = &line->words[offset / WORD_FRAMES];
        uint64_t seen = word_peek(word);
        if (seen != 0 && (seen != WORD_FULL || fit == FIT_ANY) &&
            first_pfn + offset >= FRAMES_LOW_END &&
            claim_word(word, first_pfn + offset, fit, taken)) {
            //@ assert taken->pfn % 512 == offset && taken->pfn / 512 == near_pfn / 512;
            //@ assert mask_taken{Pre, Here}(line, offset / 64, taken->mask);
            return true;
        }
        offset = (offset + WORD_FRAMES) % BLOCK_FRAMES;
    }
    return false;
}

/*@ requires \valid_read(line) && first + count <= 8;
    assigns \nothing;
    ensures \result <==> \forall integer j; first <= j < first + count ==> line->words[j] == WORD_FULL; */
bool line_words_are_full(const struct frames_line *line, unsigned first, unsigned count)
{
    /*@ loop invariant 0 <= i <= count;
        loop invariant \forall integer j; first <= j < first + i ==> line->words[j] == WORD_FULL;
        loop assigns i;
        loop variant count - i; */
    for (unsigned i = 0; i < count; i++) {
        if (word_load(&line->words[first + i]) != WORD_FULL)
            return false;
    }
    return true;
}

/* The other half of what is twice as large: one word or two, at a multiple of that. */
/*@ requires first < 8 && (count == 1 || (count == 2 && first % 2 == 0));
    assigns \nothing;
    ensures \result + count <= 8 && (\result == first + count || \result == first - count); */
static unsigned twin_of(unsigned first, unsigned count)
{
    bool is_upper = count == 1 ? first % 2 != 0 : first % 4 >= 2;

    return is_upper ? first - count : first + count;
}

/* Takes `count` words, or none: those taken before one that is not full are put back. */
/*@ requires block_sound(block) && apart(frames, block);
    requires 1 <= count && first + count <= 8;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves;
    ensures \result <==> \forall integer j; first <= j < first + count ==> \old(block->line->words[j]) == WORD_FULL;
    ensures \result ==> \forall integer j; 0 <= j < 8 ==> (first <= j < first + count ?
        block->line->words[j] == 0 : block->line->words[j] == \old(block->line->words[j]));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
MUST_USE static bool take_words(struct frames *frames, const struct block *block, unsigned first,
                                unsigned count)
{
    unsigned taken;

    moves_begin(frames);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span) && line_same{Pre, Here}(block->line);
    taken = words_take_full(block->line, first, count);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    if (taken < count) {
        words_put_back(frames, block, first, taken);
        block_settle(frames, block);
    }
    moves_end(frames);
    return taken == count;
}

/* The same, only if they are full, and is_exact: no part of a free run of twice the size. */
/*@ requires block_sound(block) && apart(frames, block);
    requires count == 1 || (count == 2 && first % 2 == 0) || (count == 4 && first % 4 == 0);
    requires first < 8;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves;
    ensures \result ==> \forall integer j; 0 <= j < 8 ==> (first <= j < first + count ?
        \old(block->line->words[j]) == WORD_FULL && block->line->words[j] == 0 :
        block->line->words[j] == \old(block->line->words[j]));
    ensures !\result ==> line_same{Pre, Post}(block->line);
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
MUST_USE static bool take_full_words(struct frames *frames, const struct block *block,
                                     unsigned first, unsigned count, bool is_exact)
{
    if (!line_words_are_full(block->line, first, count) ||
        (is_exact && count < LINE_WORDS / 2 &&
         line_words_are_full(block->line, twin_of(first, count), count)))
        return false;
    return take_words(frames, block, first, count);
}

/*@ requires block_sound(block) && apart(frames, block) && i < 8;
    requires plan_sound(plan) && \valid(taken) && \separated(taken, frames, block, plan);
    requires \separated(taken, block->span) && taken_outside(taken) && plan_outside(plan) && \separated(plan, frames);
    requires (plan->count == 128 ==> i % 2 == 0) && (plan->count == 256 ==> i % 4 == 0);
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves,
        taken->pfn, taken->mask, taken->word;
    ensures !\result ==> line_same{Pre, Post}(block->line);
    ensures \result && \old(plan->claim_word) ==> taken->pfn == block->number * 512 + i * 64 &&
        taken->word == &block->line->words[i] && mask_taken{Pre, Post}(block->line, i, taken->mask);
    ensures \result && !\old(plan->claim_word) ==>
        frames_taken{Pre, Post}(block->line, taken->pfn - block->number * 512, \old(plan->count));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
bool words_take(struct frames *frames, const struct block *block, const struct plan *plan,
                unsigned i, struct taken *taken)
{
    uint64_t pfn = block_pfn(block->number) + i * WORD_FRAMES;
    _Atomic uint64_t *word = &block->line->words[i];
    unsigned count = (unsigned)(plan->count / WORD_FRAMES);
    bool are_taken;

    //@ assert plan->count == 128 ==> (plan->count & (plan->count - 1)) == 0;
    //@ assert plan->count == 256 ==> (plan->count & (plan->count - 1)) == 0;
    if (pfn < FRAMES_LOW_END)
        return false;
    if (plan->claim_word) {
        are_taken = claim_word(word, pfn, plan->fit, taken);
        //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
        return are_taken;
    }
    if (count == 0 || !plan_is_order(plan)) {
        are_taken = take_run_of_word(word, pfn, plan, taken);
        /*@ assert are_taken ==> frames_taken{Pre, Here}(block->line, taken->pfn - block->number * 512,
                \at(plan->count, Pre)); */
        //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
        return are_taken;
    }
    taken->pfn = pfn;
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span) && line_same{Pre, Here}(block->line);
    are_taken = take_full_words(frames, block, i, count, plan->fit == FIT_EXACT);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    //@ assert are_taken ==> count * 64 == \at(plan->count, Pre) && taken->pfn - block->number * 512 == i * 64;
    //@ assert are_taken ==> frames_taken{Pre, Here}(block->line, i * 64, count * 64);
    return are_taken;
}

/* The same for words `start`, `start` + step, ... around the line. */
/*@ requires block_sound(block) && apart(frames, block) && plan_sound(plan) && \valid(taken) && !plan->claim_word;
    requires \separated(taken, frames, block, plan) && \separated(taken, block->span);
    requires taken_outside(taken) && plan_outside(plan) && \separated(plan, frames);
    requires start < 8 && (step == 1 || step == 2 || step == 4 || step == 8);
    requires (step % 2 == 0 ==> start % 2 == 0) && (step % 4 == 0 ==> start % 4 == 0);
    requires (plan->count == 128 ==> step % 2 == 0) && (plan->count == 256 ==> step % 4 == 0);
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves, taken->pfn, taken->mask, taken->word;
    ensures !\result ==> line_same{Pre, Post}(block->line);
    ensures \result ==>
        frames_taken{Pre, Post}(block->line, taken->pfn - block->number * 512, \old(plan->count));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static bool words_take_around(struct frames *frames, const struct block *block,
                              const struct plan *plan, unsigned start, unsigned step,
                              struct taken *taken)
{
    bool is_run = plan->count < WORD_FRAMES;

    /*@ loop invariant (step % 2 == 0 ==> n % 2 == 0) && (step % 4 == 0 ==> n % 4 == 0);
        loop invariant block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
        loop invariant line_same{Pre, Here}(block->line);
        loop assigns n, block->line->words[0 .. 7], block->group->words[SOME .. WHOLE],
            block->row->words[SOME .. WHOLE], frames->runs[0 .. 1], frames->moves,
            taken->pfn, taken->mask, taken->word;
        loop variant LINE_WORDS - n; */
    for (unsigned n = 0; n < LINE_WORDS; n += step) {
        unsigned i = (start + n) % LINE_WORDS;
        //@ assert i < 8 && (step % 2 == 0 ==> i % 2 == 0) && (step % 4 == 0 ==> i % 4 == 0);
        uint64_t word = word_peek(&block->line->words[i]);
        if (word != 0 && (!is_run || fitting_starts(word, plan) != 0) &&
            words_take(frames, block, plan, i, taken))
            return true;
    }
    return false;
}

/*@ requires block_sound(block) && apart(frames, block) && plan_sound(plan) && \valid(taken);
    requires \separated(taken, frames, block, plan) && \separated(taken, block->span);
    requires taken_outside(taken) && plan_outside(plan) && \separated(plan, frames);
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves, taken->pfn, taken->mask, taken->word;
    ensures !\result ==> line_same{Pre, Post}(block->line);
    ensures \result && \old(plan->claim_word) ==> taken->pfn / 512 == block->number && taken->pfn % 64 == 0 &&
        taken->word == &block->line->words[taken->pfn % 512 / 64] &&
        mask_taken{Pre, Post}(block->line, taken->pfn % 512 / 64, taken->mask);
    ensures \result && !\old(plan->claim_word) ==>
        frames_taken{Pre, Post}(block->line, taken->pfn - block->number * 512, \old(plan->count)); */
bool line_take(struct frames *frames, const struct block *block, const struct plan *plan,
               uint64_t near_pfn, struct taken *taken)
{
    unsigned start = (unsigned)(near_pfn / WORD_FRAMES % LINE_WORDS);
    unsigned step = 1;

    if (plan->claim_word)
        return line_claim(block->line, plan->fit,
                          block_pfn(block->number) + near_pfn % BLOCK_FRAMES, taken);
    if (plan->align_count > WORD_FRAMES) {
        step = (unsigned)(plan->align_count / WORD_FRAMES);
        start -= start % step;
    }
    return words_take_around(frames, block, plan, start, step, taken);
}
