/* SPDX-License-Identifier: MIT */
/*
 * Builder and walker against a model that knows no tables: a list of mapped ranges, the
 * leaves a greedy choice gives them, and the set of slots that need a table. Random
 * calls on small windows; after each one everything must agree. Seeds are fixed.
 */
#include "model/random.h"
#include "test_paging.h"

#define RANGES_MAX   64
#define LEAVES_MAX   16384
#define TABLES_MAX   64
#define WINDOW_PAGES (UINT64_C(1) << 20) /* 4 GiB */

struct range {
    uint64_t vpn, pfn, count; /* vpn without sign extension */
    unsigned rights;
    enum paging_cache cache;
};

struct table_id {
    unsigned level;
    uint64_t number;
};

struct model {
    unsigned levels;
    bool has_giant_pages;
    uint64_t pool_page_count;
    struct range ranges[RANGES_MAX];
    size_t range_count;
    struct paging_leaf leaves[LEAVES_MAX];
    size_t leaf_count;
    struct table_id tables[TABLES_MAX];
    size_t table_count;
};

static struct model model; /* too large for a stack */

/* ---- the model -------------------------------------------------------------------------- */

static uint64_t model_address(uint64_t vpn)
{
    unsigned bits = model.levels == 5 ? 57 : 48;
    uint64_t address = vpn * 4096;

    return address >> (bits - 1) == 0 ? address : address | ~UINT64_C(0) << bits;
}

static bool model_add_table(unsigned level, uint64_t number)
{
    for (size_t i = model.table_count; i-- > 0;) {
        if (model.tables[i].level == level && model.tables[i].number == number)
            return true;
    }
    if (model.table_count == model.pool_page_count)
        return false;
    model.tables[model.table_count++] = (struct table_id){level, number};
    return true;
}

/* Pages of the largest leaf that starts here. */
static uint64_t model_leaf_pages(const struct range *range, uint64_t done)
{
    static const uint64_t sizes[] = {262144, 512, 1};

    for (int i = model.has_giant_pages ? 0 : 1; i < 3; i++) {
        if ((range->vpn + done) % sizes[i] == 0 && (range->pfn + done) % sizes[i] == 0 &&
            range->count - done >= sizes[i])
            return sizes[i];
    }
    abort();
}

static bool model_add_leaf(const struct range *range, uint64_t done, uint64_t pages)
{
    unsigned leaf_level = pages == 1 ? 1 : pages == 512 ? 2 : 3;
    uint64_t vpn = range->vpn + done;

    for (unsigned level = leaf_level; level < model.levels; level++) {
        if (!model_add_table(level, vpn >> (9 * level)))
            return false;
    }
    cr_assert_lt(model.leaf_count, LEAVES_MAX, "test too large");
    model.leaves[model.leaf_count++] = (struct paging_leaf){
        .to = {model_address(vpn)},
        .from = {(range->pfn + done) * 4096},
        .size_bytes = pages * 4096,
        .rights = range->rights,
        .pat_index = (unsigned)range->cache,
        .global = true,
    };
    return true;
}

static bool model_overlaps(const struct range *range)
{
    for (size_t i = 0; i < model.range_count; i++) {
        const struct range *other = &model.ranges[i];
        if (range->vpn < other->vpn + other->count && other->vpn < range->vpn + range->count)
            return true;
    }
    return false;
}

static enum paging_status model_map(const struct range *range)
{
    uint64_t half = UINT64_C(1) << (9 * model.levels - 1);
    uint64_t end = range->vpn + range->count;
    size_t old_leaf_count = model.leaf_count;
    size_t old_table_count = model.table_count;

    if (range->count == 0 || range->pfn + range->count > UINT64_C(1) << 34 || end > 2 * half)
        return PAGING_OUT_OF_RANGE;
    if (range->vpn < half && end > half)
        return PAGING_NOT_CANONICAL;
    if (model_overlaps(range))
        return PAGING_OCCUPIED;
    for (uint64_t done = 0, pages; done < range->count; done += pages) {
        pages = model_leaf_pages(range, done);
        if (!model_add_leaf(range, done, pages)) {
            model.leaf_count = old_leaf_count;
            model.table_count = old_table_count;
            return PAGING_NO_MEMORY;
        }
    }
    model.ranges[model.range_count++] = *range;
    return PAGING_OK;
}

