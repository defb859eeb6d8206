/* SPDX-License-Identifier: MIT */
/*
 * groma.conf: any bytes keep the promises of config.h; and what was read, written down as a file again,
 * reads the same. The input: how many faults there is room for, then the file.
 */
#include "config/config.h"
#include "fuzz.h"

#define MOST_FAULTS 32u
#define TEXT_BYTES  32768u

static void check_string(const char *string, size_t capacity)
{
    size_t length = strnlen(string, capacity);

    CHECK(length < capacity);
    for (size_t i = 0; i < capacity; i++)
        CHECK(i < length ? (uint8_t)string[i] >= ' ' || string[i] == '\t' : string[i] == '\0');
}

static void check_path(const char *path)
{
    uint16_t units[CONFIG_PATH_CAPACITY_UNITS];
    size_t count;

    check_string(path, CONFIG_MAX_PATH_BYTES + 1);
    CHECK(path[0] == '\\' && strpbrk(path, "/:\t") == NULL);
    CHECK(strstr(path, "\\\\") == NULL && strstr(path, ".\\") == NULL && strstr(path, " \\") == NULL);
    CHECK(strstr(path, "\\ ") == NULL && strchr("\\. ", path[strlen(path) - 1]) == NULL);
    CHECK(config_path_to_ucs2(path, units, CONFIG_PATH_CAPACITY_UNITS, &count) == CONFIG_OK);
}

static void check_config(const struct config *config)
{
    check_path(config->kernel);
    check_string(config->cmdline, sizeof config->cmdline);
    CHECK(config->verbose || !config->show_maps);
    CHECK(config->module_count <= CONFIG_MAX_MODULES && config->reservation_count <= CONFIG_MAX_RANGES);
    CHECK(config->bad_range_count <= CONFIG_MAX_BAD_RANGES && config->timeout_s <= CONFIG_MAX_TIMEOUT_S);
    for (size_t i = 0; i < config->module_count; i++) {
        check_path(config->modules[i].path);
        check_string(config->modules[i].cmdline, sizeof config->modules[i].cmdline);
    }
    for (size_t i = 0; i < config->reservation_count; i++) {
        CHECK(config->reservations[i].range.first < config->reservations[i].range.end);
        check_string(config->reservations[i].reason, sizeof config->reservations[i].reason);
    }
    for (size_t i = 0; i < config->bad_range_count; i++)
        CHECK(config->bad_ranges[i].first < config->bad_ranges[i].end);
}

static void check_faults(const struct config_fault *faults, size_t capacity, size_t count, enum config_status status)
{
    size_t kept = count < capacity ? count : capacity;
    bool has_error = false;

    CHECK(config_status_is_error(status) || status == CONFIG_OK);
    CHECK(status == CONFIG_OK || count > 0);
    for (size_t i = 0; i < kept; i++) {
        CHECK(faults[i].status != CONFIG_OK && strcmp(config_status_id(faults[i].status), "E-CONF-99") != 0);
        CHECK(i == 0 || faults[i].line > faults[i - 1].line);
        CHECK(memchr(faults[i].key, '\0', sizeof faults[i].key) != NULL);
        for (const char *at = faults[i].key; *at != '\0'; at++)
            CHECK(*at > ' ' && *at < 0x7f);
        if (!has_error && config_status_is_error(faults[i].status)) {
            has_error = true;
            CHECK(faults[i].status == status);
        }
    }
    CHECK(has_error == (status != CONFIG_OK) || capacity == 0);
}

/* All that was read, as a file. */
static size_t write_file(const struct config *config, char *text)
{
    static const char *const serial[] = {"auto", "on", "off"}, *const three[] = {"no", "yes", "forget"};
    int at = snprintf(text, TEXT_BYTES,
                      "kernel = %s\ncmdline =%s\ntimeout = %u\nserial = %s\nverbose = %s\ncapture=%s\ndrift=%s\n"
                      "checkpoint=%s\ndma=%s\nwatch=%s\n",
                      config->kernel, config->cmdline, config->timeout_s, serial[config->serial],
                      config->show_maps ? "maps" : config->verbose ? "yes" : "no", config->capture ? "yes" : "no",
                      three[config->drift], three[config->checkpoint], config->dma_off ? "off" : "on",
                      config->watch ? "yes" : "no");

    for (size_t i = 0; i < config->module_count; i++)
        at += snprintf(text + at, TEXT_BYTES - (size_t)at, "module = %s %s\n", config->modules[i].path,
                       config->modules[i].cmdline);
    for (size_t i = 0; i < config->reservation_count; i++)
        at += snprintf(text + at, TEXT_BYTES - (size_t)at, "reserve = 0x%llx-0x%llx %s\n",
                       (unsigned long long)config->reservations[i].range.first,
                       (unsigned long long)config->reservations[i].range.end, config->reservations[i].reason);
    for (size_t i = 0; i < config->bad_range_count; i++)
        at += snprintf(text + at, TEXT_BYTES - (size_t)at, "badram = 0x%llx-0x%llx\n",
                       (unsigned long long)config->bad_ranges[i].first, (unsigned long long)config->bad_ranges[i].end);
    CHECK((size_t)at < TEXT_BYTES);
    return (size_t)at;
}

static void check_again(const struct config *config)
{
    static char text[TEXT_BYTES];
    static struct config again;
    struct config_fault fault;
    size_t size = write_file(config, text), fault_count;

    config_defaults(&again);
    CHECK_THAT(config_parse(&again, text, size, &fault, 1, &fault_count) == CONFIG_OK && fault_count == 0, text);
    CHECK_THAT(memcmp(&again, config, sizeof again) == 0, text);
}

/* A refused file leaves the defaults, but for what decides how the refusal is shown. */
static void check_refused(const struct config *config)
{
    static struct config defaults;

    config_defaults(&defaults);
    defaults.timeout_s = config->timeout_s;
    defaults.serial = config->serial;
    defaults.verbose = config->verbose;
    defaults.show_maps = config->show_maps;
    CHECK(memcmp(config, &defaults, sizeof defaults) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes)
{
    struct input_bytes input = {bytes, size_bytes};
    size_t capacity = (size_t)take(&input, 1) % (MOST_FAULTS + 1), fault_count = SIZE_MAX;
    struct config_fault *faults = exactly(capacity * sizeof *faults);
    char *file = copy_of(input.at, input.left);
    static struct config config;
    enum config_status status;

    config_defaults(&config);
    status = config_parse(&config, file, input.left, faults, capacity, &fault_count);
    check_faults(faults, capacity, fault_count, status);
    check_config(&config);
    if (status == CONFIG_OK)
        check_again(&config);
    else
        check_refused(&config);
    free(file);
    free(faults);
    return 0;
}
