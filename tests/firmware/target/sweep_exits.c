/* SPDX-License-Identifier: MIT */
/* The exit, and the display that is looked at on the way: few calls, much that can be wrong. */
#include "target.h"

#define MOST_TRIES      16u
#define GRAPHICS_FAULTS 12u

static void begin_exit(unsigned refusals)
{
    run_begin(plain_variant());
    run.ending = ENDED_AT_EXIT;
    run.exit_refusals = refusals;
}

static void run_halting(void)
{
    run.must_halt = true;
    run_loader();
    judge_and_count();
}

/* After so many refusals the call is broken in every way that its list has. */
static void run_broken(enum call call, uint32_t occurrence, unsigned refusals)
{
    for (const struct action *action = call_actions(call); action->name != NULL; action++) {
        if (action->lie != NO_LIE || (call == EXIT_BOOT_SERVICES && action->status == EFI_INVALID_PARAMETER))
            continue;
        begin_exit(refusals);
        run.script = (struct script){{{call, occurrence, false, action}}, 1};
        run_halting();
    }
}

void sweep_exits(void)
{
    uint32_t fetches = 0;

    for (unsigned refusals = 0; refusals < MOST_TRIES; refusals++) {
        begin_exit(refusals);
        run_loader();
        judge_and_count();
        fetches = refusals == 0 ? run.faults.made[GET_MEMORY_MAP] : fetches;
    }
    for (unsigned refusals = 0; refusals < MOST_TRIES; refusals++) {
        run_broken(EXIT_BOOT_SERVICES, refusals + 1, refusals);
        if (refusals > 0)
            run_broken(GET_MEMORY_MAP, fetches + refusals, refusals);
    }
    begin_exit(MOST_TRIES);
    run_halting();
}

void sweep_graphics(void)
{
    for (unsigned fault = 1; fault <= GRAPHICS_FAULTS; fault++) {
        run_begin(plain_variant());
        run.graphics_fault = fault;
        run_loader();
        judge_and_count();
    }
}
