/* SPDX-License-Identifier: MIT */
/*
 * One case after the other: the disk is inserted, the firmware's drivers find its volume, the loader starts
 * from there, and the verdict goes to the serial port, without the firmware. QEMU ends at the last one.
 *
 *   disk NAME booted|refused E-ID reads=N          one line a case, "FAIL NAME why" where R was broken
 *   stuck NAME CALL                                the firmware never came back from this call, or the loader
 *   groma: disks cases=N booted=N refused=N worn=N wrong=N
 */
#include "cpu.h"
#include "disks.h"
#include "text/text.h"
#include "uart/uart.h"

#define EXIT_PORT     0xf4u
#define EXIT_DONE     0x10u
#define EXIT_BROKEN   0x11u
#define EXIT_STUCK    0x12u
#define TICK_100NS    10000000u /* a second */
#define MOST_TICKS    15u       /* of one call */
#define MOST_VOLUMES  4096u /* U-Boot keeps those of disks that are gone */
#define MOST_BASES    16u

EFI_SYSTEM_TABLE *system_table;
EFI_HANDLE own_image;

static struct uart uart;
static const char *case_name = "-";
static struct {
    unsigned cases, booted, refused, worn, wrong;
} sums;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *format, ...)
{
    char buffer[600];
    struct text text;
    va_list list;

    text_init(&text, buffer, sizeof buffer);
    va_start(list, format);
    text_vformat(&text, format, list);
    va_end(list);
    uart_write(&uart, text.chars, text.length_bytes);
}

static _Noreturn void leave(uint8_t value)
{
    uart_drain(&uart);
    cpu_out8(EXIT_PORT, value);
    cpu_halt();
}

static _Noreturn void broken(const char *what, EFI_STATUS status)
{
    say("disks: %s (0x%lx)\n", what, status);
    leave(EXIT_BROKEN);
}

/* Each second, in the middle of whatever runs. (U-Boot's timers wait for a poll, so disks.py waits, too.) */
static VOID EFIAPI tick(EFI_EVENT event, VOID *context)
{
    static unsigned calls, ticks;

    (void)event, (void)context;
    ticks = start.calls == calls ? ticks + 1 : 0;
    calls = start.calls;
    if (ticks < MOST_TICKS || case_name[0] == '-')
        return;
    say("stuck %s %s\n", case_name, start.inside != NULL ? start.inside : "loader");
    leave(EXIT_STUCK);
}

static void watch(void)
{
    EFI_BOOT_SERVICES *boot = system_table->BootServices;
    EFI_EVENT event;
    EFI_STATUS status = boot->CreateEvent(EVT_TIMER | EVT_NOTIFY_SIGNAL, TPL_NOTIFY, tick, NULL, &event);

    if (!EFI_ERROR(status))
        status = boot->SetTimer(event, TimerPeriodic, TICK_100NS);
    if (EFI_ERROR(status))
        broken("cannot have a timer", status);
}

/* ---- our own files --------------------------------------------------------------------------------- */

static void *read_whole(EFI_FILE_PROTOCOL *root, const CHAR16 *name, UINTN *ret_bytes)
{
    EFI_GUID info_guid = EFI_FILE_INFO_ID;
    uint64_t buffer[UEFI_FILE_INFO_BYTES / 8];
    UINTN size = sizeof buffer;
    EFI_PHYSICAL_ADDRESS paddr = 0;
    EFI_FILE_PROTOCOL *file = NULL;
    EFI_STATUS status = root->Open(root, &file, (CHAR16 *)name, EFI_FILE_MODE_READ, 0);

    if (!EFI_ERROR(status))
        status = file->GetInfo(file, &info_guid, &size, buffer);
    *ret_bytes = ((EFI_FILE_INFO *)(void *)buffer)->FileSize;
    if (!EFI_ERROR(status))
        status = system_table->BootServices->AllocatePages(AllocateAnyPages, EfiLoaderData, *ret_bytes / 4096 + 1,
                                                           &paddr);
    for (UINTN done = 0; !EFI_ERROR(status) && done < *ret_bytes; done += size) {
        size = *ret_bytes - done < MIB ? *ret_bytes - done : MIB;
        status = file->Read(file, &size, (uint8_t *)paddr + done);
        if (size == 0)
            status = EFI_END_OF_FILE;
    }
    if (EFI_ERROR(status))
        broken("cannot read an own file", status);
    (void)file->Close(file);
    return (void *)paddr;
}

/* ---- the volume on the disk -------------------------------------------------------------------------- */

struct volumes {
    EFI_HANDLE handles[MOST_VOLUMES];
    UINTN count;
};

static void list_volumes(struct volumes *volumes)
{
    EFI_GUID guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    UINTN size_bytes = sizeof volumes->handles;
    EFI_STATUS status;

    status = system_table->BootServices->LocateHandle(ByProtocol, &guid, NULL, &size_bytes, volumes->handles);
    volumes->count = EFI_ERROR(status) ? 0 : size_bytes / sizeof volumes->handles[0];
}

