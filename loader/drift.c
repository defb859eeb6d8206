/* SPDX-License-Identifier: MIT */
/*
 * What moved since the boot before, by one variable of at most 1 KiB (UEFI 2.10, 8.2). It is
 * written only when its content changed and half of the store is free: stores wear out, and some
 * machines do not start again from a full one. What is remembered is decided in common/bootinfo.
 */
#include "loader.h"

#define REVISION_2_00 (2u << 16) /* the first with QueryVariableInfo */
#define ATTRIBUTES (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)

static const char no_read[] = "W-DRIFT-01|read the variable|the boot goes on; what moved cannot be told";
static const char no_room[] =
    "W-DRIFT-02|write the variable|the boot goes on; less than half of the firmware's store is free";
static const char no_write[] =
    "W-DRIFT-03|write the variable|the boot goes on; the next one compares with an older one";

static CHAR16 variable_name[] = {'G', 'r', 'o', 'm', 'a', 'D', 'r', 'i', 'f', 't', 0};
static EFI_GUID variable_guid = {
    0x74807744, 0x59b4, 0x4b7f, {0x88, 0x6b, 0x83, 0x31, 0x3d, 0x0e, 0x91, 0xfa}};

/* The record of the boot before; 0 bytes where there is none. False: it cannot be told. */
static bool read_before(struct loader *loader)
{
    struct drift_record *before = &loader->drift_before;
    UINTN size_bytes = sizeof before->bytes;
    EFI_STATUS status = loader->system->RuntimeServices->GetVariable(
        variable_name, &variable_guid, NULL, &size_bytes, before->bytes);

    if (EFI_ERROR(status) && status != EFI_NOT_FOUND && status != EFI_BUFFER_TOO_SMALL) {
        (void)fail(loader, no_read, status, "GromaDrift");
        return false;
    }
    before->size_bytes = status == EFI_NOT_FOUND ? 0 : (uint32_t)size_bytes;
    return true;
}

static EFI_STATUS ask_for_room(struct loader *loader, uint64_t size_bytes)
{
    EFI_RUNTIME_SERVICES *services = loader->system->RuntimeServices;
    UINT64 store = 0, free = 0, largest = 0;
    EFI_STATUS status = EFI_UNSUPPORTED;

    if (services->Hdr.Revision >= REVISION_2_00)
        status = services->QueryVariableInfo(ATTRIBUTES, &store, &free, &largest);
    if (!EFI_ERROR(status) && (free < store / 2 || largest < size_bytes))
        status = EFI_OUT_OF_RESOURCES;
    return status;
}

static EFI_STATUS write_variable(struct loader *loader, void *bytes, UINTN size_bytes)
{
    return loader->system->RuntimeServices->SetVariable(variable_name, &variable_guid, ATTRIBUTES,
                                                        size_bytes, bytes);
}

static void store(struct loader *loader)
{
    struct drift_record *now = &loader->drift_now;
    EFI_STATUS status = ask_for_room(loader, now->size_bytes);

    if (EFI_ERROR(status)) {
        (void)fail(loader, no_room, status, "GromaDrift");
        return;
    }
    status = write_variable(loader, now->bytes, now->size_bytes);
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
    if (loader->config.drift == CONFIG_DRIFT_FORGET)
        (void)write_variable(loader, NULL, 0);
    if (loader->config.drift != CONFIG_DRIFT_YES || !read_before(loader))
        return;
    drift_take(&loader->memory.map, loader->claims, loader->claim_count, &loader->drift_now);
    drift_compare(&loader->drift_before, &loader->drift_now, &loader->drift);
    show(loader);
    if (loader->drift.state != BOOTINFO_DRIFT_SAME)
        store(loader);
}
