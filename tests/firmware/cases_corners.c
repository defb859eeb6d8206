/* SPDX-License-Identifier: MIT */
/* What hardly a machine has: CPUs, displays, tables, variables and paths at their bounds. */
#include <string.h>

#include "boot_check.h"
#include "capture_check.h"
#include "cases.h"
#include "handoff/handoff.h"
#include "scenarios.h"
#include "unit/elf_builder.h"
#include "x86/exception.h"

#define LAST_LEAF {.leaf = UINT32_MAX}
#define NOWHERE   UINT64_C(0x7700000000000)

_Noreturn void exception_report(const struct exception_frame *frame);

/* ---- CPUs ---------------------------------------------------------------------------------------- */

static void cpus(void)
{
    static const struct cpuid_leaf few[] = {{.leaf = 0x80000000, .eax = 0x80000003}, LAST_LEAF};
    static const struct cpuid_leaf wide[] = {{.leaf = 0x80000008, .eax = 60}, LAST_LEAF};
    static const struct cpuid_leaf old[] = {{.leaf = 0, .eax = 6}, LAST_LEAF};
    static const struct cpuid_leaf no_sev[] = {{.leaf = 0x80000000, .eax = 0x8000001f}, {.leaf = 0x8000001f, .eax = 1},
                                               LAST_LEAF};
    static const struct cpuid_leaf host[] = {{.leaf = 0x80000000, .eax = 0x8000001f}, {.leaf = 0x8000001f, .eax = 2},
                                             LAST_LEAF};
    static const struct cpuid_leaf mute[] = {{.leaf = 1, .ecx = 1u << 31}, {.leaf = 0x40000000, .eax = 0x40000001}, LAST_LEAF};
    struct scenario plain = scenario_plain("corner-cpu"), machine = plain;

    machine.leaves = no_sev;
    expect("corner-cpu-no-sev", &machine, NULL, "boots");
    machine.leaves = host;
    expect("corner-cpu-host-of-guests", &machine, NULL, "boots");
    machine.leaves = old;
    if (expect("corner-cpu-old", &machine, NULL, "boots"))
        expect_that("corner-cpu-old-seed", boot_info()->seed_source == BOOTINFO_SEED_RDRAND);
    machine.knows_tsc = false;
    machine.leaves = mute;
    if (expect("corner-cpu-mute-hypervisor", &machine, NULL, "boots"))
        expect_that("corner-cpu-mute-hypervisor-told", boot_info()->tsc_hz == 0);
    machine.physical_bits = 36; /* what the loader must fall back to */
    machine.leaves = wide;
    if (expect("corner-cpu-wide", &machine, NULL, "boots"))
        expect_that("corner-cpu-wide-told", boot_info()->physical_bits == 36);
    machine.leaves = few;
    machine.config = "timeout = 0\ncapture = yes\n";
    machine.may_write = true;
    if (expect("corner-cpu-few-leaves", &machine, NULL, "boots"))
        expect_that("corner-cpu-few-leaves-told", boot_info()->physical_bits == 36 &&
                                                      capture_maps_in("\\groma\\maps\\0001.map") == 2);
}

/* ---- displays, names ------------------------------------------------------------------------------ */

static void too_wide(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info->HorizontalResolution = 16385;
}

static void too_high(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info->VerticalResolution = 16385;
}

static void crooked(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->FrameBufferBase += 4;
}

static void no_mode(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_forget_mode();
}

static void long_vendor(EFI_SYSTEM_TABLE *system)
{
    static CHAR16 vendor[200];

    for (unsigned i = 0; i < 199; i++)
        vendor[i] = (CHAR16)(i == 1 ? 7 : 'v');
    system->FirmwareVendor = vendor;
}

static void displays_and_names(void)
{
    static void (*const modes[])(EFI_SYSTEM_TABLE *) = {too_wide, too_high, crooked, no_mode};
    static const char *const names[] = {"corner-display-too-wide", "corner-display-too-high", "corner-display-crooked",
                                        "corner-display-no-mode"};
    struct scenario machine = scenario_plain("corner-display");

    machine.graphics = true;
    for (unsigned i = 0; i < 4; i++) {
        machine.bend = modes[i];
        if (expect(names[i], &machine, NULL, "boots"))
            expect_that("corner-display-not-told", boot_info()->framebuffer.paddr == 0);
    }
    machine.bend = long_vendor;
    expect("corner-long-vendor", &machine, NULL, "boots");
}

