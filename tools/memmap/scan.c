/* SPDX-License-Identifier: MIT */
/* Lines and patterns; see scan.h. */
#include "scan.h"

#include <ctype.h>
#include <string.h>

#include "base/checked.h"

struct span span_after(struct span span, size_t bytes)
{
    if (bytes > span.length)
        bytes = span.length;
    return (struct span){span.at + bytes, span.length - bytes};
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct span skip_blanks(struct span span)
{
    while (span.length > 0 && is_blank(span.at[0]))
        span = span_after(span, 1);
    return span;
}

struct span span_trim(struct span span)
{
    span = skip_blanks(span);
    while (span.length > 0 && is_blank(span.at[span.length - 1]))
        span.length--;
    return span;
}

bool span_starts(struct span span, const char *word)
{
    size_t length = strlen(word);

    return span.length >= length && memcmp(span.at, word, length) == 0;
}

bool span_is(struct span span, const char *word)
{
    return span.length == strlen(word) && span_starts(span, word);
}

struct span span_find(struct span span, const char *word)
{
    size_t length = strlen(word);
    const char *found = span.length == 0 ? NULL : memmem(span.at, span.length, word, length);

    if (found == NULL)
        return (struct span){NULL, 0};
    return span_after(span, (size_t)(found - span.at) + length);
}

bool span_is_name(struct span span, const char *plain_name)
{
    for (size_t i = 0; i < span.length; i++) {
        unsigned char byte = (unsigned char)span.at[i];
        if (!isalnum(byte))
            continue;
        if (tolower(byte) != (unsigned char)*plain_name)
            return false;
        plain_name++;
    }
    return *plain_name == '\0';
}

static unsigned digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return (unsigned)(digit - '0');
    if (digit >= 'a' && digit <= 'f')
        return (unsigned)(digit - 'a') + 10;
    if (digit >= 'A' && digit <= 'F')
        return (unsigned)(digit - 'A') + 10;
    return 16;
}

static bool has_hex_prefix(struct span text)
{
    return text.length > 2 && text.at[0] == '0' && (text.at[1] == 'x' || text.at[1] == 'X') &&
           digit_value(text.at[2]) < 16;
}

size_t hex_digits(struct span text)
{
    size_t begin = has_hex_prefix(text) ? 2 : 0, count = 0;

    while (begin + count < text.length && digit_value(text.at[begin + count]) < 16)
        count++;
    return count;
}

/* Digits of one base at the text's beginning; the number of bytes, 0 where there are none. */
static size_t scan_digits(struct span text, unsigned base, uint64_t *ret_value, bool *too_large)
{
    size_t at = base == 16 && has_hex_prefix(text) ? 2 : 0, begin = at;
    uint64_t value = 0;

    for (; at < text.length && digit_value(text.at[at]) < base; at++) {
        uint64_t larger;
        if (!checked_mul_u64(value, base, &larger) ||
            !checked_add_u64(larger, digit_value(text.at[at]), &value))
            *too_large = true;
    }
    *ret_value = value;
    return at == begin ? 0 : at;
}

static bool scan_number(struct span text, unsigned base, uint64_t *ret_value)
{
    bool too_large = false;
    uint64_t value;
    size_t used = scan_digits(text, base, &value, &too_large);

    if (used == 0 || used != text.length || too_large)
        return false;
    *ret_value = value;
    return true;
}

bool scan_hex(struct span text, uint64_t *ret_value)
{
    return scan_number(text, 16, ret_value);
}

bool scan_decimal(struct span text, uint64_t *ret_value)
{
    return scan_number(text, 10, ret_value);
}

static size_t word_length(struct span text)
{
    size_t length = 0;

    while (length < text.length &&
           (isalnum((unsigned char)text.at[length]) || text.at[length] == '_' ||
            text.at[length] == '-'))
        length++;
    return length;
}

/* Up to the pattern's next character, or all. */
static size_t text_length(struct span text, char stop)
{
    const char *found = text.length == 0 ? NULL : memchr(text.at, stop, text.length);

    return stop == '\0' || found == NULL ? text.length : (size_t)(found - text.at);
}

struct cursor {
    struct span rest;
    struct fields *fields;
    unsigned numbers, texts, marks;
};

static bool scan_field(struct cursor *cursor, const char *pattern)
{
    struct span rest = cursor->rest;
    size_t used = 0;

    switch (pattern[0]) {
    case 'x':
    case 'u':
        used = scan_digits(rest, pattern[0] == 'x' ? 16 : 10,
                           &cursor->fields->numbers[cursor->numbers++], &cursor->fields->too_large);
        break;
    case 'w':
        used = word_length(rest);
        cursor->fields->texts[cursor->texts++] = (struct span){rest.at, used};
        break;
    case 's':
        used = text_length(rest, pattern[1]);
        cursor->fields->texts[cursor->texts++] = span_trim((struct span){rest.at, used});
        break;
    case 'c':
        used = rest.length > 0;
        cursor->fields->marks[cursor->marks++] = used != 0 ? rest.at[0] : '\0';
        break;
    default: /* '*' */
        used = rest.length;
        cursor->rest = span_after(rest, used);
        return true;
    }
    cursor->rest = span_after(rest, used);
    return used != 0;
}

bool scan(struct span line, const char *pattern, struct fields *ret_fields)
{
    struct cursor cursor = {.rest = line, .fields = ret_fields};

    memset(ret_fields, 0, sizeof *ret_fields);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == ' ') {
            cursor.rest = skip_blanks(cursor.rest);
        } else if (*pattern == '%') {
            pattern++;
            if (!scan_field(&cursor, pattern))
                return false;
        } else if (cursor.rest.length > 0 && cursor.rest.at[0] == *pattern) {
            cursor.rest = span_after(cursor.rest, 1);
        } else {
            return false;
        }
    }
    return skip_blanks(cursor.rest).length == 0 && !ret_fields->too_large;
}
