"""A real mail server for the tests, which can misbehave at every step of a conversation."""

import asyncio
from collections import Counter
from email import message_from_bytes

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from .running_site import free_port

# The steps, in order. At BODY the whole message is there, and only the answer is missing.
CONNECT, EHLO, MAIL, RCPT, DATA, BODY, QUIT = STEPS = (
    "CONNECT",
    "EHLO",
    "MAIL",
    "RCPT",
    "DATA",
    "BODY",
    "QUIT",
)


def hang_up(conversation):
    """Behave like a server that goes away."""
    conversation.transport.abort()
    return ""


class MailServer:
    """Takes mail on a free port. ``taken`` is what it said 250 to.

    ``at[step]`` is what it does there instead of going on: a str is its answer, a number the
    seconds it waits before it goes on, and a function gets the conversation and returns an answer,
    "" for none at all, or None to go on.
    """

    def __init__(self):
        self.at = {}
        self.taken = []
        self.connections = 0
        self.conversations = []
        self._controller = None
        self.port = free_port()

    def start(self):
        self._controller = _Controller(self)
        self._controller.start()
        self.connections = 0  # its own, to see whether it answers

    def stop(self):
        if self._controller:
            asyncio.run_coroutine_threadsafe(self._end(), self._controller.loop).result(10)
            self._controller.stop()
            self._controller = None

    async def _end(self):
        """Leave no conversation open: aiosmtpd would only forget them."""
        for conversation in self.conversations:
            conversation.abort()
        await asyncio.sleep(0.01)  # until asyncio has closed them

    def ids(self):
        """Return {Message-ID: how often it was taken}."""
        return Counter(message["Message-ID"] for message in self.taken)

    async def answer_at(self, step, conversation):
        """Return what the server answers at ``step`` instead of going on; None if it goes on."""
        act = self.at.get(step)
        if isinstance(act, int | float):
            await asyncio.sleep(act)
            return None
        return act(conversation) if callable(act) else act

    async def handle_DATA(self, conversation, session, envelope):
        """Take a message: what aiosmtpd calls when it has all of it."""
        answer = await self.answer_at(BODY, conversation)
        if answer is None:
            self.taken.append(message_from_bytes(envelope.content))
            return "250 Taken"
        if not answer:
            raise asyncio.CancelledError  # the connection is gone
        return answer


class _Controller(Controller):
    def __init__(self, mail_server):
        super().__init__(mail_server, hostname="127.0.0.1", port=mail_server.port)

    def factory(self):
        return Conversation(self.handler)


class Conversation(SMTP):
    """aiosmtpd's, which asks at each step whether to go on."""

    def __init__(self, mail_server):
        super().__init__(mail_server)
        self.mail_server = mail_server
        mail_server.conversations.append(self)

    def abort(self):
        for end in (self.transport, self._writer):
            if end:
                end.close()

    async def push(self, status):
        if status.startswith("220 "):
            self.mail_server.connections += 1
            answer = await self.mail_server.answer_at(CONNECT, self)
            status = status if answer is None else answer
        if status:
            await super().push(status)

    async def go_on(self, step, usual, arg):
        answer = await self.mail_server.answer_at(step, self)
        if answer is None:
            await usual(arg)
        elif answer:
            await self.push(answer)

    async def smtp_EHLO(self, hostname):
        await self.go_on(EHLO, super().smtp_EHLO, hostname)

    async def smtp_MAIL(self, arg):
        await self.go_on(MAIL, super().smtp_MAIL, arg)

    async def smtp_RCPT(self, arg):
        await self.go_on(RCPT, super().smtp_RCPT, arg)

    async def smtp_DATA(self, arg):
        await self.go_on(DATA, super().smtp_DATA, arg)

    async def smtp_QUIT(self, arg):
        await self.go_on(QUIT, super().smtp_QUIT, arg)
