/* SPDX-License-Identifier: MIT */
/* frames: unaccepted memory. */
#include "test_frames_fixture.h"

struct acceptor {
    uint64_t first[16], count[16];
    unsigned calls;
    uint64_t refused_pfn; /* a range with this frame is refused */
};

static bool accept(void *context, uint64_t first_pfn, uint64_t count)
{
    struct acceptor *acceptor = context;

    acceptor->first[acceptor->calls % 16] = first_pfn;
    acceptor->count[acceptor->calls++ % 16] = count;
    return acceptor->refused_pfn < first_pfn || acceptor->refused_pfn >= first_pfn + count;
}

/*
 *   1000      1024      1536      2048      2560  2600
 *   [ at once   | 1st use | 1st use | 1st use | at once )
 */
Test(frames_accept, is_asked_once_a_block_before_its_first_use)
{
    struct acceptor acceptor = {.refused_pfn = PFN_END};
    uint64_t pfn;
    MACHINE(m, USABLE(500, 510), LATER(1000, 2600));

    frames_set_accept(&m.frames, accept, &acceptor);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 500);
    cr_assert_eq(frames_add(&m.frames, 1000, 2600, FRAMES_UNACCEPTED, NULL, 0), FRAMES_OK);
    cr_assert_eq(acceptor.calls, 2);
    cr_assert_eq(acceptor.first[0], 1000);
    cr_assert_eq(acceptor.count[0], 24);
    cr_assert_eq(acceptor.first[1], 2560);
    cr_assert_eq(acceptor.count[1], 40);
    for (int round = 0; round < 2; round++) {
        cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
        cr_assert_eq(acceptor.calls, 3);
        cr_assert_eq(acceptor.first[2], pfn);
        cr_assert_eq(acceptor.count[2], 512);
        cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, 9), FRAMES_OK);
    }
    cr_assert_eq(take(&m, REQUEST(.count = 1600)), 1000);
    cr_assert_eq(acceptor.calls, 5);
    cr_assert_eq(frames_free(&m.frames, NULL, 1000, 1600), FRAMES_OK);
    for (int i = 0; i < 1600; i++)
        cr_assert_neq(take_cached(&m, REQUEST(0)), PFN_END);
    cr_assert_eq(acceptor.calls, 5);
    machine_end(&m);
}

Test(frames_accept, never_hands_out_what_it_refuses)
{
    struct acceptor acceptor = {.refused_pfn = 1800};
    uint64_t pfn, count = 0;
    MACHINE(m, USABLE(500, 510), LATER(1024, 2560), LATER(40000, 40100));

    frames_set_accept(&m.frames, accept, &acceptor);
    cr_assert_eq(take(&m, REQUEST(.count = 10)), 500);
    cr_assert_eq(frames_add(&m.frames, 1024, 2560, FRAMES_UNACCEPTED, NULL, 0), FRAMES_OK);
    cr_assert_eq(acceptor.calls, 0);
    cr_assert_eq(frames_alloc_at(&m.frames, 1500, 500), FRAMES_IN_USE);
    acceptor.calls = 0;
    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 9, &pfn), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, 9), FRAMES_OK);
    acceptor.calls = 0;
    REFUSES(m, 0, FRAMES_NO_FIT, frames_alloc_order(&m.frames, NULL, 10, &pfn));
    for (; take(&m, REQUEST(0)) != PFN_END; count++)
        acceptor.calls = 0;
    cr_assert_eq(count, 1024);
    acceptor.calls = 0;
    cr_assert_eq(frames_reserve(&m.frames, 1024, 2560, &count), FRAMES_OK, "it ends");
    cr_assert_eq(count, 0);
    acceptor.calls = 0;
    acceptor.refused_pfn = 40050;
    REFUSES(m, 0, FRAMES_REFUSED,
            frames_add(&m.frames, 40000, 40100, FRAMES_UNACCEPTED, NULL, 0));
    machine_end(&m);
}

/* The edges of added memory are accepted at once, or all of it is refused; without a hook nobody asks. */
Test(frames_accept, is_asked_for_each_edge)
{
    static const struct {
        uint64_t first, end, refused;
        unsigned calls;
        enum frames_status status;
    } cases[] = {
        {1000, 2600, 1000, 1, FRAMES_REFUSED}, {1000, 2600, 2599, 2, FRAMES_REFUSED},
        {1024, 2600, 2570, 1, FRAMES_REFUSED}, {1000, 2560, 1010, 1, FRAMES_REFUSED},
        {1030, 1050, 1040, 1, FRAMES_REFUSED}, {1024, 2600, 1024, 1, FRAMES_OK},
        {1000, 2560, 1024, 1, FRAMES_OK},      {1024, 2560, 2559, 0, FRAMES_OK},
        {1030, 1050, 1050, 1, FRAMES_OK},
    };
    static _Alignas(64) uint8_t memory[4096];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct acceptor acceptor = {.refused_pfn = cases[i].refused};
        MACHINE(m, USABLE(500, 510));
        frames_set_accept(&m.frames, accept, &acceptor);
        cr_assert_eq(frames_add(&m.frames, cases[i].first, cases[i].end, FRAMES_UNACCEPTED, memory,
                                sizeof memory),
                     cases[i].status, "%zu", i);
        cr_assert_eq(acceptor.calls, cases[i].calls, "%zu", i);
        cr_assert_eq(free_count(&m),
                     10 + (cases[i].status == FRAMES_OK ? cases[i].end - cases[i].first : 0));
        machine_end(&m);
    }
    MACHINE(m, USABLE(500, 510));
    cr_assert_eq(frames_add(&m.frames, 1000, 2600, FRAMES_UNACCEPTED, memory, sizeof memory), FRAMES_OK);
    cr_assert_eq(take(&m, REQUEST(.count = 1600)), 1000);
    machine_end(&m);
}
