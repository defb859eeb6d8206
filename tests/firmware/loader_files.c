/* SPDX-License-Identifier: MIT */
/*
 * Damaged files through the whole loader: kernels with every header byte set to odd values and each
 * bit flipped, kernels of every length, config files cut, mixed and filled with noise by seed.
 * Each must end in a refusal with an id, or boot exactly what the file says.
 *
 *   loader_files [--seed S] [--configs N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge.h"
#include "scenarios.h"
#include "unit/elf_builder.h"

#define MOST_CONFIG_BYTES (CONFIG_MAX_FILE_BYTES + 4096)
#define CONFIG_MAX_FILE_BYTES 65536u
#define FINDINGS_SHOWN    20u

struct part_of_file {
    uint64_t first, end;
};

static struct {
    uint64_t kernels, configs, boots, refusals, wrong, random;
} sums = {.random = 1};

static uint64_t next_random(uint64_t below)
{
    sums.random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t value = sums.random;
    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    return (value ^ value >> 31) % below;
}

static void run(const struct scenario *machine, const char *what, uint64_t at, uint64_t value)
{
    const char *why;

    world_run(machine, NULL);
    sums.boots += world.outcome == JUMPED;
    sums.refusals += world.outcome == RETURNED;
    if (judge_run(false, &why) == GOOD)
        return;
    if (sums.wrong++ < FINDINGS_SHOWN)
        printf("FAIL %s %s 0x%lx value 0x%lx: %s\n  %.300s\n", machine->name, what, (unsigned long)at,
               (unsigned long)value, why, world.conout);
}

/* ---- kernels --------------------------------------------------------------------------------------- */

static void damage_byte(struct scenario *machine, struct elf_file *file, uint64_t at)
{
    static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    uint8_t old = file->bytes[at];

    for (unsigned i = 0; i < sizeof odd + 8; i++) {
        file->bytes[at] = i < sizeof odd ? odd[i] : (uint8_t)(old ^ 1u << (i - sizeof odd));
        sums.kernels++;
        run(machine, "byte", at, file->bytes[at]);
    }
    file->bytes[at] = old;
}

static void damage_kernel(const char *name, struct elf_file *file, const struct part_of_file *parts, size_t count)
{
    struct file kernel = {"\\kernel.elf", file->bytes, file->size};
    struct scenario machine = scenario_plain(name);

    machine.kernel = &kernel;
    for (size_t i = 0; i < count; i++) {
        for (uint64_t at = parts[i].first; at < parts[i].end; at++)
            damage_byte(&machine, file, at);
    }
    for (kernel.size_bytes = 0; kernel.size_bytes <= file->size; kernel.size_bytes++) {
        sums.kernels++;
        run(&machine, "length", kernel.size_bytes, 0);
    }
}

static void damage_kernels(void)
{
    static struct elf_file exec, pie;
    const struct part_of_file headers[] = {{0, 64 + 7 * 56}};
    const struct part_of_file dynamic[] = {{0, 64 + 8 * 56}, {RELA_OFFSET, RELA_OFFSET + 96},
                                           {DYNAMIC_OFFSET, DYNAMIC_OFFSET + 128}};

    build_exec(&exec);
    build_pie(&pie);
    damage_kernel("exec", &exec, headers, 1);
    damage_kernel("pie", &pie, dynamic, 3);
}

/* ---- configs ------------------------------------------------------------------------------------------ */

static const char good_config[] =
    "# a comment\nkernel = /kernel.elf\ncmdline = one two\nmodule = /initrd root=none\ntimeout = 0\n"
    "serial = on\nverbose = no\nreserve = 0x6000000-0x6400000 a test\nbadram = 0x5000-0x6000\r\n";

static size_t splice(char *bytes, size_t size)
{
    static const char *const pieces[] = {"\n", "=", "\r", "kernel=", "module = /a\n", "\xef\xbb\xbf", "\xff", "0x", "-",
                                         "99999999999999999999", "timeout = -1\n", "/../", ":", "reserve = 0x0-0x1\n"};
    const char *piece = pieces[next_random(sizeof pieces / sizeof pieces[0])];
    size_t at = next_random(size + 1), length = strlen(piece);

    memmove(bytes + at + length, bytes + at, size - at);
    memcpy(bytes + at, piece, length);
    return size + length;
}

static size_t mix(char *bytes)
{
    size_t size = sizeof good_config - 1;

    memcpy(bytes, good_config, size);
    for (uint64_t i = next_random(6) + 1; i > 0; i--) {
        if (next_random(3) == 0)
            size = splice(bytes, size);
        else if (next_random(2) == 0)
            bytes[next_random(size)] = (char)next_random(256);
        else
            size = 1 + next_random(size);
    }
    return size;
}

/* One long line, one key over and over, zeroes, noise: up to and over the limit. */
static size_t fill(char *bytes, uint64_t kind)
{
    static const char line[] = "cmdline = x\n";
    size_t size = next_random(8) == 0 ? CONFIG_MAX_FILE_BYTES - 2 + next_random(5) : next_random(MOST_CONFIG_BYTES);

    for (size_t i = 0; i < size; i++)
        bytes[i] = kind == 0 ? 'a' : kind == 1 ? line[i % (sizeof line - 1)] : kind == 2 ? 0 : (char)next_random(256);
    return size;
}

static void damage_configs(uint64_t count)
{
    static char bytes[MOST_CONFIG_BYTES + 256];
    static const struct file modules[] = {{"\\initrd", "abc", 3}, {.path = NULL}};
    struct scenario machine = scenario_plain("config");

    machine.modules = modules;
    for (uint64_t i = 0; i < count; i++) {
        size_t size = i % 16 == 0 ? fill(bytes, i / 16 % 4) : mix(bytes);
        bytes[size] = '\0';
        machine.config = bytes;
        machine.config_bytes = size;
        sums.configs++;
        run(&machine, "seed", i, size);
    }
}

static const char *option(int count, char **arguments, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < count; i++) {
        if (strcmp(arguments[i], name) == 0)
            return arguments[i + 1];
    }
    return otherwise;
}

int main(int count, char **arguments)
{
    const char *seed = option(count, arguments, "--seed", "1");
    size_t scenario_count;

    setvbuf(stdout, NULL, _IOLBF, 0);
    sums.random = strtoull(seed, NULL, 0);
    if (!world_open()) {
        fprintf(stderr, "loader_files: this host does not give the addresses that the machine needs\n");
        return 2;
    }
    (void)scenarios_open(&scenario_count);
    damage_kernels();
    damage_configs(strtoull(option(count, arguments, "--configs", "8000"), NULL, 0));
    printf("loader-files: kernels=%lu configs=%lu boots=%lu refusals=%lu seed=%s wrong=%lu\n",
           (unsigned long)sums.kernels, (unsigned long)sums.configs, (unsigned long)sums.boots,
           (unsigned long)sums.refusals, seed, (unsigned long)sums.wrong);
    return sums.wrong == 0 ? 0 : 1;
}
