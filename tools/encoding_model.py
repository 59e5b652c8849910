"""Writes core/text/encoding_model.inc: how probable letter pairs are in the languages of old code pages.

usage: tools/encoding_model.py [FOLDER]    .deb files are fetched into FOLDER and kept there

The texts are the translations and manual pages of Debian's packages below, by their names; nothing of tests/ is among
them. The model is small on purpose: a digit of base 62 for each pair of letters of an alphabet, in fifths of a nat, and
for Chinese, Japanese and Korean the characters by their frequency.
"""

import collections
import gzip
import io
import math
import pathlib
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import unicodedata

PACKAGES = """
libgtk-4-common libgtk-3-common gcc-12-locales iso-codes gettext coreutils bash dpkg apt libglib2.0-data
evolution-common nautilus-data gnome-control-center-data gimp-data manpages-ja manpages-zh manpages-pl manpages-ru
manpages-cs manpages-hu manpages-ro manpages-uk manpages-fr manpages-de manpages-es manpages-it manpages-nl
manpages-pt-br manpages-sv manpages-fi manpages-da
""".split()

# Languages of letters: our name, and what gettext calls it.
LETTERS = {
    "Latin": "en de fr es pt it nl sv da nb fi is ca et pl cs sk hu ro hr sl sq lt lv tr".split(),
    "Cyrillic": "ru uk be bg sr mk".split(),
    "Greek": ["el"],
    "Hebrew": ["he"],
    "Arabic": ["ar", "fa"],
    "Thai": ["th"],
}
CATALOGS = {"pt": ["pt", "pt_BR"], "nb": ["nb", "no"]}
CHARACTERS = {"ja": ["ja"], "zh": ["zh_CN"], "tw": ["zh_TW", "zh_HK"], "ko": ["ko"]}
MANUALS = {"pt": ["pt_BR", "pt"], "zh": ["zh_CN"], "tw": ["zh_TW"]}
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
STEP = 0.2  # nats
RARE = 3e-5  # a letter with less than this share of a language's letters is none of its alphabet
# What gets into the list of frequent characters, and where one group ends and the next begins.
GROUPS = (64, 256, 640, 1280, 2560)
# Old pages have the cedilla where Romanian has a comma below today.
OLD = str.maketrans("șțȘȚ", "şţŞŢ")


