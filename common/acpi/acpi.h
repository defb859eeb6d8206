/* SPDX-License-Identifier: MIT */
/*
 * ACPI tables, found and listed, never changed: RSDP, XSDT or RSDT, the tables they
 * name and those that the FADT names. ACPI 6.5, chapter 5.2. No AML.
 *
 * Tables lie at physical addresses: a pointer is the address + an offset, as in paging.h.
 * Every byte read is first checked against the caller's list of readable extents;
 * lengths and pointers are firmware's word and never trusted. Each integer that decides
 * something is read once.
 */
#ifndef GROMA_ACPI_ACPI_H
#define GROMA_ACPI_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "base/language.h"

C_DECLARATIONS_BEGIN

#define ACPI_RSDP_V1_BYTES       20u
#define ACPI_RSDP_BYTES          36u        /* from revision 2 on */
#define ACPI_HEADER_BYTES        36u        /* 5.2.6, DESCRIPTION_HEADER */
#define ACPI_MAX_ROOT_BYTES      0x100000u  /* longer than any real XSDT: refused */
#define ACPI_MAX_TABLE_BYTES     0x1000000u /* the same for every other table (16 MiB) */
#define ACPI_MAX_ROOT_ENTRIES    1024u      /* later ones count as skipped: time is bounded */

enum acpi_status {
    ACPI_OK,
    ACPI_NONE,          /* no (more) table; no such table; no usable timer */
    ACPI_TRUNCATED,     /* fewer bytes than the structure says it has */
    ACPI_BAD_SIGNATURE,
    ACPI_BAD_CHECKSUM,
    ACPI_BAD_LENGTH,    /* below the structure's minimum, or absurdly large */
    ACPI_OUTSIDE,       /* not wholly inside the readable extents */
};

/* "bad-checksum", ...; never NULL. */
const char *acpi_status_name(enum acpi_status status);

/* ---- memory ---- */

/* Physical byte addresses [first, end). */
struct acpi_extent {
    uint64_t first;
    uint64_t end;
};

/* What may be read. Extents may be unsorted, overlap and adjoin; they belong to the caller. */
struct acpi_memory {
    uint64_t pointer_offset; /* pointer = physical address + this (mod 2^64) */
    const struct acpi_extent *extents;
    size_t extent_count;
};

/*
 * *ret_bytes points at [address, address + size_bytes), all of which is readable.
 * ACPI_OUTSIDE otherwise, also where it wraps. O(extents) where one holds it all,
 * O(extents^2) at worst.
 */
MUST_USE enum acpi_status acpi_bytes_at(const struct acpi_memory *memory, uint64_t address,
                                        uint64_t size_bytes, const uint8_t **ret_bytes);

/* ---- RSDP ---- */

struct acpi_rsdp {
    uint8_t revision;      /* 0 is ACPI 1.0 */
    uint32_t size_bytes;   /* 20, or the length that it gives from revision 2 on */
    uint64_t rsdt_address; /* 0: none */
    uint64_t xsdt_address; /* 0: none, always so before revision 2 */
};

/*
 * Checks an RSDP (5.2.5.3): signature, the checksum over 20 bytes and, from revision 2
 * on, length (36 or more) and the checksum over all of it. `size` is how many bytes may
 * be read. Errors, with *ret untouched: TRUNCATED, BAD_SIGNATURE, BAD_CHECKSUM, BAD_LENGTH.
 */
MUST_USE enum acpi_status acpi_check_rsdp(const uint8_t *bytes, size_t size,
                                          struct acpi_rsdp *ret);

/* ---- tables ---- */

struct acpi_table {
    uint64_t address;
    uint32_t length_bytes;
    char signature[5];  /* 4 printable characters and a NUL */
    bool checksum_ok;   /* a FACS has no checksum: true */
};

/* The root table in use; made by acpi_open. */
struct acpi {
    const struct acpi_memory *memory;
    struct acpi_table root;       /* XSDT or RSDT */
    uint32_t entry_count;         /* as its length says */
    enum acpi_status xsdt_status; /* why not the XSDT, where root is the RSDT (NONE: it has none) */
};

/*
 * Opens the XSDT or, where there is none or it is broken, the RSDT. Errors, with
 * *ret_acpi untouched: NONE (no address at all), else the last table tried: OUTSIDE,
 * BAD_SIGNATURE, BAD_LENGTH, BAD_CHECKSUM. `memory` must outlive *ret_acpi.
 */
MUST_USE enum acpi_status acpi_open(struct acpi *ret_acpi, const struct acpi_memory *memory,
                                    const struct acpi_rsdp *rsdp);

/* A walk over the tables; the fields are the walk's own but for skipped_count. */
struct acpi_walk {
    const struct acpi *acpi;
    uint32_t next_entry;
    uint32_t skipped_count; /* entries that are NULL or lead to no table, so far */
    bool fadt_seen;
    uint8_t fadt_next;      /* the next of fadt_pointers to yield */
    uint8_t fadt_count;
    struct {
        uint64_t address;
        bool is_facs;
    } fadt_pointers[4];
};

void acpi_walk_begin(struct acpi_walk *walk, const struct acpi *acpi);

/*
 * The next table: those of the root in its order, and behind the first FADT what its
 * DSDT, X_DSDT, FIRMWARE_CTRL and X_FIRMWARE_CTRL name, each address once. Tables with
 * a bad checksum are yielded and say so. What is no table (outside the extents, an
 * unprintable or unexpected signature, a length below the minimum or above the cap) is
 * skipped and counted. ACPI_NONE, with *ret_table untouched, when there is none left.
 * O(table bytes).
 */
MUST_USE enum acpi_status acpi_next_table(struct acpi_walk *walk, struct acpi_table *ret_table);

/* The first table of this signature; ACPI_NONE, with *ret_table untouched. */
MUST_USE enum acpi_status acpi_find(const struct acpi *acpi, const char *signature,
                                    struct acpi_table *ret_table);

/* ---- power management timer ---- */

struct acpi_pm_timer {
    uint16_t port; /* read 32 bits here */
    uint8_t bits;  /* 24 or 32: the width of the counter */
};

/*
 * The ACPI PM timer (4.8.3.3) as an I/O port. X_PM_TMR_BLK where it is one that
 * can be used (system I/O), else PM_TMR_BLK. Errors, with *ret untouched: NONE (no
 * FADT, one shorter than 116 bytes, hardware-reduced ACPI, PM_TMR_LEN not 4, no usable
 * port), BAD_CHECKSUM (of the FADT).
 */
MUST_USE enum acpi_status acpi_pm_timer(const struct acpi *acpi, struct acpi_pm_timer *ret);

C_DECLARATIONS_END

#endif
