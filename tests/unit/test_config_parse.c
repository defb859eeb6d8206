/* SPDX-License-Identifier: MIT */
/* groma.conf: its keys, its faults and their ids. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "unit/test_config.h"

Test(config_parse, reads_every_key)
{
    struct config expected;

    accepts("# all of it\n"
            "kernel = /boot/groma/kernel v2.elf\n"
            "\n"
            "cmdline = root=/dev/sda1 quiet # not a comment\n"
            "module = /initrd.img\n"
            "module=\\boot\\fonts.bin \t size=16  bold \n"
            "  \t timeout\t=\t0  \t\n"
            "serial = on\n"
            "verbose = no\n"
            "checkpoint = yes\n"
            "dma = off\n"
            "reserve = 0x1000-0x2fff the BIOS writes here\n"
            "reserve = 0xfFfF0000-0x0000000000000ffffffffffffffff\n"
            "badram = 0x3456-0x3457\n"
            "capture = yes\n"
            "drift = yes\n"
            "watch = yes\n");
    memset(&expected, 0, sizeof expected);
    strcpy(expected.kernel, "\\boot\\groma\\kernel v2.elf");
    strcpy(expected.cmdline, "root=/dev/sda1 quiet # not a comment");
    strcpy(expected.modules[0].path, "\\initrd.img");
    strcpy(expected.modules[1].path, "\\boot\\fonts.bin");
    strcpy(expected.modules[1].cmdline, "size=16  bold");
    expected.module_count = 2;
    expected.reservations[0].range = (struct config_range){0x1000, 0x2fff};
    strcpy(expected.reservations[0].reason, "the BIOS writes here");
    expected.reservations[1].range = (struct config_range){0xffff0000, UINT64_MAX};
    expected.reservation_count = 2;
    expected.bad_ranges[0] = (struct config_range){0x3456, 0x3457};
    expected.bad_range_count = 1;
    expected.timeout_s = 0;
    expected.serial = CONFIG_SERIAL_ON;
    expected.verbose = false;
    expected.capture = true;
    expected.drift = CONFIG_DRIFT_YES;
    expected.checkpoint = CONFIG_CHECKPOINT_YES;
    expected.dma_off = true;
    expected.watch = true;
    cr_assert_eq(memcmp(&config, &expected, sizeof config), 0);
}

Test(config_parse, refuses_a_word_that_a_key_does_not_know)
{
    refuses("serial = On\n", CONFIG_BAD_CHOICE, 1, "serial");
    refuses("serial = onn\n", CONFIG_BAD_CHOICE, 1, "serial");
    refuses("serial =\n", CONFIG_BAD_CHOICE, 1, "serial");
    refuses("verbose = ye\n", CONFIG_BAD_CHOICE, 1, "verbose");
    refuses("verbose = 1\n", CONFIG_BAD_CHOICE, 1, "verbose");
    refuses("capture = on\n", CONFIG_BAD_CHOICE, 1, "capture");
    refuses("drift =\n", CONFIG_BAD_CHOICE, 1, "drift");
    refuses("watch = always\n", CONFIG_BAD_CHOICE, 1, "watch");
    refuses("drift = forge\n", CONFIG_BAD_CHOICE, 1, "drift");
    refuses("drift = maps\n", CONFIG_BAD_CHOICE, 1, "drift");
    refuses("verbose = forget\n", CONFIG_BAD_CHOICE, 1, "verbose");
    refuses("checkpoint = last\n", CONFIG_BAD_CHOICE, 1, "checkpoint");
    refuses("dma = no\n", CONFIG_BAD_CHOICE, 1, "dma");
    refuses("dma = offf\n", CONFIG_BAD_CHOICE, 1, "dma");
}

Test(config_parse, reads_every_word_of_the_keys_of_three_and_two_words)
{
    accepts("verbose = maps\ndma = on\ncheckpoint = no\n");
    cr_assert(config.verbose && config.show_maps && !config.dma_off);
    cr_assert_eq(config.checkpoint, CONFIG_CHECKPOINT_NO);
    accepts("verbose = yes\ndma = off\ncheckpoint = forget\n");
    cr_assert(config.verbose && !config.show_maps && config.dma_off);
    cr_assert_eq(config.checkpoint, CONFIG_CHECKPOINT_FORGET);
    cr_assert_eq(parse("verbose = maps\nverbose = no\n"), CONFIG_OK);
    cr_assert(!config.verbose && !config.show_maps, "nothing of the earlier line stays");
}

Test(config_parse, takes_as_many_lines_of_a_repeatable_key_as_fit_and_refuses_more)
{
    static const char *const lines[] = {"module = /m%x\n", "reserve = 0x%x-0x100 r\n",
                                        "badram = 0x%x-0x100\n"};
    static const char *const keys[] = {"module", "reserve", "badram"};
    static const unsigned limits[] = {16, 16, 64};
    char text[2000];

    for (size_t key = 0; key < 3; key++) {
        size_t length = 0;
        for (unsigned i = 0; i < limits[key]; i++)
            length += (size_t)sprintf(text + length, lines[key], i);
        accepts(text);
        sprintf(text + length, lines[key], limits[key]);
        refuses(text, CONFIG_TOO_MANY, limits[key] + 1, keys[key]);
    }
    accepts("badram = 0xf-0x10\nbadram = 0x1-0x2");
    cr_assert_eq(config.bad_range_count, 2);
    cr_assert_eq(config.bad_ranges[1].first, 1, "in the order of the file");
}

Test(config_parse, keeps_of_a_refused_file_only_how_the_error_is_shown)
{
    struct config before;

    config_defaults(&config);
    strcpy(config.kernel, "\\sentinel");
    config.module_count = 3;
    before = config;
    const char *text = "kernel = /other\nmodule = /m\ntimeout = 2\nserial = off\n"
                       "cmdline = a\nverbose = no\nverbose = maybe\nbadram = 0x1-0x2\n";
    cr_assert_eq(parse_bytes(text, strlen(text)), CONFIG_BAD_CHOICE);
    expect_fault(0, CONFIG_BAD_CHOICE, 7, "verbose");
    before.timeout_s = 2;
    before.serial = CONFIG_SERIAL_OFF;
    before.verbose = false; /* from the line before, which has no fault */
    cr_assert_eq(memcmp(&config, &before, sizeof config), 0);
}

