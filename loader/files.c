/* SPDX-License-Identifier: MIT */
/*
 * The volume the loader came from, and files read once, in order, in chunks of 1 MiB straight
 * to where they belong. Every byte passes note_bytes exactly once, bytes between segments
 * included: the one place where a hash can watch.
 */
#include "base/mem.h"
#include "devpath/devpath.h"
#include "loader.h"

#define PROGRESS_FROM_BYTES (8 * MIB)

static const char no_image[] =
    "E-VOL-01|look up the loader's own image|"
    "the firmware is at fault; try another version of it";
static const char no_volume[] = "E-VOL-02|find the boot volume|start the loader from a FAT volume";
static const char no_open[] = "E-VOL-03|open the boot volume|check the stick: it may be damaged";
static const char bad_path[] = "E-FILE-01|read the path|mend it in groma.conf";
static const char not_found[] = "E-FILE-02|open|put the file there or name another in groma.conf";
static const char no_size[] = "E-FILE-03|ask for the size of|check the stick: it may be damaged";
static const char is_folder[] = "E-FILE-04|open|this is a directory: name a file in groma.conf";
static const char no_read[] = "E-FILE-05|read|check the stick: it may be damaged or was pulled out";
static const char cut_short[] = "E-FILE-06|read|the file is shorter than its directory says";
static const char too_much[] = "E-FILE-07|read|the firmware returned more than was asked for";

/* A device path's bytes up to its end node, bounded: the protocol gives no length. */
static size_t path_bytes(const uint8_t *path)
{
    size_t at = 0;

    while (at < 4096) {
        size_t length = (size_t)path[at + 2] | (size_t)path[at + 3] << 8;
        bool last = path[at] == 0x7f && path[at + 1] == 0xff;
        if (length < 4)
            return at;
        at += length;
        if (last)
            break;
    }
    return at;
}

/* The partition's GUID, where the volume lies on one; a volume without is fine. */
static void note_partition(struct loader *loader)
{
    EFI_GUID guid = DEVICE_PATH_PROTOCOL;
    void *path = NULL;

    if (EFI_ERROR(loader->boot->HandleProtocol(loader->loaded_image->DeviceHandle, &guid, &path)) ||
        path == NULL)
        return;
    if (!devpath_partition_guid(path, path_bytes(path), loader->volume_guid))
        return;
}

EFI_STATUS volume_open(struct loader *loader)
{
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL;
    EFI_GUID volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_FILE_IO_INTERFACE *volume = NULL;
    EFI_STATUS status;
    void *found = NULL;

    checkpoint(loader, CHECKPOINT_OPEN_VOLUME);
    status = loader->boot->HandleProtocol(loader->image, &image_guid, &found);
    if (EFI_ERROR(status) || found == NULL)
        return fail(loader, no_image, status, "(LoadedImage)");
    loader->loaded_image = found;
    loader->image_base = (uint64_t)loader->loaded_image->ImageBase;
    loader->image_bytes = loader->loaded_image->ImageSize;
    if (loader->loaded_image->DeviceHandle == NULL)
        return fail(loader, no_volume, EFI_NO_MEDIA, "(no device)");
    found = NULL;
    status = loader->boot->HandleProtocol(loader->loaded_image->DeviceHandle, &volume_guid, &found);
    if (EFI_ERROR(status) || found == NULL)
        return fail(loader, no_volume, status, "(SimpleFileSystem)");
    volume = found;
    status = volume->OpenVolume(volume, &loader->volume);
    if (EFI_ERROR(status) || loader->volume == NULL) {
        loader->volume = NULL;
        return fail(loader, no_open, status, "(OpenVolume)");
    }
    note_partition(loader);
    return EFI_SUCCESS;
}

void volume_close(struct loader *loader)
{
    if (loader->volume != NULL)
        (void)loader->volume->Close(loader->volume);
    loader->volume = NULL;
}

/* Size of an open file; refuses directories. */
static EFI_STATUS learn_size(struct loader *loader, struct reader *reader)
{
    EFI_GUID guid = EFI_FILE_INFO_ID;
    uint64_t buffer[UEFI_FILE_INFO_BYTES / 8];
    UINTN size = sizeof buffer;
    const EFI_FILE_INFO *info = (const EFI_FILE_INFO *)(const void *)buffer;
    EFI_STATUS status = reader->file->GetInfo(reader->file, &guid, &size, buffer);

    if (EFI_ERROR(status) || size < 80)
        return fail(loader, no_size, status, "%s", reader->path);
    if ((info->Attribute & EFI_FILE_DIRECTORY) != 0)
        return fail(loader, is_folder, EFI_UNSUPPORTED, "%s", reader->path);
    reader->size_bytes = info->FileSize;
    reader->wanted_bytes = info->FileSize;
    return EFI_SUCCESS;
}

