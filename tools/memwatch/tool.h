/* SPDX-License-Identifier: MIT */
/* What every part of the memwatch command shares: memory, failure, JSON, the three exit statuses. */
#ifndef MEMWATCH_TOOL_H
#define MEMWATCH_TOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MEMWATCH_VERSION "0.1.0"

enum {
    STATUS_SAME = 0,    /* nothing changed; a scan found something */
    STATUS_CHANGED = 1, /* something did; a scan found nothing */
    STATUS_CANNOT = 2,
};

/* One line on stderr, "memwatch: ...", and the end with STATUS_CANNOT. */
_Noreturn void cannot(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* One line on stderr, and on it goes. */
void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Zeroed memory that lives to the end of the program; ends it where there is none. */
void *grab(size_t count, size_t size_bytes);
/* The same for an array that grows: room for one more than `count` things. */
void *grow(void *array, size_t count, size_t *room, size_t size_bytes);
char *grab_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Whole pages for copies, given back by give_back; large ones with large pages where there are any. */
void *map_memory(uint64_t size_bytes);
void give_back(void *memory, uint64_t size_bytes);

/* A file's bytes, read-only, mapped; ends the program where it cannot. An empty file has size 0. */
const uint8_t *map_file(const char *path, uint64_t *ret_size_bytes);

/* "0x1000", "4096", "640K", "16M", "4G". */
bool parse_size(const char *text, uint64_t *ret_bytes);

/* A string in quotes with JSON's escapes; somebody's text without control characters. */
void print_json_string(FILE *to, const char *text);
const char *shown(const char *text);
const char *size_words(uint64_t size_bytes);

uint64_t now_ns(void);

#endif