/* ---- tables ------------------------------------------------------------------------------------------ */

static uint8_t *rsdp(void)
{
    return (uint8_t *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT);
}

/* A BGRT in the XSDT; its picture begins with these two letters. */
static void picture_of(const char *letters)
{
    uint8_t *xsdt = rsdp() + 0x40, *bgrt = rsdp() + 0x200, *picture = rsdp() + 0x900;
    uint64_t address = (uint64_t)bgrt, image = (uint64_t)picture;

    memset(bgrt, 0, 56);
    memcpy(bgrt, "BGRT", 4);
    bgrt[4] = 56;
    memcpy(bgrt + 40, &image, 8);
    tables_sum(bgrt, 56, 9);
    memcpy(picture, letters, 2);
    xsdt[4] = 52;
    memcpy(xsdt + 44, &address, 8);
    tables_sum(xsdt, 52, 9);
}

static void picture_is_png(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    picture_of("\x89P");
}

static void picture_is_not_quite_bmp(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    picture_of("BA");
}

/* An XSDT of 150 entries: more than are shown to the kernel. */
static void many_acpi_tables(EFI_SYSTEM_TABLE *system)
{
    uint8_t *xsdt = rsdp() + 0x400;
    uint64_t at = (uint64_t)xsdt, fadt = (uint64_t)rsdp() + 0x100;
    uint32_t size = 36 + 8 * 150;

    (void)system;
    memset(xsdt, 0, size);
    memcpy(xsdt, "XSDT", 4);
    memcpy(xsdt + 4, &size, 4);
    for (unsigned i = 0; i < 150; i++)
        memcpy(xsdt + 36 + 8 * i, &fadt, 8);
    tables_sum(xsdt, size, 9);
    memcpy(rsdp() + 24, &at, 8);
    tables_sum(rsdp(), 36, 32);
}

static void add_table(EFI_SYSTEM_TABLE *system, EFI_GUID guid, uint64_t paddr)
{
    system->ConfigurationTable[system->NumberOfTableEntries++] = (EFI_CONFIGURATION_TABLE){guid, (void *)paddr};
}

/* Both revisions of ACPI: the newer one counts. An SMBIOS entry nowhere, one whose table is; an ESRT cut short. */
static void tables_at_bounds(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID acpi_1 = ACPI_TABLE_GUID, smbios = SMBIOS_TABLE_GUID, esrt = UEFI_ESRT_GUID;
    uint64_t nowhere = NOWHERE;
    uint8_t *smbios_3 = (uint8_t *)(FIRMWARE_PADDR + 0x3000);

    add_table(system, acpi_1, NOWHERE);
    add_table(system, smbios, NOWHERE);
    add_table(system, esrt, 0x9fff8);
    memcpy(smbios_3 + 16, &nowhere, 8);
    tables_sum(smbios_3, 24, 5);
}

/* A BGRT and an SMBIOS entry at the very end of what the map calls memory: neither is there in full. */
static void tables_cut_off(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID smbios = SMBIOS_TABLE_GUID;
    uint8_t *end = (uint8_t *)(FIRMWARE_PADDR + FIRMWARE_BYTES), *bgrt = end - 40, *xsdt = rsdp() + 0x40;
    uint64_t address = (uint64_t)bgrt;

    memset(bgrt, 0, 40);
    memcpy(bgrt, "BGRT", 4);
    bgrt[4] = 40;
    tables_sum(bgrt, 40, 9);
    xsdt[4] = 52;
    memcpy(xsdt + 44, &address, 8);
    tables_sum(xsdt, 52, 9);
    add_table(system, smbios, (uint64_t)end - 24);
}

/* More tables in reclaimable memory than the loader keeps. */
static void many_unknown_tables(EFI_SYSTEM_TABLE *system)
{
    static const EFI_GUID unknown = {9, 9, 9, {9}};
    EFI_CONFIGURATION_TABLE *list = (EFI_CONFIGURATION_TABLE *)(void *)(rsdp() + 0x2000 + 0xa00);

    for (unsigned i = 0; i < 400; i++)
        list[i] = (EFI_CONFIGURATION_TABLE){unknown, (uint8_t *)list + i};
    system->ConfigurationTable = list;
    system->NumberOfTableEntries = 400;
}