/* ---- comparing -------------------------------------------------------------------------- */

static int compare_leaves(const void *a, const void *b)
{
    const struct paging_leaf *left = a, *right = b;

    return left->to.value < right->to.value ? -1 : left->to.value > right->to.value;
}

static bool leaves_are_equal(const struct paging_leaf *a, const struct paging_leaf *b)
{
    return a->to.value == b->to.value && a->from.value == b->from.value &&
           a->size_bytes == b->size_bytes && a->rights == b->rights &&
           a->pat_index == b->pat_index && a->global == b->global;
}

static void walk_equals_model(const struct arena *arena, uint64_t seed)
{
    struct paging_walk walk;
    struct paging_leaf leaf;
    struct paging_audit audit;
    uint64_t bytes = 0, low = 0, both = 0;

    qsort(model.leaves, model.leaf_count, sizeof model.leaves[0], compare_leaves);
    paging_walk_begin(&walk, &arena->paging);
    for (size_t i = 0; i < model.leaf_count; i++) {
        cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_OK, "seed %" PRIu64, seed);
        cr_assert(leaves_are_equal(&leaf, &model.leaves[i]), "seed %" PRIu64 " leaf %zu", seed, i);
        bytes += leaf.size_bytes;
        low += leaf.to.value >> 63 == 0;
        both += leaf.rights == 3;
    }
    cr_assert_eq(paging_walk_next(&walk, &leaf), PAGING_UNMAPPED, "seed %" PRIu64, seed);
    cr_assert_eq(walk.tables_seen, model.table_count, "seed %" PRIu64, seed);
    cr_assert_eq(walk.tables_outside, 0, "seed %" PRIu64, seed);
    paging_audit(&arena->paging, &audit);
    cr_assert_eq(audit.mapped_bytes, bytes, "seed %" PRIu64, seed);
    cr_assert_eq(audit.low_half_count, low, "seed %" PRIu64, seed);
    cr_assert_eq(audit.writable_executable_count, both, "seed %" PRIu64, seed);
    cr_assert_eq(audit.small_count + audit.large_count + audit.giant_count, model.leaf_count);
    cr_assert_eq(audit.bad_entry_count + audit.user_count, 0, "seed %" PRIu64, seed);
}

/* Asks for one page in the way a page dictionary would be asked. */
static void find_equals_model(const struct arena *arena, uint64_t vpn, uint64_t seed)
{
    struct paging_leaf leaf = {.to = {1}};
    vaddr_t address = vaddr(model_address(vpn) + vpn % 4096);
    enum paging_status status = paging_find(&arena->paging, address, &leaf);

    for (size_t i = 0; i < model.range_count; i++) {
        const struct range *range = &model.ranges[i];
        if (vpn - range->vpn >= range->count)
            continue;
        cr_assert_eq(status, PAGING_OK, "seed %" PRIu64 " page %#" PRIx64, seed, vpn);
        cr_assert_leq(leaf.to.value, address.value);
        cr_assert_lt(address.value - leaf.to.value, leaf.size_bytes);
        cr_assert_eq(leaf.from.value + (model_address(vpn) - leaf.to.value),
                     (range->pfn + vpn - range->vpn) * 4096, "seed %" PRIu64, seed);
        cr_assert_eq(leaf.rights, range->rights, "seed %" PRIu64, seed);
        cr_assert_eq(leaf.pat_index, range->cache, "seed %" PRIu64, seed);
        return;
    }
    cr_assert_eq(status, PAGING_UNMAPPED, "seed %" PRIu64 " page %#" PRIx64, seed, vpn);
    cr_assert_eq(leaf.to.value, 1, "untouched; seed %" PRIu64, seed);
}

