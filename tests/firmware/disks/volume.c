/* SPDX-License-Identifier: MIT */
/*
 * The loader's calls to the volume and its files (UEFI 2.10, 13.4 and 13.5), in front of the firmware's own:
 * which one runs now, how much is read at once, what is left open. The firmware's structures are patched in
 * place, since its functions know them by their address.
 */
#include "disks.h"

static struct {
    EFI_FILE_IO_INTERFACE *volume;
    EFI_VOLUME_OPEN open_volume;
    EFI_FILE_PROTOCOL functions; /* of this driver: all its files have the same */
    bool short_reads;
} real;

static void enter(const char *what)
{
    start.inside = what;
    start.calls++;
}

static void wrap(EFI_FILE_PROTOCOL *file);

static EFI_STATUS EFIAPI open_file(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_file, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes)
{
    EFI_STATUS status;

    enter("Open");
    if (mode != EFI_FILE_MODE_READ)
        start.broken = "opens a file for more than reading";
    status = real.functions.Open(this, ret_file, name, mode, attributes);
    enter(NULL);
    if (!EFI_ERROR(status)) {
        start.open_count++;
        wrap(*ret_file);
    }
    return status;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_PROTOCOL *this)
{
    EFI_STATUS status;

    enter("Close");
    start.open_count--;
    status = real.functions.Close(this);
    enter(NULL);
    return status;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_PROTOCOL *this, UINTN *size_bytes, VOID *to)
{
    EFI_STATUS status;

    enter("Read");
    if (*size_bytes > MIB)
        start.broken = "reads more than 1 MiB at once";
    if (*size_bytes > start.most_read)
        start.most_read = *size_bytes;
    if (real.short_reads)
        *size_bytes = *size_bytes / 3 + 1;
    status = real.functions.Read(this, size_bytes, to);
    enter(NULL);
    return status;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size_bytes, VOID *to)
{
    EFI_STATUS status;

    enter("GetInfo");
    status = real.functions.GetInfo(this, type, size_bytes, to);
    enter(NULL);
    return status;
}

static void wrap(EFI_FILE_PROTOCOL *file)
{
    file->Open = open_file;
    file->Close = close_file;
    file->Read = read_file;
    file->GetInfo = get_info;
}

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_PROTOCOL **ret_root)
{
    EFI_STATUS status;

    enter("OpenVolume");
    status = real.open_volume(this, ret_root);
    enter(NULL);
    if (EFI_ERROR(status))
        return status;
    real.functions = **ret_root;
    start.open_count++;
    wrap(*ret_root);
    return status;
}

void volume_hook(EFI_HANDLE device, bool short_reads)
{
    EFI_GUID guid = SIMPLE_FILE_SYSTEM_PROTOCOL;

    real.volume = NULL;
    real.short_reads = short_reads;
    if (EFI_ERROR(system_table->BootServices->HandleProtocol(device, &guid, (void **)&real.volume)))
        return;
    real.open_volume = real.volume->OpenVolume;
    real.volume->OpenVolume = open_volume;
}

void volume_unhook(void)
{
    if (real.volume != NULL)
        real.volume->OpenVolume = real.open_volume;
    real.volume = NULL;
}
