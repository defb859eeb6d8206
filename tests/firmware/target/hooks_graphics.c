/* SPDX-License-Identifier: MIT */
/* A display whose mode is wrong in one way. UEFI 2.10, 12.9. */
#include "target.h"

static EFI_GRAPHICS_OUTPUT_PROTOCOL shown;
static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE mode;
static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;

static bool bend(unsigned fault)
{
    switch (fault) {
    case 1: shown.Mode = NULL; break;
    case 2: mode.Info = NULL; break;
    case 3: mode.FrameBufferBase = 0; break;
    case 4: mode.FrameBufferBase += 4; break;
    case 5: mode.FrameBufferBase = UINT64_C(1) << 60; break;
    case 6: info.PixelFormat = PixelBltOnly; break;
    case 7: info.PixelFormat = (EFI_GRAPHICS_PIXEL_FORMAT)99; break;
    case 8: info.PixelsPerScanLine = info.HorizontalResolution - 1; break;
    case 9: mode.FrameBufferSize /= 2; break;
    case 10: info.HorizontalResolution = UINT32_MAX; break;
    case 11: info.VerticalResolution = 0; break;
    case 12: info.PixelsPerScanLine = info.VerticalResolution = 0x10000; break;
    default: return false;
    }
    return true;
}

EFI_GRAPHICS_OUTPUT_PROTOCOL *graphics_wrap(EFI_GRAPHICS_OUTPUT_PROTOCOL *real)
{
    if (run.graphics_fault == 0 || real->Mode == NULL || real->Mode->Info == NULL)
        return real;
    shown = *real;
    mode = *real->Mode;
    info = *real->Mode->Info;
    shown.Mode = &mode;
    mode.Info = &info;
    if (bend(run.graphics_fault))
        run.faults.fired++;
    return &shown;
}
