/* SPDX-License-Identifier: MIT */
/*
 * groma.conf from generators: what a random file says is what is read; truncated,
 * spoilt and random files never crash, and every result keeps the promises of config.h.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "model/random.h"

#define SEED UINT64_C(0x6772c0f1)

static uint64_t dice;

static void start_random(const char *test)
{
    dice = SEED;
    cr_log_info("%s: seed 0x%" PRIx64, test, SEED);
}

static const char sample[] = "\xef\xbb\xbf# Groma\r\n"
                             "kernel = /boot/k\xc3\xa9rnel.elf\r\n"
                             "cmdline = root=/dev/sda1 \xe2\x82\xac \xf0\x9f\x98\x80 # kept\n"
                             "\n"
                             "module = /initrd.img compress=none\n"
                             "module = \\fonts\\a.bin\n"
                             "timeout = 5\n"
                             "serial = off\n"
                             "verbose = no\n"
                             "capture = yes\n"
                             "drift = yes\n"
                             "watch = yes\n"
                             "reserve = 0x1000-0x2000 BIOS scratch\n"
                             "badram = 0xfffff000-0x100000000\n"
                             "badram = 0x1000,0xfffff000,0x40000000,0xfeffc000\n"
                             "checkpoint = yes\n"
                             "dma = off\n"
                             "unknown = 1\n"
                             "timeout = 6";

/* ---- promises ---- */

static void check_string(const char *string, size_t capacity)
{
    size_t length = strnlen(string, capacity);

    cr_assert_lt(length, capacity);
    for (size_t i = length; i < capacity; i++)
        cr_assert_eq(string[i], '\0', "unused bytes are 0");
    for (size_t i = 0; i < length; i++)
        cr_assert((unsigned char)string[i] >= ' ' || string[i] == '\t');
}

static void check_path(const char *path)
{
    uint16_t units[CONFIG_PATH_CAPACITY_UNITS];
    size_t count;

    check_string(path, CONFIG_MAX_PATH_BYTES + 1);
    cr_assert_eq(path[0], '\\');
    cr_assert_null(strpbrk(path, "/:\t"));
    cr_assert_null(strstr(path, "\\\\"));
    cr_assert_null(strstr(path, ".\\"));
    cr_assert_neq(path[strlen(path) - 1], '.');
    cr_assert_neq(path[strlen(path) - 1], '\\');
    cr_assert_eq(config_path_to_ucs2(path, units, CONFIG_PATH_CAPACITY_UNITS, &count), CONFIG_OK);
}

static void check_config(const struct config *config)
{
    check_path(config->kernel);
    check_string(config->cmdline, sizeof config->cmdline);
    cr_assert_leq(config->module_count, 16);
    cr_assert_leq(config->reservation_count, 16);
    cr_assert_leq(config->bad_range_count, 64);
    for (size_t i = 0; i < config->module_count; i++) {
        check_path(config->modules[i].path);
        check_string(config->modules[i].cmdline, sizeof config->modules[i].cmdline);
    }
    for (size_t i = 0; i < config->reservation_count; i++) {
        cr_assert_lt(config->reservations[i].range.first, config->reservations[i].range.end);
        check_string(config->reservations[i].reason, sizeof config->reservations[i].reason);
    }
    for (size_t i = 0; i < config->bad_range_count; i++)
        cr_assert_lt(config->bad_ranges[i].first, config->bad_ranges[i].end);
    cr_assert_leq(config->timeout_s, 3600);
    cr_assert_leq((unsigned)config->serial, (unsigned)CONFIG_SERIAL_OFF);
}

static void check_faults(const struct config_fault *faults, size_t count, enum config_status status)
{
    enum config_status first_error = CONFIG_OK;

    for (size_t i = 0; i < count; i++) {
        cr_assert_str_neq(config_status_id(faults[i].status), "E-CONF-99");
        cr_assert_neq(faults[i].status, CONFIG_OK);
        cr_assert(i == 0 || faults[i].line > faults[i - 1].line, "one a line, in order");
        cr_assert_lt(strnlen(faults[i].key, sizeof faults[i].key), sizeof faults[i].key);
        for (const char *at = faults[i].key; *at != '\0'; at++)
            cr_assert(*at > ' ' && *at < 0x7f);
        if (first_error == CONFIG_OK && config_status_is_error(faults[i].status))
            first_error = faults[i].status;
    }
    cr_assert_eq(status, first_error);
}

/* Parses an exact-size heap copy and checks every promise that holds for any input. */
static enum config_status survive(const char *bytes, size_t size)
{
    static struct config config, refused, defaults;
    static struct config_fault faults[4096];
    char *copy = malloc(size == 0 ? 1 : size);
    size_t count;

