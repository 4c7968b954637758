"""Lists the opcodes of pickles with pickletools.genops, which runs none of them: one line for each pickle on standard input.

Input: for each pickle its length, four bytes little-endian, and its bytes.
Output: `offset,NAME,argument` for each opcode, divided by spaces; at the end `.` or, where pickletools gives up, `!offset`.
"""
import math
import pickletools
import struct
import sys
import zlib


def argument(value):
    if value is None:
        return "-"
    if value is True or value is False:
        return "b%d" % value
    if isinstance(value, int):
        return "i%x" % value if value.bit_length() < 4096 else "i?"
    if isinstance(value, float):
        return "fnan" if math.isnan(value) else "f" + struct.pack(">d", value).hex()
    data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)
    return "s%d:%08x" % (len(data), zlib.crc32(data))


def listing(data):
    import io

    stream = io.BytesIO(data)
    parts = []
    end = 0
    try:
        for opcode, value, offset, end in pickletools._genops(stream, yield_end_pos=True):
            parts.append("%d,%s,%s" % (offset, opcode.name, argument(value)))
        parts.append(".")
    except Exception:
        parts.append("!%d" % end)
    return " ".join(parts)


def main():
    source = sys.stdin.buffer
    while True:
        head = source.read(4)
        if len(head) < 4:
            return
        (size,) = struct.unpack("<I", head)
        print(listing(source.read(size)), flush=True)


main()
