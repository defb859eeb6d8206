/* SPDX-License-Identifier: MIT */
/*
 * PCI devices as the loader sees them: the real ones, read for real. What is written to their registers and
 * which drivers are stopped is counted alone, so that no run changes the machine of the next. UEFI 2.10, 14.4.
 */
#include "base/mem.h"
#include "target.h"

#define MOST_DEVICES 32u

struct device {
    EFI_PCI_IO_PROTOCOL protocol; /* the loader's; first */
    EFI_PCI_IO_PROTOCOL *real;
};

static struct device devices[MOST_DEVICES];
static unsigned device_count;

static EFI_STATUS EFIAPI get_location(EFI_PCI_IO_PROTOCOL *this, UINTN *segment, UINTN *bus, UINTN *slot,
                                      UINTN *function)
{
    const struct action *action = enter_call(PCI_LOCATION);
    EFI_PCI_IO_PROTOCOL *real = ((struct device *)this)->real;

    return action != NULL ? action->status : real->GetLocation(real, segment, bus, slot, function);
}

static EFI_STATUS EFIAPI read_registers(EFI_PCI_IO_PROTOCOL *this, EFI_PCI_IO_PROTOCOL_WIDTH width, UINT32 offset,
                                        UINTN count, void *to)
{
    const struct action *action = enter_call(PCI_READ);
    EFI_PCI_IO_PROTOCOL *real = ((struct device *)this)->real;

    if (action != NULL && action->lie == GARBAGE)
        memset(to, 0xff, count << width);
    return action != NULL ? action->status : real->Pci.Read(real, width, offset, count, to);
}

static EFI_STATUS EFIAPI write_registers(EFI_PCI_IO_PROTOCOL *this, EFI_PCI_IO_PROTOCOL_WIDTH width, UINT32 offset,
                                         UINTN count, void *from)
{
    const struct action *action = enter_call(PCI_WRITE);

    (void)this, (void)width, (void)offset, (void)count, (void)from;
    if (!run.variant->writes)
        violate("writes to a PCI device", offset);
    return action != NULL ? action->status : EFI_SUCCESS;
}

EFI_PCI_IO_PROTOCOL *pci_wrap(EFI_PCI_IO_PROTOCOL *real)
{
    unsigned i = 0;

    while (i < device_count && devices[i].real != real)
        i++;
    if (i == MOST_DEVICES)
        return real;
    device_count = i == device_count ? i + 1 : device_count;
    devices[i] = (struct device){.protocol = *real, .real = real};
    devices[i].protocol.GetLocation = get_location;
    devices[i].protocol.Pci.Read = read_registers;
    devices[i].protocol.Pci.Write = write_registers;
    return &devices[i].protocol;
}
