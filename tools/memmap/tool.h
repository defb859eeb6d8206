/* SPDX-License-Identifier: MIT */
/*
 * What every part of the memmap command shares: text output that is complete or absent, words for
 * people, the exit statuses. Memory and failure: command/command.h.
 */
#ifndef MEMMAP_TOOL_H
#define MEMMAP_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "command/command.h"

enum {
    STATUS_FINE = 0,
    STATUS_FINDINGS = 1, /* findings, or two maps differ */
};

/* A piece of somebody else's text. */
struct span {
    const char *at;
    size_t length;
};

/*
 * A command's output is collected here first, then goes to stdout or, through a temporary file
 * beside it and a rename, to a file: a command that ends early leaves nothing behind.
 */
FILE *output(void);
/* Writes what was collected: to `path`, or to stdout where it is NULL. */
void output_finish(const char *path);
/* What was collected so far; good until more is. */
struct span output_text(void);

/* ---- words for people (words.c) --------------------------------------------------------- */

/* Do stdout and the environment (NO_COLOR, TERM) want colour? */
bool wants_colour(void);

/* "640 KiB", "15.9 GiB". */
const char *size_words(uint64_t pages);
/* "wb,uc" or "-" ; JSON: ["wb","uc"]. Bits without a name as a hex number. */
void print_attributes(FILE *to, uint64_t attributes);
void print_attributes_json(FILE *to, uint64_t attributes);
/* The bit of "WB", "wb", "RUN", "RT", ...; 0 where there is none. */
uint64_t attribute_bit(struct span name);
/* 0x%016x of a page's first byte; 2^64 is 0x10000000000000000. */
void print_address(FILE *to, uint64_t pfn);

#endif
