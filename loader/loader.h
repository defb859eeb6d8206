/* SPDX-License-Identifier: MIT */
/*
 * The loader's state, and what its parts offer each other. One `struct loader` is allocated
 * at the start and handed to everyone; there are no globals but the two that code without
 * parameters needs (the UART's ports, the switch page).
 *
 * main.c is the table of contents. Everything decidable lives in common/; these files call the
 * firmware and hand the bytes on.
 */
#ifndef GROMA_LOADER_LOADER_H
#define GROMA_LOADER_LOADER_H

#include "acpi/acpi.h"
#include "bootinfo/bootinfo.h"
#include "bootinfo/drift.h"
#include "checkpoint/checkpoint.h"
#include "bootinfo/watched.h"
#include "config/config.h"
#include "elf/elf.h"
#include "handoff/direct_map.h"
#include "memmap/memmap.h"
#include "memmap/normalize.h"
#include "paging/paging.h"
#include "pool/pool.h"
#include "screen/screen.h"
#include "text/text.h"
#include "uart/uart.h"
#include "uefi.h"

#define LOADER_NAME    "groma"
#define LOADER_VERSION "0.1.0"

#define MAX_CLAIMS      320u
#define LATE_CLAIMS     64u /* of these, for what is placed after the firmware's tables were found */
#define STORE_SLOTS     512u /* texts and lists at a time, and pieces of memory they lie in */
#define CHUNK_BYTES     MIB /* file reads: larger ones fail on some firmware */

/*
 * A failure is one constant string "ID|step|advice", as in "E-FILE-02|open|put the file there":
 * stable id, what was being done, and what its reader can do about it. (One string each, because
 * every pointer in the loader's data would cost a relocation.)
 */

struct allocation {
    EFI_PHYSICAL_ADDRESS paddr;
    UINTN page_count;
};

/* What the CPU is and can do. */
struct cpu {
    unsigned physical_bits;
    bool has_giant_pages;
    bool has_smep, has_smap, has_umip;
    uint64_t tsc_hz; /* by CPUID; 0 where it does not say */
    uint32_t tsc_source;
};

/* The console of the time before the exit, and UART and screen for the time after. */
struct console {
    bool opened;      /* console_open ran */
    bool quiet;       /* nothing but errors */
    bool own_uart;    /* write to the UART ourselves: ConOut does not reach it */
    bool after_exit;  /* ConOut is gone */
    struct uart uart;
    struct screen screen;
    bool has_screen;
};

/* Our view of memory: the firmware's map, and our own doings laid over it. */
struct memory {
    uint8_t *raw; /* GetMemoryMap's answer; with slack for the exit map */
    UINTN raw_capacity_bytes;
    UINTN raw_bytes;
    UINTN stride_bytes;
    UINT32 version;
    UINTN key;
    uint32_t entry_capacity;
    struct memmap map; /* normalized; capacity for the exit map and all claims */
    void *scratch;
    uint64_t scratch_bytes;
    struct memmap_report *report;
};

/* The map before our placements, on efi_main's stack; 0 bytes where it is larger than that. */
struct start_map {
    uint64_t bytes[4096]; /* 682 entries of 48 bytes; the firmware's stack has 128 KiB and more */
    UINTN size_bytes;
    UINTN stride_bytes;
    UINT32 version;
};

/* How far this boot came, and the one before; see checkpoint.c. */
struct checkpoints {
    struct checkpoint_before before;
    bool writing; /* into the variable */
    uint8_t stored[CHECKPOINT_RECORD_BYTES]; /* what the variable holds */
};

/* What the loader must remember; see store.c. */
struct store {
    struct pool pool;
    struct pool_slot slots[STORE_SLOTS];
    void *pieces[POOL_REGIONS]; /* the memory, lent by the firmware */
    uint32_t piece_count;
    pool_handle_t config;
};

/* Equal items in a row, in the store. An item's address holds until the next is added. */
struct list {
    void *items;
    uint32_t count, capacity;
    pool_handle_t handle;
};

struct loader {
    EFI_HANDLE image;
    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES *boot;
    EFI_LOADED_IMAGE *loaded_image;
    EFI_FILE_PROTOCOL *volume;
    uint64_t image_base, image_bytes;

    struct console console;
    struct cpu cpu;
    struct store store;
    const struct config *config; /* in the store, sealed once it was read */
    bool capture_wanted;         /* by groma.conf or a held key */
    struct memory memory;
    struct start_map *start_map;
    struct checkpoints checkpoints;

    struct list allocations; /* of struct allocation */
    /* Everything the kernel was promised. Their number bounds what memory_open sets aside. */
    struct memmap_claim claims[MAX_CLAIMS];
    pool_handle_t claim_names[MAX_CLAIMS];
    uint64_t claim_names_bytes; /* with their NULs */
    uint32_t claim_count;

