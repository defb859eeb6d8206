/* SPDX-License-Identifier: MIT */
/*
 * Faults on demand. The test kernel is the product's objects with another main: between the
 * steps it plants what the command line names (`plant=wx`), so that each claim the kernel
 * makes can be seen to fail. A plant harms only the machine that runs it.
 */
#ifndef GROMA_TESTKERNEL_PLANT_H
#define GROMA_TESTKERNEL_PLANT_H

#include "kernel.h"

/* Between which steps: before ... */
enum plant_stage {
    PLANT_BEFORE_ENTRY_CHECK, /* entry; stack, fault, exec, execmap, nullread, double */
    PLANT_BEFORE_AUDIT,       /* wx, user, null, alias, outside, bad */
    PLANT_BEFORE_MAP,         /* map, balance */
    PLANT_BEFORE_FRAMES,      /* nomem */
    PLANT_BEFORE_EXERCISE,    /* claim, stray, lose, refuse */
    PLANT_BEFORE_RECLAIM,     /* reclaim, table; and write, alias-write, dirty, which are no faults */
};

/* Before the block is checked: `flip` and `size` spoil it, through the direct map. */
void plant_in_block(const void *boot_info);

/* Plants what the command line names for this stage; a planted exception does not return. */
void plant(struct kernel *kernel, enum plant_stage stage);

/* plant_exceptions.c */
void plant_stack(struct kernel *kernel);
void plant_fault(struct kernel *kernel);
void plant_exec(struct kernel *kernel);
void plant_execmap(struct kernel *kernel);
void plant_nullread(struct kernel *kernel);
void plant_double(struct kernel *kernel);

/* plant_tables.c */
void plant_wx(struct kernel *kernel);
void plant_user(struct kernel *kernel);
void plant_null(struct kernel *kernel);
void plant_alias(struct kernel *kernel);
void plant_outside(struct kernel *kernel);
void plant_bad(struct kernel *kernel);
void plant_alias_write(struct kernel *kernel);

/* plant_dirty.c: writes to a buffer, found by dirty bits; prints `groma: dirty ...` */
void plant_dirty(struct kernel *kernel);

#endif
