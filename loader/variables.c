/* SPDX-License-Identifier: MIT */
/*
 * Our own variables (UEFI 2.10, 8.2): for boot services, non-volatile. They are written only
 * while half of the store is free: some machines do not start again from a full one.
 */
#include "loader.h"

#define REVISION_2_00 (2u << 16) /* the first with QueryVariableInfo */
#define ATTRIBUTES (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)

static EFI_GUID vendor = {0x74807744, 0x59b4, 0x4b7f, {0x88, 0x6b, 0x83, 0x31, 0x3d, 0x0e, 0x91, 0xfa}};

EFI_STATUS variable_read(struct loader *loader, CHAR16 *name, void *bytes, UINTN capacity_bytes,
                         uint32_t *ret_size_bytes)
{
    UINTN size_bytes = capacity_bytes;
    EFI_STATUS status = loader->system->RuntimeServices->GetVariable(name, &vendor, NULL, &size_bytes, bytes);

    if (EFI_ERROR(status) && status != EFI_NOT_FOUND && status != EFI_BUFFER_TOO_SMALL)
        return status;
    *ret_size_bytes = status == EFI_NOT_FOUND ? 0 : (uint32_t)size_bytes;
    return EFI_SUCCESS;
}

EFI_STATUS variable_ask_for_room(struct loader *loader, uint64_t size_bytes)
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

EFI_STATUS variable_write(struct loader *loader, CHAR16 *name, void *bytes, UINTN size_bytes)
{
    return loader->system->RuntimeServices->SetVariable(name, &vendor, ATTRIBUTES, size_bytes, bytes);
}
