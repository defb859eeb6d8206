/* SPDX-License-Identifier: MIT */
/* Patterns: reading them, finding them in bytes and in regions; see pattern.h. */
#include "watch/pattern.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "watch/inner.h"

/* ---- from text ------------------------------------------------------------------------------------------ */

/* A pattern in the making, and the text left. */
struct parser {
    struct watch_pattern pattern;
    const char *text;
    size_t length;
    size_t at;
};

static bool append(struct parser *parser, unsigned value, unsigned mask)
{
    struct watch_pattern *pattern = &parser->pattern;

    if (pattern->length_bytes == WATCH_PATTERN_MOST_BYTES)
        return false;
    pattern->value[pattern->length_bytes] = (uint8_t)(value & mask);
    pattern->mask[pattern->length_bytes++] = (uint8_t)mask;
    return true;
}

/* Half a byte: its value and mask; false where the character is neither digit nor wildcard. */
static bool parse_half(const struct parser *parser, size_t at, unsigned *ret_value,
                       unsigned *ret_mask)
{
    char c = at < parser->length ? parser->text[at] : ' ';

    *ret_mask = 15;
    if (c >= '0' && c <= '9')
        *ret_value = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *ret_value = (unsigned)(c - 'a' + 10);
    else if (c >= 'A' && c <= 'F')
        *ret_value = (unsigned)(c - 'A' + 10);
    else if (c == '?')
        *ret_value = *ret_mask = 0;
    else
        return false;
    return true;
}

static enum watch_status parse_byte(struct parser *parser)
{
    unsigned high, low, high_mask, low_mask;

    if (!parse_half(parser, parser->at, &high, &high_mask))
        return WATCH_BAD_PATTERN;
    if (!parse_half(parser, parser->at + 1, &low, &low_mask)) {
        if (high_mask != 0) { /* a digit alone; ? alone is a whole byte */
            parser->at++;
            return WATCH_BAD_PATTERN;
        }
        low = low_mask = 0;
        parser->at--;
    }
    parser->at += 2;
    return append(parser, high << 4 | low, high_mask << 4 | low_mask) ? WATCH_OK : WATCH_NO_ROOM;
}

static enum watch_status parse_quoted(struct parser *parser)
{
    for (parser->at++; parser->at < parser->length; parser->at++) {
        char c = parser->text[parser->at];
        if (c == '"') {
            parser->at++;
            return WATCH_OK;
        }
        if (c == '\\') {
            if (++parser->at == parser->length)
                break;
            c = parser->text[parser->at];
            if (c != '"' && c != '\\')
                return WATCH_BAD_PATTERN;
        }
        if (!append(parser, (unsigned char)c, 0xff))
            return WATCH_NO_ROOM;
    }
    return WATCH_BAD_PATTERN;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* How much a byte tells: of a whole one, those that fill memory tell least. */
static unsigned rank_of(uint8_t value, uint8_t mask)
{
    if (mask != 0xff)
        return mask != 0;
    return value == 0 ? 2 : value == 0xff ? 3 : 4;
}

/* Chooses the anchor; false where nothing is compared at all. */
static bool choose_anchor(struct watch_pattern *pattern)
{
    unsigned best = 0;

    for (uint32_t i = 0; i < pattern->length_bytes; i++) {
        unsigned rank = rank_of(pattern->value[i], pattern->mask[i]);
        if (rank > best) {
            best = rank;
            pattern->anchor = i;
        }
    }
    return best > 0;
}

enum watch_status watch_pattern_parse(const char *text, size_t length,
                                      struct watch_pattern *ret_pattern, size_t *ret_fault)
{
    struct parser parser = {.text = text, .length = length};
    enum watch_status status = WATCH_OK;

    while (status == WATCH_OK && parser.at < length) {
        if (is_blank(text[parser.at]))
            parser.at++;
        else
            status = text[parser.at] == '"' ? parse_quoted(&parser) : parse_byte(&parser);
    }
    if (status == WATCH_OK && !choose_anchor(&parser.pattern))
        status = WATCH_BAD_PATTERN;
    if (status == WATCH_OK)
        *ret_pattern = parser.pattern;
    else if (ret_fault != NULL)
        *ret_fault = parser.at;
    return status;
}

enum watch_status watch_pattern_of_bytes(const void *bytes, size_t size_bytes,
                                         struct watch_pattern *ret_pattern)
{
    const uint8_t *at = bytes;