Test(config_parse, returns_the_first_error_and_counts_every_fault)
{
    cr_assert_eq(parse("a = 1\ntimeout = x\nserial = y\nb = 2\n"), CONFIG_BAD_NUMBER);
    cr_assert_eq(fault_count, 4);
    expect_fault(0, CONFIG_UNKNOWN_KEY, 1, "a");
    expect_fault(1, CONFIG_BAD_NUMBER, 2, "timeout");
    expect_fault(2, CONFIG_BAD_CHOICE, 3, "serial");
    expect_fault(3, CONFIG_UNKNOWN_KEY, 4, "b");
}

Test(config_parse, never_loses_the_first_error_behind_warnings)
{
    static const char text[] = "a=1\nb=1\nc=1\ntimeout=x\nserial=x\n";
    struct config_fault some[5];

    config_defaults(&config);
    for (size_t capacity = 1; capacity <= 4; capacity++) {
        memset(some, 0x5a, sizeof some);
        cr_assert_eq(config_parse(&config, text, strlen(text), some, capacity, &fault_count),
                     CONFIG_BAD_NUMBER);
        cr_assert_eq(fault_count, 5);
        cr_assert_eq(some[capacity - 1].line, 4);
        cr_assert_str_eq(some[capacity - 1].key, "timeout");
        cr_assert(capacity == 1 || some[0].line == 1);
        cr_assert_eq(((unsigned char *)&some[capacity])[0], 0x5a, "nothing behind the array");
    }
    cr_assert_eq(config_parse(&config, text, strlen(text), NULL, 0, &fault_count),
                 CONFIG_BAD_NUMBER);
    cr_assert_eq(fault_count, 5);
}

Test(config_parse, cuts_the_key_in_a_fault_between_whole_escapes)
{
    cr_assert_eq(parse("0123456789abcdefghijklmnopqrstuvwxyz = 1\n"
                       "0123456789abcdefghijklmnopq\xc3\xa9 = 1\n"
                       "0123456789abcdefghijklmnopqr\xc3\xa9 = 1\n"
                       "a\\b = 1\n"),
                 CONFIG_OK);
    expect_fault(0, CONFIG_UNKNOWN_KEY, 1, "0123456789abcdefghijklmnopqrstu");
    expect_fault(1, CONFIG_UNKNOWN_KEY, 2, "0123456789abcdefghijklmnopq\\xc3");
    expect_fault(2, CONFIG_UNKNOWN_KEY, 3, "0123456789abcdefghijklmnopqr");
    expect_fault(3, CONFIG_UNKNOWN_KEY, 4, "a\\x5cb");
}

Test(config_status_id, is_stable_and_tells_errors_from_warnings)
{
    static const char *const ids[] = {
        [0] = "CONF-00",    [1] = "E-CONF-01",  [2] = "E-CONF-02",  [3] = "E-CONF-03",
        [4] = "E-CONF-04",  [5] = "E-CONF-05",  [6] = "E-CONF-06",  [7] = "E-CONF-07",
        [8] = "E-CONF-08",  [9] = "E-CONF-09",  [10] = "E-CONF-10", [11] = "E-CONF-11",
        [12] = "E-CONF-12", [13] = "E-CONF-13", [14] = "E-CONF-14", [50] = "W-CONF-50",
        [51] = "W-CONF-51", [52] = "W-CONF-52",
    };

    for (unsigned i = 0; i < 300; i++) {
        const char *id = i <= 52 && ids[i] != NULL ? ids[i] : "E-CONF-99";
        cr_assert_str_eq(config_status_id((enum config_status)i), id);
        cr_assert_gt(strlen(config_status_text((enum config_status)i)), 5);
        cr_assert_lt(strlen(config_status_text((enum config_status)i)), 58);
        if (i <= 52 && ids[i] != NULL)
            cr_assert_eq(config_status_is_error((enum config_status)i), id[0] == 'E');
    }
    cr_assert_eq(CONFIG_FILE_TOO_LARGE, 1);
    cr_assert_eq(CONFIG_NO_ROOM, 14);
    cr_assert_eq(CONFIG_NOT_KEY_VALUE, 52);
}
