/* SPDX-License-Identifier: MIT */
/*
 * A text, line by line, through the forms: entries go into lists, lines that look like entries and
 * are none are kept. A list ends where the same kind of list begins again (another boot in the same
 * journal).
 */
#include <ctype.h>
#include <string.h>

#include "forms.h"
#include "input.h"
#include "scan.h"

void collect_new_list(struct collector *collector, enum family family)
{
    collector->open_index[family] = 0;
}

void collect_entry(struct collector *collector, enum family family, const struct stated *stated)
{
    struct list *list;

    if (++collector->entry_count > INPUT_MAX_ENTRIES)
        cannot("more than %u entries in one file", (unsigned)INPUT_MAX_ENTRIES);
    if (collector->open_index[family] == 0) {
        collector->lists =
            grow(collector->lists, collector->count, &collector->room, sizeof *collector->lists);
        collector->lists[collector->count++] = (struct list){.family = family};
        collector->open_index[family] = collector->count;
    }
    list = &collector->lists[collector->open_index[family] - 1];
    list->entries = grow(list->entries, list->count, &list->room, sizeof *list->entries);
    list->entries[list->count++] = *stated;
}

/* Two families of one dump count as one: a labelled line may have become either. */
static bool is_same_dump(enum family a, enum family b)
{
    static const bool labelled[FAMILY_COUNT + 1] = {
        [FAMILY_MULTIBOOT2] = true, [FAMILY_LIMINE] = true, [FAMILY_GRUB_MMAP] = true};

    return a == b || (labelled[a] && labelled[b]);
}

void collect_inside(struct collector *collector, enum family family, const struct stated *stated)
{
    struct list *list = NULL;
    struct stated entry = *stated;
    size_t at;

    for (size_t i = 0; i < collector->count; i++) {
        struct list *candidate = &collector->lists[i];
        if (is_same_dump(candidate->family, family) &&
            (list == NULL || candidate->entries[0].line <= stated->line))
            list = candidate;
    }
    if (list == NULL)
        return;
    entry.type = family_reserved_type(list->family);
    list->entries = grow(list->entries, list->count, &list->room, sizeof *list->entries);
    for (at = list->count++; at > 0 && list->entries[at - 1].line > stated->line; at--)
        list->entries[at] = list->entries[at - 1];
    list->entries[at] = entry;
}

void collect_unreadable(struct collector *collector, const struct unreadable *what)
{
    struct unreadables *all = &collector->unreadables;

    all->items = grow(all->items, all->count, &all->room, sizeof *all->items);
    all->items[all->count] = *what;
    all->items[all->count++].text = span_trim(what->text);
}

/* ---- what logs put before a line ------------------------------------------------------------ */

static bool is_stamp(struct span inside)
{
    for (size_t i = 0; i < inside.length; i++) {
        if (strchr(" .:-0123456789TC", inside.at[i]) == NULL || inside.at[i] == '\0')
            return false;
    }
    return true;
}

/* "[    0.000000]", "[T0]", "<6>", "[DEBUG]". */
static bool skip_bracket(struct span *body)
{
    static const char levels[][10] = {"DEBUG]", "INFO ]", "SPEW ]", "NOTE ]", "WARN ]", "ERROR]"};
    struct span rest;

    if (span_starts(*body, "<") && body->length > 2 && body->at[2] == '>') {
        *body = span_trim(span_after(*body, 3));
        return true;
    }
    if (!span_starts(*body, "["))
        return false;
    rest = span_find(*body, "]");
    if (rest.at == NULL)
        return false;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (span_starts(span_after(*body, 1), levels[i])) {
            *body = span_trim(rest);
            return true;
        }
    }
    if (!is_stamp((struct span){body->at + 1, (size_t)(rest.at - body->at) - 2}))
        return false;
    *body = span_trim(rest);
    return true;
}

static struct span without_prefix(struct span whole)
{
    struct span body = span_find(whole, "kernel: ");

    body = span_trim(body.at != NULL ? body : whole);
    while (skip_bracket(&body))
        ;
    return body;
}

/* ---- lists ------------------------------------------------------------------------------------ */

