/* SPDX-License-Identifier: MIT */
/*
 * What the CPUs do, and what they are promised while they do it: no frame is handed out twice, what
 * is given back is taken, a request fails only if nothing fits all the while, and EMPTY is said only
 * where it is true at a moment of the call.
 */
#include <string.h>

#include "inject.h"

#define GOT_MAX     (BEFORE_MAX + OPS_MAX)
#define EMPTIES_MAX 16u
/* Where more compare-and-swaps fail in one run than this, a request may not find what there is. */
#define PATIENCE 2u

struct cpu {
    const struct op *ops;
    struct {
        uint64_t pfn, count;
        bool is_order;
    } got[GOT_MAX];
    unsigned got_count;
    unsigned call;     /* its number */
    bool is_in_call;
    bool is_asking;    /* for frames */
    uint64_t wanted;   /* frames; all there are, where it reserves */
    bool was_alone;    /* at the begin of the call */
    bool was_disturbed;
    bool met_half;     /* went on while the other was within a call */
    bool was_empty;    /* all was held at a moment of the call */
    uint32_t empty_if; /* if one of these calls succeeds */
    const struct op *contest; /* under way */
};

struct model model;

static struct client {
    struct cpu cpus[CPUS];
    uint32_t empties[EMPTIES_MAX]; /* answers of EMPTY that are true if one of these calls succeeds */
    unsigned empty_count;
    uint32_t accepted[8];
} client;
static struct set along[CPUS]; /* free at all moments at which the CPU went on, within its call */
static struct set contest_given;

static struct model saved_model;
static struct client saved_client;
static const struct scenario *loaded;

static uint64_t base_pfn(void)
{
    return loaded->map->base;
}

/* ---- EMPTY -------------------------------------------------------------------------------- */

/* A call begins or ends: is all held now, or would be if a call under way succeeded? */
static void moment(void)
{
    uint64_t managed = set_size(&model.managed);
    uint64_t away = set_size(&model.held) + model.reserved + model.giving[0] + model.giving[1];
    uint64_t left = managed > away ? managed - away : 0;

    for (unsigned i = 0; i < CPUS; i++) {
        struct cpu *cpu = &client.cpus[i], *other = &client.cpus[1 - i];
        if (!cpu->is_asking)
            continue;
        cpu->was_empty = cpu->was_empty || left == 0;
        if (other->is_asking && other->wanted >= left)
            cpu->empty_if |= UINT32_C(1) << other->call;
    }
}

/* A CPU within a request counts on what is free now and was free before. */
static void keep_along(unsigned i)
{
    static struct set now;

    if (!client.cpus[i].is_asking)
        return;
    world_free_set(&now);
    set_keep(&along[i], &now);
}

static void call_begin(unsigned i, bool is_asking, uint64_t wanted)
{
    struct cpu *cpu = &client.cpus[i];

    cpu->call = model.calls++ % 32;
    cpu->is_in_call = true;
    cpu->is_asking = is_asking;
    cpu->wanted = wanted;
    cpu->was_alone = !client.cpus[1 - i].is_in_call;
    cpu->was_disturbed = cpu->was_empty = cpu->met_half = false;
    cpu->empty_if = 0;
    if (is_asking)
        world_free_set(&along[i]);
    moment();
    schedule_resume();
}

static void call_end(unsigned i, bool is_ok)
{
    struct cpu *cpu = &client.cpus[i];

    schedule_pause();
    moment();
    keep_along(1 - i);
    cpu->is_in_call = cpu->is_asking = false;
    if (is_ok)
        model.succeeded |= UINT32_C(1) << cpu->call;
}

void client_resumes(unsigned i)
{
    struct cpu *cpu = &client.cpus[i];

    cpu->was_disturbed = true;
    cpu->met_half = cpu->met_half || client.cpus[1 - i].is_in_call;
    keep_along(i);
}

/* ---- asking ------------------------------------------------------------------------------- */

