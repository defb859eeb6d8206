/* SPDX-License-Identifier: MIT */
/*
 * What can be watched: a process, a guest's physical memory, a file. Each is a list of regions with
 * readers of common/watch, ascending, and knows names for its addresses.
 */
#ifndef MEMWATCH_TARGET_H
#define MEMWATCH_TARGET_H

#include "text/text.h"
#include "tool.h"
#include "watch/watch.h"

struct target_region {
    uint64_t address;
    uint64_t size_bytes;
    const char *name;
    const char *rights; /* "rw-p", or "" */
    struct watch_reader reader;
};

struct target;
struct found; /* session.h */

struct target {
    const char *word; /* as the user named it */
    const char *what; /* "process 12 (cat)", "guest's RAM", "ELF core", ... */
    struct target_region *regions;
    size_t count, room;
    /* Appends what stands at an address, beside the region's name; NULL: nothing is known. */
    void (*describe)(const struct target *target, uint64_t address, struct text *text);
    /* May be NULL: these changes may say more of it: names, and the same bytes cut into other regions. */
    void (*learn)(struct target *target, const struct found *changes, size_t count);
    /* Why it can be read no more, or NULL. */
    const char *(*gone)(const struct target *target);
    int pid; /* of the process, or of the guest's QEMU; 0: there is none */
    bool is_guest;
    void *own; /* the kind's */
};

struct target_options {
    const char *symbols;   /* --symbols: the guest kernel's ELF file */
    uint64_t split_bytes;  /* --split: guest RAM behind this lies above 4 GiB; 0: as QEMU has it */
    bool all;              /* --all: regions that cannot be written, too */
    bool proc_mem;         /* --proc-mem: /proc/PID/mem alone */
};

/*
 * Opens what the word names: guest:PID, guest:FILE, guest: alone, pid:N, a number, a file that exists,
 * a process's name. Ends the program with a reason where it cannot.
 */
struct target *open_target(const char *word, const struct target_options *options);

struct target *open_process(const char *word, int pid, const struct target_options *options);
struct target *open_guest(const char *word, const char *where, const struct target_options *options);
struct target *open_file(const char *word);

struct target_region *add_region(struct target *target, uint64_t address, uint64_t size_bytes,
                                 const char *name, const char *rights);
/* The region of an address, or NULL. */
const struct target_region *find_region(const struct target *target, uint64_t address);
/* "where" of an address: the region's name and what the target adds. */
const char *describe(const struct target *target, uint64_t address);

/* The processes with this name (comm, or the program's name); how many, the first in *ret_pid. */
size_t find_processes(const char *name, int *ret_pid);
void list_processes(FILE *to, bool json);
/* The only QEMU that shares its guest's memory; ends the program where there is none or more than one. */
int find_guest(void);
/* Processor time that a process has used, in all its threads; 0 where it cannot be known. */
uint64_t processor_ns(int pid);

#endif
