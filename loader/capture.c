/* SPDX-License-Identifier: MIT */
/*
 * This machine's map in a file, groma/maps/NNNN.map on the boot volume, so that it can be looked
 * at elsewhere; common/capture knows the format. Nothing is ever overwritten, and nothing here
 * stops a boot: what fails is one line.
 *
 * The file is written under a temporary name, its trailer last, each half flushed; then it gets its
 * name and is read back. Where the firmware cannot rename (U-Boot), it is written again under its
 * name: a file without a trailer is incomplete by its format.
 */
#include "base/mem.h"
#include "capture/capture.h"
#include "cpu.h"
#include "loader.h"

#define MAPS_FOLDER "\\groma\\maps"
#define NAME_AT     (sizeof MAPS_FOLDER) /* behind the folder and a backslash */
#define LAST_NUMBER 9999u
#define TAIL_BYTES  (CAPTURE_RECORD_BYTES + CAPTURE_TRAILER_BYTES)
#define ANEW        (EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE)

static const char read_only[] =
    "W-CAP-01|write the map to|the boot goes on; the volume is write-protected";
static const char failed[] = "W-CAP-02|write the map to|the boot goes on without a capture";

/* A file in memory, and where it goes. */
struct file {
    uint8_t *bytes;
    uint64_t size_bytes;
    char path[32];
};

static bool key_is_held(const struct loader *loader)
{
    SIMPLE_INPUT_INTERFACE *input = loader->system->ConIn;
    EFI_INPUT_KEY key;

    for (unsigned i = 0; i < 32 && input != NULL; i++) { /* all that was typed so far */
        if (EFI_ERROR(input->ReadKeyStroke(input, &key)))
            return false;
        if ((key.UnicodeChar | 0x20) == 'c')
            return true;
    }
    return false;
}

void capture_start(struct loader *loader)
{
    struct start_map *map = loader->start_map;
    UINTN key;

    loader->capture_wanted = loader->config->capture || key_is_held(loader);
    map->size_bytes = loader->capture_wanted ? sizeof map->bytes : 0;
    if (loader->capture_wanted &&
        EFI_ERROR(loader->boot->GetMemoryMap(&map->size_bytes, (EFI_MEMORY_DESCRIPTOR *)(void *)map->bytes,
                                             &key, &map->stride_bytes, &map->version)))
        map->size_bytes = 0;
}

/* ---- content ---------------------------------------------------------------------------------- */

static void add_firmware(const struct loader *loader, struct capture_builder *builder)
{
    struct capture_firmware firmware = {
        .uefi_revision = loader->system->Hdr.Revision,
        .firmware_revision = loader->system->FirmwareRevision,
    };
    struct capture_tables tables = {
        .rsdp_paddr = loader->rsdp_paddr,
        .smbios_paddr = loader->smbios_paddr,
        .smbios3_paddr = loader->smbios3_paddr,
        .system_table_paddr = (uint64_t)loader->system,
    };

    (void)vendor_chars(loader, firmware.vendor, sizeof firmware.vendor - 1);
    capture_add_firmware(builder, &firmware);
    capture_add_tables(builder, &tables);
}

/* Intel SDM vol. 2A, CPUID: the vendor in EBX EDX ECX, the brand in leaves 80000002h to 4. */
static void add_cpu(const struct loader *loader, struct capture_builder *builder)
{
    struct capture_cpu cpu = {.signature = cpu_id(1, 0).eax, .physical_bits = loader->cpu.physical_bits};
    struct cpuid leaf = cpu_id(0, 0);
    uint32_t max_extended = cpu_id(0x80000000, 0).eax;

    memcpy(cpu.vendor, &leaf.ebx, 4);
    memcpy(cpu.vendor + 4, &leaf.edx, 4);
    memcpy(cpu.vendor + 8, &leaf.ecx, 4);
    for (unsigned i = 0; i < 3 && max_extended >= 0x80000004; i++) {
        leaf = cpu_id(0x80000002 + i, 0);
        memcpy(cpu.brand + 16 * i, &leaf, 16);
    }
    if (max_extended >= 0x80000008)
        cpu.linear_bits = cpu_id(0x80000008, 0).eax >> 8 & 0xff;
    capture_add_cpu(builder, &cpu);
}

static void add_writer(const struct loader *loader, struct capture_builder *builder)
{
    struct capture_writer_facts facts = {.unix_seconds = loader->unix_seconds,
                                         .program = LOADER_NAME " " LOADER_VERSION};

    capture_add_writer(builder, &facts);
}

static void add_claims(struct loader *loader, struct capture_builder *builder, const char **names)
{
    for (uint32_t i = 0; i < loader->claim_count; i++)
        names[i] = store_chars(loader, loader->claim_names[i]);
    capture_add_claims(builder, loader->claims, names, loader->claim_count);
}

