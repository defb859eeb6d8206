/* SPDX-License-Identifier: MIT */
/* The small machine's map, the files on the volume, and the variants of both; see scenarios.h. */
#include "scenarios.h"

#include <string.h>

#include "unit/elf_builder.h"

#define WB UINT64_C(0xf)
#define RUNTIME (UINT64_C(1) << 63 | WB)
#define FIRMWARE_PFN (FIRMWARE_PADDR / PAGE_BYTES)

extern uint8_t ImageBase[], image_end[];

/* The loader's image lies where this program has it; its bounds are filled in. */
static struct entry small_map[] = {
    {EfiConventionalMemory, 0, 0xa0, WB},
    {EfiConventionalMemory, 0x100, 0x800, WB},
    {EfiBootServicesData, 0x800, 0x1000, WB},
    {EfiBootServicesCode, 0x1000, 0x1000, WB}, /* up to the image */
    {EfiLoaderCode, 0x1000, 0x1000, WB},
    {EfiBootServicesData, 0x1000, 0x4000, WB},
    {EfiConventionalMemory, 0x4000, 0x7000, WB},
    {EfiBootServicesCode, 0x7000, 0x7010, WB},
    {EfiConventionalMemory, 0x7010, FIRMWARE_PFN, WB},
    {EfiRuntimeServicesData, FIRMWARE_PFN, FIRMWARE_PFN + 2, RUNTIME},
    {EfiACPIReclaimMemory, FIRMWARE_PFN + 2, FIRMWARE_PFN + 3, WB},
    {EfiRuntimeServicesData, FIRMWARE_PFN + 3, FIRMWARE_PFN + 4, RUNTIME},
    {EfiBootServicesData, FIRMWARE_PFN + 4, FIRMWARE_PFN + 5, WB},
    {EfiRuntimeServicesCode, FIRMWARE_PFN + 5, FIRMWARE_PFN + 0x10, RUNTIME},
    {EfiACPIMemoryNVS, FIRMWARE_PFN + 0x10, FIRMWARE_PFN + 0x20, WB},
    {EfiReservedMemoryType, FIRMWARE_PFN + 0x20, 0x8000, WB},
    {EfiMemoryMappedIO, 0xffc00, 0x100000, UINT64_C(1) << 63 | 1},
};

/* A bridge with a disk and a display behind it, a bridge that is off already, a controller on bus 0. */
static const struct pci_device pci_devices[] = {{0x0604, 0, 0x107}, {0x0108, 1, 7}, {0x0300, 1, 7}, {0x0604, 0, 0x103},
                                                {0x0106, 0, 7}, {0, 0, 0}};

static struct elf_file exec_bytes, pie_bytes;
static uint8_t large_bytes[5 * MIB / 2];
static struct file exec_file, pie_file;
static const struct file modules[] = {{"\\initrd", "a small module's bytes", 22}, {"\\empty", "", 0}, {.path = NULL}};
static const struct file large_modules[] = {{"\\big", large_bytes, sizeof large_bytes}, {.path = NULL}};

const struct file captures_kept[] = {{"\\groma", NULL, 0},           {"\\groma\\maps", NULL, 0},
                                     {"\\groma\\maps\\0001.map", "mine", 4}, {"\\groma\\maps\\0002.tmp", "half", 4},
                                     {.path = NULL}};

const struct file *kernel_exec(void)
{
    return &exec_file;
}

const struct file *kernel_pie(void)
{
    return &pie_file;
}

struct scenario scenario_plain(const char *name)
{
    return (struct scenario){
        .name = name, .config = "timeout = 0\nverbose = no\n", .kernel = &exec_file, .map = small_map,
        .map_count = sizeof small_map / sizeof small_map[0], .has_rdrand = true, .knows_tsc = true};
}

