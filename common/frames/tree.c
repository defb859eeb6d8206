/* SPDX-License-Identifier: MIT */
/* The steps that change the tree, block by block; see tree.h and README.md. */
#include "frames/give.h"
#include "frames/harden.h"
#include "frames/search.h"

/* ---- hints -------------------------------------------------------------------------------- */

/*@ requires \valid_read(line);
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < 8 ==> line->words[i] == 0; */
bool line_is_empty(const struct frames_line *line)
{
    uint64_t bits = 0;

    /*@ loop invariant 0 <= i <= 8;
        loop invariant bits == 0 <==> \forall integer j; 0 <= j < i ==> line->words[j] == 0;
        loop assigns i, bits;
        loop variant 8 - i; */
    for (unsigned i = 0; i < LINE_WORDS; i++)
        bits |= word_load(&line->words[i]);
    return bits == 0;
}

/*@ requires \valid_read(line);
    assigns \nothing;
    ensures \result <==> \forall integer i; 0 <= i < 8 ==> line->words[i] == WORD_FULL; */
static bool line_is_full(const struct frames_line *line)
{
    /*@ loop invariant 0 <= i <= 8;
        loop invariant \forall integer j; 0 <= j < i ==> line->words[j] == WORD_FULL;
        loop assigns i;
        loop variant 8 - i; */
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        if (word_load(&line->words[i]) != WORD_FULL)
            return false;
    }
    return true;
}

/* Clear, look again, set back: whoever gave a frame after the look finds the hint clear. */
/*@ requires block_sound(block) && apart(frames, block);
    assigns block->group->words[SOME], block->row->words[SOME], frames->moves; */
void block_drop_hint(struct frames *frames, const struct block *block)
{
    moves_begin(frames);
    word_and(&block->group->words[SOME], ~block->bit);
    if (!line_is_empty(block->line))
        hint_set(block, SOME);
    moves_end(frames);
}

/* The bits of all groups of the block's giant that lie in its span. */
/*@ requires block_placed(block) && which < 4;
    assigns \nothing; */
static uint64_t giant_bits(const struct block *block, unsigned which)
{
    const struct frames_span *span = block->span;
    uint64_t number = max_u64(giant_first(block->number), span->first_block);
    uint64_t end = min_u64(giant_first(block->number) + GIANT_BLOCKS, span->end_block);
    uint64_t bits = 0;

    /*@ loop invariant block->span->first_block <= number;
        loop assigns number, bits;
        loop variant end - number; */
    for (; number < end; number = group_first(number) + GROUP_BLOCKS) {
        //@ assert is_place(span->line_0, span->group_0, span->row_0, number);
        bits |= word_load(&block_of(span, number).group->words[which]);
    }
    return bits;
}

/*@ requires block_placed(block) && apart(frames, block) && which < 4;
    assigns block->row->words[which], frames->moves; */
void giant_drop_hint(struct frames *frames, const struct block *block, unsigned which)
{
    if (giant_bits(block, which) != 0)
        return;
    moves_begin(frames);
    word_and(&block->row->words[which], ~block->giant_bit);
    if (giant_bits(block, which) != 0)
        word_or(&block->row->words[which], block->giant_bit);
    moves_end(frames);
}

/* ---- giving and gathering ----------------------------------------------------------------- */

/* The block that a class of requests takes from stays apart: else a pair of calls would split
 * and gather it over and over. */
/*@ requires \valid_read(frames);
    assigns \nothing; */
static bool block_is_hinted(const struct frames *frames, uint64_t number)
{
    /*@ loop invariant 0 <= i <= HINT_LARGE;
        loop assigns i;
        loop variant HINT_LARGE - i; */
    for (unsigned i = 0; i < HINT_LARGE; i++) {
        if (word_load(&frames->hints[i]) >> BLOCK_SHIFT == number)
            return true;
    }
    return false;
}

/*@ requires \valid(line) && first + count <= 8;
    assigns line->words[first .. first + count - 1];
    ensures \result <= count;
    ensures \forall integer j; first <= j < first + \result ==>
        line->words[j] == 0 && \old(line->words[j]) == WORD_FULL;
    ensures \forall integer j; first + \result <= j < 8 ==> line->words[j] == \old(line->words[j]);
    ensures \result < count ==> \old(line->words[first + \result]) != WORD_FULL; */