/* Both maps and what explains them, sealed; memory->raw holds the map before the exit. */
static bool build(struct loader *loader, const char **names, uint64_t capacity_bytes,
                  struct file *file)
{
    const struct memory *memory = &loader->memory;
    const struct start_map *start = loader->start_map;
    struct capture_map map = {.format = MEMMAP_FORMAT_UEFI, .moment = CAPTURE_AT_START,
                              .stride_bytes = (uint32_t)start->stride_bytes,
                              .descriptor_version = start->version,
                              .bytes = (const uint8_t *)start->bytes, .size_bytes = start->size_bytes};
    struct capture_builder builder;

    if (capture_begin(&builder, file->bytes, capacity_bytes) != CAPTURE_OK)
        return false;
    add_writer(loader, &builder);
    add_firmware(loader, &builder);
    add_cpu(loader, &builder);
    if (start->size_bytes > 0)
        capture_add_map(&builder, &map);
    map.moment = CAPTURE_BEFORE_EXIT;
    map.stride_bytes = (uint32_t)memory->stride_bytes;
    map.descriptor_version = memory->version;
    map.bytes = memory->raw;
    map.size_bytes = memory->raw_bytes;
    capture_add_map(&builder, &map);
    add_claims(loader, &builder, names);
    return capture_seal(&builder, &file->size_bytes) == CAPTURE_OK;
}

/* ---- the file --------------------------------------------------------------------------------- */

static void set_path(struct file *file, unsigned number, const char *extension)
{
    struct text text;

    text_init(&text, file->path, sizeof file->path);
    text_format(&text, MAPS_FOLDER "\\%04u.%s", number, extension);
}

static EFI_STATUS write_bytes(EFI_FILE_PROTOCOL *to, uint8_t *bytes, uint64_t size_bytes)
{
    while (size_bytes > 0) {
        UINTN asked = size_bytes < CHUNK_BYTES ? size_bytes : CHUNK_BYTES;
        UINTN written = asked;
        EFI_STATUS status = to->Write(to, &written, bytes);
        if (EFI_ERROR(status))
            return status;
        if (written != asked)
            return EFI_VOLUME_FULL;
        bytes += asked;
        size_bytes -= asked;
    }
    return to->Flush(to);
}

/* Nothing in it: a firmware that said it was not there may have been wrong, and may not have the last word. */
static bool is_new(EFI_FILE_PROTOCOL *file)
{
    uint8_t byte;
    UINTN got = sizeof byte;

    return EFI_ERROR(file->Read(file, &got, &byte)) || got == 0;
}

/* A file that is not there yet: everything but the trailer, flushed, then the trailer. */
static EFI_STATUS write_file(struct loader *loader, const struct file *file)
{
    EFI_FILE_PROTOCOL *to;
    EFI_STATUS status = file_open(loader, file->path, ANEW, 0, &to);
    EFI_STATUS closed;

    if (EFI_ERROR(status))
        return status;
    status = is_new(to) ? write_bytes(to, file->bytes, file->size_bytes - TAIL_BYTES) : EFI_ACCESS_DENIED;
    if (!EFI_ERROR(status))
        status = write_bytes(to, file->bytes + file->size_bytes - TAIL_BYTES, TAIL_BYTES);
    closed = to->Close(to);
    return EFI_ERROR(status) ? status : closed;
}

/* From the volume, once more: exactly what was written. */
static EFI_STATUS read_back(struct loader *loader, const struct file *file)
{
    uint8_t bytes[1024];
    EFI_FILE_PROTOCOL *from;
    UINTN got = sizeof bytes;
    uint64_t at = 0;
    EFI_STATUS status = file_open(loader, file->path, EFI_FILE_MODE_READ, 0, &from);

    if (EFI_ERROR(status))
        return status;
    while (got > 0 && !EFI_ERROR(status)) {
        got = sizeof bytes;
        status = from->Read(from, &got, bytes);
        if (!EFI_ERROR(status) &&
            (got > sizeof bytes || got > file->size_bytes - at || memcmp(bytes, file->bytes + at, got) != 0))
            status = EFI_CRC_ERROR;
        at += got;
    }
    if (!EFI_ERROR(status) && at != file->size_bytes)
        status = EFI_CRC_ERROR;
    (void)from->Close(from);
    return status;
}

