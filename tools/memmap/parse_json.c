/* SPDX-License-Identifier: MIT */
/*
 * JSON of memmap normalize --json: {"regions":[{"base","size","kind","attributes",...}...],...}. Keys
 * that are unknown are read over. Not a general reader: strings keep their escapes, numbers that
 * matter stand in strings, since JSON's own cannot hold 64 bits everywhere.
 */
#include <string.h>

#include "base/checked.h"
#include "input.h"
#include "names.h"
#include "scan.h"

enum { JSON_MAX_DEPTH = 32 };

struct json {
    const char *path;
    const char *text;
    size_t size;
    size_t at;
    struct memmap_region *regions;
    size_t count, room;
    unsigned physical_bits;
    bool has_regions;
};

static uint32_t line_of(const struct json *json)
{
    uint32_t line = 1;

    for (size_t i = 0; i < json->at && i < json->size; i++)
        line += json->text[i] == '\n';
    return line;
}

_Noreturn static void reject(const struct json *json, const char *why)
{
    cannot("%s:%u: JSON: %s", json->path, line_of(json), why);
}

static char peek(struct json *json)
{
    while (json->at < json->size && json->text[json->at] != '\0' &&
           strchr(" \t\r\n", json->text[json->at]) != NULL)
        json->at++;
    return json->at < json->size ? json->text[json->at] : '\0';
}

static bool take(struct json *json, char byte)
{
    if (peek(json) != byte)
        return false;
    json->at++;
    return true;
}

static void need(struct json *json, char byte, const char *why)
{
    if (!take(json, byte))
        reject(json, why);
}

static struct span read_string(struct json *json)
{
    size_t begin;

    need(json, '"', "a string is missing");
    begin = json->at;
    while (json->at < json->size && json->text[json->at] != '"')
        json->at += json->text[json->at] == '\\' ? 2 : 1;
    if (json->at >= json->size)
        reject(json, "a string without an end");
    json->at++;
    return (struct span){json->text + begin, json->at - 1 - begin};
}

/* Any value, read over. */
static void skip_value(struct json *json, unsigned depth)
{
    char first = peek(json), closing = first == '{' ? '}' : ']';

    if (depth > JSON_MAX_DEPTH)
        reject(json, "nested too deeply");
    if (first == '"') {
        read_string(json);
    } else if (first == '{' || first == '[') {
        json->at++;
        if (take(json, closing))
            return;
        do {
            if (first == '{') {
                read_string(json);
                need(json, ':', "a colon is missing");
            }
            skip_value(json, depth + 1);
        } while (take(json, ','));
        need(json, closing, "a bracket is missing");
    } else {
        size_t begin = json->at;
        while (json->at < json->size && json->text[json->at] != '\0' &&
               strchr("+-.0123456789abcdefghijklmnopqrstuvwxyzE", json->text[json->at]) != NULL)
            json->at++;
        if (json->at == begin)
            reject(json, "a value is missing");
    }
}

/* Pages of a string "0x..." ; 2^64 has 17 digits. */
static uint64_t read_pages(struct json *json)
{
    struct span text = read_string(json);
    uint64_t bytes;

    if (span_is(text, "0x10000000000000000"))
        return PFN_END;
    if (!span_starts(text, "0x") || !scan_hex(text, &bytes))
        reject(json, "base and size must be strings of hex with 0x");
    if (!is_page_aligned(bytes))
        reject(json, "base and size must be whole pages");
    return pfn_of_byte(bytes);
}

static uint64_t read_attributes(struct json *json)
{
    uint64_t attributes = 0, number;

    need(json, '[', "attributes must be an array");
    if (take(json, ']'))
        return 0;
    do {
        struct span name = read_string(json);
        if (attribute_bit(name) != 0)
            attributes |= attribute_bit(name);
        else if (span_starts(name, "0x") && scan_hex(name, &number))
            attributes |= number;
        else
            reject(json, "an attribute is unknown");
    } while (take(json, ','));
    need(json, ']', "a bracket is missing");
    return attributes;
}