unsigned words_take_full(struct frames_line *line, unsigned first, unsigned count)
{
    unsigned i;

    /*@ loop invariant 0 <= i <= count;
        loop invariant \forall integer j; first <= j < first + i ==>
            line->words[j] == 0 && \at(line->words[\at(j, Here)], Pre) == WORD_FULL;
        loop invariant \forall integer j; first + i <= j < 8 ==>
            line->words[j] == \at(line->words[\at(j, Here)], Pre);
        loop assigns i, line->words[first .. first + count - 1];
        loop variant count - i; */
    for (i = 0; i < count; i++) {
        uint64_t expected = WORD_FULL;
        if (!word_cas(&line->words[first + i], &expected, 0))
            break;
    }
    return i;
}

/*@ requires block_sound(block) && apart(frames, block) && first + count <= 8;
    requires \forall integer j; first <= j < first + count ==> block->line->words[j] == 0;
    assigns block->line->words[first .. first + count - 1], block->group->words[SOME], block->row->words[SOME],
        frames->runs[0 .. 1];
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span);
    ensures \forall integer j; first <= j < first + count ==> block->line->words[j] == WORD_FULL; */
void words_put_back(struct frames *frames, const struct block *block, unsigned first,
                    unsigned count)
{
    /*@ loop invariant first <= i <= first + count;
        loop invariant \forall integer j; first <= j < i ==> block->line->words[j] == WORD_FULL;
        loop invariant \forall integer j; i <= j < first + count ==> block->line->words[j] == 0;
        loop assigns i, block->line->words[first .. first + count - 1];
        loop variant first + count - i; */
    for (unsigned i = first; i < first + count; i++)
        word_or(&block->line->words[i], WORD_FULL);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    hint_set(block, SOME);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    spots_tell(frames, block, first, count);
}

/* All its words are ours. */
/*@ requires block_sound(block);
    assigns block->group->words[SOME], block->group->words[WHOLE], block->row->words[WHOLE];
    ensures block->group->words[WHOLE] == (\old(block->group->words[WHOLE]) | \old(block->bit));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static void become_whole(const struct block *block)
{
    uint64_t bit = block->bit;

    word_and(&block->group->words[SOME], ~bit);
    word_or(&block->group->words[WHOLE], bit);
    hint_set(block, WHOLE);
}

/*
 * Takes the eight full words one by one; once all are ours nobody can reach the block, and it
 * becomes whole. A word that is no longer full: those before it, which nobody else can have
 * changed, are put back.
 */
/*@ requires block_sound(block) && apart(frames, block);
    assigns block->line->words[0 .. 7], block->group->words[SOME], block->group->words[WHOLE],
        block->row->words[SOME], block->row->words[WHOLE], frames->runs[0 .. 1];
    ensures \result <==> line_full{Pre}(block->line);
    ensures \result ==> \forall integer j; 0 <= j < 8 ==> block->line->words[j] == 0;
    ensures \result ==>
        block->group->words[WHOLE] == (\old(block->group->words[WHOLE]) | \old(block->bit));
    ensures !\result ==> line_same{Pre, Post}(block->line) &&
        block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static bool gather_words(struct frames *frames, const struct block *block)
{
    unsigned taken = words_take_full(block->line, 0, LINE_WORDS);

    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    //@ assert block->group->words[WHOLE] == \at(block->group->words[WHOLE], Pre);
    if (taken < LINE_WORDS) {
        words_put_back(frames, block, 0, taken);
        return false;
    }
    become_whole(block);
    return true;
}

/*@ requires block_sound(block) && apart(frames, block);
    assigns block->line->words[0 .. 7], block->group->words[SOME], block->group->words[WHOLE],
        block->row->words[SOME], block->row->words[WHOLE], frames->runs[0 .. 1], frames->moves;
    ensures \result <==> line_full{Pre}(block->line);
    ensures \result ==> \forall integer j; 0 <= j < 8 ==> block->line->words[j] == 0;
    ensures \result ==>
        block->group->words[WHOLE] == (\old(block->group->words[WHOLE]) | \old(block->bit));
    ensures !\result ==> line_same{Pre, Post}(block->line) &&
        block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static bool gather_once(struct frames *frames, const struct block *block)
{
    bool became_whole;

    moves_begin(frames);
    became_whole = gather_words(frames, block);
    moves_end(frames);
    return became_whole;
}

/* Again where the line is full again: whoever filled it saw it with words missing. */
/*@ requires block_sound(block) && apart(frames, block);
    assigns block->line->words[0 .. 7], block->group->words[SOME], block->group->words[WHOLE],
        block->row->words[SOME], block->row->words[WHOLE], frames->runs[0 .. 1], frames->moves;
    ensures settled{Pre, Post}(block->line, \old(block->group->words[WHOLE]), block->group->words[WHOLE],
        \old(block->bit));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
void block_gather(struct frames *frames, const struct block *block)
{
    /*@ loop assigns \nothing;
        loop variant 0; */
    while (group_says(block, MANAGED) && line_is_full(block->line)) {
        if (gather_once(frames, block))
            return;
    }
}

