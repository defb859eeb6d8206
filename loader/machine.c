/* SPDX-License-Identifier: MIT */
/*
 * What this machine is: CPU features, the framebuffer, wall-clock time, randomness, Secure
 * Boot. Everything here may be missing but the CPU features; missing is a normal case.
 * CPUID leaves: Intel SDM vol. 2A; 80000008h: AMD APM vol. 3, E.4.7.
 */
#include "clock/clock.h"
#include "cpu.h"
#include "handoff/layout.h"
#include "loader.h"

#define CR4_LA57       (UINT64_C(1) << 12)
#define MSR_SEV_STATUS 0xc0010131u
#define MAX_MODE_SIDE  16384u

static const char five_levels[] =
    "E-CPU-01|check the CPU|"
    "switch 5-level paging off in the firmware's setup";
static const char no_nx[] =
    "E-CPU-02|check the CPU|"
    "switch Execute Disable (NX) on in the firmware's setup";

static const char encrypted[] =
    "E-CPU-03|check the CPU|"
    "start the virtual machine without memory encryption";

/* Is this a guest with encrypted memory (AMD APM vol. 2, 15.34)? Our tables have no C bit. */
static bool memory_is_encrypted(uint32_t max_extended)
{
    return max_extended >= 0x8000001f && (cpu_id(0x8000001f, 0).eax >> 1 & 1) != 0 &&
           (cpu_id(1, 0).ecx >> 31 & 1) != 0 && (cpu_read_msr(MSR_SEV_STATUS) & 1) != 0;
}

static void find_tsc(struct cpu *cpu, uint32_t max_leaf)
{
    if (max_leaf >= 0x15) {
        struct cpuid leaf = cpu_id(0x15, 0);
        cpu->tsc_hz = clock_tsc_hz_leaf_15(leaf.eax, leaf.ebx, leaf.ecx);
        cpu->tsc_source = BOOTINFO_TSC_CPUID_15;
    }
    if (cpu->tsc_hz == 0 && (cpu_id(1, 0).ecx >> 31) != 0 &&
        cpu_id(0x40000000, 0).eax >= 0x40000010) {
        cpu->tsc_hz = (uint64_t)cpu_id(0x40000010, 0).eax * 1000;
        cpu->tsc_source = BOOTINFO_TSC_HYPERVISOR;
    }
    if (cpu->tsc_hz == 0 && max_leaf >= 0x16) {
        cpu->tsc_hz = clock_tsc_hz_leaf_16(cpu_id(0x16, 0).eax);
        cpu->tsc_source = BOOTINFO_TSC_CPUID_16;
    }
    if (cpu->tsc_hz == 0)
        cpu->tsc_source = BOOTINFO_TSC_UNKNOWN;
}

static EFI_STATUS inspect_cpu(struct loader *loader)
{
    struct cpu *cpu = &loader->cpu;
    uint32_t max_leaf = cpu_id(0, 0).eax;
    uint32_t max_extended = cpu_id(0x80000000, 0).eax;
    struct cpuid features = cpu_id(0x80000001, 0);

    if ((cpu_cr4() & CR4_LA57) != 0)
        return fail(loader, five_levels, EFI_UNSUPPORTED, "(5-level paging is on)");
    if ((features.edx >> 20 & 1) == 0)
        return fail(loader, no_nx, EFI_UNSUPPORTED, "(no NX)");
    if (memory_is_encrypted(max_extended))
        return fail(loader, encrypted, EFI_UNSUPPORTED, "(SEV guest)");
    cpu->has_giant_pages = (features.edx >> 26 & 1) != 0;
    cpu->physical_bits = max_extended >= 0x80000008 ? cpu_id(0x80000008, 0).eax & 0xff : 36;
    if (cpu->physical_bits < 32 || cpu->physical_bits > 52)
        cpu->physical_bits = 36;
    if (max_leaf >= 7) {
        struct cpuid leaf = cpu_id(7, 0);
        cpu->has_smep = (leaf.ebx >> 7 & 1) != 0;
        cpu->has_smap = (leaf.ebx >> 20 & 1) != 0;
        cpu->has_umip = (leaf.ecx >> 2 & 1) != 0;
    }
    find_tsc(cpu, max_leaf);
    loader->tsc_hz = cpu->tsc_hz;
    loader->tsc_source = cpu->tsc_source;
    return EFI_SUCCESS;
}

/* Takes the mode the firmware shows, where its shape is possible. */
static void take_mode(struct loader *loader, const EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE *mode)
{
    const EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *info = mode->Info;
    struct bootinfo_framebuffer *framebuffer = &loader->framebuffer;
    uint64_t size_bytes;

    if (info == NULL || mode->FrameBufferBase == 0 || !is_page_aligned(mode->FrameBufferBase) ||
        info->PixelFormat > PixelBlueGreenRedReserved8BitPerColor ||
        info->HorizontalResolution > MAX_MODE_SIDE || info->VerticalResolution > MAX_MODE_SIDE ||
        info->PixelsPerScanLine > 2 * MAX_MODE_SIDE)
        return;
    size_bytes = (uint64_t)info->PixelsPerScanLine * info->VerticalResolution * 4;
    if (size_bytes > mode->FrameBufferSize ||
        mode->FrameBufferBase >> loader->cpu.physical_bits != 0)
        return;
    if (!screen_init(&loader->console.screen, (volatile uint32_t *)mode->FrameBufferBase, size_bytes,
                     info->HorizontalResolution, info->VerticalResolution, info->PixelsPerScanLine,
                     (enum screen_format)info->PixelFormat))
        return;
    loader->console.has_screen = true;
    *framebuffer = (struct bootinfo_framebuffer){
        .paddr = mode->FrameBufferBase,
        .vaddr = LAYOUT_FRAMEBUFFER,
        .size_bytes = size_bytes,
        .width = info->HorizontalResolution,
        .height = info->VerticalResolution,
        .stride_pixels = info->PixelsPerScanLine,
        .format = (uint32_t)info->PixelFormat,
    };
}

