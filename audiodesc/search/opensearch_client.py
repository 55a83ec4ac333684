"""An OpenSearch server: its address, its login, and its faults in one line.

The login stands in the address or in the environment, and neither is in anything that comes out. Certificates are
checked, no redirect is followed, and no other node of the cluster is looked for.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from audiodesc.core.environment import install_command
from audiodesc.errors import AudiodescError, InputError, MissingToolError, UsageError
from audiodesc.narration.failures import in_one_line

if TYPE_CHECKING:
    from opensearchpy import OpenSearch
    from opensearchpy.exceptions import TransportError

    from audiodesc.describers.server.address import Connection

T = TypeVar("T")

LOGIN: Final = "AUDIODESC_OPENSEARCH_LOGIN"
"""The environment variable of the login, as USER:PASSWORD, where the address has none."""

TIMEOUT_S: Final = 30.0
RETRIES: Final = 3
"""By the client, where no answer comes, or 502, 503 or 504."""

LONGEST_WORDS: Final = 200
"""Characters of what a server says, in a message."""

MALFORMED: Final = (ValueError, AttributeError, TypeError, LookupError, RecursionError)
"""What reading an answer of another form raises."""


@dataclass(frozen=True, slots=True)
class OpenSearchServer:
    """The client, and what its address says."""

    client: OpenSearch
    to: Connection

    def ask(self, work: Callable[[], T], *, allowed: str = "") -> T | Any:
        """What `work` asks of the client; None where it fails with the error that is `allowed`. Raises AudiodescError
        with one line, without the address or the login."""
        from opensearchpy.exceptions import OpenSearchException, OpenSearchWarning, TransportError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", OpenSearchWarning)
                return work()
        except TransportError as error:
            if allowed and allowed in str(error.error):
                return None
            raise _fault(self, error) from error
        except (OpenSearchException, *MALFORMED) as error:
            raise AudiodescError("the server does not speak OpenSearch's protocol", "give another address") from error


@contextmanager
def opened(url: str, option: str) -> Iterator[OpenSearchServer]:
    """A client of the server at an address, to be closed. Nothing is sent yet. Raises UsageError for an address that is
    none, and MissingToolError where the client is not installed."""
    try:
        from opensearchpy import OpenSearch
    except ImportError as error:
        raise MissingToolError(
            "OpenSearch is asked through the package opensearch-py", install_command("opensearch-py")
        ) from error
    from audiodesc.describers.server.address import connection

    to = connection(_with_login(url), keyless=True, option=option)
    logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # it would print addresses
    parts = urlsplit(to.url)
    secure = parts.scheme == "https"
    host = {"host": parts.hostname, "port": parts.port or (443 if secure else 80), "use_ssl": secure}
    client = OpenSearch(
        [host | ({"url_prefix": parts.path} if parts.path else {})],
        headers=dict(to.headers),
        timeout=TIMEOUT_S,
        max_retries=RETRIES,
        retry_on_timeout=True,
        ca_certs=os.environ.get("SSL_CERT_FILE") or None,
    )
    with closing(client):
        yield OpenSearchServer(client, to)


def _with_login(url: str) -> str:
    """The address with the login of the environment, where it has none itself."""
    login = os.environ.get(LOGIN, "").strip()
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if not login or "@" in parts.netloc or not parts.netloc:
        return url
    user, colon, password = login.partition(":")
    if not (user and colon):
        raise UsageError(f"{LOGIN} is no login", "set it to USER:PASSWORD")
    with_login = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}"
    return urlunsplit((parts.scheme, with_login, parts.path, parts.query, parts.fragment))


def shortened_words(server: OpenSearchServer, words: str) -> str:
    """What a server says, in one line that can be shown anywhere, without what is secret."""
    return in_one_line(server.to.hidden(words[:10_000]))[:LONGEST_WORDS]


def _fault(server: OpenSearchServer, error: TransportError) -> AudiodescError:
    from opensearchpy.exceptions import ConnectionError as NoAnswerError
    from opensearchpy.exceptions import ConnectionTimeout, SSLError

    if isinstance(error, SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error.info):
        remedy = "mend it, or set SSL_CERT_FILE to the file of the authority that issued it"
        return MissingToolError("the certificate of the OpenSearch server cannot be trusted", remedy)
    if isinstance(error, ConnectionTimeout):
        return AudiodescError(f"the OpenSearch server gave no answer within {TIMEOUT_S:g} s", "try again later")
    if isinstance(error, NoAnswerError):
        return MissingToolError("no OpenSearch server answers at that address", "start it, or give another address")
    status, words = error.status_code, shortened_words(server, _reason(error))
    if status in (401, 403):
        return UsageError(f"the OpenSearch server refuses the login ({words})", f"set {LOGIN} to USER:PASSWORD")
    if isinstance(status, int) and 300 <= status < 400:
        fault = "the OpenSearch server sends the request on to another address, which is not followed"
        return UsageError(fault, "give that one if you trust it")
    if status == 404:
        return InputError(
            f"the OpenSearch server has no films ({words})", "send some: audiodesc index --to opensearch URL FOLDER"
        )
    said = f"{status}: {words}" if words else str(status)
    return AudiodescError(f"the OpenSearch server refuses what it is asked ({said})", "see its log")


def _reason(error: TransportError) -> str:
    """What the server says, else what kind of error it is."""
    info = error.info
    said = info.get("error") if isinstance(info, dict) else None
    if isinstance(said, dict):
        return f"{said.get('type')}: {said.get('reason')}"
    return str(said or error.error)