static void finds_equal_model(const struct arena *arena, uint64_t window, uint64_t *state,
                              uint64_t seed)
{
    for (size_t i = 0; i < model.range_count; i++) {
        uint64_t vpn = model.ranges[i].vpn, count = model.ranges[i].count;
        uint64_t end = (vpn + count) % (UINT64_C(1) << (9 * model.levels));
        find_equals_model(arena, vpn, seed);
        find_equals_model(arena, vpn + count - 1, seed);
        find_equals_model(arena, vpn + random_below(state, count), seed);
        find_equals_model(arena, end, seed);
    }
    for (int i = 0; i < 32; i++)
        find_equals_model(arena, window + random_below(state, WINDOW_PAGES), seed);
}

/* ---- random calls ----------------------------------------------------------------------- */

/* First page of a window at an interesting place. */
static uint64_t random_window(uint64_t *state)
{
    uint64_t half = UINT64_C(1) << (9 * model.levels - 1);
    const uint64_t windows[] = {
        0,                            /* page 0 */
        (UINT64_C(1) << 27) - 524288, /* over the bound of two PDPTs, 512 GiB */
        half + (UINT64_C(1) << 27) - 524288,
        half - half / 256 - 524288,   /* over the bound of two root slots */
        half - WINDOW_PAGES,          /* up to the hole */
        half,                         /* from the hole */
        2 * half - WINDOW_PAGES,      /* up to 2^64 */
    };

    return windows[random_below(state, sizeof windows / sizeof windows[0])];
}

static uint64_t random_count(uint64_t *state)
{
    switch (random_below(state, 8)) {
    case 0:
    case 1:
    case 2:
        return 1 + random_below(state, 8);
    case 3:
    case 4:
        return 1 + random_below(state, 1500);
    case 5:
        return 512 * (1 + random_below(state, 6));
    case 6:
        return 1 + random_below(state, 300000);
    default:
        return 262144 * (1 + random_below(state, 2)) - random_below(state, 2) * 511;
    }
}

static struct range random_range(uint64_t *state, uint64_t window)
{
    static const uint64_t units[] = {1, 1, 512, 262144};
    static const enum paging_cache caches[] = {PAGING_WRITE_BACK, PAGING_WRITE_BACK,
                                               PAGING_UNCACHED, PAGING_WRITE_COMBINING};
    uint64_t unit = units[random_below(state, 4)];
    uint64_t count = random_count(state);
    uint64_t vpn = random_below(state, WINDOW_PAGES) / unit * unit;
    uint64_t pfn = random_below(state, UINT64_C(1) << 34);
    /* long ranges are mostly congruent: else nearly all would end without memory */
    uint64_t congruent = random_below(state, 8) == 0 && count < 4096 ? 1 : 262144;

    if (random_below(state, 4) == 0)
        congruent = 512;
    if (random_below(state, 32) == 0)
        pfn = (UINT64_C(1) << 34) - count - 2 * congruent; /* near the physical end */
    pfn = pfn / congruent * congruent + vpn % congruent;
    return (struct range){window + vpn, pfn, count, (unsigned)random_below(state, 4),
                          caches[random_below(state, 4)]};
}

/* One call on both; true where it mapped something. */
static enum paging_status call_both(struct arena *arena, const struct range *range, uint64_t seed)
{
    struct paging *paging = &arena->paging;
    struct arena_copy copy = arena_remember(arena);
    vaddr_t to = vaddr(model_address(range->vpn));
    paddr_t from = paddr(range->pfn * 4096);
    uint64_t used = paging->pool_used_count;
    uint64_t bound = paging_tables_bound(paging, to, from, range->count * 4096);
    enum paging_status expected = model_map(range);
    enum paging_status status =
        paging_map(paging, to, from, range->count * 4096, range->rights, range->cache);

