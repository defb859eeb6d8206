/* SPDX-License-Identifier: MIT */
/*
 * Firmware that lies: truncated, spoilt and random memory. Under the sanitizers no byte
 * outside the extents may be read, every walk must end, and what is yielded must lie
 * inside the extents.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "acpi/smbios.h"
#include "model/random.h"
#include "unit/test_acpi.h"

#define SEED UINT64_C(0xac910028)

static uint64_t dice;

/* Everything a program does with the tables, over an exact-size heap copy; how many it saw. */
static size_t survive(const uint8_t *bytes, size_t size, const struct acpi_rsdp *rsdp)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    struct acpi_extent extent;
    struct acpi_memory memory = memory_of(copy, size, &extent);
    struct acpi_pm_timer timer;
    struct acpi_table table;
    struct acpi_walk walk;
    struct acpi acpi;
    size_t count = 0;

    memcpy(copy, bytes, size);
    if (acpi_open(&acpi, &memory, rsdp) == ACPI_OK) {
        acpi_walk_begin(&walk, &acpi);
        while (acpi_next_table(&walk, &table) == ACPI_OK) {
            cr_assert_lt(count++, ACPI_MAX_ROOT_ENTRIES + 4);
            cr_assert_geq(table.length_bytes, 36);
            cr_assert_geq(table.address, BASE);
            cr_assert_leq(table.address + table.length_bytes, BASE + size);
            cr_assert_eq(strlen(table.signature), 4);
        }
        cr_assert_leq(walk.skipped_count, acpi.entry_count + 4);
        if (acpi_pm_timer(&acpi, &timer) == ACPI_OK) {
            cr_assert(timer.port > 0 && timer.port <= 0xfffc);
            cr_assert(timer.bits == 24 || timer.bits == 32);
        }
    }
    free(copy);
    return count;
}

static struct acpi_rsdp make_image(uint8_t image[IMAGE_BYTES])
{
    struct acpi_rsdp rsdp;

    put_image(image);
    cr_assert_eq(acpi_check_rsdp(image, 36, &rsdp), ACPI_OK);
    return rsdp;
}

Test(acpi_open, survives_every_truncation_of_memory)
{
    uint8_t image[IMAGE_BYTES];
    struct acpi_rsdp rsdp = make_image(image);

    cr_assert_eq(survive(image, IMAGE_BYTES, &rsdp), 5);
    for (size_t size = 0; size < IMAGE_BYTES; size++)
        cr_assert_leq(survive(image, size, &rsdp), 5);
}

/* With the checksums made good again, so that the change is believed. */
Test(acpi_open, survives_every_change_of_one_byte)
{
    uint8_t image[IMAGE_BYTES], clean[IMAGE_BYTES];
    struct acpi_rsdp rsdp = make_image(clean);

    for (size_t at = XSDT_AT; at < IMAGE_BYTES; at++) {
        for (unsigned value = 0; value < 256; value++) {
            memcpy(image, clean, sizeof image);
            image[at] = (uint8_t)value;
            (void)survive(image, sizeof image, &rsdp);
            seal(image + XSDT_AT, 68, 9);
            seal(image + FACP_AT, 276, 9);
            (void)survive(image, sizeof image, &rsdp);
        }
    }
}

/* 1..8 words of the image become random, mostly something that looks like a word of it. */
static void spoil(uint8_t image[IMAGE_BYTES])
{
    static const char *const signatures[] = {"FACP", "DSDT", "FACS", "XSDT", "RSDT", "APIC"};

    for (size_t i = 1 + random_below(&dice, 8); i > 0; i--) {
        uint8_t *at = image + XSDT_AT + random_below(&dice, IMAGE_BYTES - XSDT_AT - 4);
        switch (random_below(&dice, 5)) {
        case 0:
            set32(at, (uint32_t)(BASE + random_below(&dice, IMAGE_BYTES + 8)));
            break;
        case 1:
            memcpy(at, signatures[random_below(&dice, 6)], 4);
            break;
        case 2:
            set32(at, (uint32_t)random_below(&dice, IMAGE_BYTES));
            break;
        case 3:
            set32(at, (uint32_t)random_next(&dice) >> random_below(&dice, 32));
            break;
        default:
            *at = (uint8_t)random_next(&dice);
            break;
        }
    }
}

Test(acpi_open, survives_20000_rounds_of_noise)
{
    uint8_t image[IMAGE_BYTES];
    size_t opened = 0;

    dice = SEED;
    cr_log_info("noise: seed 0x%" PRIx64, SEED);
    for (int round = 0; round < 20000; round++) {
        struct acpi_rsdp rsdp = make_image(image);
        spoil(image);
        uint32_t length = image[XSDT_AT + 4] + 256u * image[XSDT_AT + 5];
        if (length >= 36 && length <= IMAGE_BYTES - XSDT_AT)
            seal_table(image + XSDT_AT);
        if (random_below(&dice, 2) == 0)
            rsdp.xsdt_address = BASE + random_below(&dice, IMAGE_BYTES);
        opened += survive(image, IMAGE_BYTES - random_below(&dice, 2) * random_below(&dice, 200), &rsdp) > 0;
    }
    cr_assert_gt(opened, 10000, "%zu rounds had tables to walk", opened);
}

Test(acpi_check_rsdp, survives_20000_rounds_of_noise)
{
    uint8_t bytes[64];

    dice = SEED;
    cr_log_info("noise: seed 0x%" PRIx64, SEED);
    for (int round = 0; round < 20000; round++) {
        size_t size = random_below(&dice, sizeof bytes + 1);
        uint8_t *copy = malloc(size == 0 ? 1 : size);
        struct smbios_entry entry;
        struct acpi_rsdp rsdp;

        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)random_next(&dice);
        static const char anchors[3][9] = {"RSD PTR ", "_SM_", "_SM3_"};
        const char *anchor = anchors[round % 3];
        memcpy(bytes, anchor, strlen(anchor));
        if (round % 3 == 0)
            seal(bytes, 20, 8);
        set32(bytes + 20, (uint32_t)random_below(&dice, 70));
        memcpy(copy, bytes, size);
        if (acpi_check_rsdp(copy, size, &rsdp) == ACPI_OK)
            cr_assert_leq(rsdp.size_bytes, size);
        if (smbios_check_entry(copy, size, &entry) == SMBIOS_OK)
            cr_assert_leq(entry.entry_bytes, size);
        free(copy);
    }
}