    memcpy(copy, bytes, size);
    config_defaults(&defaults);
    config = defaults;
    enum config_status status = config_parse(&config, copy, size, faults, 4096, &count);
    cr_assert_lt(count, 4096);
    check_faults(faults, count, status);
    check_config(&config);
    if (status != CONFIG_OK) {
        refused = defaults;
        refused.timeout_s = config.timeout_s;
        refused.serial = config.serial;
        refused.verbose = config.verbose;
        cr_assert_eq(memcmp(&config, &refused, sizeof config), 0);
    }
    free(copy);
    return status;
}

Test(config_parse, survives_every_truncation)
{
    cr_assert_eq(survive(sample, sizeof sample - 1), CONFIG_OK);
    for (size_t size = 0; size < sizeof sample; size++)
        (void)survive(sample, size);
}

Test(config_parse, survives_every_change_of_one_byte)
{
    char bytes[sizeof sample];

    memcpy(bytes, sample, sizeof sample);
    for (size_t at = 0; at < sizeof sample - 1; at++) {
        for (unsigned value = 0; value < 256; value++) {
            bytes[at] = (char)value;
            (void)survive(bytes, sizeof sample - 1);
        }
        bytes[at] = sample[at];
    }
}

Test(config_parse, survives_20000_rounds_of_noise)
{
    static const char *const words[] = {
        "kernel", "cmdline", "module", "timeout", "serial", "verbose", "reserve", "badram",
        "capture", "drift", "watch", "checkpoint", "dma", ",", ",0xfefff000", "maps", "forget", "off", "=",
        " = ", "\n", "\r\n", " ", "\t", "#", "/", "\\", "..", ".", ":", "0x", "-", "1", "f",
        "0x1000-0x2000", "auto", "on", "yes", "no", "/a/b", "\xc3\xa9", "\xf0\x9f\x98\x80", "\xff",
        "\xef\xbb\xbf", "18446744073709551616", "0xffffffffffffffff", "\r", "x",
    };
    static char bytes[4096];
    size_t refused = 0;

    start_random("noise");
    for (int round = 0; round < 20000; round++) {
        size_t size = 0;
        size_t target = random_below(&dice, round % 100 == 0 ? 3000 : 200);
        while (size < target) {
            const char *word = words[random_below(&dice, sizeof words / sizeof words[0])];
            if (round % 4 == 0) {
                bytes[size++] = (char)random_next(&dice);
                continue;
            }
            memcpy(bytes + size, word, strlen(word));
            size += strlen(word);
        }
        refused += survive(bytes, size) != CONFIG_OK;
    }
    cr_assert(refused > 1000 && refused < 19000, "%zu refused: both outcomes were met", refused);
}

/* ---- files whose meaning is known, because it was chosen first ---- */

struct writer {
    char bytes[CONFIG_MAX_FILE_BYTES];
    size_t size;
};

static void put(struct writer *writer, const char *text)
{
    writer->size += (size_t)sprintf(writer->bytes + writer->size, "%s", text);
}

/* `key = value` between random blanks, line ends and comments. */
static void put_line(struct writer *writer, const char *key, const char *value)
{
    static const char *const blanks[] = {"", " ", "\t", " \t  "};
    static const char *const ends[] = {"\n", "\r\n", " \n", "\t\r\n", "\n\n", "\n# c = d\n"};

    put(writer, blanks[random_below(&dice, 4)]);
    put(writer, key);
    put(writer, blanks[random_below(&dice, 4)]);
    put(writer, "=");
    put(writer, blanks[random_below(&dice, 4)]);
    put(writer, value);
    put(writer, ends[random_below(&dice, 6)]);
}

/* A random text of 1..max bytes that no trimming changes. */
static void random_text(char *to, size_t max)
{
    static const char letters[] = "abcXYZ019=#\"'$/\\:.-";
    size_t length = 1 + random_below(&dice, random_below(&dice, 8) == 0 ? max : max / 8);

    for (size_t i = 0; i < length; i++)
        to[i] = letters[random_below(&dice, sizeof letters - 1)];
    to[length] = '\0';
}

/* A random path: `shown` as a file may spell it, `normal` with backslashes. */
static void random_path(char *shown, char *normal)
{
    size_t length = 0;

    for (size_t component = 0; component <= random_below(&dice, 4); component++) {
        bool slash = random_below(&dice, 2) == 0;
        normal[length] = '\\';
        shown[length++] = slash ? '/' : '\\';
        for (size_t letters = 1 + random_below(&dice, 50); letters > 0; letters--) {
            normal[length] = (char)('a' + random_below(&dice, 26));
            shown[length] = normal[length];
            length++;
        }
    }
    shown[length] = normal[length] = '\0';
}

