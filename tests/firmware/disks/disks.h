/* SPDX-License-Identifier: MIT */
/*
 * A UEFI program that starts the loader from disks that exist only in its memory, one after the other,
 * over the real firmware's own partition and FAT drivers, and judges each start. disks.py makes the disks.
 *
 *   disks.c     the cases, one by one: connect, start, judge, disconnect
 *   ramdisk.c   EFI_BLOCK_IO over a sparse image and a case's patches
 *   start.c     the loader started under hooks; it comes back from every start
 *   volume.c    the loader's calls to the volume
 *   verdict.c   was it right?
 */
#ifndef GROMA_TESTS_FIRMWARE_DISKS_H
#define GROMA_TESTS_FIRMWARE_DISKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "uefi.h"

/* ---- cases.bin, as disks.py writes it; every part begins at a multiple of 8 ---------------------- */

#define CASES_MAGIC UINT64_C(0x31736b7369646d67)

struct cases_head {
    uint64_t magic;
    uint32_t base_count, case_count;
};

struct base_head {
    uint64_t sector_count;
    uint64_t extent_count; /* then the extents, each with its bytes */
};

struct extent_head {
    uint64_t offset_bytes;
    uint64_t size_bytes; /* then the bytes, and zeros up to a multiple of 8 */
};

#define MUST_BOOT   1u
#define MUST_REFUSE 2u
#define READ_ONLY   4u /* the medium says so */
#define SHORT_READS 8u /* every read gives a third */

struct case_head {
    char name[48];
    uint32_t base, flags;
    uint64_t patch_count; /* then as many extents */
};

/* An image: what lies nowhere is zero; what comes later lies over what comes earlier. */
struct layers {
    const struct extent_head *first;
    uint64_t count;
};

/* ---- ramdisk.c ------------------------------------------------------------------------------------ */

struct ramdisk {
    uint64_t sector_count;
    struct layers base, patches;
    bool read_only;
    unsigned reads, writes;
    bool worn_out; /* more was read than any sane walk needs; since then every read fails */
};

extern struct ramdisk ramdisk;

/* Offers the disk to the firmware's drivers, and takes it away again. */
EFI_STATUS ramdisk_insert(EFI_HANDLE *ret_handle);
EFI_STATUS ramdisk_remove(EFI_HANDLE handle);
const struct extent_head *extent_next(const struct extent_head *extent);

/* ---- start.c --------------------------------------------------------------------------------------- */

#define TEXT_CAPACITY   32768u
#define MOST_ALLOCATIONS 160u

struct made {
    uint64_t paddr; /* pool: where it begins */
    uint64_t page_count; /* 0: pool */
};

/* One start. */
struct start {
    bool reached_exit; /* ExitBootServices was called: from here there was no way back */
    EFI_STATUS status;
    const char *partial; /* why what was loaded is not the file; NULL: it is */
    struct made made[MOST_ALLOCATIONS];
    unsigned made_count, lost_count; /* still there when the loader came back; not in the table */
    uint64_t stalled_us;
    const char *volatile inside; /* the file call that has not come back */
    volatile unsigned calls;
    unsigned open_count;         /* files and folders */
    uint64_t most_read;          /* bytes asked for at once */
    const char *broken;          /* what the loader must not ask of a file */
    char text[TEXT_CAPACITY]; /* ConOut */
    size_t text_bytes;
};

extern struct start start;
extern EFI_SYSTEM_TABLE *system_table;
extern EFI_HANDLE own_image;

/* Starts the loader as if it came from the volume behind `device`. False: the firmware would not. */
bool start_loader(const void *bytes, UINTN size_bytes, EFI_HANDLE device, bool short_reads);

/* ---- volume.c --------------------------------------------------------------------------------------- */

void volume_hook(EFI_HANDLE device, bool short_reads);
void volume_unhook(void);

/* ---- verdict.c --------------------------------------------------------------------------------------- */

/* NULL, or what broke contract R. ret_id: of the line that told of a refusal, or "". */
const char *verdict(uint32_t flags, char ret_id[16]);

/*
 * Is what was loaded the kernel that the volume holds, read a second time and whole? NULL, or what differs.
 * Looked at when the loader leaves boot services.
 */
const char *loaded_fault(EFI_HANDLE device);

#endif
