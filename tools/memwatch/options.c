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

static void set_option(const struct option_text *option, const char *value,
                       struct arguments *arguments)
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

/* The option that a word names, and its value where it stands behind '='. */
static const struct option_text *find_option(const char *word, const char **ret_value)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_text *option = &option_texts[i];
        size_t length = strlen(option->name);
        *ret_value = NULL;
        if (word[0] == '-' && word[1] == option->letter && word[1] != '\0' && word[2] == '\0')
            return option;
        if (strncmp(word, "--", 2) != 0 || strncmp(word + 2, option->name, length) != 0)
            continue;
        if (word[2 + length] == '=')
            *ret_value = word + 3 + length;
        if (word[2 + length] == '=' || word[2 + length] == '\0')
            return option;
    }
    return NULL;
}

void parse_arguments(const struct command *command, int count, char *const words[],
                     struct arguments *ret_arguments)
{
    bool only_words = false;

    *ret_arguments = (struct arguments){.interval_ns = 1000000000u, .limit = 1000};
    for (int i = 0; i < count; i++) {
        const struct option_text *option;
        const char *value;
        if (strcmp(words[i], "--") == 0 && !only_words) {
            only_words = true;
            continue;
        }
        if (only_words || words[i][0] != '-' || words[i][1] == '\0' ||
            (words[i][1] >= '0' && words[i][1] <= '9')) { /* -5 is a condition */
            if (ret_arguments->word_count == command->most_words)
                cannot("%s: too many arguments: %s (try memwatch %s --help)", command->name, words[i],
                       command->name);
            ret_arguments->words[ret_arguments->word_count++] = words[i];
            continue;
        }
        option = find_option(words[i], &value);
        if (option == NULL || (command->options & option->bit) == 0)
            cannot("%s: unknown option %s (try memwatch %s --help)", command->name, words[i],
                   command->name);
        if (option->argument == NULL && value != NULL)
            cannot("--%s takes no value", option->name);
        if (option->argument != NULL && value == NULL && ++i == count)
            cannot("--%s needs %s", option->name, option->argument);
        set_option(option, value != NULL || option->argument == NULL ? value : words[i],
                   ret_arguments);
    }
    if (ret_arguments->word_count < command->least_words)
        cannot("%s needs %s (try memwatch %s --help)", command->name, command->words, command->name);
}
