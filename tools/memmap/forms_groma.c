/* SPDX-License-Identifier: MIT */
/*
 * Lines of Groma's own log (the loader's listing before the exit, the kernel's of what it was handed)
 * and of memmap normalize; see forms.h. They say regions: kinds of memmap.h, whole pages.
 */
#include "forms.h"
#include "names.h"
#include "scan.h"

#define FACT_MARK "groma: " /* such lines are for programs, and no entries */

static struct span first_word(struct span text)
{
    struct span behind = skip_word(text);

    return span_trim((struct span){text.at, text.length - behind.length});
}

/* An end that is 2^64 wraps to 0, in the log too. */
static const char *state_region(struct stated *stated, uint64_t first, uint64_t end)
{
    state_open(stated, first, end);
    if (first % PAGE_BYTES != 0 || end % PAGE_BYTES != 0)
        return "its bounds are no whole pages";
    return first == end || (end != 0 && end < first) ? "its range is empty" : NULL;
}

static const char *name_region(struct span kind_name, bool attributes_known,
                               struct reading *reading)
{
    enum memmap_kind kind;

    if (!kind_of(kind_name, &kind))
        return take_as_reserved(reading, UNKNOWN_TYPE);
    if (!attributes_known)
        return take_as_reserved(reading, UNKNOWN_ATTRIBUTE);
    reading->stated.type = kind;
    return NULL;
}

/* "uc,wb,0x1000000", or "-". */
static bool read_attribute_list(struct span text, uint64_t *ret_attributes)
{
    if (span_is(text, "-"))
        return true;
    while (text.length > 0) {
        struct span word = {text.at, 0};
        uint64_t bits = 0;
        while (word.length < text.length && word.at[word.length] != ',')
            word.length++;
        if (!span_starts(word, "0x"))
            bits = attribute_bit(word);
        else if (!scan_hex(word, &bits))
            return false;
        if (bits == 0)
            return false;
        *ret_attributes |= bits;
        text = span_after(text, word.length + 1);
    }
    return true;
}

/* ---- facts ------------------------------------------------------------------------------------ */

static bool looks_fact(const struct text_line *line, struct span *ret_at)
{
    *ret_at = line->body;
    return span_starts(line->body, FACT_MARK);
}

static const char *read_fact(struct span at, struct reading *reading)
{
    (void)at;
    reading->is_no_entry = true;
    return NULL;
}

/* ---- listings --------------------------------------------------------------------------------- */

/* "632 KiB", "33.5 MiB", "4096 B": what only these listings have behind the range. */
static bool begins_with_size(struct span text)
{
    struct span unit = first_word(skip_word(span_trim(text)));

    return span_is(unit, "B") || (unit.length == 3 && span_starts(span_after(unit, 1), "iB"));
}

static bool looks_loader(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    *ret_at = line->body;
    return begins_with_range(line->body, "-", &rest) && begins_with_size(rest);
}

/*
 * 0x000000001000-0x0000000a0000    636 KiB  usable
 * Memmap show prints "entry 1+  uc,wb" behind that.
 */
static const char *read_loader(struct span at, struct reading *reading)
{
    struct fields fields;
    struct span kind, behind;
    const char *bad_bounds;
    bool known = true;

    if (!scan(at, "%x-%x %s", &fields))
        return misfit(&fields);
    bad_bounds = state_region(&reading->stated, fields.numbers[0], fields.numbers[1]);
    if (bad_bounds != NULL)
        return bad_bounds;
    kind = skip_word(skip_word(fields.texts[0]));
    behind = skip_word(skip_word(skip_word(kind)));
    if (behind.length > 0)
        known = read_attribute_list(first_word(behind), &reading->stated.attributes);
    return name_region(first_word(kind), known, reading);
}

static bool looks_kernel(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    *ret_at = line->body;
    return begins_with_range(line->body, " ", &rest) && begins_with_size(rest);
}

/* "uctb---------r": each letter has its place (kernel/map_show.c). */
static bool read_letters(struct span letters, uint64_t *ret_attributes)
{
    static const struct {
        uint64_t bit;
        char letter;
    } places[] = {
        {MEMMAP_UC, 'u'},  {MEMMAP_WC, 'c'}, {MEMMAP_WT, 't'},
        {MEMMAP_WB, 'b'},  {MEMMAP_UCE, 'e'}, {MEMMAP_WP, 'p'},
        {MEMMAP_RP, 'R'},  {MEMMAP_XP, 'X'}, {MEMMAP_RO, 'W'},
        {MEMMAP_NV, 'N'},  {MEMMAP_MORE_RELIABLE, 'M'}, {MEMMAP_SP, 'S'},
        {MEMMAP_CPU_CRYPTO, 'C'}, {MEMMAP_RUNTIME, 'r'},
    };
    const size_t count = sizeof places / sizeof places[0];

    if (letters.length != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (letters.at[i] == places[i].letter)
            *ret_attributes |= places[i].bit;
        else if (letters.at[i] != '-')
            return false;
    }
    return true;
}

/* 0000000000001000 000000000009f000    632 KiB  usable              uctb----------  entry 1 */
static const char *read_kernel(struct span at, struct reading *reading)
{
    struct fields fields;
    const char *bad_bounds;
    struct span kind;
    bool known;

    if (!scan(at, "%x %x %s", &fields))
        return misfit(&fields);
    bad_bounds = state_region(&reading->stated, fields.numbers[0], fields.numbers[1]);
    if (bad_bounds != NULL)
        return bad_bounds;
    kind = skip_word(skip_word(fields.texts[0]));
    known = read_letters(first_word(skip_word(kind)), &reading->stated.attributes);
    return name_region(first_word(kind), known, reading);
}

/* ---- memmap normalize ------------------------------------------------------------------------- */

static bool looks_normalized(const struct text_line *line, struct span *ret_at)
{
    struct span rest;
    uint64_t pages;

    *ret_at = line->body;
    return span_starts(line->body, "0x") && begins_with_range(line->body, "-", &rest) &&
           span_starts(rest, " ") && scan_decimal(first_word(skip_word(span_trim(rest))), &pages);
}

/* 0x0000000000001000-0x000000000009f000 usable 158 uc,wb 0 */
static const char *read_normalized(struct span at, struct reading *reading)
{
    struct fields fields;
    const char *bad_bounds;
    uint64_t end = 0, pages;
    bool known;

    if (scan(at, "%x-0x10000000000000000 %w %u %s", &fields)) {
        pages = fields.numbers[1];
    } else if (scan(at, "%x-%x %w %u %s", &fields)) {
        end = fields.numbers[1];
        pages = fields.numbers[2];
    } else {
        return misfit(&fields);
    }
    bad_bounds = state_region(&reading->stated, fields.numbers[0], end);
    reading->stated.is_whole_space = fields.numbers[0] == 0 && end == 0 && pages == PFN_END;
    if (bad_bounds != NULL && !reading->stated.is_whole_space)
        return bad_bounds;
    if (!reading->stated.is_whole_space && reading->stated.size_bytes / PAGE_BYTES != pages)
        return "its bounds and its page count differ";
    known = read_attribute_list(first_word(fields.texts[1]), &reading->stated.attributes);
    return name_region(fields.texts[0], known, reading);
}

const struct form groma_forms[] = {
    {FAMILY_GROMA, true, looks_fact, read_fact},
    {FAMILY_GROMA, true, looks_loader, read_loader},
    {FAMILY_GROMA, true, looks_kernel, read_kernel},
    {FAMILY_NORMALIZED, true, looks_normalized, read_normalized},
};
const size_t groma_form_count = sizeof groma_forms / sizeof groma_forms[0];
