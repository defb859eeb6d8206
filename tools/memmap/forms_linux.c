/* SPDX-License-Identifier: MIT */
/* Lines of Linux's and Xen's logs, old and new; see forms.h. */
#include "forms.h"
#include "names.h"
#include "scan.h"

void state_closed(struct stated *stated, uint64_t first, uint64_t last)
{
    stated->base_bytes = first;
    stated->size_bytes = last - first + 1;
    stated->is_whole_space = first == 0 && last == UINT64_MAX;
}

void state_open(struct stated *stated, uint64_t first, uint64_t end)
{
    stated->base_bytes = first;
    stated->size_bytes = end - first;
}

const char *misfit(const struct fields *fields)
{
    return fields->too_large ? "a number is larger than 64 bits" : "";
}

const char *take_as_reserved(struct reading *reading, const char *reason)
{
    reading->is_reserved = true;
    return reason;
}

/* ---- E820 ------------------------------------------------------------------------------- */

/* Guests of Xen print their map as "Xen: [mem ...]"; much else begins with "Xen:". */
static bool looks_xen_guest(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    if (!span_starts(line->body, "Xen:"))
        return false;
    rest = span_trim(span_after(line->body, 4));
    *ret_at = rest;
    return span_starts(rest, "[mem ") || hex_digits(rest) >= 8;
}

static bool looks_linux_e820(const struct text_line *line, struct span *ret_at)
{
    static const char markers[][12] = {"BIOS-e820:", "BIOS-e801:", "BIOS-88:", "BIOS-EFI:"};

    for (size_t i = 0; i < sizeof markers / sizeof markers[0]; i++) {
        *ret_at = span_find(line->whole, markers[i]);
        if (ret_at->at != NULL)
            return true;
    }
    return looks_xen_guest(line, ret_at);
}

/* "(persistent (type 7))": the closing one is the last character. */
static bool strip_last_parenthesis(struct span *text)
{
    if (text->length < 2 || text->at[text->length - 1] != ')')
        return false;
    text->length--;
    return true;
}

/* The range stands already. */
static const char *name_e820(struct span type, struct reading *reading)
{
    if (reading->stated.is_whole_space)
        return "E820 has no length of 2^64";
    return e820_type_of(type, &reading->stated.type) ? NULL
                                                     : take_as_reserved(reading, UNKNOWN_TYPE);
}

static const char *read_linux_e820(struct span at, struct reading *reading)
{
    struct fields fields;

    reading->is_no_entry = scan(at, " [gap %x-%x]", &fields);
    if (reading->is_no_entry)
        return NULL;
    if (scan(at, " [mem %x-%x] %s", &fields))
        state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    else if (scan(at, " %x - %x (%s", &fields) && strip_last_parenthesis(&fields.texts[0]))
        state_open(&reading->stated, fields.numbers[0], fields.numbers[1]);
    else if (scan(at, " [mem %x-%x]", &fields)) /* cut off behind its range */
        state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    else
        return misfit(&fields);
    return name_e820(fields.texts[0], reading);
}

/* ---- EFI ---------------------------------------------------------------------------------- */

static bool begins_with_digit(struct span span)
{
    return span.length > 0 && span.at[0] >= '0' && span.at[0] <= '9';
}

static bool looks_linux_efi(const struct text_line *line, struct span *ret_at)
{
    struct span rest = span_find(line->whole, "efi: mem");

    if (rest.at == NULL)
        rest = span_find(line->whole, "EFI: mem");
    if (rest.at == NULL && span_starts(line->body, "mem") &&
        span_find(line->body, "range=[").at != NULL)
        rest = span_after(line->body, 3);
    *ret_at = rest;
    return rest.at != NULL && begins_with_digit(rest);
}

/* Pages come from the bounds; a descriptor of no pages is printed as [base-base] or [base-base-1]. */
static const char *read_bounds(const struct fields *fields, char closing, struct span tail,
                               struct stated *stated)
{
    const uint64_t *bounds = fields->numbers + 1;

    if (closing == ')')
        state_open(stated, bounds[0], bounds[1]);
    else
        state_closed(stated, bounds[0], bounds[1]);
    if (span_starts(tail, "invalid")) {
        stated->is_whole_space = false;
        if (bounds[0] == bounds[1])
            stated->size_bytes = 0;
    }
    return stated->size_bytes % 4096 != 0 ? UNKNOWN_BOUNDS : NULL;
}

static const char *number_type(uint64_t number, struct reading *reading)
{
    if (number > UINT32_MAX)
        return take_as_reserved(reading, UNKNOWN_TYPE);
    reading->stated.type = (uint32_t)number;
    return NULL;
}

/* "Runtime Data" and "RUN|  |WB": the first that is unknown is told. */
static const char *name_uefi(struct span type, struct span attributes, struct reading *reading)
{
    bool type_known = uefi_type_of(type, &reading->stated.type);
    bool known = attributes_of(attributes, &reading->stated.attributes);

    if (type_known && known)
        return NULL;
    return take_as_reserved(reading, type_known ? UNKNOWN_ATTRIBUTE : UNKNOWN_TYPE);
}

