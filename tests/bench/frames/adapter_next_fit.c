/* SPDX-License-Identifier: MIT */
/*
 * Baseline: one bit a frame, next fit, one lock. Orders up to 6 are looked for inside words, larger
 * ones in whole words.
 */
#include "bench/adapter.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

static struct {
    uint64_t *words; /* 1 = free */
    uint64_t word_count;
    uint64_t next;
    atomic_flag lock;
} map;

const char *adapter_name(void)
{
    return "next-fit";
}

bool adapter_has_cache(void)
{
    return false;
}

uint64_t adapter_metadata_bytes(uint64_t frame_count)
{
    return frame_count / 8;
}

void adapter_init(void *metadata, uint64_t frame_count)
{
    map.words = metadata;
    map.word_count = frame_count / 64;
    map.next = 0;
    memset(metadata, 0xff, frame_count / 8);
}

struct adapter_cpu *adapter_cpu(unsigned thread, bool cached)
{
    (void)thread;
    (void)cached;
    return NULL;
}

static void lock(void)
{
    while (atomic_flag_test_and_set_explicit(&map.lock, memory_order_acquire))
        __builtin_ia32_pause();
}

static void unlock(void)
{
    atomic_flag_clear_explicit(&map.lock, memory_order_release);
}

static uint64_t take_in_word(uint64_t i, unsigned order)
{
    static const uint64_t starts[] = {UINT64_MAX,
                                      UINT64_C(0x5555555555555555),
                                      UINT64_C(0x1111111111111111),
                                      UINT64_C(0x0101010101010101),
                                      UINT64_C(0x0001000100010001),
                                      UINT64_C(0x0000000100000001),
                                      1};
    uint64_t found = map.words[i];
    unsigned bit;

    for (unsigned k = 0; k < order; k++)
        found &= found >> (1u << k);
    found &= starts[order];
    if (found == 0)
        return ADAPTER_NONE;
    bit = (unsigned)__builtin_ctzll(found);
    map.words[i] &= ~((order == 6 ? UINT64_MAX : (UINT64_C(1) << (1u << order)) - 1) << bit);
    return i * 64 + bit;
}

static uint64_t take_words(uint64_t i, uint64_t count)
{
    for (uint64_t k = 0; k < count; k++) {
        if (map.words[i + k] != UINT64_MAX)
            return ADAPTER_NONE;
    }
    memset(&map.words[i], 0, count * 8);
    return i * 64;
}

static uint64_t search(unsigned order)
{
    uint64_t step = order <= 6 ? 1 : UINT64_C(1) << (order - 6);
    uint64_t i = map.next & ~(step - 1);

    for (uint64_t left = map.word_count; left >= step; left -= step) {
        uint64_t frame = order <= 6 ? take_in_word(i, order) : take_words(i, step);
        if (frame != ADAPTER_NONE) {
            map.next = i;
            return frame;
        }
        i += step;
        if (i >= map.word_count)
            i = 0;
    }
    return ADAPTER_NONE;
}

uint64_t adapter_alloc(struct adapter_cpu *cpu, unsigned order)
{
    uint64_t frame;

    (void)cpu;
    lock();
    frame = search(order);
    unlock();
    return frame;
}

void adapter_free(struct adapter_cpu *cpu, uint64_t frame, unsigned order)
{
    (void)cpu;
    lock();
    if (order >= 6)
        memset(&map.words[frame / 64], 0xff, (UINT64_C(1) << order) / 8);
    else
        map.words[frame / 64] |= ((UINT64_C(1) << (1u << order)) - 1) << (frame % 64);
    unlock();
}

void adapter_drain(void)
{
}

void adapter_free_shape(uint64_t *ret_largest_run, uint64_t *ret_free_blocks)
{
    uint64_t run = 0;

    *ret_largest_run = 0;
    *ret_free_blocks = 0;
    for (uint64_t frame = 0; frame < map.word_count * 64; frame++) {
        run = (map.words[frame / 64] >> (frame % 64) & 1) != 0 ? run + 1 : 0;
        *ret_largest_run = run > *ret_largest_run ? run : *ret_largest_run;
        if (frame % 512 == 511 && run >= 512)
            ++*ret_free_blocks;
    }
}
