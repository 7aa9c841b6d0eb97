# Plugins, each built by itself against the unpacked package. Part of run.sh.

# configure_and_build DIRECTORY CMAKE-OPTION...: tests included where they are on.
configure_and_build() {
    directory=$1
    shift
    cmake -G Ninja -S "$directory" -B "$directory/build" -DCMAKE_PREFIX_PATH="$prefix" "$@" &&
        grep -q "^mcp_auth_DIR:PATH=$prefix/" "$directory/build/CMakeCache.txt" &&
        cmake --build "$directory/build"
}
passes_its_tests() {
    ctest --test-dir "$1/build" --no-tests=error --output-on-failure
}
is_taken_by_the_host() {
    "$command" plugins --manifest "$1"
    "$command" plugins --manifest "$1" 2>/dev/null | grep -q "^loaded *$2 "
}
# needs LIBRARY WORD...: of the words, exactly those without a leading '-' are among what it is linked to.
needs() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' >"$work/needed"
    cat "$work/needed"
    shift
    for word in "$@"; do
        case $word in
        -*) ! grep -q -F "${word#-}" "$work/needed" || return 1 ;;
        *) grep -q -F "$word" "$work/needed" || return 1 ;;
        esac
    done
}

copies_and_renames() {
    sh "$prefix/share/mcp-auth/template/new.sh" "$@" && shift $(($# - 1)) && ! grep -ri acme "$1" && ! ls "$1" | grep acme
}

# from_template NAME COMPILERS SETTINGS [--c] [CMAKE-OPTION...]
from_template() {
    name_of=$1
    with=$2
    settings=$3
    shift 3
    c=
    if [ "${1-}" = --c ]; then
        c=--c
        shift
    fi
    directory_of=$work/plugins/$name_of
    check "$with: new.sh copies and renames the template" copies_and_renames $c "$name_of" "$directory_of"
    check "$with: it is built against the package" configure_and_build "$directory_of" "$@"
    [ -e "$directory_of/build/plugins.d/$name_of.json" ] || return
    case " $* " in
    *" -DBUILD_TESTING=OFF "*) ;;
    *) check "$with: its unit tests pass" passes_its_tests "$directory_of" ;;
    esac
    check "$with: the host takes it" is_taken_by_the_host "$directory_of/build/plugins.d/$name_of.json" "$name_of"
    check "$with: it passes the validator" "$command" validate "$directory_of/build/plugins.d/$name_of.json"
    check "$with: it gets a token in the demo enterprise" \
        gets_a_token "$directory_of/build/plugins.d/$name_of.json" "$name_of" "$settings"
}

