/* SPDX-License-Identifier: MIT */
/* What every part of the memwatch command shares beside command/command.h. */
#ifndef MEMWATCH_TOOL_H
#define MEMWATCH_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "command/command.h"

enum {
    STATUS_SAME = 0,    /* nothing changed; a scan found something */
    STATUS_CHANGED = 1, /* something did; a scan found nothing */
};

/* Whole pages for copies, given back by give_back; large ones with large pages where there are any. */
void *map_memory(uint64_t size_bytes);
void give_back(void *memory, uint64_t size_bytes);

/* A file's bytes, read-only, mapped; ends the program where it cannot. An empty file has size 0. */
const uint8_t *map_file(const char *path, uint64_t *ret_size_bytes);

/* Somebody's text without control characters. */
const char *shown(const char *text);
const char *size_words(uint64_t size_bytes);

uint64_t now_ns(void);

#endif
