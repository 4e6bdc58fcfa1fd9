#!/usr/bin/env python3
"""Breaks the root tables of a linked program, for tests of what finds it out.

    break_roots.py drop-slots|shift-slots|drop-function PROGRAM OUTPUT

drop-slots empties every slot set, shift-slots moves every slot by one word,
drop-function makes every table that of a function elsewhere.
"""
import struct
import sys


def sections(data):
    table, = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    headers = [struct.unpack_from("<IIQQQQ", data, table + i * size)
               for i in range(count)]
    base = headers[names][4]
    return {bytes(data[base + h[0]:data.index(b"\0", base + h[0])]).decode():
            h[3:6] for h in headers}


def main(how, program, output):
    with open(program, "rb") as file:
        data = bytearray(file.read())
    found = sections(data)
    address, offset, size = found["mps_roots"]
    data_address, data_offset, _ = found["mps_roots_data"]
    for entry in range(offset, offset + size, 8):
        function, where = struct.unpack_from("<ii", data, entry)
        if how == "drop-function":
            struct.pack_into("<i", data, entry, function + 1)
            continue
        start = (address + entry - offset + 4 + where - data_address
                 + data_offset)
        _, _, count, _ = struct.unpack_from("<BBHI", data, start)
        pool = start + 8 + 8 * count
        sets = {struct.unpack_from("<II", data, start + 8 + 8 * i)[1]
                for i in range(count)}
        for index in sets:
            slots, = struct.unpack_from("<H", data, pool + 2 * index)
            for i in range(slots):
                at = pool + 2 * (index + 1 + i)
                word, = struct.unpack_from("<H", data, at)
                struct.pack_into("<H", data, at, word + 2)
            if how == "drop-slots":
                struct.pack_into("<H", data, pool + 2 * index, 0)
    with open(output, "wb") as file:
        file.write(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