    /* Firmware tables. */
    uint64_t rsdp_paddr, smbios_paddr, smbios3_paddr;
    struct list tables; /* of struct direct_map_table */
    bool is_table_missing; /* there were more than fit */
    struct acpi_pm_timer pm_timer;
    bool has_pm_timer;

    /* The kernel and modules. */
    struct elf_plan plan;
    struct elf_image elf_image;
    struct bootinfo_segment segments[2 * ELF_MAX_SEGMENTS];
    uint32_t segment_count;
    struct list modules; /* of struct bootinfo_module */
    uint64_t bytes_read;
    uint64_t low_chunk_paddr; /* where reads go that fail above 4 GiB; 0: none was needed */

    /* Placements: identity-mapped until the switch. */
    struct paging paging;
    struct bootinfo_stack stack;
    uint64_t handoff_paddr, handoff_bytes;
    uint64_t block_paddr, block_bytes;
    uint64_t trampoline_paddr;
    struct bootinfo_extent *extents;
    size_t extent_capacity;
    struct bootinfo_framebuffer framebuffer;

    /* Facts gathered on the way. */
    struct bootinfo_stamp stamps[8];
    uint32_t stamp_count;
    uint64_t tsc_hz;
    uint32_t tsc_source, tsc_error_ppm;
    uint64_t unix_seconds;
    uint8_t seed[32];
    uint32_t seed_source, security_flags;
    uint8_t volume_guid[16];

    /* What moved since the boot before; drift.state is 0 where nobody asked, or it cannot be told. */
    struct drift_record drift_before, drift_now;
    struct bootinfo_drift drift;

    /* What the firmware keeps, hashed over the exit; no pages where nobody asked. */
    struct watched watched;
};

/* ---- console.c ------------------------------------------------------------------------- */

/* Finds out how to reach people: ConOut, and the UART where ConOut does not reach one. */
void console_open(struct loader *loader);

