/* SPDX-License-Identifier: MIT */
/*
 * A fake machine with a fake UEFI firmware, for the loader's own sources compiled for the host.
 *
 *   0x00010000  low memory            physical address = host address; pages that nobody owns
 *   0x00100000  RAM                   have no access rights, so that whoever touches what is
 *   0x01000000  the program itself:   not his is stopped at that instruction
 *               the loader's image
 *   0x04000000  RAM, the large part
 *   0x07f00000  firmware: system table, ACPI, SMBIOS; read-only while the loader runs
 *   0x20000000  framebuffer
 *
 * Memory elsewhere (real machines' maps) is made when it is allocated. Below 64 KiB there is
 * none to be had. Everything the loader does goes through a call of `enum call`, where the script of
 * faults may step in. One world, one run at a time; world_start begins anew.
 */
#ifndef GROMA_TESTS_FIRMWARE_WORLD_H
#define GROMA_TESTS_FIRMWARE_WORLD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "faults.h"
#include "uefi.h"

#define FIRMWARE_PADDR    UINT64_C(0x7f00000)
#define FIRMWARE_BYTES    UINT64_C(0x100000)
#define FIRMWARE_ACPI_AT  0x2000u /* from FIRMWARE_PADDR on: the RSDP, */
#define FIRMWARE_BOOT_AT  0x4000u /* boot services, reclaimable */
#define FRAMEBUFFER_PADDR UINT64_C(0x20000000)
#define FRAMEBUFFER_BYTES (64u * 64 * 4)
#define PM_TIMER_PORT     0x608u

#define MOST_ENTRIES 70000u
#define MOST_FILES   24u
#define MOST_PCI_DEVICES 8u
#define MOST_MADE    6u /* files and folders that a run may make */
#define MOST_MADE_BYTES 65536u

struct entry {
    uint32_t type;
    uint64_t first_pfn, end_pfn;
    uint64_t attributes;
};

/* A descriptor that is shown byte for byte. */
struct raw_entry {
    uint32_t type;
    uint64_t start, page_count, attributes;
};

struct file {
    const char *path; /* with backslashes; a name that ends in one is a directory */
    const void *bytes;
    size_t size_bytes;
};

/* A PCI device: class and subclass, the bus it is on, its command register. */
struct pci_device {
    uint16_t class_code, bus, command;
};

/* A CPUID leaf in place of the machine's own. */
struct cpuid_leaf {
    uint32_t leaf, eax, ebx, ecx, edx;
};

/* What a machine is like; a constant of the tests. */
struct scenario {
    const char *name;
    const char *config;      /* groma.conf; NULL: there is none */
    size_t config_bytes;     /* 0: up to its NUL */
    const struct file *kernel;
    const struct file *modules; /* up to a NULL path */
    const struct entry *map; /* NULL: the small machine */
    size_t map_count;
    uint32_t stride_bytes;   /* 0: 48 */
    unsigned physical_bits;  /* 0: 39 */
    unsigned grow_entries;   /* more entries in the map with each allocation */
    unsigned exit_refusals;  /* how often ExitBootServices says that the key is old */
    unsigned exit_grows;     /* entries that each such refusal adds to the map */
    bool no_uart, no_conout, no_conin, no_volume_device;
    bool conout_on_serial;   /* the ConOut variable lists a UART */
    bool graphics, random, acpi, smbios, knows_tsc, has_rdrand, low_pages_first, giant_pages;
    bool may_write;          /* the config, or a key, asks for a file on the volume */
    bool read_only, no_rename, endless_maps; /* of the volume; a file of every capture's name is there */
    const struct file *kept; /* the user's own files besides, up to a NULL path; bytes NULL: a folder */
    const char *keys;        /* typed: one for each look, ' ' for none */
    bool keeps_variables;    /* what the run before wrote is still there */
    bool store_in_pieces;    /* none of which holds a variable */
    bool store_full;         /* less than half of the variable store is free */
    bool keeps_services;     /* after the exit the table still points at boot services */
    bool low_reads;          /* files cannot be read into memory above 4 GiB */
    bool page_0_given;       /* AllocateAnyPages gives page 0 first */
    bool any_address;        /* AllocateAddress is refused once for each placement */
    const struct raw_entry *raw; /* further descriptors, as they are, before the others */
    size_t raw_count;
    void (*alter)(unsigned fetch); /* called before the map is shown for the second time and later */
    uint32_t version;        /* of the descriptors; 0: 1 */
    void (*bend)(EFI_SYSTEM_TABLE *system); /* spoils the tables before the loader starts */
    bool raw_is_usable;      /* conventional memory among the raw descriptors is meant so */
    uint64_t cr4;
    const struct cpuid_leaf *leaves; /* up to an entry with leaf UINT32_MAX; NULL: none */
    uint64_t sev_status;
    bool random_instructions_fail;
    const uint8_t *device_path; /* of the boot volume; NULL: a GPT partition */
    const struct pci_device *pci; /* up to one of class 0; NULL: the firmware shows none */
};

enum outcome {
    RETURNED, /* efi_main came back */
    JUMPED,   /* to the kernel */
    HALTED,   /* cpu_halt */
    CRASHED,  /* touched memory that is not its own */
    HUNG,     /* too many calls, or too long */
};

