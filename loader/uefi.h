/* SPDX-License-Identifier: MIT */
/*
 * The firmware's interface: GNU-EFI's headers, and what version 3.0.15 of them lacks. The one
 * place that includes efi.h. UEFI 2.10.
 */
#ifndef GROMA_LOADER_UEFI_H
#define GROMA_LOADER_UEFI_H

#include <efi.h>
#include <efipciio.h>

/* Configuration tables whose content we size (UEFI 2.10, 4.6 and 23.4). */
#define UEFI_SMBIOS3_GUID \
    {0xf2fd1544, 0x9794, 0x4a2c, {0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94}}
#define UEFI_ESRT_GUID \
    {0xb122a263, 0x3661, 0x4f68, {0x99, 0x29, 0x78, 0xf8, 0xb0, 0xd6, 0x21, 0x80}}
#define UEFI_MEMORY_ATTRIBUTES_GUID \
    {0xdcfa911d, 0x26eb, 0x469f, {0xa2, 0x20, 0x38, 0xb7, 0xdc, 0x46, 0x12, 0x20}}

/* The largest EFI_FILE_INFO we take: header and a name of 255 UCS-2 units (13.5). */
#define UEFI_FILE_INFO_BYTES (80 + 2 * 256)

#endif
