# An application that links the installed library, by what README.md shows. Part of run.sh.

# readme_block LANGUAGE NUMBER, as tests/readme/code_block.cmake counts them.
readme_block() {
    awk -v fence="\`\`\`$1" -v number="$2" '
        $0 == "```" { inside = 0 }
        inside
        $0 == fence { inside = ++seen == number }' README.md
}
copy_sources() {
    mkdir "$work/embedding" && cp tests/package/embedding/* tests/readme/your_http.hpp \
        tests/readme/your_mcp_client.hpp "$work/embedding" &&
        readme_block cpp 1 >"$work/embedding/ask.cpp" && readme_block cpp 2 >"$work/embedding/call_tool.cpp" &&
        wc -l "$work/embedding/ask.cpp" "$work/embedding/call_tool.cpp" &&
        [ "$(wc -l <"$work/embedding/ask.cpp")" -lt 40 ] && [ "$(wc -l <"$work/embedding/call_tool.cpp")" -lt 40 ]
}
embeds() {
    cp -R "$work/embedding" "$work/embedding_$1" && configure_and_build "$work/embedding_$1" -DCMAKE_CXX_COMPILER="$1"
}
embeds_by_pkg_config() {
    flags() { PKG_CONFIG_PATH="$libraries/pkgconfig" pkg-config "$@" mcp_auth-host; }
    # shellcheck disable=SC2046 # one word a flag
    (cd "$work/embedding" && g++ -std=c++17 $(flags --cflags) ./*.cpp $(flags --libs) -o by_pkg_config) || return 1
    LD_LIBRARY_PATH=$libraries MCP_AUTH_CONFIG=$work/demo/config.json "$work/embedding/by_pkg_config" "$url"
}
is_served() {
    MCP_AUTH_CONFIG=$work/demo/config.json "$1/build/embedding" "$url"
}

embedding() {
    check "README.md shows it in less than 40 lines" copy_sources
    for compiler in g++ clang++; do
        check "$compiler: it is built against the package, in C++17" embeds "$compiler"
        check "$compiler: it gets a token in the demo enterprise, and finds the plugins by the library" is_served "$work/embedding_$compiler"
    done
    check "it links none of the libraries that the library is made of" \
        needs "$work/embedding_g++/build/embedding" libmcp_auth_host.so.0 -Poco -libssl -libcrypto -boost -fmt
    check "pkg-config: the same" embeds_by_pkg_config
}
