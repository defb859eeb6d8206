/* SPDX-License-Identifier: MIT */
/*
 * The test kernel: kernel/main.c step by step, with a plant between the steps. Takes the place
 * of that one object; keep the order of the steps the same.
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
#include "plant.h"
#include "watch.h"

static void use_memory(struct kernel *kernel)
{
    if (!memory_open(kernel))
        return;
    watch_entry(kernel);
    map_check(kernel);
    plant(kernel, PLANT_BEFORE_FRAMES);
    if (!memory_start_frames(kernel))
        return;
    plant(kernel, PLANT_BEFORE_EXERCISE);
    exercise_frames(kernel);
    plant(kernel, PLANT_BEFORE_RECLAIM);
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
    plant_in_block(boot_info);
    handoff_accept(&kernel, boot_info, entry);
    handoff_show_times(&kernel);
    plant(&kernel, PLANT_BEFORE_ENTRY_CHECK);
    entry_check(&kernel);
    plant(&kernel, PLANT_BEFORE_AUDIT);
    audit_tables(&kernel);
    plant(&kernel, PLANT_BEFORE_MAP);
    map_show(&kernel);
    map_check_totals(&kernel);
    use_memory(&kernel);
    finish();
}
