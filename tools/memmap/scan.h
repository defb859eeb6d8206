/* SPDX-License-Identifier: MIT */
/*
 * One line against one pattern. The pattern language is as small as the forms need:
 *
 *   ' '  blanks, also none      %x  hex number, 0x or not     %u  decimal number
 *   %w   letters, digits, - _   %s  text up to the pattern's next character, blanks trimmed
 *   %c   one character          %*  the rest, whatever it is  else: that character
 *
 * The whole line must match. Numbers beyond 64 bits are told apart from other misfits.
 */
#ifndef MEMMAP_SCAN_H
#define MEMMAP_SCAN_H

#include "tool.h"

#define SCAN_MAX_FIELDS 6u

struct fields {
    uint64_t numbers[SCAN_MAX_FIELDS];
    struct span texts[SCAN_MAX_FIELDS];
    char marks[SCAN_MAX_FIELDS];
    bool too_large; /* a number did not fit */
};

bool scan(struct span line, const char *pattern, struct fields *ret_fields);

/* A whole span as a number, hex or decimal. */
bool scan_hex(struct span text, uint64_t *ret_value);
bool scan_decimal(struct span text, uint64_t *ret_value);

/* How many hex digits does the text begin with, and how many bytes with 0x? */
size_t hex_digits(struct span text);

bool span_is(struct span span, const char *word);
bool span_starts(struct span span, const char *word);
struct span span_after(struct span span, size_t bytes);
struct span span_trim(struct span span);
/* Where `word` occurs first: the rest behind it; length 0 and at NULL where it does not. */
struct span span_find(struct span span, const char *word);

/*
 * Is the span this name, letters and digits alone, without case? "BS_Code" is "bs-code" is
 * "BS code".
 */
bool span_is_name(struct span span, const char *plain_name);

#endif