static const char *read_linux_efi(struct span at, struct reading *reading)
{
    struct stated *stated = &reading->stated;
    const char *bad_bounds, *reason;
    struct fields fields;

    if (scan(at, "%u: type=%u, attr=%x, range=[%x-%x%c (%s)", &fields)) {
        reason = number_type(fields.numbers[1], reading);
        stated->attributes = fields.numbers[2];
        fields.numbers[1] = fields.numbers[3];
        fields.numbers[2] = fields.numbers[4];
        fields.texts[2] = fields.texts[0];
    } else if (scan(at, "%u: [%s|%s] range=[%x-%x%c (%s)", &fields)) {
        reason = name_uefi(fields.texts[0], fields.texts[1], reading);
    } else {
        return misfit(&fields);
    }
    reading->begins_list = fields.numbers[0] == 0;
    bad_bounds = "its range does not end in ] or )";
    if (fields.marks[0] == ')' || fields.marks[0] == ']')
        bad_bounds = read_bounds(&fields, fields.marks[0], fields.texts[2], stated);
    reading->is_reserved = reading->is_reserved && bad_bounds == NULL;
    return bad_bounds != NULL ? bad_bounds : reason;
}

static bool looks_linux_efi_arm(const struct text_line *line, struct span *ret_at)
{
    struct span rest = span_find(line->whole, "efi: ");

    *ret_at = span_trim(rest);
    return rest.at != NULL && span_starts(*ret_at, "0x") && span_find(*ret_at, "-0x").at != NULL;
}

static const char *read_linux_efi_arm(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%x-%x [%s|%s]", &fields) && !scan(at, "%x-%x [%s|%s]*", &fields))
        return misfit(&fields);
    state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    if (reading->stated.size_bytes % 4096 != 0)
        return UNKNOWN_BOUNDS;
    return name_uefi(fields.texts[0], fields.texts[1], reading);
}

/* What memmap capture writes of /sys/firmware/efi/runtime-map: as efi: mem, under another name. */
static bool looks_efi_runtime(const struct text_line *line, struct span *ret_at)
{
    *ret_at = span_trim(span_find(line->body, "efi-runtime:"));
    return span_starts(line->body, "efi-runtime:");
}

static const char *read_efi_runtime(struct span at, struct reading *reading)
{
    struct stated *stated = &reading->stated;
    struct fields fields;
    const char *reason;

    if (!scan(at, "%u: type=%u, attr=%x, range=[%x-%x)", &fields))
        return misfit(&fields);
    reading->begins_list = fields.numbers[0] == 0;
    stated->attributes = fields.numbers[2];
    state_open(stated, fields.numbers[3], fields.numbers[4]);
    reason = number_type(fields.numbers[1], reading);
    return stated->size_bytes % 4096 != 0 ? UNKNOWN_BOUNDS : reason;
}

/* ---- Xen ------------------------------------------------------------------------------------ */

/* Behind "(XEN)" and its time stamp, which stands in brackets as the entries' bounds do. */
static bool find_xen(const struct text_line *line, struct span *ret_at)
{
    struct span rest = span_find(line->whole, "(XEN)");

    if (rest.at == NULL)
        return false;
    rest = span_trim(rest);
    if (span_starts(rest, "[") && hex_digits(span_trim(span_after(rest, 1))) < 12) {
        rest = span_find(rest, "]");
        rest = rest.at == NULL ? rest : span_trim(rest);
    }
    *ret_at = rest;
    return rest.length > 0;
}

static bool looks_xen_e820(const struct text_line *line, struct span *ret_at)
{
    size_t digits;

    if (!find_xen(line, ret_at))
        return false;
    if (span_starts(*ret_at, "["))
        return hex_digits(span_after(*ret_at, 1)) >= 12;
    digits = hex_digits(*ret_at);
    return digits >= 12 && span_starts(span_after(*ret_at, digits), " -");
}

static const char *read_xen_e820(struct span at, struct reading *reading)
{
    struct fields fields;

    if (scan(at, "[%x, %x] (%s", &fields))
        state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    else if (scan(at, "%x - %x (%s", &fields))
        state_open(&reading->stated, fields.numbers[0], fields.numbers[1]);
    else
        return misfit(&fields);
    if (!strip_last_parenthesis(&fields.texts[0]))
        return misfit(&fields);
    return name_e820(fields.texts[0], reading);
}

static bool looks_xen_efi(const struct text_line *line, struct span *ret_at)
{
    size_t digits;

    if (!find_xen(line, ret_at))
        return false;
    digits = hex_digits(*ret_at);
    return digits >= 12 && span_starts(span_after(*ret_at, digits), "-");
}

static const char *read_xen_efi(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%x-%x type=%u attr=%x", &fields))
        return misfit(&fields);
    reading->stated.attributes = fields.numbers[3];
    state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    reading->stated.is_whole_space = false; /* a descriptor of no pages at address 0 looks the same */
    if (reading->stated.size_bytes % 4096 != 0)
        return UNKNOWN_BOUNDS;
    return number_type(fields.numbers[2], reading);
}

const struct form linux_forms[] = {
    {FAMILY_LINUX_E820, false, looks_linux_e820, read_linux_e820},
    {FAMILY_LINUX_EFI, false, looks_linux_efi, read_linux_efi},
    {FAMILY_LINUX_EFI, false, looks_linux_efi_arm, read_linux_efi_arm},
    {FAMILY_EFI_RUNTIME, false, looks_efi_runtime, read_efi_runtime},
    {FAMILY_XEN_E820, false, looks_xen_e820, read_xen_e820},
    {FAMILY_XEN_EFI, false, looks_xen_efi, read_xen_efi},
};
const size_t linux_form_count = sizeof linux_forms / sizeof linux_forms[0];
