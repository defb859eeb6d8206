/* SPDX-License-Identifier: MIT */
/* Firmware calls, the exit, the console, protocols: cases 1-34. */
#include <string.h>

#include "boot_check.h"
#include "cases.h"
#include "scenarios.h"

/* ---- spoilt tables --------------------------------------------------------------------------------- */

static void bad_signature(EFI_SYSTEM_TABLE *system)
{
    system->Hdr.Signature++;
}

static void no_boot_services(EFI_SYSTEM_TABLE *system)
{
    system->BootServices = NULL;
}

static void no_tables(EFI_SYSTEM_TABLE *system)
{
    system->ConfigurationTable = NULL;
}

static void endless_tables(EFI_SYSTEM_TABLE *system)
{
    system->NumberOfTableEntries = UINT64_MAX;
}

static void no_vendor(EFI_SYSTEM_TABLE *system)
{
    system->FirmwareVendor = NULL;
}

static uint8_t *rsdp_bytes(void)
{
    return (uint8_t *)(FIRMWARE_PADDR + FIRMWARE_ACPI_AT);
}

static void bad_rsdp(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    rsdp_bytes()[8]++;
}

static void xsdt_of_nobody(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    memset(rsdp_bytes() + 24, 0x77, 8);
    rsdp_bytes()[32] = (uint8_t)(rsdp_bytes()[32] - 8 * 0x77 + 0x2f + 0xf0 + 7 + 0x40);
}

/* ---- spoilt framebuffers ------------------------------------------------------------------------------ */

static void blt_only(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info->PixelFormat = PixelBltOnly;
}

static void base_0(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->FrameBufferBase = 0;
}

static void base_beyond_width(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->FrameBufferBase = UINT64_C(1) << 45;
}

static void base_at_top(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->FrameBufferBase = UINT64_C(0) - PAGE_BYTES;
}

static void short_lines(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info->PixelsPerScanLine = 8;
}

static void small_buffer(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->FrameBufferSize = 4096;
}

static void wide_lines(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info->PixelsPerScanLine = UINT32_MAX;
}

static void no_mode_info(EFI_SYSTEM_TABLE *system)
{
    (void)system;
    services_graphics()->Info = NULL;
}

/* ---- cases ------------------------------------------------------------------------------------------------ */

static void call_cases(void)
{
    struct scenario plain = scenario_plain("calls"), machine = plain;

    expect("1-no-loaded-image", &plain, "HandleProtocol#1=Unsupported", "E-VOL-01");
    machine.no_volume_device = true;
    expect("2-no-device", &machine, NULL, "E-VOL-02");
    expect("3-no-file-system", &plain, "HandleProtocol#2=Unsupported", "E-VOL-02");
    expect("4-no-medium", &plain, "OpenVolume#1=NoMedia", "E-VOL-03");
    expect("5-no-pages", &plain, "AllocatePages#2+=OutOfResources", "E-MEM-03");
    expect("6-no-pool", &plain, "AllocatePool#1+=OutOfResources", "E-MEM-06");
    machine = plain;
    machine.page_0_given = true;
    expect("8-page-0", &machine, NULL, "boots");
    machine = plain;
    machine.any_address = true;
    expect("9-refused-addresses", &machine, NULL, "boots");
    expect("11-pages-not-taken-back", &plain, "Open#2=NoMedia,FreePages#1+=NotFound,FreePool#1+=InvalidParameter",
           "E-FILE-02");
    expect("12-map-without-asking", &plain, "GetMemoryMap#1=Nothing", "E-MEM-01");
    expect("12-map-invalid", &plain, "GetMemoryMap#1=InvalidParameter", "E-MEM-01");
    expect("13-stride-0-at-first", &plain, "GetMemoryMap#1=Stride0", "boots");
    expect("13-stride-0-for-ever", &plain, "GetMemoryMap#1+=Stride0", "E-MEM-02");
    expect("15-too-small-for-ever", &plain, "GetMemoryMap#1+=More", "boots or refuses");
    expect_that("15-gives-up", world.outcome == RETURNED && world.faults.made[GET_MEMORY_MAP] <= 64);
    expect("15-too-small-without-a-size", &plain, "GetMemoryMap#1+=BufferTooSmall", "E-MEM-01");
    expect("16-ragged", &plain, "GetMemoryMap#2=Ragged", "E-MEM-02");
    expect("34-null-protocol", &plain, "HandleProtocol#2=Null", "E-VOL-02");
    expect("34-null-root", &plain, "OpenVolume#1=Null", "E-VOL-03");
    expect("34-null-file", &plain, "Open#2=Null", "E-FILE-02");
}

