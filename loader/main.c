/* SPDX-License-Identifier: MIT */
/*
 * The loader's table of contents. Whatever fails before the exit is one line, a wait, and a
 * return to the firmware with everything given back; after the exit there is no way back.
 */
#include "base/mem.h"
#include "cpu.h"
#include "loader.h"

#define WATCHDOG_S 300u /* for the load: a firmware that hangs resets the machine */

void stamp(struct loader *loader, enum bootinfo_phase phase)
{
    if (loader->stamp_count < sizeof loader->stamps / sizeof loader->stamps[0])
        loader->stamps[loader->stamp_count++] =
            (struct bootinfo_stamp){.phase = phase, .tsc = cpu_tsc()};
}

/* Ranges the config takes away bind our own placement too, so they are claimed first. */
static EFI_STATUS claim_config_ranges(struct loader *loader)
{
    const struct config *config = loader->config;
    EFI_STATUS status = EFI_SUCCESS;

    for (size_t i = 0; i < config->reservation_count && !EFI_ERROR(status); i++) {
        const char *reason = config->reservations[i].reason;
        status = memory_claim(loader, config->reservations[i].range.first,
                              config->reservations[i].range.end - config->reservations[i].range.first,
                              MEMMAP_RESERVED, false, reason[0] != '\0' ? reason : "reserve");
    }
    for (size_t i = 0; i < config->bad_range_count && !EFI_ERROR(status); i++)
        status = memory_claim(loader, config->bad_ranges[i].first,
                              config->bad_ranges[i].end - config->bad_ranges[i].first, MEMMAP_BAD,
                              false, "badram");
    return status;
}

/* Everything up to the point of no return; each step prints its own failure. */
static EFI_STATUS prepare(struct loader *loader)
{
    EFI_STATUS status = volume_open(loader);

    if (!EFI_ERROR(status))
        status = config_load(loader);
    if (!EFI_ERROR(status))
        checkpoint_open(loader);
    stamp(loader, BOOTINFO_PHASE_CONFIG);
    capture_start(loader);
    if (!EFI_ERROR(status))
        status = machine_inspect(loader);
    if (!EFI_ERROR(status))
        status = claim_config_ranges(loader);
    if (!EFI_ERROR(status))
        status = memory_open(loader);
    if (EFI_ERROR(status))
        return status;
    say(loader, "\nGroma %s: a boot loader that accounts for memory\n", LOADER_VERSION);
    show_map(loader);
    tables_find(loader);
    checkpoint(loader, CHECKPOINT_READ_KERNEL);
    status = kernel_load(loader);
    stamp(loader, BOOTINFO_PHASE_KERNEL);
    if (!EFI_ERROR(status))
        status = modules_load(loader);
    stamp(loader, BOOTINFO_PHASE_MODULES);
    if (!EFI_ERROR(status))
        status = space_build(loader);
    stamp(loader, BOOTINFO_PHASE_TABLES);
    return status;
}

static EFI_STATUS run(struct loader *loader)
{
    EFI_STATUS status;

    (void)loader->boot->SetWatchdogTimer(WATCHDOG_S, 0, 0, NULL);
    status = prepare(loader);
    if (!EFI_ERROR(status))
        checkpoint(loader, CHECKPOINT_EXTRAS);
    if (!EFI_ERROR(status))
        drift_check(loader);
    if (!EFI_ERROR(status))
        capture_write(loader);
    volume_close(loader);
    if (!EFI_ERROR(status)) {
        say(loader, "kernel %s: %lu bytes read, entered at 0x%lx\n", loader->config->kernel,
            loader->bytes_read, loader->plan.entry);
        watch_choose(loader);
        checkpoint(loader, CHECKPOINT_LEAVE_FIRMWARE);
        status = firmware_exit(loader);
    }
    if (!EFI_ERROR(status))
        finish(loader);
    (void)loader->boot->SetWatchdogTimer(0, 0, 0, NULL);
    console_wait(loader);
    memory_free_all(loader);
    return status;
}

/* Called by GNU-EFI's crt0 with the System V convention: not EFIAPI. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* One large frame, on purpose. */
#pragma GCC diagnostic ignored "-Wframe-larger-than="

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    struct start_map start_map; /* filled in where somebody wants it */
    struct loader *loader;
    void *state = NULL;
    uint64_t start_tsc = cpu_tsc();
    EFI_STATUS status;

    if (system == NULL || system->Hdr.Signature != EFI_SYSTEM_TABLE_SIGNATURE ||
        system->BootServices == NULL || system->RuntimeServices == NULL)
        return EFI_INVALID_PARAMETER;
    status = system->BootServices->AllocatePool(EfiLoaderData, sizeof *loader, &state);
    if (EFI_ERROR(status) || state == NULL)
        return fail_without_state(system, status);
    loader = state;
    memset(loader, 0, sizeof *loader);
    loader->image = image;
    loader->system = system;
    loader->boot = system->BootServices;
    loader->start_map = &start_map;
    loader->stamps[loader->stamp_count++] =
        (struct bootinfo_stamp){.phase = BOOTINFO_PHASE_START, .tsc = start_tsc};
    status = store_open(loader);
    status = EFI_ERROR(status) ? fail_without_state(system, status) : run(loader);
    store_close(loader);
    (void)system->BootServices->FreePool(state);
    return status;
}
