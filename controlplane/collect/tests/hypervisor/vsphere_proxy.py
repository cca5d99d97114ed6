"""Stands between a client and the simulator, and does what that never does: `vsphere_proxy.py https://host:port dir` prints
where it listens, without TLS, and ends with its input. In the folder it finds what to do, before each answer:

pages    a number: answers with properties are cut into pages of so many objects, which are told by tokens
rename   a text and another one: an element's text that is the first becomes the second
refuse   an object's id: questions for samples of it are refused
replay   the samples that were told first are told to everybody who asks for some

It leaves there the names of all calls, in `calls`.
"""

import itertools
import re
import ssl
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ENDPOINT, DIR = sys.argv[1], Path(sys.argv[2])
UNCHECKED = ssl._create_unverified_context()
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    '<{0}Response xmlns="urn:vim25"><returnval>{1}</returnval></{0}Response></soapenv:Body></soapenv:Envelope>'
)
REFUSAL = "<Envelope><Body><Fault><detail><NoPermissionFault/></detail></Fault></Body></Envelope>"
LOCK = threading.Lock()
NUMBERS = itertools.count()
REST = {}
SAMPLES = []


def told(name):
    path = DIR / name
    return path.read_text().split() if path.exists() else None


def page(call, objects, size):
    """A page of objects; the others wait under a token."""
    token = ""
    if len(objects) > size:
        token = f"page-{next(NUMBERS)}"
        REST[token] = objects[size:]
        token = f"<token>{token}</token>"
    return ENVELOPE.format(call, token + "".join(objects[:size]))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forwarded(self, body):
        headers = {name: self.headers[name] for name in ("Cookie", "SOAPAction", "Content-Type") if self.headers[name]}
        request = urllib.request.Request(ENDPOINT + self.path, body.encode(), headers)
        try:
            answer = urllib.request.urlopen(request, context=UNCHECKED)
        except urllib.error.HTTPError as error:
            answer = error
        cookie = (answer.headers["Set-Cookie"] or "").replace("; Secure", "")
        return answer.status, cookie, answer.read().decode()

    def answer(self, call, body):
        pages = told("pages")
        if call == "ContinueRetrievePropertiesEx":
            return 200, "", page(call, REST.pop(re.search("<token>(.*?)</token>", body)[1]), int(pages[0]))
        if call == "QueryPerf" and SAMPLES:
            return SAMPLES[0]
        if call == "QueryPerf" and (refused := told("refuse")) and f">{refused[0]}<" in body:
            return 500, "", REFUSAL
        status, cookie, text = self.forwarded(body)
        if call == "QueryPerf" and told("replay") is not None:
            SAMPLES.append((status, cookie, text))
        if renamed := told("rename"):
            text = text.replace(f">{renamed[0]}<", f">{renamed[1]}<")
        objects = re.findall("<objects>.*?</objects>", text, re.S) if call == "RetrievePropertiesEx" else []
        if pages and len(objects) > int(pages[0]):
            text = page(call, objects, int(pages[0]))
        return status, cookie, text

    def body(self):
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"])).decode()
        chunks = []
        while length := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(length))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks).decode()

    def do_POST(self):
        body = self.body()
        call = re.search(r"Body>\s*<(?:\w+:)?(\w+)", body)[1]
        with LOCK:
            with open(DIR / "calls", "a") as calls:
                calls.write(call + "\n")
            status, cookie, text = self.answer(call, body)
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(data)


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
sys.stdin.read()