static void growth_cases(void)
{
    static const unsigned steps[] = {1, 2, 8, 40};
    static const char *const names[] = {"14-map-grows-by-1", "14-map-grows-by-2", "14-map-grows-by-8",
                                        "14-map-grows-by-40"};
    struct scenario machine = scenario_plain("growth");

    for (size_t i = 0; i < 4; i++) {
        machine.grow_entries = steps[i];
        expect(names[i], &machine, NULL, steps[i] <= 2 ? "boots" : "boots or refuses");
    }
}

static void exit_cases(void)
{
    struct scenario plain = scenario_plain("exit"), machine = plain;

    expect("17-stride-changes", &plain, "GetMemoryMap#3=Stride64", "E-EXIT-03");
    expect("17-version-changes", &plain, "GetMemoryMap#3=Version2", "E-EXIT-03");
    expect("18-key-too-old-once", &plain, "ExitBootServices#1=InvalidParameter", "boots");
    machine.exit_refusals = 15;
    expect("19-key-too-old-15-times", &machine, NULL, "boots");
    machine.exit_refusals = 16;
    expect("19-key-too-old-16-times", &machine, NULL, "E-EXIT-02");
    expect("20-exit-device-error", &plain, "ExitBootServices#1=DeviceError", "E-EXIT-02");
    expect("20-exit-unsupported", &plain, "ExitBootServices#1=Unsupported", "E-EXIT-02");
    expect("20-exit-garbage", &plain, "ExitBootServices#1=Garbage", "E-EXIT-02");
    machine.exit_refusals = 1;
    machine.exit_grows = 200;
    expect("21-map-outgrows-buffer", &machine, NULL, "E-EXIT-01");
    machine.exit_grows = 10;
    expect("21-map-grows-a-little", &machine, NULL, "boots");
    machine = plain;
    machine.keeps_services = true;
    expect("22-services-still-there", &machine, NULL, "boots");
    expect("58-our-memory-is-given-away", &plain, "GetMemoryMap#3=TakenAway", "E-MAP-03");
}

static void u_boot(EFI_SYSTEM_TABLE *system)
{
    static CHAR16 vendor[] = {'D', 'a', 's', ' ', 'U', '-', 'B', 'o', 'o', 't', 0};

    system->FirmwareVendor = vendor;
}

static void console_cases(void)
{
    struct scenario machine = scenario_plain("console");

    machine.config = "timeout = 0\nkernel = /missing\n";
    machine.bend = u_boot;
    if (expect("23-console-of-u-boot", &machine, NULL, "E-FILE-02"))
        expect_that("23-said-once", world.conout_bytes > 0 && world.serial_bytes == 0);
    machine.config = "timeout = 0\nserial = off\nkernel = /missing\n";
    machine.bend = NULL;
    if (expect("23-serial-off", &machine, NULL, "E-FILE-02"))
        expect_that("23-serial-quiet", world.conout_bytes > 0 && world.serial_bytes == 0);

    machine.config = "timeout = 1\nkernel = /missing\n";
    expect("23-output-fails", &machine, "OutputString#1+=DeviceError", "E-FILE-02");
    machine.conout_on_serial = true;
    expect("23-output-fails-on-serial", &machine, "OutputString#1+=DeviceError", "E-FILE-02");
    machine.no_conout = machine.no_conin = true;
    expect("24-no-console", &machine, NULL, "E-FILE-02");
    expect_that("24-waits-1-s", world.stalled_us >= 900000 && world.stalled_us <= 1100000);
    expect("25-no-stall-no-watchdog", &machine, "Stall#1+=Unsupported,SetWatchdogTimer#1+=Unsupported", "E-FILE-02");
    machine.config = "timeout = 0\nkernel = /missing\n";
    expect("24-no-wait", &machine, NULL, "E-FILE-02");
    expect_that("24-waits-0-s", world.stalled_us == 0);
}