static void hold(unsigned i, uint64_t pfn, uint64_t count, bool is_order)
{
    struct cpu *cpu = &client.cpus[i];

    if (!set_has_all(&model.managed, pfn, pfn + count))
        fault("frames %" PRIu64 "+%" PRIu64 " come from nowhere", pfn, count);
    else if (!set_add(&model.held, pfn, pfn + count))
        fault("frames %" PRIu64 "+%" PRIu64 " are handed out twice", pfn, count);
    if (cpu->got_count < GOT_MAX) {
        cpu->got[cpu->got_count].pfn = pfn;
        cpu->got[cpu->got_count].count = count;
        cpu->got[cpu->got_count++].is_order = is_order;
    }
    moment();
}

static void judge_place(const struct frames_request *request, uint64_t pfn, uint64_t count)
{
    uint64_t align = max_u64(request->align_count, request->count == 0 ? count : 1);

    if (pfn % align != 0 || pfn < request->first_pfn ||
        (request->end_pfn != 0 && pfn + count > request->end_pfn) ||
        ((request->flags & FRAMES_LOW) == 0 && pfn < FRAMES_LOW_END) ||
        (pfn < FRAMES_LOW_END) != (pfn + count - 1 < FRAMES_LOW_END) ||
        (pfn < FRAMES_4G_END) != (pfn + count - 1 < FRAMES_4G_END))
        fault("frames %" PRIu64 "+%" PRIu64 " are not what was asked for", pfn, count);
}

/* A request, or alloc_at, was answered by less than OK. */
static void judge_none(unsigned i, enum frames_status status)
{
    struct cpu *cpu = &client.cpus[i];

    if (status == FRAMES_EMPTY && !cpu->was_empty) {
        if (cpu->empty_if == 0 || client.empty_count == EMPTIES_MAX)
            fault("EMPTY, but at no moment of the call all frames could be held");
        else
            client.empties[client.empty_count++] = cpu->empty_if;
    }
    if (status == FRAMES_PARKED && !cpu->was_disturbed && cpu->was_alone &&
        frames_parked_count(&world.frames) == 0)
        fault("PARKED, but nothing is parked");
    if (status != FRAMES_EMPTY && status != FRAMES_PARKED && status != FRAMES_NO_FIT)
        fault("a request is answered \"%s\"", frames_status_name(status));
}

static bool must_be_found(const struct cpu *cpu)
{
    return cpu->was_alone && !cpu->met_half && loaded->refused == 0 && schedule_failed() <= PATIENCE;
}

static void call_alloc(unsigned i, const struct op *op)
{
    struct frames_cache *cache = op->cached ? &world.caches[i] : NULL;
    const struct frames_request *asked = &op->request;
    struct frames_request request = *asked;
    uint64_t count = request.count == 0 ? UINT64_C(1) << request.order : request.count;
    uint64_t pfn = PFN_END;
    enum frames_status status;

    request.first_pfn += asked->first_pfn != 0 ? base_pfn() : 0;
    request.end_pfn += asked->end_pfn != 0 ? base_pfn() : 0;
    call_begin(i, true, count);
    status = op->what == OP_ALLOC ? frames_alloc_order(&world.frames, cache, request.order, &pfn)
                                  : frames_alloc(&world.frames, cache, &request, &pfn);
    call_end(i, status == FRAMES_OK);
    if (status == FRAMES_OK) {
        judge_place(&request, pfn, count);
        hold(i, pfn, count, asked->count == 0);
        return;
    }
    judge_none(i, status);
    if (pfn != PFN_END)
        fault("the result was touched on failure");
    if (must_be_found(&client.cpus[i]) && set_has_fit(&along[i], &request))
        fault("%s, but what was asked for (order %u, count %" PRIu64 ") was free all along",
              frames_status_name(status), request.order, request.count);
}

static void call_at(unsigned i, const struct op *op)
{
    uint64_t first = base_pfn() + op->first;
    enum frames_status status;

    call_begin(i, true, op->count);
    status = frames_alloc_at(&world.frames, first, op->count);
    call_end(i, status == FRAMES_OK);
    if (status == FRAMES_OK)
        hold(i, first, op->count, false);
    else if (status != FRAMES_IN_USE)
        fault("alloc_at is answered \"%s\"", frames_status_name(status));
    else if (must_be_found(&client.cpus[i]) && set_has_all(&along[i], first, first + op->count))
        fault("IN_USE, but %" PRIu64 "+%" PRIu64 " was free all along", first, op->count);
}

