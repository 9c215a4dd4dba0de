"""A mail server on this machine, by aiosmtpd: mail_server.py PORT HOW [CERTIFICATE KEY].

HOW is `open` (no encryption, anybody), `login` (no encryption, a log-in), `starttls` or `tls` (a log-in
behind either). Everything that clients say, as it is after the encryption, and each mail that is taken
goes to standard output.
"""

import asyncio
import ssl
import sys

from aiosmtpd.handlers import Debugging
from aiosmtpd.smtp import SMTP, AuthResult

USER, PASSWORD = b"flock", b"canary-password-of-the-mailbox"


class Heard(SMTP):
    """Tells what it hears."""

    def data_received(self, data):
        print(f"{'sealed' if self._tls_protocol or HOW == 'tls' else 'open'}: {data!r}")
        super().data_received(data)


def lets_in(server, session, envelope, mechanism, data):
    """The one user with the one password; `handled` says that the answer is given, so nobody gives it."""
    return AuthResult(success=(data.login, data.password) == (USER, PASSWORD), handled=False)


def server():
    wants_login = HOW != "open"
    return Heard(
        Debugging(sys.stdout),
        tls_context=CONTEXT if HOW == "starttls" else None,
        require_starttls=HOW == "starttls",
        auth_required=wants_login,
        auth_require_tls=HOW == "starttls",
        authenticator=lets_in if wants_login else None,
        auth_exclude_mechanism=[] if wants_login else ["LOGIN", "PLAIN"],
    )


async def serve():
    loop = asyncio.get_running_loop()
    context = CONTEXT if HOW == "tls" else None
    listening = await loop.create_server(server, "127.0.0.1", int(sys.argv[1]), ssl=context)
    await listening.serve_forever()


HOW = sys.argv[2]
CONTEXT = None
if len(sys.argv) > 3:
    CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CONTEXT.load_cert_chain(sys.argv[3], sys.argv[4])
asyncio.run(serve())
