# SPDX-License-Identifier: MIT
# Completion of the memwatch command for bash.

_memwatch()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} options=""
    local reading="--all --symbols --split --proc-mem" chosen="--range --region"
    local filter="--ignore --least --type --if"

    COMPREPLY=()
    if [ "$COMP_CWORD" = 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "ps maps scan watch diff snapshot --help --man --version" -- "$word")
        return
    fi
    case $before in
    --type | -t)
        mapfile -t COMPREPLY < <(compgen -W "u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 string" -- "$word")
        return
        ;;
    --range | --region | --ignore | --least | --if | --interval | -i | --count | -n | --limit | --split) return ;;
    esac
    case $command in
    ps) options="--json" ;;
    maps) options="--json $reading" ;;
    scan) options="$reading $chosen --json --type --interval --limit --unaligned" ;;
    watch) options="$reading $chosen $filter --json --interval --count --limit --hashes" ;;
    diff) options="$reading $filter --json --limit --details" ;;
    snapshot) options="$reading $chosen --output" ;;
    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -o filenames -F _memwatch memwatch