EFI_STATUS file_open(struct loader *loader, const char *path, UINT64 mode, UINT64 attributes,
                     EFI_FILE_PROTOCOL **ret_file)
{
    uint16_t units[CONFIG_PATH_CAPACITY_UNITS];
    size_t length;
    EFI_STATUS status;

    *ret_file = NULL;
    if (config_path_to_ucs2(path, units, CONFIG_PATH_CAPACITY_UNITS, &length) != CONFIG_OK)
        return EFI_INVALID_PARAMETER;
    status = loader->volume->Open(loader->volume, ret_file, (CHAR16 *)units, mode, attributes);
    if (EFI_ERROR(status))
        *ret_file = NULL;
    else if (*ret_file == NULL)
        status = EFI_ABORTED;
    return status;
}

EFI_STATUS reader_open(struct loader *loader, const char *path, bool optional,
                       struct reader *reader)
{
    EFI_STATUS status;

    *reader = (struct reader){.loader = loader, .path = path};
    status = file_open(loader, path, EFI_FILE_MODE_READ, 0, &reader->file);
    if (EFI_ERROR(status)) {
        if (optional && status == EFI_NOT_FOUND)
            return status;
        return fail(loader, status == EFI_INVALID_PARAMETER ? bad_path : not_found, status, "%s", path);
    }
    status = learn_size(loader, reader);
    if (EFI_ERROR(status))
        reader_close(reader);
    return status;
}

void reader_close(struct reader *reader)
{
    if (reader->file != NULL)
        (void)reader->file->Close(reader->file);
    reader->file = NULL;
}

/* Whoever wants to see every byte of a file, once and in order, looks here. */
static void note_bytes(struct reader *reader, const void *bytes, uint64_t size_bytes)
{
    (void)bytes;
    reader->offset += size_bytes;
    reader->loader->bytes_read += size_bytes;
}

/* A bar of 50 characters that grows by whole ones. */
static void show_progress(struct reader *reader)
{
    uint32_t percent;
    char bar[51];

    if (reader->loader->console.quiet || reader->wanted_bytes < PROGRESS_FROM_BYTES)
        return;
    percent = (uint32_t)(reader->offset / (reader->wanted_bytes / 100));
    if (percent / 2 == reader->percent_shown / 2 && percent < 100)
        return;
    reader->percent_shown = percent;
    for (uint32_t i = 0; i < 50; i++)
        bar[i] = i < percent / 2 ? '#' : '.';
    bar[50] = '\0';
    say(reader->loader, "\r  %s [%s] %3u%%%s", reader->path, bar, percent > 100 ? 100 : percent,
        reader->offset >= reader->wanted_bytes ? "\n" : "");
}

/* Room for a chunk below 4 GiB, made when it is first needed; 0 where there is none. */
static uint64_t low_chunk(struct loader *loader)
{
    struct placement want = {.page_count = CHUNK_BYTES / PAGE_BYTES,
                             .end_pfn = 4 * GIB / PAGE_BYTES,
                             .optional = true,
                             .what = "a low read buffer"};

    if (loader->low_chunk_paddr == 0 &&
        EFI_ERROR(memory_place(loader, &want, &loader->low_chunk_paddr)))
        loader->low_chunk_paddr = 0;
    return loader->low_chunk_paddr;
}

/* A chunk; where the driver cannot reach memory above 4 GiB, by way of memory below. */
static EFI_STATUS read_chunk(struct reader *reader, UINTN *size, void *to)
{
    UINTN asked = *size;
    EFI_STATUS status = reader->file->Read(reader->file, size, to);
    void *low;

    if (!EFI_ERROR(status) || (uint64_t)to + asked <= 4 * GIB)
        return status;
    low = (void *)low_chunk(reader->loader);
    if (low == NULL || EFI_ERROR(reader->file->SetPosition(reader->file, reader->offset)))
        return status;
    *size = asked;
    status = reader->file->Read(reader->file, size, low);
    if (!EFI_ERROR(status) && *size <= asked)
        memcpy(to, low, *size);
    return status;
}

EFI_STATUS reader_read(struct reader *reader, void *to, uint64_t size_bytes)
{
    uint8_t *out = to;

    while (size_bytes > 0) {
        UINTN asked = size_bytes < CHUNK_BYTES ? size_bytes : CHUNK_BYTES;
        UINTN got = asked;
        EFI_STATUS status = read_chunk(reader, &got, out);
        if (EFI_ERROR(status))
            return fail(reader->loader, no_read, status, "%s at byte %lu", reader->path,
                        reader->offset);
        if (got > asked)
            return fail(reader->loader, too_much, EFI_DEVICE_ERROR, "%s at byte %lu",
                        reader->path, reader->offset);
        if (got == 0)
            return fail(reader->loader, cut_short, EFI_END_OF_FILE, "%s at byte %lu of %lu",
                        reader->path, reader->offset, reader->size_bytes);
        note_bytes(reader, out, got);
        show_progress(reader);
        out += got;
        size_bytes -= got;
    }
    return EFI_SUCCESS;
}

EFI_STATUS reader_skip_to(struct reader *reader, uint64_t offset)
{
    uint8_t dropped[1024];
    EFI_STATUS status = EFI_SUCCESS;

    while (reader->offset < offset && !EFI_ERROR(status)) {
        uint64_t gap = offset - reader->offset;
        status = reader_read(reader, dropped, gap < sizeof dropped ? gap : sizeof dropped);
    }
    return status;
}
