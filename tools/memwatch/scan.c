/* SPDX-License-Identifier: MIT */
/* memwatch scan: patterns, and values that narrow over rounds. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "session.h"
#include "watch/pattern.h"
#include "watch/scan.h"

/* ---- what is looked for ---------------------------------------------------------------------------------- */

static const char type_names[WATCH_TYPE_COUNT][4] = {"u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64"};

enum watch_type parse_type(const char *text)
{
    for (unsigned i = 0; i < WATCH_TYPE_COUNT; i++) {
        if (strcmp(text, type_names[i]) == 0)
            return (enum watch_type)i;
    }
    cannot("--type %s: not one of u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 string", text);
}

static uint64_t parse_float(enum watch_type type, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    float narrow = (float)value;
    uint32_t narrow_bits;
    uint64_t bits;

    if (*text == '\0' || *end != '\0')
        cannot("%s: not a number", text);
    memcpy(&bits, &value, sizeof bits);
    memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
    return type == WATCH_F32 ? narrow_bits : bits;
}

/* A number that the type can hold; differences go both ways. */
static uint64_t parse_value(enum watch_type type, const char *text, bool is_difference)
{
    unsigned bits = 8 * watch_type_bytes(type);
    bool is_negative = *text == '-', is_signed = type >= WATCH_I8;
    uint64_t most = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1, value;
    const char *digits = text + is_negative;
    char *end;

    if (type >= WATCH_F32)
        return parse_float(type, text);
    errno = 0;
    value = strtoull(digits, &end, strncmp(digits, "0x", 2) == 0 ? 16 : 10);
    if (*digits < '0' || *digits > '9' || *end != '\0' || errno != 0)
        cannot("%s: not a whole number", text);
    if (!is_difference && is_signed)
        most = most / 2 + is_negative;
    if (value > most || (is_negative && !is_signed && !is_difference))
        cannot("%s: no value of %s", text, type_names[type]);
    return is_negative ? UINT64_C(0) - value : value;
}

struct watch_predicate parse_condition(enum watch_type type, const char *text)
{
    static const struct {
        const char *word;
        enum watch_test test;
    } words[] = {{"any", WATCH_ANY},         {"changed", WATCH_CHANGED},     {"unchanged", WATCH_UNCHANGED},
                 {"increased", WATCH_INCREASED}, {"decreased", WATCH_DECREASED}};
    struct watch_predicate predicate = {.type = type};
    const char *dots = strstr(text, "..");

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(text, words[i].word) == 0) {
            predicate.test = words[i].test;
            return predicate;
        }
    }
    if (dots != NULL) {
        predicate.test = WATCH_BETWEEN;
        predicate.operand = parse_value(type, grab_text("%.*s", (int)(dots - text), text), false);
        predicate.operand_last = parse_value(type, dots + 2, false);
    } else if (*text == '+' || *text == '-') {
        predicate.test = WATCH_CHANGED_BY;
        predicate.operand = parse_value(type, text + (*text == '+'), true);
    } else {
        bool is_not = strncmp(text, "!=", 2) == 0, has_sign = strchr("=<>", *text) != NULL && *text != '\0';
        predicate.test = is_not ? WATCH_NOT_EQUAL : *text == '<' ? WATCH_LESS : *text == '>' ? WATCH_GREATER : WATCH_EQUAL;
        predicate.operand = parse_value(type, text + (is_not ? 2 : has_sign), false);
    }
    if (!watch_predicate_is_good(&predicate))
        cannot("%s: floats have no +N and -N; use increased, decreased or A..B", text);
    return predicate;
}

/* ---- patterns ------------------------------------------------------------------------------------------------ */

static struct watch_pattern pattern;

struct matches {
    struct slice *slice;
    uint64_t done_bytes;
};

static bool take_match(void *context, uint64_t address, const uint8_t *bytes)
{
    struct matches *matches = context;
    struct slice *slice = matches->slice;

    (void)bytes;
    if (slice->count == slice->room) {
        slice->room = slice->room == 0 ? 64 : slice->room * 2;
        slice->found = realloc(slice->found, slice->room * sizeof *slice->found);
        if (slice->found == NULL)
            cannot("out of memory");
    }
    slice->found[slice->count++] = (struct found){.address = address, .length_bytes = pattern.length_bytes};
    return true;
}

static bool take_progress(void *context, uint64_t done_bytes)
{
    struct matches *matches = context;

    progress_add(done_bytes - matches->done_bytes);
    matches->done_bytes = done_bytes;
    return true;
}

static void search_slice(struct session *session, struct slice *slice)
{
    struct matches matches = {.slice = slice};
    struct watch_search_options options = {take_match, take_progress, &matches};

    (void)session;
    slice->count = 0;
    slice->status = watch_search(&slice->region, &pattern, &options, &slice->totals.unreadable_bytes);
}

static void make_pattern(const struct arguments *arguments)
{
    const char *text = arguments->words[1];
    size_t fault = 0;
    bool is_text = arguments->type != NULL; /* --type string */
    enum watch_status status = is_text ? watch_pattern_of_bytes(text, strlen(text), &pattern)
                                       : watch_pattern_parse(text, strlen(text), &pattern, &fault);

    if (status == WATCH_NO_ROOM)
        cannot("a pattern of more than %u bytes", WATCH_PATTERN_MOST_BYTES);
    if (status != WATCH_OK)
        cannot("pattern %s: cannot be read from character %zu on", text, fault + 1);
}

