# SPDX-License-Identifier: MIT
# Completion of the memmap command for bash.

_memmap()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    local reading="--phys-bits --reserve --map --help" options
    local formats="linux-e820 linux-efi xen-e820 xen-efi efi-shell lsefimmap smap multiboot2 limine json capture"

    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "show normalize check explain diff plot convert capture \
            help --help --man --version" -- "$word")
        return
    fi
    case $before in
    --to)
        mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
        return
        ;;
    --phys-bits | --reserve | --map) return ;;
    esac
    case $command in
    show | plot) options="$reading --output" ;;
    normalize | check) options="$reading --json --output" ;;
    explain) options=$reading ;;
    diff) options="$reading --json --digest" ;;
    convert) options="$reading --to --output" ;;
    capture) options="--output --help" ;;
    help)
        mapfile -t COMPREPLY < <(compgen -W "show normalize check explain diff plot convert capture" -- "$word")
        return
        ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _memmap memmap
