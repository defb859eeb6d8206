/* SPDX-License-Identifier: MIT */
/* The command line; see command.h. */
#include <stdlib.h>
#include <string.h>

#include "command.h"

/* A-B, half-open, behind those before it. */
static void add_range(const char *name, const char *text, struct watch_range **ranges,
                      size_t *count, size_t *room)
{
    char *copy = grab_text("%s", text), *dash = strchr(copy, '-');
    struct watch_range range;

    if (dash == NULL)
        cannot("--%s %s: it must be FIRST-END", name, text);
    *dash = '\0';
    if (!parse_size(copy, &range.first) || !parse_size(dash + 1, &range.end) ||
        range.first >= range.end)
        cannot("--%s %s: no such range", name, text);
    if (*count > 0 && (*ranges)[*count - 1].end > range.first)
        cannot("--%s %s: ranges must ascend and not overlap", name, text);
    *ranges = grow(*ranges, *count, room, sizeof range);
    (*ranges)[(*count)++] = range;
}

static uint64_t parse_number(const char *name, const char *text)
{
    uint64_t value;

    if (!parse_size(text, &value))
        cannot("--%s %s: not a number", name, text);
    return value;
}

static uint64_t parse_seconds(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);

    if (*text < '0' || *text > '9' || *end != '\0' || !(seconds >= 0 && seconds <= 1e6))
        cannot("--interval %s: not a time in seconds", text);
    return (uint64_t)(seconds * 1e9);
}

static void set_flag(unsigned bit, struct arguments *arguments)
{
    arguments->json |= bit == OPTION_JSON;
    arguments->hashes |= bit == OPTION_HASHES;
    arguments->details |= bit == OPTION_DETAILS;
    arguments->unaligned |= bit == OPTION_UNALIGNED;
    arguments->target.all |= bit == OPTION_ALL;
    arguments->target.proc_mem |= bit == OPTION_PROC_MEM;
}

void take_option(struct arguments *arguments, const struct option_text *option, const char *value)
{
    switch (option->bit) {
    case OPTION_OUTPUT:
        arguments->output_path = value;
        break;
    case OPTION_SYMBOLS:
        arguments->target.symbols = value;
        break;
    case OPTION_SPLIT:
        arguments->target.split_bytes = parse_number(option->name, value);
        break;
    case OPTION_IGNORE:
        add_range(option->name, value, &arguments->ignored, &arguments->ignored_count,
                  &arguments->ignored_room);
        break;
    case OPTION_RANGE:
        add_range(option->name, value, &arguments->ranges, &arguments->range_count,
                  &arguments->range_room);
        break;
    case OPTION_REGION:
        arguments->region = value;
        break;
    case OPTION_LEAST:
        arguments->least_bytes = parse_number(option->name, value);
        break;
    case OPTION_TYPE:
        arguments->type = value;
        break;
    case OPTION_IF:
        arguments->condition = value;
        break;
    case OPTION_INTERVAL:
        arguments->interval_ns = parse_seconds(value);
        break;
    case OPTION_COUNT:
        arguments->round_count = parse_number(option->name, value);
        break;
    case OPTION_LIMIT:
        arguments->limit = parse_number(option->name, value);
        break;
    default:
        set_flag(option->bit, arguments);
        break;
    }
}

void take_word(struct arguments *arguments, const char *word)
{
    arguments->words[arguments->word_count++] = word;
}
