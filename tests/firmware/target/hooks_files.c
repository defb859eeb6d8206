/* SPDX-License-Identifier: MIT */
/*
 * The boot volume as the loader sees it: the real files, or what was read of them at the start, behind functions
 * that count, lie and fail. UEFI 2.10, 13.4, 13.5.
 */
#include "base/mem.h"
#include "target.h"

static EFI_FILE_IO_INTERFACE wrapped, *real_volume;

/* What the loader opens where the variant has no files on the volume. */
static struct held_file held_files[] = {
    {.path = "\\plain.conf"}, {.path = "\\said.conf"}, {.path = "\\aids.conf"}, {.path = "\\kernel.elf"},
    {.path = "\\module.img"}};
#define HELD_FILES (sizeof held_files / sizeof held_files[0])

static EFI_STATUS wrap(EFI_FILE_PROTOCOL *real, const struct held_file *held, bool is_root,
                       EFI_FILE_PROTOCOL **ret_file);

static void widen(const char *path, CHAR16 units[64])
{
    size_t i = 0;

    for (; i < 63 && path[i] != '\0'; i++)
        units[i] = (CHAR16)(uint8_t)path[i];
    units[i] = 0;
}

EFI_STATUS read_whole(const char *path, void **ret_bytes, UINTN *ret_size)
{
    EFI_GUID guid = EFI_FILE_INFO_ID;
    uint64_t info[UEFI_FILE_INFO_BYTES / 8];
    UINTN info_bytes = sizeof info;
    EFI_FILE_PROTOCOL *file;
    CHAR16 units[64];
    EFI_STATUS status;

    widen(path, units);
    status = target.root->Open(target.root, &file, units, EFI_FILE_MODE_READ, 0);
    if (EFI_ERROR(status))
        return status;
    status = file->GetInfo(file, &guid, &info_bytes, info);
    *ret_size = ((EFI_FILE_INFO *)(void *)info)->FileSize;
    if (!EFI_ERROR(status))
        status = target.boot.AllocatePool(EfiBootServicesData, *ret_size + 1, ret_bytes);
    if (!EFI_ERROR(status))
        status = file->Read(file, ret_size, *ret_bytes);
    (void)file->Close(file);
    return status;
}

EFI_STATUS files_hold(void)
{
    EFI_STATUS status = EFI_SUCCESS;

    for (size_t i = 0; i < HELD_FILES && !EFI_ERROR(status); i++) {
        void *bytes = NULL;
        status = read_whole(held_files[i].path, &bytes, &held_files[i].size_bytes);
        held_files[i].bytes = bytes;
    }
    return status;
}

unsigned files_open_count(void)
{
    unsigned count = 0;

    for (unsigned i = 0; i < MOST_FILES; i++)
        count += run.files[i].open;
    return count;
}

static struct open_file *file_of(EFI_FILE_PROTOCOL *this)
{
    struct open_file *file = (struct open_file *)this;

    if (file < run.files || file >= run.files + MOST_FILES || !file->open)
        violate("uses a file that is not open", (uint64_t)this);
    return file;
}

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_PROTOCOL **ret_root)
{
    const struct action *action = enter_call(OPEN_VOLUME);
    EFI_FILE_PROTOCOL *real;
    EFI_STATUS status;

    (void)this;
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_root = NULL;
        return action->status;
    }
    if (!run.variant->on_volume)
        return wrap(NULL, NULL, true, ret_root);
    status = real_volume->OpenVolume(real_volume, &real);
    return EFI_ERROR(status) ? status : wrap(real, NULL, true, ret_root);
}

static bool same_path(const CHAR16 *left, const char *right)
{
    size_t i = 0;

    while (left[i] == (CHAR16)(uint8_t)right[i] && right[i] != '\0')
        i++;
    return left[i] == (CHAR16)(uint8_t)right[i];
}

static EFI_STATUS EFIAPI open_file(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret_file, CHAR16 *name, UINT64 mode,
                                   UINT64 attributes)
{
    const struct action *action = enter_call(OPEN_FILE);
    struct open_file *folder = file_of(this);
    EFI_FILE_PROTOCOL *real;
    CHAR16 units[64];
    EFI_STATUS status;

    if (mode != EFI_FILE_MODE_READ && !run.variant->writes)
        violate("opens a file for more than reading", mode);
    if (action != NULL) {
        if (action->lie == NULL_RESULT)
            *ret_file = NULL;
        return action->status;
    }
    if (same_path(name, "\\groma.conf")) {
        widen(run.variant->config, units);
        name = units;
    }
    for (size_t i = 0; i < HELD_FILES && folder->real == NULL; i++) {
        if (same_path(name, held_files[i].path))
            return wrap(NULL, &held_files[i], false, ret_file);
    }
    if (folder->real == NULL)
        return EFI_NOT_FOUND;
    status = folder->real->Open(folder->real, &real, name, mode, attributes);
    return EFI_ERROR(status) ? status : wrap(real, NULL, false, ret_file);
}