/* Lines that stand before a list, or between two boots. */
static void notice_heading(struct collector *collector, struct span whole)
{
    static const struct {
        const char *words;
        enum family families[2];
    } headings[] = {
        {"Linux version ", {FAMILY_LINUX_E820, FAMILY_LINUX_EFI}},
        {"BIOS-provided physical RAM map", {FAMILY_LINUX_E820, FAMILY_LINUX_E820}},
        {"Processing EFI memory map", {FAMILY_LINUX_EFI, FAMILY_LINUX_EFI}},
        {"Xen-e820 RAM map", {FAMILY_XEN_E820, FAMILY_XEN_E820}},
        {"EFI RAM map", {FAMILY_XEN_E820, FAMILY_XEN_E820}},
        {"EFI memory map:", {FAMILY_XEN_EFI, FAMILY_XEN_EFI}},
        {"coreboot memory table", {FAMILY_COREBOOT, FAMILY_COREBOOT}},
        {"Physical start  - end", {FAMILY_GRUB_EFI, FAMILY_GRUB_EFI}},
        {"# Pages", {FAMILY_EFI_SHELL, FAMILY_EFI_SHELL}},
        {"regions before our own allocations", {FAMILY_GROMA, FAMILY_GROMA}},
        {"memory map as handed over", {FAMILY_GROMA, FAMILY_GROMA}},
    };

    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++) {
        if (span_find(whole, headings[i].words).at == NULL)
            continue;
        collect_new_list(collector, headings[i].families[0]);
        collect_new_list(collector, headings[i].families[1]);
    }
}

/* lsmmap prints numbers for types that it has no word for: they belong to its list. */
static enum family nearer_family(const struct collector *collector, enum family family)
{
    if (family == FAMILY_MULTIBOOT2 && collector->open_index[FAMILY_GRUB_MMAP] != 0)
        return FAMILY_GRUB_MMAP;
    return family;
}

/* Lines of weak forms that could not be read, until it is known what the file holds. */
struct doubt {
    struct unreadable unreadable; /* family FAMILY_COUNT: of no known form, but with a number in it */
    struct stated stated;         /* where the line is_reserved */
    bool is_settled;              /* it belongs to a list that was read */
};

enum { LISTS_LOOKED_AT = 64 }; /* for lines of no known form; a journal has fewer boots */

struct doubts {
    struct doubt *items;
    size_t count, room;
};

static void doubt_line(struct doubts *doubts, const struct unreadable *what,
                       const struct stated *stated)
{
    doubts->items = grow(doubts->items, doubts->count, &doubts->room, sizeof *doubts->items);
    doubts->items[doubts->count++] = (struct doubt){*what, *stated, false};
}

static bool try_form(struct collector *collector, struct doubts *doubts, const struct form *form,
                     const struct text_line *line, uint32_t number)
{
    struct reading reading = {.family = form->family, .stated = {.line = number}};
    struct unreadable bad = {number, form->family, line->whole, NULL, false};
    struct span at;

    if (!form->looks(line, &at))
        return false;
    bad.reason = form->read(at, &reading);
    bad.is_reserved = reading.is_reserved;
    if (reading.is_reserved)
        reading.stated.type = family_reserved_type(reading.family);
    if (bad.reason != NULL && form->is_weak)
        doubt_line(doubts, &bad, &reading.stated);
    else if (bad.reason != NULL)
        collect_unreadable(collector, &bad);
    if (bad.reason == NULL ? !reading.is_no_entry : reading.is_reserved && !form->is_weak) {
        if (reading.begins_list)
            collect_new_list(collector, reading.family);
        collect_entry(collector, nearer_family(collector, reading.family), &reading.stated);
    }
    return true;
}

/*
 * Numbers that could be addresses, spoilt or not: eight letters and digits that begin with a digit.
 * A line that has one and stands in a list was meant as an entry.
 */
static unsigned count_numbers(struct span text)
{
    unsigned count = 0;
    size_t run = 0;

    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (run > 0 ? isalnum(byte) != 0 : isdigit(byte) != 0)
            run++;
        else if (!isalnum(byte))
            run = 0;
        count += run == 8;
    }
    return count;
}

