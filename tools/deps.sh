#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what building, running, testing or proving Groma needs, and only what is missing.
#
#   deps.sh run|uboot|window|debug|bench|iso|test|full [--check]
#
# run: build, boot in OVMF; uboot, window, debug, bench, iso: run + U-Boot, QEMU's window, gdb, valgrind,
# xorriso; test: run + uboot + unit tests, fuzzers, C++, GRUB, pictures; full: all but the window, and coverage, proofs,
# cross compilers, Chromium. Nothing missing: no output.
# Missing: Debian and Ubuntu install it (apt-get, as root or through sudo); elsewhere the package names
# are printed, status 2. --check only reports; status 1 when something is missing.
set -u
PATH=$PATH:/usr/sbin:/sbin                      # sfdisk; a user's PATH on Debian lacks these

# One line a package: set, what shows that it is there (commands or files, of which one must exist),
# and its names in Debian, Fedora and Arch; "-" where there is none. gcc only recommends libc6-dev.
packages() {
    cat <<'TABLE'
run     gcc                                             gcc                 gcc             gcc
run     /usr/include/stdio.h                            libc6-dev           glibc-devel     glibc
run     ld                                              binutils            binutils        binutils
run     /usr/include/efi/efi.h                          gnu-efi             gnu-efi-devel   gnu-efi
run     /usr/share/OVMF/OVMF_CODE_4M.fd,/usr/share/edk2/ovmf/OVMF_CODE.fd,/usr/share/edk2/x64/OVMF_CODE.4m.fd ovmf edk2-ovmf edk2-ovmf
run     qemu-system-x86_64                              qemu-system-x86     qemu-system-x86 qemu-system-x86
run     mcopy                                           mtools              mtools          mtools
run     python3                                         python3             python3         python
run     sfdisk                                          fdisk               util-linux      util-linux
test    /usr/include/criterion/criterion.h              libcriterion-dev    criterion-devel criterion
test    clang                                           clang               clang           clang
test    /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-x86_64.a,/usr/lib/clang/*/lib/*/libclang_rt.fuzzer*.a libclang-rt-dev compiler-rt compiler-rt
test    rsvg-convert                                    librsvg2-bin        librsvg2-tools  librsvg
test    g++                                             g++                 gcc-c++         gcc
test    /usr/lib/grub/x86_64-efi/normal.mod             grub-efi-amd64-bin  grub2-efi-x64-modules grub
uboot   /usr/lib/u-boot/qemu-x86_64/u-boot.rom          u-boot-qemu         -               -
debug   gdb                                             gdb                 gdb             gdb
bench   valgrind                                        valgrind            valgrind        valgrind
full    llvm-profdata                                   llvm                llvm            llvm
full    gcovr                                           gcovr               gcovr           gcovr
full    frama-c                                         frama-c-base        frama-c         frama-c
full    why3                                            why3                why3            why3
full    z3                                              z3                  z3              z3
full    cvc4                                            cvc4                -               -
full    /usr/include/gmp.h,/usr/include/x86_64-linux-gnu/gmp.h libgmp-dev gmp-devel gmp
full    aarch64-linux-gnu-gcc                           gcc-aarch64-linux-gnu gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
full    riscv64-linux-gnu-gcc                           gcc-riscv64-linux-gnu gcc-riscv64-linux-gnu riscv64-linux-gnu-gcc
full    i686-linux-gnu-gcc                              gcc-i686-linux-gnu  -               -
full    chromium,chromium-browser                       chromium            chromium        chromium
iso     xorriso                                         xorriso             xorriso         libisoburn
window  /usr/lib/x86_64-linux-gnu/qemu/ui-gtk.so,/usr/lib64/qemu/ui-gtk.so,/usr/lib/qemu/ui-gtk.so qemu-system-gui qemu-ui-gtk qemu-ui-gtk
TABLE
}

usage() {
    echo "usage: deps.sh run|uboot|window|debug|bench|iso|test|full [--check]" >&2
    exit 2
}

# Is one of the comma-separated commands or files (patterns) there?
present() {
    local file
    for file in ${1//,/ }; do
        if [ "${file#/}" = "$file" ]; then command -v "$file" >/dev/null; else [ -e "$file" ]; fi && return 0
    done
    return 1
}

# Fills debian, fedora and arch with the names of what the sets in $1 miss.
find_missing() {
    local group shows deb rpm pac
    debian=() fedora=() arch=()
    while read -r group shows deb rpm pac; do
        [[ " $1 " == *" $group "* ]] || continue
        present "$shows" && continue
        debian+=("$deb") fedora+=("$rpm") arch+=("$pac")
    done < <(packages)
}

is_debian() {
    local ID='' ID_LIKE=''
    # shellcheck source=/dev/null
    [ -r /etc/os-release ] && . /etc/os-release
    [[ " $ID $ID_LIKE " =~ \ (debian|ubuntu)\  ]] && command -v apt-get >/dev/null
}

name_elsewhere() {
    echo "deps: missing, and this is no Debian or Ubuntu: install it by hand (-: not packaged)" >&2
    echo "  Fedora: dnf install ${fedora[*]}" >&2
    echo "  Arch:   pacman -S ${arch[*]}" >&2
    exit 2
}

install_missing() {
    local root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "deps: missing ${debian[*]}; as root: apt-get install --no-install-recommends ${debian[*]}" >&2
            exit 2
        fi
        root=(sudo)
    fi
    echo "deps: installing with apt-get${root:+ through sudo}: ${debian[*]}" >&2
    if ! "${root[@]}" apt-get -qq update ||
        ! "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y \
            --no-install-recommends "${debian[@]}" >/dev/null; then
        echo "deps: apt-get failed (see above); missing ${debian[*]}" >&2
        exit 2
    fi
}

case ${1-} in
run) sets="run" ;;
uboot) sets="run uboot" ;;
window) sets="run window" ;;
debug) sets="run debug" ;;
bench) sets="run bench" ;;
iso) sets="run iso" ;;
test) sets="run uboot test" ;;
full) sets="run uboot test debug bench iso full" ;;
*) usage ;;
esac
[ $# = 1 ] || { [ $# = 2 ] && [ "$2" = --check ]; } || usage

find_missing "$sets"
[ ${#debian[@]} != 0 ] || exit 0
if [ "${2-}" = --check ]; then
    echo "deps: missing for $1: ${debian[*]}"
    exit 1
fi
is_debian || name_elsewhere
install_missing
find_missing "$sets"
[ ${#debian[@]} = 0 ] || { echo "deps: still missing after the installation: ${debian[*]}" >&2; exit 2; }
