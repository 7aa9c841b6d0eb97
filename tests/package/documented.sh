# Whether the manual page and the completion have what the command says of itself. Part of run.sh.

commands_of_help() {
    "$command" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}
# options_of_help [COMMAND]
options_of_help() {
    "$command" "$@" --help | sed -n 's/^  \(-h,\)\{0,1\}\(--[a-z-]*\).*/\2/p' | grep -v -x -e --help
}
# block_of COMMAND: its paragraph of the page, as written; without one, the options of all commands.
block_of() {
    awk -v item="^[.]It Cm $1( |\$)" '
        $0 ~ item { inside = 1; print; next }
        /^[.]It Cm / || /^[.]El/ { inside = 0 }
        inside' "$prefix/share/man/man1/mcp-auth.1"
}

page_is_clean() {
    mandoc -T lint -W warning "$prefix/share/man/man1/mcp-auth.1"
}
page_has_every_command() {
    for each in $(commands_of_help); do
        [ -n "$(block_of "$each")" ] || { echo "no command $each" && return 1; }
    done
    for option in $(options_of_help); do
        grep -q -e "Fl -${option#--}\( \|\$\)" "$prefix/share/man/man1/mcp-auth.1" || { echo "no option $option" && return 1; }
    done
}
page_has_every_option_of_each() {
    wrong=0
    for each in $(commands_of_help); do
        for option in $(options_of_help "$each"); do
            block_of "$each" | grep -q -e "Fl -${option#--}\( \|\$\)" || { echo "$each: no option $option" && wrong=1; }
        done
    done
    return "$wrong"
}
page_has_no_command_that_there_is_not() {
    for each in $(sed -n 's/^[.]It Cm \([a-z]*\).*/\1/p' "$prefix/share/man/man1/mcp-auth.1"); do
        commands_of_help | grep -q -x "$each" || { echo "there is no command $each" && return 1; }
    done
}

# offered WORD...: what bash offers for the last word.
offered() {
    bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mcp_auth; printf "%s\n" "${COMPREPLY[@]}"' \
        bash "$prefix/share/bash-completion/completions/mcp-auth" "$command" "$@" | sed '/^$/d' | sort
}
completion_offers_every_command() {
    offered "" >"$work/offered"
    commands_of_help | sort | diff - "$work/offered"
}
completion_offers_every_option() {
    for each in $(commands_of_help); do
        offered "$each" --c >"$work/offered"
        { options_of_help && options_of_help "$each"; } | grep '^--c' | sort -u | diff - "$work/offered" || return 1
        offered --config /etc/passwd --trace "$each" -- >"$work/offered"
        { options_of_help && options_of_help "$each" && echo --help; } | sort -u | diff - "$work/offered" || return 1
    done
}
completion_knows_values() {
    [ "$(offered token --format j)" = json ] && [ "$(offered demo --user a)" = alice ] && [ -z "$(offered token --scope --)" ]
}

documented() {
    check "the page is clean for mandoc" page_is_clean
    check "the page has every command and the options of all" page_has_every_command
    check "the page has every option of each command" page_has_every_option_of_each
    check "the page has no command that there is not" page_has_no_command_that_there_is_not
    check "bash offers every command" completion_offers_every_command
    check "bash offers every option of each command" completion_offers_every_option
    check "bash offers the values that an option takes" completion_knows_values
}
