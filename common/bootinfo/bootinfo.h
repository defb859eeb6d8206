/* SPDX-License-Identifier: MIT */
/*
 * The hand-off ABI: one contiguous, position-independent block that tells a kernel
 * everything the loader knows. Sealed with a CRC-32C; unused bytes are zero.
 *
 *   | struct bootinfo | regions | claims | raw map | report | segments | ... | strings |
 *     header_bytes      offsets count from the block's first byte
 *
 * A kernel calls bootinfo_check first and may then trust every offset, count and string, and
 * that the map is in normal form and accounts for every byte. A reader of version 1.x reads
 * every later 1.y, and every earlier one: the header and array entries only grow at their end, so
 * walk arrays by stride; only regions keep their size, so that they can be used as one map. What
 * 1.0 did not have is read through functions that say NULL where it is not there.
 *
 * Addresses are physical where a field's name says `paddr`, virtual where it says `vaddr`.
 *
 * Entry state, when the kernel's first instruction runs:
 *   64-bit mode, ring 0, interrupts off, RFLAGS = 2; CS 08h, SS 10h flat, DS ES FS GS null,
 *   FS and GS base 0. RDI = virtual address of this block, all other registers 0. [RSP] = 0
 *   and RSP + 8 is a multiple of 16, as after a call: a C function can be the entry. A stack
 *   of 64 KiB between unmapped pages.
 *   CR0 = PG WP NE MP ET PE. CR4 = PAE PGE MCE OSFXSR OSXMMEXCPT, and SMEP SMAP UMIP where the
 *   CPU has them. EFER.NXE. x87 and MXCSR at their reset values. PAT entry 5 is WC, 0 to 3
 *   are as at reset. The 8259 is masked; local APIC and MTRRs are as the firmware left them.
 *   The loader's page tables, GDT, IDT and TSS (they print exceptions); page 0 and the whole
 *   low half are unmapped. Where things lie: handoff/layout.h.
 */
#ifndef GROMA_BOOTINFO_BOOTINFO_H
#define GROMA_BOOTINFO_BOOTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/checked.h"
#include "memmap/memmap.h"
#include "memmap/normalize.h"

C_DECLARATIONS_BEGIN

#define BOOTINFO_MAGIC UINT64_C(0x004f464e49414d47) /* "GMAINFO\0" in memory */
#define BOOTINFO_MAJOR 1u
#define BOOTINFO_MINOR 2u

/* `count` entries of `stride_bytes` each, from `offset` on. Empty arrays have count 0. */
struct bootinfo_array {
    uint32_t offset;
    uint32_t count;
    uint32_t stride_bytes;
    uint32_t reserved;
};

/* A string in the block: NUL-terminated, length without the NUL. Offset 0: there is none. */
struct bootinfo_string {
    uint32_t offset;
    uint32_t length_bytes;
};

#define BOOTINFO_RIGHT_EXECUTE 1u
#define BOOTINFO_RIGHT_WRITE   2u
#define BOOTINFO_RIGHT_READ    4u

/* A loaded part of the kernel with one set of rights; page aligned on both sides. */
struct bootinfo_segment {
    uint64_t vaddr;
    uint64_t paddr;
    uint64_t page_count;
    uint32_t rights;
    uint32_t reserved;
};

/* A run of physical memory that the direct map shows: vaddr = direct_map_vaddr + paddr. */
struct bootinfo_extent {
    uint64_t first_pfn;
    uint64_t end_pfn;
    uint32_t rights; /* READ, or READ and WRITE */
    uint32_t reserved;
};

/*
 * A file loaded beside the kernel; reachable through the direct map, page aligned. Its path is as
 * the loader opened it: with backslashes, whatever groma.conf used.
 */
struct bootinfo_module {
    uint64_t paddr;
    uint64_t size_bytes;
    struct bootinfo_string path;
    struct bootinfo_string cmdline;
};

