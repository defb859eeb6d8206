/* SPDX-License-Identifier: MIT */
/*
 * memcpy, memmove, memset, memcmp for programs without a C library.
 *
 * Words of 8 bytes where both ends allow it: a kernel without SSE loses little
 * to memory speed with them. Built with -fno-tree-loop-distribute-patterns, or
 * the compiler would turn these loops into calls of themselves.
 */
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

/*@ predicate readable(uint8_t *b, integer n) = \valid_read(b + (0 .. n - 1));
    predicate writable(uint8_t *b, integer n) = \valid(b + (0 .. n - 1));
    predicate apart(uint8_t *a, uint8_t *b, integer n) =
        \separated(a + (0 .. n - 1), b + (0 .. n - 1));
    // Bytes [first, end) of `to` are what those of `from` were at K.
    predicate copied{K,L}(uint8_t *to, uint8_t *from, integer first, integer end) =
        \forall integer k; first <= k < end ==> \at(to[k], L) == \at(from[k], K);
    predicate filled{L}(uint8_t *b, integer first, integer end, integer byte) =
        \forall integer k; first <= k < end ==> b[k] == byte;
    predicate equal{L}(uint8_t *a, uint8_t *b, integer n) =
        \forall integer k; 0 <= k < n ==> a[k] == b[k];
    // `to` begins inside `from`: then copying must go downwards, else it may go upwards.
    predicate begins_inside(uint8_t *to, uint8_t *from, integer n) =
        \base_addr(to) == \base_addr(from) && from <= to < from + n; */

/* 8 bytes that may alias anything and lie at any address: compilers move them at once. */
struct __attribute__((may_alias)) word {
    uint8_t bytes[8];
};

typedef uint64_t __attribute__((may_alias, aligned(1))) any_u64_t;

/* Bytes [at, at + 8); reads all before it writes: the two may overlap. */
/*@ requires \valid_read(from + (at .. at + 7)) && \valid(to + (at .. at + 7));
    assigns to[at .. at + 7];
    ensures copied{Old,Post}(to, from, at, at + 8); */
static inline void copy_word(uint8_t *to, const uint8_t *from, size_t at)
{
    struct word word = *(const struct word *)(from + at);

    *(struct word *)(to + at) = word;
    /*@ assert \forall integer k; 0 <= k < 8 ==>
        ((struct word *)(to + at))->bytes[k] == word.bytes[k]; */
    //@ assert \forall integer k; at <= k < at + 8 ==> to[k] == word.bytes[k - at];
}

/*@ requires \valid_read(from + (at .. at + 31)) && \valid(to + (at .. at + 31));
    requires \separated(from + (at .. at + 31), to + (at .. at + 31)) && at <= SIZE_MAX - 32;
    assigns to[at .. at + 31];
    ensures copied{Old,Post}(to, from, at, at + 32); */
static inline void copy_block(uint8_t *to, const uint8_t *from, size_t at)
{
    copy_word(to, from, at);
    copy_word(to, from, at + 8);
    //@ assert copied{Pre,Here}(to, from, at, at + 16);
    copy_word(to, from, at + 16);
    //@ assert copied{Pre,Here}(to, from, at, at + 24);
    copy_word(to, from, at + 24);
}

/*@ requires readable((uint8_t *)from, size_bytes) && writable((uint8_t *)to, size_bytes);
    requires apart((uint8_t *)to, (uint8_t *)from, size_bytes);
    assigns ((uint8_t *)to)[0 .. size_bytes - 1];
    assigns \result \from to;
    ensures copied{Old,Post}((uint8_t *)to, (uint8_t *)from, 0, size_bytes) && \result == to; */
void *memcpy(void *restrict to, const void *restrict from, size_t size_bytes)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    size_t at = 0;

    /*@ loop invariant 0 <= at <= size_bytes && copied{Pre,Here}(out, in, 0, at);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; size_bytes - at >= 32; at += 32)
        copy_block(out, in, at);
    /*@ loop invariant 0 <= at <= size_bytes && copied{Pre,Here}(out, in, 0, at);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; size_bytes - at >= 8; at += 8)
        copy_word(out, in, at);
    /*@ loop invariant 0 <= at <= size_bytes && copied{Pre,Here}(out, in, 0, at);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; at < size_bytes; at++)
        out[at] = in[at];
    return to;
}

/*@ assigns \nothing;
    ensures \result <==> begins_inside(to, from, size_bytes); */
static inline bool lies_inside(const uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    return (uintptr_t)to - (uintptr_t)from < size_bytes;
}

/* The ranges overlap and `to` lies above `from`: from the end downwards. */
/*@ requires readable(from, size_bytes) && writable(to, size_bytes);
    requires begins_inside(to, from, size_bytes);
    assigns to[0 .. size_bytes - 1];
    ensures copied{Old,Post}(to, from, 0, size_bytes); */
static void copy_downwards(uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    size_t left = size_bytes;

    /*@ loop invariant 0 <= left <= size_bytes && copied{Pre,Here}(to, from, left, size_bytes);
        loop invariant copied{Pre,Here}(from, from, 0, left);
        loop assigns left, to[0 .. size_bytes - 1];
        loop variant left; */
    while (left >= 8) {
        left -= 8;
        copy_word(to, from, left);
    }
    /*@ loop invariant 0 <= left <= size_bytes && copied{Pre,Here}(to, from, left, size_bytes);
        loop invariant copied{Pre,Here}(from, from, 0, left);
        loop assigns left, to[0 .. size_bytes - 1];
        loop variant left; */
    for (; left > 0; left--)
        to[left - 1] = from[left - 1];
}