/* The volume that was not there before; the bare disk where there is none. */
static EFI_HANDLE new_volume(const struct volumes *before, EFI_HANDLE disk)
{
    static struct volumes now;

    list_volumes(&now);
    for (UINTN i = 0; i < now.count; i++) {
        UINTN k = 0;
        while (k < before->count && before->handles[k] != now.handles[i])
            k++;
        if (k == before->count)
            return now.handles[i];
    }
    return disk;
}

/* ---- cases --------------------------------------------------------------------------------------------- */

static void judge_case(const struct case_head *it)
{
    char id[16];
    const char *fault = verdict(it->flags, id);

    sums.booted += start.reached_exit;
    sums.refused += !start.reached_exit;
    sums.worn += ramdisk.worn_out;
    say("disk %s %s %s reads=%u most=%lu%s\n", it->name, start.reached_exit ? "booted" : "refused",
        id[0] != '\0' ? id : "-", ramdisk.reads, start.most_read, ramdisk.worn_out ? " worn" : "");
    if (fault == NULL)
        return;
    sums.wrong++;
    say("FAIL %s %s (status 0x%lx, kept %u, lost %u)\n  | ", it->name, fault, start.status, start.made_count,
        start.lost_count);
    uart_write(&uart, start.text, start.text_bytes < 1000 ? start.text_bytes : 1000);
    say("\n");
}

static void run_case(const struct case_head *it, const struct base_head *base, const void *loader, UINTN loader_bytes)
{
    static struct volumes before;
    EFI_HANDLE disk;
    EFI_STATUS status;

    case_name = it->name;
    start.calls++;
    start.inside = "insert";
    say("begin %s\n", it->name);
    ramdisk = (struct ramdisk){
        .sector_count = base->sector_count, .read_only = (it->flags & READ_ONLY) != 0,
        .base = {(const void *)(base + 1), base->extent_count}, .patches = {(const void *)(it + 1), it->patch_count}};
    list_volumes(&before);
    status = ramdisk_insert(&disk);
    if (EFI_ERROR(status))
        broken("cannot insert the disk", status);
    ramdisk.writes = 0; /* EDK2 mends a GPT by the other one; that was not the loader */
    if (!start_loader(loader, loader_bytes, new_volume(&before, disk), (it->flags & SHORT_READS) != 0))
        broken("cannot start the loader", EFI_LOAD_ERROR);
    sums.cases++;
    judge_case(it);
    start.inside = "remove";
    status = ramdisk_remove(disk);
    if (EFI_ERROR(status))
        broken("cannot remove the disk", status);
}

static const void *behind(const struct extent_head *extent, uint64_t count)
{
    while (count-- > 0)
        extent = extent_next(extent);
    return extent;
}

static void run_cases(const uint8_t *bytes, const void *loader, UINTN loader_bytes)
{
    const struct cases_head *head = (const void *)bytes;
    const struct base_head *bases[MOST_BASES];
    const void *at = head + 1;

    if (head->magic != CASES_MAGIC || head->base_count > MOST_BASES)
        broken("these are no cases", EFI_LOAD_ERROR);
    for (uint32_t i = 0; i < head->base_count; i++) {
        bases[i] = at;
        at = behind((const void *)(bases[i] + 1), bases[i]->extent_count);
    }
    for (uint32_t i = 0; i < head->case_count; i++) {
        const struct case_head *it = at;
        run_case(it, bases[it->base], loader, loader_bytes);
        at = behind((const void *)(it + 1), it->patch_count);
    }
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static const CHAR16 cases_name[] = {'\\', 'c', 'a', 's', 'e', 's', '.', 'b', 'i', 'n', 0};
    static const CHAR16 loader_name[] = {'\\', 'l', 'o', 'a', 'd', 'e', 'r', '.', 'e', 'f', 'i', 0};
    EFI_GUID image_guid = LOADED_IMAGE_PROTOCOL, volume_guid = SIMPLE_FILE_SYSTEM_PROTOCOL;
    EFI_LOADED_IMAGE *own = NULL;
    EFI_FILE_IO_INTERFACE *volume = NULL;
    EFI_FILE_PROTOCOL *root = NULL;
    UINTN cases_bytes, loader_bytes;
    void *cases, *loader;

    system_table = system;
    own_image = image;
    uart_init(&uart, UART_COM1_PORT, false);
    if (EFI_ERROR(system->BootServices->HandleProtocol(image, &image_guid, (void **)&own)) ||
        EFI_ERROR(system->BootServices->HandleProtocol(own->DeviceHandle, &volume_guid, (void **)&volume)) ||
        EFI_ERROR(volume->OpenVolume(volume, &root)))
        broken("cannot open the own volume", EFI_LOAD_ERROR);
    (void)system->BootServices->SetWatchdogTimer(0, 0, 0, NULL);
    cases = read_whole(root, cases_name, &cases_bytes);
    loader = read_whole(root, loader_name, &loader_bytes);
    (void)root->Close(root);
    watch();
    run_cases(cases, loader, loader_bytes);
    say("groma: disks cases=%u booted=%u refused=%u worn=%u wrong=%u\n", sums.cases, sums.booted, sums.refused,
        sums.worn, sums.wrong);
    leave(sums.wrong == 0 ? EXIT_DONE : EXIT_BROKEN);
}
