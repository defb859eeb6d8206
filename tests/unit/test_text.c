/* SPDX-License-Identifier: MIT */
/* The formatter against literals and, for numbers, against the C library. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "text/text.h"

static char buffer[256];

#define FORMATS_TO(expected, ...)                                             \
    do {                                                                      \
        struct text text;                                                     \
        text_init(&text, buffer, sizeof buffer);                              \
        text_format(&text, __VA_ARGS__);                                      \
        cr_assert_str_eq(buffer, expected);                                   \
        cr_assert_eq(text.length_bytes, strlen(expected));                    \
        cr_assert_not(text.truncated);                                        \
    } while (0)

Test(text_format, writes_each_conversion)
{
    static const char *volatile nothing; /* the compiler would refuse a plain NULL */

    FORMATS_TO("a%b", "a%%b");
    FORMATS_TO("x=0x0000000000001000", "x=0x%016lx", 0x1000ul);
    FORMATS_TO("[  42][42  ][0042][-042]", "[%4d][%-4d][%04d][%04d]", 42, 42, 42, -42);
    FORMATS_TO("[abc  ][  abc][ab]", "[%-5s][%5s][%.2s]", "abc", "abc", "abc");
    FORMATS_TO("[ab]", "[%.*s]", 2, "abc");
    FORMATS_TO("[    7]", "[%*u]", 5, 7u);
    FORMATS_TO("18446744073709551615", "%lu", UINT64_MAX);
    FORMATS_TO("-9223372036854775808", "%ld", INT64_MIN);
    FORMATS_TO("FF ff 0xff", "%X %x %#x", 255u, 255u, 255u);
    FORMATS_TO("7 9 (null)", "%hhd %llu %s", 7, 9ull, nothing);
    FORMATS_TO("0x1230 0x1", "%p %p", (void *)0x1230, (void *)1);
    FORMATS_TO("z 123", "%c %zu", 'z', (size_t)123);
}

Test(text_format, copies_an_unknown_conversion_as_it_stands)
{
    struct text text;
    char format[] = "a%qb%";

    text_init(&text, buffer, sizeof buffer);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    text_format(&text, format);
#pragma GCC diagnostic pop
    cr_assert_str_eq(buffer, "a%qb%");
}

Test(text_format, agrees_with_the_c_library_on_many_numbers)
{
    uint64_t value = 1;

    for (int i = 0; i < 2000; i++) {
        char expected[128];
        value = value * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint64_t shifted = value >> (i % 64);
        snprintf(expected, sizeof expected, "%" PRIu64 "|%20" PRIx64 "|%-22" PRId64 "|", shifted,
                 shifted, (int64_t)value);
        FORMATS_TO(expected, "%lu|%20lx|%-22ld|", shifted, shifted, (int64_t)value);
    }
}

Test(text_format, stops_at_the_buffer_and_says_so)
{
    struct text text;
    char small[5] = "....";

    text_init(&text, small, 4);
    text_format(&text, "%s", "abcdef");
    cr_assert_str_eq(small, "abc");
    cr_assert(text.truncated);
    cr_assert_eq(text.length_bytes, 3);
    cr_assert_eq(small[4], '\0');
}

static void size_reads(uint64_t pages, uint32_t bytes, const char *expected)
{
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_size(&text, pages, bytes);
    cr_assert_str_eq(buffer, expected);
}

Test(text_size, reads_as_people_say_it)
{
    size_reads(0, 0, "0 B");
    size_reads(1, 0, "4096 B");
    size_reads(160, 0, "640 KiB");
    size_reads(256, 0, "1 MiB");
    size_reads(2560, 0, "10 MiB");
    size_reads(131072, 0, "512 MiB");
    size_reads(UINT64_C(1) << 18, 0, "1 GiB");
    size_reads(UINT64_C(1) << 52, 0, "16 EiB");
}

Test(text_nth, finds_each_of_the_packed_strings)
{
    static const char packed[] = "zero\0\0two";

    cr_assert_str_eq(text_nth(packed, 0), "zero");
    cr_assert_str_eq(text_nth(packed, 1), "");
    cr_assert_str_eq(text_nth(packed, 2), "two");
}
