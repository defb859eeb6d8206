/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a machine, a script of faults, a config file and a kernel for the whole loader.
 *
 *   byte 0   machine (of scenarios.c)
 *   byte 1   rules, 0..3: call, occurrence, action; the top bit of the occurrence: from then on
 *   2 bytes  length of groma.conf; 0: the machine's own
 *   rest     groma.conf, and the kernel's file; fewer than 64 bytes: the machine's own
 *
 * What the judge finds aborts.
 */
#include "fuzz/fuzz.h"

#include "judge.h"
#include "scenarios.h"

#define LEAST_KERNEL_BYTES 64u

static const struct scenario *machines;
static size_t machine_count;

static void open_once(void)
{
    if (machines != NULL)
        return;
    CHECK(world_open());
    machines = scenarios_open(&machine_count);
}

static struct rule take_rule(struct input_bytes *input)
{
    struct rule rule = {.call = (enum call)(take(input, 1) % CALL_COUNT)};
    unsigned occurrence = (unsigned)take(input, 1), choice = (unsigned)take(input, 1), count = 0;

    while (call_actions(rule.call)[count].name != NULL)
        count++;
    rule.occurrence = 1 + (occurrence & 0x7f);
    rule.onward = (occurrence & 0x80) != 0;
    rule.action = &call_actions(rule.call)[choice % count];
    return rule;
}

static void take_files(struct input_bytes *input, struct scenario *machine, struct file *kernel)
{
    size_t config_bytes = (size_t)take(input, 2);

    config_bytes = config_bytes < input->left ? config_bytes : input->left;
    if (config_bytes > 0) {
        machine->config = (const char *)input->at;
        machine->config_bytes = config_bytes;
        input->at += config_bytes;
        input->left -= config_bytes;
    }
    if (input->left >= LEAST_KERNEL_BYTES) {
        *kernel = (struct file){"\\kernel.elf", input->at, input->left};
        machine->kernel = kernel;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    struct script script = {.count = 0};
    struct scenario machine;
    struct file kernel;
    char text[200];
    const char *why;

    open_once();
    machine = machines[take(&input, 1) % machine_count];
    script.count = (unsigned)take(&input, 1) % 4;
    for (unsigned i = 0; i < script.count; i++)
        script.rules[i] = take_rule(&input);
    take_files(&input, &machine, &kernel);
    world_run(&machine, &script);
    if (judge_run(false, &why) == GOOD)
        return 0;
    script_print(&script, text, sizeof text);
    fprintf(stderr, "%s: %s: %s\n%s\n", machine.name, text, why, world.conout);
    abort();
}
