/* SPDX-License-Identifier: MIT */
/* memmap capture FROM: what FROM is shows in what is there; see capture_from.h. */
#include "capture_from.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "bootinfo/bootinfo.h"
#include "capture/capture.h"
#include "convert.h"
#include "fat.h"
#include "scan.h"

#define MOST_BOOTINFO_BYTES (64 * MIB)

/* ---- a stick ----------------------------------------------------------------------------------- */

/* The number of "0012.map", as firmwares spell it; 0 where it is no capture's name. */
static unsigned capture_number(const char *name)
{
    return strspn(name, "0123456789") == 4 && strcasecmp(name + 4, ".map") == 0 ? (unsigned)atoi(name) : 0;
}

/* A capture's own bytes into the output; what is wrong with it on stderr. */
static int hand_out(const char *path, const char *name, const struct file_bytes *file, unsigned count)
{
    struct capture capture;
    enum capture_status status = capture_open(file->bytes, file->size, &capture);

    if (status != CAPTURE_OK && status != CAPTURE_INCOMPLETE && status != CAPTURE_DAMAGED)
        cannot("%s: %s: %s", path, name, capture_status_text(status));
    if (count > 1)
        warn("%s: %s, the newest of %u captures", path, name, count);
    if (status != CAPTURE_OK)
        warn("%s: %s: %s", path, name, capture_status_text(status));
    fwrite(file->bytes, 1, file->size, output());
    return status == CAPTURE_OK ? STATUS_FINE : STATUS_FINDINGS;
}

/* What the folder calls the thing, letters' case apart; NULL where there is none. */
static const char *find_inside(const char *folder, const char *name)
{
    DIR *opened = opendir(folder);
    const char *found = NULL;

    for (struct dirent *entry; opened != NULL && found == NULL && (entry = readdir(opened)) != NULL;) {
        if (strcasecmp(entry->d_name, name) == 0)
            found = grab_text("%s/%s", folder, entry->d_name);
    }
    if (opened != NULL)
        closedir(opened);
    return found;
}

static int capture_folder(const char *path)
{
    const char *groma = find_inside(path, "groma"), *maps = groma == NULL ? NULL : find_inside(groma, "maps");
    const char *name = NULL;
    struct file_bytes file;
    unsigned newest = 0, count = 0;
    DIR *opened = maps == NULL ? NULL : opendir(maps);

    for (struct dirent *entry; opened != NULL && (entry = readdir(opened)) != NULL;) {
        unsigned number = capture_number(entry->d_name);
        count += number > 0;
        if (number > newest) {
            newest = number;
            name = grab_text("%s/%s", maps, entry->d_name);
        }
    }
    if (opened != NULL)
        closedir(opened);
    if (name == NULL)
        cannot("%s: no capture there (groma/maps/NNNN.map)", path);
    input_read_file(name, &file);
    return hand_out(path, name + strlen(path) + 1, &file, count);
}

/* ---- an image, or the stick's device -------------------------------------------------------------- */

static bool find_folder(const struct fat_volume *volume, struct fat_entry *folder, const char *name)
{
    struct fat_entry entry;

    for (uint32_t position = 0; fat_next(volume, folder, &position, &entry);) {
        if (entry.is_folder && strcasecmp(entry.name, name) == 0) {
            *folder = entry;
            return true;
        }
    }
    return false;
}

/* False where there is no FAT volume at this byte, or no capture on it. */
static bool take_volume(const char *path, int file, uint64_t size_bytes, uint64_t at, int *ret_status)
{
    struct fat_entry folder = fat_root(), entry, newest = {.name = ""};
    struct fat_volume volume;
    struct file_bytes bytes;
    unsigned count = 0;

    if (!fat_open(&volume, file, size_bytes, at) || !find_folder(&volume, &folder, "groma") ||
        !find_folder(&volume, &folder, "maps"))
        return false;
    for (uint32_t position = 0; fat_next(&volume, &folder, &position, &entry);) {
        count += capture_number(entry.name) > 0;
        if (!entry.is_folder && capture_number(entry.name) > capture_number(newest.name))
            newest = entry;
    }
    if (count == 0)
        return false;
    if (!fat_read(&volume, &newest, &bytes))
        cannot("%s: GROMA/MAPS/%s: the volume does not hold all of it", path, newest.name);
    *ret_status = hand_out(path, grab_text("GROMA/MAPS/%s", newest.name), &bytes, count);
    return true;
}

enum { SECTOR_BYTES = 512, GPT_ENTRY_BYTES = 128, MOST_PARTITIONS = 128 };

static bool read_sectors(int file, uint64_t sector, void *to, size_t size_bytes)
{
    return sector < UINT64_MAX / 2 / SECTOR_BYTES &&
           pread(file, to, size_bytes, (off_t)(sector * SECTOR_BYTES)) == (ssize_t)size_bytes;
}

