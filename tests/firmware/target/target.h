/* SPDX-License-Identifier: MIT */
/*
 * A UEFI program that starts the loader again and again in the real firmware, breaks one of its calls each
 * time, and judges what it does. The firmware's tables are hooked in place; a hook acts only on calls whose
 * return address lies in the loader's image, so the firmware's own calls pass. One machine, one processor.
 *
 * The loader comes back from every run: what reaches the exit is refused there (the "gate": GetMemoryMap fails
 * once the volume is closed), or, where ExitBootServices itself is looked at, ended by the firmware's Exit.
 */
#ifndef GROMA_TESTS_FIRMWARE_TARGET_H
#define GROMA_TESTS_FIRMWARE_TARGET_H

#include "firmware/faults.h"
#include "uefi.h"

#define MOST_PAGES_MADE 160u
#define MOST_POOL_MADE  64u
#define MOST_FILES      16u
#define TEXT_CAPACITY   32768u
#define MOST_WAIT_US    10500000u /* the default of `timeout` is 10 s */
#define MOST_CALLS      20000u /* of a run; a good one makes a few hundred */

enum verdict { GOOD, LEAKED, HUNG, SILENT, WILD, WRONG, VERDICTS };

/* What becomes of a run that nothing stops before the exit. */
enum ending {
    REFUSED_AT_EXIT, /* the map of the exit cannot be had: the loader frees everything and returns */
    ENDED_AT_EXIT,   /* the first ExitBootServices that no rule breaks never comes back */
    LEFT,            /* the firmware's own answer: the kernel is entered */
};

/* A groma.conf, and what the loader must make of it. */
struct variant {
    const char *name;
    const char *config; /* a file on the volume, opened for the loader's \groma.conf */
    bool on_volume;     /* files are the firmware's; else they are read once and then lie in memory */
    bool writes;        /* to the volume and to variables */
};

struct kept_pages {
    EFI_PHYSICAL_ADDRESS paddr;
    UINTN page_count;
    bool excused; /* the firmware would not take them back */
};

struct kept_pool {
    uint8_t *bytes;
    UINTN size_bytes;
    bool excused, has_canary;
};

struct held_file {
    const char *path;
    uint8_t *bytes;
    UINTN size_bytes;
};

struct open_file {
    EFI_FILE_PROTOCOL protocol; /* the loader's; first */
    EFI_FILE_PROTOCOL *real;      /* NULL: held in memory, the root without a file */
    const struct held_file *held;
    UINTN at;
    bool open, is_root;
};

/* Pages of the firmware's map by what they tell of a leak. */
struct census {
    uint64_t free_pages, loader_pages;
};

/* One start of the loader. */
struct run {
    const struct variant *variant;
    struct script script;
    enum ending ending;
    bool by_firmware; /* started by StartImage, as a new image */
    bool must_halt;   /* there is no way back after a failed exit */
    const struct map_shown *map; /* shown to the loader instead of the firmware's; or NULL */
    bool map_laid_over;          /* shown behind the firmware's own, from 4 GiB on */
    unsigned stride_bytes;       /* of what is shown; 0: the firmware's */

    struct fault_state faults;
    unsigned calls;
    bool gated, volume_closed, ended, halted;
    unsigned graphics_fault; /* what is wrong with the display; 0: nothing */
    unsigned exit_refusals; /* so many times the key is too old */
    unsigned exits;         /* calls of ExitBootServices */
    UINTN watchdog_s, stalled_us;
    const char *violation;
    uint64_t violation_value;
    EFI_STATUS status;
    struct kept_pages pages[MOST_PAGES_MADE];
    struct kept_pool pool[MOST_POOL_MADE];
    unsigned pages_count, pool_count;
    struct open_file files[MOST_FILES];
    char text[TEXT_CAPACITY]; /* what ConOut showed */
    size_t text_bytes;
    struct census before, after;
};