/* When a phase of the loader ended. */
enum bootinfo_phase {
    BOOTINFO_PHASE_START = 0,    /* the loader's first instruction */
    BOOTINFO_PHASE_CONFIG = 1,   /* config read */
    BOOTINFO_PHASE_KERNEL = 2,   /* kernel loaded */
    BOOTINFO_PHASE_MODULES = 3,  /* modules loaded */
    BOOTINFO_PHASE_TABLES = 4,   /* tables and hand-off block built */
    BOOTINFO_PHASE_EXIT = 5,     /* ExitBootServices succeeded */
    BOOTINFO_PHASE_MAP = 6,      /* exit map normalized and checked, direct map built */
    BOOTINFO_PHASE_SEALED = 7,   /* this block sealed */
};

struct bootinfo_stamp {
    uint32_t phase;
    uint32_t reserved;
    uint64_t tsc;
};

/* format: 0 byte order R G B x, 1 byte order B G R x. All 0 where there is no framebuffer. */
struct bootinfo_framebuffer {
    uint64_t paddr;
    uint64_t vaddr; /* write-combining mapping */
    uint64_t size_bytes;
    uint32_t width;
    uint32_t height;
    uint32_t stride_pixels;
    uint32_t format;
};

struct bootinfo_stack {
    uint64_t vaddr; /* lowest byte; the pages below and above are not mapped */
    uint64_t paddr;
    uint64_t size_bytes;
};

enum bootinfo_tsc_source {
    BOOTINFO_TSC_UNKNOWN = 0,
    BOOTINFO_TSC_CPUID_15 = 1,
    BOOTINFO_TSC_CPUID_16 = 2,
    BOOTINFO_TSC_HYPERVISOR = 3, /* leaf 40000010h */
    BOOTINFO_TSC_PM_TIMER = 4,
};

enum bootinfo_seed_source {
    BOOTINFO_SEED_TSC = 0, /* weak: time stamps only */
    BOOTINFO_SEED_RDRAND = 1,
    BOOTINFO_SEED_RDSEED = 2,
    BOOTINFO_SEED_FIRMWARE = 3, /* EFI_RNG_PROTOCOL */
};

/* What moved since the boot before. */
enum bootinfo_drift_state {
    BOOTINFO_DRIFT_FIRST = 1,      /* there was no boot before, as far as the firmware remembers */
    BOOTINFO_DRIFT_SAME = 2,
    BOOTINFO_DRIFT_MOVED = 3,
    BOOTINFO_DRIFT_UNREADABLE = 4, /* what was remembered is damaged, or another version's */
};

/* The loader compared: kinds tell of the firmware's map, placements of the loader's own memory. */
struct bootinfo_drift {
    uint32_t state;            /* enum bootinfo_drift_state */
    uint32_t stored;           /* 1: this boot was written down for the next; 0: not, or nothing changed */
    uint32_t kinds;            /* bit k: what has enum memmap_kind k has other pages than before */
    uint32_t placement_count;  /* of the loader */
    uint32_t placements_moved; /* how many of them lie elsewhere */
    uint32_t reserved;
};

/*
 * Where the loader was asked to watch: memory that the firmware keeps, page by page, before the last
 * GetMemoryMap and right after the exit. Which memory that may be: bootinfo_is_watchable.
 */
struct bootinfo_watch_range {
    uint64_t first_pfn; /* inside one region */
    uint64_t end_pfn;
};

struct bootinfo_watch_page {
    uint64_t before; /* watch_hash of the page (watch/watch.h) before the last GetMemoryMap */
    uint64_t after;  /* and right after ExitBootServices */
};

/* security_flags */
#define BOOTINFO_SECURE_BOOT 1u /* Secure Boot is on, or could not be told */
#define BOOTINFO_MEASURED    2u /* kernel and config were measured into a TPM */
#define BOOTINFO_DMA_OFF     4u /* bus mastering is cleared on every PCI bridge that the firmware showed */

/* runtime_flags */
#define BOOTINFO_RUNTIME_SERVICES 1u /* the system table's runtime services may be set up */

struct bootinfo {
    uint64_t magic;
    uint16_t major;
    uint16_t minor;
    uint32_t header_bytes; /* sizeof(struct bootinfo) of the writer */
    uint32_t size_bytes;   /* of the whole block */
    uint32_t crc32c;       /* of the whole block with this field 0 */