static void find_framebuffer(struct loader *loader)
{
    EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
    EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics = NULL;
    void *found = NULL;

    if (EFI_ERROR(loader->boot->LocateProtocol(&guid, NULL, &found)) || found == NULL)
        return;
    graphics = found;
    if (graphics->Mode != NULL)
        take_mode(loader, graphics->Mode);
}

uint32_t vendor_chars(const struct loader *loader, char *chars, uint32_t capacity)
{
    const CHAR16 *vendor = loader->system->FirmwareVendor;
    uint32_t length = 0;

    while (vendor != NULL && vendor[length] != 0 && length < capacity) {
        chars[length] = vendor[length] < 0x7f && vendor[length] >= ' ' ? (char)vendor[length] : '?';
        length++;
    }
    return length;
}

static void read_clock(struct loader *loader)
{
    EFI_TIME time;
    struct clock_calendar calendar;

    if (EFI_ERROR(loader->system->RuntimeServices->GetTime(&time, NULL)))
        return;
    calendar = (struct clock_calendar){.year = time.Year, .month = time.Month, .day = time.Day,
                                       .hour = time.Hour, .minute = time.Minute,
                                       .second = time.Second, .zone_minutes = time.TimeZone};
    if (!clock_unix_seconds(&calendar, &loader->unix_seconds))
        loader->unix_seconds = 0;
}

/* Four words from one of the CPU's generators; false where it fails ten times in a row. */
static bool seed_from_cpu(uint64_t words[4], bool use_rdseed)
{
    for (unsigned i = 0; i < 4; i++) {
        bool ok = false;
        for (unsigned round = 0; round < 10 && !ok; round++)
            ok = use_rdseed ? cpu_rdseed(&words[i]) : cpu_rdrand(&words[i]);
        if (!ok)
            return false;
    }
    return true;
}

/* EFI_RNG_PROTOCOL (UEFI 2.10, 37.5), else RDSEED, else RDRAND, else time stamps. */
static void find_seed(struct loader *loader)
{
    EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
    EFI_RNG_PROTOCOL *generator = NULL;
    uint64_t words[4] = {0};
    void *found = NULL;

    loader->seed_source = BOOTINFO_SEED_TSC;
    if (!EFI_ERROR(loader->boot->LocateProtocol(&guid, NULL, &found)) && found != NULL) {
        generator = found;
        if (!EFI_ERROR(generator->GetRNG(generator, NULL, sizeof words, (UINT8 *)words)))
            loader->seed_source = BOOTINFO_SEED_FIRMWARE;
    }
    if (loader->seed_source == BOOTINFO_SEED_TSC && cpu_id(0, 0).eax >= 7 &&
        (cpu_id(7, 0).ebx >> 18 & 1) != 0 && seed_from_cpu(words, true))
        loader->seed_source = BOOTINFO_SEED_RDSEED;
    if (loader->seed_source == BOOTINFO_SEED_TSC && (cpu_id(1, 0).ecx >> 30 & 1) != 0 &&
        seed_from_cpu(words, false))
        loader->seed_source = BOOTINFO_SEED_RDRAND;
    for (unsigned i = 0; i < 4; i++) {
        if (loader->seed_source == BOOTINFO_SEED_TSC)
            words[i] = cpu_tsc() * UINT64_C(0x9e3779b97f4a7c15);
        for (unsigned byte = 0; byte < 8; byte++)
            loader->seed[8 * i + byte] = (uint8_t)(words[i] >> 8 * byte);
    }
}

/* Missing means off; anything odd is taken as on (UEFI 2.10, 3.3: SecureBoot). */
static void read_secure_boot(struct loader *loader)
{
    EFI_GUID global = EFI_GLOBAL_VARIABLE;
    CHAR16 name[] = {'S', 'e', 'c', 'u', 'r', 'e', 'B', 'o', 'o', 't', 0};
    UINT8 value = 1;
    UINTN size = sizeof value;
    EFI_STATUS status =
        loader->system->RuntimeServices->GetVariable(name, &global, NULL, &size, &value);

    if (status == EFI_NOT_FOUND)
        return;
    if (EFI_ERROR(status) || size != 1 || value != 0)
        loader->security_flags |= BOOTINFO_SECURE_BOOT;
}

EFI_STATUS machine_inspect(struct loader *loader)
{
    EFI_STATUS status;

    checkpoint(loader, CHECKPOINT_INSPECT_MACHINE);
    status = inspect_cpu(loader);
    if (EFI_ERROR(status))
        return status;
    find_framebuffer(loader);
    read_clock(loader);
    find_seed(loader);
    read_secure_boot(loader);
    return EFI_SUCCESS;
}
