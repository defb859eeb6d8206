/* SPDX-License-Identifier: MIT */
/*
 * Formatting into a caller's buffer: the one formatter of loader, kernel and tools.
 *
 * A text always ends in NUL and never grows past its buffer; what did not fit is
 * dropped and `truncated` says so. No allocation, no locale, no floating point.
 */
#ifndef GROMA_TEXT_TEXT_H
#define GROMA_TEXT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

struct text {
    char *chars;           /* NUL-terminated */
    size_t capacity_bytes; /* with the NUL; at least 1 */
    size_t length_bytes;   /* without the NUL */
    bool truncated;
};

/* An empty text over the caller's buffer; capacity_bytes >= 1. */
void text_init(struct text *text, char *buffer, size_t capacity_bytes);

/* Appends one byte, or `size_bytes` bytes, or a NUL-terminated string. */
void text_char(struct text *text, char byte);
void text_bytes(struct text *text, const char *bytes, size_t size_bytes);
void text_string(struct text *text, const char *string);

/*
 * Appends by a format of printf's family. Known: %% %c %s %.*s %d %i %u %x %X %p,
 * with the lengths l, ll, z and h, hh, the flags 0, - and #, and a width (also *).
 * (PRIx64 and friends are not needed: uint64_t is `unsigned long` or `unsigned
 * long long` alike here, both 64 bits.) An unknown conversion is copied as it stands.
 */
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *text, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/*
 * The string `index` (from 0) of strings laid end to end, each with its NUL. The caller knows
 * that there are as many. (Packed names need neither pointers nor padding.) O(bytes).
 */
const char *text_nth(const char *packed, size_t index);

/*
 * Appends a byte count for people, in binary units, rounded down to one decimal
 * ("640 KiB", "1.9 GiB"; 2^52 pages are "16 EiB"). Exact values below 10 KiB in bytes.
 */
void text_size(struct text *text, uint64_t pages, uint32_t bytes);

C_DECLARATIONS_END

#endif
