/* SPDX-License-Identifier: MIT */
/* The command line; see command.h. */
#include <string.h>

#include "command.h"
#include "names.h"
#include "scan.h"

/* A number that an end may be: 2^64 too, as pages. */
static bool parse_end_pfn(const char *text, uint64_t *ret_pfn)
{
    uint64_t bytes;

    if (strcmp(text, "0x10000000000000000") == 0 || strcmp(text, "16E") == 0 ||
        strcmp(text, "16e") == 0) {
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

void take_option(struct arguments *arguments, const struct option_text *option, const char *value)
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
    case OPTION_ROOT:
        arguments->root = value;
        break;
    case OPTION_TO:
        arguments->format = value;
        break;
    default:
        arguments->output_path = value;
        break;
    }
}

void take_word(struct arguments *arguments, const char *word)
{
    arguments->words[arguments->word_count++] = word;
}