static void open_files(void)
{
    size_t image = (uint64_t)ImageBase / PAGE_BYTES, end = (uint64_t)image_end / PAGE_BYTES;

    build_exec(&exec_bytes);
    build_pie(&pie_bytes);
    exec_file = (struct file){"\\kernel.elf", exec_bytes.bytes, exec_bytes.size};
    pie_file = (struct file){"\\kernel.elf", pie_bytes.bytes, pie_bytes.size};
    for (size_t i = 0; i < sizeof large_bytes; i++)
        large_bytes[i] = (uint8_t)(i * 13 + i / 4099);
    small_map[3].end_pfn = small_map[4].first_pfn = image;
    small_map[4].end_pfn = small_map[5].first_pfn = end;
}

const struct scenario *scenarios_open(size_t *ret_count)
{
    static struct scenario made[16];
    size_t count = 0;
    struct scenario *next;

    open_files();
    made[count++] = scenario_plain("plain");

    next = &made[count++]; /* everything a PC has; no config file, so everything is said and waited for */
    *next = scenario_plain("pc");
    next->config = NULL;
    next->graphics = next->random = next->acpi = next->smbios = next->giant_pages = true;
    next->knows_tsc = false;

    next = &made[count++];
    *next = scenario_plain("modules");
    next->config = "timeout = 1\nverbose = no\nserial = on\nmodule = /initrd root=none\nmodule = /empty\n"
                   "cmdline = one two\nreserve = 0x6000000-0x6400000 a test\nbadram = 0x5000-0x6000\nunknown = 1\n";
    next->modules = modules;
    next->acpi = next->graphics = true;

    next = &made[count++]; /* the firmware's console reaches the serial port; no UART of our own */
    *next = scenario_plain("conout-serial");
    next->config = "timeout = 0\n";
    next->conout_on_serial = true;
    next->kernel = &pie_file;

    next = &made[count++];
    *next = scenario_plain("no-console");
    next->config = "timeout = 1\nverbose = no\n";
    next->no_conout = next->no_conin = true;
    next->has_rdrand = false;

    next = &made[count++];
    *next = scenario_plain("no-uart");
    next->no_uart = next->random = true;
    next->stride_bytes = 40;

    next = &made[count++]; /* after the exit there is only the screen */
    *next = scenario_plain("screen-only");
    next->no_uart = next->graphics = true;

    next = &made[count++]; /* a map that grows, an exit that refuses */
    *next = scenario_plain("restless");
    next->grow_entries = 1;
    next->exit_refusals = 3;
    next->exit_grows = 2;
    next->stride_bytes = 56;

    next = &made[count++];
    *next = scenario_plain("refused-addresses");
    next->any_address = next->low_pages_first = next->keeps_services = true;
    next->kernel = &pie_file;

    next = &made[count++];
    *next = scenario_plain("page-0");
    next->page_0_given = true;

    next = &made[count++];
    *next = scenario_plain("large-module");
    next->config = "timeout = 0\nmodule = /big\n";
    next->modules = large_modules;

    next = &made[count++]; /* a map written to the volume, what moved remembered in a variable */
    *next = scenario_plain("capture");
    next->config = "timeout = 0\ncapture = yes\ndrift = yes\nverbose = no\n";
    next->may_write = true;

    next = &made[count++]; /* how far it came, in a variable; the firmware's maps shown; no DMA */
    *next = scenario_plain("checkpoint");
    next->config = "timeout = 0\ncheckpoint = yes\nverbose = maps\ndma = off\n";
    next->pci = pci_devices;

    next = &made[count++]; /* a stick with captures, and one that was never finished; a firmware that cannot rename */
    *next = scenario_plain("capture-again");
    next->config = "timeout = 0\ncapture = yes\n";
    next->may_write = next->no_rename = true;
    next->kept = captures_kept;

    next = &made[count++]; /* what the firmware keeps is hashed over an exit of several rounds */
    *next = scenario_plain("watch");
    next->config = "timeout = 0\nwatch = yes\n";
    next->acpi = next->smbios = true;
    next->exit_refusals = 2;
    next->exit_grows = 1;

    *ret_count = count;
    return made;
}
