/* SPDX-License-Identifier: MIT */
/* See session.h. */
#include "session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKSPACE_BYTES ((size_t)1 << 20)
#define MOST_THREADS    16u

/* ---- slices ------------------------------------------------------------------------------------------ */

static struct watch_reader reader_at(const struct target_region *region, uint64_t address)
{
    struct watch_reader reader = region->reader;

    if (reader.mapped != NULL)
        reader.mapped = (const uint8_t *)reader.mapped + (address - region->address);
    return reader;
}

/* The workspace is each thread's own: this one only stands for it. */
static uint8_t no_workspace[WATCH_LEAST_WORKSPACE];

static void check(enum watch_status status, const struct session *session)
{
    if (status != WATCH_OK)
        cannot("%s: %s", session->target->word, watch_status_text(status));
}

static struct slice *new_slice(struct session *session)
{
    session->slices = grow(session->slices, session->slice_count, &session->slice_room, sizeof *session->slices);
    return &session->slices[session->slice_count++];
}

static void open_slice(struct session *session, struct slice *slice, uint64_t address, uint64_t size_bytes,
                       const struct watch_reader *reader, unsigned keep)
{
    uint64_t memory_bytes;

    if (keep == 0) { /* a search: the old bytes are never looked at */
        check(watch_region_against(&slice->region, address, size_bytes, reader, no_workspace, no_workspace,
                                   sizeof no_workspace), session);
        return;
    }
    memory_bytes = watch_region_bytes(size_bytes, keep);
    check(watch_region(&slice->region, address, size_bytes, reader, keep, map_memory(memory_bytes), memory_bytes,
                       no_workspace, sizeof no_workspace), session);
}

static struct session *new_session(struct target *target, const struct arguments *arguments)
{
    static struct session *session; /* reachable to the end */

    session = grab(1, sizeof *session);
    session->target = target;
    session->arguments = arguments;
    session->filter = (struct watch_filter){.ignored = arguments->ignored, .ignored_count = arguments->ignored_count};
    if (arguments->condition != NULL) {
        if (arguments->type == NULL)
            cannot("--if needs --type");
        session->predicate = parse_condition(parse_type(arguments->type), arguments->condition);
        session->filter.predicate = &session->predicate;
    }
    return session;
}

/* Cuts [first, end) of a region into slices. */
static void add_slices(struct session *session, size_t index, uint64_t first, uint64_t last, unsigned keep)
{
    const struct target_region *region = &session->target->regions[index];

    for (uint64_t left = last - first + 1, address = first; left > 0;) {
        uint64_t most = session->most_slice_bytes;
        uint64_t size = most != 0 && left > most ? most : left;
        struct watch_reader reader = reader_at(region, address);
        open_slice(session, new_slice(session), address, size, &reader, keep);
        address += size;
        left -= size;
    }
}

static bool is_wanted(const struct arguments *arguments, const struct target_region *region)
{
    return arguments->region == NULL || strstr(region->name, arguments->region) != NULL;
}

/* Are these neighbours read in the same way? Then what is looked for may lie over their bound. */
static bool goes_on(const struct target_region *left, const struct target_region *right)
{
    if (left->address + left->size_bytes != right->address)
        return false;
    if (left->reader.mapped != NULL)
        return right->reader.mapped == (const uint8_t *)left->reader.mapped + left->size_bytes;
    return left->reader.read == right->reader.read && left->reader.context == right->reader.context;
}

struct session *open_session(struct target *target, const struct arguments *arguments, unsigned keep,
                             uint64_t most_slice_bytes)
{
    struct session *session = new_session(target, arguments);

    session->most_slice_bytes = most_slice_bytes;
    for (size_t i = 0; i < target->count; i++) {
        const struct target_region *region = &target->regions[i];
        size_t index = i;
        uint64_t region_last;
        if (!is_wanted(arguments, region))
            continue;
        while (most_slice_bytes == 0 && i + 1 < target->count && is_wanted(arguments, &target->regions[i + 1]) &&
               goes_on(&target->regions[i], &target->regions[i + 1]))
            i++;
        region_last = target->regions[i].address + (target->regions[i].size_bytes - 1);
        if (arguments->range_count == 0)
            add_slices(session, index, region->address, region_last, keep);
        for (size_t j = 0; j < arguments->range_count; j++) {
            uint64_t first = arguments->ranges[j].first, last = arguments->ranges[j].end - 1;
            if (first > region_last || last < region->address)
                continue;
            add_slices(session, index, first > region->address ? first : region->address,
                       last < region_last ? last : region_last, keep);
        }
    }
    if (session->slice_count == 0 && arguments->region != NULL)
        cannot("%s: none of its %zu regions is chosen by --region %s (memwatch maps lists them)", target->word, target->count,
               arguments->region);
    if (session->slice_count == 0)
        cannot("%s: nothing of it is chosen", target->word);
    return session;
}

