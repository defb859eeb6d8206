/* SPDX-License-Identifier: MIT */
/* SBAT metadata: component, generation, vendor, package, version, address (shim, SBAT.md). */
    .section .sbat, "a"
    .ascii "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
    .ascii "groma,1,Groma,groma,0.1.0,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
    .section .note.GNU-stack, "", @progbits
