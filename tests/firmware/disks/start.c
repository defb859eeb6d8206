/* SPDX-License-Identifier: MIT */
/*
 * Starting the loader so that it comes back. The firmware's tables are hooked in place for the time of one
 * start; a hook looks only at calls whose return address lies in the loader's image. A loader that calls
 * ExitBootServices has decided to boot: what it loaded is compared there, and the firmware's Exit ends it.
 */
#include "base/mem.h"
#include "disks.h"

#define PATH_BYTES 512u

struct start start;

static struct {
    EFI_BOOT_SERVICES boot; /* the firmware's own */
    EFI_TEXT_OUTPUT_STRING output_string;
    EFI_INPUT_READ_KEY read_key;
    EFI_HANDLE victim, device;
    uint64_t first, size_bytes; /* the loader's image */
} real;

#define FROM_LOADER() ((uint64_t)__builtin_return_address(0) - real.first < real.size_bytes)

static void note_made(uint64_t paddr, uint64_t page_count)
{
    if (start.made_count < MOST_ALLOCATIONS)
        start.made[start.made_count++] = (struct made){paddr, page_count};
    else
        start.lost_count++;
}

static void note_freed(uint64_t paddr)
{
    for (unsigned i = 0; i < start.made_count; i++) {
        if (start.made[i].paddr == paddr) {
            start.made[i] = start.made[--start.made_count];
            return;
        }
    }
    start.lost_count++;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN count,
                                        EFI_PHYSICAL_ADDRESS *paddr)
{
    bool ours = FROM_LOADER();
    EFI_STATUS status = real.boot.AllocatePages(how, type, count, paddr);

    if (ours && !EFI_ERROR(status)) {
        for (uint64_t *at = (void *)*paddr; at < (uint64_t *)(*paddr + count * 4096); at++)
            *at = UINT64_C(0xa5a5a5a5a5a5a5a5); /* so that nothing is right by chance */
        note_made(*paddr, count);
    }
    return status;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS paddr, UINTN count)
{
    if (FROM_LOADER())
        note_freed(paddr);
    return real.boot.FreePages(paddr, count);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size_bytes, VOID **ret_bytes)
{
    bool ours = FROM_LOADER();
    EFI_STATUS status = real.boot.AllocatePool(type, size_bytes, ret_bytes);

    if (ours && !EFI_ERROR(status))
        note_made((uint64_t)*ret_bytes, 0);
    return status;
}

static EFI_STATUS EFIAPI free_pool(VOID *bytes)
{
    if (FROM_LOADER())
        note_freed((uint64_t)bytes);
    return real.boot.FreePool(bytes);
}

static EFI_STATUS EFIAPI stall(UINTN us)
{
    if (!FROM_LOADER())
        return real.boot.Stall(us);
    start.stalled_us += us;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *key)
{
    return FROM_LOADER() ? EFI_NOT_READY : real.read_key(this, key);
}

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *units)
{
    if (!FROM_LOADER())
        return real.output_string(this, units);
    for (; *units != 0 && start.text_bytes + 1 < TEXT_CAPACITY; units++) {
        if (*units != '\r')
            start.text[start.text_bytes++] = (char)*units;
    }
    start.text[start.text_bytes] = '\0';
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
    if (!FROM_LOADER())
        return real.boot.ExitBootServices(image, key);
    start.reached_exit = true;
    volume_unhook();
    start.partial = loaded_fault(real.device);
    (void)real.boot.Exit(real.victim, EFI_SUCCESS, 0, NULL);
    start.partial = "the firmware's Exit came back";
    return EFI_DEVICE_ERROR;
}

static void hook(void)
{
    EFI_BOOT_SERVICES *boot = system_table->BootServices;

    real.boot = *boot;
    real.output_string = system_table->ConOut->OutputString;
    boot->AllocatePages = allocate_pages;
    boot->FreePages = free_pages;
    boot->AllocatePool = allocate_pool;
    boot->FreePool = free_pool;
    boot->Stall = stall;
    boot->ExitBootServices = exit_boot_services;
    system_table->ConOut->OutputString = output_string;
    if (system_table->ConIn != NULL) {
        real.read_key = system_table->ConIn->ReadKeyStroke;
        system_table->ConIn->ReadKeyStroke = read_key;
    }
}

static void unhook(void)
{
    *system_table->BootServices = real.boot;
    system_table->ConOut->OutputString = real.output_string;
    if (system_table->ConIn != NULL)
        system_table->ConIn->ReadKeyStroke = real.read_key;
}

/* Where we came from, and a file's name behind it: U-Boot wants both. */
static void make_path(uint8_t path[PATH_BYTES])
{
    static const CHAR16 name[] = {'\\', 'l', 'o', 'a', 'd', 'e', 'r', 0};
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL, path_guid = DEVICE_PATH_PROTOCOL;
    EFI_LOADED_IMAGE *own = NULL;
    const uint8_t *from = NULL;
    uint16_t length = 4 + sizeof name;
    size_t at = 0;

    if (!EFI_ERROR(real.boot.HandleProtocol(own_image, &image_guid, (void **)&own)) &&
        !EFI_ERROR(real.boot.HandleProtocol(own->DeviceHandle, &path_guid, (void **)&from))) {
        while (from[at] != END_DEVICE_PATH_TYPE && at + from[at + 2] < PATH_BYTES - 64) {
            memcpy(path + at, from + at, from[at + 2]);
            at += from[at + 2];
        }
    }
    memcpy(path + at, (const uint8_t[]){4, 4, (uint8_t)length, 0}, 4);
    memcpy(path + at + 4, name, sizeof name);
    memcpy(path + at + length, (const uint8_t[]){0x7f, 0xff, 4, 0}, 4);
}

/* Whatever an ended loader had; a loader that returned must have given it back itself. */
static void free_made(void)
{
    while (start.reached_exit && start.made_count > 0) {
        const struct made *made = &start.made[--start.made_count];
        (void)(made->page_count != 0 ? real.boot.FreePages(made->paddr, made->page_count)
                                     : real.boot.FreePool((void *)made->paddr));
    }
}

bool start_loader(const void *bytes, UINTN size_bytes, EFI_HANDLE device, bool short_reads)
{
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL;
    EFI_LOADED_IMAGE *image = NULL;
    uint64_t path[PATH_BYTES / 8];

    memset(&start, 0, sizeof start);
    real.boot = *system_table->BootServices;
    real.device = device;
    make_path((uint8_t *)path);
    if (EFI_ERROR(real.boot.LoadImage(FALSE, own_image, (EFI_DEVICE_PATH *)path, (void *)bytes, size_bytes,
                                      &real.victim)) ||
        EFI_ERROR(real.boot.HandleProtocol(real.victim, &image_guid, (void **)&image)))
        return false;
    image->DeviceHandle = device;
    real.first = (uint64_t)image->ImageBase;
    real.size_bytes = image->ImageSize;
    hook();
    volume_hook(device, short_reads);
    start.status = real.boot.StartImage(real.victim, NULL, NULL);
    volume_unhook();
    unhook();
    (void)real.boot.SetWatchdogTimer(0, 0, 0, NULL);
    free_made();
    return true;
}