    /* The memory map. */
    struct bootinfo_array regions;  /* struct memmap_region, normal form */
    struct bootinfo_array claims;   /* struct memmap_claim; name = string offset in the block */
    struct bootinfo_array raw_map;  /* GetMemoryMap's answer, byte for byte, at its own stride */
    struct bootinfo_array report;   /* one struct memmap_report */
    uint32_t raw_map_version;       /* EFI_MEMORY_DESCRIPTOR_VERSION as answered */
    uint32_t physical_bits;

    /* The kernel and what was loaded with it. */
    struct bootinfo_array segments; /* struct bootinfo_segment, ascending vaddr */
    struct bootinfo_array modules;  /* struct bootinfo_module */
    struct bootinfo_string cmdline;
    struct bootinfo_string kernel_path;

    /* The address space. */
    uint64_t page_root_paddr;
    uint64_t page_pool_paddr; /* table pages: used ones first */
    uint32_t page_pool_count;
    uint32_t page_pool_used;
    uint32_t page_levels; /* 4 or 5 */
    uint32_t page_reserved;
    uint64_t direct_map_vaddr;
    struct bootinfo_array extents; /* struct bootinfo_extent, ascending */
    uint64_t unmapped_pages;       /* memory beyond what the direct map can show */

    /* Where things are. */
    uint64_t block_paddr; /* this block */
    uint64_t block_vaddr;
    struct bootinfo_stack stack;
    uint64_t handoff_vaddr; /* the loader's GDT, IDT, TSS and stubs, until replaced */
    uint64_t handoff_paddr;
    uint64_t handoff_bytes;
    uint64_t trampoline_paddr; /* a page below 1 MiB for starting other CPUs; 0 where none */
    struct bootinfo_framebuffer framebuffer;

    /* Firmware tables; 0 where there is none. */
    uint64_t rsdp_paddr;
    uint64_t smbios_paddr;  /* 32-bit entry point */
    uint64_t smbios3_paddr; /* 64-bit entry point */
    uint64_t system_table_paddr;
    uint32_t runtime_flags;
    uint32_t uefi_revision; /* of the system table: 2.70 is 0x00020046 */
    uint32_t firmware_revision;
    uint32_t firmware_reserved;
    struct bootinfo_string firmware_vendor;

    /* Time. */
    uint64_t unix_seconds; /* wall clock at start, UTC where the firmware says so; 0 unknown */
    uint64_t tsc_hz;       /* 0 unknown */
    uint32_t tsc_source;   /* enum bootinfo_tsc_source */
    uint32_t tsc_error_ppm; /* bound of the measurement's own error; 0 where exact */
    struct bootinfo_array stamps; /* struct bootinfo_stamp, ascending */

    /* Randomness, security, origin. */
    uint8_t seed[32];
    uint32_t seed_source; /* enum bootinfo_seed_source */
    uint32_t security_flags;
    uint8_t volume_guid[16]; /* GPT partition the loader came from; zero where unknown */
    struct bootinfo_string loader_name;
    struct bootinfo_string loader_version;
    uint64_t loader_image_paddr;
    uint64_t loader_image_bytes;

    /* Since 1.1: read it through bootinfo_drift. */
    struct bootinfo_array drift; /* one struct bootinfo_drift where drift was looked for, else none */

