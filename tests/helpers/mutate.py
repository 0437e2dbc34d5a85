"""Damage to bytes and text, the same for the same seed; the tests of `tests/faults` share it."""

from __future__ import annotations

from random import Random

__all__ = ["mutate", "mutate_lines", "mutate_text", "pieces"]

_EDGES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, (1 << 63) - 1)
_WORDS = (
    *("", "0", "-1", "1e999", "-1e400", "nan", "NaN", "Infinity", "null", "true", "[]", "{}", '""', "\x00", "\ufeff"),
    *("9" * 5000, "[" * 3000, "{" * 2000, "x" * 20_000, "\u202e", "\ud7ff", "é", "\r", "\t", ";", ",,", '"', "'", "\\"),
    *("1e-320", "99999999999999999999", "<!--", "]]>", "&lt;", "\n\n", "=", "[[", "1970-01-01", "0x10", "1_0", "%s%n"),
)
_HEADER = 200  # bytes in which a container says what it is


def mutate(data: bytes, random: Random, *, most: int = 6) -> bytes:
    """Return bytes with one to `most` kinds of damage, half of it in the first 200 bytes."""
    result = bytearray(data)
    for _ in range(random.randint(1, most)):
        if not result:
            break
        end = min(len(result), _HEADER) if random.random() < 0.5 else len(result)
        at, size = random.randrange(end), min(1 << random.randrange(13), len(result))
        kind = random.randrange(10)
        if kind == 0:
            result[at] ^= 1 << random.randrange(8)
        elif kind == 1:
            result[at] = random.randrange(256)
        elif kind == 2:  # a number at an edge
            width = random.choice((1, 2, 4, 8))
            number = random.choice(_EDGES) & ((1 << 8 * width) - 1)
            result[at : at + width] = number.to_bytes(width, random.choice(("little", "big")))
        elif kind == 3:
            del result[at : at + size]
        elif kind == 4:
            result[at:at] = random.randbytes(min(size, 512))
        elif kind == 5:
            result[at : at + size] = random.randbytes(min(size, len(result) - at))
        elif kind == 6:
            result[at : at + size] = bytes(min(size, len(result) - at))
        elif kind == 7:  # the same again
            result[at:at] = result[at : at + size]
        elif kind == 8:  # from elsewhere
            other = random.randrange(len(result))
            result[at : at + size] = result[other : other + size]
        else:
            del result[random.randrange(len(result)) :]
    return bytes(result)


def mutate_text(text: str, random: Random, *, most: int = 4) -> bytes:
    """Return the text, damaged as people and programs damage it, in UTF-8; sometimes its bytes are damaged too."""
    for _ in range(random.randint(1, most)):
        at = random.randrange(len(text) + 1)
        end = min(len(text), at + random.choice((0, 1, 1, 3, 10, 60)))
        kind = random.randrange(6)
        if kind == 0:
            text = text[:at] + random.choice(_WORDS) + text[end:]
        elif kind == 1:
            text = text[:at] + text[end:]
        elif kind == 2:
            text = text[:at] + text[at:end] * 2 + text[end:]
        elif kind == 3:  # one value instead of another
            words = text.split()
            if len(words) > 1:
                text = text.replace(random.choice(words), random.choice((*words, *_WORDS)), 1)
        elif kind == 4:
            lines = text.splitlines(keepends=True)
            random.shuffle(lines) if random.random() < 0.2 else lines.append(random.choice(lines or [""]))
            text = "".join(lines)
        else:
            text = text.replace("\n", random.choice(("\r\n", "\r", "\n\n", " ")), random.choice((1, -1)))
    data = text.encode("utf-8", "surrogatepass")
    if random.random() < 0.2:
        data = mutate(data, random, most=2)
    elif random.random() < 0.1:
        data = text.encode(random.choice(("utf-16", "utf-32", "latin-1", "utf-8-sig")), "replace")
    return data


def mutate_lines(text: str, random: Random) -> bytes:
    """Return lines of which some are damaged, doubled, left out or in another order."""
    lines = text.splitlines(keepends=True)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines))
        kind = random.randrange(5)
        if kind == 0 and len(lines) > 1:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[random.randrange(len(lines))])
        elif kind == 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            lines[at] = mutate_text(lines[at], random, most=2).decode("utf-8", "surrogateescape")
    data = "".join(lines).encode("utf-8", "surrogateescape")
    return mutate(data, random, most=1) if random.random() < 0.2 else data


def pieces(data: bytes, random: Random) -> list[bytes]:
    """Return the bytes cut into pieces of odd lengths, as a pipe brings them."""
    longest = random.choice((1, 3, 7, 100, 4096, 100_000))
    if longest < 100:  # many pieces take long: the beginning is cut finely, where the header is
        fine = [data[i : i + longest] for i in range(0, min(len(data), 400), longest)]
        return [*fine, *([data[len(fine) * longest :]] if len(fine) * longest < len(data) else [])]
    result, at = [], 0
    while at < len(data):
        size = random.randint(1, longest)
        result.append(data[at : at + size])
        at += size
    return result
