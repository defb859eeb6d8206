/* SPDX-License-Identifier: MIT */
/*
 * Was a start right? Contract R: one whole line with an id, everything given back, nothing written, no start
 * with partial data. The loader's own state is never asked.
 */
#include "base/mem.h"
#include "disks.h"

#define MOST_WAIT_US   10500000u /* the longest that a damaged groma.conf leaves: the default */
#define KERNEL_BYTES   (1u << 20)
#define STEP_BYTES     4096u /* other steps than the loader's; up to the sector before a fault */
#define SECTOR_BYTES   512u

/* ---- the text ------------------------------------------------------------------------------------ */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "E-FILE-05 ...: Device Error (0x8000000000000007) - advice": id and length, where a line is that. */
static size_t error_line(const char *line, size_t length, char ret_id[16])
{
    size_t at = 2;
    bool has_status = false;

    if (length < 8 || line[0] != 'E' || line[1] != '-')
        return 0;
    while (at < length && is_upper(line[at]))
        at++;
    if (at < 4 || at > 10 || at + 4 > length || line[at] != '-' || line[at + 3] != ' ')
        return 0;
    for (size_t i = at; i + 6 < length; i++) {
        if (line[i] == '(' && line[i + 1] == '0' && line[i + 2] == 'x')
            has_status = true;
        if (has_status && memcmp(line + i, ") - ", 4) == 0) {
            memcpy(ret_id, line, at + 3);
            ret_id[at + 3] = '\0';
            return length;
        }
    }
    return 0;
}

static unsigned count_error_lines(char ret_id[16])
{
    unsigned count = 0;

    ret_id[0] = '\0';
    for (const char *line = start.text; *line != '\0';) {
        size_t length = 0;
        while (line[length] != '\0' && line[length] != '\n')
            length++;
        count += line[length] == '\n' && error_line(line, length, ret_id) != 0;
        line += length + (line[length] == '\n');
    }
    return count;
}

static const char *refusal_fault(uint32_t flags, const char *id)
{
    unsigned lines = count_error_lines((char *)id);

    if ((flags & MUST_BOOT) != 0)
        return "refuses what is fine";
    if (!EFI_ERROR(start.status))
        return "returns success";
    if (lines != 1)
        return lines == 0 ? "no whole line with an id" : "more than one line";
    if (start.made_count != 0 || start.lost_count != 0)
        return "memory is not given back";
    return NULL;
}

const char *verdict(uint32_t flags, char ret_id[16])
{
    ret_id[0] = '\0';
    if (ramdisk.writes != 0)
        return "wrote to the disk";
    if (start.broken != NULL)
        return start.broken;
    if (start.open_count != 0)
        return "leaves a file open";
    if (start.stalled_us > MOST_WAIT_US)
        return "waits too long";
    if (!start.reached_exit)
        return refusal_fault(flags, ret_id);
    if (start.partial != NULL)
        return start.partial;
    return (flags & MUST_REFUSE) != 0 ? "boots what must be refused" : NULL;
}

/* ---- what was loaded --------------------------------------------------------------------------------- */