/* The firmware as it was, and the loader's image of this run. */
struct target {
    EFI_HANDLE image, volume, victim;
    EFI_SYSTEM_TABLE *system;
    EFI_BOOT_SERVICES boot;       /* copies: the real services */
    EFI_RUNTIME_SERVICES runtime;
    EFI_TEXT_OUTPUT_STRING output_string;
    EFI_INPUT_READ_KEY read_key;
    EFI_DEVICE_PATH *path;
    EFI_FILE_PROTOCOL *root;
    void *loader;
    UINTN loader_bytes;
    uint64_t victim_first, victim_bytes;
    uint8_t *map; /* room for the firmware's map */
    UINTN map_capacity_bytes;
};

extern struct target target;
extern struct run run;

/* ---- hooks.c, hooks_files.c, hooks_map.c, hooks_pci.c ----------------------------------------------------- */

/* A whole file of the volume into pool memory, one byte more than it has. */
EFI_STATUS read_whole(const char *path, void **ret_bytes, UINTN *ret_size);

void hooks_install(void);
void hooks_restore(void);

/* Counts a call of the loader; what the script does with it, or NULL. */
const struct action *enter_call(enum call call);
void violate(const char *what, uint64_t value);

/* The volume as the loader sees it; first what it may open of files that are held in memory. */
EFI_STATUS files_hold(void);
EFI_FILE_IO_INTERFACE *files_wrap(EFI_FILE_IO_INTERFACE *real);
unsigned files_open_count(void);
EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics_wrap(EFI_GRAPHICS_OUTPUT_PROTOCOL *real);
EFI_PCI_IO_PROTOCOL *pci_wrap(EFI_PCI_IO_PROTOCOL *real);

/* A map from tests/data/maps, or made: see maps.py. */
struct map_entry {
    uint64_t type, first_pfn, end_pfn, attributes;
};

struct map_shown {
    char name[56];
    uint64_t entry_count;
    struct map_entry entries[];
};

/* GetMemoryMap with what the run shows and what the lie bends. */
EFI_STATUS map_answer(enum lie lie, UINTN *size, EFI_MEMORY_DESCRIPTOR *to, UINTN *key, UINTN *stride,
                      UINT32 *version);
struct census map_census(void);

/* ---- runs.c, judge.c --------------------------------------------------------------------------- */

/* Starts the loader with what `run` says, from `variant` to `stride_bytes`, and takes back what it left. */
void run_loader(void);

/* Ends the run from inside a hook; the loader does not come back. */
_Noreturn void run_end(void);

/* Was it right? Says why not in the run's line on the serial port, and counts. */
enum verdict judge_run(const char **ret_why);
void judge_and_count(void);

/* The id of the first error line ("E-FILE-02"), or "". */
const char *judge_error_id(void);

struct counts {
    unsigned runs, injected, verdicts[VERDICTS];
    unsigned refused, gated, ended, halted;
};
extern struct counts counts;

/* ---- sweep.c, sweep_maps.c, leave.c ------------------------------------------------------------- */

const struct variant *plain_variant(void);

void run_begin(const struct variant *variant);
void sweep(unsigned wanted, bool full, uint64_t seed);

/*
 * The exit, refused 0 to 15 times: tried again without a word or an allocation. Then what ends in a halt: another
 * status, a map that cannot be had any more, the sixteenth refusal.
 */
void sweep_exits(void);

/* Every stride of the firmware's map, and the maps of a file: alone, and behind the firmware's. */
void sweep_maps(const void *bytes, UINTN size_bytes);

/* Everything that can be wrong with a display: the loader boots without one. */
void sweep_graphics(void);

/* The loader boots the kernel; a timer allocates in between, so that the first exit fails by itself. */
void leave_with_timer(void);
void timer_wait(void);

/* ExitBootServices fails for ever: says so, and halts. */
void leave_refused(void);

/* ---- halt.c: the loader's halts come back ------------------------------------------------------- */

void halts_catch(void);  /* in the loader's image, once loaded */
void halts_arm(void);
void halts_disarm(void);

/* ---- serial.c ------------------------------------------------------------------------------------ */

void serial_open(void);
void serial_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
