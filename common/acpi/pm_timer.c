/* SPDX-License-Identifier: MIT */
/* The power management timer's port, out of the FADT (ACPI 6.5, 5.2.9); see acpi.h. */
#include "acpi/acpi.h"
#include "base/bytes.h"

/* Offsets in the FADT, table 5.9. */
enum {
    FADT_PM_TMR_BLK = 76,
    FADT_PM_TMR_LEN = 91,
    FADT_FLAGS = 112,
    FADT_V1_BYTES = 116,
    FADT_X_PM_TMR_BLK = 208, /* a generic address structure, 5.2.3.2 */
};

/* Offsets in a generic address structure, and its size. */
enum {
    GAS_SPACE = 0,
    GAS_BIT_OFFSET = 2,
    GAS_ADDRESS = 4,
    GAS_BYTES = 12,
};

#define GAS_SPACE_SYSTEM_IO  1u
#define FLAG_TMR_VAL_EXT     (UINT32_C(1) << 8)  /* the counter has 32 bits */
#define FLAG_HW_REDUCED_ACPI (UINT32_C(1) << 20) /* there is no PM timer */

/* As a port with room for a 32-bit read; 0 where it is none. */
static uint16_t port_of_address(uint64_t address)
{
    return address <= 0xfffc ? (uint16_t)address : 0;
}

static uint16_t port_of_gas(const uint8_t *gas)
{
    if (gas[GAS_SPACE] != GAS_SPACE_SYSTEM_IO || gas[GAS_BIT_OFFSET] != 0)
        return 0;
    return port_of_address(load_le64(gas + GAS_ADDRESS));
}

static uint16_t timer_port(const uint8_t *fadt, uint32_t length)
{
    uint16_t port = 0;

    if (length >= FADT_X_PM_TMR_BLK + GAS_BYTES)
        port = port_of_gas(fadt + FADT_X_PM_TMR_BLK);
    return port != 0 ? port : port_of_address(load_le32(fadt + FADT_PM_TMR_BLK));
}

enum acpi_status acpi_pm_timer(const struct acpi *acpi, struct acpi_pm_timer *ret)
{
    struct acpi_table fadt;
    const uint8_t *bytes;
    enum acpi_status status = acpi_find(acpi, "FACP", &fadt);

    if (status != ACPI_OK)
        return status;
    if (!fadt.checksum_ok)
        return ACPI_BAD_CHECKSUM;
    status = acpi_bytes_at(acpi->memory, fadt.address, fadt.length_bytes, &bytes);
    if (status != ACPI_OK)
        return status;
    if (fadt.length_bytes < FADT_V1_BYTES || bytes[FADT_PM_TMR_LEN] != 4)
        return ACPI_NONE;
    uint32_t flags = load_le32(bytes + FADT_FLAGS);
    uint16_t port = timer_port(bytes, fadt.length_bytes);
    if ((flags & FLAG_HW_REDUCED_ACPI) != 0 || port == 0)
        return ACPI_NONE;
    ret->port = port;
    ret->bits = (flags & FLAG_TMR_VAL_EXT) != 0 ? 32 : 24;
    return ACPI_OK;
}
