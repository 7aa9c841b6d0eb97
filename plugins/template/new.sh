#!/bin/sh
# sh new.sh [--c] NAME DIRECTORY - begins a plugin of your own: a copy of the template, renamed.
#
# NAME is the plugin's id, its library, its CMake target and its C++ namespace, so it is made of lower-case
# letters, digits and '_', beginning with a letter. DIRECTORY must not be there yet. With --c: the
# template in C, of one file, without a C++ runtime.
set -eu

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '/^set/d' >&2
    exit 2
}

template=$(cd "$(dirname "$0")" && pwd)
word=acme
if [ "${1-}" = --c ]; then
    template=${template}_c
    word=acme_c
    shift
fi
[ $# -eq 2 ] || usage
name=$1
directory=$2
case $name in
'' | [!a-z]* | *[!a-z0-9_]*) usage ;;
esac
if [ -e "$directory" ]; then
    echo "new.sh: $directory is there already" >&2
    exit 2
fi

# The fixture of the tests begins with a capital, and so does the vendor.
capital=$(printf '%s' "$name" | cut -c1 | tr '[:lower:]' '[:upper:]')${name#?}
mkdir -p "$directory"
for file in "$template"/*; do
    base=$(basename "$file")
    case $base in
    new.sh) continue ;;
    "$word"*) base=$name${base#"$word"} ;;
    esac
    sed "s/$word/$name/g; s/Acme/$capital/g" "$file" >"$directory/$base"
done
echo "$directory: next, cmake -S $directory -B $directory/build"
