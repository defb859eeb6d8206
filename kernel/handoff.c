/* SPDX-License-Identifier: MIT */
/* Accepting boot info; see handoff.h and common/bootinfo/bootinfo.h. */
#include "handoff.h"

#include "arch/x86_64/machine.h"
#include "console.h"
#include "handoff/layout.h"
#include "options.h"
#include "screen/picture.h"
#include "text/text.h"
#include "trap_report.h"

/* bootinfo_check believes the size field up to here; what is not mapped behind is watched for. */
#define BLOCK_MAX_BYTES (64 * MIB)

/* Enough for the names of all phases and their stamps. */
#define LINE_BYTES 512u

static const void *checked_block;

/* ---- a block that is refused -------------------------------------------------------------- */

/*
 * A screen by the word of a block that cannot be believed: only in the framebuffer's window,
 * and a page fault in it is reported on the serial port, which has the line by then.
 */
static bool attach_doubtful_screen(const struct bootinfo *info)
{
    const struct bootinfo_framebuffer *framebuffer = &info->framebuffer;
    uint64_t offset;

    return info->magic == BOOTINFO_MAGIC && info->major == BOOTINFO_MAJOR &&
           checked_sub_u64(framebuffer->vaddr, LAYOUT_FRAMEBUFFER, &offset) &&
           range_is_inside(offset, framebuffer->size_bytes, LAYOUT_KERNEL - LAYOUT_FRAMEBUFFER) &&
           console_attach_screen(framebuffer);
}

static _Noreturn void refuse(enum bootinfo_status status, const struct bootinfo_fault *fault)
{
    char buffer[LINE_BYTES];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    text_format(&text,
                "E-BI-%02u boot info at %p: %s (%s %u) - the kernel halts; boot again, and if it "
                "stays, use a loader that matches this kernel\n",
                (unsigned)status, checked_block, bootinfo_status_text(status), fault->object,
                fault->index);
    console_write(CONSOLE_SERIAL, text.chars, text.length_bytes);
    console_drain();
    if (status != BOOTINFO_BAD_PLACE && attach_doubtful_screen(checked_block))
        console_write(CONSOLE_SCREEN, text.chars, text.length_bytes);
    machine_halt();
}

/* A page of the block is not mapped: the header's, or one that its size field promised. */
static void refuse_unmapped(uint64_t address)
{
    uint64_t header_end = (uint64_t)(uintptr_t)checked_block + sizeof(struct bootinfo);
    struct bootinfo_fault fault = {.object = "header", .index = 0};

    trap_unwatch();
    refuse(address < header_end ? BOOTINFO_BAD_PLACE : BOOTINFO_BAD_SIZE, &fault);
}

static void check_block(const void *block)
{
    struct bootinfo_fault fault = {.object = "header", .index = 0};
    enum bootinfo_status status;

    checked_block = block;
    trap_watch((uint64_t)(uintptr_t)block, BLOCK_MAX_BYTES, refuse_unmapped);
    status = bootinfo_check(block, BLOCK_MAX_BYTES, &fault);
    trap_unwatch();
    if (status != BOOTINFO_OK)
        refuse(status, &fault);
}

/* ---- a block that is believed ------------------------------------------------------------- */

static void read_options(const char *cmdline)
{
    if (options_have(cmdline, "exit=qemu"))
        machine_exit_to_qemu();
    if (options_have(cmdline, "quiet"))
        console_be_quiet();
}

static void open_screen(const struct kernel *kernel)
{
    struct screen *screen;

    if (kernel->info->framebuffer.vaddr == 0 ||
        !console_attach_screen(&kernel->info->framebuffer))
        return;
    screen = console_screen();
    screen_reserve_top(screen, screen_map_picture_height(screen));
    screen_map_picture(screen, kernel->handed.regions, kernel->handed.count);
}

/* Appends a string as one value of a fact: without blanks, "-" where it is empty. */
static void append_value(struct text *text, const char *chars)
{
    if (*chars == '\0')
        text_char(text, '-');
    for (; *chars != '\0'; chars++)
        text_char(text, *chars > ' ' && *chars <= '~' ? *chars : '_');
}

