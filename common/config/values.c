/* SPDX-License-Identifier: MIT */
/* The keys of groma.conf and the reader of each one's value; see values.h. */
#include "config/values.h"

#include "base/mem.h"

/* In the order of enum config_key. (No pointers: nothing to relocate.) */
static const struct {
    char name[8];
    uint8_t line_limit;
    bool is_display;
} keys[CONFIG_KEY_COUNT] = {
    {"kernel", 1, false},
    {"cmdline", 1, false},
    {"module", CONFIG_MAX_MODULES, false},
    {"timeout", 1, true},
    {"serial", 1, true},
    {"verbose", 1, true},
    {"reserve", CONFIG_MAX_RANGES, false},
    {"badram", CONFIG_MAX_RANGES, false},
    {"capture", 1, false},
    {"drift", 1, false},
};

struct span config_span_trim(struct span span)
{
    while (span.size > 0 && is_blank(span.bytes[0])) {
        span.bytes++;
        span.size--;
    }
    while (span.size > 0 && is_blank(span.bytes[span.size - 1]))
        span.size--;
    return span;
}

/* Is it exactly this NUL-terminated word? */
static bool span_equals(struct span span, const char *word)
{
    for (size_t i = 0; i < span.size; i++) {
        if (word[i] == '\0' || word[i] != span.bytes[i])
            return false;
    }
    return word[span.size] == '\0';
}

enum config_key config_key_find(struct span name)
{
    unsigned key = 0;

    while (key < CONFIG_KEY_COUNT && !span_equals(name, keys[key].name))
        key++;
    return (enum config_key)key;
}

size_t config_key_line_limit(enum config_key key)
{
    return keys[key].line_limit;
}

bool config_key_is_display(enum config_key key)
{
    return keys[key].is_display;
}

/* The first `size` bytes, and the span moved behind them. */
static struct span span_take(struct span *span, size_t size)
{
    struct span taken = {span->bytes, size};

    span->bytes += size;
    span->size -= size;
    return taken;
}

/* Into to[capacity], the rest of which becomes 0; text.size < capacity. */
static void store_text(char *to, size_t capacity, struct span text)
{
    memset(to, 0, capacity);
    memcpy(to, text.bytes, text.size);
}

/* ---- numbers and ranges ---- */

static enum config_status read_decimal(struct span digits, uint32_t max, uint32_t *ret_value)
{
    uint64_t value = 0;

    if (digits.size == 0)
        return CONFIG_BAD_NUMBER;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.bytes[i] < '0' || digits.bytes[i] > '9')
            return CONFIG_BAD_NUMBER;
        if (value <= max) /* beyond it only the form of the rest matters */
            value = value * 10 + (uint64_t)(digits.bytes[i] - '0');
    }
    if (value > max)
        return CONFIG_NUMBER_OUT_OF_RANGE;
    *ret_value = (uint32_t)value;
    return CONFIG_OK;
}

/* The value of a hex digit, or 16. */
static unsigned hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return (unsigned)(byte - '0');
    if (byte >= 'a' && byte <= 'f')
        return (unsigned)(byte - 'a') + 10;
    if (byte >= 'A' && byte <= 'F')
        return (unsigned)(byte - 'A') + 10;
    return 16;
}

/* A number `0x...` at the head of *rest, which then begins behind it. */
static enum config_status take_address(struct span *rest, uint64_t *ret_address)
{
    uint64_t address = 0;
    bool wraps = false;
    size_t i = 2;

    if (rest->size < 3 || rest->bytes[0] != '0' || rest->bytes[1] != 'x')
        return CONFIG_BAD_RANGE;
    for (; i < rest->size && hex_digit(rest->bytes[i]) < 16; i++) {
        wraps = wraps || address >> 60 != 0;
        address = address << 4 | hex_digit(rest->bytes[i]);
    }
    if (i == 2)
        return CONFIG_BAD_RANGE;
    (void)span_take(rest, i);
    *ret_address = address;
    return wraps ? CONFIG_NUMBER_OUT_OF_RANGE : CONFIG_OK;
}

/* `0xFIRST-0xEND` and, behind a blank, whatever else: *ret_rest, trimmed. */
static enum config_status read_range(struct span value, struct config_range *ret_range,
                                     struct span *ret_rest)
{
    struct config_range range;
    enum config_status status = take_address(&value, &range.first);

    if (status != CONFIG_OK)
        return status;
    if (value.size == 0 || value.bytes[0] != '-')
        return CONFIG_BAD_RANGE;
    (void)span_take(&value, 1);
    status = take_address(&value, &range.end);
    if (status != CONFIG_OK)
        return status;
    if (value.size > 0 && !is_blank(value.bytes[0]))
        return CONFIG_BAD_RANGE;
    if (range.first >= range.end)
        return CONFIG_EMPTY_RANGE;
    *ret_range = range;
    *ret_rest = config_span_trim(value);
    return CONFIG_OK;
}

/* ---- one reader a key ---- */

static enum config_status read_kernel(struct span value, struct config *config)
{
    enum config_status status = config_path_check(value);

