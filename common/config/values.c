/* SPDX-License-Identifier: MIT */
/* The keys of groma.conf and the reader of each one's value; see values.h. */
#include "config/values.h"

#include "base/mem.h"

/* In the order of enum config_key. (No pointers: nothing to relocate.) */
static const struct {
    char name[12];
    uint8_t limit;
    bool is_display;
} keys[CONFIG_KEY_COUNT] = {
    {"kernel", 1, false},
    {"cmdline", 1, false},
    {"module", CONFIG_MAX_MODULES, false},
    {"timeout", 1, true},
    {"serial", 1, true},
    {"verbose", 1, true},
    {"reserve", CONFIG_MAX_RANGES, false},
    {"badram", CONFIG_MAX_BAD_RANGES, false},
    {"capture", 1, false},
    {"drift", 1, false},
    {"checkpoint", 1, false},
    {"dma", 1, false},
    {"watch", 1, false},
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

size_t config_key_limit(enum config_key key)
{
    return keys[key].limit;
}

bool config_key_is_display(enum config_key key)
{
    return keys[key].is_display;
}

/* Into to[capacity], the rest of which becomes 0; text.size < capacity. */
static void store_text(char *to, size_t capacity, struct span text)
{
    memset(to, 0, capacity);
    memcpy(to, text.bytes, text.size);
}

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

/* `no` 0, `yes` 1, or the key's third word 2; the numbers of config_drift and config_checkpoint. */
static enum config_status read_no_yes_or(struct span value, const char *third, unsigned *ret_choice)
{
    bool yes = false;
    bool is_third = span_equals(value, third);
    enum config_status status = is_third ? CONFIG_OK : read_yes_no(value, &yes);

    *ret_choice = is_third ? 2 : yes;
    return status;
}

static enum config_status read_verbose(struct span value, struct config *config)
{
    unsigned choice;
    enum config_status status = read_no_yes_or(value, "maps", &choice);

    if (status == CONFIG_OK && config != NULL) {
        config->verbose = choice != 0;
        config->show_maps = choice == 2;
    }
    return status;
}

static enum config_status read_drift(struct span value, struct config *config)
{
    unsigned choice;
    enum config_status status = read_no_yes_or(value, "forget", &choice);

    if (status == CONFIG_OK && config != NULL)
        config->drift = (enum config_drift)choice;
    return status;
}

static enum config_status read_checkpoint(struct span value, struct config *config)
{
    unsigned choice;
    enum config_status status = read_no_yes_or(value, "forget", &choice);

    if (status == CONFIG_OK && config != NULL)
        config->checkpoint = (enum config_checkpoint)choice;
    return status;
}

static enum config_status read_dma(struct span value, struct config *config)
{
    bool off = span_equals(value, "off");

    if (!off && !span_equals(value, "on"))
        return CONFIG_BAD_CHOICE;
    if (config != NULL)
        config->dma_off = off;
    return CONFIG_OK;
}

static enum config_status read_reserve(struct span value, size_t index, struct config *config)
{
    struct config_range range;
    struct span reason;
    enum config_status status = config_read_range(value, &range, &reason);

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

/* `index` < CONFIG_MAX_BAD_RANGES ranges are there already. */
static enum config_status read_badram(struct span value, size_t index, struct config *config,
                                      size_t *ret_count)
{
    size_t most = CONFIG_MAX_BAD_RANGES - index;
    enum config_status status = config_read_bad_ranges(value, most, NULL, ret_count);

    if (status == CONFIG_OK && config != NULL) {
        status = config_read_bad_ranges(value, most, &config->bad_ranges[index], ret_count);
        config->bad_range_count = index + *ret_count;
    }
    return status;
}

static enum config_status read_value(enum config_key key, struct span value, size_t index,
                                     struct config *config, size_t *ret_count)
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
        return read_verbose(value, config);
    case CONFIG_KEY_RESERVE:
        return read_reserve(value, index, config);
    case CONFIG_KEY_BADRAM:
        return read_badram(value, index, config, ret_count);
    case CONFIG_KEY_CAPTURE:
        return read_yes_no(value, config != NULL ? &config->capture : NULL);
    case CONFIG_KEY_DRIFT:
        return read_drift(value, config);
    case CONFIG_KEY_CHECKPOINT:
        return read_checkpoint(value, config);
    case CONFIG_KEY_DMA:
        return read_dma(value, config);
    case CONFIG_KEY_WATCH:
        return read_yes_no(value, config != NULL ? &config->watch : NULL);
    case CONFIG_KEY_COUNT:
        break;
    }
    return CONFIG_UNKNOWN_KEY;
}

enum config_status config_key_read(enum config_key key, struct span value, size_t *count,
                                   struct config *config)
{
    size_t added = 1;
    enum config_status status = read_value(key, value, *count, config, &added);

    *count += added;
    return status;
}
