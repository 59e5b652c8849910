"""Made-up values of every kind, valid in form, from a seeded random.Random."""

import base64
import json
import string

FIRST = (
    "Ana Priya Lars Mei Omar Chloe Diego Fatima Hugo Ines Jonas Kavya Luca Maya Nikolai Olga Pedro Quinn Rosa Sunil "
    "Tara Umut Vera Wanjiru Xavier Yuki Zane Bishnu Elif Gita"
).split()
LAST = (
    "Adeyemi Bauer Chen Dahl Eriksen Fischer Gurung Haddad Ivanov Joshi Kowalski Lindqvist Moreau Nakamura Okafor "
    "Pereira Quist Rana Shrestha Tamang Ueda Vargas Weber Xu Yilmaz Zhang Thapa Novak Ricci Silva"
).split()
SITES = (
    "riverbend-clinic brightwater northfold quillstone harborline oakmere silverpine redfern bluekite tallgrass "
    "lowmoor copperleaf windmere stonebrook ashgrove fairlight"
).split()
ENDINGS = "com org net io de fr co.uk com.np ca se info dev gov edu com.au in jp it ch tech".split()
RESERVED = "example.com example.org example.net mail.example.com".split()
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def pick(random, letters, size):
    return "".join(random.choice(letters) for _ in range(size))


def email(random):
    first, last = random.choice(FIRST).lower(), random.choice(LAST).lower()
    local = random.choice(
        [
            f"{first}.{last}",
            f"{first[0]}{last}",
            f"{first}_{last}",
            f"{first}{random.randint(1, 99)}",
            f"{first}.{last}+{random.choice(['news', 'shop', 'ci'])}",
            f"{last}-{first}",
            first,
            f"{first}.{last[0]}",
            f"{first[0]}.{last}{random.randint(70, 99)}",
        ]
    )
    site = random.choice(SITES)
    host = random.choice(
        [f"{site}.{random.choice(ENDINGS)}"] * 6
        + [
            f"mail.{site}.{random.choice(ENDINGS)}",
            f"{random.choice(['eu', 'corp'])}.{site}.com",
            f"{site}{random.randint(2, 40)}.{random.choice(ENDINGS)}",
            random.choice(RESERVED),
        ]
    )
    address = f"{local}@{host}"
    return random.choice([address] * 12 + [address.upper(), f"{first.capitalize()}.{last.capitalize()}@{host}"])


def is_public(a, b, c):
    return not (
        a in (0, 10, 127)
        or a >= 224
        or (a, b) in ((169, 254), (192, 168))
        or (a == 172 and 16 <= b < 32)
        or (a == 100 and 64 <= b < 128)
        or (a == 198 and b in (18, 19))
        or (a, b) == (192, 0)
        or (a, b) == (192, 88)
        or (a, b, c) in ((198, 51, 100), (203, 0, 113))
    )


def ipv4(random):
    while True:
        parts = [random.randint(1, 223)] + [random.randint(0, 255) for _ in range(3)]
        if is_public(*parts[:3]) and max(parts) > 31:
            return ".".join(map(str, parts))


def ipv6(random):
    head = random.choice(["2600", "2a02", "2a01", "2400", "2c0f", "2804", "2607", "2a00"])
    words = [head] + [format(random.randint(1, 0xFFFF), "x") for _ in range(7)]
    form = random.randint(0, 3)
    if form == 0:
        text = ":".join(words)
    elif form == 1:
        text = ":".join(words[: random.randint(2, 4)]) + "::" + words[7]
    elif form == 2:
        text = ":".join(words[:3]) + "::" + ":".join(words[5:])
    else:
        text = ":".join(word.zfill(4) for word in words)
    return random.choice([text] * 5 + [text.upper()])


def ssn_digits(random):
    area = random.choice([n for n in range(1, 900) if n not in (0, 666)])
    return f"{area:03}", f"{random.randint(1, 99):02}", f"{random.randint(1, 9999):04}"


def ssn(random):
    return "-".join(ssn_digits(random))


def ssn_spaced(random):
    return " ".join(ssn_digits(random))


def ssn_bare(random):
    return "".join(ssn_digits(random))


def luhn_digit(body):
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


