"""Tokenizers that Python's library trains on texts at hand, and texts to be hard on them."""

import json
import pathlib
import random
import sysconfig

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        r"|\s+(?!\S)|\s+")
GPT4_NEWER = (r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]"
              r"|\s+(?!\S)|\s+")
QWEN = GPT4.replace("{1,3}", "")
GPT4O = "|".join([
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]+[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+"])
DEEPSEEK = (r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
            r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+").replace('\\"', '"')
SPECIALS = ["<s>", "</s>", "<unk>", "<pad>"]

SENTENCES = [
    "The quick brown fox didn't jump; it's SHE'LL who'd've THEY'RE I'M. 3.14159 1,234,567 0x7fff\r\n",
    "Für größere Übungen: Åse, naïve café, İstanbul, ŞIŞLI, ﬁnancial ﬂow, ½ ¾ ² Ⅻ ㎏\n",
    "Привет, как дела? Ещё раз: ЖЁЛТЫЙ. Ελληνικά ΟΔΥΣΣΕΥΣ σας. שלום עולם. مرحبا بالعالم ١٢٣\n",
    "日本語のテキストです。カタカナ、漢字。中文文本，没有空格。한국어 문장입니다. ไทยไม่มีช่องว่าง\n",
    "नमस्ते दुनिया, क्षत्रिय १२३। বাংলা তামিল தமிழ் 👩‍👩‍👧‍👦 👍🏽 🇳🇵 ❤️ \u200bzero\u200dwidth\ufeff\n",
    "e\u0301 a\u0308\u0323 q\u0307\u0323 \u1100\u1161\u11a8 \ufb01 \u212b \u2126 \u03d3\u0301\n",
]


def sources(megabytes, seed=7):
    """Real files of this machine: programs, headers, manuals."""
    rng = random.Random(seed)
    files = []
    for folder, patterns in ((sysconfig.get_path("stdlib"), ["*.py"]), ("/usr/include", ["*.h", "*.hpp"]),
                             ("/usr/share/perl", ["*.pm"]), ("/usr/share/doc", ["*.txt", "*.html", "copyright"])):
        for pattern in patterns:
            files += sorted(path for path in pathlib.Path(folder).rglob(pattern) if path.is_file())
    rng.shuffle(files)
    texts, size = [], 0
    for file in files:
        try:
            text = file.read_bytes().decode()
        except (UnicodeDecodeError, OSError):
            continue
        if not 0 < len(text) < 1_000_000:
            continue
        texts.append(text)
        size += len(text)
        if size > megabytes * 1_000_000:
            break
    return texts


def every_character():
    """Each character of the first two planes, and some of the others, between others and by itself."""
    codes = [*range(0x20000), *range(0x20000, 0x110000, 257), *range(0x2A6D0, 0x2EE70, 3), *range(0xE0000, 0xE0200)]
    codes = [code for code in codes if not 0xD800 <= code < 0xE000]
    texts = []
    for begin in range(0, len(codes), 64):
        texts.append("".join(f"a{c} {c}1{c}{c}.\u0315{c}A" for c in map(chr, codes[begin:begin + 64])))
    return texts


def hostile(count, seed=11):
    """Texts of pieces that rules of tokenizers meet at."""
    rng = random.Random(seed)
    pieces = ["'s", "'S", "'\u017f", "'ll", "'LL", "'rE", "'x", "''", " ", "  ", "   ", "\t", "\n", "\r\n", "\r",
              "\n\n", "\x00", "\x07's", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", "\u200b",
              "\ufeff", "a", "b", "Z", "word", "HTTP", "camelCase", "XMLHttp", "snake_case", "1", "12", "123",
              "1234567", "٣", "½", "Ⅻ", ".", "...", "!?", "//", "/*", "*/\n", "#include", "==", "<", "<s>",
              "</s>", " <s> ", "<pad>", "<mask>", "[CLS]", "[SEP]", "[MASK]", "new word", "é", "e\u0301", "\u0301",
              "\u0903", "ß", "İ", "ǅ", "ʰ", "ª", "日本", "、", "한", "👩‍👧", "👍🏽", "\U0010ffff",
              "\ue000", "\u0378", "\ufffd", "_", "$", "€", "+", "^", "`", "~", "§"]
    texts = ["", " ", "\n", "'", "a", "\x00"]
    while len(texts) < count:
        texts.append("".join(rng.choice(pieces) for _ in range(rng.choice([1, 2, 3, 5, 9, 30, 100]))))
    while len(texts) < 2 * count:
        planes = rng.choice([(0, 0x80), (0, 0x250), (0, 0x3000), (0, 0x10000), (0x10000, 0x20000), (0, 0x110000)])
        codes = (rng.randrange(*planes) for _ in range(rng.choice([1, 3, 10, 60])))
        texts.append("".join(chr(c) for c in codes if not 0xD800 <= c < 0xE000))
    return texts


def byte_level(pre_tokenizer, **options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def split(pattern, *before, invert=False, behavior="isolated"):
    steps = [pre_tokenizers.Split(Regex(one), "isolated") for one in before]
    steps.append(pre_tokenizers.Split(Regex(pattern), behavior, invert=invert))
    return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def trained(tokenizer, trainer, texts):
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def bpe_trainer(size=3000, **options):
    return trainers.BpeTrainer(vocab_size=size, special_tokens=SPECIALS, show_progress=False,
                               initial_alphabet=options.pop("alphabet", pre_tokenizers.ByteLevel.alphabet()), **options)


def piece_trainer(size=3000):
    return trainers.WordPieceTrainer(vocab_size=size, show_progress=False,
                                     special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])


def codebert(texts):
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False))
    trained(tokenizer, bpe_trainer(), texts)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 1), ("<s>", 0))
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    return tokenizer


