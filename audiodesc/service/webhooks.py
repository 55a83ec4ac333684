"""Messages are sent: signed, again after a failure with growing pauses, and kept until they arrived or are given up."""

from __future__ import annotations

import logging
import random
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock, Timer
from typing import Final

import httpx2

from audiodesc.service.config import Tenant
from audiodesc.service.kept import Message
from audiodesc.service.service import Service
from audiodesc.service.signing import signed
from audiodesc.service.targets import TargetError, resolved

log = logging.getLogger(__name__)

PAUSES_S: Final = (5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200)
"""After each failure; after the last one a message is given up, about a day later."""

TIMEOUT_S: Final = 15.0
"""For each step of a request, and for the whole of it: a receiver could send its answer a byte at a time."""

AT_ONCE: Final = 4
"""Messages that are sent at a time, of one tenant no more than one: a slow receiver holds up its own alone."""

GONE: Final = 410

FAULT_S: Final = 5.0
"""After a fault of this side, such as a full disk, a tenant's next message waits so long."""

KEEP_S: Final = 7 * 86_400.0
"""How long a message that was given up is kept."""

FORGET_S: Final = 3_600.0
"""How often those that are older are deleted."""


class Sender:
    """Sends what is due. `pauses_s` are those after failures; `tls` is how receivers' certificates are checked, None
    for as usual."""

    def __init__(
        self,
        service: Service,
        pauses_s: tuple[float, ...] = PAUSES_S,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._service, self._pauses_s, self._timeout_s = service, pauses_s, timeout_s
        self._tls = tls or httpx2.create_ssl_context()
        self._pool = ThreadPoolExecutor(AT_ONCE, "webhook")
        self._busy: set[str] = set()
        self._lock = Lock()
        self._forgot = 0.0

    def run(self) -> None:
        """Until the service is stopped; what is not sent then is sent by the next one."""
        try:
            while not self._service.is_stopping:
                self._service.to_send.wait(1.0)
                self._service.to_send.clear()
                try:
                    self.send_due()
                except Exception:  # a full disk must not end it
                    log.exception("webhooks cannot be sent")
                    self._service.stopping.wait(1.0)
        finally:
            self.close()

    def close(self) -> None:
        """Wait for what is being sent."""
        self._pool.shutdown(cancel_futures=True)

    def send_due(self) -> list[Future[None]]:
        """Begin to send what is due, one message a tenant."""
        begun = []
        if (now := self._service.clock()) >= self._forgot + FORGET_S:
            self._forgot = now
            self._service.kept.forget_given_up(now - KEEP_S)
        for message in self._service.kept.due(now):
            with self._lock:
                if message.tenant in self._busy or len(self._busy) >= AT_ONCE:
                    continue
                self._busy.add(message.tenant)
            begun.append(self._pool.submit(self._send, message))
        return begun

    def _send(self, message: Message) -> None:
        try:
            tenant = self._service.config.tenant(message.tenant)
            if tenant is None or tenant.webhook is None:
                self._note(message, "given up", "the tenant has no webhook any more")
                return
            status, why = self._posted(message, tenant)
            if 200 <= status < 300:
                self._note(message, "sent", why)
            elif status == GONE or message.tries + 1 > len(self._pauses_s):
                self._note(message, "given up", why)
            else:
                self._again(message, why)
        except Exception:
            log.exception("a webhook cannot be sent", extra={"tenant": message.tenant, "webhook": message.id})
            self._service.stopping.wait(FAULT_S)  # else it would be sent again at once, and for ever
        finally:
            with self._lock:
                self._busy.discard(message.tenant)
            self._service.to_send.set()

    def _posted(self, message: Message, tenant: Tenant) -> tuple[int, str]:
        """(status, or 0 where there was no answer; why in a few words)."""
        webhook, body = tenant.webhook, message.body.encode()
        assert webhook is not None  # noqa: S101 — the caller saw it
        headers = signed(webhook.secret, message.id, int(self._service.clock()), body)
        client = httpx2.Client(timeout=self._timeout_s, follow_redirects=False, trust_env=False, verify=self._tls)
        watch = Timer(self._timeout_s, client.close)
        watch.daemon = True
        try:
            watch.start()
            target = resolved(message.url, self._service.config.server, message.tries, self._timeout_s)
            with client.stream(
                "POST",
                target.url,
                content=body,
                headers={**headers, **target.headers},
                extensions={"sni_hostname": target.sni},
            ) as answer:
                return answer.status_code, f"status {answer.status_code}"
        except TargetError as error:
            return 0, str(error)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, RuntimeError) as error:
            return 0, type(error).__name__
        finally:
            watch.cancel()
            client.close()

    def _note(self, message: Message, state: str, why: str) -> None:
        with self._service.kept.writing() as db:
            if state == "sent":
                db.execute("DELETE FROM messages WHERE id = ?", (message.id,))
            else:
                db.execute("UPDATE messages SET state = ?, tries = tries + 1 WHERE id = ?", (state, message.id))
        level = logging.INFO if state == "sent" else logging.WARNING
        log.log(level, "webhook %s (%s)", state, why, extra={"tenant": message.tenant, "webhook": message.id})

    def _again(self, message: Message, why: str) -> None:
        pause_s = self._pauses_s[message.tries] * random.uniform(1.0, 1.2)  # noqa: S311 — spreads, hides nothing
        with self._service.kept.writing() as db:
            db.execute("UPDATE messages SET tries = tries + 1 WHERE id = ?", (message.id,))
        self._service.kept.put_off(message.tenant, message.url, self._service.clock() + pause_s)
        extra = {"tenant": message.tenant, "webhook": message.id}
        log.warning("webhook again in %.0f s (%s)", pause_s, why, extra=extra)