static void read_region_key(struct json *json, struct memmap_region *region, uint64_t *pages,
                            unsigned *seen)
{
    struct span key = read_string(json);
    enum memmap_kind kind;

    need(json, ':', "a colon is missing");
    if (span_is(key, "base")) {
        region->first_pfn = read_pages(json);
        *seen |= 1;
    } else if (span_is(key, "size")) {
        *pages = read_pages(json);
        *seen |= 2;
    } else if (span_is(key, "kind")) {
        if (!kind_of(read_string(json), &kind))
            reject(json, "a kind is unknown");
        region->kind = (uint8_t)kind;
        *seen |= 4;
    } else if (span_is(key, "attributes")) {
        region->attributes = read_attributes(json);
    } else {
        skip_value(json, 0);
    }
}

static void read_region(struct json *json)
{
    struct memmap_region region = {0};
    uint64_t pages = 0;
    unsigned seen = 0;

    need(json, '{', "a region must be an object");
    if (peek(json) != '}') {
        do
            read_region_key(json, &region, &pages, &seen);
        while (take(json, ','));
    }
    need(json, '}', "a bracket is missing");
    if (seen != 7)
        reject(json, "a region needs base, size and kind");
    if (region.first_pfn > PFN_END || pages > PFN_END - region.first_pfn)
        reject(json, "a region ends beyond 2^64");
    region.end_pfn = region.first_pfn + pages;
    if (json->count >= INPUT_MAX_ENTRIES)
        reject(json, "too many regions");
    json->regions = grow(json->regions, json->count, &json->room, sizeof region);
    json->regions[json->count++] = region;
}

static void read_regions(struct json *json)
{
    json->has_regions = true;
    need(json, '[', "regions must be an array");
    if (take(json, ']'))
        return;
    do
        read_region(json);
    while (take(json, ','));
    need(json, ']', "a bracket is missing");
}

/* Of the report only the width matters: the same map is the same map at another. */
static void read_report(struct json *json)
{
    need(json, '{', "the report must be an object");
    if (take(json, '}'))
        return;
    do {
        struct span key = read_string(json), value;
        uint64_t bits;
        size_t begin;
        need(json, ':', "a colon is missing");
        peek(json);
        begin = json->at;
        skip_value(json, 0);
        value = (struct span){json->text + begin, json->at - begin};
        if (span_is(key, "physical_bits") && scan_decimal(value, &bits) && bits >= 32 && bits <= 64)
            json->physical_bits = (unsigned)bits;
    } while (take(json, ','));
    need(json, '}', "a bracket is missing");
}

static void read_map(struct json *json)
{
    need(json, '{', "an object is missing");
    if (peek(json) == '}')
        reject(json, "there are no regions");
    do {
        struct span key = read_string(json);
        need(json, ':', "a colon is missing");
        if (span_is(key, "regions"))
            read_regions(json);
        else if (span_is(key, "report"))
            read_report(json);
        else
            skip_value(json, 0);
    } while (take(json, ','));
    need(json, '}', "a bracket is missing");
    if (peek(json) != '\0' || json->at < json->size)
        reject(json, "there is something behind the end");
}

bool parse_json(struct map_input *input, const struct file_bytes *file)
{
    struct json json = {.path = input->path, .text = (const char *)file->bytes, .size = file->size};

    if (peek(&json) != '{')
        return false;
    read_map(&json);
    if (!json.has_regions)
        reject(&json, "there are no regions");
    if (memmap_source_bootinfo(&input->source, json.regions, json.count * sizeof *json.regions,
                               sizeof *json.regions) != MEMMAP_OK)
        cannot("%s: JSON: the regions cannot be opened", input->path);
    input->family = FAMILY_JSON;
    input->physical_bits = json.physical_bits;
    return true;
}