/* Closed whatever it says (UEFI 2.10, 13.5, Close). */
static EFI_STATUS EFIAPI close_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(CLOSE_FILE);
    struct open_file *file = file_of(this);
    EFI_STATUS status = file->real != NULL ? file->real->Close(file->real) : EFI_SUCCESS;

    file->open = false;
    if (file->is_root)
        run.volume_closed = true;
    return action != NULL ? action->status : status;
}

static EFI_STATUS EFIAPI delete_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(DELETE_FILE);
    struct open_file *file = file_of(this);

    file->open = false;
    if (action == NULL)
        return file->real->Delete(file->real);
    (void)file->real->Close(file->real);
    return action->status;
}

static EFI_STATUS real_read(struct open_file *file, UINTN *size, void *to)
{
    if (file->real != NULL)
        return file->real->Read(file->real, size, to);
    if (*size > file->held->size_bytes - file->at)
        *size = file->held->size_bytes - file->at;
    memcpy(to, file->held->bytes + file->at, *size);
    file->at += *size;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_PROTOCOL *this, UINTN *size, void *to)
{
    const struct action *action = enter_call(READ_FILE);
    struct open_file *file = file_of(this);
    UINTN asked = *size;
    EFI_STATUS status;

    if (action == NULL || action->lie == TOO_MANY_BYTES) {
        status = real_read(file, size, to);
        if (action != NULL && !EFI_ERROR(status))
            *size = asked + 1;
        return status;
    }
    if (action->lie == NO_LIE)
        return action->status;
    *size = action->lie == SHORT_READ ? (asked + 1) / 2 : 0;
    return *size > 0 ? real_read(file, size, to) : EFI_SUCCESS;
}

static void lie_about(enum lie lie, EFI_FILE_INFO *info, UINTN *size)
{
    if (lie == LARGER)
        info->FileSize += 4096;
    if (lie == SMALLER)
        info->FileSize -= info->FileSize / 3;
    if (lie == HUGE_SIZE)
        info->FileSize = UINT64_C(1) << 63;
    if (lie == DIRECTORY)
        info->Attribute |= EFI_FILE_DIRECTORY;
    if (lie == SHORT_INFO)
        *size = 40;
}

static EFI_STATUS real_info(struct open_file *file, EFI_GUID *guid, UINTN *size, void *to)
{
    EFI_FILE_INFO *info = to;

    if (file->real != NULL)
        return file->real->GetInfo(file->real, guid, size, to);
    memset(to, 0, *size);
    *size = sizeof *info;
    info->Size = sizeof *info;
    info->FileSize = info->PhysicalSize = file->held->size_bytes;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *guid, UINTN *size, void *to)
{
    const struct action *action = enter_call(GET_INFO);
    struct open_file *file = file_of(this);
    EFI_STATUS status;

    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    status = real_info(file, guid, size, to);
    if (action != NULL && !EFI_ERROR(status))
        lie_about(action->lie, to, size);
    return status;
}

static EFI_STATUS EFIAPI set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *guid, UINTN size, void *from)
{
    const struct action *action = enter_call(SET_INFO);
    struct open_file *file = file_of(this);

    return action != NULL ? action->status : file->real->SetInfo(file->real, guid, size, from);
}

static EFI_STATUS EFIAPI write_file(EFI_FILE_PROTOCOL *this, UINTN *size, void *from)
{
    const struct action *action = enter_call(WRITE_FILE);
    struct open_file *file = file_of(this);

    if (action != NULL && action->lie == NO_LIE)
        return action->status;
    if (action != NULL)
        *size = (*size + 1) / 2;
    return file->real->Write(file->real, size, from);
}

static EFI_STATUS EFIAPI flush_file(EFI_FILE_PROTOCOL *this)
{
    const struct action *action = enter_call(FLUSH_FILE);
    struct open_file *file = file_of(this);

    return action != NULL ? action->status : file->real->Flush(file->real);
}

static EFI_STATUS wrap(EFI_FILE_PROTOCOL *real, const struct held_file *held, bool is_root,
                       EFI_FILE_PROTOCOL **ret_file)
{
    for (unsigned i = 0; i < MOST_FILES; i++) {
        struct open_file *file = &run.files[i];
        if (file->open)
            continue;
        *file = (struct open_file){.real = real, .held = held, .open = true, .is_root = is_root};
        file->protocol = (EFI_FILE_PROTOCOL){
            .Revision = 0x10000, .Open = open_file, .Close = close_file, .Delete = delete_file,
            .Read = read_file, .Write = write_file, .GetInfo = get_info, .SetInfo = set_info, .Flush = flush_file,
        };
        *ret_file = &file->protocol;
        return EFI_SUCCESS;
    }
    if (real != NULL)
        (void)real->Close(real);
    violate("has too many files open", MOST_FILES);
    return EFI_OUT_OF_RESOURCES;
}

EFI_FILE_IO_INTERFACE *files_wrap(EFI_FILE_IO_INTERFACE *real)
{
    real_volume = real;
    wrapped = (EFI_FILE_IO_INTERFACE){.Revision = 0x10000, .OpenVolume = open_volume};
    return &wrapped;
}
