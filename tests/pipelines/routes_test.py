"""Ways to a server that are not direct: proxies, and TLS under an authority of one's own."""

import base64
import contextlib
import select
import socket
import ssl
import threading
import urllib.parse

import pytest

pytestmark = pytest.mark.usefixtures("credentials_stay_home")

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
AUTHORITIES = ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
ROUTES = (*PROXIES, *map(str.lower, PROXIES), *AUTHORITIES)  # what the machine has set of them is not meant


class Forwarder:
    """Listens on a port; hands each connection to `serve`, on a thread of its own."""

    def __init__(self, serve):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.serve = serve
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.serve, args=[self.listener.accept()[0]], daemon=True).start()

    def close(self):
        self.listener.close()


def pump(one, other):
    """Moves bytes both ways until either side ends."""
    with contextlib.suppress(OSError):
        while True:
            pending = one.pending() if isinstance(one, ssl.SSLSocket) else 0
            for ready in [one] if pending else select.select([one, other], [], [])[0]:
                data = ready.recv(1 << 16)
                if not data:
                    return
                (other if ready is one else one).sendall(data)


class Proxy:
    """An HTTP proxy that asks for a password; `asked` are the request lines it saw."""

    def __init__(self, user="someone", password="proxy-password"):
        self.allowed = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.asked = []
        self.forwarder = Forwarder(self.serve)
        self.url = f"http://{user}:{password}@127.0.0.1:{self.forwarder.port}"

    def serve(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1 << 16)
        head, _, rest = head.partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        self.asked.append(line)
        if f"Proxy-Authorization: {self.allowed}" not in fields:
            return client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        method, target, version = line.split()
        where = urllib.parse.urlsplit(target if method != "CONNECT" else f"//{target}")
        with socket.create_connection((where.hostname, where.port)) as server:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = urllib.parse.urlunsplit(("", "", where.path, where.query, ""))
                kept = [field for field in fields if not field.startswith("Proxy-")] + ["Connection: close"]
                server.sendall("\r\n".join([f"{method} {path} {version}", *kept, "", ""]).encode() + rest)
            pump(client, server)
        client.close()


@pytest.fixture
def proxy():
    proxy = Proxy()
    yield proxy
    proxy.forwarder.close()


@pytest.fixture
def tls(hub, authority):
    """The fake Hub under https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority)
    port = urllib.parse.urlsplit(hub.endpoint).port

    def serve(client):
        with contextlib.suppress(OSError):
            with context.wrap_socket(client, server_side=True) as secure:
                with socket.create_connection(("127.0.0.1", port)) as server:
                    pump(secure, server)

    forwarder = Forwarder(serve)
    yield f"https://127.0.0.1:{forwarder.port}"
    forwarder.close()


@pytest.fixture
def ls(tideway, hub):
    hub.add("datasets", "ns/reviews", {"words.txt": b"words"})

    def ls(**env):
        return tideway("hub", "ls", "ns/reviews", env={
            **dict.fromkeys(ROUTES, ""), "HF_ENDPOINT": hub.endpoint, "HF_HOME": tideway.folder / "home",
            "HF_TOKEN": "hf_read", "LOG_LEVEL": "trace", **env})

    return ls


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_is_used_and_its_password_told_to_nobody(ls, hub, proxy, variable):
    result = ls(**{variable: proxy.url})
    assert result.code == 0 and "words.txt" in result.out, result.err
    assert proxy.asked and all(line.split()[1].startswith(hub.endpoint) for line in proxy.asked)
    assert "proxy-password" not in result.out + result.err
    assert not [one for one in hub.requests if "proxy-authorization" in one.headers]


def test_no_proxy_names_hosts_that_are_asked_directly(ls, proxy):
    assert ls(HTTP_PROXY=proxy.url, NO_PROXY="example.org,127.0.0.1").code == 0
    assert proxy.asked == []


def test_a_proxy_that_refuses_is_told_without_its_password(ls, proxy):
    result = ls(HTTP_PROXY=proxy.url.replace("proxy-password", "wrong-password"))
    assert result.code != 0
    assert "407" in result.err and "wrong-password" not in result.err


def test_through_a_proxy_https_stays_between_client_and_server(ls, hub, proxy, tls, authority):
    result = ls(HF_ENDPOINT=tls, HTTPS_PROXY=proxy.url, SSL_CERT_FILE=authority[0])
    assert result.code == 0 and "words.txt" in result.out, result.err
    assert set(line.split()[0] for line in proxy.asked) == {"CONNECT"}


@pytest.mark.parametrize("variable", AUTHORITIES)
def test_an_authority_of_ones_own_is_trusted_when_it_is_named(ls, tls, authority, variable):
    result = ls(HF_ENDPOINT=tls, **{variable: authority[0]})
    assert result.code == 0 and "words.txt" in result.out, result.err


def test_an_unknown_authority_is_refused_and_the_remedy_told(ls, hub, tls):
    result = ls(HF_ENDPOINT=tls)
    assert result.code != 0
    assert "certificate" in result.err and "SSL_CERT_FILE" in result.err
    assert len(hub.requests) == 0


def test_a_file_of_authorities_that_is_not_there_is_told(ls, tls):
    result = ls(HF_ENDPOINT=tls, SSL_CERT_FILE="/none.pem")
    assert result.code != 0 and "SSL_CERT_FILE" in result.err
