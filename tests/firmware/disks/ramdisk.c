/* SPDX-License-Identifier: MIT */
/*
 * A disk in memory: EFI_BLOCK_IO (UEFI 2.10, 13.9) over layers of extents. Never changed: writes are counted,
 * and answered as if they had been done. The firmware's own drivers do the rest.
 */
#include "base/mem.h"
#include "disks.h"

#define SECTOR_BYTES 512u
/* 300 MiB of FAT32 are mounted, read and closed with a few thousand; a walk in a circle needs more. */
#define MOST_READS 20000u

struct ramdisk ramdisk;

struct disk_path {
    VENDOR_DEVICE_PATH vendor;
    EFI_DEVICE_PATH end;
};

static struct disk_path path = {
    .vendor = {.Header = {HARDWARE_DEVICE_PATH, HW_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
               .Guid = {0x67726f6d, 0x6100, 0x4000, {0x80, 0, 0, 0, 0, 0, 0, 3}}},
    .end = {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(EFI_DEVICE_PATH), 0}},
};
static EFI_BLOCK_IO_MEDIA media;
static EFI_BLOCK_IO block_io;

const struct extent_head *extent_next(const struct extent_head *extent)
{
    return (const void *)((const uint8_t *)(extent + 1) + (extent->size_bytes + 7) / 8 * 8);
}

/* The part of the layers that lies in [first, first + size). */
static void copy_layers(const struct layers *layers, uint64_t first, uint8_t *to, uint64_t size_bytes)
{
    const struct extent_head *extent = layers->first;

    for (uint64_t i = 0; i < layers->count; i++, extent = extent_next(extent)) {
        uint64_t from = extent->offset_bytes, end = from + extent->size_bytes;
        uint64_t low = from > first ? from : first, high = end < first + size_bytes ? end : first + size_bytes;
        if (low < high)
            memcpy(to + (low - first), (const uint8_t *)(extent + 1) + (low - from), high - low);
    }
}

static EFI_STATUS EFIAPI reset(EFI_BLOCK_IO *this, BOOLEAN extended)
{
    (void)this, (void)extended;
    return EFI_SUCCESS;
}

static EFI_STATUS check_access(const EFI_BLOCK_IO *this, UINT32 id, EFI_LBA lba, UINTN size_bytes)
{
    uint64_t count = size_bytes / SECTOR_BYTES;

    if (id != this->Media->MediaId)
        return EFI_MEDIA_CHANGED;
    if (size_bytes % SECTOR_BYTES != 0)
        return EFI_BAD_BUFFER_SIZE;
    if (lba >= ramdisk.sector_count || count > ramdisk.sector_count - lba)
        return EFI_INVALID_PARAMETER;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *this, UINT32 id, EFI_LBA lba, UINTN size_bytes, VOID *to)
{
    EFI_STATUS status = check_access(this, id, lba, size_bytes);

    if (EFI_ERROR(status))
        return status;
    if (++ramdisk.reads > MOST_READS) {
        ramdisk.worn_out = true;
        return EFI_DEVICE_ERROR;
    }
    memset(to, 0, size_bytes);
    copy_layers(&ramdisk.base, lba * SECTOR_BYTES, to, size_bytes);
    copy_layers(&ramdisk.patches, lba * SECTOR_BYTES, to, size_bytes);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI write_blocks(EFI_BLOCK_IO *this, UINT32 id, EFI_LBA lba, UINTN size_bytes, VOID *from)
{
    (void)from;
    ramdisk.writes++;
    if (this->Media->ReadOnly)
        return EFI_WRITE_PROTECTED;
    return check_access(this, id, lba, size_bytes);
}

static EFI_STATUS EFIAPI flush_blocks(EFI_BLOCK_IO *this)
{
    (void)this;
    return EFI_SUCCESS;
}

EFI_STATUS ramdisk_insert(EFI_HANDLE *ret_handle)
{
    EFI_GUID path_guid = DEVICE_PATH_PROTOCOL, block_guid = BLOCK_IO_PROTOCOL;
    EFI_BOOT_SERVICES *boot = system_table->BootServices;
    UINT32 id = media.MediaId + 1; /* so that no driver believes to know the disk */
    EFI_STATUS status;

    media = (EFI_BLOCK_IO_MEDIA){.MediaId = id, .MediaPresent = TRUE, .ReadOnly = ramdisk.read_only,
                                 .BlockSize = SECTOR_BYTES, .LastBlock = ramdisk.sector_count - 1};
    block_io = (EFI_BLOCK_IO){.Revision = EFI_BLOCK_IO_INTERFACE_REVISION, .Media = &media, .Reset = reset,
                              .ReadBlocks = read_blocks, .WriteBlocks = write_blocks, .FlushBlocks = flush_blocks};
    path.vendor.Guid.Data1 = id; /* U-Boot 2023.01 keeps a disk's partitions when it goes */
    *ret_handle = NULL;
    status = boot->InstallProtocolInterface(ret_handle, &path_guid, EFI_NATIVE_INTERFACE, &path);
    if (!EFI_ERROR(status))
        status = boot->InstallProtocolInterface(ret_handle, &block_guid, EFI_NATIVE_INTERFACE, &block_io);
    if (!EFI_ERROR(status))
        (void)boot->ConnectController(*ret_handle, NULL, NULL, TRUE); /* a disk without a volume has no driver */
    return status;
}

EFI_STATUS ramdisk_remove(EFI_HANDLE handle)
{
    EFI_GUID path_guid = DEVICE_PATH_PROTOCOL, block_guid = BLOCK_IO_PROTOCOL;
    EFI_BOOT_SERVICES *boot = system_table->BootServices;
    EFI_STATUS status;

    (void)boot->DisconnectController(handle, NULL, NULL);
    status = boot->UninstallProtocolInterface(handle, &block_guid, &block_io);
    if (!EFI_ERROR(status))
        status = boot->UninstallProtocolInterface(handle, &path_guid, &path);
    return status;
}
