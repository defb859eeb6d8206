/* SPDX-License-Identifier: MIT */
/*
 * The kernel, step by step. Each step prints what it found; one that fails says so and the
 * next goes on where it can. entry.S calls kernel_main with what the loader left.
 */
#include "arch/x86_64/entry_check.h"
#include "arch/x86_64/traps.h"
#include "audit.h"
#include "console.h"
#include "exercise.h"
#include "finish.h"
#include "handoff.h"
#include "map_check.h"
#include "map_show.h"
#include "memory.h"
#include "watch.h"

static void use_memory(struct kernel *kernel)
{
    if (!memory_open(kernel))
        return;
    watch_entry(kernel);
    map_check(kernel);
    if (!memory_start_frames(kernel))
        return;
    exercise_frames(kernel);
    memory_reclaim(kernel, MEMMAP_BOOT_RECLAIMABLE, "boot-services");
    memory_reclaim(kernel, MEMMAP_LOADER_RECLAIMABLE, "loader");
    watch_end(kernel);
    memory_check_tables(kernel);
}

_Noreturn void kernel_main(const void *boot_info, const struct entry_state *entry)
{
    static struct kernel kernel;

    traps_load();
    console_start();
    handoff_accept(&kernel, boot_info, entry);
    handoff_show_times(&kernel);
    entry_check(&kernel);
    audit_tables(&kernel);
    map_show(&kernel);
    map_check_totals(&kernel);
    use_memory(&kernel);
    finish();
}