/* The volume itself, or the first partition with captures: GPT (UEFI 2.10, 5.3), else MBR. */
static bool capture_image(const char *path, int file, uint64_t size_bytes, int *ret_status)
{
    uint8_t sector[SECTOR_BYTES], entries[MOST_PARTITIONS * GPT_ENTRY_BYTES];
    bool is_gpt;

    if (take_volume(path, file, size_bytes, 0, ret_status))
        return true;
    if (!read_sectors(file, 1, sector, sizeof sector))
        return false;
    is_gpt = memcmp(sector, "EFI PART", 8) == 0 && load_le32(sector + 84) == GPT_ENTRY_BYTES;
    if (is_gpt && !read_sectors(file, load_le64(sector + 72), entries, sizeof entries))
        return false;
    if (!is_gpt && (!read_sectors(file, 0, sector, sizeof sector) || load_le16(sector + 510) != 0xaa55))
        return false;
    for (unsigned i = 0; i < (is_gpt ? MOST_PARTITIONS : 4u); i++) {
        uint64_t first = is_gpt ? load_le64(entries + i * GPT_ENTRY_BYTES + 32) : load_le32(sector + 446 + 16 * i + 8);
        if (first > 0 && first <= size_bytes / SECTOR_BYTES &&
            take_volume(path, file, size_bytes, first * SECTOR_BYTES, ret_status))
            return true;
    }
    return false;
}

/* ---- a guest's memory --------------------------------------------------------------------------- */

/* A copy of the block at `at` if it passes every check; NULL if not. */
static uint8_t *checked_block(const uint8_t *at, uint64_t room_bytes, uint64_t *ret_size_bytes)
{
    struct bootinfo header;
    uint8_t *copy;

    if (room_bytes < sizeof header)
        return NULL;
    memcpy(&header, at, sizeof header);
    if (header.size_bytes < sizeof header || header.size_bytes > MOST_BOOTINFO_BYTES ||
        header.size_bytes > room_bytes)
        return NULL;
    copy = grab(header.size_bytes + 1, 1);
    memcpy(copy, at, header.size_bytes);
    *ret_size_bytes = header.size_bytes;
    return bootinfo_check(copy, header.size_bytes, NULL) == BOOTINFO_OK ? copy : NULL;
}

/* The block that lies where it says; a file of another shape (a core) has another offset: the first then. */
static bool find_block(const uint8_t *memory, uint64_t size_bytes, struct file_bytes *ret_file)
{
    static const uint64_t magic = BOOTINFO_MAGIC;
    const uint8_t *end = memory + size_bytes;
    bool found = false;

    for (const uint8_t *at = memory;; at += 8) {
        uint64_t block_bytes;
        uint8_t *block;
        at = memmem(at, (size_t)(end - at), &magic, sizeof magic);
        if (at == NULL || (size_t)(end - at) < sizeof magic)
            return found;
        block = checked_block(at, (uint64_t)(end - at), &block_bytes);
        if (block == NULL)
            continue;
        if (!found)
            *ret_file = (struct file_bytes){block, block_bytes};
        found = true;
        if (((const struct bootinfo *)(const void *)block)->block_paddr == (uint64_t)(at - memory)) {
            *ret_file = (struct file_bytes){block, block_bytes};
            return true;
        }
    }
}

static bool capture_memory(const char *path, int file, uint64_t size_bytes)
{
    const uint8_t *memory = size_bytes == 0 ? MAP_FAILED : mmap(NULL, size_bytes, PROT_READ, MAP_SHARED, file, 0);
    struct file_bytes block;
    struct input_options options = {.bytes = &block};
    struct result result;

    if (memory == MAP_FAILED)
        return false;
    if (!find_block(memory, size_bytes, &block)) {
        munmap((void *)(uintptr_t)memory, size_bytes);
        return false;
    }
    munmap((void *)(uintptr_t)memory, size_bytes);
    result_make(&result, path, &options);
    write_capture(output(), &result, "memmap capture");
    return true;
}

/* ---- which it is -------------------------------------------------------------------------------- */

static const char *path_of_guest(const char *from)
{
    bool is_pc;

    if (strncmp(from, "guest:", 6) != 0)
        return from;
    from += 6;
    if (from[0] == '\0' || from[strspn(from, "0123456789")] != '\0')
        return from;
    return guest_memory_path(atoi(from), &is_pc);
}

int capture_from(const char *from)
{
    const char *path = path_of_guest(from);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status = STATUS_FINE;
    struct file_bytes bytes;
    uint8_t head[8] = {0};
    struct stat about;
    off_t end;

    if (file < 0 || fstat(file, &about) != 0)
        cannot("%s: cannot be opened: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode)) {
        close(file);
        return capture_folder(path);
    }
    end = lseek(file, 0, SEEK_END);
    if (end < 0 || (!S_ISREG(about.st_mode) && !S_ISBLK(about.st_mode)))
        cannot("%s: neither a folder nor a file nor a disk", path);
    if (pread(file, head, sizeof head, 0) == sizeof head && load_le64(head) == CAPTURE_MAGIC) {
        input_read_file(path, &bytes);
        status = hand_out(path, "the file", &bytes, 1);
    } else if (!capture_image(path, file, (uint64_t)end, &status) &&
               !capture_memory(path, file, (uint64_t)end)) {
        cannot("%s: neither a volume with captures (groma/maps/NNNN.map) nor memory with boot info in it", path);
    }
    close(file);
    return status;
}
