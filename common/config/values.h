/* SPDX-License-Identifier: MIT */
/*
 * Inside common/config only: the keys and how the value of each is read.
 * Every reader checks the whole value before it stores anything.
 */
#ifndef GROMA_CONFIG_VALUES_H
#define GROMA_CONFIG_VALUES_H

#include "base/language.h"
#include "config/config.h"

C_DECLARATIONS_BEGIN

/* A piece of the input. */
struct span {
    const char *bytes;
    size_t size;
};

enum config_key {
    CONFIG_KEY_KERNEL,
    CONFIG_KEY_CMDLINE,
    CONFIG_KEY_MODULE,
    CONFIG_KEY_TIMEOUT,
    CONFIG_KEY_SERIAL,
    CONFIG_KEY_VERBOSE,
    CONFIG_KEY_RESERVE,
    CONFIG_KEY_BADRAM,
    CONFIG_KEY_CAPTURE,
    CONFIG_KEY_DRIFT,
    CONFIG_KEY_CHECKPOINT,
    CONFIG_KEY_DMA,
    CONFIG_KEY_WATCH,
    CONFIG_KEY_COUNT, /* none of them */
};

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The first `size` bytes, and the span moved behind them. */
static inline struct span span_take(struct span *span, size_t size)
{
    struct span taken = {span->bytes, size};

    span->bytes += size;
    span->size -= size;
    return taken;
}

/* Without the blanks at both ends. */
struct span config_span_trim(struct span span);

/* The key of this name, or CONFIG_KEY_COUNT. */
enum config_key config_key_find(struct span name);

/* How many values of the key a file may hold; 1 for a single-valued key. */
size_t config_key_limit(enum config_key key);

/* Does it decide how an error is shown? */
bool config_key_is_display(enum config_key key);

/*
 * Reads a trimmed value, without control characters but tabs, into the key's place in
 * *config: of a repeatable key the `*count`-th, *count < the limit. Adds to *count how many
 * values there were: 1, or as many ranges as a badram line means. With config NULL it only
 * checks. On any error *config and *count are untouched.
 */
MUST_USE enum config_status config_key_read(enum config_key key, struct span value, size_t *count,
                                            struct config *config);

/* `0xFIRST-0xEND` and, behind a blank, whatever else: *ret_rest, trimmed. */
MUST_USE enum config_status config_read_range(struct span value, struct config_range *ret_range,
                                              struct span *ret_rest);

/* The ranges of a badram line, into to[] where it is not NULL; TOO_MANY: above `most` of them. */
MUST_USE enum config_status config_read_bad_ranges(struct span value, size_t most,
                                                   struct config_range *to, size_t *ret_count);

/* May the path be opened on the boot volume? VALUE_TOO_LONG, CONTROL_BYTE, PATH_... */
MUST_USE enum config_status config_path_check(struct span path);

/* Stores a checked path in normalised form, NUL-terminated. */
void config_path_store(char to[CONFIG_MAX_PATH_BYTES + 1], struct span path);

C_DECLARATIONS_END

#endif
