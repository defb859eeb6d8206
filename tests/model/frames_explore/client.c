/* SPDX-License-Identifier: MIT */
/*
 * What the threads do, and what they are promised: no frame is handed out twice; frees of frames
 * that are held succeed; EMPTY is said only where it is true at some moment of the call.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "frames/tree.h"

struct script script;
struct clients clients;
static struct clients saved;

/* ---- EMPTY -------------------------------------------------------------------------------- */

static void witness_add(struct witness *witness, uint32_t mask)
{
    for (unsigned i = 0; i < witness->count; i++) {
        if ((witness->masks[i] & mask) == witness->masks[i])
            return;
    }
    if (mask == 0)
        witness->count = 0;
    if (witness->count < MASKS_MAX)
        witness->masks[witness->count++] = mask;
    else
        explore_fault("the explorer's MASKS_MAX is too small");
}

/* Which of the other calls under way must succeed for all frames to be held now? */
static void witness_look(unsigned thread)
{
    for (unsigned subset = 0; subset < 1u << script.thread_count; subset++) {
        unsigned held = clients.held_count + clients.reserved_count;
        uint32_t mask = 0;
        bool is_possible = (subset & 1u << thread) == 0;
        for (unsigned i = 0; i < script.thread_count; i++) {
            if ((subset & 1u << i) == 0)
                continue;
            is_possible = is_possible && clients.is_taking[i];
            held += script.calls[i][clients.call[i]].count;
            mask |= 1u << (i * CALLS_MAX + clients.call[i]);
        }
        if (is_possible && held >= clients.total_count)
            witness_add(&clients.witness[thread], mask);
    }
}

/* A call begins or ends. */
static void look_all(void)
{
    for (unsigned i = 0; i < script.thread_count; i++) {
        if (clients.is_taking[i])
            witness_look(i);
    }
}

void client_judge_empty(const struct witness *witness)
{
    for (unsigned i = 0; i < witness->count; i++) {
        if ((witness->masks[i] & ~clients.succeeded) == 0)
            return;
    }
    explore_fault("EMPTY, but at no moment of the call all frames were held");
}

static void open_empty(unsigned thread)
{
    if (clients.witness[thread].count == 0)
        explore_fault("EMPTY, but at no moment of the call all frames could be held");
    clients.empties[clients.empty_count++] = clients.witness[thread];
}

/* ---- holding ------------------------------------------------------------------------------ */

static void hold(unsigned thread, uint64_t pfn, unsigned count)
{
    explore_note("got %llu+%u", (unsigned long long)(pfn - BASE_PFN), count);
    for (uint64_t frame = pfn - BASE_PFN; frame < pfn - BASE_PFN + count; frame++) {
        if (frame >= FRAMES_MAX) {
            explore_fault("a frame from nowhere: %llu", (unsigned long long)frame);
        } else if (clients.holder[frame] != NOT_HELD) {
            explore_fault("frame %llu handed out twice: to %u, to %u", (unsigned long long)frame,
                          clients.holder[frame] - 1u, thread);
        } else {
            clients.holder[frame] = (uint8_t)(thread + 1);
        }
    }
    clients.held_count += count;
    if (thread < THREADS_MAX) {
        clients.got[thread][clients.got_count[thread]].pfn = pfn;
        clients.got[thread][clients.got_count[thread]++].count = count;
    }
}

static void let_go(uint64_t pfn, unsigned count)
{
    for (uint64_t frame = pfn - BASE_PFN; frame < pfn - BASE_PFN + count; frame++) {
        if (clients.holder[frame] == NOT_HELD)
            explore_fault("the program frees frame %llu, which nobody holds", (unsigned long long)frame);
        clients.holder[frame] = NOT_HELD;
    }
}

/* ---- calls -------------------------------------------------------------------------------- */

static struct frames_cache *cache_of(unsigned thread)
{
    return &world.caches[thread < THREADS_MAX ? thread : 0];
}

static enum frames_status take(unsigned thread, const struct call *call, uint64_t *ret_pfn)
{
    struct frames_request request = {.count = call->count};

    switch (call->what) {
    case 'a': /* an order, here as its count */
        return frames_alloc_order(&world.frames, NULL, (unsigned)__builtin_ctz(call->count), ret_pfn);
    case 'c':
        return frames_alloc_order(&world.frames, cache_of(thread), (unsigned)__builtin_ctz(call->count),
                                  ret_pfn);
    case 'r':
        return frames_alloc(&world.frames, NULL, &request, ret_pfn);
    default: /* '@' */
        *ret_pfn = BASE_PFN + call->first;
        return frames_alloc_at(&world.frames, BASE_PFN + call->first, call->count);
    }
}

