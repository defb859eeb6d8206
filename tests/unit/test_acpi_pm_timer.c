/* SPDX-License-Identifier: MIT */
/* The PM timer's port and width, by what a FADT says. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test_acpi.h"

static uint8_t image[IMAGE_BYTES];

/* The port of the image's FADT as it now stands, 0 where there is none; seals the FADT. */
static uint16_t port_of_image(uint8_t *ret_bits)
{
    struct acpi_extent extent;
    struct acpi_memory memory = memory_of(image, IMAGE_BYTES, &extent);
    struct acpi_rsdp rsdp;
    struct acpi acpi;
    struct acpi_pm_timer timer = {0x5a5a, 0x5a};

    seal_table(image + FACP_AT);
    cr_assert_eq(acpi_check_rsdp(image, 36, &rsdp), ACPI_OK);
    cr_assert_eq(acpi_open(&acpi, &memory, &rsdp), ACPI_OK);
    enum acpi_status status = acpi_pm_timer(&acpi, &timer);
    if (status != ACPI_OK) {
        cr_assert_eq(status, ACPI_NONE);
        cr_assert(timer.port == 0x5a5a && timer.bits == 0x5a, "untouched");
        return 0;
    }
    *ret_bits = timer.bits;
    return timer.port;
}

static uint8_t *make_fadt(void)
{
    put_image(image);
    return image + FACP_AT;
}

Test(acpi_pm_timer, prefers_the_extended_block)
{
    uint8_t bits;

    make_fadt();
    cr_assert_eq(port_of_image(&bits), 0x408);
    cr_assert_eq(bits, 32);
}

Test(acpi_pm_timer, has_24_bits_unless_the_flag_says_32)
{
    uint8_t bits;
    uint8_t *fadt = make_fadt();

    set32(fadt + 112, ~(1u << 8 | 1u << 20));
    cr_assert_eq(port_of_image(&bits), 0x408);
    cr_assert_eq(bits, 24);
}

Test(acpi_pm_timer, takes_the_old_block_where_the_extended_one_cannot_be_used)
{
    uint8_t bits;
    uint8_t *fadt = make_fadt();

    set64(fadt + 212, 0);
    cr_assert_eq(port_of_image(&bits), 0x608, "address 0");
    fadt = make_fadt();
    fadt[208] = 0;
    cr_assert_eq(port_of_image(&bits), 0x608, "in memory");
    fadt = make_fadt();
    fadt[210] = 8;
    cr_assert_eq(port_of_image(&bits), 0x608, "begins inside a byte");
    fadt = make_fadt();
    set64(fadt + 212, 0xfffd);
    cr_assert_eq(port_of_image(&bits), 0x608, "ends beyond the ports");
    set64(fadt + 212, UINT64_C(0x100000408));
    cr_assert_eq(port_of_image(&bits), 0x608, "no port");
    set64(fadt + 212, 0xfffc);
    cr_assert_eq(port_of_image(&bits), 0xfffc);
}

Test(acpi_pm_timer, reads_the_extended_block_only_where_the_fadt_has_it)
{
    uint8_t bits;

    for (uint32_t length = 36; length <= 276; length++) {
        uint8_t *fadt = make_fadt();
        uint16_t expected = length >= 220 ? 0x408 : length >= 116 ? 0x608 : 0;
        set32(fadt + 4, length);
        cr_assert_eq(port_of_image(&bits), expected, "length %u", length);
    }
}

Test(acpi_pm_timer, is_none_where_the_fadt_says_so)
{
    uint8_t bits;
    uint8_t *fadt = make_fadt();

    fadt[91] = 0;
    cr_assert_eq(port_of_image(&bits), 0, "PM_TMR_LEN 0");
    fadt[91] = 3;
    cr_assert_eq(port_of_image(&bits), 0, "PM_TMR_LEN 3");
    fadt = make_fadt();
    set32(fadt + 112, 1u << 20 | 1u << 8);
    cr_assert_eq(port_of_image(&bits), 0, "hardware-reduced");
    fadt = make_fadt();
    set64(fadt + 212, 0);
    set32(fadt + 76, 0);
    cr_assert_eq(port_of_image(&bits), 0, "both 0");
    set32(fadt + 76, 0xfffd);
    cr_assert_eq(port_of_image(&bits), 0, "old block beyond the ports");
    set32(fadt + 76, 0x10608);
    cr_assert_eq(port_of_image(&bits), 0, "old block no port");
    memcpy(make_fadt(), "ECDT", 4);
    cr_assert_eq(port_of_image(&bits), 0, "no FADT");
}

Test(acpi_pm_timer, trusts_no_fadt_with_a_bad_checksum)
{
    struct acpi_extent extent;
    struct acpi_memory memory = memory_of(image, IMAGE_BYTES, &extent);
    struct acpi_rsdp rsdp = {.revision = 2, .xsdt_address = BASE + XSDT_AT};
    struct acpi_pm_timer timer = {0x5a5a, 0x5a};
    struct acpi acpi;

    make_fadt()[100] ^= 1;
    cr_assert_eq(acpi_open(&acpi, &memory, &rsdp), ACPI_OK);
    cr_assert_eq(acpi_pm_timer(&acpi, &timer), ACPI_BAD_CHECKSUM);
    cr_assert_eq(timer.port, 0x5a5a);
}