/* ---- comparing two --------------------------------------------------------------------------------------- */

static void add_comparison(struct session *session, const struct target_region *a, size_t index, uint64_t first,
                           uint64_t last)
{
    const struct target_region *b = &session->target->regions[index];

    for (uint64_t left = last - first + 1, address = first; left > 0;) {
        uint64_t size = left > SLICE_BYTES ? SLICE_BYTES : left;
        struct watch_reader old_reader = reader_at(a, address), new_reader = reader_at(b, address);
        struct slice *slice = new_slice(session);
        if (a->reader.mapped != NULL && a->reader.absent == NULL) {
            check(watch_region_against(&slice->region, address, size, &new_reader, old_reader.mapped, no_workspace,
                                       sizeof no_workspace), session);
        } else { /* the snapshot of one, then the reader of the other */
            open_slice(session, slice, address, size, &old_reader, WATCH_KEEP_COPY);
            (void)!watch_snapshot(&slice->region);
            slice->region.reader = new_reader;
        }
        address += size;
        left -= size;
    }
}

static uint64_t all_bytes(const struct target *target)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < target->count; i++)
        sum += target->regions[i].size_bytes;
    return sum;
}

struct session *open_comparison(struct target *a, struct target *b, const struct arguments *arguments,
                                uint64_t *ret_unmatched_bytes)
{
    struct session *session = new_session(b, arguments);
    uint64_t matched = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct target_region *right = &b->regions[i];
        uint64_t right_last = right->address + (right->size_bytes - 1);
        for (size_t j = 0; j < a->count; j++) {
            const struct target_region *left = &a->regions[j];
            uint64_t left_last = left->address + (left->size_bytes - 1);
            uint64_t first = left->address > right->address ? left->address : right->address;
            uint64_t last = left_last < right_last ? left_last : right_last;
            if (first > last)
                continue;
            add_comparison(session, left, i, first, last);
            matched += last - first + 1;
        }
    }
    *ret_unmatched_bytes = all_bytes(a) - matched + (all_bytes(b) - matched);
    return session;
}

/* ---- threads ------------------------------------------------------------------------------------------------ */

struct work {
    struct session *session;
    void (*function)(struct session *session, struct slice *slice);
    atomic_size_t next;
};

static void *run_slices(void *context)
{
    struct work *work = context;
    uint8_t *workspace = map_memory(WORKSPACE_BYTES);
    size_t index;

    while ((index = work->next++) < work->session->slice_count) {
        struct slice *slice = &work->session->slices[index];
        slice->region.workspace = workspace;
        slice->region.workspace_bytes = WORKSPACE_BYTES;
        work->function(work->session, slice);
    }
    give_back(workspace, WORKSPACE_BYTES);
    return NULL;
}

void for_each_slice(struct session *session, void (*function)(struct session *session, struct slice *slice))
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t wanted = processors < 1 ? 1 : (size_t)processors, started = 0;
    pthread_t threads[MOST_THREADS];
    struct work work = {.session = session, .function = function};

    wanted = wanted < MOST_THREADS ? wanted : MOST_THREADS;
    wanted = wanted < session->slice_count ? wanted : session->slice_count;
    while (started + 1 < wanted && pthread_create(&threads[started], NULL, run_slices, &work) == 0)
        started++;
    run_slices(&work);
    while (started > 0)
        pthread_join(threads[--started], NULL);
}

/* ---- rounds --------------------------------------------------------------------------------------------------- */

static uint64_t round_now;
static bool round_refreshes;

static bool take_change(void *context, const struct watch_change *change)
{
    struct slice *slice = context;
    struct found *found;

    if (change->is_rest && slice->count > 0) {
        slice->found[slice->count - 1].length_bytes += change->length_bytes;
        return true;
    }
    if (slice->count == slice->room) { /* grow() is for one thread alone */
        slice->room = slice->room == 0 ? 64 : slice->room * 2;
        slice->found = realloc(slice->found, slice->room * sizeof *slice->found);
        if (slice->found == NULL)
            cannot("out of memory");
    }
    found = &slice->found[slice->count++];
    *found = (struct found){.address = change->address, .length_bytes = change->length_bytes};
    if (change->old_bytes != NULL) {
        found->sample_bytes = (uint8_t)(change->length_bytes < SAMPLE_BYTES ? change->length_bytes : SAMPLE_BYTES);
        memcpy(found->old_bytes, change->old_bytes, found->sample_bytes);
        memcpy(found->new_bytes, change->new_bytes, found->sample_bytes);
    }
    return true;
}

