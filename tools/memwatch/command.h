/* SPDX-License-Identifier: MIT */
/* The subcommands and what they are given. */
#ifndef MEMWATCH_COMMAND_H
#define MEMWATCH_COMMAND_H

#include "command/command.h"
#include "target.h"
#include "watch/value.h"

#define COMMAND_MOST_WORDS 34u

/* What the command line said. */
struct arguments {
    const char *words[COMMAND_MOST_WORDS];
    unsigned word_count;
    struct target_options target;
    const char *output_path;
    const char *type;   /* --type */
    const char *condition; /* --if */
    const char *region; /* --region: a part of its name */
    struct watch_range *ignored, *ranges; /* ascending */
    size_t ignored_count, ignored_room, range_count, range_room;
    uint64_t least_bytes;
    uint64_t interval_ns;
    uint64_t round_count; /* 0: no end */
    uint64_t limit;
    bool json, hashes, details, unaligned;
};

/* Options, as bits of command.options. */
enum {
    OPTION_JSON = 1 << 0,
    OPTION_OUTPUT = 1 << 1,
    OPTION_ALL = 1 << 2,
    OPTION_SYMBOLS = 1 << 3,
    OPTION_SPLIT = 1 << 4,
    OPTION_PROC_MEM = 1 << 5,
    OPTION_IGNORE = 1 << 6,
    OPTION_RANGE = 1 << 7,
    OPTION_REGION = 1 << 8,
    OPTION_LEAST = 1 << 9,
    OPTION_TYPE = 1 << 10,
    OPTION_IF = 1 << 11,
    OPTION_INTERVAL = 1 << 12,
    OPTION_COUNT = 1 << 13,
    OPTION_LIMIT = 1 << 14,
    OPTION_HASHES = 1 << 15,
    OPTION_DETAILS = 1 << 16,
    OPTION_UNALIGNED = 1 << 17,
    OPTION_TARGET = OPTION_ALL | OPTION_SYMBOLS | OPTION_SPLIT | OPTION_PROC_MEM | OPTION_RANGE | OPTION_REGION,
    OPTION_FILTER = OPTION_IGNORE | OPTION_LEAST | OPTION_TYPE | OPTION_IF,
};

void take_word(struct arguments *arguments, const char *word);
void take_option(struct arguments *arguments, const struct option_text *option, const char *value);

/* "u32", "i8", "f64"; ends the program where there is no such type. */
enum watch_type parse_type(const char *text);
/* "=5", "!=5", "<5", ">5", "5..9", "changed", "increased", "+3", "-3", "any", ...; ends the program. */
struct watch_predicate parse_condition(enum watch_type type, const char *text);

int command_ps(const struct arguments *arguments);
int command_maps(const struct arguments *arguments);
int command_scan(const struct arguments *arguments);
int command_watch(const struct arguments *arguments);
int command_diff(const struct arguments *arguments);
int command_snapshot(const struct arguments *arguments);

#endif