/*@ requires block_sound(block) && apart(frames, block);
    assigns block->line->words[0 .. 7], block->group->words[SOME], block->group->words[WHOLE],
        block->row->words[SOME], block->row->words[WHOLE], frames->runs[0 .. 1], frames->moves;
    ensures settled{Pre, Post}(block->line, \old(block->group->words[WHOLE]), block->group->words[WHOLE],
        \old(block->bit));
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
void block_settle(struct frames *frames, const struct block *block)
{
    if (!block_is_hinted(frames, block->number))
        block_gather(frames, block);
}

/* Gathers a block of the span; true where it is whole then. */
/*@ requires span_sound(span) && \valid(frames) && apart_of_span(frames, span);
    requires span->first_block <= number < span->end_block;
    assigns tree_lines[0 .. line_count - 1], tree_groups[0 .. group_count - 1], tree_rows[0 .. row_count - 1],
        frames->runs[0 .. 1], frames->moves; */
static bool span_gather(struct frames *frames, const struct frames_span *span, uint64_t number)
{
    //@ assert is_place{Pre}(span->line_0, span->group_0, span->row_0, number);
    //@ assert is_place(span->line_0, span->group_0, span->row_0, number);
    struct block block = block_of(span, number);

    //@ assert block_sound(&block) && apart(frames, &block);
    block_gather(frames, &block);
    return group_says(&block, WHOLE);
}

/* The same for the block of a hint. */
/*@ requires frames_sound(frames);
    assigns tree_lines[0 .. line_count - 1], tree_groups[0 .. group_count - 1], tree_rows[0 .. row_count - 1],
        frames->runs[0 .. 1], frames->moves;
    ensures frames_sound(frames); */
static bool hint_gather(struct frames *frames, uint64_t pfn)
{
    const struct frames_span *span;
    bool became_whole;

    if (pfn == 0 || (span = frames_find_span(frames, pfn >> BLOCK_SHIFT)) == NULL)
        return false;
    became_whole = span_gather(frames, span, pfn >> BLOCK_SHIFT);
    //@ assert \forall integer i; 0 <= i < frames->span_count ==> span_kept{Pre, Here}(frames->spans + i);
    return became_whole;
}

/*@ requires frames_sound(frames);
    assigns tree_lines[0 .. line_count - 1], tree_groups[0 .. group_count - 1], tree_rows[0 .. row_count - 1],
        frames->runs[0 .. 1], frames->moves; */
bool frames_gather_hints(struct frames *frames)
{
    bool became_whole = false;

    /*@ loop invariant 0 <= i <= HINT_LARGE && frames_sound(frames);
        loop assigns i, became_whole, tree_lines[0 .. line_count - 1], tree_groups[0 .. group_count - 1],
            tree_rows[0 .. row_count - 1], frames->runs[0 .. 1], frames->moves;
        loop variant HINT_LARGE - i; */
    for (unsigned i = 0; i < HINT_LARGE; i++) {
        if (hint_gather(frames, word_load(&frames->hints[i])))
            became_whole = true;
    }
    return became_whole;
}

/* Lists a new run; not where singles come from at present: it would come and go with each pair. */
/*@ requires block_sound(block) && apart(frames, block) && mask != 0 && base_pfn % 64 == 0;
    assigns frames->runs[0 .. 1]; */
static void tell_quarter(struct frames *frames, const struct block *block, uint64_t base_pfn,
                         uint64_t mask)
{
    uint64_t pfn = base_pfn + bit_lowest(mask);

    if ((mask & (mask - 1)) != 0 || word_load(&frames->hints[0]) >> RUN_ORDER != pfn >> RUN_ORDER)
        spots_tell(frames, block, (unsigned)(pfn / WORD_FRAMES % LINE_WORDS), 1);
}

/*@ requires block_sound(block) && apart(frames, block) && mask != 0 && base_pfn % 64 == 0;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves;
    ensures settled{Pre, Post}(block->line, \old(block->group->words[WHOLE]), block->group->words[WHOLE],
        \old(block->bit)); */
