/* SPDX-License-Identifier: MIT */
/*
 * The sweep: each call that the loader makes on each machine fails in every way it can, once and from
 * then on; then pairs of failures by seed, up to the number wanted.
 *
 *   loader_faults [--runs N] [--seed S] [--verbose]
 *   loader_faults --scenario NAME [--script SCRIPT]     one run, with what was said
 *
 * Each finding is printed with the command line that shows it again. The last line is the count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "scenarios.h"

#define FINDINGS_SHOWN 40u

struct sweep {
    const struct scenario *scenarios;
    size_t scenario_count;
    uint32_t calls[16][CALL_COUNT]; /* what each machine's good boot makes */
    uint64_t runs_wanted;
    uint64_t random;
    bool verbose;

    uint64_t runs, injected, boots, refusals, halts;
    uint64_t counts[VERDICTS];
    unsigned shown;
    uint64_t prints[FINDINGS_SHOWN];
};

static uint64_t next_random(struct sweep *sweep, uint64_t below)
{
    sweep->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = sweep->random;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return (value ^ value >> 31) % below;
}

/* Every rule only breaks what the loader can do without. A bent success is for other checks. */
static bool harmless(const struct script *script)
{
    for (unsigned i = 0; i < script->count; i++) {
        if (!call_is_optional(script->rules[i].call))
            return false;
    }
    return true;
}

/* Have we shown one like it: the same words about the same kinds of failures? */
static bool is_known(struct sweep *sweep, const char *why)
{
    uint64_t print = 14695981039346656037u;

    for (const char *at = why; *at != '\0'; at++)
        print = (print ^ (*at >= '0' && *at <= '9' ? '0' : (uint8_t)*at)) * 1099511628211u;
    for (unsigned i = 0; i < world.script->count; i++)
        print = (print ^ world.script->rules[i].call) * 1099511628211u;
    for (unsigned i = 0; i < sweep->shown; i++) {
        if (sweep->prints[i] == print)
            return true;
    }
    if (sweep->shown < FINDINGS_SHOWN)
        sweep->prints[sweep->shown] = print;
    return false;
}

static void report(struct sweep *sweep, enum verdict verdict, const char *why)
{
    char text[200];

    if (sweep->shown == FINDINGS_SHOWN || is_known(sweep, why))
        return;
    sweep->shown++;
    script_print(world.script, text, sizeof text);
    printf("FAIL %s: %s\n  loader_faults --scenario %s --script %s\n", verdict_name(verdict), why,
           world.scenario->name, text);
}

/* A single failure must be told as what it was: the step by its id, the status as the firmware gave it. */
static const char *misnamed(const struct script *script)
{
    const struct rule *rule = &script->rules[0];
    const char *id = judge_error_id();

    if (script->count != 1 || world.outcome == JUMPED || world.faults.fired == 0 || id[0] == '\0')
        return NULL;
    if (!call_explains(rule->call, id))
        return "the line's id names another step";
    if (world.outcome == RETURNED && rule->action->lie == NO_LIE && world.status != rule->action->status)
        return "returns another status than the firmware's";
    return NULL;
}

static void run(struct sweep *sweep, const struct scenario *scenario, const struct script *script)
{
    const char *why;
    enum verdict verdict;

    world_run(scenario, script);
    sweep->runs++;
    sweep->injected += world.faults.fired > 0;
    sweep->boots += world.outcome == JUMPED;
    sweep->refusals += world.outcome == RETURNED;
    sweep->halts += world.outcome == HALTED;
    verdict = judge_run(harmless(script), &why);
    if (verdict == GOOD && misnamed(script) != NULL) {
        verdict = WRONG;
        why = misnamed(script);
    }
    sweep->counts[verdict]++;
    if (verdict != GOOD)
        report(sweep, verdict, why);
}

/* Each machine boots when nothing fails; notes what calls that takes. */
static void run_good(struct sweep *sweep)
{
    static const struct script none = {.count = 0};

    for (size_t i = 0; i < sweep->scenario_count; i++) {
        run(sweep, &sweep->scenarios[i], &none);
        memcpy(sweep->calls[i], world.faults.made, sizeof sweep->calls[i]);
        if (sweep->verbose)
            printf("%s: %lu calls\n%s%s\n", sweep->scenarios[i].name, (unsigned long)world.calls, world.conout,
                   world.serial);
    }
}

static void run_singles(struct sweep *sweep, size_t index)
{
    for (unsigned call = 0; call < CALL_COUNT; call++) {
        for (uint32_t occurrence = 1; occurrence <= sweep->calls[index][call]; occurrence++) {
            for (const struct action *action = call_actions((enum call)call); action->name != NULL; action++) {
                for (unsigned onward = 0; onward < 2; onward++) {
                    struct script script = {{{(enum call)call, occurrence, onward != 0, action}}, 1};
                    run(sweep, &sweep->scenarios[index], &script);
                }
            }
        }
    }
}