    if (size_bytes == 0)
        return WATCH_BAD_PATTERN;
    if (size_bytes > WATCH_PATTERN_MOST_BYTES)
        return WATCH_NO_ROOM;
    *ret_pattern = (struct watch_pattern){.length_bytes = (uint32_t)size_bytes};
    for (size_t i = 0; i < size_bytes; i++) {
        ret_pattern->value[i] = at[i];
        ret_pattern->mask[i] = 0xff;
    }
    (void)choose_anchor(ret_pattern);
    return WATCH_OK;
}

/* ---- in bytes -------------------------------------------------------------------------------------------- */

bool watch_pattern_matches(const struct watch_pattern *pattern, const uint8_t *bytes)
{
    for (uint32_t i = 0; i < pattern->length_bytes; i++) {
        if (((bytes[i] ^ pattern->value[i]) & pattern->mask[i]) != 0)
            return false;
    }
    return true;
}

/* Top bits of the bytes of a word that are 0; those above the lowest may be wrong. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/* The first byte of this value in [at, end), or end. */
static const uint8_t *find_byte(const uint8_t *at, const uint8_t *end, uint8_t value)
{
    uint64_t filled = value * UINT64_C(0x0101010101010101);

    for (; end - at >= 32; at += 32) {
        const watch_word_t *words = (const watch_word_t *)at;
        if (((zero_bytes(words[0] ^ filled) | zero_bytes(words[1] ^ filled)) |
             (zero_bytes(words[2] ^ filled) | zero_bytes(words[3] ^ filled))) != 0)
            break;
    }
    for (; end - at >= 8; at += 8) {
        uint64_t zeros = zero_bytes(load_le64(at) ^ filled);
        if (zeros != 0)
            return at + bit_lowest(zeros) / 8;
    }
    while (at < end && *at != value)
        at++;
    return at;
}

bool watch_pattern_find(const struct watch_pattern *pattern, const void *bytes, size_t size_bytes,
                        size_t from, size_t *ret_offset)
{
    const uint8_t *all = bytes, *at, *end;
    uint8_t value = pattern->value[pattern->anchor];
    bool is_whole = pattern->mask[pattern->anchor] == 0xff;

    if (size_bytes < pattern->length_bytes || from > size_bytes - pattern->length_bytes)
        return false;
    /* Where the anchor can lie. */
    at = all + from + pattern->anchor;
    end = all + (size_bytes - pattern->length_bytes) + pattern->anchor + 1;
    for (; at < end; at++) {
        if (is_whole)
            at = find_byte(at, end, value);
        if (at < end && watch_pattern_matches(pattern, at - pattern->anchor)) {
            *ret_offset = (size_t)(at - pattern->anchor - all);
            return true;
        }
    }
    return false;
}

/* ---- in a region --------------------------------------------------------------------------------------------- */

/* Hands over the matches in [0, size) of bytes that stand at `offset` of the region. */
static bool take_matches(const struct watch_region *region, const struct watch_pattern *pattern,
                         const struct watch_search_options *options, const uint8_t *bytes,
                         uint64_t offset, uint64_t size_bytes)
{
    size_t at = 0;

    for (; watch_pattern_find(pattern, bytes, (size_t)size_bytes, at, &at); at++) {
        if (!options->take(options->context, region->address + offset + at, bytes + at))
            return false;
    }
    return true;
}

static bool report(const struct watch_search_options *options, uint64_t done_bytes)
{
    return options->progress == NULL || options->progress(options->context, done_bytes);
}

/* Memory that lies there: in pieces only for the progress. */
static enum watch_status search_mapped(const struct watch_region *region,
                                       const struct watch_pattern *pattern,
                                       const struct watch_search_options *options)
{
    const uint8_t *mapped = region->reader.mapped;
    uint64_t offset = 0;

    while (offset < region->size_bytes) {
        uint64_t piece = at_most(region->workspace_bytes, region->size_bytes - offset);
        uint64_t size = at_most(piece + pattern->length_bytes - 1, region->size_bytes - offset);
        if (!take_matches(region, pattern, options, mapped + offset, offset, size))
            return WATCH_STOPPED;
        offset += piece;
        if (!report(options, offset))
            return WATCH_STOPPED;
    }
    return WATCH_OK;
}

static enum watch_status search_by_reading(struct watch_region *region,
                                           const struct watch_pattern *pattern,
                                           const struct watch_search_options *options,
                                           uint64_t *bad_bytes)
{
    uint64_t offset = 0, kept = 0; /* bytes of the end of what was read before */
    uint64_t room = region->workspace_bytes - WATCH_PAGE_BYTES;

    forget_gap(region);
    while (offset < region->size_bytes) {
        uint64_t wanted = at_most(room, region->size_bytes - offset);
        uint64_t got = watch_read_pages(region, offset, wanted, region->workspace + kept);
        uint64_t held = kept + got;
        if (!take_matches(region, pattern, options, region->workspace, offset - kept, held))
            return WATCH_STOPPED;
        offset += got;
        kept = at_most(pattern->length_bytes - 1, held);
        memmove(region->workspace, region->workspace + (held - kept), (size_t)kept);
        if (got < wanted) {
            *bad_bytes += page_rest(region, offset);
            offset += page_rest(region, offset);
            kept = 0;
        }
        if (!report(options, offset))
            return WATCH_STOPPED;
    }
    return watch_outcome(region->size_bytes - *bad_bytes, *bad_bytes);
}

enum watch_status watch_search(struct watch_region *region, const struct watch_pattern *pattern,
                               const struct watch_search_options *options,
                               uint64_t *ret_unreadable_bytes)
{
    uint64_t bad_bytes = 0;
    enum watch_status status =
        region->reader.mapped != NULL && region->reader.absent == NULL
            ? search_mapped(region, pattern, options)
            : search_by_reading(region, pattern, options, &bad_bytes);

    if (ret_unreadable_bytes != NULL)
        *ret_unreadable_bytes = bad_bytes;
    return status;
}