static void settle_and_tell(struct frames *frames, const struct block *block, uint64_t base_pfn,
                            uint64_t mask, uint64_t new)
{
    if (new == WORD_FULL)
        block_settle(frames, block);
    tell_quarter(frames, block, base_pfn, mask);
}

/*@ requires span_sound(span) && \valid(frames) && apart_of_span(frames, span) && mask != 0;
    requires span->first_block <= base_pfn / 512 < span->end_block && base_pfn % 64 == 0;
    assigns line_at(span, base_pfn / 512)->words[0 .. 7], group_at(span, base_pfn / 512)->words[SOME .. WHOLE],
        row_at(span, base_pfn / 512)->words[SOME .. WHOLE], frames->runs[0 .. 1], frames->moves;
    ensures \result == FRAMES_OK;
    ensures settled{Pre, Post}(line_at{Pre}(span, base_pfn / 512),
        \old(group_at(span, base_pfn / 512)->words[WHOLE]),
        group_at{Pre}(span, base_pfn / 512)->words[WHOLE], 1 << (base_pfn / 512 % 64)); */
enum frames_status block_has_run(struct frames *frames, const struct frames_span *span,
                                 uint64_t base_pfn, uint64_t mask, uint64_t new)
{
    uint64_t number = base_pfn / BLOCK_FRAMES;
    //@ assert number == base_pfn / 512;
    //@ assert is_place{Pre}(span->line_0, span->group_0, span->row_0, number);
    //@ assert is_place(span->line_0, span->group_0, span->row_0, number);
    struct block block = block_of(span, number);

    //@ assert block_sound(&block) && apart(frames, &block);
    settle_and_tell(frames, &block, base_pfn, mask, new);
    return FRAMES_OK;
}

/*@ requires block_placed(block) && apart(frames, block) && word_of(block, word) && mask != 0;
    assigns block->line->words[0 .. 7], block->group->words[SOME .. WHOLE], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1], frames->moves;
    ensures \result <==> (\old(*word) & mask) == 0;
    ensures !\result ==> line_same{Pre, Post}(block->line) &&
        block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures \result ==> \forall integer i; 0 <= i < 8 && word == &block->line->words[i] ==>
        frames_given{Pre, Post}(block, i, mask); */
bool block_give(struct frames *frames, const struct block *block, _Atomic uint64_t *word,
                uint64_t mask)
{
    uint64_t new;

    if (!block_set_bits(frames, block, word, mask, &new))
        return false;
    /*@ assert \forall integer i; 0 <= i < 8 && word == &block->line->words[i] ==>
            frames_given{Pre, Here}(block, i, mask); */
    if (makes_run(new, mask, RUN_ORDER)) {
        uint64_t i = (uint64_t)(word - block->line->words);
        //@ assert i < 8;
        (void)block_tell_run(frames, block, block_pfn(block->number) + i * WORD_FRAMES, mask, new);
    }
    return true;
}

/* ---- taking whole blocks ------------------------------------------------------------------ */

/*@ requires block_sound(block);
    assigns block->group->words[WHOLE];
    ensures \result <==> (\old(block->group->words[WHOLE]) & bits) == bits;
    ensures !\result ==> block->group->words[WHOLE] == \old(block->group->words[WHOLE]);
    ensures \result ==> \forall integer k; 0 <= k < 64 ==>
        (bit_set(block->group->words[WHOLE], k) <==>
         bit_set(\old(block->group->words[WHOLE]), k) && !bit_set(bits, k));
    ensures \result ==> \forall integer k; 0 <= k < 64 ==> bit_set(bits, k) ==>
        bit_set(\old(block->group->words[WHOLE]), k); */
bool blocks_take(const struct block *block, uint64_t bits)
{
    uint64_t old = word_load(&block->group->words[WHOLE]);
    uint64_t new;

    /*@ loop invariant old == block->group->words[WHOLE] == \at(block->group->words[WHOLE], Pre);
        loop assigns old, new;
        loop variant 0; */
    do {
        if (!word_take(old, bits, &new))
            return false;
    } while (!word_cas(&block->group->words[WHOLE], &old, new));
    return true;
}

/* Asks the accept hook for a block that was never used. */
/*@ requires \valid_read(frames);
    assigns \nothing; */