/* Kernels of ever more segments, until each thing that is claimed behind them finds no room. */
static void too_many_claims(void)
{
    static struct elf_file kernel;
    static struct part parts[ELF_MAX_SEGMENTS];
    struct file file = {"\\kernel.elf", kernel.bytes, 0};
    struct scenario machine = scenario_plain("corner-claims");
    unsigned refusals = 0;

    machine.bend = many_unknown_tables;
    machine.graphics = true;
    machine.kernel = &file;
    for (uint32_t count = 48; count <= ELF_MAX_SEGMENTS; count++) {
        for (uint32_t i = 0; i < count; i++)
            parts[i] = (struct part){T_LOAD, i == 0 ? F_R | F_X : F_R | F_W, 0x1000, EXEC_BASE + 0x1000 * i,
                                     i == 0 ? 0x20 : 0, 0x20, 0x1000};
        build_parts(&kernel, false, EXEC_BASE + 8, parts, count, 0x2000);
        file.size_bytes = kernel.size;
        expect("corner-claims", &machine, NULL, "boots or refuses");
        if (world.outcome != JUMPED)
            refusals += strstr(world.conout, "E-MEM-04 ") != NULL;
    }
    expect_that("corner-claims-refused", refusals >= 6 && refusals < 16);
}

/* More names than one piece of the store holds; then the second piece is not to be had. */
static void second_piece(void)
{
    struct scenario machine = scenario_plain("corner-store");

    machine.bend = many_unknown_tables;
    if (expect("corner-store-grows", &machine, NULL, "boots"))
        expect_that("corner-store-grown", world.faults.made[ALLOCATE_POOL] == 5);
    expect("corner-store-full", &machine, "AllocatePool#4+=OutOfResources", "E-MEM-05");
}

static void no_tables(EFI_SYSTEM_TABLE *system)
{
    system->NumberOfTableEntries = 0;
}

static void tables(void)
{
    struct scenario machine = scenario_plain("corner-tables");

    machine.acpi = machine.smbios = true;
    machine.bend = picture_is_png;
    expect("corner-picture-png", &machine, NULL, "boots");
    machine.bend = picture_is_not_quite_bmp;
    expect("corner-picture-not-quite", &machine, NULL, "boots");
    machine.bend = many_acpi_tables;
    if (expect("corner-many-acpi-tables", &machine, NULL, "boots"))
        expect_that("corner-many-acpi-tables-kept", strstr(world.conout, "W-TAB-01") == NULL);
    machine.bend = tables_at_bounds;
    if (expect("corner-tables-at-bounds", &machine, NULL, "boots"))
        expect_that("corner-newer-acpi-counts",
                    boot_info()->rsdp_paddr == FIRMWARE_PADDR + FIRMWARE_ACPI_AT && boot_info()->smbios_paddr == 0);
    machine.bend = tables_cut_off;
    if (expect("corner-tables-cut-off", &machine, NULL, "boots"))
        expect_that("corner-tables-cut-off-told", boot_info()->smbios_paddr == 0);
    machine.bend = no_tables;
    if (expect("corner-no-tables", &machine, NULL, "boots"))
        expect_that("corner-no-tables-told", boot_info()->rsdp_paddr == 0);
}

/* ---- the system table, variables, paths ------------------------------------------------------------------ */

static void no_signature(EFI_SYSTEM_TABLE *system)
{
    system->Hdr.Signature ^= 1;
}

static void no_boot_services(EFI_SYSTEM_TABLE *system)
{
    system->BootServices = NULL;
}

static void no_runtime_services(EFI_SYSTEM_TABLE *system)
{
    system->RuntimeServices = NULL;
}

/* Nothing of the firmware can be called, so nothing can be said: a status alone. */
static void no_firmware(void)
{
    static void (*const bends[])(EFI_SYSTEM_TABLE *) = {no_signature, no_boot_services, no_runtime_services};
    static const char *const names[] = {"corner-no-signature", "corner-no-boot-services", "corner-no-runtime-services"};
    struct scenario machine = scenario_plain("corner-no-firmware");

    for (unsigned i = 0; i < 3; i++) {
        machine.bend = bends[i];
        world_run(&machine, NULL);
        expect_that(names[i], world.outcome == RETURNED && world.status == EFI_INVALID_PARAMETER && world.calls == 0);
    }
}