static void graphics_cases(void)
{
    static const struct {
        const char *name;
        void (*bend)(EFI_SYSTEM_TABLE *);
    } rows[] = {{"26-blt-only", blt_only},       {"26-base-0", base_0},           {"26-base-beyond-width", base_beyond_width},
                {"26-base-at-top", base_at_top}, {"26-short-lines", short_lines}, {"26-small-buffer", small_buffer},
                {"26-wide-lines", wide_lines},   {"26-no-info", no_mode_info}};
    struct scenario machine = scenario_plain("graphics");

    machine.graphics = true;
    if (expect("26-framebuffer", &machine, NULL, "boots"))
        expect_that("26-framebuffer-told", boot_info()->framebuffer.paddr == FRAMEBUFFER_PADDR);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        machine.bend = rows[i].bend;
        if (expect(rows[i].name, &machine, NULL, "boots") && boot_info()->framebuffer.paddr != 0)
            expect_that(rows[i].name, false);
    }
}

static void table_cases(void)
{
    static const struct {
        const char *name;
        void (*bend)(EFI_SYSTEM_TABLE *);
        bool keeps_rsdp;
    } rows[] = {{"28-tables", NULL, true},           {"28-no-table", no_tables, false}, {"28-endless-tables", endless_tables, false},
                {"28-bad-rsdp", bad_rsdp, false}, {"28-no-vendor", no_vendor, true}};
    struct scenario machine = scenario_plain("tables");

    machine.acpi = machine.smbios = true;
    machine.knows_tsc = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        machine.bend = rows[i].bend;
        if (expect(rows[i].name, &machine, NULL, "boots") && (boot_info()->rsdp_paddr != 0) != rows[i].keeps_rsdp)
            expect_that(rows[i].name, false);
    }
    machine.bend = xsdt_of_nobody;
    expect("28-xsdt-of-nobody", &machine, NULL, "boots");
    machine.bend = bad_signature;
    world_run(&machine, NULL);
    expect_that("31-bad-signature", world.outcome == RETURNED && world.status == EFI_INVALID_PARAMETER);
    machine.bend = no_boot_services;
    world_run(&machine, NULL);
    expect_that("31-no-boot-services", world.outcome == RETURNED && world.status == EFI_INVALID_PARAMETER);
}

static void fact_cases(void)
{
    struct scenario machine = scenario_plain("facts");

    machine.random = true;
    if (expect("29-random", &machine, NULL, "boots"))
        expect_that("29-random-told", boot_info()->seed_source == BOOTINFO_SEED_FIRMWARE);
    if (expect("29-random-fails", &machine, "GetRNG#1=DeviceError", "boots"))
        expect_that("29-rdseed-told", boot_info()->seed_source == BOOTINFO_SEED_RDSEED);
    machine.has_rdrand = false;
    if (expect("29-no-random", &machine, "LocateProtocol#1+=NotFound", "boots"))
        expect_that("29-time-told", boot_info()->seed_source == BOOTINFO_SEED_TSC);
    if (expect("30-secure-boot-off", &machine, NULL, "boots"))
        expect_that("30-off-told", boot_info()->security_flags == 0);
    if (expect("30-secure-boot-unclear", &machine, "GetVariable#1+=DeviceError", "boots"))
        expect_that("30-on-told", (boot_info()->security_flags & BOOTINFO_SECURE_BOOT) != 0);
    if (expect("30-secure-boot-odd-size", &machine, "GetVariable#1+=Empty", "boots"))
        expect_that("30-odd-size-told", (boot_info()->security_flags & BOOTINFO_SECURE_BOOT) != 0);
    if (expect("30-secure-boot-missing", &machine, "GetVariable#1+=NotFound", "boots"))
        expect_that("30-missing-told", boot_info()->security_flags == 0);
    if (expect("150-no-clock", &machine, "GetTime#1=Garbage", "boots"))
        expect_that("150-no-time-told", boot_info()->unix_seconds == 0);
}

void firmware_cases(void)
{
    call_cases();
    growth_cases();
    exit_cases();
    console_cases();
    graphics_cases();
    table_cases();
    fact_cases();
}
