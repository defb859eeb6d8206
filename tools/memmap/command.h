/* SPDX-License-Identifier: MIT */
/* The subcommands: what they are given, and the text that --help and the manual page share. */
#ifndef MEMMAP_COMMAND_H
#define MEMMAP_COMMAND_H

#include "input.h"

#define COMMAND_MAX_WORDS 2u

/* What the command line said. */
struct arguments {
    const char *words[COMMAND_MAX_WORDS]; /* FILE, FILE ADDRESS, A B */
    unsigned word_count;
    const char *output_path; /* -o; NULL: stdout */
    const char *format;      /* --to */
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
    OPTION_READING = OPTION_PHYS_BITS | OPTION_RESERVE | OPTION_MAP,
};

struct command {
    const char *name;
    const char *words;   /* "FILE ADDRESS" */
    const char *summary; /* one line */
    const char *text;    /* a paragraph or more, blank lines between */
    unsigned least_words, most_words;
    unsigned options;
    int (*run)(const struct arguments *arguments); /* the exit status */
};

struct option_text {
    unsigned bit;
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: none */
    const char *text;
};

extern const struct command commands[];
extern const size_t command_count;
extern const struct option_text option_texts[];
extern const size_t option_count;

void parse_arguments(const struct command *command, int count, char *const words[],
                     struct arguments *ret_arguments);
void print_help(FILE *to, const struct command *command); /* NULL: all */
void print_manual(FILE *to);

/* "0x1000", "4096", "640K", "16M", "4G", "1T": bytes. */
bool parse_size(const char *text, uint64_t *ret_bytes);

int command_show(const struct arguments *arguments);
int command_normalize(const struct arguments *arguments);
int command_check(const struct arguments *arguments);
int command_explain(const struct arguments *arguments);
int command_diff(const struct arguments *arguments);
int command_plot(const struct arguments *arguments);
int command_convert(const struct arguments *arguments);
int command_capture(const struct arguments *arguments);

#endif
