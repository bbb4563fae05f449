"""A proxy on loopback that is, for a program that uses it, the only way out: it speaks TLS for the hosts that it plays,
with certificates of its own authority, and refuses every other host.

A program finds it by HTTPS_PROXY, and trusts it by SSL_CERT_FILE. So hosts keep their real names, and with them the
names of settings such as TF_TOKEN_app_terraform_io.
"""

import contextlib
import datetime
import http.server
import json
import ssl
import threading
import traceback
import urllib.parse
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Hosts that may be asked directly: where a machine without a mirror of providers gets one.
DIRECT = ["registry.terraform.io", "releases.hashicorp.com", "localhost", "127.0.0.1"]


class Authority:
    """An authority of certificates that lives as long as one run, and one certificate for all hosts."""

    def __init__(self, folder, hosts):
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
        usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        own = self.certificate(name, key.public_key(), name)
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(usage, critical=True).sign(key, hashes.SHA256())
        leaf = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        served = self.certificate(subject, leaf.public_key(), name)
        alternatives = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        served = served.add_extension(alternatives, critical=False)
        served = served.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        served = served.sign(key, hashes.SHA256())

        # What is asked directly keeps the authorities that this machine trusts.
        system = ssl.get_default_verify_paths().cafile
        trusted = Path(system).read_bytes() if system and Path(system).exists() else b""
        self.bundle = folder / "authorities.pem"
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM) + trusted)
        pair = folder / "certificate.pem"
        private = leaf.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pair.write_bytes(served.public_bytes(serialization.Encoding.PEM) + private)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pair)

    @staticmethod
    def certificate(subject, key, issuer):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(
            now + datetime.timedelta(days=1)
        )


class Request:
    """What an application of the server is asked."""

    def __init__(self, host, method, target, headers, body):
        self.host = host
        self.method = method
        parts = urllib.parse.urlsplit(target)
        self.path = parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)


class Reply(Exception):
    """What an application answers. It may be raised, too."""

    def __init__(self, status, body=b"", **headers):
        super().__init__(status)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if not isinstance(body, bytes):
            self.headers.setdefault("Content-Type", "application/json")
            body = json.dumps(body).encode()
        self.body = body


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer goes out as one packet, not as its head and then its body.
    wbufsize = -1
    host = None

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        if host not in self.server.hosts or port != "443":
            self.server.refused.append(self.path)
            self.send_error(403, f"{host} is not played here")
            self.close_connection = True
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.flush()
        self.connection = self.server.authority.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb")
        self.host = host
        self.close_connection = False

    def finish(self):
        # The client may have left.
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def answer(self):
        if self.host is None:
            self.server.refused.append(self.path)
            self.send_error(403, "only over TLS")
            self.close_connection = True
            return
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(self.host, self.command, self.path, self.headers, self.rfile.read(length))
        try:
            reply = self.server.hosts[self.host](request)
        except Reply as raised:
            reply = raised
        except Exception:
            self.server.broken.append(traceback.format_exc())
            reply = Reply(500, {"errors": [{"status": "500", "title": traceback.format_exc()}]})
        self.server.asked.append((self.command, self.host, self.path, reply.status))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)
        self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Plays hosts: a function for the name of each, which takes a request and returns a reply."""

    daemon_threads = True

    def __init__(self, folder, hosts):
        super().__init__(("127.0.0.1", 0), Handler)
        self.hosts = hosts
        self.authority = Authority(folder, list(hosts))
        self.asked = []
        self.refused = []
        self.broken = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def environment(self):
        """The variables by which a program finds and trusts the server."""
        proxy = f"http://127.0.0.1:{self.server_address[1]}"
        names = {"HTTPS_PROXY": proxy, "NO_PROXY": ",".join(DIRECT)}
        return names | {name.lower(): value for name, value in names.items()} | {
            "SSL_CERT_FILE": str(self.authority.bundle.resolve())
        }

    def handle_error(self, request, client_address):
        # A client that leaves early is no failure of the server: what matters is what it asked.
        pass
