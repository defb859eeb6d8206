/* SPDX-License-Identifier: MIT */
/* The states reached so far: a table of hashes, of 60 bits, with the preemptions that were left. */
#include <stdlib.h>

#include "scheduler.h"

static struct {
    uint64_t *slots; /* the hash but for 4 bits; preemptions left + 1 */
    uint64_t size, used;
} seen;

static uint64_t *seen_slot(uint64_t hash)
{
    uint64_t i = (hash >> 4) & (seen.size - 1);

    while (seen.slots[i] != 0 && (seen.slots[i] ^ hash) >> 4 != 0)
        i = (i + 1) & (seen.size - 1);
    return &seen.slots[i];
}

static void seen_resize(uint64_t size)
{
    uint64_t *old = seen.slots;
    uint64_t old_size = seen.size;

    seen.slots = calloc(size, sizeof *seen.slots);
    seen.size = size;
    if (seen.slots == NULL)
        abort();
    for (uint64_t i = 0; i < old_size; i++) {
        if (old[i] != 0)
            *seen_slot(old[i]) = old[i];
    }
    free(old);
}

void seen_clear(void)
{
    free(seen.slots);
    seen.slots = NULL;
    seen.size = seen.used = 0;
    seen_resize(1u << 16);
}

bool seen_before(uint64_t hash, unsigned preemptions)
{
    uint64_t *slot = seen_slot(hash);
    unsigned before = (unsigned)(*slot & 15);
    unsigned here = preemptions < ALL ? preemptions + 1 : ALL;

    if (before >= here)
        return true;
    if (before == 0)
        seen.used++;
    *slot = (hash & ~UINT64_C(15)) | here;
    if (seen.used > seen.size / 2)
        seen_resize(seen.size * 2);
    return false;
}

uint64_t seen_count(void)
{
    return seen.used;
}
