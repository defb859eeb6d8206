/* SPDX-License-Identifier: MIT */
/* Bytes as 64-bit words: how far two runs are equal, and hashes; see watch.h. */
#include "base/bits.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "watch/inner.h"

enum { BLOCK_WORDS = 8, BLOCK_BYTES = BLOCK_WORDS * 8 };

/*
 * Two words as one, where the compiler may use such registers (hosts); in a kernel that is built for
 * integer registers alone it makes plain words of them.
 */
typedef uint64_t __attribute__((vector_size(16), may_alias, aligned(1))) two_words_t;

static inline uint64_t block_difference(const uint8_t *left, const uint8_t *right)
{
    const two_words_t *a = (const two_words_t *)left, *b = (const two_words_t *)right;
    two_words_t all = ((a[0] ^ b[0]) | (a[1] ^ b[1])) | ((a[2] ^ b[2]) | (a[3] ^ b[3]));

    return all[0] | all[1];
}

size_t watch_same_blocks(const uint8_t *left, const uint8_t *right, size_t size_bytes)
{
    size_t same = 0;

    while (size_bytes - same >= BLOCK_BYTES && block_difference(left + same, right + same) == 0)
        same += BLOCK_BYTES;
    return same;
}

size_t watch_same_bytes(const void *left, const void *right, size_t size_bytes)
{
    const uint8_t *a = left, *b = right;
    size_t same = watch_same_blocks(a, b, size_bytes);

    while (same < size_bytes && a[same] == b[same])
        same++;
    return same;
}

bool watch_is_same(const uint8_t *left, const uint8_t *right, size_t size_bytes)
{
    size_t same = watch_same_blocks(left, right, size_bytes);

    if (size_bytes - same >= BLOCK_BYTES)
        return false;
    while (same < size_bytes && left[same] == right[same])
        same++;
    return same == size_bytes;
}

bool watch_is_filled(const uint8_t *bytes, uint64_t word, size_t size_bytes)
{
    const two_words_t words = {word, word};
    size_t at = 0;

    for (; size_bytes - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        const two_words_t *a = (const two_words_t *)(bytes + at);
        two_words_t all = ((a[0] ^ words) | (a[1] ^ words)) | ((a[2] ^ words) | (a[3] ^ words));
        if ((all[0] | all[1]) != 0)
            return false;
    }
    while (at < size_bytes && bytes[at] == (uint8_t)(word >> 8 * (at % 8)))
        at++;
    return at == size_bytes;
}

/* ---- hashes ---------------------------------------------------------------------------------------- */

#define LANE_FACTOR UINT64_C(0x9e3779b97f4a7c15)
#define LAST_FACTOR UINT64_C(0xbf58476d1ce4e5b9)

/* A permutation of the lane, for each word: a change of one word always shows. */
static inline uint64_t stir(uint64_t lane, uint64_t word)
{
    uint64_t mixed = (lane ^ word) * LANE_FACTOR;

    return mixed >> 29 | mixed << 35;
}

static inline uint64_t finish(uint64_t lane)
{
    lane ^= lane >> 30;
    lane *= LAST_FACTOR;
    return lane ^ lane >> 27;
}

/* The word at the end, filled up with zeroes. */
static uint64_t load_rest(const uint8_t *bytes, size_t size_bytes)
{
    uint8_t word[8] = {0};

    memcpy(word, bytes, size_bytes);
    return load_le64(word);
}

uint64_t watch_hash(const void *bytes, size_t size_bytes)
{
    const uint8_t *at = bytes;
    uint64_t lanes[4] = {1, 2, 3, 4}, hash = size_bytes;
    size_t left = size_bytes;

    for (; left >= 32; left -= 32, at += 32) {
        lanes[0] = stir(lanes[0], load_le64(at));
        lanes[1] = stir(lanes[1], load_le64(at + 8));
        lanes[2] = stir(lanes[2], load_le64(at + 16));
        lanes[3] = stir(lanes[3], load_le64(at + 24));
    }
    for (unsigned lane = 0; left > 0; lane++) {
        size_t some = left < 8 ? left : 8;
        lanes[lane] = stir(lanes[lane], load_rest(at, some));
        at += some;
        left -= some;
    }
    for (unsigned lane = 0; lane < 4; lane++)
        hash = finish(hash ^ lanes[lane]) * LANE_FACTOR;
    return hash;
}