static void call_take(unsigned thread, const struct call *call)
{
    uint64_t pfn = 0;
    enum frames_status status;

    if (thread < THREADS_MAX) {
        clients.is_taking[thread] = true;
        clients.witness[thread].count = 0;
        look_all();
    }
    status = take(thread, call, &pfn);
    if (thread < THREADS_MAX) {
        explore_fence();
        explore_note("%c %u+%u: %s", call->what, call->first, call->count, frames_status_name(status));
        look_all();
        clients.is_taking[thread] = false;
    }
    if (status == FRAMES_OK) {
        if (thread < THREADS_MAX)
            clients.succeeded |= 1u << (thread * CALLS_MAX + clients.call[thread]);
        hold(thread, pfn, call->count);
        look_all();
    } else if (call->what == '@' ? status != FRAMES_IN_USE
                                 : status != FRAMES_EMPTY && status != FRAMES_PARKED &&
                                       status != FRAMES_NO_FIT) {
        explore_fault("a request is answered \"%s\"", frames_status_name(status));
    } else if (thread == THREADS_MAX) {
        explore_fault("the prelude's %c %u+%u fails: %s", call->what, call->first, call->count,
                      frames_status_name(status));
    } else if (status == FRAMES_EMPTY) {
        open_empty(thread);
    }
}

/* Gives back: by order where the call says so, through a cache or not. */
static void give(unsigned thread, char what, uint64_t pfn, unsigned count)
{
    enum frames_status status;
    struct frames_cache *cache = what == 'p' || what == '~' ? cache_of(thread) : NULL;

    let_go(pfn, count);
    if (what == '-' || (count & (count - 1)) != 0 || (pfn & (count - 1)) != 0)
        status = frames_free(&world.frames, cache, pfn, count);
    else
        status = frames_free_order(&world.frames, cache, pfn, (unsigned)__builtin_ctz(count));
    if (thread < THREADS_MAX)
        explore_fence();
    explore_note("%c %llu+%u: %s", what, (unsigned long long)(pfn - BASE_PFN), count,
                 frames_status_name(status));
    if (status != FRAMES_OK)
        explore_fault("giving back %llu+%u is answered \"%s\"", (unsigned long long)(pfn - BASE_PFN),
                      count, frames_status_name(status));
    clients.held_count -= count;
    look_all();
}

static void call_reserve(unsigned thread, const struct call *call)
{
    uint64_t count = 0;
    enum frames_status status;

    if (thread < THREADS_MAX) {
        clients.is_taking[thread] = true;
        look_all();
    }
    status = frames_reserve(&world.frames, BASE_PFN + call->first,
                            BASE_PFN + call->first + call->count, &count);
    if (thread < THREADS_MAX) {
        explore_fence();
        clients.is_taking[thread] = false;
        clients.succeeded |= 1u << (thread * CALLS_MAX + clients.call[thread]);
    }
    explore_note("reserve %u+%u: %llu", call->first, call->count, (unsigned long long)count);
    if (status != FRAMES_OK)
        explore_fault("a reservation is answered \"%s\"", frames_status_name(status));
    clients.reserved_count += (unsigned)count;
    look_all();
}

static void call_add(unsigned thread, const struct call *call)
{
    enum frames_status status =
        frames_add(&world.frames, BASE_PFN + call->first, BASE_PFN + call->first + call->count,
                   call->what == 'U' ? FRAMES_UNACCEPTED : 0, NULL, 0);

    if (thread < THREADS_MAX)
        explore_fence();
    explore_note("add %u+%u: %s", call->first, call->count, frames_status_name(status));
    if (status != FRAMES_OK)
        explore_fault("adding is answered \"%s\"", frames_status_name(status));
    clients.total_count += call->count;
}

/* A giver's bit is taken, and gathered, before he sets the hint. */
static void leave_hint(uint64_t pfn)
{
    struct block block = block_of(frames_find_span(&world.frames, pfn >> BLOCK_SHIFT), pfn >> BLOCK_SHIFT);

    hint_set(&block, SOME);
}

void client_call(unsigned thread, const struct call *call)
{
    switch (call->what) {
    case 'f':
    case 'p':
        if (call->first < clients.got_count[thread])
            give(thread, call->what, clients.got[thread][call->first].pfn,
                 clients.got[thread][call->first].count);
        break;
    case '-':
    case '=':
    case '~':
        give(thread, call->what, BASE_PFN + call->first, call->count);
        break;
    case 'R':
        call_reserve(thread, call);
        break;
    case 'h':
        leave_hint(BASE_PFN + call->first);
        break;
    case 'd':
        (void)frames_cache_drain(&world.frames, cache_of(thread));
        if (thread < THREADS_MAX)
            explore_fence();
        break;
    case 'A':
    case 'U':
        call_add(thread, call);
        break;
    default:
        call_take(thread, call);
    }
}