    cr_assert_eq(status, expected, "seed %" PRIu64 ": %s, model says %s", seed,
                 paging_status_name(status), paging_status_name(expected));
    cr_assert_eq(paging->pool_used_count, model.table_count, "seed %" PRIu64, seed);
    cr_assert_leq(paging->pool_used_count - used, bound, "seed %" PRIu64, seed);
    if (status == PAGING_OK && used == 1)
        cr_assert_eq(paging->pool_used_count - 1, bound, "bound is exact; seed %" PRIu64, seed);
    bool is_unchanged = arena_is_unchanged(arena, copy);
    cr_assert(status == PAGING_OK || is_unchanged, "seed %" PRIu64, seed);
    return status;
}

static void play(uint64_t seed, uint64_t *status_counts)
{
    uint64_t state = seed;
    struct arena arena;
    uint64_t window;

    model.levels = 4 + (unsigned)random_below(&state, 2);
    model.has_giant_pages = random_below(&state, 2) == 0;
    model.pool_page_count = 1 + random_below(&state, 32);
    model.range_count = model.leaf_count = model.table_count = 0;
    cr_assert(model_add_table(model.levels, 0));
    arena = arena_make(model.levels, model.has_giant_pages, model.pool_page_count, 0);
    window = random_window(&state);
    for (int step = 0; step < 24; step++) {
        struct range range = random_range(&state, window);
        status_counts[call_both(&arena, &range, seed)]++;
    }
    walk_equals_model(&arena, seed);
    finds_equal_model(&arena, window, &state, seed);
    arena_free(&arena);
}

Test(paging_map, agrees_with_a_model_on_random_calls)
{
    uint64_t counts[PAGING_BAD_TABLE + 1] = {0};

    for (uint64_t seed = 1; seed <= 200; seed++)
        play(seed, counts);
    /* the draw is worth something only if every outcome happens often */
    cr_assert_gt(counts[PAGING_OK], 500);
    cr_assert_gt(counts[PAGING_NO_MEMORY], 500);
    cr_assert_gt(counts[PAGING_OCCUPIED], 500);
    cr_assert_gt(counts[PAGING_OUT_OF_RANGE], 25);
    cr_assert_gt(counts[PAGING_NOT_CANONICAL], 25);
}

/*
 * The sum of the bounds sizes a pool: random lists of ranges as a loader has them must
 * fit into 1 + that sum. Here without a model, so ranges may be long.
 */
Test(paging_tables_bound, sums_to_a_pool_that_suffices)
{
    for (uint64_t seed = 1000; seed < 1040; seed++) {
        uint64_t state = seed;
        struct paging plan = {.levels = 4 + (unsigned)(seed % 2),
                              .has_giant_pages = seed % 4 < 2,
                              .physical_bits = 46};
        struct range ranges[12];
        uint64_t vpn = random_below(&state, WINDOW_PAGES), pool = 1, used;

        for (int i = 0; i < 12; i++) {
            uint64_t shift = random_below(&state, 3) == 0 ? 512 : 1;
            ranges[i] = (struct range){.vpn = vpn, .count = random_count(&state)};
            ranges[i].pfn = vpn + shift * random_below(&state, 2);
            vpn += ranges[i].count + random_below(&state, 600) * random_below(&state, 600);
            pool += paging_tables_bound(&plan, vaddr(HIGH + ranges[i].vpn * 4096),
                                        paddr(ranges[i].pfn * 4096), ranges[i].count * 4096);
        }
        struct arena arena = arena_make(plan.levels, plan.has_giant_pages, pool, 0);
        for (int i = 0; i < 12; i++)
            cr_assert_eq(arena_map(&arena, HIGH + ranges[i].vpn * 4096, ranges[i].pfn * 4096,
                                   ranges[i].count * 4096, 0),
                         PAGING_OK, "seed %" PRIu64, seed);
        used = arena.paging.pool_used_count;
        /* at most the shared tables are counted twice: one a level at each end of a range */
        cr_assert_leq(pool - used, 12 * plan.levels, "seed %" PRIu64, seed);
        arena_free(&arena);
    }
}
