/* SPDX-License-Identifier: MIT */
/* Lines that firmware, boot loaders and other kernels print; see forms.h. */
#include <ctype.h>
#include <string.h>

#include "forms.h"
#include "names.h"
#include "scan.h"

enum { PRINTED_DIGITS = 8 }; /* an address in a list has at least as many */

bool begins_with_range(struct span text, const char *dash, struct span *ret_rest)
{
    size_t prefix = span_starts(text, "0x") ? 2 : 0, digits = hex_digits(text);

    if (digits < PRINTED_DIGITS || !span_starts(span_after(text, prefix + digits), dash))
        return false;
    text = span_after(text, prefix + digits + strlen(dash));
    prefix = span_starts(text, "0x") ? 2 : 0;
    digits = hex_digits(text);
    *ret_rest = span_after(text, prefix + digits);
    return digits >= PRINTED_DIGITS;
}

/* ---- EFI shell memmap, GRUB lsefimmap: a type, a range, pages --------------------------- */

struct span skip_word(struct span text)
{
    size_t length = 0;

    while (length < text.length && text.at[length] != ' ' && text.at[length] != '\t')
        length++;
    return span_trim(span_after(text, length));
}

/* "4KiB", "12MB": the column that only GRUB has. */
static bool has_size_column(struct span behind_range)
{
    struct span size = skip_word(span_trim(behind_range));
    size_t digits = 0;

    while (digits < size.length && size.at[digits] >= '0' && size.at[digits] <= '9')
        digits++;
    return digits > 0 && digits < size.length && strchr("KMGT", size.at[digits]) != NULL;
}

static bool looks_typed_range(const struct text_line *line, bool with_size, struct span *ret_at)
{
    struct span rest = skip_word(line->body);

    *ret_at = line->body;
    if (span_starts(line->body, "Unk "))
        rest = skip_word(rest);
    return begins_with_range(rest, "-", &rest) && has_size_column(rest) == with_size;
}

static bool looks_efi_shell(const struct text_line *line, struct span *ret_at)
{
    return looks_typed_range(line, false, ret_at);
}

static bool looks_grub_efi(const struct text_line *line, struct span *ret_at)
{
    return looks_typed_range(line, true, ret_at);
}

static const char *state_pages(struct stated *stated, const uint64_t numbers[3])
{
    state_closed(stated, numbers[0], numbers[1]);
    if (numbers[2] == 0 && numbers[1] == numbers[0] - 1)
        stated->is_whole_space = false; /* no pages at address 0 */
    if (stated->size_bytes % 4096 != 0)
        return UNKNOWN_BOUNDS;
    if (numbers[2] != (stated->is_whole_space ? UINT64_C(1) << 52 : stated->size_bytes / 4096))
        return "its bounds and its page count differ";
    return NULL;
}

static const char *read_efi_shell(struct span at, struct reading *reading)
{
    const char *bad_pages;
    struct fields fields;

    if (!scan(at, "%w %x-%x %x %x", &fields))
        return misfit(&fields);
    bad_pages = state_pages(&reading->stated, fields.numbers);
    reading->stated.attributes = fields.numbers[3];
    if (bad_pages != NULL || uefi_type_of(fields.texts[0], &reading->stated.type))
        return bad_pages;
    return take_as_reserved(reading, UNKNOWN_TYPE);
}

static const char *read_grub_efi(struct span at, struct reading *reading)
{
    bool type_known = true;
    const char *bad_pages;
    struct fields fields;
    uint64_t unknown;

    if (scan(at, "Unk %x %x-%x %x %s", &fields)) {
        unknown = fields.numbers[0];
        memmove(fields.numbers, fields.numbers + 1, 3 * sizeof fields.numbers[0]);
        fields.texts[1] = fields.texts[0];
        type_known = unknown <= UINT32_MAX;
        reading->stated.type = (uint32_t)unknown;
    } else if (!scan(at, "%w %x-%x %x %s", &fields)) {
        return misfit(&fields);
    } else {
        type_known = uefi_type_of(fields.texts[0], &reading->stated.type);
    }
    bad_pages = state_pages(&reading->stated, fields.numbers);
    if (bad_pages != NULL)
        return bad_pages;
    if (!type_known)
        return take_as_reserved(reading, UNKNOWN_TYPE);
    if (!attributes_of(skip_word(fields.texts[1]), &reading->stated.attributes))
        return take_as_reserved(reading, UNKNOWN_ATTRIBUTE);
    return NULL;
}

