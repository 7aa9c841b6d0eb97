# What is in the package. Part of run.sh.

root_owns_all() {
    dpkg-deb -c "$deb" | awk '$1 ~ /^l/ { next } $2 != "root/root" || $1 ~ /^.....w/ || $1 ~ /^........w/ { print; bad = 1 } END { exit bad }'
}
depends_on_libraries() {
    dpkg-deb -f "$deb" Depends
    for library in libc6 libssl libpoconet libstdc++6; do
        dpkg-deb -f "$deb" Depends | grep -q "$library" || return 1
    done
}
names_no_place_of_the_build() {
    ! grep -rlF -e "$tree" -e /_CPack_Packages/ "$work/unpacked" &&
        # A compiler cache may have made the tree's name relative.
        ! grep -rlE 'host_stub/[a-z_/]+\.[ch]pp' "$work/unpacked/usr/bin" "$work/unpacked/usr/lib"
}
# Of namespace mcp_auth, but neither what is inside the library nor the kit of plugins.
lets_out_the_api_alone() {
    nm -D --defined-only "$libraries/libmcp_auth_host.so.0" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' >"$work/exported"
    grep -q '^_ZN8mcp_auth4Host4open' "$work/exported" || return 1
    ! grep -v -e '^_ZN\(K\{0,1\}\)8mcp_auth[0-9]' -e '^_ZT[ISV]N8mcp_auth[0-9]' "$work/exported" || return 1
    ! grep -e 'N8mcp_auth4host' -e 'N8mcp_auth4json' -e 'N8mcp_auth6detail' -e 'N8mcp_auth6plugin' "$work/exported"
}
its_plugins_load() {
    "$command" plugins
    [ "$("$command" plugins 2>/dev/null | grep -c '^loaded ')" -eq 4 ] &&
        ! "$command" plugins 2>/dev/null | grep '^refused'
}
installs_elsewhere() {
    cmake --install build/release --prefix "$work/elsewhere" --strip >"$work/install.log" 2>&1 || {
        cat "$work/install.log"
        return 1
    }
    "$work/elsewhere/bin/mcp-auth" plugins
    [ "$("$work/elsewhere/bin/mcp-auth" plugins 2>/dev/null | grep -c '^loaded ')" -eq 4 ]
}

contents() {
    check "root owns what is in it, and nobody else may write" root_owns_all
    check "it depends on the libraries that it was linked with" depends_on_libraries
    check "nothing in it names a place of the build" names_no_place_of_the_build
    check "the library lets out its API and nothing else" lets_out_the_api_alone
    check "the command finds the plugins beside it, and their hashes are right" its_plugins_load
    check "cmake --install to another prefix does as well, stripped" installs_elsewhere
}
