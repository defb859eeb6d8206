/* SPDX-License-Identifier: MIT */
/* The root system description pointer (ACPI 6.5, 5.2.5.3), and names; see acpi.h. */
#include "acpi/acpi.h"
#include "acpi/bytes.h"
#include "base/bytes.h"

/* Offsets, table 5.3. */
enum {
    RSDP_REVISION = 15,
    RSDP_RSDT = 16,
    RSDP_LENGTH = 20,
    RSDP_XSDT = 24,
};

const char *acpi_status_name(enum acpi_status status)
{
    static const char names[][16] = {
        "ok", "none", "truncated", "bad-signature", "bad-checksum", "bad-length", "outside",
    };

    return (size_t)status < sizeof names / sizeof names[0] ? names[status] : "unknown";
}

/* What revision 2 added; the first 20 bytes are checked already. */
static enum acpi_status check_extension(const uint8_t *bytes, size_t size, struct acpi_rsdp *rsdp)
{
    if (size < ACPI_RSDP_BYTES)
        return ACPI_TRUNCATED;
    rsdp->size_bytes = load_le32(bytes + RSDP_LENGTH);
    if (rsdp->size_bytes < ACPI_RSDP_BYTES)
        return ACPI_BAD_LENGTH;
    if (rsdp->size_bytes > size)
        return ACPI_TRUNCATED;
    if (!sums_to_zero(bytes, rsdp->size_bytes))
        return ACPI_BAD_CHECKSUM;
    rsdp->xsdt_address = load_le64(bytes + RSDP_XSDT);
    return ACPI_OK;
}

enum acpi_status acpi_check_rsdp(const uint8_t *bytes, size_t size, struct acpi_rsdp *ret)
{
    enum acpi_status status = ACPI_OK;

    if (size < ACPI_RSDP_V1_BYTES)
        return ACPI_TRUNCATED;
    if (!begins_with(bytes, "RSD PTR "))
        return ACPI_BAD_SIGNATURE;
    if (!sums_to_zero(bytes, ACPI_RSDP_V1_BYTES))
        return ACPI_BAD_CHECKSUM;
    struct acpi_rsdp rsdp = {
        .revision = bytes[RSDP_REVISION],
        .size_bytes = ACPI_RSDP_V1_BYTES,
        .rsdt_address = load_le32(bytes + RSDP_RSDT),
    };
    if (rsdp.revision >= 2)
        status = check_extension(bytes, size, &rsdp);
    if (status == ACPI_OK)
        *ret = rsdp;
    return status;
}
