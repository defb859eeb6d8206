/* SPDX-License-Identifier: MIT */
/*
 * The sweep: each call of the loader fails in every way, at every position until the position is beyond
 * the last call; then pairs of failures by seed, up to the number wanted. Unless all is wanted, only the first
 * variant has every way at every position; the others fail at every position in one.
 */
#include "model/random.h"
#include "target.h"

#define VARIANTS 4u

static const struct variant variants[VARIANTS] = {
    {"plain", "\\plain.conf", false, false},
    {"said", "\\said.conf", false, false},
    {"all", "\\all.conf", true, true},
    {"aids", "\\aids.conf", false, true},
};

static uint32_t good_calls[VARIANTS][CALL_COUNT];

/* Once without a fault: what calls are there? */
static void run_good(unsigned index)
{
    run_begin(&variants[index]);
    run.by_firmware = true;
    run_loader();
    judge_and_count();
    for (unsigned call = 0; call < CALL_COUNT; call++)
        good_calls[index][call] = run.faults.made[call];
}

static void run_one(unsigned index, enum call call, uint32_t occurrence, bool onward, const struct action *action)
{
    run_begin(&variants[index]);
    run.script = (struct script){{{call, occurrence, onward, action}}, 1};
    run_loader();
    judge_and_count();
}

/* One failure at call 1, 2, 3 ... until none fires. */
static void run_positions(unsigned index, enum call call, const struct action *action, bool onward)
{
    uint32_t occurrence = 1;

    do
        run_one(index, call, occurrence++, onward, action);
    while (run.faults.fired > 0 && occurrence < MOST_CALLS);
}

static unsigned action_count(enum call call)
{
    unsigned count = 0;

    while (call_actions(call)[count].name != NULL)
        count++;
    return count;
}

/* Every position fails, each in the next way. */
static void run_in_turn(unsigned index)
{
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        unsigned count = action_count((enum call)call);
        uint32_t occurrence = 0;
        if (good_calls[index][call] == 0)
            continue;
        do
            run_one(index, (enum call)call, occurrence + 1, false,
                    &call_actions((enum call)call)[occurrence % count]);
        while (run.faults.fired > 0 && ++occurrence < MOST_CALLS);
    }
}

/* Failures that last: from every position, or from the first alone. */
static void run_lasting(unsigned index, bool everywhere)
{
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        for (const struct action *action = call_actions((enum call)call); action->name != NULL; action++) {
            if (good_calls[index][call] > 0 && everywhere)
                run_positions(index, (enum call)call, action, true);
            else if (good_calls[index][call] > 0)
                run_one(index, (enum call)call, 1, true, action);
        }
    }
}

static void run_singles(unsigned index)
{
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        if (good_calls[index][call] == 0)
            continue;
        for (const struct action *action = call_actions((enum call)call); action->name != NULL; action++)
            run_positions(index, (enum call)call, action, false);
    }
}

static struct rule random_rule(uint64_t *state, unsigned index)
{
    struct rule rule = {.onward = random_below(state, 4) == 0};

    do
        rule.call = (enum call)random_below(state, CALL_COUNT);
    while (good_calls[index][rule.call] == 0);
    rule.occurrence = 1 + (uint32_t)random_below(state, good_calls[index][rule.call]);
    rule.action = &call_actions(rule.call)[random_below(state, action_count(rule.call))];
    return rule;
}

static void run_pairs(unsigned wanted, uint64_t seed)
{
    uint64_t state = seed;
    unsigned most = 2 * wanted;

    while (counts.injected < wanted && most-- > 0) {
        unsigned index = (unsigned)random_below(&state, VARIANTS);
        run_begin(&variants[index]);
        run.script.count = 2;
        for (unsigned i = 0; i < run.script.count; i++)
            run.script.rules[i] = random_rule(&state, index);
        run_loader();
        judge_and_count();
    }
}

const struct variant *plain_variant(void)
{
    return &variants[0];
}

void sweep(unsigned wanted, bool full, uint64_t seed)
{
    for (unsigned index = 0; index < VARIANTS; index++)
        run_good(index);
    for (unsigned index = 0; index < VARIANTS; index++) {
        if (!full && index > 0) {
            run_in_turn(index);
            continue;
        }
        run_singles(index);
        run_lasting(index, full);
    }
    run_pairs(wanted, seed);
}