static struct config_range random_range(char *to)
{
    struct config_range range;

    do {
        range.first = random_next(&dice) >> random_below(&dice, 64);
        range.end = random_next(&dice) >> random_below(&dice, 64);
    } while (range.first >= range.end);
    sprintf(to, random_below(&dice, 2) == 0 ? "0x%" PRIx64 "-0x%" PRIx64 : "0x%016" PRIX64 "-0x%" PRIX64,
            range.first, range.end);
    return range;
}

static void put_module(struct writer *writer, struct config *expected)
{
    struct config_module *module = &expected->modules[expected->module_count++];
    char line[600];

    random_path(line, module->path);
    if (random_below(&dice, 2) == 0) {
        random_text(module->cmdline, CONFIG_MAX_MODULE_CMDLINE_BYTES);
        strcat(line, random_below(&dice, 2) == 0 ? " " : "\t ");
        strcat(line, module->cmdline);
    }
    put_line(writer, "module", line);
}

static void put_range(struct writer *writer, struct config *expected)
{
    char line[200];

    if (random_below(&dice, 2) == 0) {
        expected->bad_ranges[expected->bad_range_count++] = random_range(line);
        put_line(writer, "badram", line);
        return;
    }
    struct config_reservation *entry = &expected->reservations[expected->reservation_count++];
    entry->range = random_range(line);
    if (random_below(&dice, 2) == 0) {
        random_text(entry->reason, CONFIG_MAX_REASON_BYTES);
        strcat(strcat(line, " "), entry->reason);
    }
    put_line(writer, "reserve", line);
}

static void put_singles(struct writer *writer, struct config *expected)
{
    static const char *const serials[] = {"auto", "on", "off"};
    static const char *const drifts[] = {"no", "yes", "forget"};
    char line[CONFIG_MAX_PATH_BYTES + 1];

    random_path(line, memset(expected->kernel, 0, sizeof expected->kernel));
    put_line(writer, "kernel", line);
    random_text(expected->cmdline, CONFIG_MAX_CMDLINE_BYTES);
    put_line(writer, "cmdline", expected->cmdline);
    expected->timeout_s = (uint32_t)random_below(&dice, 3601);
    sprintf(line, "%u", expected->timeout_s);
    put_line(writer, "timeout", line);
    expected->serial = (enum config_serial)random_below(&dice, 3);
    put_line(writer, "serial", serials[expected->serial]);
    expected->verbose = random_below(&dice, 2) == 0;
    expected->show_maps = expected->verbose && random_below(&dice, 2) == 0;
    put_line(writer, "verbose", expected->show_maps ? "maps" : expected->verbose ? "yes" : "no");
    expected->capture = random_below(&dice, 2) == 0;
    put_line(writer, "capture", expected->capture ? "yes" : "no");
    expected->drift = (enum config_drift)random_below(&dice, 3);
    put_line(writer, "drift", drifts[expected->drift]);
    expected->checkpoint = (enum config_checkpoint)random_below(&dice, 3);
    put_line(writer, "checkpoint", drifts[expected->checkpoint]);
    expected->dma_off = random_below(&dice, 2) == 0;
    put_line(writer, "dma", expected->dma_off ? "off" : "on");
    expected->watch = random_below(&dice, 2) == 0;
    put_line(writer, "watch", expected->watch ? "yes" : "no");
}

Test(config_parse, reads_what_a_random_valid_file_says)
{
    static struct config config, expected;
    static struct writer writer;
    struct config_fault fault;
    size_t count;

    start_random("valid files");
    for (int round = 0; round < 2000; round++) {
        writer.size = 0;
        memset(&expected, 0, sizeof expected);
        bool singles_first = random_below(&dice, 2) == 0;
        if (singles_first)
            put_singles(&writer, &expected);
        for (size_t i = random_below(&dice, 17); i > 0; i--)
            put_module(&writer, &expected);
        for (size_t i = random_below(&dice, 17); i > 0; i--)
            put_range(&writer, &expected);
        if (!singles_first)
            put_singles(&writer, &expected);
        config_defaults(&config);
        enum config_status status =
            config_parse(&config, writer.bytes, writer.size, &fault, 1, &count);
        cr_assert_eq(status, CONFIG_OK, "round %d", round);
        cr_assert_eq(count, 0, "round %d: %s", round, config_status_id(fault.status));
        cr_assert_eq(memcmp(&config, &expected, sizeof config), 0, "round %d", round);
    }
}
