/* SPDX-License-Identifier: MIT */
/* Two CPUs on one thread, each with a stack of its own; who goes on after which step, and which
 * compare-and-swaps fail. */
#include <stdlib.h>
#include <string.h>

#include "inject.h"

#define STACK_BYTES 65536u
#define NEVER       UINT64_MAX
#define FAILS_MAX   100u /* of a run; each CPU tries again until it gets through */
#define STEPS_MAX   UINT64_C(1000000) /* of a run; more: it does not end */

void explore_switch(void **ret_stack, void *stack);

uint64_t inject_left = NEVER;

static uint8_t stacks[CPUS][STACK_BYTES] __attribute__((aligned(16)));

static struct {
    const struct disturbance *how;
    unsigned cpu, cpus;
    void *saved[CPUS], *driver;
    bool is_done[CPUS];
    bool is_running;
    unsigned slice;
    uint64_t begin; /* what inject_left began with */
    uint64_t kept;  /* what it was before the pause */
    bool is_paused;
    uint64_t random;
    struct tally tally;
} now;

static uint64_t random_below(uint64_t limit)
{
    now.random ^= now.random << 13;
    now.random ^= now.random >> 7;
    now.random ^= now.random << 17;
    return (now.random >> 11) % limit;
}

/* How long the CPU whose turn begins may go on. */
static uint64_t slice_next(void)
{
    uint64_t slice;

    if (now.how->seed != 0)
        return now.how->slice_mean == 0 ? STEPS_MAX + 1 : 1 + random_below(2 * now.how->slice_mean);
    slice = now.slice < SLICES_MAX ? now.how->slices[now.slice++] : 0;
    return slice == 0 ? STEPS_MAX + 1 : slice;
}

static void slice_begin(void)
{
    now.begin = inject_left = slice_next();
}

static void slice_count(void)
{
    now.tally.steps[now.cpu] += now.begin - inject_left;
    now.begin = inject_left;
    if (now.tally.steps[0] + now.tally.steps[1] > STEPS_MAX) {
        fault("it does not end");
        now.is_running = false;
        explore_switch(&now.saved[now.cpu], now.driver);
    }
}

/* On with the other CPU, or where it has ended with this one. */
static void turn(void)
{
    unsigned from = now.cpu;
    unsigned to = 1 - from;

    if (now.cpus < 2 || now.is_done[to])
        to = from;
    if (now.is_done[to]) {
        now.is_running = false;
        explore_switch(&now.saved[from], now.driver);
        return;
    }
    if (to == from)
        return;
    now.cpu = to;
    now.tally.switches++;
    explore_switch(&now.saved[from], now.saved[to]);
}

/* Called at the step at which the slice ends, before it is made. */
void inject_reached(void)
{
    unsigned cpu = now.cpu;

    if (!now.is_running)
        return;
    slice_count();
    turn();
    schedule_pause();
    client_resumes(cpu);
    schedule_resume();
    slice_begin();
}

bool inject_fails(void)
{
    bool fails;

    if (!now.is_running || now.is_paused)
        return false;
    now.tally.cas++;
    if (now.how->seed != 0)
        fails = random_below(256) < now.how->fail_share;
    else
        fails = now.tally.cas >= now.how->fail_first && now.tally.cas < now.how->fail_end;
    fails = fails && now.tally.failed < FAILS_MAX;
    now.tally.failed += fails;
    return fails;
}

void schedule_pause(void)
{
    now.is_paused = true;
    now.kept = inject_left;
    inject_left = NEVER;
}

void schedule_resume(void)
{
    now.is_paused = false;
    inject_left = now.kept;
}

unsigned schedule_cpu(void)
{
    return now.cpu;
}

uint64_t schedule_failed(void)
{
    return now.tally.failed;
}

static void cpu_main(void)
{
    unsigned cpu = now.cpu;

    slice_begin();
    client_run(cpu);
    slice_count();
    now.is_done[cpu] = true;
    turn();
    abort(); /* nobody goes on with a CPU that has ended */
}

/* A stack from which explore_switch goes to cpu_main: six registers, the address, alignment. */
static void prepare(unsigned cpu)
{
    void **top = (void **)(void *)(stacks[cpu] + STACK_BYTES);

    top -= 8;
    memset(top, 0, 8 * sizeof *top);
    *(void (**)(void))(void *)&top[6] = cpu_main;
    now.saved[cpu] = top;
    now.is_done[cpu] = false;
}

void schedule_run(const struct disturbance *disturbance, unsigned cpus, struct tally *ret_tally)
{
    memset(&now.tally, 0, sizeof now.tally);
    now.how = disturbance;
    now.cpus = cpus;
    now.cpu = now.slice = 0;
    now.is_paused = false;
    now.random = disturbance->seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (unsigned i = 0; i < cpus; i++)
        prepare(i);
    now.is_running = true;
    explore_switch(&now.driver, now.saved[0]);
    inject_left = NEVER;
    *ret_tally = now.tally;
}