void client_run(unsigned thread)
{
    for (unsigned i = 0; i < script.call_counts[thread]; i++) {
        if (i > 0)
            explore_call();
        clients.call[thread] = i;
        client_call(thread, &script.calls[thread][i]);
    }
}

/* ---- accept hook: the last two blocks are never to be had -------------------------------- */

bool client_refuses(uint64_t block)
{
    return block == (BASE_PFN >> BLOCK_SHIFT) + 7;
}

static bool accept(void *context, uint64_t first_pfn, uint64_t count)
{
    uint64_t block = (first_pfn - BASE_PFN) >> BLOCK_SHIFT;

    (void)context;
    if (count != BLOCK_FRAMES || client_refuses(first_pfn >> BLOCK_SHIFT))
        return false;
    if ((clients.accepted & 1u << block) != 0)
        explore_fault("block %llu is accepted twice", (unsigned long long)block);
    clients.accepted |= 1u << block;
    return true;
}

/* ---- a program ---------------------------------------------------------------------------- */

/* "0+32 !40+8" */
static bool load_regions(const char *text)
{
    int length;

    script.region_count = 0;
    for (; *text != '\0'; text += length) {
        bool is_later = *text == '!';
        unsigned first, count;
        length = 0;
        if (script.region_count >= REGIONS_MAX ||
            sscanf(text + is_later, "%u+%u%n", &first, &count, &length) < 2)
            return false;
        script.is_later[script.region_count] = is_later;
        script.regions[script.region_count++] = (struct range){first, first + count};
        length += is_later;
        length += (int)strspn(text + length, " ");
    }
    return script.region_count > 0;
}

static bool load_calls(const char *text, struct call *calls, unsigned *ret_count)
{
    bool is_wrong = false;

    for (*ret_count = 0; *ret_count < CALLS_MAX; (*ret_count)++) {
        if (!call_parse(&text, &calls[*ret_count], &is_wrong))
            return !is_wrong;
    }
    return *text == '\0';
}

static bool set_up(void)
{
    struct memmap_region regions[REGIONS_MAX] = {0};
    uint64_t size;

    memset(&world, 0, sizeof world);
    memset(&clients, 0, sizeof clients);
    memset(world.metadata, 0xa5, sizeof world.metadata);
    for (unsigned i = 0; i < script.region_count; i++) {
        regions[i] = (struct memmap_region){
            .first_pfn = BASE_PFN + script.regions[i].first,
            .end_pfn = BASE_PFN + script.regions[i].end,
            .kind = script.is_later[i] ? MEMMAP_BOOT_RECLAIMABLE : MEMMAP_USABLE};
        clients.total_count +=
            script.is_later[i] ? 0 : script.regions[i].end - script.regions[i].first;
    }
    size = frames_metadata_size(regions, script.region_count, memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE));
    if (size == 0 || size > sizeof world.metadata ||
        frames_init(&world.frames, regions, script.region_count,
                    memmap_kind_bit(MEMMAP_BOOT_RECLAIMABLE), world.metadata, size) != FRAMES_OK)
        return false;
    for (unsigned i = 0; i < THREADS_MAX; i++)
        frames_cache_init(&world.frames, &world.caches[i]);
    if (strchr(script.program->prelude, 'U') != NULL)
        frames_set_accept(&world.frames, accept, NULL);
    return true;
}

bool client_load(const struct program *program)
{
    const char *prelude = program->prelude;
    struct call call;
    bool is_wrong = false;

    script.program = program;
    script.thread_count = 0;
    if (!load_regions(program->regions))
        return false;
    while (script.thread_count < THREADS_MAX && program->threads[script.thread_count] != NULL) {
        if (!load_calls(program->threads[script.thread_count], script.calls[script.thread_count],
                        &script.call_counts[script.thread_count]))
            return false;
        script.thread_count++;
    }
    if (script.thread_count == 0 || !set_up())
        return false;
    while (call_parse(&prelude, &call, &is_wrong))
        client_call(THREADS_MAX, &call);
    world_save();
    saved = clients;
    return !is_wrong;
}

unsigned client_threads(void)
{
    return script.thread_count;
}

void client_reset(void)
{
    clients = saved;
}

static uint64_t hash_witness(uint64_t hash, const struct witness *witness)
{
    hash = explore_mix(hash, witness->count);
    for (unsigned i = 0; i < witness->count; i++)
        hash = explore_mix(hash, witness->masks[i]);
    return hash;
}

uint64_t client_hash(void)
{
    uint64_t hash = clients.empty_count;

    for (unsigned i = 0; i < script.thread_count; i++) {
        if (clients.is_taking[i])
            hash = hash_witness(hash, &clients.witness[i]);
    }
    for (unsigned i = 0; i < clients.empty_count; i++)
        hash = hash_witness(hash, &clients.empties[i]);
    return hash;
}
