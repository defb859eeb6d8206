/* SPDX-License-Identifier: MIT */
/* The boot volume: files in memory behind EFI_FILE_PROTOCOL. UEFI 2.10, 13.4 and 13.5. */
#include <string.h>

#include "world.h"

#define INFO_BYTES 80u /* EFI_FILE_INFO without the name's NUL */

static EFI_FILE_IO_INTERFACE volume;

static bool same_path(const CHAR16 *wanted, const char *path)
{
    size_t i = 0;

    while (path[i] != '\0' && wanted[i] == (CHAR16)(uint8_t)path[i])
        i++;
    return path[i] == '\0' && wanted[i] == 0;
}

static const struct file *at_index(size_t index)
{
    const struct scenario *scenario = world.scenario;
    size_t modules = 0, kept = 0;

    if (index == 0)
        return scenario->config != NULL ? &world.config_file : NULL;
    if (index == 1)
        return scenario->kernel;
    while (scenario->modules != NULL && scenario->modules[modules].path != NULL)
        modules++;
    while (scenario->kept != NULL && scenario->kept[kept].path != NULL)
        kept++;
    index -= 2;
    if (index < modules)
        return &scenario->modules[index];
    index -= modules;
    return index < kept ? &scenario->kept[index] : made_at(index - kept);
}

const struct file *files_find(const char *path)
{
    for (size_t i = 0; i < 2 || at_index(i) != NULL; i++) {
        if (at_index(i) != NULL && strcmp(at_index(i)->path, path) == 0)
            return at_index(i);
    }
    return NULL;
}

struct open_file *files_open_of(EFI_FILE_PROTOCOL *protocol)
{
    struct open_file *file = (struct open_file *)(void *)protocol;

    if (file < world.files || file >= world.files + MOST_FILES || !file->open) {
        violate("uses a file that is not open", (uint64_t)protocol);
        leave(CRASHED);
    }
    return file;
}

static EFI_STATUS new_file(const struct file *file, EFI_FILE_PROTOCOL **ret_file);

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_PROTOCOL **ret_root)
{
    const struct action *action = enter_call(OPEN_VOLUME);

    if (this != &volume)
        violate("opens a volume that is none", (uint64_t)this);
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_root = NULL;
        return action->status;
    }
    return new_file(NULL, ret_root);
}

/* A volume on which every number is taken. */
static bool is_endless_map(const CHAR16 *name)
{
    static const char folder[] = "\\groma\\maps\\";
    size_t i = 0;

    while (folder[i] != '\0' && name[i] == (CHAR16)(uint8_t)folder[i])
        i++;
    return world.scenario->endless_maps && folder[i] == '\0';
}

static EFI_STATUS EFIAPI open_file(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_file, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes)
{
    const struct action *action = enter_call(OPEN_FILE);

    (void)files_open_of(this);
    if (mode != EFI_FILE_MODE_READ && !world.scenario->may_write)
        violate("opens a file for more than reading", mode);
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_file = NULL;
        return action->status;
    }
    if (mode != EFI_FILE_MODE_READ && world.scenario->read_only)
        return EFI_WRITE_PROTECTED;
    if (is_endless_map(name))
        return new_file(&world.config_file, ret_file);
    for (size_t i = 0; i < 2 || at_index(i) != NULL; i++) {
        if (at_index(i) != NULL && same_path(name, at_index(i)->path))
            return new_file(at_index(i), ret_file);
    }
    if ((mode & EFI_FILE_MODE_CREATE) == 0)
        return EFI_NOT_FOUND;
    return new_file(made_new(name, (attributes & EFI_FILE_DIRECTORY) != 0), ret_file);
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(CLOSE_FILE);

    files_open_of(this)->open = false; /* whatever it says: UEFI 2.10, 13.5, Close */
    world.closed_count++;
    return action != NULL ? action->status : EFI_SUCCESS;
}

