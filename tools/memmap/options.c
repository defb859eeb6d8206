/* SPDX-License-Identifier: MIT */
/* The command line; see command.h. */
#include <stdlib.h>
#include <string.h>

#include "base/checked.h"
#include "command.h"
#include "names.h"
#include "scan.h"

bool parse_size(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGTPE";
    struct span span = {text, strlen(text)};
    uint64_t value, factor = 1;
    const char *unit;

    /* Hex digits and units share no letter but E, and only after 0x. */
    if (span.length > 1 && !span_starts(span, "0x")) {
        unit = strchr(units, span.at[span.length - 1]);
        if (unit != NULL) {
            factor = UINT64_C(1) << (10 * (unit - units + 1));
            span.length--;
        }
    }
    if (!(span_starts(span, "0x") ? scan_hex(span, &value) : scan_decimal(span, &value)))
        return false;
    return checked_mul_u64(value, factor, ret_bytes);
}

/* A number that an end may be: 2^64 too, as pages. */
static bool parse_end_pfn(const char *text, uint64_t *ret_pfn)
{
    uint64_t bytes;

    if (strcmp(text, "0x10000000000000000") == 0 || strcmp(text, "16E") == 0) {
        *ret_pfn = PFN_END;
        return true;
    }
    if (!parse_size(text, &bytes))
        return false;
    *ret_pfn = pages_for_bytes(bytes);
    return true;
}

static const char *kind_list(void)
{
    const char *list = memmap_kind_name((enum memmap_kind)0);

    for (unsigned kind = 1; kind < MEMMAP_KIND_COUNT; kind++)
        list = grab_text("%s, %s", list, memmap_kind_name((enum memmap_kind)kind));
    return list;
}

/* A-B=KIND, half-open, rounded outwards to pages. */
static void add_reservation(struct input_options *options, const char *text)
{
    char *copy = grab_text("%s", text), *dash = strchr(copy, '-');
    char *equals = dash == NULL ? NULL : strchr(dash, '=');
    struct memmap_claim claim = {0};
    enum memmap_kind kind;
    uint64_t first;
    size_t room;

    if (equals == NULL)
        cannot("--reserve %s: it must be A-B=KIND", text);
    *dash = *equals = '\0';
    if (!parse_size(copy, &first) || !parse_end_pfn(dash + 1, &claim.end_pfn))
        cannot("--reserve %s: no such range", text);
    if (!kind_of((struct span){equals + 1, strlen(equals + 1)}, &kind))
        cannot("--reserve %s: there is no kind %s; the kinds are %s", text, equals + 1,
               kind_list());
    claim.first_pfn = pfn_of_byte(first);
    claim.kind = (uint8_t)kind;
    if (claim.first_pfn >= claim.end_pfn)
        cannot("--reserve %s: the range is empty", text);
    if (options->claim_count >= 4096)
        cannot("more than 4096 reservations");
    room = options->claim_room;
    options->claims = grow(options->claims, options->claim_count, &room, sizeof claim);
    options->claim_room = (uint32_t)room;
    room = options->claim_name_room;
    options->claim_names =
        grow(options->claim_names, options->claim_count, &room, sizeof *options->claim_names);
    options->claim_name_room = (uint32_t)room;
    options->claim_names[options->claim_count] = grab_text("reserve%u", options->claim_count);
    options->claims[options->claim_count++] = claim;
}

static unsigned parse_bounded(const char *name, const char *text, unsigned least, unsigned most)
{
    uint64_t value;

    if (!scan_decimal((struct span){text, strlen(text)}, &value) || value < least || value > most)
        cannot("--%s %s: it must be a number from %u to %u", name, text, least, most);
    return (unsigned)value;
}

static void set_option(const struct option_text *option, const char *value,
                       struct arguments *arguments)
{
    switch (option->bit) {
    case OPTION_JSON:
        arguments->json = true;
        break;
    case OPTION_DIGEST:
        arguments->digest = true;
        break;
    case OPTION_PHYS_BITS:
        arguments->input.physical_bits = parse_bounded(option->name, value, 32, 64);
        break;
    case OPTION_MAP:
        arguments->input.map_number = parse_bounded(option->name, value, 1, 1u << 20);
        break;
    case OPTION_RESERVE:
        add_reservation(&arguments->input, value);
        break;
    case OPTION_TO:
        arguments->format = value;
        break;
    default:
        arguments->output_path = value;
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

    *ret_arguments = (struct arguments){0};
    for (int i = 0; i < count; i++) {
        const struct option_text *option;
        const char *value;
        if (strcmp(words[i], "--") == 0 && !only_words) {
            only_words = true;
            continue;
        }
        if (only_words || words[i][0] != '-' || words[i][1] == '\0') {
            if (ret_arguments->word_count == command->most_words)
                cannot("%s: too many arguments: %s (try memmap %s --help)", command->name, words[i],
                       command->name);
            ret_arguments->words[ret_arguments->word_count++] = words[i];
            continue;
        }
        option = find_option(words[i], &value);
        if (option == NULL || (command->options & option->bit) == 0)
            cannot("%s: unknown option %s (try memmap %s --help)", command->name, words[i],
                   command->name);
        if (option->argument == NULL && value != NULL)
            cannot("--%s takes no value", option->name);
        if (option->argument != NULL && value == NULL && ++i == count)
            cannot("--%s needs %s", option->name, option->argument);
        set_option(option, value != NULL || option->argument == NULL ? value : words[i],
                   ret_arguments);
    }
    if (ret_arguments->word_count < command->least_words)
        cannot("%s needs %s (try memmap %s --help)", command->name, command->words, command->name);
}
