/* SPDX-License-Identifier: MIT */
/* What the tests of common/watch share: a memory with pages that cannot be read, and collected changes. */
#ifndef GROMA_TEST_WATCH_H
#define GROMA_TEST_WATCH_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/random.h"
#include "watch/watch.h"

#define PAGE          ((size_t)WATCH_PAGE_BYTES)
#define MOST_PAGES    64u
#define MOST_CHANGES  (MOST_PAGES * 4096u)

/* A memory that is read by a function: [base, base + size), with pages that refuse. */
struct fake {
    uint64_t base;
    size_t size;
    uint8_t bytes[MOST_PAGES * 4096];
    bool refuses[MOST_PAGES + 1];
    unsigned read_count;
    /* What `dirty` answers, one after another, in order of addresses. */
    struct watch_range dirty[4];
    unsigned dirty_count;
};

static inline uint64_t fake_read(void *context, uint64_t address, void *to, uint64_t size_bytes)
{
    struct fake *fake = context;
    uint64_t done = 0;

    fake->read_count++;
    cr_assert(address >= fake->base && address - fake->base <= fake->size);
    cr_assert(size_bytes <= fake->size - (address - fake->base));
    while (done < size_bytes && !fake->refuses[(address - fake->base + done) / PAGE]) {
        ((uint8_t *)to)[done] = fake->bytes[address - fake->base + done];
        done++;
    }
    return done;
}

static inline bool fake_dirty(void *context, uint64_t address, uint64_t *ret_first, uint64_t *ret_end)
{
    const struct fake *fake = context;

    for (unsigned i = 0; i < fake->dirty_count; i++) {
        if (fake->dirty[i].end > address || fake->dirty[i].end == 0) {
            *ret_first = fake->dirty[i].first;
            *ret_end = fake->dirty[i].end;
            return true;
        }
    }
    return false;
}

struct taken {
    struct watch_change change;
    uint8_t old_bytes[64]; /* the first of them */
    uint8_t new_bytes[64];
};

struct changes {
    size_t count;
    size_t stop_at; /* 0: never */
    size_t room;
    struct taken *items;
};

static inline bool take_change(void *context, const struct watch_change *change)
{
    struct changes *changes = context;
    size_t some = change->length_bytes < 64 ? change->length_bytes : 64;
    struct taken *taken;

    if (changes->count == changes->room) { /* doubled: with ASan every realloc copies */
        changes->room = 2 * changes->room + 16;
        changes->items = realloc(changes->items, changes->room * sizeof *changes->items);
        cr_assert_not_null(changes->items);
    }
    taken = &changes->items[changes->count++];
    *taken = (struct taken){.change = *change};
    if (change->old_bytes != NULL) {
        memcpy(taken->old_bytes, change->old_bytes, some);
        memcpy(taken->new_bytes, change->new_bytes, some);
    }
    return changes->count != changes->stop_at;
}

static inline void forget(struct changes *changes)
{
    free(changes->items);
    *changes = (struct changes){0};
}

/* "1000+4 2000+1"; a piece that continues ends in "~", a rest begins with it. */
static inline const char *changes_text(const struct changes *changes)
{
    static char text[4096];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < changes->count && used < sizeof text - 64; i++) {
        const struct watch_change *change = &changes->items[i].change;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%llx+%llu%s", i == 0 ? "" : " ",
                                 change->is_rest ? "~" : "", (unsigned long long)change->address,
                                 (unsigned long long)change->length_bytes,
                                 change->continues ? "~" : "");
    }
    return text;
}

/* How a region sees a fake: by its function, mapped, mapped and stable. */
enum view { BY_READING, MAPPED, STABLE, VIEW_COUNT };

static inline struct watch_reader reader_of(struct fake *fake, enum view view)
{
    if (view == BY_READING)
        return (struct watch_reader){.read = fake_read, .context = fake};
    return (struct watch_reader){.mapped = fake->bytes, .is_stable = view == STABLE};
}

/* A region with memory of exactly the size it asks for. */
struct fixture {
    struct fake fake;
    struct watch_region region;
    void *memory;
    uint8_t *workspace;
    struct changes changes;
};

static inline struct fixture *open_fixture(uint64_t base, size_t size, unsigned keep, enum view view,
                                           size_t workspace_pages)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    uint64_t bytes = watch_region_bytes(size, keep);
    struct watch_reader reader;

    cr_assert_not_null(fixture);
    fixture->fake.base = base;
    fixture->fake.size = size;
    fixture->memory = malloc(bytes);
    fixture->workspace = malloc(workspace_pages * PAGE);
    memset(fixture->memory, 0x5a, bytes);
    reader = reader_of(&fixture->fake, view);
    cr_assert_eq(watch_region(&fixture->region, base, size, &reader, keep, fixture->memory, bytes,
                              fixture->workspace, workspace_pages * PAGE),
                 WATCH_OK);
    return fixture;
}

static inline void close_fixture(struct fixture *fixture)
{
    forget(&fixture->changes);
    free(fixture->memory);
    free(fixture->workspace);
    free(fixture);
}

static inline enum watch_status diff_with(struct fixture *fixture, const struct watch_filter *filter,
                                          bool refresh, struct watch_totals *ret_totals)
{
    size_t stop_at = fixture->changes.stop_at;
    struct watch_diff_options options = {.filter = filter, .refresh = refresh, .now = 7,
                                         .take = take_change, .context = &fixture->changes};

    forget(&fixture->changes);
    fixture->changes.stop_at = stop_at;
    return watch_diff(&fixture->region, &options, ret_totals);
}

/* ---- the judge: a loop over bytes ------------------------------------------------------------ */

/* What a loop over bytes finds between two buffers, of the pages that both had. */
static inline void byte_loop(const uint8_t *old_bytes, const uint8_t *new_bytes, size_t size, const bool *good,
                      struct changes *ret_changes)
{
    for (size_t i = 0; i < size; i++) {
        struct watch_change change = {.address = i, .length_bytes = 1, .old_bytes = old_bytes + i,
                                      .new_bytes = new_bytes + i};
        if (!good[i / PAGE] || old_bytes[i] == new_bytes[i])
            continue;
        while (i + 1 < size && good[(i + 1) / PAGE] && old_bytes[i + 1] != new_bytes[i + 1]) {
            change.length_bytes++;
            i++;
        }
        take_change(ret_changes, &change);
    }
}

/* Pieces of a run become one. */
static inline void join(struct changes *changes)
{
    size_t kept = 0;

    for (size_t i = 0; i < changes->count; i++) {
        struct taken *taken = &changes->items[i];
        cr_assert_eq(taken->change.is_rest, i > 0 && changes->items[i - 1].change.continues);
        if (taken->change.is_rest) {
            struct watch_change *run = &changes->items[kept - 1].change;
            cr_assert_eq(run->address + run->length_bytes, taken->change.address);
            run->length_bytes += taken->change.length_bytes;
        } else {
            changes->items[kept++] = *taken;
        }
    }
    changes->count = kept;
}

#define EXPECT_CHANGES(fixture, expected) cr_assert_str_eq(changes_text(&(fixture)->changes), expected)

#endif