static bool block_accept(const struct frames *frames, uint64_t number)
{
    uint64_t end_pfn;
    const struct frames_region *region;

    if (frames->accept == NULL)
        return true;
    region = region_find(frames, block_pfn(number), &end_pfn);
    if (region == NULL || (word_load(&region->end_pfn) & REGION_UNACCEPTED) == 0)
        return true;
    return frames->accept(frames->accept_context, block_pfn(number), BLOCK_FRAMES);
}

/* Puts taken blocks, whose lines hold nothing, back. */
/*@ requires block_sound(block);
    assigns block->group->words[SOME .. WHOLE], block->row->words[WHOLE];
    ensures \forall integer k; 0 <= k < 64 ==> (bit_set(block->group->words[WHOLE], k) <==>
        bit_set(\old(block->group->words[WHOLE]), k) || bit_set(bits, k)); */
static void blocks_close(const struct block *block, uint64_t bits)
{
    word_or(&block->group->words[WHOLE], bits);
    hint_set(block, WHOLE);
}

/* Nothing of the block is free; nothing of it was ever handed out. */
/*@ requires \valid(line);
    assigns line->words[0 .. 7];
    ensures \forall integer i; 0 <= i < 8 ==> line->words[i] == 0; */
static void line_clear(struct frames_line *line)
{
    /*@ loop invariant 0 <= i <= 8;
        loop invariant \forall integer j; 0 <= j < i ==> line->words[j] == 0;
        loop assigns i, line->words[0 .. 7];
        loop variant 8 - i; */
    for (unsigned i = 0; i < LINE_WORDS; i++)
        word_store(&line->words[i], 0);
    harden_clear(line);
}

/* Writes the line of one block of the group, unless the accept hook refuses. */
/*@ requires block_placed(block) && apart(frames, block) && bit < 64;
    requires block->span->first_block <= block->number - block->number % 64 + bit < block->span->end_block;
    assigns block->group->words[LINED], tree_lines[group_index(block) .. group_index(block) + 63];
    ensures \result ==> \forall integer i; 0 <= i < 8 ==> tree_lines[group_index(block) + bit].words[i] == 0;
    ensures block_kept{Pre, Post}(block) && span_kept{Pre, Post}(block->span); */
static bool block_open(const struct frames *frames, const struct block *block, unsigned bit)
{
    uint64_t number = group_first(block->number) + bit;
    //@ assert is_place(block->span->line_0, block->span->group_0, block->span->row_0, number);
    struct block each = block_of(block->span, number);

    if (!block_accept(frames, number))
        return false;
    line_clear(each.line);
    word_or(&block->group->words[LINED], each.bit);
    return true;
}

/*@ requires block_placed(block) && apart(frames, block);
    requires \forall integer k; 0 <= k < 64 && bit_set(bits, k) ==>
        block->span->first_block <= block->number - block->number % 64 + k < block->span->end_block;
    assigns block->group->words[SOME .. LINED], block->row->words[WHOLE],
        tree_lines[group_index(block) .. group_index(block) + 63];
    ensures \result ==> block->group->words[WHOLE] == \old(block->group->words[WHOLE]); */
bool blocks_open(struct frames *frames, const struct block *block, uint64_t bits)
{
    uint64_t fresh = bits & ~word_load(&block->group->words[LINED]);

    //@ ghost unsigned next = 0;
    /*@ loop invariant 0 <= next <= 64;
        loop invariant \forall integer k; 0 <= k < 64 && bit_set(fresh, k) ==> next <= k && bit_set(bits, k);
        loop invariant block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
        loop assigns fresh, next, block->group->words[LINED],
            tree_lines[\at(group_index(block), Pre) .. \at(group_index(block), Pre) + 63];
        loop variant 64 - next; */
    while (fresh != 0) {
        unsigned bit = bit_lowest(fresh);
        if (!block_open(frames, block, bit)) {
            blocks_close(block, bits);
            return false;
        }
        fresh &= ~(UINT64_C(1) << bit);
        //@ ghost next = bit + 1;
    }
    return true;
}

/* All frames of the line but [first, end) are free. */
/*@ requires \valid(line);
    assigns line->words[0 .. 7];
    ensures \forall integer i, k; 0 <= i < 8 && 0 <= k < 64 ==>
        (bit_set(line->words[i], k) <==> !(first <= i * 64 + k < end)); */
