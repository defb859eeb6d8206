/* SPDX-License-Identifier: MIT */
/* Paths of groma.conf: which are refused, and UCS-2 for the firmware. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/utf8.h"

static struct config config;

/* Of `kernel = PATH` and of `module = PATH`; config stays as it was where refused. */
static enum config_status check_path(const char *path)
{
    char text[1200];
    struct config_fault fault;
    struct config before;
    size_t count;

    config_defaults(&config);
    snprintf(text, sizeof text, "kernel = %s\n", path);
    before = config;
    enum config_status status = config_parse(&config, text, strlen(text), &fault, 1, &count);
    if (status != CONFIG_OK)
        cr_assert_eq(memcmp(&config, &before, sizeof config), 0);
    if (strpbrk(path, " \t") != NULL)
        return status;
    snprintf(text, sizeof text, "module = %s with options\n", path);
    struct config second;
    config_defaults(&second);
    cr_assert_eq(config_parse(&second, text, strlen(text), &fault, 1, &count), status, "%s", path);
    if (status == CONFIG_OK)
        cr_assert_str_eq(second.modules[0].path, config.kernel);
    return status;
}

static void normalises(const char *path, const char *expected)
{
    cr_assert_eq(check_path(path), CONFIG_OK, "%s", path);
    cr_assert_str_eq(config.kernel, expected);
}

Test(config_path_check, has_one_normal_form_for_both_separators)
{
    normalises("/kernel.elf", "\\kernel.elf");
    normalises("\\kernel.elf", "\\kernel.elf");
    normalises("/EFI\\groma/k", "\\EFI\\groma\\k");
    normalises("/.hidden/..x/a.b..c/...d", "\\.hidden\\..x\\a.b..c\\...d");
    normalises("/with blank/in it", "\\with blank\\in it");
    normalises("/k\xc3\xa9rnel/\xf0\x9f\x98\x80", "\\k\xc3\xa9rnel\\\xf0\x9f\x98\x80");
}

