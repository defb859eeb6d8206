/* SPDX-License-Identifier: MIT */
/* Sorting the endpoints alone; see endpoints.h. */
#include "endpoints.h"

#include <string.h>

#include "base/address.h"
#include "base/bytes.h"

enum { INSERTION_COUNT = 16 };

static void insertion_sort(uint64_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* keys[0..middle) and keys[middle..count) are in order; the left one moves aside. No branch
   depends on the keys but the loop's end. */
static void merge(uint64_t *keys, uint64_t *spare, size_t middle, size_t count)
{
    const uint64_t *left = spare;
    const uint64_t *left_end = spare + middle;
    const uint64_t *right = keys + middle;
    const uint64_t *right_end = keys + count;

    memcpy(spare, keys, middle * sizeof *keys);
    while (left < left_end && right < right_end) {
        uint64_t a = *left;
        uint64_t b = *right;
        size_t takes_right = b < a;
        *keys++ = takes_right ? b : a;
        right += takes_right;
        left += 1 - takes_right;
    }
    memcpy(keys, left, (size_t)(left_end - left) * sizeof *keys);
}

static void merge_sort(uint64_t *keys, uint64_t *spare, size_t count)
{
    size_t middle = count / 2;

    if (count <= INSERTION_COUNT) {
        insertion_sort(keys, count);
        return;
    }
    merge_sort(keys, spare, middle);
    merge_sort(keys + middle, spare, count - middle);
    if (keys[middle - 1] > keys[middle])
        merge(keys, spare, middle, count);
}

size_t endpoints_sort(uint64_t *keys, uint64_t *spare, const uint8_t *bytes, uint32_t count,
                      uint32_t stride_bytes)
{
    for (uint32_t i = 0; i < count; i++, bytes += stride_bytes) {
        keys[2 * i] = load_le64(bytes + 8) / PAGE_BYTES;
        keys[2 * i + 1] = keys[2 * i] + load_le64(bytes + 24);
    }
    merge_sort(keys, spare, 2 * (size_t)count);
    return 2 * (size_t)count;
}