/* One piece of text, unless quiet. '\n' ends a line. */
void say(struct loader *loader, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Prints the failure's line with object and status, and returns the status (never success). Before
 * the config was read, the console is opened with its defaults.
 */
EFI_STATUS fail(struct loader *loader, const char *failure, EFI_STATUS status,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same before there is a struct loader, because there is no memory for it. */
EFI_STATUS fail_without_state(EFI_SYSTEM_TABLE *system, EFI_STATUS status);

/* The same after the exit: UART and screen, then halt for ever. */
_Noreturn void fail_and_halt(struct loader *loader, const char *failure,
                             uint64_t status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Writes to ConOut, UART or screen as they are reachable, quiet or not. */
void console_write(struct loader *loader, const char *bytes, size_t size_bytes);

/* Keeps an error on screen for the configured time or until a key is pressed. */
void console_wait(struct loader *loader);

/* ---- store.c ----------------------------------------------------------------------------- */

/* Makes the store, with the default config in it. Says nothing: there is no console yet. */
EFI_STATUS store_open(struct loader *loader);

/* Gives its memory back to the firmware; everything in it is gone. */
void store_close(struct loader *loader);

/* Takes over the config that was read: from now on it can only be read. */
EFI_STATUS store_keep_config(struct loader *loader, const struct config *config);

/* Without the NUL. */
uint32_t chars_length(const char *chars);

/* Remembers a text, and finds it again; "?" for what is none. */
EFI_STATUS store_text(struct loader *loader, const char *chars, pool_handle_t *ret_text);
const char *store_chars(struct loader *loader, pool_handle_t text);

/* A new item of zeroes at the list's end; NULL where there is no memory for it, with a word if `what` is one. */
void *store_add(struct loader *loader, struct list *list, size_t item_bytes, const char *what);

/* ---- memory.c ---------------------------------------------------------------------------- */

/* Fetches the firmware's map into a buffer with slack and normalizes it. */
EFI_STATUS memory_open(struct loader *loader);

/* Allocates pages where we choose: high below 4 GiB, else high anywhere. Zeroed or not. */
struct placement {
    uint64_t page_count;
    uint64_t align_pages; /* 0 means 1 */
    uint64_t end_pfn;     /* 0: below 4 GiB where possible */
    bool optional;        /* no word where it cannot be had */
    const char *what;
};
EFI_STATUS memory_place(struct loader *loader, const struct placement *want, uint64_t *ret_paddr);

/*
 * Notes that [paddr, paddr + bytes) is of this kind; loaded: it must be our own memory. What
 * lies beyond the physical address width is cut off: there is no memory to protect.
 */
EFI_STATUS memory_claim(struct loader *loader, uint64_t paddr, uint64_t size_bytes,
                        enum memmap_kind kind, bool loaded, const char *name);

/* Pool memory of the firmware's choice for a short while; FreePool gives it back. */
EFI_STATUS memory_borrow(struct loader *loader, UINTN size_bytes, const char *what, void **ret_bytes);

/* Gives back everything that was allocated. */
void memory_free_all(struct loader *loader);

/* GetMemoryMap into memory->raw, at its full capacity. */
EFI_STATUS memory_fetch(struct loader *loader, UINTN *stride, UINT32 *version);

/* Normalizes what is in memory->raw with the claims so far; used before and after the exit. */
enum memmap_status memory_normalize(struct loader *loader);

/* ---- files.c ------------------------------------------------------------------------------ */

/* A file being read once, in order. */
struct reader {
    struct loader *loader;
    EFI_FILE_PROTOCOL *file;
    const char *path;
    uint64_t size_bytes;
    uint64_t offset;
    uint64_t wanted_bytes; /* how far it will be read: the whole file unless said otherwise */
    uint32_t percent_shown;
};

EFI_STATUS volume_open(struct loader *loader);
void volume_close(struct loader *loader);
/* Opens a path on the volume with EFI_FILE_MODE_ and EFI_FILE_ bits, without a word. */
EFI_STATUS file_open(struct loader *loader, const char *path, UINT64 mode, UINT64 attributes,
                     EFI_FILE_PROTOCOL **ret_file);
/* Opens a file; an optional one that is not there is EFI_NOT_FOUND without a word. */
EFI_STATUS reader_open(struct loader *loader, const char *path, bool optional,
                       struct reader *reader);
void reader_close(struct reader *reader);

/* The next `size_bytes` bytes of the file straight to `to`, in chunks. */
EFI_STATUS reader_read(struct reader *reader, void *to, uint64_t size_bytes);

/* Reads and drops what lies before `offset`, so that whoever looks at the bytes sees them all. */
EFI_STATUS reader_skip_to(struct reader *reader, uint64_t offset);

/* ---- variables.c, checkpoint.c ------------------------------------------------------------ */

/*
 * The content of one of our variables; 0 bytes where there is none, more than the capacity where it
 * does not fit. Errors: it cannot be told.
 */
EFI_STATUS variable_read(struct loader *loader, CHAR16 *name, void *bytes, UINTN capacity_bytes,
                         uint32_t *ret_size_bytes);

/* Is half of the store free, and room for so much? Ask before each write. */
EFI_STATUS variable_ask_for_room(struct loader *loader, uint64_t size_bytes);

/* Sets it; 0 bytes delete it. */
EFI_STATUS variable_write(struct loader *loader, CHAR16 *name, void *bytes, UINTN size_bytes);

/* How far the boot before came, where groma.conf asks for it. */
void checkpoint_open(struct loader *loader);

/* A step begins: port 80h, a line, and perhaps the variable. */
void checkpoint(struct loader *loader, enum checkpoint step);

/* ---- the steps, in order -------------------------------------------------------------------- */

EFI_STATUS config_load(struct loader *loader);      /* config.c */
EFI_STATUS machine_inspect(struct loader *loader);  /* machine.c: CPU, framebuffer, time, seed */
void tables_find(struct loader *loader);            /* tables.c: ACPI, SMBIOS, claims */
EFI_STATUS kernel_load(struct loader *loader);      /* kernel.c */
EFI_STATUS modules_load(struct loader *loader);     /* modules.c */
EFI_STATUS space_build(struct loader *loader);      /* space.c: hand-off block, stack, tables */
void capture_start(struct loader *loader);          /* capture.c: is it wanted? then the first map */
void drift_check(struct loader *loader);            /* drift.c: what moved since the boot before */
void capture_write(struct loader *loader);          /* capture.c: this machine's map to the volume */
void dma_off(struct loader *loader);                /* dma.c: no DMA through PCI bridges */
void watch_choose(struct loader *loader);           /* watch.c: what to hash over the exit */
EFI_STATUS firmware_exit(struct loader *loader);    /* exit.c */
_Noreturn void finish(struct loader *loader);       /* finish.c: everything after the exit */

void show_map(struct loader *loader);               /* show.c */
void show_exit_entries(struct loader *loader);      /* the firmware's, where asked for */
void show_exit_map(struct loader *loader);          /* what became of them, where asked for */

/* Room for the hashes of what is to be watched, and how much of boot info they can take. watch.c */
void watch_place(struct loader *loader);
uint64_t watch_block_bytes(const struct loader *loader, uint64_t region_count);

/* The firmware's vendor as ASCII, cut to the room; returns its length. machine.c */
uint32_t vendor_chars(const struct loader *loader, char *chars, uint32_t capacity);

void stamp(struct loader *loader, enum bootinfo_phase phase);

#endif
