/* SPDX-License-Identifier: MIT */
/* The hand-off block's bytes, in the loader's read-only data. */
    .section .rodata, "a"
    .balign 16
    .globl handoff_image, handoff_image_end
    .hidden handoff_image, handoff_image_end
handoff_image:
    .incbin HANDOFF_BIN
handoff_image_end:
    .section .note.GNU-stack, "", @progbits