    /* Since 1.2: read them through bootinfo_watches. */
    struct bootinfo_array watch_ranges; /* struct bootinfo_watch_range, ascending */
    struct bootinfo_array watch_pages;  /* struct bootinfo_watch_page: of the ranges' pages, in order */
    uint64_t watch_left_pages;          /* watchable pages without hashes; 0 where nobody asked */
};
#define BOOTINFO_LEAST_HEADER_BYTES 504u /* sizeof(struct bootinfo) of 1.0 */
STATIC_ASSERT(offsetof(struct bootinfo, regions) == 24, "ABI: regions");
STATIC_ASSERT(offsetof(struct bootinfo, segments) == 96, "ABI: segments");
STATIC_ASSERT(offsetof(struct bootinfo, page_root_paddr) == 144, "ABI: paging");
STATIC_ASSERT(offsetof(struct bootinfo, extents) == 184, "ABI: extents");
STATIC_ASSERT(offsetof(struct bootinfo, block_paddr) == 208, "ABI: places");
STATIC_ASSERT(offsetof(struct bootinfo, framebuffer) == 280, "ABI: framebuffer");
STATIC_ASSERT(offsetof(struct bootinfo, rsdp_paddr) == 320, "ABI: tables");
STATIC_ASSERT(offsetof(struct bootinfo, unix_seconds) == 376, "ABI: time");
STATIC_ASSERT(offsetof(struct bootinfo, seed) == 416, "ABI: seed");
STATIC_ASSERT(offsetof(struct bootinfo, drift) == BOOTINFO_LEAST_HEADER_BYTES, "ABI: drift");
STATIC_ASSERT(offsetof(struct bootinfo, watch_ranges) == 520, "ABI: watch");
STATIC_ASSERT(sizeof(struct bootinfo) == 560, "ABI: header size");
STATIC_ASSERT(sizeof(struct bootinfo_segment) == 32, "ABI: segment");
STATIC_ASSERT(sizeof(struct bootinfo_extent) == 24, "ABI: extent");
STATIC_ASSERT(sizeof(struct bootinfo_module) == 32, "ABI: module");
STATIC_ASSERT(sizeof(struct bootinfo_stamp) == 16, "ABI: stamp");
STATIC_ASSERT(sizeof(struct bootinfo_drift) == 24, "ABI: drift entry");
STATIC_ASSERT(sizeof(struct bootinfo_watch_range) == 16, "ABI: watched range");
STATIC_ASSERT(sizeof(struct bootinfo_watch_page) == 16, "ABI: watched page");

/* Values are stable: programs print E-BI-<value>. Append only. */
enum bootinfo_status {
    BOOTINFO_OK = 0,
    BOOTINFO_BAD_PLACE = 1,    /* NULL, not 8-byte aligned, or smaller than a header */
    BOOTINFO_BAD_MAGIC = 2,
    BOOTINFO_BAD_VERSION = 3,  /* another major version */
    BOOTINFO_BAD_SIZE = 4,     /* the sizes it states do not fit the memory or each other */
    BOOTINFO_BAD_CRC = 5,
    BOOTINFO_BAD_ARRAY = 6,    /* an array leaves the block, overlaps the header, or its stride is short */
    BOOTINFO_BAD_STRING = 7,   /* a string leaves the block or does not end in NUL */
    BOOTINFO_BAD_MAP = 8,      /* the map is not in normal form */
    BOOTINFO_BAD_ACCOUNT = 9,  /* the report does not balance, or disagrees with the regions */
    BOOTINFO_BAD_CLAIM = 10,   /* a claim is malformed, or a page of it is usable */
    BOOTINFO_BAD_SEGMENT = 11, /* a segment is malformed, writable and executable, or unclaimed */
    BOOTINFO_BAD_EXTENT = 12,  /* extents unsorted, overlapping or beyond the address width */
    BOOTINFO_BAD_OBJECT = 13,  /* block, stack, tables or hand-off lie in memory not claimed for them */
    BOOTINFO_NO_ROOM = 14,     /* builder only: the buffer is too small */
    BOOTINFO_BAD_WATCH = 15,   /* watched ranges that are none, or do not add up with their pages */
};

/* One sentence for people; never NULL. */
const char *bootinfo_status_text(enum bootinfo_status status);

/* What bootinfo_check found: which array or object, and which entry of it. */
struct bootinfo_fault {
    const char *object; /* "regions", "cmdline", ...: static text */
    uint32_t index;
};

/*
 * Accepts the block at `bytes`, or names the first fault. `size_bytes` is the most that the block
 * may claim to be (64 MiB is plenty); of a good block no byte outside it is read. ret_fault may be NULL. O(size + claims x log regions).
 */