/* ---- values ---------------------------------------------------------------------------------------------------- */

static struct watch_scan *scans; /* one a slice */
static struct watch_predicate round_predicate;

static void scan_slice(struct session *session, struct slice *slice)
{
    struct matches matches = {.slice = slice};

    slice->status = watch_scan_round(&scans[slice - session->slices], &round_predicate, take_progress, &matches);
    progress_add(slice->region.size_bytes - matches.done_bytes);
}

static void begin_scans(struct session *session, enum watch_type type)
{
    uint32_t stride = session->arguments->unaligned ? 1 : watch_type_bytes(type);

    scans = grab(session->slice_count + 1, sizeof *scans);
    for (size_t i = 0; i < session->slice_count; i++) {
        struct watch_region *region = &session->slices[i].region;
        uint64_t size_bytes = watch_scan_bytes(region->size_bytes, stride);
        enum watch_status status = watch_scan_begin(&scans[i], region, type, stride, map_memory(size_bytes), size_bytes);
        if (status != WATCH_OK)
            cannot("a region is too small for the type");
    }
}

static void keep_candidates(struct session *session, uint64_t most)
{
    for (size_t i = 0; i < session->slice_count; i++) {
        struct matches matches = {.slice = &session->slices[i]};
        uint64_t slot = 0, address;
        session->slices[i].count = 0;
        while (session->slices[i].count < most && watch_scan_next(&scans[i], &slot, &address))
            take_match(&matches, address, NULL);
    }
}

/* ---- the command -------------------------------------------------------------------------------------------------- */

static void print_matches(const struct session *session, uint64_t count, uint64_t unreadable_bytes)
{
    const struct arguments *arguments = session->arguments;
    const char *comma = "";
    uint64_t printed = 0;

    fputs(arguments->json ? "{\"matches\":[" : "", stdout);
    for (size_t i = 0; i < session->slice_count; i++) {
        for (size_t j = 0; j < session->slices[i].count && printed < arguments->limit; j++, printed++) {
            uint64_t address = session->slices[i].found[j].address;
            if (arguments->json)
                printf("%s\"0x%" PRIx64 "\"", comma, address);
            else
                printf("0x%016" PRIx64 "  %s\n", address, describe(session->target, address));
            comma = ",";
        }
    }
    if (arguments->json)
        printf("],\"count\":%" PRIu64 ",\"unreadable_bytes\":%" PRIu64 "}\n", count, unreadable_bytes);
    else
        printf("%" PRIu64 " found%s\n", count, count > printed ? ", the first of them shown (--limit)" : "");
}

static uint64_t chosen_bytes(const struct session *session)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < session->slice_count; i++)
        sum += session->slices[i].region.size_bytes;
    return sum;
}

/* All rounds of conditions, with an interval between them. */
static uint64_t scan_values(struct session *session)
{
    const struct arguments *arguments = session->arguments;
    enum watch_type type = parse_type(arguments->type);
    struct timespec wait = {(time_t)(arguments->interval_ns / 1000000000u), (long)(arguments->interval_ns % 1000000000u)};
    uint64_t count = 0;

    for (unsigned i = 1; i < arguments->word_count; i++)
        (void)parse_condition(type, arguments->words[i]);
    begin_scans(session, type);
    for (unsigned i = 1; i < arguments->word_count; i++) {
        round_predicate = parse_condition(type, arguments->words[i]);
        if (i == 1 && watch_predicate_needs_old(&round_predicate))
            cannot("%s: the first round has no old values; begin with any", arguments->words[i]);
        if (i > 1)
            nanosleep(&wait, NULL);
        progress_begin(arguments->words[i], chosen_bytes(session));
        for_each_slice(session, scan_slice);
        progress_end();
        count = 0;
        for (size_t j = 0; j < session->slice_count; j++)
            count += scans[j].candidate_count;
        if (!arguments->json && arguments->word_count > 2)
            printf("%s: %" PRIu64 "\n", arguments->words[i], count);
        fflush(stdout);
    }
    keep_candidates(session, arguments->limit);
    return count;
}

static uint64_t scan_pattern(struct session *session)
{
    uint64_t count = 0;

    progress_begin("scan", chosen_bytes(session));
    for_each_slice(session, search_slice);
    progress_end();
    for (size_t i = 0; i < session->slice_count; i++)
        count += session->slices[i].count;
    return count;
}

int command_scan(const struct arguments *arguments)
{
    bool is_pattern = arguments->type == NULL || strcmp(arguments->type, "string") == 0;
    struct target_options options = arguments->target;
    uint64_t count, unreadable_bytes = 0;
    struct target *target;
    struct session *session;

    if (is_pattern && arguments->word_count > 2)
        cannot("scan: one pattern at a time (put it in quotes)");
    if (is_pattern)
        make_pattern(arguments);
    else
        (void)parse_type(arguments->type);
    target = open_target(arguments->words[0], &options);
    session = open_session(target, arguments, is_pattern ? 0 : WATCH_KEEP_COPY, 0);
    count = is_pattern ? scan_pattern(session) : scan_values(session);
    for (size_t i = 0; i < session->slice_count; i++)
        unreadable_bytes += session->slices[i].totals.unreadable_bytes;
    if (count == 0 && target->gone != NULL && target->gone(target) != NULL)
        cannot("%s: %s", target->word, target->gone(target));
    print_matches(session, count, unreadable_bytes);
    return count > 0 ? STATUS_SAME : STATUS_CHANGED;
}
