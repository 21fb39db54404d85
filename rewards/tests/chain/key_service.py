"""A key management service for tests: `key_service.py KEY [options]` prints its address and serves until it is killed."""

import argparse
import base64
import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

parser = argparse.ArgumentParser()
parser.add_argument("key")
parser.add_argument("--token", default="")
parser.add_argument("--signs-with", default="")
parser.add_argument("--curve", default="secp256k1")
parser.add_argument("--garbage", action="store_true")
asked = parser.parse_args()
CURVE = ec.SECP256K1() if asked.curve == "secp256k1" else ec.SECP256R1()
KEY = ec.derive_private_key(int(asked.key, 16), CURVE)
SIGNS_WITH = ec.derive_private_key(int(asked.signs_with or asked.key, 16), CURVE)


def sign(body):
    assert (body["MessageType"], body["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
    digest = base64.b64decode(body["Message"])
    r, s = decode_dss_signature(SIGNS_WITH.sign(digest, ec.ECDSA(Prehashed(SHA256()))))
    # As a service may: the high one of the two as often as the low one.
    signature = encode_dss_signature(r, ORDER - s if os.urandom(1)[0] & 1 else s)
    return {"KeyId": body["KeyId"], "Signature": encoded(b"garbage" if asked.garbage else signature)}


def public_key(body):
    der = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"KeyId": body["KeyId"], "PublicKey": encoded(der), "KeySpec": "ECC_SECG_P256K1"}


def encoded(data):
    return base64.b64encode(data).decode()


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if asked.token and self.headers.get("Authorization") != f"Bearer {asked.token}":
            self.answer(403, {"__type": "AccessDeniedException"})
            return
        action = {"TrentService.Sign": sign, "TrentService.GetPublicKey": public_key}[self.headers["X-Amz-Target"]]
        self.answer(200, action(body))

    def answer(self, status, body):
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
print(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}), flush=True)
server.serve_forever()