def fetch(folder):
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in PACKAGES if not list(folder.glob(f"{name}_*.deb"))]
    if missing:
        subprocess.run(["apt-get", "-q", "download", *missing], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def members(folder):
    for package in sorted(folder.glob("*.deb")):
        data = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, lambda: archive.extractfile(member).read()


def messages(catalog, originals=False):
    """The translated texts of a compiled gettext catalog, or what they are translated from."""
    order = "<" if catalog[:4] == b"\xde\x12\x04\x95" else ">"
    count, of_originals, of_translations = struct.unpack(order + "3I", catalog[8:20])
    table = of_originals if originals else of_translations
    for i in range(count):
        size, at = struct.unpack_from(order + "2I", catalog, table + 8 * i)
        text = catalog[at : at + size].decode("utf-8", "ignore")
        if i > 0 or "Content-Type" not in text:
            yield text


def plain(text):
    text = re.sub(r"%[-+ #0-9.$*]*(?:l|ll|h|z)?[a-zA-Z]|<[^>]*>|&\w+;|https?://\S+|\\[a-zA-Z(\[*]\S*", " ", text)
    return unicodedata.normalize("NFC", re.sub(r"[_&](?=\w)", "", text)).translate(OLD)


def texts(folder):
    """Texts by gettext's names of languages."""
    found = collections.defaultdict(list)
    for name, read in members(folder):
        if match := re.search(r"/locale/([a-z]{2,3}(?:_[A-Z]{2})?)/LC_MESSAGES/.*\.mo$", name):
            catalog = read()
            found[match[1]] += map(plain, messages(catalog))
            if match[1] == "de":
                found["en"] += map(plain, messages(catalog, originals=True))
        elif match := re.search(r"/man/([a-z]{2,3}(?:_[A-Z]{2})?)/man\d/.*\.gz$", name):
            content = gzip.decompress(read()).decode("utf-8", "ignore")
            found[match[1] + ".man"].append(plain(re.sub(r"(?m)^[.'].*$", "", content)))
    return found


def of_language(found, language, catalogs):
    names = catalogs.get(language, [language]) if isinstance(catalogs, dict) else [language]
    lists = [found[name] for name in names] + [found[name + ".man"] for name in MANUALS.get(language, names)]
    return [text for one in lists for text in one]


def script_of(character):
    name = unicodedata.name(character, "")
    return name.split(" ")[0].capitalize()


def is_mark(character):
    return unicodedata.category(character) == "Mn"


def pairs(language, script, found):
    """Alphabet and rows of costs: from and to the outside of a word first, a letter of no alphabet last."""
    words = collections.Counter()
    for text in of_language(found, language, CATALOGS):
        # `\w` knows no combining marks, which Thai and Arabic have inside of words.
        for word in re.findall(r"[^\W\d_](?:[^\W\d_]|[\u064b-\u065f\u0e31-\u0e4e])*", text):
            words[word.lower().replace("i\u0307", "i")] += 1
    words = {w: n for w, n in words.items() if any(script_of(c) == script for c in w)}
    letters = collections.Counter()
    for word, times in words.items():
        for c in word:
            letters[c] += times
    total = sum(letters.values())
    own = sorted(c for c, n in letters.items() if n / total > RARE and script_of(c) == script)
    index = {c: i + 1 for i, c in enumerate(own)}
    size, other = len(own) + 2, len(own) + 1
    counts = [[0.0] * size for _ in range(size)]
    for word, times in words.items():
        # Texts of programs repeat themselves, so that a word counts less each time.
        weight = times**0.7
        previous = 0
        for c in word:
            at = index.get(c, other)
            counts[previous][at] += weight
            previous = at
        counts[previous][0] += weight
    ends = [sum(row[i] for row in counts) for i in range(size)]
    all_ends = sum(ends)
    rows = []
    for row in counts:
        seen = sum(row)
        back = 8.0  # pairs' worth of what the letter does in any place
        rows.append("".join(
            DIGITS[min(61, round(-math.log((n + back * (ends[i] + 1) / (all_ends + size)) / (seen + back)) / STEP))]
            for i, n in enumerate(row)))
    sys.stderr.write(f"{language}: {len(words)} words, {len(own)} letters\n")
    return "".join(own), rows


def characters(language, found):
    counts = collections.Counter()
    for text in of_language(found, language, CHARACTERS):
        counts.update(c for c in text if ord(c) >= 0x2E80 and unicodedata.category(c) in ("Lo", "Lm"))
    total = sum(counts.values())
    ranked = [c for c, _ in counts.most_common(GROUPS[-1])]
    groups, begin = [], 0
    for end in GROUPS:
        group = ranked[begin:end]
        if group:
            share = sum(counts[c] for c in group) / total / len(group)
            groups.append((round(-math.log(share) / STEP), "".join(sorted(group))))
        begin = end
    sys.stderr.write(f"{language}: {total} characters, {len(counts)} different\n")
    return groups


def quoted(text, width):
    return "\n".join(f'     "{text[i:i + width]}"' for i in range(0, len(text), width))


def write(found, out):
    out.write("// Made by tools/encoding_model.py; costs are in fifths of a nat. See there where they come from.\n")
    out.write("constexpr PairModel kPairModels[] = {\n")
    alphabets = set()
    for script, languages in LETTERS.items():
        for language in languages:
            letters, rows = pairs(language, script, found)
            alphabets.update(letters)
            body = "\n".join(f'     "{row}"' for row in rows)
            out.write(f'    {{"{language}", u"{letters}",\n{body}}},\n')
    cased = sorted(c for c in alphabets if len(c.upper()) == 1 and c.upper() != c and c.upper().lower() == c)
    out.write("};\nconstexpr const char16_t* kLower =\n" + quoted("".join(cased), 60).replace('     "', '    u"'))
    out.write(";\nconstexpr const char16_t* kUpper =\n")
    out.write(quoted("".join(cased).upper(), 60).replace('     "', '    u"'))
    out.write(";\nconstexpr CharacterModel kCharacterModels[] = {\n")
    for language in CHARACTERS:
        for cost, group in characters(language, found):
            out.write(f'    {{"{language}", {cost},\n' + quoted(group, 32).replace('     "', '     u"') + "},\n")
    out.write("};\n")


def main():
    root = pathlib.Path(__file__).resolve().parents[1]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else temporary)
        fetch(folder)
        found = texts(folder)
    with open(root / "core" / "text" / "encoding_model.inc", "w") as out:
        write(found, out)


main()
