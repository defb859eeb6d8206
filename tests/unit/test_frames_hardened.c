/* SPDX-License-Identifier: MIT */
/* frames, the hardened build: what it refuses beyond the default one. Else nothing. */
#include "test_frames_fixture.h"

#ifdef FRAMES_HARDENED

Test(frames_hardened, refuses_an_order_that_was_not_handed_out)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 4096));

    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 3, &pfn), FRAMES_OK);
    REFUSES(m, 1, FRAMES_WRONG_ORDER, frames_free_order(&m.frames, NULL, pfn, 2));
    REFUSES(m, 1, FRAMES_WRONG_ORDER, frames_free_order(&m.frames, &m.cache, pfn, 0));
    REFUSES(m, 1, FRAMES_WRONG_ORDER, frames_free_order(&m.frames, NULL, pfn + 4, 2));
    cr_assert_eq(frames_alloc_at(&m.frames, pfn ^ 8, 8), FRAMES_OK, "its neighbour");
    REFUSES(m, 1, FRAMES_WRONG_ORDER, frames_free_order(&m.frames, NULL, pfn & ~UINT64_C(15), 4));
    cr_assert_eq(frames_free_order(&m.frames, NULL, pfn ^ 8, 3), FRAMES_OK);
    cr_assert_eq(frames_free_order(&m.frames, NULL, pfn, 3), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, pfn, 3));
    machine_end(&m);
}

/* frames_free gives back in parts; what is left is a run of its own. */
Test(frames_hardened, takes_parts_back_where_no_order_is_named)
{
    MACHINE(m, USABLE(1024, 4096));

    cr_assert_eq(frames_alloc_at(&m.frames, 2048, 1024), FRAMES_OK);
    REFUSES(m, 1, FRAMES_WRONG_ORDER, frames_free_order(&m.frames, NULL, 2560, 9));
    cr_assert_eq(frames_free(&m.frames, NULL, 2048, 512), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 2500, 100));
    cr_assert_eq(frames_free_order(&m.frames, NULL, 2560, 9), FRAMES_OK);
    cr_assert_eq(free_count(&m), 3072);
    machine_end(&m);
}

Test(frames_hardened, refuses_reserved_frames)
{
    uint64_t count;
    MACHINE(m, USABLE(1024, 4096));

    cr_assert_eq(frames_reserve(&m.frames, 1500, 2600, &count), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, 1500, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, 2599, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, NULL, 2048, 9));
    REFUSES(m, 1, FRAMES_NOT_OURS, frames_free(&m.frames, NULL, 0, 1));
    REFUSES(m, 1, FRAMES_OUT_OF_RANGE, frames_free(&m.frames, NULL, 4096, 1));
    REFUSES(m, 1, FRAMES_MISALIGNED, frames_free_order(&m.frames, NULL, 1025, 1));
    machine_end(&m);
}

Test(frames_hardened, refuses_what_is_parked_in_another_cache)
{
    struct frames_cache other;
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 4096));

    pfn = take_cached(&m, REQUEST(0));
    frames_cache_init(&m.frames, &other);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, NULL, pfn + 1, 1));
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free_order(&m.frames, &other, pfn + 1, 0));
    cr_assert_eq(frames_free_order(&m.frames, &other, pfn, 0), FRAMES_OK);
    REFUSES(m, 1, FRAMES_ALREADY_FREE, frames_free(&m.frames, &m.cache, pfn, 1));
    machine_end(&m);
}

/* Nothing is both free and handed out, and nothing is joined that is not handed out. */
Test(frames_hardened, finds_marks_that_do_not_add_up)
{
    uint64_t pfn;
    MACHINE(m, USABLE(1024, 2048));

    cr_assert_eq(frames_alloc_order(&m.frames, NULL, 2, &pfn), FRAMES_OK);
    struct block block = block_of(frames_find_span(&m.frames, pfn / 512), pfn / 512);
    unsigned i = pfn % 512 / 64;
    uint64_t neighbour = UINT64_C(1) << ((pfn ^ 8) % 64);
    block.line->owned[i] ^= neighbour;
    cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "free and handed out");
    block.line->owned[i] ^= neighbour;
    block.line->joined[i] ^= neighbour;
    cr_assert_eq(frames_check(&m.frames), FRAMES_CORRUPT, "joined, but not handed out");
    block.line->joined[i] ^= neighbour;
    machine_end(&m);
}

/* Three bits a frame in the lines. */
Test(frames_hardened, needs_three_bits_a_frame)
{
    cr_assert_eq(sizeof(struct frames_line) * 8, 3 * BLOCK_FRAMES);
}

#endif
