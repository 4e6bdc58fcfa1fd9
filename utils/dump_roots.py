#!/usr/bin/env python3
"""Prints the root tables of an object file, program or shared object.

    utils/dump_roots.py FILE

For each managed function with safepoints: its address and frame size, and for
each safepoint the offset of its return address and its slots, as distances from
the stack pointer in bytes; a star marks pinned ones. Of an object file that is
not linked yet, the addresses are not known: link it first.
"""
import struct
import subprocess
import sys

NM = "/usr/lib/llvm-22/bin/llvm-nm"


def sections(data):
    """Name -> (address, bytes) of an ELF file's allocated sections."""
    if data[:4] != b"\x7fELF" or data[4] != 2:
        sys.exit("not a 64-bit ELF file")
    table, = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size)
               for i in range(count)]
    name_base = headers[names][4]
    result = {}
    for name, kind, _, address, offset, length in headers:
        end = data.index(b"\0", name_base + name)
        text = data[name_base + name:end].decode()
        if kind != 8:  # SHT_NOBITS
            result[text] = (address, data[offset:offset + length])
    return result


def function_names(path):
    lines = subprocess.run([NM, "--defined-only", path],
                           capture_output=True, text=True).stdout.splitlines()
    names = {}
    for line in lines:
        address, kind, name = line.split(maxsplit=2)
        if kind in "tTwW":
            names[int(address, 16)] = name
    return names


def slot_set(pool, index):
    count, = struct.unpack_from("<H", pool, 2 * index)
    words = struct.unpack_from(f"<{count}H", pool, 2 * index + 2)
    return [f"{8 * (word >> 1)}{'*' if word & 1 else ''}" for word in words]


def main(path):
    with open(path, "rb") as file:
        found = sections(file.read())
    if "mps_roots" not in found:
        sys.exit(f"{path} has no root tables")
    base, entries = found["mps_roots"]
    data_base, data = found["mps_roots_data"]
    names = function_names(path)
    for offset in range(0, len(entries), 8):
        function, where = struct.unpack_from("<ii", entries, offset)
        function += base + offset
        start = where + base + offset + 4 - data_base
        version, _, count, frame = struct.unpack_from("<BBHI", data, start)
        print(f"{function:#x} {names.get(function, '?')}: frame of {frame} "
              f"bytes, {count} safepoints, version {version}")
        pool = data[start + 8 + 8 * count:]
        for i in range(count):
            at, index = struct.unpack_from("<II", data, start + 8 + 8 * i)
            print(f"  +{at:#x}: {' '.join(slot_set(pool, index)) or 'none'}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
