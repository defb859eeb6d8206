/* SPDX-License-Identifier: MIT */
/* groma.conf: the cases 100 to 107 of the catalogue of faults, each by its number. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "unit/test_config.h"

Test(config_parse, case_100_a_missing_file_means_the_documented_defaults)
{
    memset(&config, 0xaf, sizeof config);
    config_defaults(&config);
    expect_defaults();
}

Test(config_parse, case_101_an_empty_file_means_the_defaults)
{
    static const char *const files[] = {"",     "\n", "\r\n",         " \t ",      "#",
                                        "\n\n", "# \n", "\xef\xbb\xbf", "\xef\xbb\xbf\r\n"};

    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        accepts(files[i]);
        expect_defaults();
    }
}

Test(config_parse, case_101_a_file_replaces_what_was_read_before)
{
    accepts("cmdline = long line\nmodule = /m\ntimeout = 3\n");
    cr_assert_eq(parse_bytes("serial = auto\n", 14), CONFIG_OK);
    expect_defaults();
}

Test(config_parse, case_101_a_byte_order_mark_is_accepted_at_the_beginning_only)
{
    accepts("\xef\xbb\xbftimeout = 7\n");
    cr_assert_eq(config.timeout_s, 7);
    cr_assert_eq(parse("\n\xef\xbb\xbftimeout = 7\n"), CONFIG_OK);
    cr_assert_eq(fault_count, 1);
    expect_fault(0, CONFIG_UNKNOWN_KEY, 2, "\\xef\\xbb\\xbftimeout");
    expect_defaults();
}

Test(config_parse, case_101_line_ends_may_be_cr_lf_and_the_last_may_lack)
{
    accepts("cmdline = a b \r\n\r\ntimeout = 12\r\nserial = off");
    cr_assert_str_eq(config.cmdline, "a b");
    cr_assert_eq(config.timeout_s, 12);
    cr_assert_eq(config.serial, CONFIG_SERIAL_OFF);
    refuses("cmdline = a\rtimeout = 12\n", CONFIG_CONTROL_BYTE, 1, "cmdline");
    refuses("cmdline = a\r\r\n", CONFIG_CONTROL_BYTE, 1, "cmdline");
    refuses("cmdline = a\r", CONFIG_CONTROL_BYTE, 1, "cmdline");
}

Test(config_parse, case_101_a_control_character_anywhere_is_an_error)
{
    static const char nul_inside[] = "timeout = 5\ncmdline = a\0b\n";

    config_defaults(&config);
    cr_assert_eq(parse_bytes(nul_inside, sizeof nul_inside - 1), CONFIG_CONTROL_BYTE);
    cr_assert_eq(fault_count, 1);
    expect_fault(0, CONFIG_CONTROL_BYTE, 2, "cmdline");
    refuses("# bell \a\n", CONFIG_CONTROL_BYTE, 1, "");
    refuses("\n\x1b[2Jkey = 1\n", CONFIG_CONTROL_BYTE, 2, "\\x1b[2Jkey");
    refuses("cmdline = a\x7f\n", CONFIG_CONTROL_BYTE, 1, "cmdline");
    refuses("cmdline = \xc2\x9b" "2J\n", CONFIG_CONTROL_BYTE, 1, "cmdline");
    accepts("cmdline = a\tb \xc2\xa0\n");
}

Test(config_parse, case_101_text_that_is_not_utf_8_is_an_error)
{
    refuses("cmdline = caf\xe9\n", CONFIG_BAD_UTF8, 1, "cmdline");
    refuses("# caf\xe9\n", CONFIG_BAD_UTF8, 1, "");
    refuses("\n\nkernel = /\xc0\xaf\n", CONFIG_BAD_UTF8, 3, "kernel");
    refuses("kernel = /\xed\xa0\x80\n", CONFIG_BAD_UTF8, 1, "kernel");
    refuses("kernel = /\xf4\x90\x80\x80\n", CONFIG_BAD_UTF8, 1, "kernel");
    refuses("kernel = /\xe2\x82", CONFIG_BAD_UTF8, 1, "kernel");
    refuses("kernel = /\xe2\x82\n# \xe2\x82\xac", CONFIG_BAD_UTF8, 1, "kernel");
}

Test(config_parse, case_101_one_line_of_a_mebibyte_is_refused_unread)
{
    size_t size = 1u << 20;
    char *bytes = malloc(size);

    memset(bytes, 'a', size);
    memcpy(bytes, "cmdline = ", 10);
    config_defaults(&config);
    cr_assert_eq(parse_bytes(bytes, size), CONFIG_FILE_TOO_LARGE);
    cr_assert_eq(fault_count, 1);
    expect_fault(0, CONFIG_FILE_TOO_LARGE, 0, "");
    expect_defaults();
    free(bytes);
}

Test(config_parse, case_101_a_million_keys_are_refused_unread)
{
    char *bytes = malloc(10 * 1000000 + 1);

    for (size_t i = 0; i < 1000000; i++)
        sprintf(bytes + i * 10, "k%06zu=1\n", i);
    config_defaults(&config);
    cr_assert_eq(parse_bytes(bytes, 10 * 1000000), CONFIG_FILE_TOO_LARGE);
    cr_assert_eq(fault_count, 1);
    expect_defaults();
    free(bytes);
}

Test(config_parse, case_101_the_largest_file_of_any_shape_takes_bounded_time)
{
    static const char *const shapes[] = {"\n", "a", "=", "#", " ", "a=\n", "=\n", "module=/m\n",
                                         "\xe2\x82\xac", "\\", "timeout=1\n", "\r", "0x1-0x2 "};
    static char bytes[CONFIG_MAX_FILE_BYTES];

    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        size_t unit = strlen(shapes[i]);
        for (size_t at = 0; at < sizeof bytes; at++)
            bytes[at] = shapes[i][at % unit];
        config_defaults(&config);
        clock_t start = clock();
        (void)parse_bytes(bytes, sizeof bytes);
        double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
        cr_assert_lt(seconds, 1.0, "shape %zu took %f s", i, seconds);
        cr_assert_leq(fault_count, sizeof bytes / unit + 1);
    }
}

Test(config_parse, case_101_the_size_limit_is_exact)
{
    static char bytes[CONFIG_MAX_FILE_BYTES + 1];

    memset(bytes, '\n', sizeof bytes);
    config_defaults(&config);
    cr_assert_eq(parse_bytes(bytes, CONFIG_MAX_FILE_BYTES), CONFIG_OK);
    cr_assert_eq(parse_bytes(bytes, CONFIG_MAX_FILE_BYTES + 1), CONFIG_FILE_TOO_LARGE);
}

Test(config_parse, case_102_an_unknown_key_is_a_warning_with_its_line)
{
    cr_assert_eq(parse("\ntimeout = 3\nTimeout = 4\nmodules = /m\n"), CONFIG_OK);
    cr_assert_eq(fault_count, 2);
    expect_fault(0, CONFIG_UNKNOWN_KEY, 3, "Timeout");
    expect_fault(1, CONFIG_UNKNOWN_KEY, 4, "modules");
    cr_assert_eq(config.timeout_s, 3);
    cr_assert_eq(config.module_count, 0);
}

Test(config_parse, case_102_a_duplicate_is_a_warning_and_the_later_line_wins)
{
    cr_assert_eq(parse("kernel = /a\ncmdline = long one\nserial = on\n"
                       "kernel = /b\ncmdline = x\nserial = off\n"
                       "timeout = 1\ntimeout = 2\nverbose = no\nverbose = yes\n"
                       "capture = yes\ncapture = no\ndrift = yes\ndrift = forget\n"
                       "checkpoint = yes\ncheckpoint = no\ndma = off\ndma = on\n"),
                 CONFIG_OK);
    cr_assert_eq(fault_count, 9);
    expect_fault(0, CONFIG_DUPLICATE_KEY, 4, "kernel");
    expect_fault(1, CONFIG_DUPLICATE_KEY, 5, "cmdline");
    expect_fault(2, CONFIG_DUPLICATE_KEY, 6, "serial");
    expect_fault(3, CONFIG_DUPLICATE_KEY, 8, "timeout");
    expect_fault(4, CONFIG_DUPLICATE_KEY, 10, "verbose");
    expect_fault(5, CONFIG_DUPLICATE_KEY, 12, "capture");
    expect_fault(6, CONFIG_DUPLICATE_KEY, 14, "drift");
    expect_fault(7, CONFIG_DUPLICATE_KEY, 16, "checkpoint");
    cr_assert_eq(config.checkpoint, CONFIG_CHECKPOINT_NO);
    cr_assert_not(config.dma_off);
    cr_assert_str_eq(config.kernel, "\\b");
    cr_assert_str_eq(config.cmdline, "x");
    cr_assert_eq(config.cmdline[2], '\0', "nothing of the longer one stays behind");
    cr_assert_eq(config.serial, CONFIG_SERIAL_OFF);
    cr_assert_eq(config.timeout_s, 2);
    cr_assert(config.verbose);
    cr_assert_not(config.capture);
    cr_assert_eq(config.drift, CONFIG_DRIFT_FORGET);
}

Test(config_parse, case_102_a_line_that_is_no_key_and_value_is_a_warning)
{
    cr_assert_eq(parse("timeout\n= 5\n timeout 5\n# x = y\nkernel : /a\n"), CONFIG_OK);
    cr_assert_eq(fault_count, 4);
    expect_fault(0, CONFIG_NOT_KEY_VALUE, 1, "timeout");
    expect_fault(1, CONFIG_NOT_KEY_VALUE, 2, "");
    expect_fault(2, CONFIG_NOT_KEY_VALUE, 3, "timeout\\x205");
    expect_fault(3, CONFIG_NOT_KEY_VALUE, 5, "kernel\\x20:\\x20/a");
    expect_defaults();
}

Test(config_parse, case_103_a_number_that_is_none_is_an_error_with_its_line)
{
    static const char *const bad[] = {"",   "-1",  "+1",  "0x10", "10s", "1 0", "1.5",
                                      "ten", "1,0", "-0", "99999999999999999999x", "\xd9\xa3"};
    static const char *const large[] = {"3601", "36000", "65536", "4294967296", "4294967306",
                                        "18446744073709551616", "18446744073709551626",
                                        "340282366920938463463374607431768211456"};
    char text[128];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "# c\n\ntimeout = %s\n", bad[i]);
        refuses(text, CONFIG_BAD_NUMBER, 3, "timeout");
    }
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        snprintf(text, sizeof text, "timeout = %s", large[i]);
        refuses(text, CONFIG_NUMBER_OUT_OF_RANGE, 1, "timeout");
    }
}

Test(config_parse, case_103_an_address_that_is_none_is_an_error_with_its_line)
{
    static const struct {
        const char *value;
        enum config_status status;
    } rows[] = {
        {"", CONFIG_BAD_RANGE},
        {"0x1000", CONFIG_BAD_RANGE},
        {"0x1000-", CONFIG_BAD_RANGE},
        {"0x1000-0x", CONFIG_BAD_RANGE},
        {"0x-0x1000", CONFIG_BAD_RANGE},
        {"1000-2000", CONFIG_BAD_RANGE},
        {"0X1000-0X2000", CONFIG_BAD_RANGE},
        {"0x1000 - 0x2000", CONFIG_BAD_RANGE},
        {"0x1000-0x2000k", CONFIG_BAD_RANGE},
        {"0x1000-0x2000-0x3000", CONFIG_BAD_RANGE},
        {"-0x1000-0x2000", CONFIG_BAD_RANGE},
        {"1x1000-0x2000", CONFIG_BAD_RANGE},
        {"0y1000-0x2000", CONFIG_BAD_RANGE},
        {"0x1000+0x2000", CONFIG_BAD_RANGE},
        {"0x1:00-0x2000", CONFIG_BAD_RANGE},
        {"0x1G00-0x2000", CONFIG_BAD_RANGE},
        {"0x1`00-0x2000", CONFIG_BAD_RANGE},
        {"0x1000-0x1000", CONFIG_EMPTY_RANGE},
        {"0x2000-0x1000", CONFIG_EMPTY_RANGE},
        {"0x0-0x10000000000000000", CONFIG_NUMBER_OUT_OF_RANGE},
        {"0x10000000000001000-0x2000", CONFIG_NUMBER_OUT_OF_RANGE},
    };
    char text[128];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "\nreserve = %s\n", rows[i].value);
        refuses(text, rows[i].status, 2, "reserve");
        snprintf(text, sizeof text, "badram = %s", rows[i].value);
        refuses(text, rows[i].status, 1, "badram");
    }
    refuses("badram = 0x1000-0x2000 reason\n", CONFIG_BAD_RANGE, 1, "badram");
}

/* Case 104, path escape and device prefix, is in test_config_path.c. */

