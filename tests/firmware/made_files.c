/* SPDX-License-Identifier: MIT */
/* Files and folders that the loader makes on the volume, where the config asks for it. UEFI 2.10, 13.5. */
#include <string.h>

#include "world.h"

#define MOST_PATH 64u

static struct made_file {
    char path[MOST_PATH];
    uint8_t bytes[MOST_MADE_BYTES];
    struct file file; /* path NULL: there is none */
} made_files[MOST_MADE];

void made_start(void)
{
    for (size_t i = 0; i < MOST_MADE; i++)
        made_files[i].file.path = NULL;
}

const struct file *made_at(size_t index)
{
    for (size_t i = 0; i < MOST_MADE; i++) {
        if (made_files[i].file.path != NULL && index-- == 0)
            return &made_files[i].file;
    }
    return NULL;
}

static struct made_file *made_of(const struct file *file)
{
    for (size_t i = 0; i < MOST_MADE; i++) {
        if (file == &made_files[i].file)
            return &made_files[i];
    }
    return NULL;
}

bool made_is(const struct file *file)
{
    return made_of(file) != NULL;
}

static void set_path(char path[MOST_PATH], const CHAR16 *name, size_t from)
{
    size_t i = from;

    while (*name != 0 && i < MOST_PATH - 1)
        path[i++] = (char)*name++;
    path[i] = '\0';
}

const struct file *made_new(const CHAR16 *path, bool is_folder)
{
    for (size_t i = 0; i < MOST_MADE; i++) {
        struct made_file *made = &made_files[i];
        if (made->file.path != NULL)
            continue;
        set_path(made->path, path, 0);
        made->file = (struct file){made->path, is_folder ? NULL : made->bytes, 0};
        return &made->file;
    }
    violate("makes too many files", MOST_MADE);
    leave(HUNG);
}

/* The file behind the handle, if it is one that may be changed. */
static struct made_file *writable(EFI_FILE_PROTOCOL *this)
{
    struct made_file *made = made_of(files_open_of(this)->file);

    if (made == NULL || made->file.bytes == NULL)
        violate("changes what is not its own file", (uint64_t)this);
    return made;
}

static EFI_STATUS EFIAPI write_file(EFI_FILE_PROTOCOL *this, UINTN *size, VOID *from)
{
    const struct action *action = enter_call(WRITE_FILE);
    struct made_file *made = writable(this);
    struct open_file *file = files_open_of(this);
    UINTN bytes = *size;

    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (action != NULL)
        bytes = *size / 2;
    if (made == NULL || file->position + bytes > MOST_MADE_BYTES)
        return EFI_VOLUME_FULL;
    memcpy(made->bytes + file->position, from, bytes);
    file->position += bytes;
    if (file->position > made->file.size_bytes)
        made->file.size_bytes = file->position;
    *size = bytes;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI flush_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(FLUSH_FILE);

    (void)writable(this);
    return action != NULL ? action->status : EFI_SUCCESS;
}

/* Only a new name in the same folder. */
static EFI_STATUS EFIAPI set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, VOID *from)
{
    const struct action *action = enter_call(SET_INFO);
    struct made_file *made = writable(this);
    const EFI_FILE_INFO *info = from;
    const char *name = made != NULL ? strrchr(made->path, '\\') : NULL;
    char path[sizeof made->path], old[sizeof made->path];

    (void)type, (void)size;
    if (action != NULL)
        return action->status;
    if (world.scenario->no_rename)
        return EFI_UNSUPPORTED;
    if (name == NULL)
        return EFI_ACCESS_DENIED;
    memcpy(old, made->path, sizeof old);
    made->path[0] = '\0'; /* not found under its old name */
    memcpy(path, old, sizeof path);
    set_path(path, info->FileName, (size_t)(name + 1 - made->path));
    if (files_find(path) != NULL)
        memcpy(path, old, sizeof path);
    memcpy(made->path, path, sizeof path);
    return strcmp(path, old) != 0 ? EFI_SUCCESS : EFI_ACCESS_DENIED;
}

/* Closes the handle, whatever comes of it. */
static EFI_STATUS EFIAPI delete_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(DELETE_FILE);
    struct made_file *made = writable(this);

    files_open_of(this)->open = false;
    world.closed_count++;
    if (action != NULL)
        return action->status;
    if (made != NULL)
        made->file.path = NULL;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI not_known(EFI_FILE_PROTOCOL *this)
{
    violate("calls a file function that it has no business with", (uint64_t)this);
    return EFI_UNSUPPORTED;
}

void made_fill_functions(EFI_FILE_PROTOCOL *protocol)
{
    protocol->Write = write_file;
    protocol->Flush = flush_file;
    protocol->SetInfo = set_info;
    protocol->Delete = delete_file;
    protocol->GetPosition = (EFI_FILE_GET_POSITION)(void *)not_known;
}