ISSUERS = (
    [(lambda r: "4", 16)] * 4
    + [(lambda r: str(r.randint(51, 55)), 16)] * 3
    + [
        (lambda r: str(r.randint(2221, 2720)), 16),
        (lambda r: r.choice(["34", "37"]), 15),
        (lambda r: r.choice(["34", "37"]), 15),
        (lambda r: r.choice(["6011", "65"]), 16),
        (lambda r: "36", 14),
        (lambda r: str(r.randint(3528, 3589)), 16),
    ]
)


def card_bare(random):
    prefix, size = random.choice(ISSUERS)
    body = prefix(random)
    body += pick(random, string.digits, size - len(body) - 1)
    return body + luhn_digit(body)


def card(random):
    digits = card_bare(random)
    groups = {16: (4, 4, 4, 4), 15: (4, 6, 5), 14: (4, 6, 4)}[len(digits)]
    parts, start = [], 0
    for size in groups:
        parts.append(digits[start : start + size])
        start += size
    return random.choice(["-", " ", " "]).join(parts)


AREAS = [205, 212, 213, 303, 305, 312, 404, 415, 503, 512, 602, 617, 646, 702, 713, 786, 808, 917, 416, 604]


def nanp(random):
    exchange = random.choice([n for n in range(210, 999) if n % 100 != 11 and n != 555])
    return str(random.choice(AREAS)), str(exchange), f"{random.randint(200, 9989):04}"


def phone(random):
    """Forms that say by themselves what they are."""
    a, b, c = nanp(random)
    d = lambda n: pick(random, string.digits, n)
    return random.choice(
        [
            f"({a}) {b}-{c}",
            f"({a}) {b}-{c}",
            f"{a}-{b}-{c}",
            f"{a}-{b}-{c}",
            f"+1 {a} {b} {c}",
            f"+1-{a}-{b}-{c}",
            f"+1 ({a}) {b}-{c}",
            f"+1{a}{b}{c}",
            f"1-{a}-{b}-{c}",
            f"+44 20 7{d(3)} {d(4)}",
            f"+44 7{d(3)} {d(6)}",
            f"+447{d(9)}",
            f"+44 (0)20 7{d(3)} {d(4)}",
            f"+49 30 {random.randint(2, 9)}{d(6)}",
            f"+49 151 {random.randint(2, 9)}{d(7)}",
            f"+49-89-{random.randint(2, 9)}{d(5)}",
            f"+33 6 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"+33 1 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"+91 98{d(3)} {d(5)}",
            f"+9198{d(8)}",
            f"+91-98{d(8)}",
            f"+977 98{random.choice('0145')}{d(7)}",
            f"+977-1-4{d(6)}",
            f"+61 4{d(2)} {d(3)} {d(3)}",
            f"+81 90-{d(4)}-{d(4)}",
            f"+86 13{d(1)} {d(4)} {d(4)}",
            f"+55 11 9{d(4)}-{d(4)}",
            f"+34 6{d(2)} {d(3)} {d(3)}",
            f"+39 02 {random.randint(2, 9)}{d(3)} {d(4)}",
            f"+46 70 {d(3)} {d(2)} {d(2)}",
            f"+971 50 {d(3)} {d(4)}",
            f"+27 82 {d(3)} {d(4)}",
            f"+52 55 {d(4)} {d(4)}",
            f"+31 6 {random.randint(1, 5)}{d(7)}",
        ]
    )


def phone_national(random):
    """Forms that need a word beside them."""
    a, b, c = nanp(random)
    d = lambda n: pick(random, string.digits, n)
    return random.choice(
        [
            f"{a}{b}{c}",
            f"{a}.{b}.{c}",
            f"{a} {b} {c}",
            f"020 7{d(3)} {d(4)}",
            f"07{d(3)} {d(6)}",
            f"98{d(3)} {d(5)}",
            f"98{d(8)}",
            f"06 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"030 {random.randint(2, 9)}{d(6)}",
            f"01-4{d(6)}",
            f"0044 20 7{d(3)} {d(4)}",
        ]
    )


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(random):
    header = json.dumps({"alg": random.choice(["HS256", "RS256", "ES256"]), "typ": "JWT"}, separators=(",", ":"))
    claims = {
        "sub": pick(random, string.digits, 10),
        "name": f"{random.choice(FIRST)} {random.choice(LAST)}",
        "iat": random.randint(1_600_000_000, 1_800_000_000),
    }
    if random.random() < 0.5:
        claims = {"iss": f"https://{random.choice(SITES)}.com/", **claims, "scope": "read write"}
    payload = json.dumps(claims, separators=random.choice([(",", ":"), (", ", ": ")]))
    return ".".join([base64url(header.encode()), base64url(payload.encode()), base64url(random.randbytes(32))])


