"""A server of HTTP/2 over TLS, by hyper's h2, and one of HTTP/1.1 that does not tell which it speaks."""

import contextlib
import socket
import ssl
import threading

import h2.config
import h2.connection
import h2.events


class Streams:
    """Answers the requests of a connection when `together` of them have come over it, and not before."""

    def __init__(self, authority, together=1):
        self.together = together
        self.connections, self.bodies = 0, []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*authority)
        self.choose_protocol()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}/"
        threading.Thread(target=self.accept, daemon=True).start()

    def choose_protocol(self):
        self.context.set_alpn_protocols(["h2"])

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                peer = self.listener.accept()[0]
                self.connections += 1
                threading.Thread(target=self.serve, args=[peer], daemon=True).start()

    def serve(self, peer):
        with contextlib.suppress(OSError), self.context.wrap_socket(peer, server_side=True) as secure:
            self.talk(secure)

    def talk(self, peer):
        speaker = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        speaker.initiate_connection()
        bodies, whole = {}, []
        while True:
            peer.sendall(speaker.data_to_send())
            data = peer.recv(1 << 16)
            if not data:
                return
            for event in speaker.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    bodies[event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    speaker.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    whole.append(event.stream_id)
            if len(whole) >= self.together:
                for stream in whole:
                    speaker.send_headers(stream, [(":status", "200"), ("x-stream", str(stream))])
                    speaker.send_data(stream, b"ok", end_stream=True)
                    self.bodies.append(bodies.pop(stream))
                whole.clear()

    def close(self):
        self.listener.close()


class Untold(Streams):
    """HTTP/1.1, one request at a time; answers when `together` connections have each brought one."""

    def choose_protocol(self):
        self.barrier = threading.Barrier(self.together)

    def talk(self, peer):
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(1 << 16)
        self.barrier.wait(30)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
