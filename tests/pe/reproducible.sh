#!/bin/bash
# SPDX-License-Identifier: MIT
# Builds loader, kernel and stick image a second time, elsewhere, and compares: bit-identical.
# Prints `ok NAME` or `FAIL NAME detail` for each file.
set -u
cd "$(dirname "$0")/../.." || exit 2
again=$(mktemp -d) || exit 2
trap 'rm -rf "$again"' EXIT

# Only what git would give a user, in another folder: no path of this one may get in.
git ls-files -co --exclude-standard | while read -r file; do
    [ -e "$file" ] && printf '%s\0' "$file"
done | tar -c --null -T - | tar -x -C "$again"
sleep 1 # another second on the clock, for whatever would store it
if ! make -s -C "$again" all usb >"$again/log" 2>&1; then
    echo "FAIL reproducible.build the second build failed"
    tail -5 "$again/log" | sed 's/^/  /'
    exit 1
fi
status=0
for file in esp/EFI/BOOT/BOOTX64.EFI esp/kernel.elf build/kernel/kernel.elf build/groma-usb.img; do
    if cmp -s "$file" "$again/$file"; then
        echo "ok reproducible.${file//\//-}"
    else
        echo "FAIL reproducible.${file//\//-} differs from a second build ($(cmp "$file" "$again/$file" 2>&1 | head -1))"
        status=1
    fi
done
exit $status