def api_key(random):
    r = lambda letters, size: pick(random, letters, size)
    word = ALNUM + "-_"
    upper32 = string.ascii_uppercase + "234567"
    make = random.choice(
        [
            lambda: "AKIA·" + r(upper32, 16),
            lambda: "AKIA·" + r(upper32, 16),
            lambda: "ASIA·" + r(upper32, 16),
            lambda: "ghp·_" + r(ALNUM, 36),
            lambda: "ghp·_" + r(ALNUM, 36),
            lambda: "gho·_" + r(ALNUM, 36),
            lambda: "ghs·_" + r(ALNUM, 36),
            lambda: "github·_pat_" + r(ALNUM, 22) + "_" + r(ALNUM, 59),
            lambda: "glpat·-" + r(word, 19) + r(ALNUM, 1),
            lambda: "xox·b-" + r(string.digits, 12) + "-" + r(string.digits, 13) + "-" + r(ALNUM, 24),
            lambda: "xox·p-"
            + r(string.digits, 11)
            + "-"
            + r(string.digits, 11)
            + "-"
            + r(string.digits, 12)
            + "-"
            + r(HEX, 32),
            lambda: "https://hooks.sl·ack.com/services/T" + r(upper32, 8) + "/B" + r(upper32, 8) + "/" + r(ALNUM, 24),
            lambda: "AI·za" + r(word, 34) + r(ALNUM, 1),
            lambda: "AI·za" + r(word, 34) + r(ALNUM, 1),
            lambda: "sk·_live_" + r(ALNUM, 24),
            lambda: "rk·_live_" + r(ALNUM, 24),
            lambda: "sk·_test_" + r(ALNUM, 24),
            lambda: "sk·-" + r(ALNUM, 20) + "T3BlbkFJ" + r(ALNUM, 20),
            lambda: "sk·-proj-" + r(word, 58) + "T3BlbkFJ" + r(word, 57) + r(ALNUM, 1),
            lambda: "sk·-ant-api03-" + r(word, 93) + "AA",
            lambda: "hf·_" + r(string.ascii_letters, 34),
            lambda: "npm·_" + r(ALNUM, 36),
            lambda: "pypi·-AgEIcHlwaS5vcmc" + r(word, 110) + r(ALNUM, 1),
            lambda: "SG·." + r(word, 22) + "." + r(word, 42) + r(ALNUM, 1),
            lambda: "SK·" + r(HEX, 32),
            lambda: "key·-" + r(HEX, 32),
            lambda: "dop·_v1_" + r(HEX, 64),
            lambda: r("123456789", 1) + r(string.digits, 9) + ":A·A" + r(word, 32) + r(ALNUM, 1),
            lambda: "shp·at_" + r(HEX, 32),
            lambda: "dap·i" + r(HEX, 32),
            lambda: "gl·sa_" + r(ALNUM, 32) + "_" + r(HEX, 8),
            lambda: "hv·s." + r(word, 89) + r(ALNUM, 1),
            lambda: "GOC·SPX-" + r(word, 27) + r(ALNUM, 1),
            lambda: "NR·AK-" + r(upper32, 27),
            lambda: "PM·AK-" + r(HEX, 24) + "-" + r(HEX, 34),
            lambda: "lin·_api_" + r(ALNUM, 40),
            lambda: "sq0·atp-" + r(word, 21) + r(ALNUM, 1),
        ]
    )
    return make()


def password(random):
    if random.random() < 0.3:
        words = ["Winter", "Maple", "Comet", "Harbor", "Falcon", "Tundra", "Pepper", "Nimbus"]
        return random.choice(words) + random.choice("!#$%&*?") + random.choice(words) + str(random.randint(10, 9999))
    while True:
        text = pick(random, ALNUM + "!#%&*+?@^_=~.", random.randint(10, 20))
        if (
            text[0].isalnum()
            and text[-1].isalnum()
            and all(
                any(c in letters for c in text)
                for letters in (string.ascii_lowercase, string.ascii_uppercase, string.digits)
            )
        ):
            return text


