/* SPDX-License-Identifier: MIT */
/* The subcommands and what they are given. */
#ifndef MEMMAP_COMMAND_H
#define MEMMAP_COMMAND_H

#include "command/command.h"
#include "input.h"

#define COMMAND_MAX_WORDS 2u

/* What the command line said. */
struct arguments {
    const char *words[COMMAND_MAX_WORDS]; /* FILE, FILE ADDRESS, A B */
    unsigned word_count;
    const char *output_path; /* -o; NULL: stdout */
    const char *format;      /* --to */
    const char *root;        /* --root; NULL: / */
    bool json;
    bool digest;
    struct input_options input;
};

/* Options, as bits of command.options. */
enum {
    OPTION_JSON = 1,
    OPTION_PHYS_BITS = 2,
    OPTION_RESERVE = 4,
    OPTION_MAP = 8,
    OPTION_OUTPUT = 16,
    OPTION_TO = 32,
    OPTION_DIGEST = 64,
    OPTION_ROOT = 128,
    OPTION_READING = OPTION_PHYS_BITS | OPTION_RESERVE | OPTION_MAP,
};

void take_word(struct arguments *arguments, const char *word);
void take_option(struct arguments *arguments, const struct option_text *option, const char *value);

int command_show(const struct arguments *arguments);
int command_normalize(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_diff(const struct arguments *arguments);
int command_plot(const struct arguments *arguments);
int command_convert(const struct arguments *arguments);
int command_capture(const struct arguments *arguments);

#endif