    if (status == CONFIG_OK && config != NULL)
        config_path_store(config->kernel, value);
    return status;
}

static enum config_status read_cmdline(struct span value, struct config *config)
{
    if (value.size > CONFIG_MAX_CMDLINE_BYTES)
        return CONFIG_VALUE_TOO_LONG;
    if (config != NULL)
        store_text(config->cmdline, sizeof config->cmdline, value);
    return CONFIG_OK;
}

/* A module's path ends at the first blank; its command line follows. */
static enum config_status read_module(struct span value, size_t index, struct config *config)
{
    size_t path_bytes = 0;

    while (path_bytes < value.size && !is_blank(value.bytes[path_bytes]))
        path_bytes++;
    struct span path = span_take(&value, path_bytes);
    struct span cmdline = config_span_trim(value);
    enum config_status status = config_path_check(path);
    if (status != CONFIG_OK)
        return status;
    if (cmdline.size > CONFIG_MAX_MODULE_CMDLINE_BYTES)
        return CONFIG_VALUE_TOO_LONG;
    if (config != NULL) {
        struct config_module *module = &config->modules[index];
        config_path_store(module->path, path);
        store_text(module->cmdline, sizeof module->cmdline, cmdline);
        config->module_count = index + 1;
    }
    return CONFIG_OK;
}

static enum config_status read_timeout(struct span value, struct config *config)
{
    uint32_t seconds;
    enum config_status status = read_decimal(value, CONFIG_MAX_TIMEOUT_S, &seconds);

    if (status == CONFIG_OK && config != NULL)
        config->timeout_s = seconds;
    return status;
}

static enum config_status read_serial(struct span value, struct config *config)
{
    enum config_serial serial;

    if (span_equals(value, "auto"))
        serial = CONFIG_SERIAL_AUTO;
    else if (span_equals(value, "on"))
        serial = CONFIG_SERIAL_ON;
    else if (span_equals(value, "off"))
        serial = CONFIG_SERIAL_OFF;
    else
        return CONFIG_BAD_CHOICE;
    if (config != NULL)
        config->serial = serial;
    return CONFIG_OK;
}

/* `yes` or `no`; nowhere to store it where only the form is checked. */
static enum config_status read_yes_no(struct span value, bool *ret_value)
{
    bool yes = span_equals(value, "yes");

    if (!yes && !span_equals(value, "no"))
        return CONFIG_BAD_CHOICE;
    if (ret_value != NULL)
        *ret_value = yes;
    return CONFIG_OK;
}

static enum config_status read_drift(struct span value, struct config *config)
{
    bool yes = false;
    bool forget = span_equals(value, "forget");
    enum config_status status = forget ? CONFIG_OK : read_yes_no(value, &yes);

    if (status == CONFIG_OK && config != NULL)
        config->drift = forget ? CONFIG_DRIFT_FORGET : yes ? CONFIG_DRIFT_YES : CONFIG_DRIFT_NO;
    return status;
}

static enum config_status read_reserve(struct span value, size_t index, struct config *config)
{
    struct config_range range;
    struct span reason;
    enum config_status status = read_range(value, &range, &reason);

    if (status != CONFIG_OK)
        return status;
    if (reason.size > CONFIG_MAX_REASON_BYTES)
        return CONFIG_VALUE_TOO_LONG;
    if (config != NULL) {
        struct config_reservation *reservation = &config->reservations[index];
        reservation->range = range;
        store_text(reservation->reason, sizeof reservation->reason, reason);
        config->reservation_count = index + 1;
    }
    return CONFIG_OK;
}

static enum config_status read_badram(struct span value, size_t index, struct config *config)
{
    struct config_range range;
    struct span rest;
    enum config_status status = read_range(value, &range, &rest);

    if (status != CONFIG_OK)
        return status;
    if (rest.size > 0)
        return CONFIG_BAD_RANGE;
    if (config != NULL) {
        config->bad_ranges[index] = range;
        config->bad_range_count = index + 1;
    }
    return CONFIG_OK;
}

enum config_status config_key_read(enum config_key key, struct span value, size_t index,
                                   struct config *config)
{
    switch (key) {
    case CONFIG_KEY_KERNEL:
        return read_kernel(value, config);
    case CONFIG_KEY_CMDLINE:
        return read_cmdline(value, config);
    case CONFIG_KEY_MODULE:
        return read_module(value, index, config);
    case CONFIG_KEY_TIMEOUT:
        return read_timeout(value, config);
    case CONFIG_KEY_SERIAL:
        return read_serial(value, config);
    case CONFIG_KEY_VERBOSE:
        return read_yes_no(value, config != NULL ? &config->verbose : NULL);
    case CONFIG_KEY_RESERVE:
        return read_reserve(value, index, config);
    case CONFIG_KEY_BADRAM:
        return read_badram(value, index, config);
    case CONFIG_KEY_CAPTURE:
        return read_yes_no(value, config != NULL ? &config->capture : NULL);
    case CONFIG_KEY_DRIFT:
        return read_drift(value, config);
    case CONFIG_KEY_COUNT:
        break;
    }
    return CONFIG_UNKNOWN_KEY;
}