/* The file up to its end or to where it cannot be read; the caller frees it. NULL: it cannot be opened. */
static uint8_t *read_kernel(EFI_HANDLE device, UINTN *ret_bytes)
{
    static const CHAR16 name[] = {'\\', 'k', 'e', 'r', 'n', 'e', 'l', '.', 'e', 'l', 'f', 0};
    EFI_GUID volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_BOOT_SERVICES *boot = system_table->BootServices;
    EFI_FILE_IO_INTERFACE *volume = NULL;
    EFI_FILE_PROTOCOL *root = NULL, *file = NULL;
    void *bytes = NULL;

    *ret_bytes = 0;
    if (EFI_ERROR(boot->HandleProtocol(device, &volume_guid, (void **)&volume)) ||
        EFI_ERROR(volume->OpenVolume(volume, &root)))
        return NULL;
    if (!EFI_ERROR(root->Open(root, &file, (CHAR16 *)name, EFI_FILE_MODE_READ, 0)) &&
        !EFI_ERROR(boot->AllocatePool(EfiLoaderData, KERNEL_BYTES, &bytes))) {
        UINTN step = STEP_BYTES, got;
        while (*ret_bytes + STEP_BYTES <= KERNEL_BYTES) {
            got = step;
            if (!EFI_ERROR(file->Read(file, &got, (uint8_t *)bytes + *ret_bytes)) && got > 0 && got <= step)
                *ret_bytes += got;
            else if (step == SECTOR_BYTES)
                break;
            else {
                /* A handle that failed once may fail for good: what stands before is read anew. */
                (void)file->Close(file);
                file = NULL;
                if (EFI_ERROR(root->Open(root, &file, (CHAR16 *)name, EFI_FILE_MODE_READ, 0)) ||
                    EFI_ERROR(file->SetPosition(file, *ret_bytes)))
                    break;
                step = SECTOR_BYTES;
            }
        }
    }
    if (file != NULL)
        (void)file->Close(file);
    (void)root->Close(root);
    return bytes;
}

static bool is_zero(const uint8_t *bytes, uint64_t size_bytes)
{
    uint64_t seen = 0, eight, i = 0;

    for (; i + 8 <= size_bytes; i += 8) {
        memcpy(&eight, bytes + i, 8);
        seen |= eight;
    }
    for (; i < size_bytes; i++)
        seen |= bytes[i];
    return seen == 0;
}

/* Do some pages of the loader's hold the segment, its zeros included? */
static bool segment_is_loaded(const uint8_t *file, uint64_t offset, uint64_t file_bytes, uint64_t memory_bytes,
                              uint64_t in_page)
{
    for (unsigned i = 0; i < start.made_count; i++) {
        uint64_t end = start.made[i].paddr + start.made[i].page_count * 4096;
        for (uint64_t at = start.made[i].paddr + in_page; at < end && memory_bytes <= end - at; at += 4096) {
            if (memcmp((void *)at, file + offset, file_bytes) == 0 &&
                is_zero((uint8_t *)at + file_bytes, memory_bytes - file_bytes))
                return true;
        }
    }
    return false;
}

static uint64_t word(const uint8_t *at, unsigned bytes)
{
    uint64_t value = 0;

    memcpy(&value, at, bytes);
    return value;
}

/* Relocated images are the host's tests' business. */
static const char *segments_fault(const uint8_t *file, UINTN size_bytes)
{
    uint64_t table = size_bytes >= 64 ? word(file + 32, 8) : size_bytes;
    unsigned count = size_bytes >= 64 ? (unsigned)word(file + 56, 2) : 0;

    if (count == 0 || table > size_bytes || count * 56u > size_bytes - table)
        return "boots a file that has no headers";
    if (word(file + 16, 2) == 3)
        return NULL;
    for (const uint8_t *part = file + table; count > 0; count--, part += 56) {
        uint64_t offset = word(part + 8, 8), file_bytes = word(part + 32, 8);
        if (word(part, 4) != 1 || word(part + 40, 8) == 0)
            continue;
        if (file_bytes > 0 && (offset > size_bytes || file_bytes > size_bytes - offset))
            return "boots a file that is not whole";
        if (!segment_is_loaded(file, file_bytes > 0 ? offset : 0, file_bytes, word(part + 40, 8),
                               word(part + 16, 8) % 4096))
            return "what was loaded is not what the file holds";
    }
    return NULL;
}

const char *loaded_fault(EFI_HANDLE device)
{
    UINTN size_bytes;
    uint8_t *file = read_kernel(device, &size_bytes);
    const char *fault;

    if (file == NULL || size_bytes == 0)
        return "boots a file that cannot be read";
    fault = segments_fault(file, size_bytes);
    (void)system_table->BootServices->FreePool(file);
    return fault;
}