static struct rule random_rule(struct sweep *sweep, size_t index)
{
    struct rule rule = {.onward = next_random(sweep, 4) == 0};
    size_t actions = 0;
    uint32_t made;

    do {
        rule.call = (enum call)next_random(sweep, CALL_COUNT);
        made = sweep->calls[index][rule.call];
    } while (made == 0 && ((rule.call != READ_KEY && rule.call != STALL) || next_random(sweep, 8) != 0));
    while (call_actions(rule.call)[actions].name != NULL)
        actions++;
    /* mostly where a good boot comes by; a bad one may come by more often */
    rule.occurrence = 1 + (uint32_t)next_random(sweep, next_random(sweep, 8) == 0 || made == 0 ? made + 3 : made);
    rule.action = &call_actions(rule.call)[next_random(sweep, actions)];
    return rule;
}

static void run_pairs(struct sweep *sweep)
{
    while (sweep->injected < sweep->runs_wanted && sweep->runs < 4 * sweep->runs_wanted) {
        size_t index = next_random(sweep, sweep->scenario_count);
        struct script script = {.count = 2 + (next_random(sweep, 8) == 0)};
        for (unsigned i = 0; i < script.count; i++)
            script.rules[i] = random_rule(sweep, index);
        run(sweep, &sweep->scenarios[index], &script);
    }
}

static int show_one(struct sweep *sweep, const char *name, const char *text)
{
    static const char *const outcomes[] = {"returned", "jumped", "halted", "crashed", "hung"};
    struct script script = {.count = 0};
    const char *why;

    for (size_t i = 0; i < sweep->scenario_count; i++) {
        enum verdict verdict;
        if (strcmp(sweep->scenarios[i].name, name) != 0)
            continue;
        if (text != NULL && !script_parse(text, &script))
            break;
        world_run(&sweep->scenarios[i], &script);
        verdict = judge_run(harmless(&script), &why);
        printf("conout: %s\nserial: %s\n%s, status 0x%lx, %lu calls, %u faults: %s: %s\n", world.conout, world.serial,
               outcomes[world.outcome], (unsigned long)world.status, (unsigned long)world.calls, world.faults.fired,
               verdict_name(verdict), why);
        return verdict == GOOD ? 0 : 1;
    }
    fprintf(stderr, "loader_faults: no such scenario, or no such script\n");
    return 2;
}

static const char *option(int count, char **arguments, const char *name)
{
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(arguments[i], name) == 0)
            return arguments[i + 1];
    }
    return NULL;
}

int main(int count, char **arguments)
{
    const char *runs = option(count, arguments, "--runs"), *seed = option(count, arguments, "--seed");
    struct sweep sweep = {.runs_wanted = runs != NULL ? strtoull(runs, NULL, 0) : 100000,
                          .random = seed != NULL ? strtoull(seed, NULL, 0) : 1};

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!world_open()) {
        fprintf(stderr, "loader_faults: this host does not give the addresses that the machine needs\n");
        return 2;
    }
    sweep.scenarios = scenarios_open(&sweep.scenario_count);
    if (option(count, arguments, "--scenario") != NULL)
        return show_one(&sweep, option(count, arguments, "--scenario"), option(count, arguments, "--script"));
    sweep.verbose = count > 1 && strcmp(arguments[count - 1], "--verbose") == 0;
    run_good(&sweep);
    for (size_t i = 0; i < sweep.scenario_count && !sweep.verbose; i++)
        run_singles(&sweep, i);
    printf("firmware: scenarios=%zu single=%lu", sweep.scenario_count, (unsigned long)sweep.runs);
    if (!sweep.verbose)
        run_pairs(&sweep);
    printf(" runs=%lu boots=%lu refusals=%lu halts=%lu seed=%s\n", (unsigned long)sweep.runs,
           (unsigned long)sweep.boots, (unsigned long)sweep.refusals, (unsigned long)sweep.halts,
           seed != NULL ? seed : "1");
    printf("groma: faults injected=%lu judged=%lu leaked=%lu hung=%lu silent=%lu wild=%lu wrong=%lu\n",
           (unsigned long)sweep.injected, (unsigned long)sweep.injected, (unsigned long)sweep.counts[LEAKED],
           (unsigned long)sweep.counts[STUCK], (unsigned long)sweep.counts[SILENT], (unsigned long)sweep.counts[WILD],
           (unsigned long)sweep.counts[WRONG]);
    return sweep.counts[GOOD] == sweep.runs ? 0 : 1;
}
