/* SPDX-License-Identifier: MIT */
/*
 * What was handed out; see harden.h. The owner of a run alone changes its bits; who gives it back
 * takes `owned` away word by word, so that only one can.
 */
#include "frames/harden.h"

#ifdef FRAMES_HARDENED

/* Part of a range that lies in one word. */
struct piece {
    struct frames_line *line; /* NULL: never written, or not there */
    unsigned i;
    uint64_t mask;
    uint64_t end_pfn;
};

static struct piece piece_at(const struct frames *frames, uint64_t pfn, uint64_t end_pfn)
{
    const struct frames_span *span = frames_find_span(frames, pfn >> BLOCK_SHIFT);
    struct piece piece = {.end_pfn = min_u64(end_pfn, word_base(pfn) + WORD_FRAMES)};
    struct block block;

    if (span == NULL)
        return piece;
    block = block_of(span, pfn >> BLOCK_SHIFT);
    if (!row_says(&block, READY) || !group_says(&block, LINED))
        return piece;
    piece.line = block.line;
    piece.i = (unsigned)(frame_word(&block, pfn) - block.line->words);
    piece.mask = range_mask(word_base(pfn), WORD_SHIFT, pfn, end_pfn);
    return piece;
}

void harden_hand_out(struct frames *frames, uint64_t first_pfn, uint64_t count)
{
    uint64_t end_pfn = first_pfn + count;

    for (uint64_t pfn = first_pfn; pfn < end_pfn;) {
        struct piece piece = piece_at(frames, pfn, end_pfn);
        uint64_t joined = pfn == first_pfn ? piece.mask & ~frame_bit(pfn) : piece.mask;
        word_or(&piece.line->joined[piece.i], joined);
        word_or(&piece.line->owned[piece.i], piece.mask);
        pfn = piece.end_pfn;
    }
}

/* Is the frame handed out, and in one run with the one before it? */
static bool is_joined(const struct frames *frames, uint64_t pfn)
{
    struct piece piece = piece_at(frames, pfn, pfn + 1);

    return piece.line != NULL && (word_load(&piece.line->joined[piece.i]) & piece.mask) != 0;
}

/* Are all frames handed out, and, as an order, one whole run? */
static enum frames_status judge(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn,
                                bool is_order)
{
    enum frames_status status = FRAMES_OK;

    for (uint64_t pfn = first_pfn; pfn < end_pfn;) {
        struct piece piece = piece_at(frames, pfn, end_pfn);
        uint64_t expected = pfn == first_pfn ? piece.mask & ~frame_bit(pfn) : piece.mask;
        if (piece.line == NULL ||
            (word_load(&piece.line->owned[piece.i]) & piece.mask) != piece.mask)
            return FRAMES_ALREADY_FREE;
        if ((word_load(&piece.line->joined[piece.i]) & piece.mask) != expected)
            status = FRAMES_WRONG_ORDER;
        pfn = piece.end_pfn;
    }
    if (is_joined(frames, end_pfn))
        status = FRAMES_WRONG_ORDER;
    return is_order ? status : FRAMES_OK;
}

static void give_marks_back(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    for (uint64_t pfn = first_pfn; pfn < end_pfn;) {
        struct piece piece = piece_at(frames, pfn, end_pfn);
        word_or(&piece.line->owned[piece.i], piece.mask);
        pfn = piece.end_pfn;
    }
}

/* Takes `owned` away; false: someone else did so for a frame of it. */
MUST_USE static bool take_marks(const struct frames *frames, uint64_t first_pfn, uint64_t end_pfn)
{
    for (uint64_t pfn = first_pfn; pfn < end_pfn;) {
        struct piece piece = piece_at(frames, pfn, end_pfn);
        uint64_t old = word_load(&piece.line->owned[piece.i]);
        do {
            if ((old & piece.mask) != piece.mask) {
                give_marks_back(frames, first_pfn, pfn);
                return false;
            }
        } while (!word_cas(&piece.line->owned[piece.i], &old, old & ~piece.mask));
        pfn = piece.end_pfn;
    }
    return true;
}

enum frames_status harden_take_back(struct frames *frames, uint64_t first_pfn, uint64_t count,
                                    bool is_order)
{
    enum frames_status status = range_check(frames, first_pfn, count);
    uint64_t end_pfn = first_pfn + count;

    if (status == FRAMES_OK)
        status = judge(frames, first_pfn, end_pfn, is_order);
    if (status != FRAMES_OK)
        return status;
    if (!take_marks(frames, first_pfn, end_pfn))
        return FRAMES_ALREADY_FREE;
    /* What follows in the same run is a run of its own now. */
    for (uint64_t pfn = first_pfn; pfn <= end_pfn;) {
        struct piece piece = piece_at(frames, pfn, pfn == end_pfn ? pfn + 1 : end_pfn);
        if (piece.line != NULL)
            word_and(&piece.line->joined[piece.i], ~piece.mask);
        pfn = piece.end_pfn;
    }
    return FRAMES_OK;
}

void harden_clear(struct frames_line *line)
{
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        word_store(&line->owned[i], 0);
        word_store(&line->joined[i], 0);
    }
}

bool harden_is_consistent(const struct frames_line *line)
{
    for (unsigned i = 0; i < LINE_WORDS; i++) {
        uint64_t owned = word_load(&line->owned[i]);
        if ((owned & word_load(&line->words[i])) != 0 ||
            (word_load(&line->joined[i]) & ~owned) != 0)
            return false;
    }
    return true;
}

#endif
