/* SPDX-License-Identifier: MIT */
/* What frames_model.c draws at random, and requests of every kind, judged by the model. */
#include "frames_model.h"

uint64_t random_below(uint64_t limit)
{
    model.random ^= model.random << 13;
    model.random ^= model.random >> 7;
    model.random ^= model.random << 17;
    return (model.random >> 11) % limit;
}

/* ---- random choices ----------------------------------------------------------------------- */

uint64_t random_pfn(void)
{
    const struct span *span = &model.spans[random_below(model.span_count)];

    return span->first_pfn - 1 + random_below(span->end_pfn - span->first_pfn + 2);
}

uint64_t random_count(void)
{
    static const uint64_t limits[] = {2, 2, 2, 3, 5, 40, 200, 700};

    return random_below(limits[random_below(COUNT_OF(limits))]) + (random_below(50) != 0);
}

struct frames_cache *random_cache(void)
{
    return random_below(3) == 0 ? NULL : &model.caches[random_below(CACHE_COUNT)];
}

void remember(uint64_t pfn, uint64_t count)
{
    if (model.live_count < LIVE_COUNT) {
        model.live[model.live_count++] = (struct live){pfn, count};
        return;
    }
    /* No room: what the slot held before stays in use until found by chance. */
    model.live[random_below(LIVE_COUNT)] = (struct live){pfn, count};
}

/* ---- operations --------------------------------------------------------------------------- */

static struct frames_request random_request(void)
{
    struct frames_request request = {0};

    switch (random_below(8)) {
    case 0:
        request.count = random_count();
        break;
    case 1:
    case 2:
        request.order = (unsigned)random_below(11);
        break;
    case 3:
        request.order = (unsigned)random_below(20);
        break;
    default:
        return request;
    }
    if (random_below(4) == 0)
        request.align_count = UINT64_C(1) << random_below(12);
    if (random_below(6) == 0)
        request.first_pfn = random_pfn();
    if (random_below(6) == 0)
        request.end_pfn = random_pfn();
    request.flags = random_below(3) == 0 ? FRAMES_LOW : 0;
    if (random_below(100) == 0)
        request.align_count = 5 + random_below(3);
    if (random_below(200) == 0)
        request.flags |= 4;
    return request;
}

static bool is_bad(const struct frames_request *request)
{
    return (request->align_count & (request->align_count - 1)) != 0 ||
           (request->end_pfn != 0 && request->first_pfn >= request->end_pfn) ||
           request->first_pfn >= PFN_END || (request->flags & ~FRAMES_LOW) != 0 ||
           (request->count == 0 && request->order > FRAMES_MAX_ORDER);
}

static void judge_none(enum frames_status status, const struct frames_request *request,
                       uint64_t count, uint64_t align)
{
    if (model.free_count == 0)
        MUST(status == FRAMES_EMPTY);
    else
        MUST(status == (parked_count() > 0 ? FRAMES_PARKED : FRAMES_NO_FIT));
    if (random_below(16) == 0)
        MUST(!has_fit(request, count, align));
}

void try_alloc(void)
{
    struct frames_request request = random_request();
    struct frames_cache *cache = random_cache();
    bool by_order = request.count == 0 && request.align_count == 0 && request.first_pfn == 0 &&
                    request.end_pfn == 0 && request.flags == 0 && random_below(2) == 0;
    uint64_t count = request.count == 0 ? UINT64_C(1) << request.order : request.count;
    uint64_t align = request.align_count == 0 ? 1 : request.align_count;
    uint64_t pfn = 12345;
    enum frames_status status = by_order
                                    ? frames_alloc_order(&model.frames, cache, request.order, &pfn)
                                    : frames_alloc(&model.frames, cache, &request, &pfn);

    align = request.count == 0 && count > align ? count : align;
    if (status != FRAMES_OK)
        MUST(pfn == 12345);
    if (is_bad(&request)) {
        MUST(status == FRAMES_BAD_REQUEST);
        model.refused_count++;
        return;
    }
    if (status != FRAMES_OK) {
        judge_none(status, &request, count, align);
        return;
    }
    MUST(pfn % align == 0 && pfn >= request.first_pfn);
    MUST(request.end_pfn == 0 || pfn + count <= request.end_pfn);
    MUST((request.flags & FRAMES_LOW) != 0 || pfn >= FRAMES_LOW_END);
    MUST((pfn < FRAMES_LOW_END) == (pfn + count - 1 < FRAMES_LOW_END));
    MUST((pfn < G4) == (pfn + count - 1 < G4));
    for (size_t i = 0; i < CACHE_COUNT; i++)
        MUST(!is_in(&model.caches[i], pfn));
    set_range(pfn, count, FREE, USED);
    remember(pfn, count);
}