static void call_reserve(unsigned i, const struct op *op)
{
    uint64_t count = 0;
    enum frames_status status;

    call_begin(i, true, UINT64_MAX);
    status = frames_reserve(&world.frames, base_pfn() + op->first, base_pfn() + op->first + op->count,
                            &count);
    call_end(i, true);
    if (status != FRAMES_OK)
        fault("reserve is answered \"%s\"", frames_status_name(status));
    model.reserved += count;
    moment();
}

/* ---- giving ------------------------------------------------------------------------------- */

/*
 * Of two who give the same frames back one was refused: what the other does not have stays held.
 * (The default build can notice half-way: then what was given is given.)
 */
static void take_up_again(unsigned i, uint64_t first, uint64_t end)
{
    static struct set tree;
    const struct op *other = client.cpus[1 - i].contest;

    world_free_set(&tree);
    for (uint64_t pfn = first; pfn < end; pfn++) {
        uint64_t other_first = other == NULL ? 0 : base_pfn() + other->first;
        if (!set_has_any(&contest_given, pfn, pfn + 1) && (IS_HARDENED || !set_has_any(&tree, pfn, pfn + 1)) &&
            (other == NULL || pfn < other_first || pfn >= other_first + other->count))
            (void)set_add(&model.held, pfn, pfn + 1);
    }
}

static void contest_ends(unsigned i, const struct op *op, bool was_mine, enum frames_status status)
{
    uint64_t first = base_pfn() + op->first;

    client.cpus[i].contest = NULL;
    if (status == FRAMES_OK) {
        model.contested_ok++;
        (void)set_add(&contest_given, first, first + op->count);
        return;
    }
    model.refused++;
    if (status != FRAMES_ALREADY_FREE)
        fault("the second to give frames back is told \"%s\"", frames_status_name(status));
    if (was_mine)
        take_up_again(i, first, first + op->count);
}

static void give(unsigned i, const struct op *op, uint64_t first, uint64_t count, bool as_order)
{
    struct frames_cache *cache = op->cached ? &world.caches[i] : NULL;
    bool was_mine = set_remove(&model.held, first, first + count);
    enum frames_status status;

    if (!was_mine && !op->contested) {
        fault("the scenario gives back what nobody holds: %" PRIu64 "+%" PRIu64, first, count);
        return;
    }
    if (op->contested) {
        model.contested++;
        client.cpus[i].contest = op;
    }
    model.giving[i] = was_mine ? count : 0;
    call_begin(i, false, 0);
    status = as_order ? frames_free_order(&world.frames, cache, first, bit_lowest(count))
                      : frames_free(&world.frames, cache, first, count);
    call_end(i, true);
    model.giving[i] = 0;
    if (op->contested)
        contest_ends(i, op, was_mine, status);
    else if (status != FRAMES_OK)
        fault("giving back %" PRIu64 "+%" PRIu64 " is answered \"%s\"", first, count,
              frames_status_name(status));
    moment();
}

static void give_back(unsigned i, const struct op *op)
{
    const struct cpu *cpu = &client.cpus[i];

    if (op->first < cpu->got_count)
        give(i, op, cpu->got[op->first].pfn, cpu->got[op->first].count,
             cpu->got[op->first].is_order);
}

static void call_add(unsigned i, const struct op *op)
{
    uint64_t first = base_pfn() + op->first;
    uint64_t end = first + op->count;
    uint64_t size_bytes = frames_add_size(&world.frames, first, end);
    enum frames_status status;

    if (!set_add(&model.managed, first, end) || size_bytes > PLUG_BYTES)
        fault("the scenario adds what is there, or too much: %" PRIu64 " bytes", size_bytes);
    model.giving[i] = op->count;
    call_begin(i, false, 0);
    status = frames_add(&world.frames, first, end, op->request.flags,
                        size_bytes == 0 ? NULL : world.plug[world.plugs++ % PLUGS], size_bytes);
    call_end(i, true);
    model.giving[i] = 0;
    if (status != FRAMES_OK)
        fault("adding is answered \"%s\"", frames_status_name(status));
    moment();
}

/* ---- the hook, and running ---------------------------------------------------------------- */

