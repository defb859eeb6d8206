/* SPDX-License-Identifier: MIT */
/*
 * One start of the loader, with the hooks in, and what it left taken back.
 *
 * The firmware loads the image and starts it in every fiftieth run only: every loading makes QEMU translate the
 * loader's code again, which takes ten times as long as running it. For the other runs its writable section is
 * made as the file has it and its entry point is called, as StartImage would.
 */
#include "base/bytes.h"
#include "base/mem.h"
#include "target.h"
#include "text/text.h"

#define STARTED_EVERY    50u /* runs one is started by the firmware */
#define SECTION_WRITABLE 0x80000000u

typedef EFI_STATUS(EFIAPI *EFI_IMAGE_ENTRY_POINT)(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

struct run run;
static void *before_start[5];

void run_begin(const struct variant *variant)
{
    memset(&run, 0, sizeof run);
    run.variant = variant;
    run.by_firmware = counts.runs % STARTED_EVERY == 0;
}

static void say_script(struct text *text)
{
    for (unsigned i = 0; i < run.script.count; i++) {
        const struct rule *rule = &run.script.rules[i];
        text_format(text, "%s%s#%u%s=%s", i > 0 ? "," : "", call_name(rule->call), rule->occurrence,
                    rule->onward ? "+" : "", rule->action->name);
    }
    if (run.map != NULL)
        text_format(text, "map=%s/%u%s", run.map->name, run.stride_bytes, run.map_laid_over ? "/laid-over" : "");
    else if (run.stride_bytes != 0)
        text_format(text, "stride=%u", run.stride_bytes);
    if (run.ending == ENDED_AT_EXIT)
        text_format(text, "%sexit-refused=%u", text->length_bytes > 0 ? "," : "", run.exit_refusals);
    if (run.graphics_fault != 0)
        text_format(text, "graphics=%u", run.graphics_fault);
    if (text->length_bytes == 0)
        text_string(text, "nothing");
}

/* The loader's image, as if it had been started from the volume we came from. */
static EFI_STATUS load(void)
{
    EFI_GUID guid = LOADED_IMAGE_PROTOCOL;
    EFI_LOADED_IMAGE *image = NULL;
    void *found = NULL;
    EFI_STATUS status = target.boot.LoadImage(FALSE, target.image, target.path, target.loader, target.loader_bytes,
                                              &target.victim);

    if (!EFI_ERROR(status))
        status = target.boot.HandleProtocol(target.victim, &guid, &found);
    if (EFI_ERROR(status))
        return status;
    image = found;
    image->DeviceHandle = target.volume;
    target.victim_first = (uint64_t)image->ImageBase;
    target.victim_bytes = image->ImageSize;
    if (run.ending != LEFT)
        halts_catch();
    return EFI_SUCCESS;
}

/* The writable sections as the file has them (PE/COFF 4: section table), and the entry point. */
static EFI_IMAGE_ENTRY_POINT make_new(void)
{
    const uint8_t *file = target.loader;
    const uint8_t *header = file + load_le32(file + 0x3c);
    const uint8_t *section = header + 24 + load_le16(header + 20);

    for (unsigned i = 0; i < load_le16(header + 6); i++, section += 40) {
        uint8_t *to = (uint8_t *)(target.victim_first + load_le32(section + 12));
        uint32_t bytes = load_le32(section + 16), room = load_le32(section + 8);
        if ((load_le32(section + 36) & SECTION_WRITABLE) == 0)
            continue;
        memcpy(to, file + load_le32(section + 20), bytes < room ? bytes : room);
        if (bytes < room)
            memset(to + bytes, 0, room - bytes);
    }
    return (EFI_IMAGE_ENTRY_POINT)(target.victim_first + load_le32(header + 24 + 16));
}

void run_end(void)
{
    run.ended = true;
    if (run.by_firmware)
        (void)target.boot.Exit(target.victim, EFI_ABORTED, 0, NULL);
    __builtin_longjmp(before_start, 1);
}

__attribute__((noinline)) static EFI_STATUS start(void)
{
    if (run.by_firmware)
        return target.boot.StartImage(target.victim, NULL, NULL);
    if (__builtin_setjmp(before_start) != 0)
        return EFI_ABORTED;
    return make_new()(target.victim, target.system);
}

/* What the firmware would not take back from the loader, and what a run that was ended still had. */
static void take_back(void)
{
    for (unsigned i = 0; i < run.pages_count; i++) {
        if (run.ended || run.pages[i].excused)
            (void)target.boot.FreePages(run.pages[i].paddr, run.pages[i].page_count);
    }
    for (unsigned i = 0; i < run.pool_count; i++) {
        if (run.ended || run.pool[i].excused)
            (void)target.boot.FreePool(run.pool[i].bytes);
    }
    for (unsigned i = 0; i < MOST_FILES && run.ended; i++) {
        if (run.files[i].open && run.files[i].real != NULL)
            (void)run.files[i].real->Close(run.files[i].real);
    }
    (void)target.boot.SetWatchdogTimer(0, 0, 0, NULL);
}

/* Captures of earlier runs, so that each finds the volume as the first did. */
static void delete_captures(void)
{
    CHAR16 path[] = {'\\', 'g', 'r', 'o', 'm', 'a', '\\', 'm', 'a', 'p', 's', '\\', '0', '0', '0', '1', '.',
                     0, 0, 0, 0};

    for (unsigned i = 0; i < 4; i++) {
        EFI_FILE_PROTOCOL *file;
        path[15] = (CHAR16)('1' + i / 2);
        for (unsigned letter = 0; letter < 3; letter++)
            path[17 + letter] = (CHAR16)(uint8_t)(i % 2 == 0 ? "tmp" : "map")[letter];
        if (!EFI_ERROR(target.root->Open(target.root, &file, path, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0)))
            (void)file->Delete(file);
    }
}

void run_loader(void)
{
    char chars[200];
    struct text text;

    text_init(&text, chars, sizeof chars);
    say_script(&text);
    serial_say("run %s %s\n", run.variant->name, text.chars);
    if (run.by_firmware && target.victim != NULL)
        (void)target.boot.UnloadImage(target.victim);
    if (run.by_firmware)
        target.victim = NULL;
    run.before = map_census();
    run.status = target.victim == NULL ? load() : EFI_SUCCESS;
    if (!run.by_firmware)
        run.before = map_census();
    if (EFI_ERROR(run.status)) {
        violate("cannot be loaded", run.status);
        return;
    }
    hooks_install();
    if (run.ending != LEFT)
        halts_arm();
    run.status = start();
    if (run.ending != LEFT)
        halts_disarm();
    hooks_restore();
    if (run.by_firmware)
        target.victim = NULL; /* gone: the firmware unloads what has returned */
    take_back();
    run.after = map_census();
    if (run.variant->writes && run.variant->on_volume)
        delete_captures();
}