def url_password(random):
    """One that a URL can hold."""
    while True:
        text = pick(random, ALNUM + "!_-.~", random.randint(10, 20))
        if (
            text[0].isalnum()
            and text[-1].isalnum()
            and any(c.isdigit() for c in text)
            and any(c.isalpha() for c in text)
        ):
            return text


def token(random):
    """An opaque token, of no known service."""
    return random.choice(
        [
            lambda: pick(random, HEX, 32),
            lambda: pick(random, HEX, 64),
            lambda: pick(random, ALNUM, 32),
            lambda: base64.b64encode(random.randbytes(30)).decode(),
            lambda: base64url(random.randbytes(33)),
            lambda: pick(random, ALNUM, 24),
        ]
    )()


def basic(random):
    pair = f"{random.choice(FIRST).lower()}:{url_password(random)}"
    return base64.b64encode(pair.encode()).decode()


def azure_key(random):
    return base64.b64encode(random.randbytes(64)).decode()


def credentials(random):
    user = random.choice(
        [
            random.choice(FIRST).lower(),
            f"{random.choice(['app', 'svc', 'etl', 'web'])}_{random.choice(SITES)[:6]}",
            "postgres",
            "admin",
            "root",
        ]
    )
    return f"{user}:{url_password(random)}"


def pem(random):
    """The lines of a private key."""
    kind = random.choice(
        [
            "RSA PRIVATE KEY",
            "PRIVATE KEY",
            "EC PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "DSA PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
        ]
    )
    body = base64.b64encode(random.randbytes(random.randint(120, 620))).decode()
    lines = [body[i : i + 64] for i in range(0, len(body), 64)]
    return [f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"]


LABELLED = {
    "email": ("email", email),
    "ipv4": ("ipv4", ipv4),
    "ipv6": ("ipv6", ipv6),
    "ssn": ("ssn", ssn),
    "ssn_spaced": ("ssn", ssn_spaced),
    "ssn_bare": ("ssn", ssn_bare),
    "card": ("credit_card", card),
    "card_bare": ("credit_card", card_bare),
    "phone": ("phone", phone),
    "phone_national": ("phone", phone_national),
    "api_key": ("api_key", api_key),
    "jwt": ("jwt", jwt),
    "password": ("secret", password),
    "token": ("secret", token),
    "basic": ("secret", basic),
    "credentials": ("connection_string", credentials),
    "url_password": ("connection_string", url_password),
    "azure_key": ("connection_string", azure_key),
    "redis_password": ("connection_string", lambda random: ":" + url_password(random)),
    "pem": ("private_key", lambda random: "\n".join(pem(random))),
    "pem_escaped": ("private_key", lambda random: "\\n".join(pem(random))),
    "pem_java": ("private_key", lambda random: '\\n"\n      + "'.join(pem(random))),
    "pem_cpp": ("private_key", lambda random: '\\n"\n    "'.join(pem(random))),
    "pem_comment": ("private_key", lambda random: "\n# ".join(pem(random))),
}


def uuid(random):
    text = pick(random, HEX, 32)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{random.choice('89ab')}{text[17:20]}-{text[20:]}"


PLAIN = {
    "first": lambda random: random.choice(FIRST),
    "last": lambda random: random.choice(LAST),
    "site": lambda random: random.choice(SITES),
    "int": lambda random: str(random.randint(2, 99_999)),
    "small": lambda random: str(random.randint(2, 60)),
    "port": lambda random: str(random.randint(1024, 49151)),
    "price": lambda random: f"{random.randint(1, 9999)}.{random.randint(0, 99):02}",
    "date": lambda random: f"{random.randint(1998, 2026)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
    "time": lambda random: f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}",
    "version": lambda random: f"{random.randint(0, 20)}.{random.randint(0, 40)}.{random.randint(0, 30)}",
    "epoch": lambda random: str(random.randint(1_400_000_000, 1_800_000_000)),
    "uuid": uuid,
    "hash": lambda random: pick(random, HEX, 40),
    "sha256": lambda random: pick(random, HEX, 64),
    "zip": lambda random: pick(random, string.digits, 5),
    "id16": lambda random: pick(random, "123456789", 1) + pick(random, string.digits, 15),
    "private_ip": lambda random: f"10.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(1, 254)}",
    "float": lambda random: f"{random.uniform(-180, 180):.{random.randint(4, 15)}f}",
}
