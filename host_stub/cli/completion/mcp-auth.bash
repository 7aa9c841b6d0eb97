# bash completion for mcp-auth. Commands and options are what the command says of itself, so that there
# is no second list of them; only what an option takes is known here.
_mcp_auth() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= i help
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case ${COMP_WORDS[i]} in
        --config | --manifest | --audit | --timeout) ((++i)) ;;
        -*) ;;
        *)
            command=${COMP_WORDS[i]}
            break
            ;;
        esac
    done
    case $before in
    --config | --manifest | --audit | --key)
        compopt -o default 2>/dev/null
        return
        ;;
    --directory)
        compopt -o dirnames 2>/dev/null
        return
        ;;
    --format) COMPREPLY=($(compgen -W "token header json" -- "$current")) && return ;;
    --protocol) COMPREPLY=($(compgen -W "2025-11-25 2026-07-28" -- "$current")) && return ;;
    --user) COMPREPLY=($(compgen -W "alice bob carol mallory" -- "$current")) && return ;;
    esac
    help=$("${COMP_WORDS[0]}" --help 2>/dev/null) || return
    [[ -z $command ]] || help+=$'\n'$("${COMP_WORDS[0]}" "$command" --help 2>/dev/null)
    if [[ $before == --* && $help == *$'\n'"  $before "[A-Z]* ]]; then
        return # it takes something that only the user knows
    elif [[ $current == -* ]]; then
        help=$(printf '%s\n' "$help" | sed -n 's/^  \(-h,\)\{0,1\}\(--[a-z-]*\).*/\2/p' | sort -u)
    elif [[ -z $command ]]; then
        help=$(printf '%s\n' "$help" | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
    else
        compopt -o default 2>/dev/null # a manifest, where the command takes one
        return
    fi
    COMPREPLY=($(compgen -W "$help" -- "$current"))
}
complete -F _mcp_auth mcp-auth