static void line_write(struct frames_line *line, uint64_t first, uint64_t end)
{
    /*@ loop invariant 0 <= i <= 8;
        loop invariant \forall integer j, k; 0 <= j < i && 0 <= k < 64 ==>
            (bit_set(line->words[j], k) <==> !(first <= j * 64 + k < end));
        loop assigns i, line->words[0 .. 7];
        loop variant 8 - i; */
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        uint64_t taken = range_mask(i * WORD_FRAMES, WORD_SHIFT, first, end);
        //@ assert \forall integer k; 0 <= k < 64 ==> (bit_set(taken, k) <==> first <= i * 64 + k < end);
        uint64_t free = WORD_FULL & ~taken;
        //@ assert \forall integer k; 0 <= k < 64 ==> (bit_set(free, k) <==> !bit_set(taken, k));
        word_store(&line->words[i], free);
    }
}

/*@ requires block_sound(block) && apart(frames, block);
    assigns block->line->words[0 .. 7], block->group->words[SOME .. LINED], block->row->words[SOME .. WHOLE],
        frames->runs[0 .. 1]; */
bool block_split(struct frames *frames, const struct block *block, uint64_t first, uint64_t end)
{
    if (!group_says(block, LINED) && !block_accept(frames, block->number)) {
        blocks_close(block, block->bit);
        return false;
    }
    line_write(block->line, first, end);
    //@ assert block_kept{Pre, Here}(block);
    //@ assert span_kept{Pre, Here}(block->span);
    if (!group_says(block, LINED)) {
        harden_clear(block->line);
        word_or(&block->group->words[LINED], block->bit);
    }
    /* Even where it is set: who takes it back must see the line. Plain stores can come late. */
    word_or(&block->group->words[SOME], block->bit);
    //@ assert block_kept{Pre, Here}(block);
    //@ assert span_kept{Pre, Here}(block->span);
    hint_set(block, SOME);
    //@ assert block_kept{Pre, Here}(block);
    //@ assert span_kept{Pre, Here}(block->span);
    spots_tell(frames, block, 0, LINE_WORDS);
    return true;
}

/* ---- giants ------------------------------------------------------------------------------- */

/* All blocks of the group are managed and free as a whole, or none is. */
/*@ requires \valid(group);
    assigns group->words[0 .. 3]; */
static void group_write(struct frames_group *group, uint64_t blocks)
{
    word_store(&group->words[SOME], 0);
    word_store(&group->words[LINED], 0);
    word_store(&group->words[WHOLE], blocks);
    word_store(&group->words[MANAGED], blocks);
}

/*@ requires block_placed(block);
    assigns block->row->words[READY], block->row->words[WHOLE],
        tree_groups[giant_index(block) .. giant_index(block) + 7]; */
void giant_write(const struct block *block, bool whole)
{
    const struct frames_span *span = block->span;
    uint64_t number = max_u64(giant_first(block->number), span->first_block);
    uint64_t end = min_u64(giant_first(block->number) + GIANT_BLOCKS, span->end_block);

    /*@ loop invariant block_kept{Pre, Here}(block);
        loop invariant span_kept{Pre, Here}(span);
        loop invariant end <= span->end_block;
        loop invariant span->first_block <= number && block->number - block->number % 512 <= number;
        loop assigns number, tree_groups[\at(giant_index(block), Pre) .. \at(giant_index(block), Pre) + 7];
        loop variant end - number; */
    for (; number < end; number = group_first(number) + GROUP_BLOCKS) {
        //@ assert is_place(span->line_0, span->group_0, span->row_0, number);
        struct frames_group *group = block_of(span, number).group;
        //@ assert \base_addr(group) == \base_addr(tree_groups) && span_outside(span) && block_outside(block);
        group_write(group, whole ? GROUP_FULL : 0);
    }
    word_or(&block->row->words[READY], block->giant_bit);
    if (whole)
        word_or(&block->row->words[WHOLE], block->giant_bit);
}

/*@ requires block_placed(block) && apart(frames, block);
    assigns block->row->words[READY], block->row->words[WHOLE], block->row->words[GIANT], frames->moves,
        tree_groups[giant_index(block) .. giant_index(block) + 7]; */
bool giant_split(struct frames *frames, const struct block *block)
{
    bool was_whole;

    moves_begin(frames);
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    //@ assert block_placed(block);
    was_whole = (word_and(&block->row->words[GIANT], ~block->giant_bit) & block->giant_bit) != 0;
    //@ assert block_kept{Pre, Here}(block) && span_kept{Pre, Here}(block->span);
    //@ assert block_placed(block);
    if (was_whole)
        giant_write(block, true);
    moves_end(frames);
    return was_whole;
}