static bool accept(void *context, uint64_t first_pfn, uint64_t count)
{
    uint64_t block = (first_pfn - base_pfn()) / BLOCK_FRAMES;
    uint32_t bit = UINT32_C(1) << block % 32;

    (void)context;
    if (loaded->refused != 0 && base_pfn() + loaded->refused >= first_pfn &&
        base_pfn() + loaded->refused < first_pfn + count)
        return false;
    if (count == BLOCK_FRAMES && (client.accepted[block / 32 % 8] & bit) != 0)
        fault("block %" PRIu64 " is accepted twice", block);
    client.accepted[block / 32 % 8] |= bit;
    return true;
}

static void call_small(unsigned i, const struct op *op)
{
    if (op->what == OP_DRAIN)
        (void)frames_cache_drain(&world.frames, &world.caches[i]);
    if (op->what == OP_BUSY)
        moves_begin(&world.frames);
    if (op->what == OP_IDLE)
        moves_end(&world.frames);
    for (uint64_t k = 0; op->what == OP_CHURN && k < op->count; k++) {
        moves_begin(&world.frames);
        moves_end(&world.frames);
    }
}

static void call(unsigned i, const struct op *op)
{
    switch (op->what) {
    case OP_ALLOC:
    case OP_REQUEST:
        call_alloc(i, op);
        break;
    case OP_AT:
        call_at(i, op);
        break;
    case OP_GIVE:
        give(i, op, base_pfn() + op->first, op->count, false);
        break;
    case OP_GIVE_ORDER:
        give(i, op, base_pfn() + op->first, UINT64_C(1) << op->request.order, true);
        break;
    case OP_BACK:
        give_back(i, op);
        break;
    case OP_RESERVE:
        call_reserve(i, op);
        break;
    case OP_ADD:
        call_add(i, op);
        break;
    default:
        call_begin(i, false, 0);
        call_small(i, op);
        call_end(i, true);
    }
}

void client_run(unsigned cpu)
{
    schedule_pause();
    for (unsigned i = 0; i < OPS_MAX && client.cpus[cpu].ops[i].what != NOTHING; i++)
        call(cpu, &client.cpus[cpu].ops[i]);
    schedule_resume();
}

/* The sets only as far as they go. */
static void model_copy(struct model *to, const struct model *from)
{
    const size_t sets = offsetof(struct model, reserved);

    set_copy(&to->managed, &from->managed);
    set_copy(&to->held, &from->held);
    memcpy((uint8_t *)to + sets, (const uint8_t *)from + sets, sizeof *to - sets);
}

bool client_load(const struct scenario *scenario)
{
    const struct map *map = scenario->map;

    loaded = scenario;
    fault_clear();
    memset(&model, 0, sizeof model);
    memset(&client, 0, sizeof client);
    contest_given.count = 0;
    world_build(scenario);
    if (scenario->refused != 0)
        frames_set_accept(&world.frames, accept, NULL);
    for (unsigned i = 0; i < COUNT_OF(map->regions) && map->regions[i].end_pfn != 0; i++) {
        if (map->regions[i].kind == MEMMAP_USABLE)
            (void)set_add(&model.managed, max_u64(map->regions[i].first_pfn, 1), map->regions[i].end_pfn);
    }
    for (unsigned i = 0; i < BEFORE_MAX && scenario->before[i].what != NOTHING; i++) {
        unsigned got = client.cpus[0].got_count;
        enum what what = scenario->before[i].what;
        schedule_pause();
        call(0, &scenario->before[i]);
        schedule_resume();
        if (client.cpus[0].got_count == got && (what == OP_ALLOC || what == OP_REQUEST || what == OP_AT))
            fault("step %u of what is done before fails", i);
    }
    world_save();
    saved_client = client;
    model_copy(&saved_model, &model);
    return fault_text() == NULL;
}

void client_reset(const struct op *first, const struct op *other)
{
    world_restore();
    model_copy(&model, &saved_model);
    client = saved_client;
    client.cpus[0].ops = first;
    client.cpus[1].ops = other;
    contest_given.count = 0;
    model.calls = 0;
    model.succeeded = 0;
}

void client_end(void)
{
    for (unsigned i = 0; i < client.empty_count; i++) {
        if ((client.empties[i] & model.succeeded) == 0)
            fault("EMPTY, but at no moment of the call all frames were held");
    }
    if (model.contested == 2 && model.contested_ok != 1)
        fault("of two who gave the same frames back %u were not refused", model.contested_ok);
}
