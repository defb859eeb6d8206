/* SPDX-License-Identifier: MIT */
/*
 * What moved since the boot before, by one variable of at most 1 KiB, written only when its
 * content changed. What is remembered is decided in common/bootinfo.
 */
#include "loader.h"

static const char no_read[] = "W-DRIFT-01|read the variable|the boot goes on; what moved cannot be told";
static const char no_room[] =
    "W-DRIFT-02|write the variable|the boot goes on; less than half of the firmware's store is free";
static const char no_write[] =
    "W-DRIFT-03|write the variable|the boot goes on; the next one compares with an older one";

static CHAR16 variable_name[] = {'G', 'r', 'o', 'm', 'a', 'D', 'r', 'i', 'f', 't', 0};

/* The record of the boot before; 0 bytes where there is none. False: it cannot be told. */
static bool read_before(struct loader *loader)
{
    struct drift_record *before = &loader->drift_before;
    EFI_STATUS status =
        variable_read(loader, variable_name, before->bytes, sizeof before->bytes, &before->size_bytes);

    if (EFI_ERROR(status))
        (void)fail(loader, no_read, status, "GromaDrift");
    return !EFI_ERROR(status);
}

static void store(struct loader *loader)
{
    struct drift_record *now = &loader->drift_now;
    EFI_STATUS status = variable_ask_for_room(loader, now->size_bytes);

    if (EFI_ERROR(status)) {
        (void)fail(loader, no_room, status, "GromaDrift");
        return;
    }
    status = variable_write(loader, variable_name, now->bytes, now->size_bytes);
    loader->drift.stored = !EFI_ERROR(status);
    if (EFI_ERROR(status))
        (void)fail(loader, no_write, status, "GromaDrift");
}

/* Kinds and placements that differ; what had no place before shows as 0. */
static void show_moves(struct loader *loader)
{
    const struct drift_record *before = &loader->drift_before, *now = &loader->drift_now;

    for (unsigned kind = 0; kind < MEMMAP_KIND_COUNT; kind++) {
        if ((loader->drift.kinds >> kind & 1) != 0)
            say(loader, "  %s: %lu pages, elsewhere or others than the %lu before\n",
                memmap_kind_name((enum memmap_kind)kind), drift_kind(now, kind).page_count,
                drift_kind(before, kind).page_count);
    }
    for (uint32_t i = 0; i < drift_placement_count(now); i++) {
        struct drift_placement old = drift_placement(before, i), new = drift_placement(now, i);
        if (old.first_pfn != new.first_pfn || old.page_count != new.page_count)
            say(loader, "  our %s: 0x%lx, %lu pages; before 0x%lx, %lu pages\n",
                memmap_kind_name(new.kind), byte_of_pfn(new.first_pfn), new.page_count,
                byte_of_pfn(old.first_pfn), old.page_count);
    }
}

static void show(struct loader *loader)
{
    const struct bootinfo_drift *drift = &loader->drift;

    if (drift->state == BOOTINFO_DRIFT_SAME)
        say(loader, "drift: nothing moved since the boot before\n");
    else if (drift->state != BOOTINFO_DRIFT_MOVED)
        say(loader, "drift: no boot before to compare with\n");
    else
        say(loader, "drift: the firmware's map %s, %u of our %u placements moved\n",
            drift->kinds != 0 ? "moved" : "is as before", drift->placements_moved,
            drift->placement_count);
    if (drift->state == BOOTINFO_DRIFT_MOVED)
        show_moves(loader);
}

void drift_check(struct loader *loader)
{
    if (loader->config->drift == CONFIG_DRIFT_FORGET)
        (void)variable_write(loader, variable_name, NULL, 0);
    if (loader->config->drift != CONFIG_DRIFT_YES || !read_before(loader))
        return;
    drift_take(&loader->memory.map, loader->claims, loader->claim_count, &loader->drift_now);
    drift_compare(&loader->drift_before, &loader->drift_now, &loader->drift);
    show(loader);
    if (loader->drift.state != BOOTINFO_DRIFT_SAME)
        store(loader);
}