static void snapshot_slice(struct session *session, struct slice *slice)
{
    (void)session;
    slice->status = watch_snapshot(&slice->region);
}

static void diff_slice(struct session *session, struct slice *slice)
{
    struct watch_diff_options options = {.filter = &session->filter, .refresh = round_refreshes, .now = round_now,
                                         .take = take_change, .context = slice};
    bool plain = session->filter.predicate == NULL && session->filter.ignored_count == 0;

    if (plain)
        options.filter = NULL;
    slice->count = 0;
    slice->status = watch_diff(&slice->region, &options, &slice->totals);
    progress_add(slice->region.size_bytes);
}

void session_snapshot(struct session *session)
{
    for_each_slice(session, snapshot_slice);
}

/* Runs go on over the bounds of slices. */
static void join_found(struct session *session, const struct found *found)
{
    struct found *last = session->found_count == 0 ? NULL : &session->found[session->found_count - 1];
    unsigned more;

    if (last == NULL || last->address + last->length_bytes != found->address) {
        session->found = grow(session->found, session->found_count, &session->found_room, sizeof *session->found);
        session->found[session->found_count++] = *found;
        return;
    }
    more = last->length_bytes < SAMPLE_BYTES ? SAMPLE_BYTES - (unsigned)last->length_bytes : 0;
    more = more < found->sample_bytes ? more : found->sample_bytes;
    memcpy(last->old_bytes + last->sample_bytes, found->old_bytes, more);
    memcpy(last->new_bytes + last->sample_bytes, found->new_bytes, more);
    last->sample_bytes = (uint8_t)(last->sample_bytes + more);
    last->length_bytes += found->length_bytes;
}

static void drop_short(struct session *session)
{
    size_t kept = 0;

    for (size_t i = 0; i < session->found_count; i++) {
        if (session->found[i].length_bytes >= session->arguments->least_bytes)
            session->found[kept++] = session->found[i];
    }
    session->found_count = kept;
}

void session_diff(struct session *session, bool refresh, uint64_t now)
{
    round_refreshes = refresh;
    round_now = now;
    for_each_slice(session, diff_slice);
    session->found_count = 0;
    session->totals = (struct watch_totals){0};
    for (size_t i = 0; i < session->slice_count; i++) {
        const struct slice *slice = &session->slices[i];
        if (slice->status > WATCH_UNREADABLE)
            check(slice->status, session);
        for (size_t j = 0; j < slice->count; j++)
            join_found(session, &slice->found[j]);
        session->totals.compared_bytes += slice->totals.compared_bytes;
        session->totals.unreadable_bytes += slice->totals.unreadable_bytes;
        session->totals.changed_bytes += slice->totals.changed_bytes;
        session->totals.changed_pages += slice->totals.changed_pages;
    }
    drop_short(session);
}

/* ---- printing -------------------------------------------------------------------------------------------------- */

static void print_bytes(FILE *to, const uint8_t *bytes, const struct found *found)
{
    for (unsigned i = 0; i < found->sample_bytes; i++)
        fprintf(to, "%02x", bytes[i]);
    if (found->length_bytes > found->sample_bytes)
        fputs("..", to);
}

void print_found(FILE *to, const struct session *session, const struct found *found)
{
    fprintf(to, "0x%016lx +%lu ", (unsigned long)found->address, (unsigned long)found->length_bytes);
    if (found->sample_bytes > 0) {
        print_bytes(to, found->old_bytes, found);
        fputs(" -> ", to);
        print_bytes(to, found->new_bytes, found);
    }
    fprintf(to, "  %s changed\n", describe(session->target, found->address));
}

void print_found_json(FILE *to, const struct session *session, const struct found *found, bool is_full)
{
    fprintf(to, "{\"address\":\"0x%lx\",\"length\":%lu", (unsigned long)found->address, (unsigned long)found->length_bytes);
    if (is_full) {
        fputs(",\"old\":\"", to);
        print_bytes(to, found->old_bytes, found);
        fputs("\",\"new\":\"", to);
        print_bytes(to, found->new_bytes, found);
        fputs("\",\"where\":", to);
        print_json_text(to, describe(session->target, found->address));
    }
    fputc('}', to);
}
