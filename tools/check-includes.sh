#!/bin/bash
# SPDX-License-Identifier: MIT
# The include rule: who may include what. Prints each offence as FILE:LINE:TEXT; status 1 if any.
set -u
cd "$(dirname "$0")/.." || exit 2

offences=$(
    grep -nE '^ *# *include *<' -r common | grep -vE '<(stdint|stddef|stdbool|stdarg|stdatomic)\.h>'
    grep -nE '^ *# *include *"' -r common | grep -vE '"(acpi|base|bootinfo|capture|checkpoint|clock|config|devpath|elf|frames|handoff|memmap|paging|pool|screen|text|uart|watch|x86)/'
    grep -nE '^ *# *include *["<](\.\./)?(kernel|arch)/' -r loader
    grep -nE '^ *# *include *["<](\.\./)?loader/' -r kernel
    grep -nE '^ *# *include *<' -r loader kernel | grep -vE '^loader/uefi\.h:.*<efi(pciio)?\.h>|<(stdint|stddef|stdbool|stdarg|stdatomic)\.h>'
)
[ -z "$offences" ] && exit 0
printf '%s\n' "$offences"
echo "include rule broken (see README.md, tree)" >&2
exit 1