Test(config_path_check, case_104_an_escape_is_refused)
{
    static const char *const paths[] = {
        "/..",     "/.",        "/../kernel.elf", "/a/../b", "/a/./b",   "\\..\\b", "/a/..\\b",
        "/a/..",   "/a/.",      "//a",            "/a//b",   "/a/",      "/",       "\\",
        "/\\",     "/a\\/b",    "/...",           "/a/....", "/. ./b",   "/.. /b",  "/ ../b",
        "/ a",     "/a /b",     "/a./b",          "/a.",     "/b/ /c",   "/ /",     "/a. ./b",
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        cr_assert_eq(check_path(paths[i]), CONFIG_PATH_COMPONENT, "%s", paths[i]);
}

Test(config_path_check, case_104_a_device_prefix_is_refused)
{
    cr_assert_eq(check_path("fs0:\\kernel.elf"), CONFIG_PATH_NOT_ABSOLUTE);
    cr_assert_eq(check_path("/fs0:/kernel.elf"), CONFIG_PATH_DEVICE);
    cr_assert_eq(check_path("\\kernel.elf:stream"), CONFIG_PATH_DEVICE);
    cr_assert_eq(check_path("/:"), CONFIG_PATH_DEVICE);
    cr_assert_eq(check_path("/../a:b"), CONFIG_PATH_DEVICE);
}

Test(config_path_check, case_104_a_path_that_is_not_absolute_is_refused)
{
    cr_assert_eq(check_path(""), CONFIG_PATH_NOT_ABSOLUTE);
    cr_assert_eq(check_path("kernel.elf"), CONFIG_PATH_NOT_ABSOLUTE);
    cr_assert_eq(check_path("../kernel.elf"), CONFIG_PATH_NOT_ABSOLUTE);
    cr_assert_eq(check_path("\"/kernel.elf\""), CONFIG_PATH_NOT_ABSOLUTE);
}

Test(config_path_check, case_104_a_control_character_is_refused)
{
    cr_assert_eq(check_path("/a\tb"), CONFIG_CONTROL_BYTE);
    cr_assert_eq(check_path("/a\x01"), CONFIG_CONTROL_BYTE);
    cr_assert_eq(check_path("/a\x7f"), CONFIG_CONTROL_BYTE);
    cr_assert_eq(check_path("/a\xc2\x85"), CONFIG_CONTROL_BYTE);
}

Test(config_path_check, may_be_255_bytes_long)
{
    char path[258] = "/";

    memset(path + 1, 'k', 254);
    cr_assert_eq(check_path(path), CONFIG_OK);
    cr_assert_eq(strlen(config.kernel), 255);
    path[255] = 'k';
    cr_assert_eq(check_path(path), CONFIG_VALUE_TOO_LONG);
    memcpy(path + 252, "/../", 5);
    cr_assert_eq(check_path(path), CONFIG_VALUE_TOO_LONG);
}

/* ---- UCS-2 ---- */

static uint16_t units[CONFIG_PATH_CAPACITY_UNITS];

static void converts(const char *path, const uint16_t *expected, size_t expected_count)
{
    size_t count;

    memset(units, 0xaf, sizeof units);
    cr_assert_eq(config_path_to_ucs2(path, units, CONFIG_PATH_CAPACITY_UNITS, &count), CONFIG_OK);
    cr_assert_eq(count, expected_count);
    cr_assert_eq(memcmp(units, expected, expected_count * 2), 0);
    cr_assert_eq(units[count], 0);
    cr_assert_eq(units[count + 1], 0xafaf, "nothing behind the end");
}

#define CONVERTS(path, ...)                                                   \
    do {                                                                      \
        static const uint16_t expected[] = {__VA_ARGS__};                     \
        converts(path, expected, sizeof expected / sizeof expected[0]);       \
    } while (0)

Test(config_path_to_ucs2, converts_each_length_of_sequence)
{
    CONVERTS("\\k/e", '\\', 'k', '\\', 'e');
    CONVERTS("/\xc3\xa9\xdf\xbf", '\\', 0xe9, 0x7ff);
    CONVERTS("/\xe0\xa0\x80\xe2\x82\xac\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf", '\\', 0x800, 0x20ac,
             0xd7ff, 0xe000, 0xffff);
    CONVERTS("/\xf0\x90\x80\x80", '\\', 0xd800, 0xdc00);
    CONVERTS("/\xf0\x9f\x98\x80" "x", '\\', 0xd83d, 0xde00, 'x');
    CONVERTS("/\xf4\x8f\xbf\xbf", '\\', 0xdbff, 0xdfff);
}

Test(config_path_to_ucs2, needs_room_for_the_final_zero)
{
    uint16_t *exact = malloc(3 * sizeof *exact);
    size_t count = 77;

    memset(exact, 0xaf, 6);
    cr_assert_eq(config_path_to_ucs2("/ab", exact, 3, &count), CONFIG_NO_ROOM);
    cr_assert_eq(config_path_to_ucs2("/\xf0\x9f\x98\x80", exact, 3, &count), CONFIG_NO_ROOM);
    cr_assert_eq(config_path_to_ucs2("", NULL, 0, &count), CONFIG_NO_ROOM);
    cr_assert_eq(count, 77, "untouched");
    cr_assert_eq(exact[0], 0xafaf, "untouched");
    cr_assert_eq(config_path_to_ucs2("/a", exact, 3, &count), CONFIG_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(exact[2], 0);
    free(exact);
}

Test(config_path_to_ucs2, refuses_what_is_not_utf_8_and_touches_nothing)
{
    static const char *const bad[] = {"/\x80", "/\xc0\xaf", "/\xc1\xbf", "/\xe0\x9f\xbf",
                                      "/\xed\xa0\x80", "/\xed\xbf\xbf", "/\xf0\x8f\xbf\xbf",
                                      "/\xf4\x90\x80\x80", "/\xf5\x80\x80\x80", "/\xff", "/\xc3",
                                      "/\xe2\x82", "/\xf0\x9f\x98", "/\xc3/", "/\xe2\x82x"};
    size_t count = 77;

    memset(units, 0xaf, sizeof units);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        enum config_status status =
            config_path_to_ucs2(bad[i], units, CONFIG_PATH_CAPACITY_UNITS, &count);
        cr_assert_eq(status, CONFIG_BAD_UTF8, "row %zu", i);
        cr_assert_eq(units[0], 0xafaf);
        cr_assert_eq(count, 77);
    }
}

/* The decoder, against an encoder written from the table in the standard. */
static size_t encode(uint32_t point, char to[4])
{
    if (point < 0x80) {
        to[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        to[0] = (char)(0xc0 | point >> 6);
        to[1] = (char)(0x80 | (point & 63));
        return 2;
    }
    if (point < 0x10000) {
        to[0] = (char)(0xe0 | point >> 12);
        to[1] = (char)(0x80 | (point >> 6 & 63));
        to[2] = (char)(0x80 | (point & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | point >> 18);
    to[1] = (char)(0x80 | (point >> 12 & 63));
    to[2] = (char)(0x80 | (point >> 6 & 63));
    to[3] = (char)(0x80 | (point & 63));
    return 4;
}

Test(config_utf8_decode, reads_back_every_code_point_and_none_that_is_cut)
{
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        char bytes[4];
        uint32_t decoded = 0xdead;
        size_t count = encode(point, bytes);
        bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
        cr_assert_eq(config_utf8_decode(bytes, count, &decoded), is_surrogate ? 0 : count);
        cr_assert_eq(decoded, is_surrogate ? 0xdead : point);
        decoded = 0xdead;
        cr_assert_eq(config_utf8_decode(bytes, count - 1, &decoded), 0);
        cr_assert_eq(decoded, 0xdead);
    }
}

/*
 * Every code point decodes (above) and sequences are distinct, so that exactly as many
 * sequences of n bytes may decode as there are code points of n bytes, and no more. Of
 * the last of four bytes only the bounds are tried: 2 of 64 that continue a sequence.
 */
Test(config_utf8_decode, accepts_no_other_sequence)
{
    static const uint8_t last[] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    size_t counts[5] = {0};
    uint32_t point;
    char bytes[4];

    for (uint32_t word = 0; word < 0x1000000; word++) {
        bytes[0] = (char)(word >> 16);
        bytes[1] = (char)(word >> 8);
        bytes[2] = (char)word;
        if (config_utf8_decode(bytes, 3, &point) == 3)
            counts[3]++;
        if ((word & 0xff) == 0 && config_utf8_decode(bytes, 2, &point) == 2)
            counts[2]++;
        if ((word & 0xffff) == 0 && config_utf8_decode(bytes, 1, &point) == 1)
            counts[1]++;
        for (size_t i = 0; i < sizeof last && word >= 0xf00000; i++) {
            bytes[3] = (char)last[i];
            if (config_utf8_decode(bytes, 4, &point) == 4)
                counts[4]++;
        }
    }
    cr_assert_eq(counts[1], 0x80);
    cr_assert_eq(counts[2], 0x800 - 0x80);
    cr_assert_eq(counts[3], 0x10000 - 0x800 - 0x800);
    cr_assert_eq(counts[4], 0x100000 / 64 * 2);
}