static void print_banner(const struct bootinfo *info)
{
    char buffer[LINE_BYTES];
    struct text text;

    console_say("Groma kernel, started by %s %s on %s\n", bootinfo_chars(info, &info->loader_name),
                bootinfo_chars(info, &info->loader_version),
                bootinfo_chars(info, &info->firmware_vendor));
    console_say("command line: %s\n", bootinfo_chars(info, &info->cmdline));
    text_init(&text, buffer, sizeof buffer);
    text_string(&text, "groma: kernel state=up loader=");
    append_value(&text, bootinfo_chars(info, &info->loader_name));
    text_string(&text, " version=");
    append_value(&text, bootinfo_chars(info, &info->loader_version));
    console_fact("%s bootinfo=%u.%u cmdline_bytes=%u\n", text.chars, info->major, info->minor,
                 info->cmdline.length_bytes);
}

/* Where the loader was asked for it: what moved since the boot before. */
static void print_drift(const struct bootinfo *info)
{
    static const char states[][12] = {"unknown", "first", "same", "moved", "unreadable"};
    const struct bootinfo_drift *drift = bootinfo_drift(info);

    if (drift == NULL)
        return;
    console_fact("groma: drift state=%s firmware=%s kinds=0x%x placements=%u moved=%u stored=%u\n",
                 states[drift->state < sizeof states / sizeof states[0] ? drift->state : 0],
                 drift->kinds != 0 ? "moved" : "same", drift->kinds, drift->placement_count,
                 drift->placements_moved, drift->stored);
}

static void print_security(const struct bootinfo *info)
{
    uint32_t flags = info->security_flags;

    console_fact("groma: security secure_boot=%u measured=%u dma=%s\n", flags & BOOTINFO_SECURE_BOOT,
                 flags / BOOTINFO_MEASURED & 1, (flags & BOOTINFO_DMA_OFF) != 0 ? "off" : "on");
}

static void open_tables(struct kernel *kernel)
{
    enum paging_status status = machine_tables(kernel->info, &kernel->paging);

    if (status == PAGING_OK)
        return;
    console_fault("E-AUDIT-01 page tables as boot info describes them: %s - the kernel halts; "
                  "report this loader\n",
                  paging_status_name(status));
    console_drain();
    machine_end(false);
}

void handoff_accept(struct kernel *kernel, const void *block, const struct entry_state *entry)
{
    const struct bootinfo *info = block;

    check_block(block);
    kernel->entry = entry;
    kernel->info = info;
    kernel->handed = (struct memmap){
        .regions = (struct memmap_region *)(uintptr_t)bootinfo_at(info, info->regions.offset),
        .count = info->regions.count,
        .capacity = info->regions.count,
    };
    read_options(bootinfo_chars(info, &info->cmdline));
    trap_set_stack(info->stack.vaddr, info->stack.size_bytes);
    open_screen(kernel);
    print_banner(info);
    print_drift(info);
    print_security(info);
    open_tables(kernel);
}

/* ---- times -------------------------------------------------------------------------------- */

static const char *phase_name(uint32_t phase)
{
    static const char *const names[] = {"start",  "config", "kernel", "modules",
                                        "tables", "exit",   "map",    "sealed"};

    return phase < sizeof names / sizeof names[0] ? names[phase] : "later";
}

void handoff_show_times(const struct kernel *kernel)
{
    const struct bootinfo *info = kernel->info;
    char buffer[LINE_BYTES];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    for (uint32_t i = 0; i < info->stamps.count; i++) {
        const struct bootinfo_stamp *stamp = bootinfo_entry(info, &info->stamps, i);
        text_format(&text, " %s=%lu", phase_name(stamp->phase), stamp->tsc);
    }
    console_fact("groma: time hz=%lu source=%u unix=%lu%s entry=%lu\n", info->tsc_hz,
                 info->tsc_source, info->unix_seconds, text.chars, kernel->entry->tsc);
}
