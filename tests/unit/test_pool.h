/* SPDX-License-Identifier: MIT */
/* What the tests of common/pool share: a pool in an arena with junk before and behind it. */
#ifndef GROMA_TESTS_TEST_POOL_H
#define GROMA_TESTS_TEST_POOL_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "pool/pool.h"

#define ARENA_BYTES 16384u
#define SLOT_COUNT  64u

struct fixture {
    struct pool pool;
    struct pool_slot slots[SLOT_COUNT];
    _Alignas(64) uint8_t arena[ARENA_BYTES];
};

/* On the heap, so that the sanitizers watch it. */
static inline struct fixture *fixture_raw(void)
{
    struct fixture *f = aligned_alloc(64, sizeof *f);

    memset(f, 0x5a, sizeof *f);
    f->pool = (struct pool){.slots = NULL};
    return f;
}

static inline struct pool_config fixture_config(struct fixture *f, size_t block_size, size_t block_count)
{
    return (struct pool_config){.arena = f->arena,
                                .arena_bytes = ARENA_BYTES,
                                .block_size = block_size,
                                .block_count = block_count,
                                .slots = f->slots,
                                .slot_count = SLOT_COUNT,
                                .id = 7};
}

static inline struct fixture *fixture_make(size_t block_size, size_t block_count)
{
    struct fixture *f = fixture_raw();
    struct pool_config config = fixture_config(f, block_size, block_count);

    cr_assert_eq(pool_init(&f->pool, &config), POOL_OK);
    return f;
}

#define GOOD(f)                                                                      \
    do {                                                                             \
        const char *reason_ = "";                                                    \
        cr_assert_eq(pool_check(&(f)->pool, &reason_), POOL_OK, "%s", reason_);      \
    } while (0)

/* The call returns this status and changes no byte of pool, slots and arena. */
#define REFUSES(f, status, call)                                                                 \
    do {                                                                                         \
        struct fixture *before_ = aligned_alloc(64, sizeof *before_);                            \
        enum pool_status got_;                                                                   \
        memcpy(before_, (f), sizeof *before_);                                                   \
        got_ = (call);                                                                           \
        cr_assert_eq(got_, (status), "%s instead of %s", pool_status_name(got_), pool_status_name(status)); \
        cr_assert(memcmp(before_, (f), sizeof *before_) == 0, "%s changed something", #call);    \
        free(before_);                                                                           \
    } while (0)

static inline pool_handle_t take(struct fixture *f, size_t size_bytes)
{
    pool_handle_t handle = POOL_NO_HANDLE;

    cr_assert_eq(pool_alloc(&f->pool, size_bytes, &handle), POOL_OK);
    cr_assert_neq(handle.value, POOL_NO_HANDLE.value);
    return handle;
}

static inline void give(struct fixture *f, pool_handle_t handle)
{
    cr_assert_eq(pool_free(&f->pool, handle), POOL_OK);
}

static inline uint32_t where(struct fixture *f, pool_handle_t handle)
{
    struct pool_info info;

    cr_assert_eq(pool_info(&f->pool, handle, &info), POOL_OK);
    return info.first_block;
}

static inline uint8_t *pin(struct fixture *f, pool_handle_t handle)
{
    void *bytes;

    cr_assert_eq(pool_get(&f->pool, handle, POOL_READ | POOL_WRITE, &bytes), POOL_OK);
    return bytes;
}

static inline void unpin(struct fixture *f, pool_handle_t handle)
{
    cr_assert_eq(pool_put(&f->pool, handle), POOL_OK);
}

/* Fills what is allocated with a pattern, and looks whether it is still there. */
static inline void fill(struct fixture *f, pool_handle_t handle, uint8_t byte)
{
    uint8_t bytes[2048];
    struct pool_info info;

    cr_assert_eq(pool_info(&f->pool, handle, &info), POOL_OK);
    memset(bytes, byte, sizeof bytes);
    cr_assert_eq(pool_write(&f->pool, handle, 0, bytes, info.size_bytes), POOL_OK);
}

static inline void holds(struct fixture *f, pool_handle_t handle, uint8_t byte)
{
    uint8_t bytes[2048] = {0};
    struct pool_info info;

    cr_assert_eq(pool_info(&f->pool, handle, &info), POOL_OK);
    cr_assert_eq(pool_read(&f->pool, handle, 0, bytes, info.size_bytes), POOL_OK);
    for (size_t i = 0; i < info.size_bytes; i++)
        cr_assert_eq(bytes[i], byte, "byte %zu is %02x", i, bytes[i]);
}

#endif