Test(config_parse, case_105_a_command_line_is_kept_whole_or_refused)
{
    char text[2100];

    for (size_t length = 2046; length <= 2048; length++) {
        memcpy(text, "cmdline=", 8);
        memset(text + 8, 'x', length);
        text[8 + length - 1] = 'y';
        text[8 + length] = '\0';
        if (length > 2047) {
            refuses(text, CONFIG_VALUE_TOO_LONG, 1, "cmdline");
            continue;
        }
        accepts(text);
        cr_assert_str_eq(config.cmdline, text + 8);
    }
}

Test(config_parse, case_105_other_texts_are_kept_whole_or_refused_too)
{
    char text[600];

    snprintf(text, sizeof text, "module = /m %0255d", 7);
    accepts(text);
    cr_assert_str_eq(config.modules[0].cmdline, text + 12);
    snprintf(text, sizeof text, "module = /m %0256d", 7);
    refuses(text, CONFIG_VALUE_TOO_LONG, 1, "module");
    snprintf(text, sizeof text, "reserve = 0x1-0x2 %063d", 7);
    accepts(text);
    cr_assert_str_eq(config.reservations[0].reason, text + 18);
    snprintf(text, sizeof text, "reserve = 0x1-0x2 %064d", 7);
    refuses(text, CONFIG_VALUE_TOO_LONG, 1, "reserve");
}

Test(config_parse, case_106_the_timeout_is_between_0_and_3600)
{
    accepts("timeout = 0");
    cr_assert_eq(config.timeout_s, 0);
    accepts("timeout = 3600");
    cr_assert_eq(config.timeout_s, 3600);
    accepts("timeout = 0000000000000000000000000000000000000042");
    cr_assert_eq(config.timeout_s, 42);
    refuses("timeout = 3601", CONFIG_NUMBER_OUT_OF_RANGE, 1, "timeout");
    refuses("timeout = 4294967296", CONFIG_NUMBER_OUT_OF_RANGE, 1, "timeout");
    refuses("timeout = -1", CONFIG_BAD_NUMBER, 1, "timeout");
}

/* There is no key that a policy could be lowered with; names one might try do nothing. */
Test(config_parse, case_107_no_key_lowers_a_security_policy)
{
    cr_assert_eq(parse("secure-boot = off\nsecureboot = no\nverify = no\nnokaslr = yes\n"
                       "hash = none\nmeasure = no\npolicy = any\ntrust = all\n"),
                 CONFIG_OK);
    cr_assert_eq(fault_count, 8);
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(faults[i].status, CONFIG_UNKNOWN_KEY);
    expect_defaults();
}