# The program has libstdc++ in it, whose functions for exceptions a plugin with libc++ finds first.
an_exception_is_internal() {
    throwing=$work/plugins/throwing
    sh "$prefix/share/mcp-auth/template/new.sh" throwing "$throwing" &&
        sed -i 's/^#include <string>/#include <stdexcept>\n&/; s/^ *const auto acquisition = /if (!tenant_.empty()) throw std::runtime_error("thrown " + tenant_);\n&/' \
            "$throwing/throwing.cpp" &&
        configure_and_build "$throwing" -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS=-stdlib=libc++ -DBUILD_TESTING=OFF || return 1
    gets_a_token "$throwing/build/plugins.d/throwing.json" throwing "$tenant"
    [ "$code" -eq 1 ] && grep -q 'internal' "$work/connected"
}
by_pkg_config() {
    flags() { PKG_CONFIG_PATH="$libraries/pkgconfig" pkg-config "$@" mcp_auth-plugin-api; }
    mkdir -p "$work/plugins/by_hand" && cd "$work/plugins/by_hand" || return 1
    sed 's/acme_c/by_hand/g' "$prefix/share/mcp-auth/template_c/acme_c.c" >by_hand.c
    # shellcheck disable=SC2046 # one word a flag
    cc -std=c11 -O2 -fPIC -fvisibility=hidden $(flags --cflags) -shared -Wl,-z,defs \
        "-Wl,--version-script=$(flags --variable=version_script)" by_hand.c -o by_hand.so || return 1
    sed 's/acme_c\.so/.\/by_hand.so/; s/acme_c/by_hand/g; /settings_schema/d; s/\("requires".*\),$/\1/' \
        "$prefix/share/mcp-auth/template_c/acme_c.json" >by_hand.json
    chmod 644 by_hand.json
    cd "$tree" || return 1
    gets_a_token "$work/plugins/by_hand/by_hand.json" by_hand
}
installs_for_the_host() {
    cmake --install "$work/plugins/by_gcc/build" --prefix "$prefix" --strip && "$command" plugins &&
        "$command" plugins 2>/dev/null | grep -q '^loaded *by_gcc '
}
in_rust() {
    cp -R "$tree/tests/package/rust" "$work/plugins/acme_rust" && cd "$work/plugins/acme_rust" || return 1
    HOME=$real_home cargo build --release --offline --locked && cmake -DTEMPLATE="$PWD/acme_rust.json" \
        -DLIBRARY="$PWD/target/release/libacme_rust.so" -DDIRECTORY="$PWD/plugins.d" \
        -P "$libraries/cmake/mcp_auth/fill_manifest.cmake" || return 1
    cd "$tree" || return 1
    gets_a_token "$work/plugins/acme_rust/plugins.d/acme_rust.json" acme_rust
}
refuses_a_name() {
    for wrong in '' Acme 7up a-b 'a b' ../a; do
        ! sh "$prefix/share/mcp-auth/template/new.sh" "$wrong" "$work/plugins/wrong" || return 1
    done
    ! sh "$prefix/share/mcp-auth/template/new.sh" good "$work/plugins" && [ ! -e "$work/plugins/wrong" ]
}

plugins() {
    mkdir "$work/plugins"
    tenant='{"tenant": "t7"}'
    from_template by_gcc "C++, g++" "$tenant" -DCMAKE_CXX_COMPILER=g++
    check "C++, g++: installed, the host finds it by itself" installs_for_the_host
    from_template by_clang "C++, clang++" "$tenant" -DCMAKE_CXX_COMPILER=clang++
    # GoogleTest as Debian has it is built with libstdc++, so there are no unit tests with libc++.
    from_template by_libcxx "C++, libc++" "$tenant" -DCMAKE_CXX_COMPILER=clang++ \
        -DCMAKE_CXX_FLAGS=-stdlib=libc++ -DBUILD_TESTING=OFF
    check "C++, libc++: it is linked to libc++ alone" needs "$work/plugins/by_libcxx/build/lib/mcp-auth/by_libcxx.so" libc++.so -libstdc++
    check "C++, libc++: an exception of its own is \`internal\`, and the host goes on" an_exception_is_internal
    from_template in_c "C, gcc" '{}' --c -DCMAKE_C_COMPILER=gcc
    check "C, gcc: it needs no C++ runtime" needs "$work/plugins/in_c/build/lib/mcp-auth/in_c.so" libc.so -libstdc++ -libc++ -libgcc
    from_template in_c_by_clang "C, clang" '{}' --c -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++
    from_template only_c "C, without a C++ compiler" '{}' --c -DCMAKE_CXX_COMPILER=/nowhere -DBUILD_TESTING=OFF
    check "C, pkg-config: it gets a token in the demo enterprise" by_pkg_config
    if HOME=$real_home cargo --version >/dev/null 2>&1; then
        check "Rust: it is built and gets a token in the demo enterprise" in_rust
        check "Rust: it passes the validator" "$command" validate "$work/plugins/acme_rust/plugins.d/acme_rust.json"
    else
        skip "Rust: it is built and gets a token in the demo enterprise" "cargo is not installed"
    fi
    check "new.sh refuses a name that is none, and a directory that is there" refuses_a_name
}
