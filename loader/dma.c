/* SPDX-License-Identifier: MIT */
/*
 * `dma = off`: no device behind a PCI bridge reaches memory between the exit and the kernel's own
 * IOMMU tables, because the bridges forward no request (PCI-to-PCI Bridge Architecture 1.2, 3.2.5.3:
 * Bus Master Enable). As Linux does with efi=disable_early_pci_dma: first the firmware's drivers of
 * what lies behind bridges are stopped, so that none waits for ever for a device that is cut off.
 * Display controllers keep theirs: they show the framebuffer, and do it without DMA.
 */
#include "loader.h"

#define CONFIG_COMMAND    0x04u
#define COMMAND_MASTER    0x0004u
#define CONFIG_CLASS      0x0au /* subclass, and base class above it */
#define CLASS_PCI_BRIDGE  0x0604u
#define BASE_CLASS_DISPLAY 0x03u

static const char still_on[] =
    "W-DMA-01|clear bus mastering on|the boot goes on; devices may still write to memory";

static EFI_PCI_IO_PROTOCOL *device_of(struct loader *loader, EFI_HANDLE handle)
{
    EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
    void *found = NULL;

    if (EFI_ERROR(loader->boot->HandleProtocol(handle, &guid, &found)))
        return NULL;
    return found;
}

static EFI_STATUS read_config(EFI_PCI_IO_PROTOCOL *device, UINT32 offset, UINT16 *ret_value)
{
    return device->Pci.Read(device, EfiPciIoWidthUint16, offset, 1, ret_value);
}

/* What lies on bus 0 is behind no bridge. */
static void stop_driver(struct loader *loader, EFI_HANDLE handle)
{
    EFI_PCI_IO_PROTOCOL *device = device_of(loader, handle);
    UINTN segment, bus = 0, slot, function;
    UINT16 class = 0;

    if (device == NULL || EFI_ERROR(device->GetLocation(device, &segment, &bus, &slot, &function)) || bus == 0)
        return;
    if (EFI_ERROR(read_config(device, CONFIG_CLASS, &class)) || class >> 8 == BASE_CLASS_DISPLAY)
        return;
    (void)loader->boot->DisconnectController(handle, NULL, NULL);
}

/* Success where it is no bridge, too. */
static EFI_STATUS shut_bridge(struct loader *loader, EFI_HANDLE handle)
{
    EFI_PCI_IO_PROTOCOL *device = device_of(loader, handle);
    UINT16 class = 0, command = 0;
    EFI_STATUS status = device == NULL ? EFI_UNSUPPORTED : read_config(device, CONFIG_CLASS, &class);

    if (EFI_ERROR(status) || class != CLASS_PCI_BRIDGE)
        return status;
    status = read_config(device, CONFIG_COMMAND, &command);
    if (EFI_ERROR(status) || (command & COMMAND_MASTER) == 0)
        return status;
    command &= (UINT16)~COMMAND_MASTER;
    return device->Pci.Write(device, EfiPciIoWidthUint16, CONFIG_COMMAND, 1, &command);
}

void dma_off(struct loader *loader)
{
    EFI_GUID guid = EFI_PCI_IO_PROTOCOL_GUID;
    EFI_HANDLE *handles = NULL;
    UINTN count = 0;
    EFI_STATUS status, first_failure;

    if (!loader->config->dma_off)
        return;
    checkpoint(loader, CHECKPOINT_DMA_OFF);
    first_failure = loader->boot->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles);
    if (!EFI_ERROR(first_failure) && handles == NULL)
        first_failure = EFI_NOT_FOUND;
    for (UINTN i = 0; !EFI_ERROR(first_failure) && i < count; i++)
        stop_driver(loader, handles[i]);
    for (UINTN i = 0; handles != NULL && i < count; i++) {
        status = shut_bridge(loader, handles[i]);
        if (EFI_ERROR(status) && !EFI_ERROR(first_failure))
            first_failure = status;
    }
    if (handles != NULL)
        (void)loader->boot->FreePool(handles);
    if (EFI_ERROR(first_failure))
        (void)fail(loader, still_on, first_failure, "PCI bridges (%lu devices)", count);
    else
        loader->security_flags |= BOOTINFO_DMA_OFF;
}
