/* SPDX-License-Identifier: MIT */
/*
 * Leaving boot services: GetMemoryMap and ExitBootServices until the key fits (UEFI 2.10,
 * 7.4.6), into a buffer with slack, without a word or an allocation in between. The map of the
 * last, successful key is the map that counts.
 */
#include "cpu.h"
#include "loader.h"

#define EXIT_ROUNDS 16u

static const char no_map[] =
    "E-EXIT-01|get the exit map|"
    "the firmware is at fault; try another version of it";
static const char no_exit[] =
    "E-EXIT-02|leave boot services|"
    "the firmware is at fault; try another version of it";
static const char changed_form[] =
    "E-EXIT-03|read the exit map|"
    "the firmware changed its descriptor form: report it";

EFI_STATUS firmware_exit(struct loader *loader)
{
    struct memory *memory = &loader->memory;
    UINTN stride = 0;
    UINT32 version = 0;
    EFI_STATUS status = EFI_INVALID_PARAMETER;
    bool tried = false;

    dma_off(loader);
    for (unsigned round = 0; round < EXIT_ROUNDS && status == EFI_INVALID_PARAMETER; round++) {
        watched_hash(&loader->watched, WATCHED_BEFORE, 0);
        status = memory_fetch(loader, &stride, &version);
        if (EFI_ERROR(status)) {
            if (!tried)
                return fail(loader, no_map, status, "(capacity %lu)", memory->raw_capacity_bytes);
            loader->console.after_exit = true;
            fail_and_halt(loader, no_map, status, "(round %u)", round);
        }
        tried = true;
        status = loader->boot->ExitBootServices(loader->image, memory->key);
    }
    cpu_disable_interrupts();
    loader->console.after_exit = true;
    if (status != EFI_SUCCESS) /* a warning is no exit either */
        fail_and_halt(loader, no_exit, status, "(after %u rounds at most)", EXIT_ROUNDS);
    watched_hash(&loader->watched, WATCHED_AFTER, 0);
    if (stride != memory->stride_bytes || version != memory->version)
        fail_and_halt(loader, changed_form, EFI_PROTOCOL_ERROR, "(stride %lu, was %lu)", stride,
                      memory->stride_bytes);
    return EFI_SUCCESS;
}
