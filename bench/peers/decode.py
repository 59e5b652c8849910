"""Decoding as the peers do it; ftfy's side takes UTF-8 as such and else asks charset_normalizer.

usage: decode.py charset_normalizer|chardet|cchardet|ftfy INPUT OUTPUT
"""

import sys

import pyarrow
import pyarrow.parquet


def charset_normalizer(content):
    import charset_normalizer

    best = charset_normalizer.from_bytes(content).best()
    return content.decode(errors="replace") if best is None else str(best)


def by_name(content, encoding):
    try:
        return content.decode(encoding or "utf-8", errors="replace")
    except LookupError:
        return content.decode(errors="replace")


def chardet(content):
    import chardet

    return by_name(content, chardet.detect(content)["encoding"])


def cchardet(content):
    import cchardet

    return by_name(content, cchardet.detect(content)["encoding"])


def ftfy(content):
    import ftfy

    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = charset_normalizer(content)
    # Only what it does about encodings.
    others = ("unescape_html", "remove_terminal_escapes", "uncurl_quotes", "fix_latin_ligatures", "fix_character_width",
              "fix_line_breaks", "fix_surrogates", "remove_control_chars")
    return ftfy.fix_text(text, normalization=None, **dict.fromkeys(others, False))


def main(peer, source, target):
    decode = {"charset_normalizer": charset_normalizer, "chardet": chardet, "cchardet": cchardet, "ftfy": ftfy}[peer]
    table = pyarrow.parquet.read_table(source)
    texts = pyarrow.array([decode(content) for content in table["content"].to_pylist()], pyarrow.string())
    place = table.schema.get_field_index("content")
    pyarrow.parquet.write_table(table.set_column(place, "content", texts), target)


if __name__ == "__main__":
    main(*sys.argv[1:])