static void revision_1(EFI_SYSTEM_TABLE *system)
{
    system->RuntimeServices->Hdr.Revision = 0x1000a;
}

static void variables_and_paths(void)
{
    static const uint8_t not_the_end[] = {0x7f, 1, 4, 0, 0x7f, 0xff, 4, 0};
    static uint8_t endless[4608]; /* nodes of 256 bytes */
    struct scenario plain = scenario_plain("corner-aids"), machine = plain;

    machine.config = "timeout = 0\ncheckpoint = yes\n";
    machine.bend = revision_1;
    if (expect("corner-old-variables", &machine, NULL, "boots"))
        expect_that("corner-old-variables-told", strstr(world.conout, "W-STEP-02 ") != NULL &&
                                                     world.faults.made[QUERY_VARIABLES] == 0);
    machine.bend = NULL;
    machine.cr4 = UINT64_C(1) << 12; /* ends at the first step: once that is known to a step, nothing is new */
    for (unsigned boot = 0; boot < 6; boot++) {
        expect("corner-stops-again", &machine, NULL, "E-CPU-01");
        machine.keeps_variables = true;
    }
    expect_that("corner-stops-again-unwritten", world.variable_writes == 0);
    machine.cr4 = 0;
    machine.keeps_variables = false;
    machine.store_in_pieces = true;
    if (expect("corner-store-in-pieces", &machine, NULL, "boots"))
        expect_that("corner-store-in-pieces-told",
                    strstr(world.conout, "W-STEP-02 ") != NULL && world.variable_writes == 0);
    machine = plain;
    machine.device_path = not_the_end;
    expect("corner-instance-end", &machine, NULL, "boots");
    for (unsigned at = 0; at < sizeof endless; at += 256)
        memcpy(endless + at, (uint8_t[]){4, 1, 0, 1}, 4);
    machine.device_path = endless;
    expect("corner-endless-path", &machine, NULL, "boots");
}

/* ---- after the switch ----------------------------------------------------------------------------------------- */

static void report_exception(void)
{
    static const struct exception_frame frame = {.vector = 14, .error_code = 2, .rip = UINT64_C(0xffffffff80001234)};

    exception_report(&frame);
}

static bool is_written(const void *from, size_t size_bytes)
{
    const uint8_t *bytes = from;
    size_t at = 0;

    while (at < size_bytes && bytes[at] == 0)
        at++;
    return at < size_bytes;
}

/* The hand-off block's report on its own tables page, on the serial port and on a screen. */
static void exceptions(void)
{
    static uint32_t pixels[640 * 80];
    struct handoff_parameters *to = (struct handoff_parameters *)(uintptr_t)&handoff_tables.parameters;
    struct scenario machine = scenario_plain("corner-exception");

    for (unsigned screen = 0; screen < 3; screen++) {
        world_run(&machine, NULL);
        world.serial_bytes = 0;
        memset(pixels, 0, sizeof pixels);
        *to = (struct handoff_parameters){.uart_port = 0x3f8, .uart_present = 1};
        if (screen > 0)
            *to = (struct handoff_parameters){.framebuffer_vaddr = (uint64_t)pixels, .framebuffer_bytes = sizeof pixels,
                                              .width = screen == 1 ? 640 : 0, .height = 80, .stride_pixels = 640};
        (void)world_guard(report_exception);
        world.serial[world.serial_bytes] = '\0';
        expect_that("corner-exception-serial", (strstr(world.serial, "E-HAND-02 ") != NULL &&
                                                strstr(world.serial, "rip 0xffffffff80001234, cr2 0x") != NULL) == (screen == 0));
        expect_that("corner-exception-screen", is_written(pixels, sizeof pixels) == (screen == 1));
    }
    memset(to, 0, sizeof *to);
}

void corner_cases(void)
{
    cpus();
    displays_and_names();
    tables();
    too_many_claims();
    second_piece();
    no_firmware();
    variables_and_paths();
    exceptions();
}
