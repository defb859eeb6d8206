/* SPDX-License-Identifier: MIT */
/* What the tests of config_parse share: one config, its faults, and three verdicts. */
#ifndef GROMA_TESTS_UNIT_TEST_CONFIG_H
#define GROMA_TESTS_UNIT_TEST_CONFIG_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

static struct config config;
static struct config_fault faults[9];
static size_t fault_count;

/* Parses from a heap copy of exactly this size: the sanitizer sees every step outside. */
static inline enum config_status parse_bytes(const char *bytes, size_t size)
{
    char *copy = malloc(size == 0 ? 1 : size);

    memcpy(copy, bytes, size);
    memset(faults, 0x5a, sizeof faults);
    fault_count = 12345;
    enum config_status status =
        config_parse(&config, size == 0 ? NULL : copy, size, faults, 9, &fault_count);
    free(copy);
    return status;
}

static inline enum config_status parse(const char *text)
{
    config_defaults(&config);
    return parse_bytes(text, strlen(text));
}

/* What the README promises, written out by hand. */
static inline void expect_defaults(void)
{
    struct config expected;

    memset(&expected, 0, sizeof expected);
    strcpy(expected.kernel, "\\kernel.elf");
    expected.timeout_s = 10;
    expected.serial = CONFIG_SERIAL_AUTO;
    expected.verbose = true;
    cr_assert_eq(memcmp(&config, &expected, sizeof config), 0);
}

static inline void expect_fault(size_t index, enum config_status status, uint32_t line,
                                const char *key)
{
    cr_assert_eq(faults[index].status, status, "fault %zu is %s", index,
                 config_status_id(faults[index].status));
    cr_assert_eq(faults[index].line, line, "fault %zu in line %u", index, faults[index].line);
    cr_assert_str_eq(faults[index].key, key);
}

/* The one fault of the text is this error, and nothing of the text was taken. */
static inline void refuses(const char *text, enum config_status status, uint32_t line,
                           const char *key)
{
    cr_assert_eq(parse(text), status, "%s", text);
    cr_assert_eq(fault_count, 1, "%s: %zu faults", text, fault_count);
    expect_fault(0, status, line, key);
    expect_defaults();
}

static inline void accepts(const char *text)
{
    cr_assert_eq(parse(text), CONFIG_OK, "%s: %s in line %u", text,
                 config_status_id(faults[0].status), faults[0].line);
    cr_assert_eq(fault_count, 0, "%s", text);
}

#endif