MUST_USE enum bootinfo_status bootinfo_check(const void *bytes, uint64_t size_bytes,
                                             struct bootinfo_fault *ret_fault);

/* ---- reading (after bootinfo_check) --------------------------------------------------- */

static inline const void *bootinfo_at(const struct bootinfo *info, uint32_t offset)
{
    return (const uint8_t *)info + offset;
}

/* Entry `index` < array->count. */
static inline const void *bootinfo_entry(const struct bootinfo *info,
                                         const struct bootinfo_array *array, uint32_t index)
{
    return bootinfo_at(info, array->offset + index * array->stride_bytes);
}

/* The string, or "" where there is none. */
static inline const char *bootinfo_chars(const struct bootinfo *info,
                                         const struct bootinfo_string *string)
{
    return string->offset == 0 ? "" : (const char *)bootinfo_at(info, string->offset);
}

/* What moved since the boot before; NULL where the loader did not look, or is older than 1.1. */
static inline const struct bootinfo_drift *bootinfo_drift(const struct bootinfo *info)
{
    if (info->header_bytes < offsetof(struct bootinfo, drift) + sizeof info->drift ||
        info->drift.count == 0)
        return NULL;
    return (const struct bootinfo_drift *)bootinfo_entry(info, &info->drift, 0);
}

/* Has the header the fields up to this offset? An older loader's may be shorter. */
static inline bool bootinfo_has_fields(const struct bootinfo *info, size_t end_offset)
{
    return info->header_bytes >= end_offset;
}

/* Did the loader watch? False where it was not asked to, or is older than 1.2. */
static inline bool bootinfo_watches(const struct bootinfo *info)
{
    return bootinfo_has_fields(info, sizeof *info) &&
           (info->watch_ranges.count != 0 || info->watch_left_pages != 0);
}

/* May memory like this be read at any time, and does it outlive the exit as the firmware's own? */
static inline bool bootinfo_is_watchable(const struct memmap_region *region)
{
    const uint32_t kinds =
        memmap_kind_bit(MEMMAP_RUNTIME_CODE) | memmap_kind_bit(MEMMAP_RUNTIME_DATA) |
        memmap_kind_bit(MEMMAP_ACPI_RECLAIMABLE) | memmap_kind_bit(MEMMAP_ACPI_NVS) |
        memmap_kind_bit(MEMMAP_FIRMWARE_TABLE);

    return (kinds >> region->kind & 1) != 0 &&
           (region->attributes & (MEMMAP_WB | MEMMAP_RP)) == MEMMAP_WB;
}

/* ---- building --------------------------------------------------------------------------- */

/*
 * Builds a block in the caller's buffer. A piece that does not fit sets `full`; then
 * bootinfo_seal says NO_ROOM and the block must not be used.
 */
struct bootinfo_builder {
    struct bootinfo *info; /* fill in the scalar fields directly */
    uint32_t used_bytes;
    uint32_t capacity_bytes;
    bool full;
};

/* Zeroes the buffer (8-byte aligned, at most 4 GiB - 1) and starts a block in it. NO_ROOM: below a header. */
MUST_USE enum bootinfo_status bootinfo_begin(struct bootinfo_builder *builder, void *buffer,
                                             uint64_t capacity_bytes);

/*
 * Appends `count` entries of `stride_bytes` and records them in *array, a field of the header.
 * `entries` NULL appends zeroes, to be filled in place. Returns where they lie; NULL when full.
 */
void *bootinfo_add_array(struct bootinfo_builder *builder, struct bootinfo_array *array,
                         const void *entries, uint32_t count, uint32_t stride_bytes);

/* Appends a string with its NUL and records it. An empty string is recorded as none. */
void bootinfo_add_string(struct bootinfo_builder *builder, struct bootinfo_string *string,
                         const char *chars, uint32_t length_bytes);

/* Sets version, sizes and CRC: nothing may be written afterwards. */
MUST_USE enum bootinfo_status bootinfo_seal(struct bootinfo_builder *builder);

C_DECLARATIONS_END

#endif
