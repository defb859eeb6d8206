/* SPDX-License-Identifier: MIT */
/* Names of a kernel's addresses, from its ELF file's symbol table. */
#ifndef MEMWATCH_SYMBOLS_H
#define MEMWATCH_SYMBOLS_H

#include "text/text.h"
#include "tool.h"

struct symbols; /* sorted by address */

/* Reads them; ends the program where the file is no ELF64 with a symbol table. */
struct symbols *symbols_open(const char *path);

/* The lowest address that the file's segments load at, page aligned: what a PIE moves. */
uint64_t symbols_base(const struct symbols *symbols);

/* Appends ".data `frames_root`+0x18"; false, nothing appended, where no symbol lies at or before it. */
bool symbols_describe(const struct symbols *symbols, uint64_t address, struct text *text);

#endif