/*@ requires readable(from, size_bytes) && writable(to, size_bytes);
    requires !begins_inside(to, from, size_bytes);
    assigns to[0 .. size_bytes - 1];
    ensures copied{Old,Post}(to, from, 0, size_bytes); */
static void copy_upwards(uint8_t *to, const uint8_t *from, size_t size_bytes)
{
    size_t at = 0;

    /*@ loop invariant 0 <= at <= size_bytes && copied{Pre,Here}(to, from, 0, at);
        loop invariant copied{Pre,Here}(from, from, at, size_bytes);
        loop assigns at, to[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; size_bytes - at >= 8; at += 8)
        copy_word(to, from, at);
    /*@ loop invariant 0 <= at <= size_bytes && copied{Pre,Here}(to, from, 0, at);
        loop invariant copied{Pre,Here}(from, from, at, size_bytes);
        loop assigns at, to[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; at < size_bytes; at++)
        to[at] = from[at];
}

/*@ requires readable((uint8_t *)from, size_bytes) && writable((uint8_t *)to, size_bytes);
    assigns ((uint8_t *)to)[0 .. size_bytes - 1];
    assigns \result \from to;
    ensures copied{Old,Post}((uint8_t *)to, (uint8_t *)from, 0, size_bytes) && \result == to; */
void *memmove(void *to, const void *from, size_t size_bytes)
{
    if (lies_inside(to, from, size_bytes))
        copy_downwards(to, from, size_bytes);
    else
        copy_upwards(to, from, size_bytes);
    return to;
}

/* The byte, eight times. */
/*@ assigns \nothing;
    ensures \forall integer k; 0 <= k < 8 ==> \result.bytes[k] == byte; */
static inline struct word word_of(uint8_t byte)
{
    struct word word;

    *(any_u64_t *)&word = byte * UINT64_C(0x0101010101010101);
    return word;
}

/*@ requires \valid(to + (at .. at + 7)) && \forall integer k; 0 <= k < 8 ==> word.bytes[k] == byte;
    assigns to[at .. at + 7];
    ensures filled(to, at, at + 8, byte); */
static inline void set_word(uint8_t *to, size_t at, struct word word, uint8_t byte)
{
    (void)byte; /* only the contract speaks of it */
    *(struct word *)(to + at) = word;
    /*@ assert \forall integer k; 0 <= k < 8 ==>
        ((struct word *)(to + at))->bytes[k] == word.bytes[k]; */
    //@ assert \forall integer k; at <= k < at + 8 ==> to[k] == word.bytes[k - at];
}

/*@ requires \valid(to + (at .. at + 31)) && at <= SIZE_MAX - 32;
    requires \forall integer k; 0 <= k < 8 ==> word.bytes[k] == byte;
    assigns to[at .. at + 31];
    ensures filled(to, at, at + 32, byte); */
static inline void set_block(uint8_t *to, size_t at, struct word word, uint8_t byte)
{
    set_word(to, at, word, byte);
    set_word(to, at + 8, word, byte);
    //@ assert filled(to, at, at + 16, byte);
    set_word(to, at + 16, word, byte);
    //@ assert filled(to, at, at + 24, byte);
    set_word(to, at + 24, word, byte);
}

/*@ requires writable((uint8_t *)to, size_bytes);
    assigns ((uint8_t *)to)[0 .. size_bytes - 1];
    assigns \result \from to;
    ensures filled((uint8_t *)to, 0, size_bytes, (uint8_t)byte) && \result == to; */
void *memset(void *to, int byte, size_t size_bytes)
{
    uint8_t *out = to;
    uint8_t value = (uint8_t)byte;
    struct word word = word_of(value);
    size_t at = 0;

    /*@ loop invariant 0 <= at <= size_bytes && filled(out, 0, at, value);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; size_bytes - at >= 32; at += 32)
        set_block(out, at, word, value);
    /*@ loop invariant 0 <= at <= size_bytes && filled(out, 0, at, value);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; size_bytes - at >= 8; at += 8)
        set_word(out, at, word, value);
    /*@ loop invariant 0 <= at <= size_bytes && filled(out, 0, at, value);
        loop assigns at, out[0 .. size_bytes - 1];
        loop variant size_bytes - at; */
    for (; at < size_bytes; at++)
        out[at] = value;
    return to;
}

/*@ requires readable((uint8_t *)a, size_bytes) && readable((uint8_t *)b, size_bytes);
    assigns \nothing;
    ensures -1 <= \result <= 1;
    ensures \result == 0 <==> equal((uint8_t *)a, (uint8_t *)b, size_bytes);
    // The first byte that differs decides.
    ensures \result != 0 ==> \exists integer k; 0 <= k < size_bytes &&
        equal((uint8_t *)a, (uint8_t *)b, k) &&
        (\result < 0 ? ((uint8_t *)a)[k] < ((uint8_t *)b)[k]
                     : ((uint8_t *)a)[k] > ((uint8_t *)b)[k]); */
int memcmp(const void *a, const void *b, size_t size_bytes)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    /*@ loop invariant 0 <= at <= size_bytes && equal(left, right, at);
        loop assigns at;
        loop variant size_bytes - at; */
    for (size_t at = 0; at < size_bytes; at++) {
        if (left[at] != right[at])
            return left[at] < right[at] ? -1 : 1;
    }
    return 0;
}
