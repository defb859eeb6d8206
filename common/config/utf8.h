/* SPDX-License-Identifier: MIT */
/* Strict UTF-8, one code point at a time (Unicode 15, section 3.9, table 3-7). */
#ifndef GROMA_CONFIG_UTF8_H
#define GROMA_CONFIG_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "base/language.h"

C_DECLARATIONS_BEGIN

/*
 * Decodes the code point that begins at bytes[0] of `size` bytes. Returns how many
 * bytes it has, 1..4; 0 (and *ret_point untouched) for an overlong form, a surrogate,
 * a value above 0x10ffff, a truncated or any other ill-formed sequence, or size 0.
 */
size_t config_utf8_decode(const char *bytes, size_t size, uint32_t *ret_point);

C_DECLARATIONS_END

#endif