/* ---- FreeBSD's SMAP ------------------------------------------------------------------------- */

static bool looks_smap(const struct text_line *line, struct span *ret_at)
{
    *ret_at = span_find(line->whole, "SMAP type=");
    return ret_at->at != NULL;
}

static const char *read_smap(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%x base=%x len=%x", &fields) && !scan(at, "%x base=%x len=%x attr=%*", &fields)) {
        if (!scan(at, "%x, xattr=%x, base=%x, len=%x", &fields))
            return misfit(&fields);
        memmove(fields.numbers + 1, fields.numbers + 2, 2 * sizeof fields.numbers[0]);
    }
    reading->stated.base_bytes = fields.numbers[1];
    reading->stated.size_bytes = fields.numbers[2];
    if (fields.numbers[0] > UINT32_MAX)
        return take_as_reserved(reading, UNKNOWN_TYPE);
    reading->stated.type = (uint32_t)fields.numbers[0];
    return NULL;
}

/* ---- coreboot, /proc/iomem ------------------------------------------------------------------ */

static bool looks_coreboot(const struct text_line *line, struct span *ret_at)
{
    struct span rest = line->body;
    size_t digits = 0;

    while (digits < rest.length && rest.at[digits] >= '0' && rest.at[digits] <= '9')
        digits++;
    rest = span_after(rest, digits);
    *ret_at = line->body;
    return digits > 0 && span_starts(rest, ".") &&
           begins_with_range(span_trim(span_after(rest, 1)), "-", &rest) && span_starts(rest, ":");
}

static const char *read_coreboot(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%u. %x-%x: %s", &fields))
        return misfit(&fields);
    reading->begins_list = fields.numbers[0] == 0;
    state_closed(&reading->stated, fields.numbers[1], fields.numbers[2]);
    if (e820_type_of(fields.texts[0], &reading->stated.type))
        return NULL;
    return take_as_reserved(reading, UNKNOWN_TYPE);
}

static bool looks_iomem(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    *ret_at = line->whole;
    return begins_with_range(line->body, "-", &rest) && span_starts(rest, " : ");
}

/* The top level alone: what is indented lies inside; a device's resource is no memory. */
static const char *read_iomem(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, " %x-%x : %s", &fields))
        return misfit(&fields);
    reading->is_no_entry = span_starts(at, " ");
    if (reading->is_no_entry)
        return NULL;
    if (fields.numbers[0] == 0 && fields.numbers[1] == 0)
        return "its address is hidden: read /proc/iomem as root";
    state_closed(&reading->stated, fields.numbers[0], fields.numbers[1]);
    reading->is_no_entry = !e820_type_of(fields.texts[0], &reading->stated.type);
    return NULL;
}

/* ---- base, length, type, in words: lsmmap, Multiboot2 and Limine dumps ----------------------- */

static struct span skip_any(struct span text, const char *bytes)
{
    while (text.length > 0 && text.at[0] != '\0' && strchr(bytes, text.at[0]) != NULL)
        text = span_after(text, 1);
    return text;
}

/* The number behind a word, up to what is neither letter nor digit: "base_addr = 0x0", "Base: 0". */
static bool number_behind(struct span text, const char *word, struct span *ret_number)
{
    struct span rest = span_find(text, word);

    if (rest.at == NULL)
        return false;
    rest = skip_any(skip_any(rest, "_address"), "gth");
    rest = skip_any(rest, " :=(");
    *ret_number = (struct span){rest.at, 0};
    while (ret_number->length < rest.length && isalnum((unsigned char)rest.at[ret_number->length]))
        ret_number->length++;
    return hex_digits(rest) > 0;
}

static bool find_labelled(struct span text, struct span *ret_base, struct span *ret_length)
{
    if (!number_behind(text, "base", ret_base) && !number_behind(text, "Base", ret_base))
        return false;
    return number_behind(text, "len", ret_length) || number_behind(text, "Len", ret_length) ||
           number_behind(text, "size", ret_length) || number_behind(text, "Size", ret_length);
}

static bool looks_labelled(const struct text_line *line, struct span *ret_at)
{
    struct span base, length;

    *ret_at = line->body;
    return find_labelled(line->body, &base, &length);
}

