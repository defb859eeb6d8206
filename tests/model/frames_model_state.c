/* SPDX-License-Identifier: MIT */
/* What frames_model.c compares with; see frames_model.h. */
#include "frames_model.h"

struct model model;

/* ---- the model ---------------------------------------------------------------------------- */

const struct span *span_of(uint64_t pfn)
{
    for (size_t i = 0; i < model.span_count; i++) {
        if (pfn >= model.spans[i].first_pfn && pfn < model.spans[i].end_pfn)
            return &model.spans[i];
    }
    return NULL;
}

uint8_t *slot_of(uint64_t pfn)
{
    static uint8_t absent;
    const struct span *span = span_of(pfn);

    absent = ABSENT;
    return span == NULL ? &absent : &model.slots[span->slot + (pfn - span->first_pfn)];
}

bool is_in(const struct frames_cache *cache, uint64_t pfn)
{
    uint64_t base = pfn & ~UINT64_C(63);
    uint64_t bit = UINT64_C(1) << (pfn & 63);

    return ((cache->take_base & ~UINT64_C(63)) == base && (cache->take_mask & bit) != 0) ||
           (cache->give_base == base && (cache->give_mask & bit) != 0);
}

bool is_parked(uint64_t pfn)
{
    for (size_t i = 0; i < CACHE_COUNT; i++) {
        if (is_in(&model.caches[i], pfn))
            return true;
    }
    return false;
}

uint64_t parked_count(void)
{
    uint64_t count = 0;

    for (size_t i = 0; i < CACHE_COUNT; i++)
        count += (uint64_t)__builtin_popcountll(model.caches[i].take_mask) +
                 (uint64_t)__builtin_popcountll(model.caches[i].give_mask);
    return count;
}

void set_range(uint64_t pfn, uint64_t count, uint8_t from, uint8_t to)
{
    for (uint64_t i = 0; i < count; i++) {
        uint8_t *slot = slot_of(pfn + i);
        MUST(*slot == from);
        *slot = to;
        model.joined[slot - model.slots] = to == USED && i > 0;
    }
    model.free_count += to == FREE ? count : 0;
    model.free_count -= from == FREE ? count : 0;
}

/* Is there a run in the tree, so that "none" would be a lie? */
bool has_fit(const struct frames_request *request, uint64_t count, uint64_t align)
{
    uint64_t end_pfn = request->end_pfn == 0 ? PFN_END : request->end_pfn;

    for (size_t i = 0; i < model.span_count; i++) {
        const struct span *span = &model.spans[i];
        uint64_t run = 0;
        if (span->first_pfn < FRAMES_LOW_END && (request->flags & FRAMES_LOW) == 0)
            continue;
        for (uint64_t pfn = span->end_pfn; pfn-- > span->first_pfn;) {
            bool is_free = model.slots[span->slot + (pfn - span->first_pfn)] == FREE &&
                           pfn < end_pfn && !is_parked(pfn);
            run = is_free ? run + 1 : 0;
            if (run >= count && pfn % align == 0 && pfn >= request->first_pfn)
                return true;
        }
    }
    return false;
}

enum frames_status managed_status(uint64_t pfn, uint64_t count)
{
    if (count == 0)
        return FRAMES_BAD_REQUEST;
    if (pfn + count < pfn || pfn + count > model.end_pfn)
        return FRAMES_OUT_OF_RANGE;
    for (uint64_t i = 0; i < count; i++) {
        if (*slot_of(pfn + i) == ABSENT)
            return FRAMES_NOT_OURS;
    }
    return FRAMES_OK;
}

bool is_joined(uint64_t pfn)
{
    uint8_t *slot = slot_of(pfn);

    return *slot == USED && model.joined[slot - model.slots];
}

/* What the hardened build says beyond that. */
enum frames_status judge_marks(uint64_t pfn, uint64_t count, bool by_order)
{
    enum frames_status status = FRAMES_OK;

    for (uint64_t i = 0; i < count; i++) {
        if (*slot_of(pfn + i) != USED)
            return FRAMES_ALREADY_FREE;
        if (is_joined(pfn + i) != (i > 0))
            status = FRAMES_WRONG_ORDER;
    }
    if (is_joined(pfn + count))
        status = FRAMES_WRONG_ORDER;
    return by_order ? status : FRAMES_OK;
}

/* Frames of [pfn, pfn + count) are handed out no more. */
void unjoin(uint64_t pfn, uint64_t count)
{
    for (uint64_t i = 0; i <= count; i++) {
        if (*slot_of(pfn + i) != ABSENT)
            model.joined[slot_of(pfn + i) - model.slots] = false;
    }
}