def bert(texts, **options):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trained(tokenizer, piece_trainer(), texts)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def characters(texts, normalizer, pre_tokenizer, decoder=None, trainer=None, **options):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", **options))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    return trained(tokenizer, trainer or bpe_trainer(alphabet=[]), texts)


def with_added(tokenizer, *added):
    tokenizer.add_tokens(list(added))
    return tokenizer


def llama2(texts):
    """As converted from sentencepiece: no pre-tokenizer, bytes for what is unknown."""
    base = characters(texts, normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
                      pre_tokenizers.Split("▁", "merged_with_next"))
    vocabulary = base.get_vocab()
    for byte in range(256):
        vocabulary.setdefault(f"<0x{byte:02X}>", len(vocabulary))
    merges = json.loads(base.to_str())["model"]["merges"]
    tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(merge) for merge in merges], unk_token="<unk>", fuse_unk=True,
                                     byte_fallback=True))
    tokenizer.normalizer = base.normalizer
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(),
                                           decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)])
    return tokenizer


P, N = pre_tokenizers, normalizers
# By name, what trains one on texts.
MAKERS = {
    "codebert": codebert,
    "gpt2_prefix_space": lambda texts: trained(byte_level(P.ByteLevel(add_prefix_space=True)), bpe_trainer(), texts),
    "gpt4": lambda texts: trained(byte_level(split(GPT4, behavior="removed", invert=True)), bpe_trainer(), texts),
    "gpt4_newer": lambda texts: trained(byte_level(split(GPT4_NEWER)), bpe_trainer(), texts),
    "llama3": lambda texts: trained(byte_level(split(GPT4), ignore_merges=True), bpe_trainer(), texts),
    "qwen_nfc": lambda texts: with_normalizer(trained(byte_level(split(QWEN)), bpe_trainer(), texts), N.NFC()),
    "gpt4o": lambda texts: trained(byte_level(split(GPT4O)), bpe_trainer(), texts),
    "deepseek": lambda texts: trained(byte_level(split(DEEPSEEK, r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+")), bpe_trainer(), texts),
    "starcoder": lambda texts: trained(
        byte_level(P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)])), bpe_trainer(),
        texts),
    "some_bytes_missing": lambda texts: trained(
        byte_level(P.ByteLevel(add_prefix_space=False)), bpe_trainer(alphabet=list("abc")), texts[:3]),
    "bert": lambda texts: bert(texts, lowercase=True),
    "bert_cased": lambda texts: bert(texts, lowercase=False),
    "bert_bare": lambda texts: bert(texts, clean_text=False, handle_chinese_chars=False, strip_accents=False),
    "llama2": llama2,
    "words": lambda texts: characters(texts, N.Sequence([N.NFKC(), N.Lowercase()]), P.Whitespace()),
    "end_of_word": lambda texts: characters(
        texts, N.Sequence([N.NFD(), N.StripAccents(), N.Strip()]), P.WhitespaceSplit(), decoders.BPEDecoder("</w>"),
        bpe_trainer(alphabet=[], end_of_word_suffix="</w>"), end_of_word_suffix="</w>", fuse_unk=True),
    "subword_prefix": lambda texts: characters(
        texts, N.NFKD(), P.Sequence([P.WhitespaceSplit(), P.Punctuation(), P.Digits()]), None,
        bpe_trainer(alphabet=[], continuing_subword_prefix="@@"), continuing_subword_prefix="@@"),
    "metaspace": lambda texts: characters(texts, N.Nmt(), P.Metaspace(), decoders.Metaspace()),
    "punctuation_merged": lambda texts: characters(
        texts, None, P.Sequence([P.Split(Regex(r"\s+"), "removed"), P.Punctuation("merged_with_previous"),
                                 P.Digits(individual_digits=False)])),
    "punctuation_next": lambda texts: characters(
        texts, None, P.Sequence([P.Punctuation("merged_with_next"), P.Split("e", "contiguous")])),
    "added": lambda texts: with_added(
        with_normalizer(codebert(texts), N.Lowercase()), AddedToken("new word", single_word=True),
        AddedToken("CAMELcase", normalized=True), AddedToken("HTTP", normalized=False, rstrip=True), AddedToken("//")),
}


def with_normalizer(tokenizer, normalizer):
    tokenizer.normalizer = normalizer
    return tokenizer