/* A number by Multiboot2's type, a word by Limine's or GRUB's. */
static bool read_labelled_type(struct span text, struct reading *reading)
{
    struct span type = span_find(text, "type");
    uint64_t number;

    if (type.at == NULL)
        type = span_find(text, "Type");
    if (type.at == NULL)
        type = text;
    type = span_trim(skip_any(type, " :=,|)"));
    if (span_starts(type, "0x") ? scan_hex(type, &number) : scan_decimal(type, &number)) {
        reading->family = FAMILY_MULTIBOOT2;
        reading->stated.type = (uint32_t)number;
        return number <= UINT32_MAX;
    }
    reading->family = FAMILY_LIMINE;
    if (limine_type_of(type, &reading->stated.type))
        return true;
    reading->family = FAMILY_GRUB_MMAP;
    return e820_type_of(type, &reading->stated.type);
}

/* "0x0100000": two halves printed with 0x%x%x, as the Multiboot2 specification's example does. */
static bool is_two_halves(struct span number)
{
    return span_starts(number, "0x0") && number.length > 3 && number.length < 18;
}

static const char *read_labelled(struct span at, struct reading *reading)
{
    struct span base, length, behind;

    if (!find_labelled(at, &base, &length))
        return "";
    if (!scan_hex(base, &reading->stated.base_bytes) ||
        !scan_hex(length, &reading->stated.size_bytes))
        return "a number is none, or larger than 64 bits";
    behind = span_after(at, (size_t)(length.at + length.length - at.at));
    if (is_two_halves(base) != is_two_halves(length) &&
        !(span_starts(base, "0x0") && span_starts(length, "0x0")))
        return "its halves run together (printed with 0x%x%x): the address cannot be told";
    if (span_trim(behind).length == 0)
        return "its type is missing"; /* and its length may be cut off */
    return read_labelled_type(behind, reading) ? NULL : take_as_reserved(reading, UNKNOWN_TYPE);
}

/* ---- ranges and a word: Limine's own arrow, C spelling --------------------------------------- */

static bool looks_arrow(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    *ret_at = line->body;
    return begins_with_range(line->body, "->", &rest) ||
           begins_with_range(line->body, " -> ", &rest);
}

static const char *read_arrow(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%x -> %x %s", &fields))
        return misfit(&fields);
    if (fields.texts[0].at[-1] != ' ' && fields.texts[0].at[-1] != '\t')
        return "its end is no number";
    state_open(&reading->stated, fields.numbers[0], fields.numbers[1]);
    if (limine_type_of(fields.texts[0], &reading->stated.type))
        return NULL;
    return take_as_reserved(reading, UNKNOWN_TYPE);
}

static bool looks_plain_efi(const struct text_line *line, struct span *ret_at)
{
    struct span rest;

    *ret_at = line->body;
    return begins_with_range(line->body, " - ", &rest) && span_starts(rest, " (");
}

static const char *read_plain_efi(struct span at, struct reading *reading)
{
    struct fields fields;

    if (!scan(at, "%x - %x (%s MiB %w)", &fields) && !scan(at, "%x - %x (%w)", &fields))
        return misfit(&fields);
    state_open(&reading->stated, fields.numbers[0], fields.numbers[1]);
    if (reading->stated.size_bytes % 4096 != 0)
        return UNKNOWN_BOUNDS;
    if (uefi_type_of(fields.texts[fields.texts[1].at != NULL], &reading->stated.type))
        return NULL;
    return take_as_reserved(reading, UNKNOWN_TYPE);
}

const struct form loader_forms[] = {
    {FAMILY_FREEBSD_SMAP, false, looks_smap, read_smap},
    {FAMILY_COREBOOT, false, looks_coreboot, read_coreboot},
    {FAMILY_IOMEM, true, looks_iomem, read_iomem},
    {FAMILY_GRUB_EFI, true, looks_grub_efi, read_grub_efi},
    {FAMILY_EFI_SHELL, true, looks_efi_shell, read_efi_shell},
    {FAMILY_LIMINE, true, looks_arrow, read_arrow},
    {FAMILY_PLAIN_EFI, true, looks_plain_efi, read_plain_efi},
    {FAMILY_MULTIBOOT2, true, looks_labelled, read_labelled},
};
const size_t loader_form_count = sizeof loader_forms / sizeof loader_forms[0];
