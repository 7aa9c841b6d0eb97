# The demo enterprise of the package's command, and a plugin that gets a token in it. Part of run.sh.

start_demo() {
    mkfifo "$work/said"
    "$command" demo --serve --directory "$work/demo" >"$work/said" 2>&1 &
    demo=$!
    # It says how to end it once it listens; reading on would wait for its end.
    while read -r line; do
        echo "$line"
        case $line in
        *"MCP server "*) url=${line##* } ;;
        "Ctrl-C ends it.") return 0 ;;
        esac
    done <"$work/said"
    return 1
}

# The demo's configuration, with provider acme as $1 (JSON): what a person would write for the plugin.
# The user's assertion comes from a platform, for which the demo's ID-JAG stands: one a request.
configuration_with() {
    awk -v provider="$1" '
        /^    "acme": \{/ { print "    \"acme\": " provider; inside = 1; next }
        inside && /^    \}/ { inside = 0; next }
        !inside' "$work/demo/config.json"
}
subject() {
    printf '"subject": {"type": "jwt", "from": {"command": ["%s", "--config", "%s", "assertion", "%s"]}}' \
        "$command" "$work/demo/config.json" "$url"
}

# gets_a_token MANIFEST ID [SETTINGS]: the plugin is loaded, and a tool of the MCP server answers.
gets_a_token() {
    configuration_with "{\"plugin\": \"$2\", $(subject), \"settings\": ${3:-"{}"}}" >"$work/$2.json" || return 1
    chmod 600 "$work/$2.json"
    # A place of its own for what is kept, or the ID-JAG would be the one that was shown before.
    XDG_STATE_HOME=$work/home/$2 "$command" --config "$work/$2.json" --manifest "$1" --trace connect "$url" --call whoami >"$work/connected" 2>&1
    code=$?
    cat "$work/connected"
    [ "$code" -eq 0 ] && grep -q alice "$work/connected" && grep -q "$2" "$work/connected"
}
