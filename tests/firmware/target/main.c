/* SPDX-License-Identifier: MIT */
/* Faults on the target: the table of contents. What is run stands in \target.txt; see target.py. */
#include "base/mem.h"
#include "target.h"

#define MAP_ROOM_PAGES 64u

struct target target;

/* The volume we came from, and copies of the tables as they are. */
static EFI_STATUS open_target(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL, volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_GUID path_guid = DEVICE_PATH_PROTOCOL;
    EFI_PHYSICAL_ADDRESS room = 0;
    void *found = NULL;
    EFI_STATUS status;

    target.image = image;
    target.system = system;
    memcpy(&target.boot, system->BootServices, sizeof target.boot);
    memcpy(&target.runtime, system->RuntimeServices, sizeof target.runtime);
    target.output_string = system->ConOut->OutputString;
    if (system->ConIn != NULL)
        target.read_key = system->ConIn->ReadKeyStroke;
    status = target.boot.HandleProtocol(image, &image_guid, &found);
    if (EFI_ERROR(status))
        return status;
    target.volume = ((EFI_LOADED_IMAGE *)found)->DeviceHandle;
    if (!EFI_ERROR(target.boot.HandleProtocol(target.volume, &path_guid, &found)))
        target.path = found;
    status = target.boot.HandleProtocol(target.volume, &volume_guid, &found);
    if (!EFI_ERROR(status))
        status = ((EFI_FILE_IO_INTERFACE *)found)->OpenVolume(found, &target.root);
    if (!EFI_ERROR(status))
        status = target.boot.AllocatePages(AllocateAnyPages, EfiBootServicesData, MAP_ROOM_PAGES, &room);
    target.map = (uint8_t *)room;
    target.map_capacity_bytes = MAP_ROOM_PAGES * 4096;
    return status;
}

/* The number behind `key` in a text of blank-separated KEY=NUMBER. */
static uint64_t number_of(const char *text, const char *key)
{
    for (size_t at = 0; text[at] != '\0'; at++) {
        size_t length = 0;
        uint64_t value = 0;
        while (key[length] != '\0' && text[at + length] == key[length])
            length++;
        if (key[length] != '\0')
            continue;
        for (at += length; text[at] >= '0' && text[at] <= '9'; at++)
            value = value * 10 + (uint64_t)(text[at] - '0');
        return value;
    }
    return 0;
}

static void say_counts(void)
{
    const char *vendor = target.system->FirmwareVendor[0] == 'D' ? "uboot" : "ovmf";

    serial_say("target: runs=%u refused=%u came-to-exit=%u ended-in-exit=%u halted=%u\n", counts.runs, counts.refused,
               counts.gated, counts.ended, counts.halted);
    serial_say("groma: faults firmware=%s injected=%u judged=%u leaked=%u hung=%u silent=%u wild=%u wrong=%u\n", vendor,
               counts.injected, counts.injected, counts.verdicts[LEAKED], counts.verdicts[HUNG],
               counts.verdicts[SILENT], counts.verdicts[WILD], counts.verdicts[WRONG]);
}

/* Everything that comes back, its sum, and then what does not. */
static void sweep_all(const char *orders)
{
    void *maps = NULL;
    UINTN maps_bytes = 0;

    sweep_exits();
    sweep_graphics();
    if (EFI_ERROR(read_whole("\\maps.bin", &maps, &maps_bytes)))
        serial_say("target: no maps\n");
    sweep_maps(maps, maps_bytes);
    sweep((unsigned)number_of(orders, "wanted="), number_of(orders, "full=") != 0, number_of(orders, "seed="));
    say_counts();
    leave_refused();
}

/* Called by GNU-EFI's crt0 with the System V convention: not EFIAPI. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    void *orders = NULL;
    UINTN orders_bytes = 0;
    EFI_STATUS status = open_target(image, system);

    serial_open();
    if (!EFI_ERROR(status))
        status = read_whole("\\loader.efi", &target.loader, &target.loader_bytes);
    if (!EFI_ERROR(status))
        status = read_whole("\\target.txt", &orders, &orders_bytes);
    if (!EFI_ERROR(status))
        status = files_hold();
    if (EFI_ERROR(status)) {
        serial_say("target: cannot begin: 0x%lx\n", status);
        return status;
    }
    ((char *)orders)[orders_bytes] = '\0';
    if (number_of(orders, "timer=") != 0)
        leave_with_timer();
    else
        sweep_all(orders);
    return EFI_ABORTED;
}
