/* SPDX-License-Identifier: MIT */
/*
 * Taking from one line: a run inside a word, all a word has (for a cache), or several full words.
 */
#include "frames/search.h"

/* Runs of a quarter of a word and more, which singles and small orders leave alone. */
static uint64_t usable_bits(uint64_t word, enum fit fit)
{
    return fit == FIT_LOOSE ? word & ~aligned_runs(word, RUN_ORDER) : word;
}

/* Where runs that fit begin in a word. */
static inline uint64_t fitting_starts(uint64_t word, const struct plan *plan)
{
    uint64_t found =
        run_starts(usable_bits(word, plan->fit), (unsigned)plan->count) & plan->starts;

    if (plan->fit == FIT_EXACT)
        found = run_exact(found, (unsigned)plan->count, plan->pair_starts);
    return found;
}

MUST_USE static bool take_run_of_word(_Atomic uint64_t *word, uint64_t base_pfn,
                                      const struct plan *plan, struct taken *taken)
{
    uint64_t old = word_load(word);
    uint64_t found;

    while ((found = fitting_starts(old, plan)) != 0) {
        unsigned first = bit_lowest(found);
        if (word_cas(word, &old, old & ~run_mask(first, (unsigned)plan->count))) {
            taken->pfn = base_pfn + first;
            return true;
        }
    }
    return false;
}

/* For a cache: all frames of a word that it may have; false: none. */
MUST_USE static inline bool claim_word(_Atomic uint64_t *word, uint64_t base_pfn, enum fit fit,
                                       struct taken *taken)
{
    uint64_t old = word_peek(word);
    uint64_t mask;

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

bool line_claim(struct frames_line *line, enum fit fit, uint64_t near_pfn, struct taken *taken)
{
    uint64_t first_pfn = near_pfn & ~(BLOCK_FRAMES - 1);
    uint64_t offset = word_base(near_pfn) & (BLOCK_FRAMES - 1);

    for (unsigned n = 0; n < LINE_WORDS; n++) {
        _Atomic uint64_t *word = &line->words[offset >> WORD_SHIFT];
        uint64_t seen = word_peek(word);
        if (seen != 0 && (seen != WORD_FULL || fit == FIT_ANY) &&
            first_pfn + offset >= FRAMES_LOW_END &&
            claim_word(word, first_pfn + offset, fit, taken))
            return true;
        offset = (offset + WORD_FRAMES) & (BLOCK_FRAMES - 1);
    }
    return false;
}

bool line_words_are_full(const struct frames_line *line, unsigned first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (word_load(&line->words[first + i]) != WORD_FULL)
            return false;
    }
    return true;
}

/* All of `count` full words, or none: those taken before one that is not full are put back. */
MUST_USE static bool take_full_words(struct frames *frames, const struct block *block,
                                     unsigned first, unsigned count, bool is_exact)
{
    unsigned i;

    if (!line_words_are_full(block->line, first, count) ||
        (is_exact && count < LINE_WORDS / 2 &&
         line_words_are_full(block->line, first ^ count, count)))
        return false;
    moves_begin(frames);
    for (i = 0; i < count; i++) {
        uint64_t expected = WORD_FULL;
        if (!word_cas(&block->line->words[first + i], &expected, 0))
            break;
    }
    if (i < count) {
        words_put_back(frames, block, first, i);
        block_settle(frames, block);
    }
    moves_end(frames);
    return i == count;
}

bool words_take(struct frames *frames, const struct block *block, const struct plan *plan,
                unsigned i, struct taken *taken)
{
    uint64_t pfn = block_pfn(block->number) + ((uint64_t)i << WORD_SHIFT);
    _Atomic uint64_t *word = &block->line->words[i];
    unsigned count = (unsigned)(plan->count >> WORD_SHIFT);

    if (pfn < FRAMES_LOW_END)
        return false;
    if (plan->claim_word)
        return claim_word(word, pfn, plan->fit, taken);
    if (count == 0 || !plan_is_order(plan))
        return take_run_of_word(word, pfn, plan, taken);
    taken->pfn = pfn;
    return take_full_words(frames, block, i, count, plan->fit == FIT_EXACT);
}

bool line_take(struct frames *frames, const struct block *block, const struct plan *plan,
               uint64_t near_pfn, struct taken *taken)
{
    unsigned start = (unsigned)(near_pfn >> WORD_SHIFT) & (LINE_WORDS - 1);
    unsigned step = 1;
    bool is_run = plan->count < WORD_FRAMES;

    if (plan->claim_word)
        return line_claim(block->line, plan->fit,
                          block_pfn(block->number) + (near_pfn & (BLOCK_FRAMES - 1)), taken);
    if (plan->align_count > WORD_FRAMES)
        step = (unsigned)(plan->align_count >> WORD_SHIFT);
    start &= ~(step - 1);
    for (unsigned n = 0; n < LINE_WORDS; n += step) {
        unsigned i = (start + n) & (LINE_WORDS - 1);
        uint64_t word = word_peek(&block->line->words[i]);
        if (word != 0 && (!is_run || fitting_starts(word, plan) != 0) &&
            words_take(frames, block, plan, i, taken))
            return true;
    }
    return false;
}