/* Gives the file at `from` the name at the end of file->path; false, and the file gone, if not. */
static bool rename_file(struct loader *loader, const char *from, const struct file *file)
{
    EFI_GUID guid = EFI_FILE_INFO_ID;
    uint64_t buffer[UEFI_FILE_INFO_BYTES / 8];
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)(void *)buffer;
    UINTN size = sizeof buffer;
    EFI_FILE_PROTOCOL *opened;
    unsigned length = 0;
    EFI_STATUS status = file_open(loader, from, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0, &opened);

    if (EFI_ERROR(status))
        return false;
    status = opened->GetInfo(opened, &guid, &size, info);
    if (!EFI_ERROR(status)) {
        do {
            info->FileName[length] = (CHAR16)file->path[NAME_AT + length];
        } while (file->path[NAME_AT + length++] != '\0');
        info->Size = sizeof *info - sizeof info->FileName + length * sizeof info->FileName[0];
        status = opened->SetInfo(opened, &guid, info->Size, info);
    }
    if (EFI_ERROR(status))
        (void)opened->Delete(opened);
    else
        (void)opened->Close(opened);
    return !EFI_ERROR(status);
}

/* ---- the volume ------------------------------------------------------------------------------- */

static EFI_STATUS make_folder(struct loader *loader, const char *path)
{
    EFI_FILE_PROTOCOL *folder;
    EFI_STATUS status = file_open(loader, path, ANEW, EFI_FILE_DIRECTORY, &folder);

    if (!EFI_ERROR(status))
        (void)folder->Close(folder);
    return status;
}

/* EFI_SUCCESS: it is there. */
static EFI_STATUS look_for(struct loader *loader, struct file *file, unsigned number,
                           const char *extension)
{
    EFI_FILE_PROTOCOL *found;
    EFI_STATUS status;

    set_path(file, number, extension);
    status = file_open(loader, file->path, EFI_FILE_MODE_READ, 0, &found);
    if (!EFI_ERROR(status))
        (void)found->Close(found);
    return status;
}

/* The first number without a file, finished or not. */
static EFI_STATUS find_number(struct loader *loader, struct file *file, unsigned *ret_number)
{
    EFI_STATUS status = EFI_SUCCESS;
    unsigned number = 0;

    while (!EFI_ERROR(status) && number < LAST_NUMBER) {
        status = look_for(loader, file, ++number, "map");
        if (status == EFI_NOT_FOUND)
            status = look_for(loader, file, number, "tmp");
    }
    *ret_number = number;
    if (status == EFI_NOT_FOUND)
        return EFI_SUCCESS;
    return EFI_ERROR(status) ? status : EFI_VOLUME_FULL;
}

static EFI_STATUS save(struct loader *loader, struct file *file)
{
    char temporary[sizeof file->path];
    unsigned number = 0;
    EFI_STATUS status = make_folder(loader, "\\groma");

    if (!EFI_ERROR(status))
        status = make_folder(loader, MAPS_FOLDER);
    if (!EFI_ERROR(status))
        status = find_number(loader, file, &number);
    if (EFI_ERROR(status))
        return status;
    set_path(file, number, "tmp");
    status = write_file(loader, file);
    if (EFI_ERROR(status))
        return status;
    memcpy(temporary, file->path, sizeof temporary);
    set_path(file, number, "map");
    if (!rename_file(loader, temporary, file))
        status = write_file(loader, file);
    return EFI_ERROR(status) ? status : read_back(loader, file);
}

void capture_write(struct loader *loader)
{
    struct memory *memory = &loader->memory;
    struct file file = {.path = MAPS_FOLDER};
    uint64_t names_bytes = loader->claim_count * sizeof(const char *);
    uint64_t capacity;
    void *pool = NULL;
    UINTN stride = 0;
    UINT32 version = 0;
    EFI_STATUS status;

    /* A key that is held repeats, but perhaps not yet at the first look: then the start map is missing. */
    loader->capture_wanted = loader->capture_wanted || key_is_held(loader);
    if (!loader->capture_wanted)
        return;
    status = memory_fetch(loader, &stride, &version);
    if (!EFI_ERROR(status) &&
        (stride != memory->stride_bytes || version != memory->version || memory->raw_bytes == 0))
        status = EFI_PROTOCOL_ERROR;
    capacity = capture_bound(2, loader->start_map->size_bytes + memory->raw_bytes, loader->claim_count);
    if (!EFI_ERROR(status))
        status = loader->boot->AllocatePool(EfiLoaderData, names_bytes + capacity, &pool);
    if (!EFI_ERROR(status) && pool == NULL)
        status = EFI_OUT_OF_RESOURCES;
    if (!EFI_ERROR(status)) {
        file.bytes = (uint8_t *)pool + names_bytes;
        status = build(loader, pool, capacity, &file) ? save(loader, &file) : EFI_INVALID_PARAMETER;
        (void)loader->boot->FreePool(pool);
    }
    if (EFI_ERROR(status))
        (void)fail(loader, status == EFI_WRITE_PROTECTED ? read_only : failed, status, "%s", file.path);
    else
        say(loader, "groma: capture file=%s bytes=%lu\n", file.path, file.size_bytes);
}