/* How much of what was asked for the script lets through. */
static uint64_t given(const struct action *action, uint64_t asked, uint64_t left)
{
    uint64_t bytes = asked < left ? asked : left;

    if (action == NULL)
        return bytes;
    return action->lie == SHORT_READ ? (bytes + 1) / 2 : 0;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *to)
{
    const struct action *action = enter_call(READ_FILE);
    struct open_file *file = files_open_of(this);
    uint64_t bytes;

    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (file->file == NULL)
        return EFI_UNSUPPORTED;
    if (*size > MIB)
        violate("reads more than 1 MiB at once", *size);
    if (world.scenario->low_reads && (uint64_t)to + *size > 4 * GIB) {
        file->position += *size / 2; /* wherever it may be after a failure */
        return EFI_DEVICE_ERROR;
    }
    bytes = given(action, *size, file->file->size_bytes - file->position);
    memcpy(to, (const uint8_t *)file->file->bytes + file->position, bytes);
    file->position += bytes;
    *size = action != NULL && action->lie == TOO_MANY_BYTES ? *size + 1 : bytes;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_PROTOCOL *this, UINT64 position)
{
    const struct action *action = enter_call(SET_POSITION);
    struct open_file *file = files_open_of(this);

    if (action != NULL)
        return action->status;
    file->position = position;
    return EFI_SUCCESS;
}

static void lie_about(enum lie lie, EFI_FILE_INFO *info)
{
    if (lie == LARGER)
        info->FileSize += 4096;
    if (lie == SMALLER)
        info->FileSize -= info->FileSize / 3;
    if (lie == HUGE_SIZE)
        info->FileSize = UINT64_MAX;
    if (lie == DIRECTORY)
        info->Attribute |= EFI_FILE_DIRECTORY;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, VOID *to)
{
    static const EFI_GUID file_info = EFI_FILE_INFO_ID;
    const struct action *action = enter_call(GET_INFO);
    struct open_file *file = files_open_of(this);
    const char *path = file->file != NULL ? file->file->path : "\\";
    size_t length = strlen(path);
    EFI_FILE_INFO *info = to;

    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (memcmp(type, &file_info, sizeof file_info) != 0)
        return EFI_UNSUPPORTED;
    if (*size < INFO_BYTES + 2 * (length + 1)) {
        *size = INFO_BYTES + 2 * (length + 1);
        return EFI_BUFFER_TOO_SMALL;
    }
    memset(info, 0, INFO_BYTES);
    *size = action != NULL && action->lie == SHORT_INFO ? 40 : INFO_BYTES + 2 * (length + 1);
    info->Size = *size;
    info->FileSize = file->file != NULL ? file->file->size_bytes : 0;
    if (file->file == NULL || (length > 0 && file->file->bytes == NULL))
        info->Attribute = EFI_FILE_DIRECTORY;
    for (size_t i = 0; i <= length; i++)
        info->FileName[i] = (CHAR16)(uint8_t)path[i];
    lie_about(action != NULL ? action->lie : NO_LIE, info);
    return EFI_SUCCESS;
}

static EFI_STATUS new_file(const struct file *file, EFI_FILE_PROTOCOL **ret_file)
{
    for (size_t i = 0; i < MOST_FILES; i++) {
        struct open_file *made = &world.files[i];
        if (made->open)
            continue;
        *made = (struct open_file){.file = file, .open = true};
        made->protocol = (EFI_FILE_PROTOCOL){
            .Revision = 0x10000, .Open = open_file, .Close = close_file, .Read = read_file, .SetPosition = set_position, .GetInfo = get_info,
        };
        made_fill_functions(&made->protocol);
        world.opened_count++;
        *ret_file = &made->protocol;
        return EFI_SUCCESS;
    }
    return EFI_OUT_OF_RESOURCES;
}

EFI_FILE_IO_INTERFACE *files_volume(void)
{
    return &volume;
}

void files_start(void)
{
    volume = (EFI_FILE_IO_INTERFACE){.Revision = 0x10000, .OpenVolume = open_volume};
    for (size_t i = 0; i < MOST_FILES; i++)
        world.files[i].open = false;
    made_start();
    world.config_file = (struct file){.path = "\\groma.conf"};
    if (world.scenario->config != NULL) {
        world.config_file.bytes = world.scenario->config;
        world.config_file.size_bytes =
            world.scenario->config_bytes != 0 ? world.scenario->config_bytes : strlen(world.scenario->config);
    }
}
