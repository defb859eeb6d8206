/* SPDX-License-Identifier: MIT */
/* The formatter; see text.h. */
#include "text/text.h"

#include "base/address.h"

/* One parsed conversion of a format. */
struct conversion {
    bool zero;      /* pad with zeros */
    bool left;      /* pad behind */
    bool prefix;    /* # */
    unsigned longs; /* 0 int, 1 long, 2 long long, 3 size_t; all but 0 are 64 bits */
    int width;
    int precision; /* -1 where absent */
};

void text_init(struct text *text, char *buffer, size_t capacity_bytes)
{
    text->chars = buffer;
    text->capacity_bytes = capacity_bytes;
    text->length_bytes = 0;
    text->truncated = false;
    buffer[0] = '\0';
}

void text_char(struct text *text, char byte)
{
    if (text->length_bytes + 1 >= text->capacity_bytes) {
        text->truncated = true;
        return;
    }
    text->chars[text->length_bytes++] = byte;
    text->chars[text->length_bytes] = '\0';
}

void text_bytes(struct text *text, const char *bytes, size_t size_bytes)
{
    for (size_t i = 0; i < size_bytes; i++)
        text_char(text, bytes[i]);
}

void text_string(struct text *text, const char *string)
{
    for (; *string != '\0'; string++)
        text_char(text, *string);
}

static void pad(struct text *text, char byte, int count)
{
    for (; count > 0; count--)
        text_char(text, byte);
}

static void put_string(struct text *text, const struct conversion *how, const char *string)
{
    int length = 0;

    if (string == NULL)
        string = "(null)";
    while ((how->precision < 0 || length < how->precision) && string[length] != '\0')
        length++;
    if (!how->left)
        pad(text, ' ', how->width - length);
    text_bytes(text, string, (size_t)length);
    if (how->left)
        pad(text, ' ', how->width - length);
}

/* Digits of `value`, last first, into digits[24]; returns how many (at least 1). */
static int digits_of(uint64_t value, unsigned base, bool upper, char *digits)
{
    const char *alphabet = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    int count = 0;

    do {
        digits[count++] = alphabet[value % base];
        value /= base;
    } while (value != 0);
    return count;
}

static void put_number(struct text *text, const struct conversion *how, const char *sign,
                       uint64_t value, unsigned base, bool upper)
{
    char digits[24];
    int count = digits_of(value, base, upper, digits);
    int sign_length = 0;
    int padding;

    while (sign[sign_length] != '\0')
        sign_length++;
    padding = how->width - count - sign_length;
    if (!how->left && !how->zero)
        pad(text, ' ', padding);
    text_bytes(text, sign, (size_t)sign_length);
    if (!how->left && how->zero)
        pad(text, '0', padding);
    while (count > 0)
        text_char(text, digits[--count]);
    if (how->left)
        pad(text, ' ', padding);
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static const char *parse_number(const char *at, int *ret_value)
{
    int value = 0;

    for (; is_digit(*at) && value < 1000; at++)
        value = value * 10 + (*at - '0');
    *ret_value = value;
    return at;
}

static const char *parse_flags(const char *at, struct conversion *how)
{
    for (;; at++) {
        if (*at == '0')
            how->zero = true;
        else if (*at == '-')
            how->left = true;
        else if (*at == '#')
            how->prefix = true;
        else
            return at;
    }
}

static const char *parse_length(const char *at, struct conversion *how)
{
    if (*at == 'z') {
        how->longs = 3;
        return at + 1;
    }
    while (*at == 'l') {
        how->longs++;
        at++;
    }
    while (*at == 'h')
        at++;
    return at;
}

/* A va_list inside a struct can be handed to helpers that advance it. */
struct arguments {
    va_list list;
};

static const char *parse_conversion(const char *at, struct conversion *how, struct arguments *from)
{
    *how = (struct conversion){.precision = -1};
    at = parse_flags(at, how);
    if (*at == '*') {
        how->width = va_arg(from->list, int);
        at++;
    } else {
        at = parse_number(at, &how->width);
    }
    if (*at == '.') {
        at++;
        if (*at == '*') {
            how->precision = va_arg(from->list, int);
            at++;
        } else {
            at = parse_number(at, &how->precision);
        }
    }
    return parse_length(at, how);
}

static void put_signed(struct text *text, const struct conversion *how, struct arguments *from)
{
    int64_t value = how->longs > 0 ? va_arg(from->list, long) : va_arg(from->list, int);
    uint64_t magnitude = value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;

    put_number(text, how, value < 0 ? "-" : "", magnitude, 10, false);
}

static void put_unsigned(struct text *text, const struct conversion *how, char letter,
                         struct arguments *from)
{
    uint64_t value =
        how->longs > 0 ? va_arg(from->list, unsigned long) : va_arg(from->list, unsigned int);

    if (letter == 'u')
        put_number(text, how, "", value, 10, false);
    else
        put_number(text, how, how->prefix ? "0x" : "", value, 16, letter == 'X');
}

static void put_pointer(struct text *text, const struct conversion *how, struct arguments *from)
{
    put_number(text, how, "0x", (uint64_t)(uintptr_t)va_arg(from->list, void *), 16, false);
}

/* `percent` is where the conversion began: an unknown one is copied from there. */
static void put_conversion(struct text *text, const struct conversion *how, const char *percent,
                           const char *letter, struct arguments *from)
{
    switch (*letter) {
    case '%':
        text_char(text, '%');
        break;
    case 'c':
        text_char(text, (char)va_arg(from->list, int));
        break;
    case 's':
        put_string(text, how, va_arg(from->list, const char *));
        break;
    case 'd':
    case 'i':
        put_signed(text, how, from);
        break;
    case 'u':
    case 'x':
    case 'X':
        put_unsigned(text, how, *letter, from);
        break;
    case 'p':
        put_pointer(text, how, from);
        break;
    default:
        text_bytes(text, percent, (size_t)(letter - percent) + (*letter != '\0'));
        break;
    }
}

void text_vformat(struct text *text, const char *format, va_list list)
{
    struct arguments from;

    va_copy(from.list, list);
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            text_char(text, *format);
            continue;
        }
        struct conversion how;
        const char *letter = parse_conversion(format + 1, &how, &from);
        put_conversion(text, &how, format, letter, &from);
        if (*letter == '\0')
            break;
        format = letter;
    }
    va_end(from.list);
}

void text_format(struct text *text, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    text_vformat(text, format, list);
    va_end(list);
}

const char *text_nth(const char *packed, size_t index)
{
    for (; index > 0; index--) {
        while (*packed++ != '\0')
            continue;
    }
    return packed;
}

void text_size(struct text *text, uint64_t pages, uint32_t bytes)
{
    static const char units[6][4] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    unsigned unit = 0;
    uint64_t whole = pages * 4 + bytes / 1024; /* KiB; pages <= 2^52 */
    uint64_t rest = 0;

    if (pages < 3 && pages * PAGE_BYTES + bytes < 10 * KIB) {
        text_format(text, "%lu B", (unsigned long)(pages * PAGE_BYTES + bytes));
        return;
    }
    while (whole >= 10000 || (whole >= 1024 && whole % 1024 == 0 && unit < 4)) {
        rest = whole % 1024;
        whole /= 1024;
        unit++;
    }
    if (rest != 0 && whole < 100)
        text_format(text, "%lu.%lu %s", (unsigned long)whole, (unsigned long)(rest * 10 / 1024),
                    units[unit]);
    else
        text_format(text, "%lu %s", (unsigned long)whole, units[unit]);
}
