#!/usr/bin/env python3
"""Extracts the files that a page of docs/ shows.

    snippets.py PAGE FOLDER

A fenced block whose info string says file=NAME becomes FOLDER/NAME; blocks with
the same name are put together in order. Fails if the page has none.
"""
import pathlib
import re
import sys

FENCE = re.compile(r"^```\w+ file=(\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(page, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, text in FENCE.findall(pathlib.Path(page).read_text()):
        files[name] = files.get(name, "") + text
    for name, text in files.items():
        (folder / name).write_text(text)
    return 0 if files else f"{page} shows no file"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
