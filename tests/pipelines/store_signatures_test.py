"""What is signed is signed as the vendors' own libraries sign it: botocore, and Google's."""

import datetime
import hashlib
import http.server
import json
import random
import subprocess
import threading
import urllib.parse
import urllib.request

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from google.cloud.storage import _signing
from google.oauth2 import service_account
from object_stores import gs, run  # noqa: F401

ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token/with+odd=letters"
ODD = "abcXYZ019-_.~ !\"#$%&'()*+,/:;<=>?@[\\]^`{|}äß€😀"


def odd_names(count):
    chance = random.Random(20260102)
    names = ["".join(chance.choice(ODD) for _ in range(chance.randint(1, 40))) for _ in range(count)]
    return [name for name in dict.fromkeys(names) if name not in (".", "..")]


def signature_of(request, scope, time):
    """What botocore makes of a request with these headers at that time."""
    region = scope.split("/")[2]
    auth = S3SigV4Auth(Credentials(ID, SECRET, TOKEN), "s3", region)
    request.context["timestamp"] = time
    return auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)


class Bucket(http.server.ThreadingHTTPServer):
    """Objects in memory; counts the requests whose signature is botocore's, and keeps the others."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects, self.signed, self.wrong = {}, 0, []

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def verify(self):
        fields = dict(part.strip().split("=", 1)
                      for part in self.headers["Authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(","))
        names = fields["SignedHeaders"].split(";")
        request = AWSRequest(self.command, f"http://{self.headers['Host']}{self.path}",
                             headers={name: self.headers[name] for name in names if name != "host"})
        expected = signature_of(request, fields["Credential"], self.headers["x-amz-date"])
        needed = {"host", *(name.lower() for name in self.headers if name.lower().startswith("x-amz-"))}
        if fields["Signature"] == expected and needed <= set(names):
            self.server.signed += 1
        else:
            self.server.wrong.append((self.command, self.path, fields))

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_request(self):
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.verify()
        path, _, query = self.path.partition("?")
        objects = self.server.objects
        if self.command == "PUT":
            source = self.headers.get("x-amz-copy-source")
            objects[path] = objects[source] if source else sent
            return self.answer(200, b"<CopyObjectResult/>" if source else b"")
        if self.command == "POST":
            return self.answer(200, b"<DeleteResult/>")
        if "list-type" in query:
            return self.answer(200, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
        if path not in objects:
            return self.answer(404)
        body, tag = objects[path], '"' + hashlib.md5(objects[path]).hexdigest() + '"'
        asked = self.headers.get("Range")
        if self.command == "HEAD" or not asked:
            return self.answer(200, body, ETag=tag, Content_Length=str(len(body)))
        first, last = asked.removeprefix("bytes=").split("-")
        part = body[int(first):int(last) + 1]
        return self.answer(206, part, ETag=tag,
                           Content_Range=f"bytes {first}-{int(first) + len(part) - 1}/{len(body)}")

    do_GET = do_HEAD = do_PUT = do_POST = handle_request


def test_requests_are_signed_as_botocore_signs_them(tideway):
    (tideway.folder / "names.json").write_text(json.dumps(odd_names(40)))
    with Bucket() as bucket:
        env = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN,
               "AWS_REGION": "eu-north-1", "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{bucket.server_address[1]}"}
        run(tideway, env, """
            local bucket = tw.store.open "s3://bucket"
            local file = assert(io.open "names.json")
            for _, name in ipairs(tw.json.decode(file:read "*a")) do
              bucket:put(name, "text of " .. name, { content_type = "text/plain;  charset=utf-8" })
              assert(bucket:get(name) == "text of " .. name)
              assert(bucket:get(name, { first = 2, size = 4 }) == "xt o")
              bucket:list(name, { delimiter = name:sub(1, 1) })
              bucket:copy(name, name .. "+copy")
              bucket:delete { name }
            end""")
        assert bucket.wrong == [] and bucket.signed >= 200, (bucket.signed, bucket.wrong[:3])


def test_addresses_are_signed_as_botocore_signs_them(tideway):
    names = odd_names(60)
    (tideway.folder / "names.json").write_text(json.dumps(names))
    env = {"AWS_ACCESS_KEY_ID": ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": TOKEN,
           "AWS_REGION": "eu-north-1"}
    run(tideway, env, """
        local bucket, urls = tw.store.open "s3://bucket", {}
        local file = assert(io.open "names.json")
        for i, name in ipairs(tw.json.decode(file:read "*a")) do
          urls[i] = bucket:presign(name, { method = i % 2 == 0 and "PUT" or "GET", expires_s = i * 100 })
        end
        assert(io.open("urls.json", "w")):write(tw.json.encode(urls))""")
    urls = json.loads((tideway.folder / "urls.json").read_text())
    for i, (name, url) in enumerate(zip(names, urls, strict=True), 1):
        unsigned, _, signature = url.partition("&X-Amz-Signature=")
        query = dict(urllib.parse.parse_qsl(unsigned.split("?")[1]))
        assert urllib.parse.unquote(urllib.parse.urlsplit(url.replace("#", "%23")).path) == "/" + name
        assert query["X-Amz-Expires"] == str(i * 100) and query["X-Amz-Security-Token"] == TOKEN
        request = AWSRequest("PUT" if i % 2 == 0 else "GET", unsigned)
        request.context["timestamp"] = query["X-Amz-Date"]
        auth = S3SigV4QueryAuth(Credentials(ID, SECRET, TOKEN), "s3", "eu-north-1")
        assert signature == auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request), name


@pytest.fixture
def account(tmp_path):
    """The key file of a service account that nobody has."""
    key = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True).stdout
    path = tmp_path / "account.json"
    path.write_text(json.dumps({
        "type": "service_account", "client_email": "robot@project.iam.gserviceaccount.com", "private_key": key,
        "private_key_id": "1", "token_uri": "https://oauth2.googleapis.com/token"}))
    return path


def test_addresses_of_google_are_signed_as_its_own_library_signs_them(tideway, account):
    credentials = service_account.Credentials.from_service_account_file(account)
    for i, name in enumerate(odd_names(12), 1):
        method = "PUT" if i % 2 == 0 else "GET"
        done = tideway("store", "presign", f"gs://bucket/{name}", "--method", method, "--expires", i * 100,
                       env={"GOOGLE_APPLICATION_CREDENTIALS": account})
        assert done.code == 0, done.err
        url = done.out.rstrip("\n")
        query = dict(urllib.parse.parse_qsl(url.split("?")[1]))
        expected = _signing.generate_signed_url_v4(
            credentials, "/bucket/" + urllib.parse.quote(name, safe="/~"), datetime.timedelta(seconds=i * 100),
            method=method, _request_timestamp=query["X-Goog-Date"])
        assert url == expected, name


def test_a_signed_address_of_google_fetches_without_a_token(tideway, gs, account):  # noqa: F811
    env = {**gs, "GOOGLE_APPLICATION_CREDENTIALS": account}
    (tideway.folder / "x").write_text("hello")
    for words in (("mb", "gs://signed"), ("put", "x", "gs://signed/a b"), ("presign", "gs://signed/a b")):
        done = tideway("store", *words, env=env)
        assert done.code == 0, done.err
    with urllib.request.urlopen(done.out.strip()) as answer:
        assert answer.read() == b"hello"


@pytest.mark.parametrize("content", [None, '{"type": "authorized_user"}', "no json", '{"type": "service_account"}'])
def test_only_a_service_accounts_key_signs(tideway, content):
    env = {"HOME": str(tideway.folder)}
    if content:
        (tideway.folder / "key.json").write_text(content)
        env["GOOGLE_APPLICATION_CREDENTIALS"] = str(tideway.folder / "key.json")
    done = tideway("store", "presign", "gs://bucket/a", env=env)
    assert done.code == 4 and "service account" in done.err and "Traceback" not in done.err
