#!/usr/bin/env python3
"""coverage.py BUILD [--missing]: the lines and branches of host library, plugins and kit that were reached
in a build with --coverage, from its counters; with --missing, each line that was not. Fails below 90 % of
the lines of any room.

Branches are counted here and not by gcovr, which cannot tell those of exceptions from others where a line
was never run in one of the objects that have it: gcov says so in its JSON alone. A branch of a template or
of an inline function is one branch, and reached if it was in any object.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("host_stub/host/", "plugins/", "plugin_api/include/")
LEAST = 90


def counters(gcda):
    """What gcov says of one object: for each source, its lines."""
    said = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", str(gcda)],
                          stdout=subprocess.PIPE, check=True, cwd=gcda.parent).stdout
    for document in map(json.loads, said.splitlines()):
        for source in document["files"]:
            path = os.path.normpath(os.path.join(document["current_working_directory"], source["file"]))
            yield path, source["lines"]


def of_ours(path):
    """The path in this tree, if it is in one of the rooms and no test or template."""
    if not path.startswith(f"{ROOT}/"):
        return None
    name = path[len(f"{ROOT}/"):]
    if not name.startswith(ROOMS) or name.startswith("plugins/template") or name.endswith("_test.cpp"):
        return None
    return name


def read(build):
    lines = collections.defaultdict(lambda: collections.defaultdict(int))
    branches = collections.defaultdict(lambda: collections.defaultdict(int))
    gcdas = sorted(pathlib.Path(build).resolve().rglob("*.gcda"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for said in pool.map(lambda gcda: list(counters(gcda)), gcdas):
            for path, found in said:
                name = of_ours(path)
                if name is None:
                    continue
                for line in found:
                    number = line["line_number"]
                    lines[name][number] += line["count"]
                    for place, branch in enumerate(line["branches"]):
                        if not branch["throw"]:
                            branches[name][number, place] += branch["count"]
    return lines, branches


def share(counts):
    reached = sum(1 for count in counts if count > 0)
    return 100 * reached / len(counts) if counts else 100, f"{reached:6} of {len(counts):6}"


def main(build, missing=False):
    lines, branches = read(build)
    if missing:
        for name in sorted(lines):
            text = (ROOT / name).read_text().splitlines()
            for number in sorted(n for n, count in lines[name].items() if count == 0):
                print(f"{name}:{number}: {text[number - 1].strip()}")
    for name in sorted(lines, key=lambda name: share(lines[name].values())[0]):
        print(f"{share(lines[name].values())[0]:6.1f} % of the lines, "
              f"{share(branches[name].values())[0]:6.1f} % of the branches  {name}")
    failed = 0
    for room in ROOMS:
        of_room = [share([count for name in counts if name.startswith(room) for count in counts[name].values()])
                   for counts in (lines, branches)]
        print(f"{room:20} lines {of_room[0][0]:5.1f} % ({of_room[0][1]}), "
              f"branches {of_room[1][0]:5.1f} % ({of_room[1][1]})")
        failed += not any(name.startswith(room) for name in lines) or of_room[0][0] < LEAST
    print(f"rooms: {len(ROOMS) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], "--missing" in sys.argv))
