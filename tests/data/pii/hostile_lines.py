"""Lines without personal data or secrets that look like some; each family looks like another kind."""

import base64
import string

import values
from values import ALNUM, HEX, pick


def luhn_id(random):
    """A number of 16 digits that is no card, though its check digit is right."""
    body = random.choice("456") + pick(random, string.digits, 14)
    return body + values.luhn_digit(body)


def plain(name):
    return values.PLAIN[name]


def dotted(random, low, high, parts=4):
    return ".".join(str(random.randint(low, high)) for _ in range(parts))


NAMES = "x y w q k v h A B W X attn grad out weights kernel mask query key hidden gate".split()
ATTRIBUTES = "T mT H t() transpose(-1, -2) to(device) weight mean() id is_leaf in_features name cat(y) me it".split()
PACKAGES = "react lodash left-pad numpy@foo core-js vite eslint-config foo bar typescript".replace("@foo", "").split()
WORDS = "user item order batch layer index cache primary sort partition public foreign".split()

FAMILIES = {
    "git": lambda r: r.choice(
        [
            f"commit {plain('hash')(r)}",
            f"index {pick(r, HEX, 7)}..{pick(r, HEX, 7)} 100644",
            f"pinned = \"{plain('hash')(r)}\"",
            f"Merge {pick(r, HEX, 12)} into {pick(r, HEX, 12)}",
            f"@@ -{r.randint(1, 900)},{r.randint(1, 40)} +{r.randint(1, 900)},{r.randint(1, 40)} @@ int main()",
        ]
    ),
    "sha256": lambda r: f"{plain('sha256')(r)}  {r.choice(PACKAGES)}-{plain('version')(r)}.tar.gz",
    "integrity": lambda r: f'"integrity": "sha512-{base64.b64encode(r.randbytes(64)).decode()}"',
    "image": lambda r: f"FROM registry.io/{r.choice(PACKAGES)}@sha256:{plain('sha256')(r)}",
    "uuid": lambda r: r.choice(['id = "%s"', "uuid: %s", "/orders/%s/items", "request %s done"]) % plain("uuid")(r),
    "uuid_digits": lambda r: "-".join(pick(r, string.digits, n) for n in (8, 4, 4, 4, 12)),
    "version4": lambda r: r.choice(
        [
            "version %s",
            "v%s released",
            "Version=%s, Culture=neutral",
            "foo-%s.jar",
            "pkg==%s",
            "compile 'a:b:%s'",
            '"version": "%s"',
            "Firefox/%s",
            "<version>%s</version>",
            "lib.so.%s",
            "foo_%s_amd64.deb",
            ">=%s,<9",
            "ver. %s beta",
            "release %s",
            '[assembly: AssemblyVersion("%s")]',
            "set(FOO_VERSION %s)",
            "up to driver version %s",
        ]
    )
    % dotted(r, 0, 60),
    "version3": lambda r: r.choice(["v%s", "python_requires='>=%s'", "## %s", "^%s", "go %s"]) % plain("version")(r),
    "section": lambda r: f"{r.choice(['Section', 'see chapter', 'Table', 'clause', 'Figure'])} {dotted(r, 1, 19)}",
    "oid": lambda r: r.choice(
        [
            f"1.3.6.1.4.1.{r.randint(1, 60000)}.{r.randint(1, 9)}",
            f"OID 2.5.4.{r.randint(3, 20)} commonName",
            f"id-ce = 2.5.29.{r.randint(9, 60)}",
            f"1.2.840.113549.1.1.{r.randint(1, 14)}",
            "iso.org.dod.internet = 1.3.6.1",
        ]
    ),
    "private_ip": lambda r: r.choice(["bind %s:8080", "host = '%s'", "ping %s", "http://%s/"])
    % r.choice(
        [
            plain("private_ip")(r),
            f"192.168.{r.randint(0, 255)}.{r.randint(1, 254)}",
            f"172.{r.randint(16, 31)}.0.{r.randint(1, 9)}",
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.0",
            "169.254.169.254",
            "224.0.0.251",
            f"192.0.2.{r.randint(1, 254)}",
            f"198.51.100.{r.randint(1, 254)}",
            f"203.0.113.{r.randint(1, 254)}",
            f"100.64.{r.randint(0, 99)}.7",
        ]
    ),
    "not_ip": lambda r: r.choice(
        [
            f"{r.randint(256, 999)}.{dotted(r, 0, 255, 3)}",
            dotted(r, 1, 255, 5),
            f"{dotted(r, 1, 255)}.",
            f"0{r.randint(10, 99)}.0{r.randint(10, 99)}.012.001",
        ][:2]
        + [f"x = {dotted(r, 100, 255, 2)}"]
    ),
    "private_ipv6": lambda r: r.choice(
        [
            "::1",
            "fe80::1%eth0",
            f"fd{pick(r, HEX, 2)}::{pick(r, HEX, 3)}",
            "ff02::fb",
            "[::]:80",
            f"2001:db8::{pick(r, HEX, 4)}",
            "::ffff:10.1.2.3",
            "fc00::/7",
        ]
    ),
    "scope": lambda r: r.choice(
        ["std::%s", "::%s", "abc::%s(fee::bad)", "dead::beef::%s", "face::%s::add", "a::b<%s>", "crate::%s::de"]
    )
    % r.choice(["move(x)", "cafe", "decade", "bad", "ace", "fade", "dec", "hex"]),
    "mac": lambda r: ":".join(pick(r, HEX, 2) for _ in range(r.choice([6, 8, 16, 20]))),
    "clock": lambda r: r.choice(
        [
            f"{plain('time')(r)}.{pick(r, string.digits, 6)}",
            f"00:{plain('time')(r)},{pick(r, string.digits, 3)} --> 00:01:02",
            f"{plain('date')(r)}T{plain('time')(r)}Z",
            f"[{plain('date')(r)} {plain('time')(r)}.{pick(r, string.digits, 9)}]",
        ]
    ),
    "epoch": lambda r: r.choice(["ts=%s", '"created": %s,', "%s", "sleep until %s000", "%s.123456"])
    % plain("epoch")(r),
    "ratio": lambda r: f"aspect {r.randint(1, 32)}:{r.randint(1, 32)} cc:dd:{pick(r, HEX, 4)}::",
    "id16": lambda r: r.choice(
        ['"id": %s,', "order %s", "serial %s", "id=%s&x=1", "tweet/%s", "%sL", "user %s joined", "0x%s"]
    )
    % plain("id16")(r),
    "id16_luhn": lambda r: r.choice(
        ['"id": %s,', "order %s shipped", "0.%s", "%sULL", "tx_%s", '"%s"', "return %s;", "/p/%s/"]
    )
    % luhn_id(r),
    "long_number": lambda r: pick(r, string.digits, r.randint(20, 60)),
    "iban": lambda r: f"IBAN DE{pick(r, string.digits, 2)} "
    + " ".join(pick(r, string.digits, 4) for _ in range(4))
    + " 00",
    "licence_key": lambda r: "-".join(pick(r, string.ascii_uppercase + string.digits, 5) for _ in range(5)),
    "decimal": lambda r: r.choice(["%s", "x = %s", "[%s,", "mean=%s"])
    % f"{r.uniform(-1000, 1000):.{r.randint(8, 17)}f}",
    "exponent": lambda r: f"{r.uniform(1, 9.9):.15f}e{r.choice('+-')}{r.randint(1, 30):02}",
    "coordinates": lambda r: r.choice(
        [
            f"@{r.uniform(-90, 90):.4f},{r.randint(60, 99)}",
            "@28.6139,77",
            f"https://maps.example.com/@{r.uniform(-90, 90):.7f},{r.uniform(-180, 180):.7f},15z",
            f"POINT({r.uniform(-180, 180):.6f} {r.uniform(-90, 90):.6f})",
            f"+{r.uniform(10, 90):.4f}, -{r.uniform(10, 170):.4f}",
        ]
    ),
    "hexdump": lambda r: f"{r.randint(0, 0xfffff):08x}: "
    + " ".join(pick(r, r.choice([HEX, "23456"]), 4) for _ in range(8))
    + "  ................",
    "hexdump2": lambda r: f"{r.randint(0, 0xfffff):08x}  "
    + " ".join(pick(r, string.digits[2:7], 2) for _ in range(16)),
    "data_uri": lambda r: f"url(data:image/png;base64,iVBORw0KGgo{base64.b64encode(r.randbytes(90)).decode()})",
    "source_map": lambda r: "//# sourceMappingURL=data:application/json;base64,eyJ2ZXJzaW9uIjozLCJz"
    + base64.b64encode(r.randbytes(60)).decode(),
    "colour": lambda r: f"color: #{pick(r, HEX, 6)}; background: rgba({r.randint(0, 255)}, 9, 90, 0.5);",
    "isbn": lambda r: r.choice(
        [
            "ISBN 978-3-16-148410-0",
            f"ISBN-10 0-{pick(r, string.digits, 3)}-{pick(r, string.digits, 5)}-X",
            f"isbn:978{pick(r, string.digits, 10)}",
            f"ISSN {pick(r, string.digits, 4)}-{pick(r, string.digits, 4)}",
            f"doi:10.{pick(r, string.digits, 4)}/{pick(r, string.digits, 7)}.{pick(r, string.digits, 7)}",
            f"arXiv:{r.randint(1, 26):02}{r.randint(1, 12):02}.{pick(r, string.digits, 5)}",
        ]
    ),
    "order_number": lambda r: r.choice(
        ["Order %s", "part no. %s", "SKU %s", "invoice %s", "catalog number %s", "ticket #%s", "PO %s"]
    )
    % f"{r.randint(100, 899)}-{r.randint(10, 99)}-{r.randint(1000, 9999)}",
    "part_number": lambda r: r.choice(["part %s", "SKU: %s", "model %s", "order no. %s", "item %s", "serial %s"])
    % f"{r.choice(values.AREAS)}-{r.randint(220, 899)}-{r.randint(1000, 9999)}",
    "range": lambda r: r.choice(
        [
            f"pages {r.randint(100, 400)}-{r.randint(401, 999)}",
            f"{r.randint(1900, 1999)}-{r.randint(2000, 2026)}",
            f"lines {r.randint(1, 9)}-{r.randint(10, 99)}-{r.randint(100, 999)}",
            f"{plain('date')(r)}-{plain('date')(r)}",
            f"shape ({r.choice([64, 256, 512])}, {r.choice([256, 512, 768])}, 1024)",
            "Linear 256-512-1024",
        ]
    ),
    "arithmetic": lambda r: r.choice(
        [
            f"x+{pick(r, string.digits, 10)}",
            f"a = b +{r.randint(10**9, 10**10)}",
            f"({r.randint(200, 999)}) - {r.randint(100, 999)}",
            f"+{r.randint(1, 9999)} -{r.randint(1, 9999)}",
            f"f({r.randint(200, 999)})({r.randint(200, 999)})",
            f"{r.randint(200, 999)} {r.randint(200, 999)} {r.randint(1000, 9999)}",
            f"{r.randint(10**9, 10**10 - 1)}",
            f"offset +{pick(r, '123456789', 11)}",
        ]
    ),
    "bad_ssn": lambda r: r.choice(
        [
            "000-12-3456",
            f"9{pick(r, string.digits, 2)}-45-6789",
            "666-12-3456",
            f"{r.randint(100, 899)}-00-1234",
            f"{r.randint(100, 899)}-45-0000",
            f"{pick(r, string.digits, 9)}",
            f"1{pick(r, string.digits, 3)}-45-6789",
            f"{r.randint(100, 899)}-45-6789-{r.randint(1, 9)}",
            f"{r.randint(100, 899)} 45 6789",
        ]
    ),
    "fiction": lambda r: f"({r.choice(values.AREAS)}) 555-01{pick(r, string.digits, 2)}",
    "matmul": lambda r: r.choice(["y = ", "return ", ""])
    + f"{r.choice(NAMES)}{r.choice(['@', ' @ '])}{r.choice(NAMES)}.{r.choice(ATTRIBUTES)}",
    "pins": lambda r: r.choice(
        [
            "npm i %s@%s",
            '"%s@npm:%s"',
            "yarn add %s@^%s",
            "%s@%s:",
            "go get golang.org/x/%s@v%s",
            "uses: actions/%s@v%s",
            "foo@1.2.3 %s %s",
        ]
    )
    % (r.choice(PACKAGES), plain("version")(r)),
    "scoped": lambda r: "import { a } from "
    + f"\"@{r.choice(WORDS)}/{r.choice(PACKAGES)}.{r.choice(['js', 'io', 'com'])}\";",
    "decorator": lambda r: r.choice(
        [
            '@app.route("/%s.%s")',
            "@%s.%s",
            "@pytest.mark.%s.%s",
            "    @property  # %s.%s",
            '@RequestMapping("/%s.%s")',
            "{@link %s.%s#of}",
            "@see java.%s.%s",
            "@%s.setter  # %s",
            '@import url("%s.%s");',
            "@%s.me # %s",
        ]
    )
    % (r.choice(WORDS), r.choice(["com", "io", "net", "app", "name", "info"])),
    "ssh": lambda r: r.choice(
        [
            "git@github.com:%s/%s.git",
            "git clone git@gitlab.com:%s/%s",
            "ssh://git@bitbucket.org/%s/%s.git",
            "git+ssh://git@github.com/%s/%s",
            "scp root@build-01:/srv/%s/%s .",
            "deploy@web1.internal.net:/var/%s/%s",
        ]
    )
    % (r.choice(WORDS), r.choice(PACKAGES)),
    "prompt": lambda r: r.choice(
        ["root@web-%s:~# ls", "postgres@localhost/%s", "dev@machine%s:/tmp$ make", "user@host%s", "admin@127.0.0.1:%s"]
    )
    % r.randint(1, 99),
    "format": lambda r: r.choice(
        [
            '"%s@example.com" % name',
            'f"{user}@{domain}.com"',
            "`${name}@${host}`",
            "'user%d@mail.com' % i",
            r"re.compile(r'[\w.]+@[\w.]+\.com')",
            r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
            '"@example.com"',
            "<user>@<host>.com",
            "name@.com",
            "a@b",
            "foo@bar",
            "first.last@",
            "@company.com only",
            "{0}@test.org",
        ]
    ),
    "symbol": lambda r: r.choice(
        [
            "memcpy@GLIBC_2.%s",
            "printf@@GLIBC_2.%s",
            "call foo@plt+0x%s",
            "getty@tty%s.service",
            "icon@%sx.png",
            "logo@%sx.webp",
            "user@%s.service",
            "bar@0x%s.so",
        ]
    )
    % r.randint(1, 40),
    "placeholder": lambda r: r.choice(
        [
            'password = "changeme"',
            'api_key = "YOUR_API_KEY"',
            'token = "<your-token-here>"',
            "password: ${DB_PASSWORD}",
            'secret = os.environ["SECRET"]',
            "token = get_token(user)",
            'password = "password123"',
            'api_key: "xxxxxxxxxxxxxxxxxxxx"',
            'secret="********"',
            "PASSWORD={{ vault_password }}",
            'auth_token = "insert-token-here"',
            "password=$(cat file)",
            "apiKey: process.env.API_KEY,",
            'token = "test-token"',
            'secret = "0000000000000000"',
            'password = ""',
            "password = None",
            'API_KEY = "sk-..."',
            'token = "example_token_value"',
            "token: !secret wifi_token",
            'secret_key = "this-is-not-a-secret"',
            'clientSecret = "replace_me_please"',
            'password = "abc123"',
        ]
    ),
    "secret_words": lambda r: r.choice(
        [
            'token_type = "bearer_refresh_only"',
            f'cache_key = "{plain("sha256")(r)}"',
            f'primary_key = "{r.choice(WORDS)}_id"',
            'password_hasher = "pbkdf2_sha256_rounds"',
            'tokenizer = "bert-base-uncased"',
            f"max_tokens = {r.randint(100, 9999)}",
            f'"next_page_token": null, "n": {r.randint(1, 99)}',
            'pad_token = "<|endoftext|>"',
            "secrets.token_hex(32)",
            'passwordField = "input#password-field"',
            'token = "refresh_token_expired_error"',
            "if token == '}' or token == '{':",
            f'key = "{plain("uuid")(r)}"',
            "private_key_path: /etc/ssl/private/site.pem",
            'secret_name = "prod/db/postgres-main"',
            'password_reset_url = "https://a.example.com/reset/password"',
            "tokens = tokenizer.encode(text)[:512]",
            'sort_key = "created_at_desc_nulls_last"',
            'EOS_TOKEN: "<eos>"',
            "token = token.next.next_sibling()",
            'public_key = "keys/public-2024-01.pem"',
            f'"commit_token_id": "{plain("hash")(r)}"',
            "secretAccessKey: credentials.secretAccessKey,",
            "password = request.form['password']",
        ]
    ),
    "pem": lambda r: r.choice(
        [
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            'if line == "-----BEGIN RSA PRIVATE KEY-----":',
            "grep -q 'BEGIN PRIVATE KEY' file",
            '"-----BEGIN PRIVATE KEY-----\\n...\\n-----END PRIVATE KEY-----"',
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC" + pick(r, ALNUM, 60),
            "-----END PRIVATE KEY-----",
            'const kHeader = "-----BEGIN EC PRIVATE KEY-----";',
        ]
    ),
    "jwt": lambda r: r.choice(
        [
            "eyJhbGciOiJIUzI1NiJ9",
            f"eyJ{pick(r, ALNUM, 40)}",
            "token.split('.')",
            f"eyJ.eyJ.{pick(r, ALNUM, 4)}",
            "header.payload.signature",
            f"heyJ{pick(r, ALNUM, 20)}.{pick(r, ALNUM, 20)}.{pick(r, ALNUM, 20)}",
        ]
    ),
    "token_like": lambda r: r.choice(
        [
            f"sk-{r.choice(WORDS)}-{r.choice(WORDS)}-theme",
            f"ghp_{r.choice(WORDS)}",
            f"AKIA{r.choice(WORDS)}",
            f"task-{pick(r, HEX, 32)}",
            f"hf_{r.choice(WORDS)}_loader",
            f"npm_config_{r.choice(WORDS)}",
            "AKIAIOSFODNN7EXAMPLE",
            f"XAKIA{pick(r, string.ascii_uppercase, 16)}2",
            f"{pick(r, HEX, 20)}AIza{pick(r, HEX, 30)}",
            f"MASK{pick(r, HEX, 32)}",
            f"disk-{pick(r, ALNUM, 24)}",
            f"monkey-{pick(r, HEX, 32)}",
            "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
            f"glpat-{r.choice(WORDS)}",
            f"SG.{r.choice(WORDS)}.{r.choice(WORDS)}",
            "xoxb-your-token",
        ]
    ),
    "url": lambda r: r.choice(
        [
            "http://user:password@host/",
            "https://username:pass@proxy.example.com:8080",
            "postgres://app:${PW}@db/app",
            "redis://localhost:6379/0",
            "mysql://root:@localhost/x",
            "https://a.example.com/x:y@z",
            "s3://bucket/key:1@2",
            "https://medium.com/@first.last/post-%d" % r.randint(1, 99),
            "jdbc:mysql://localhost:3306/db",
            "Server=localhost;Trusted_Connection=True;",
            "amqp://guest:guest@localhost:5672/",
            "http://[user]:[pass]@host/",
            "ftp://ftp@ftp.gnu.org/gnu",
            "mongodb://<user>:<password>@cluster0.mongodb.net",
            "postgresql://%s:%s@%s/%s",
            "https://www.youtube.com/@channel.name",
            "https://{}:{}@github.com/x",
            "socks5://127.0.0.1:9050",
        ]
    ),
    "base64": lambda r: base64.b64encode(r.randbytes(r.randint(30, 90))).decode(),
    "minified": lambda r: f"function {pick(r, string.ascii_lowercase, 1)}(t,e)"
    + f"{{return t[{r.randint(1, 999)}]^e>>{r.randint(1, 31)}|{r.randint(10**8, 10**9)}}}",
    "table": lambda r: ", ".join(str(r.randint(0, 255)) for _ in range(16)) + ",",
    "hex_table": lambda r: ", ".join(f"0x{r.randint(0, 2**32 - 1):08x}" for _ in range(6)) + ",",
    "matrix": lambda r: " ".join(f"{r.randint(1000, 9999)}" for _ in range(r.choice([3, 5, 6, 8]))),
    "assembly": lambda r: f"{r.randint(0x400000, 0x4fffff):x}:\t{pick(r, HEX, 2)} {pick(r, HEX, 2)} "
    + f"{pick(r, string.digits, 2)}\tmov %rax,0x{pick(r, HEX, 4)}(%rip)",
    "svg": lambda r: '<path d="M'
    + " ".join(f"{r.uniform(0, 512):.3f},{r.uniform(0, 512):.3f}" for _ in range(8))
    + 'z"/>',
    "phone_words": lambda r: r.choice(
        [
            f"phone column is VARCHAR({r.randint(10, 255)})",
            f"call #{r.randint(1, 9999)} took {r.randint(1, 900)} ms",
            f"tel aviv {r.randint(1900, 2026)}",
            f"contact_id = {r.randint(1, 99999)}",
            f"mobile-first since {r.randint(1, 9)}.{r.randint(0, 9)}.{r.randint(0, 9)}",
            f"cell ({r.randint(1, 99)}, {r.randint(1, 99)})",
            f"syscall {r.randint(100, 500)}",
            f"number {r.randint(1000, 99999)} of {r.randint(10**5, 10**6)}",
        ]
    ),
    "card_words": lambda r: r.choice(
        [
            f"card {r.randint(1, 52)} of 52",
            f"visa_status = {r.randint(1, 9)}",
            f"discard {r.randint(10**8, 10**9)} bytes",
            "card ****",
            f"credit: {r.randint(1, 10**6)}.00",
            f"cardinality {r.randint(10**5, 10**12)}",
            f"card_id: {plain('uuid')(r)}",
        ]
    ),
    "ssn_words": lambda r: r.choice(
        [
            f"ssn VARCHAR({r.randint(9, 11)})",
            "ssn: XXX-XX-XXXX",
            "ssn = '***-**-1234'",
            f"session {pick(r, string.digits, 9)}",
            f"lesson {r.randint(1, 99)}-{r.randint(1, 99)}",
            f"social graph with {r.randint(10**8, 10**9 - 1)} edges",
        ]
    ),
}

PER_FAMILY = 50