/* The width that normalize worked with: the same map is the same map at another. */
static void notice_report(struct collector *collector, struct span whole)
{
    struct span rest = span_find(whole, "# report ");
    struct fields fields;

    rest = span_find(rest, "physical_bits=");
    if (rest.at != NULL && scan(rest, "%u balance=%*", &fields) && fields.numbers[0] <= 64)
        collector->physical_bits = (unsigned)fields.numbers[0];
}

static void parse_line(struct collector *collector, struct doubts *doubts, struct span whole,
                       uint32_t number)
{
    struct text_line line = {whole, without_prefix(whole)};

    if (span_starts(whole, "#")) {
        notice_report(collector, whole);
        return;
    }
    notice_heading(collector, whole);
    for (size_t i = 0; i < linux_form_count; i++) {
        if (try_form(collector, doubts, &linux_forms[i], &line, number))
            return;
    }
    for (size_t i = 0; i < groma_form_count; i++) {
        if (try_form(collector, doubts, &groma_forms[i], &line, number))
            return;
    }
    for (size_t i = 0; i < loader_form_count; i++) {
        if (try_form(collector, doubts, &loader_forms[i], &line, number))
            return;
    }
    if (count_numbers(line.body) > 0)
        doubt_line(doubts, &(struct unreadable){number, FAMILY_COUNT, whole, "", false},
                   &(struct stated){0});
}

static bool is_of_list(const struct collector *collector, enum family family)
{
    for (size_t i = 0; i < collector->count; i++) {
        if (is_same_dump(collector->lists[i].family, family))
            return true;
    }
    return collector->count == 0;
}

/* Linux's and FreeBSD's entries have a word of their own and stand between other lines. */
static bool stands_alone(enum family family)
{
    return family != FAMILY_LINUX_E820 && family != FAMILY_LINUX_EFI &&
           family != FAMILY_FREEBSD_SMAP;
}

/* Nothing but the list is on these programs' screens: what adjoins it with two numbers belongs to it. */
static bool is_screen(enum family family)
{
    return stands_alone(family) && family != FAMILY_XEN_E820 && family != FAMILY_XEN_EFI &&
           family != FAMILY_COREBOOT && family != FAMILY_GROMA;
}

static bool adjoins(const struct doubt *doubt, uint32_t line)
{
    return doubt->unreadable.line == line && count_numbers(doubt->unreadable.text) >= 2;
}

/* Lines of no known form that lie inside the list, or adjoin it. */
static void settle_inside(struct doubts *doubts, const struct list *list)
{
    uint32_t first = list->entries[0].line, last = list->entries[list->count - 1].line;

    for (size_t i = doubts->count; i-- > 0 && is_screen(list->family);) {
        if (adjoins(&doubts->items[i], first - 1))
            first--;
    }
    for (size_t i = 0; i < doubts->count; i++) {
        struct doubt *doubt = &doubts->items[i];
        if (is_screen(list->family) && adjoins(doubt, last + 1))
            last++;
        if (doubt->unreadable.line >= first && doubt->unreadable.line <= last)
            doubt->is_settled = true;
    }
}

static void settle_doubts(struct collector *collector, struct doubts *doubts)
{
    size_t looked = collector->count < LISTS_LOOKED_AT ? collector->count : LISTS_LOOKED_AT;

    for (size_t i = 0; i < looked; i++) {
        if (stands_alone(collector->lists[i].family))
            settle_inside(doubts, &collector->lists[i]);
    }
    for (size_t i = 0; i < doubts->count; i++) {
        const struct doubt *doubt = &doubts->items[i];
        enum family family = doubt->unreadable.family;
        if (!doubt->is_settled && (family == FAMILY_COUNT || !is_of_list(collector, family)))
            continue;
        collect_unreadable(collector, &doubt->unreadable);
        if (doubt->unreadable.is_reserved)
            collect_inside(collector, family, &doubt->stated);
    }
}

void parse_text(struct collector *collector, const struct file_bytes *file)
{
    struct span rest = {(const char *)file->bytes, file->size};
    struct doubts doubts = {0};

    for (uint32_t number = 1; rest.length > 0; number++) {
        const char *end = memchr(rest.at, '\n', rest.length);
        size_t length = end == NULL ? rest.length : (size_t)(end - rest.at);
        parse_line(collector, &doubts, (struct span){rest.at, length}, number);
        rest = span_after(rest, length + 1);
    }
    settle_doubts(collector, &doubts);
}