struct allocation_made {
    uint64_t first_pfn, page_count;
    uint32_t type;
    bool is_mapping;   /* made outside the arena */
    uint64_t pool_paddr; /* 0: pages; else where the pool memory begins */
    uint64_t pool_bytes;
};

struct open_file {
    EFI_FILE_PROTOCOL protocol; /* first: the loader's pointer is ours */
    const struct file *file;    /* NULL: the root directory */
    uint64_t position;
    bool open;
};

struct world {
    const struct scenario *scenario;
    const struct script *script;
    struct fault_state faults;

    struct entry *entries; /* the firmware's map */
    size_t entry_count;
    struct allocation_made allocations[160];
    size_t allocation_count;
    uint64_t key;
    unsigned growths, fetches, refusals;
    uint32_t stride_shown; /* of the last map that was given */
    size_t entries_shown;
    uint64_t start_free_pages;

    struct open_file files[MOST_FILES];
    unsigned opened_count, closed_count;
    struct file config_file;

    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES *boot;
    uint64_t watchdog_s;
    uint64_t stalled_us;
    uint64_t tsc;
    uint64_t msr_efer, msr_pat;
    uint8_t uart_registers[8];
    unsigned key_polls, variable_writes;
    bool room_asked; /* since the last write of a variable */
    uint8_t post_code;
    uint16_t pci_commands[MOST_PCI_DEVICES];
    unsigned pci_disconnected; /* a bit for each */
    bool pci_lied;             /* a register was read as all ones */
    bool dma_is_off;           /* the first bridge was written to: only the exit may follow, until it begins */

    char conout[65536];
    size_t conout_bytes;
    char serial[65536];
    size_t serial_bytes;

    bool exit_called, exited;
    uint64_t calls;
    const char *violation; /* the first thing the loader must not do; static text */
    uint64_t violation_value;
    unsigned excused_pages, excused_pool; /* the firmware itself refused to take them back */

    enum outcome outcome;
    EFI_STATUS status;
    uint64_t crash_address;
    sigjmp_buf way_out;
};

extern struct world world;

/* Once a program: reserves the arena, installs the handlers. False: the host cannot do it. */
bool world_open(void);

/* Makes the machine as the scenario says it, and runs the loader to its end, whatever that is. */
void world_run(const struct scenario *scenario, const struct script *script);

/* Calls a function that may follow wrong addresses; false where it did. */
bool world_guard(void (*look)(void));

/* ---- for the parts of the world ------------------------------------------------------------ */

void violate(const char *what, uint64_t value);
_Noreturn void leave(enum outcome outcome);

/* The action the script has for this call now, or NULL. Counts the call. */
const struct action *enter_call(enum call call);

/* memory.c */
bool memory_reserve_arena(void);
void memory_start(void);
uint64_t memory_free_pages(void);
void memory_forget_mappings(void);
void memory_fill_services(EFI_BOOT_SERVICES *boot);
/* All of [first, end) lies in conventional entries, and in no other one. */
bool memory_is_listed_free(uint64_t first_pfn, uint64_t end_pfn);
bool memory_owned(uint64_t first_pfn, uint64_t page_count); /* by the loader, as pages */
void memory_take(uint64_t first_pfn, uint64_t end_pfn, uint32_t from, uint32_t to);
void memory_grow(unsigned entries);
struct entry *memory_borrow_list(const struct entry *list, size_t count); /* for memory_take between runs */
void memory_lock(uint64_t paddr, uint64_t size_bytes, int rights); /* mprotect's */

/* map_answer.c */
EFI_STATUS EFIAPI map_answer(UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride, UINT32 *version);

/* files.c */
void files_start(void);
EFI_FILE_IO_INTERFACE *files_volume(void);
const struct file *files_find(const char *path);

/* pci.c */
size_t pci_count(void);
void *pci_interface(EFI_HANDLE handle, const EFI_GUID *guid); /* NULL: it is no PCI device */
void pci_give_handles(UINTN *count, EFI_HANDLE **handles);
void pci_start(EFI_BOOT_SERVICES *boot);

/* made_files.c: what the loader makes on the volume */
void made_start(void);
const struct file *made_at(size_t index); /* NULL behind the last */
const struct file *made_new(const CHAR16 *path, bool is_folder);
bool made_is(const struct file *file);
void made_fill_functions(EFI_FILE_PROTOCOL *protocol);
struct open_file *files_open_of(EFI_FILE_PROTOCOL *protocol);

/* services.c */
EFI_HANDLE services_image(void);
EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *services_graphics(void); /* for scenario.bend */
void services_forget_mode(void);                              /* likewise: a display in no mode */

/* tables.c: configuration tables in the firmware's pages; a checksum put at `at`, all bytes add up to 0 */
void tables_make(EFI_SYSTEM_TABLE *system);
void tables_sum(uint8_t *bytes, size_t size_bytes, size_t at);

/* variables.c */
void variables_start(void);
void variables_fill_services(EFI_RUNTIME_SERVICES *runtime);
const uint8_t *variables_find(const char *name, size_t *ret_size_bytes); /* NULL: there is none */
void services_start(void);

/* cpu.c */
void cpu_start(void);

#endif
