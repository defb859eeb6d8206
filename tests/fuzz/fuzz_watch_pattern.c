/* SPDX-License-Identifier: MIT */
/*
 * Patterns: any text is read or refused without a look outside it; what was read finds in any bytes
 * exactly what a loop finds. The input: a text's length, the text, the bytes to search.
 */
#include "fuzz.h"
#include "watch/pattern.h"

static void check_search(const struct watch_pattern *pattern, const uint8_t *bytes, size_t size_bytes)
{
    size_t from = 0, found = 0;

    for (size_t at = 0; at + pattern->length_bytes <= size_bytes; at++) {
        if (!watch_pattern_matches(pattern, bytes + at))
            continue;
        CHECK(watch_pattern_find(pattern, bytes, size_bytes, from, &found));
        CHECK(found == at);
        from = at + 1;
    }
    CHECK(!watch_pattern_find(pattern, bytes, size_bytes, from, &found));
}

static void check_pattern(const struct watch_pattern *pattern)
{
    bool compares = false;

    CHECK(pattern->length_bytes >= 1 && pattern->length_bytes <= WATCH_PATTERN_MOST_BYTES);
    CHECK(pattern->anchor < pattern->length_bytes && pattern->mask[pattern->anchor] != 0);
    for (uint32_t i = 0; i < pattern->length_bytes; i++) {
        uint8_t mask = pattern->mask[i];
        CHECK(mask == 0 || mask == 0x0f || mask == 0xf0 || mask == 0xff);
        CHECK((pattern->value[i] & ~mask) == 0);
        compares |= mask != 0;
    }
    CHECK(compares);
    CHECK(watch_pattern_matches(pattern, pattern->value));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    size_t length = (size_t)take(&input, 1) % 200, fault = SIZE_MAX;
    struct watch_pattern pattern, before;
    enum watch_status status;
    char *text;
    uint8_t *rest;

    length = length < input.left ? length : input.left;
    text = copy_of(input.at, length);
    rest = copy_of(input.at + length, input.left - length);
    memset(&pattern, 0x5a, sizeof pattern);
    before = pattern;
    status = watch_pattern_parse(text, length, &pattern, &fault);
    if (status == WATCH_OK) {
        check_pattern(&pattern);
        check_search(&pattern, rest, input.left - length);
    } else {
        CHECK(status == WATCH_BAD_PATTERN || status == WATCH_NO_ROOM);
        CHECK(fault <= length);
        CHECK(memcmp(&pattern, &before, sizeof pattern) == 0);
    }
    free(text);
    free(rest);
    return 0;
}
