/* SPDX-License-Identifier: MIT */
/*
 * PCI devices by EFI_PCI_IO_PROTOCOL (UEFI 2.10, 14.4), as far as a loader has business with them:
 * where they are, what they are, and the bus master bit of bridges.
 */
#include <string.h>

#include "world.h"

#define COMMAND_AT    4u
#define CLASS_AT      10u
#define BUS_MASTER    4u
#define CLASS_BRIDGE  0x0604u
#define BASE_DISPLAY  3u

static EFI_PCI_IO_PROTOCOL protocols[MOST_PCI_DEVICES];

size_t pci_count(void)
{
    size_t count = 0;

    while (world.scenario->pci != NULL && world.scenario->pci[count].class_code != 0)
        count++;
    return count;
}

void *pci_interface(EFI_HANDLE handle, const EFI_GUID *guid)
{
    static const EFI_GUID pci = EFI_PCI_IO_PROTOCOL_GUID;
    size_t index = (size_t)((EFI_PCI_IO_PROTOCOL *)handle - protocols);

    return memcmp(guid, &pci, sizeof pci) == 0 && index < pci_count() ? &protocols[index] : NULL;
}

static size_t index_of(const EFI_PCI_IO_PROTOCOL *this)
{
    size_t index = (size_t)(this - protocols);

    if (index >= pci_count())
        violate("calls a PCI device that is none", (uint64_t)this);
    return index < pci_count() ? index : 0;
}

static EFI_STATUS EFIAPI get_location(EFI_PCI_IO_PROTOCOL *this, UINTN *segment, UINTN *bus, UINTN *device, UINTN *function)
{
    const struct action *action = enter_call(PCI_LOCATION);
    size_t index = index_of(this);

    if (action != NULL)
        return action->status;
    *segment = *function = 0;
    *device = index;
    *bus = world.scenario->pci[index].bus;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_config(EFI_PCI_IO_PROTOCOL *this, EFI_PCI_IO_PROTOCOL_WIDTH width, UINT32 offset, UINTN count,
                                     VOID *buffer)
{
    const struct action *action = enter_call(PCI_READ);
    size_t index = index_of(this);
    uint16_t value = offset == CLASS_AT ? world.scenario->pci[index].class_code : world.pci_commands[index];

    if (width != EfiPciIoWidthUint16 || count != 1 || (offset != COMMAND_AT && offset != CLASS_AT))
        violate("reads an unknown register of a PCI device", offset);
    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (action != NULL)
        value = 0xffff; /* nobody answers */
    world.pci_lied |= action != NULL;
    memcpy(buffer, &value, sizeof value);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI write_config(EFI_PCI_IO_PROTOCOL *this, EFI_PCI_IO_PROTOCOL_WIDTH width, UINT32 offset, UINTN count,
                                      VOID *buffer)
{
    const struct action *action = enter_call(PCI_WRITE);
    size_t index = index_of(this);
    uint16_t value;

    memcpy(&value, buffer, sizeof value);
    if (width != EfiPciIoWidthUint16 || count != 1 || offset != COMMAND_AT)
        violate("writes another register than the command of a PCI device", offset);
    else if (world.scenario->pci[index].class_code != CLASS_BRIDGE)
        violate("writes to a PCI device that is no bridge", index);
    else if ((value ^ world.pci_commands[index]) != BUS_MASTER && !world.pci_lied)
        violate("changes more of a bridge than its bus mastering", value);
    world.dma_is_off = true;
    if (action != NULL)
        return action->status;
    world.pci_commands[index] = value;
    return EFI_SUCCESS;
}

/* A driver gives back what it has: the map changes. */
static EFI_STATUS EFIAPI disconnect_controller(EFI_HANDLE controller, EFI_HANDLE driver, EFI_HANDLE child)
{
    const struct action *action = enter_call(DISCONNECT);
    size_t index = index_of(controller);

    if (driver != NULL || child != NULL)
        violate("disconnects one driver alone", (uint64_t)driver);
    if (world.scenario->pci[index].bus == 0)
        violate("disconnects a device that is behind no bridge", index);
    if (world.scenario->pci[index].class_code >> 8 == BASE_DISPLAY && !world.pci_lied)
        violate("disconnects a display", index);
    if (world.opened_count != world.closed_count)
        violate("disconnects devices while files are open", world.opened_count);
    if (action != NULL)
        return action->status;
    world.pci_disconnected |= 1u << index;
    memory_grow(1);
    return EFI_SUCCESS;
}

void pci_give_handles(UINTN *count, EFI_HANDLE **handles)
{
    VOID *bytes = NULL;

    if (EFI_ERROR(world.boot->AllocatePool(EfiLoaderData, pci_count() * sizeof **handles, &bytes)) || bytes == NULL)
        return;
    *handles = bytes;
    *count = pci_count();
    for (size_t i = 0; i < *count; i++)
        (*handles)[i] = &protocols[i];
}

void pci_start(EFI_BOOT_SERVICES *boot)
{
    for (size_t i = 0; i < pci_count(); i++) {
        protocols[i] = (EFI_PCI_IO_PROTOCOL){.Pci = {.Read = read_config, .Write = write_config},
                                             .GetLocation = get_location};
        world.pci_commands[i] = world.scenario->pci[i].command;
    }
    boot->DisconnectController = (void *)disconnect_controller;
}
