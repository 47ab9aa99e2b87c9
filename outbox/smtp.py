"""Django's SMTP backend, which says when it is about to hand a message over."""

import smtplib
from functools import partial

from django.core.mail.backends import smtp

# Seconds for the server to say whether it has taken a message. Filters take their time, and whoever
# gives up on them never knows. RFC 5321 (4.5.3.2.6) would wait for ten minutes, but other jobs wait
# with this one.
TO_BE_TAKEN = 60


class SaysWhen:
    """An SMTP connection that calls ``before_data`` once the recipient is accepted, before DATA.

    What goes wrong until then has left nothing with the server (RFC 5321, 4.1.1.4).
    """

    def __init__(self, *args, before_data, **kwargs):
        self.before_data = before_data
        super().__init__(*args, **kwargs)

    def data(self, msg):
        self.before_data()
        usual = self.sock.gettimeout()
        self.sock.settimeout(TO_BE_TAKEN)
        try:
            return super().data(msg)
        finally:
            if self.sock:  # smtplib forgets it when the server has gone
                self.sock.settimeout(usual)


class Connection(SaysWhen, smtplib.SMTP):
    pass


class ConnectionOverTLS(SaysWhen, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    """Set ``before_data`` to what is to be called before each message; if that raises, it stays."""

    @staticmethod
    def before_data():
        """Do nothing, until somebody sets it."""

    @property
    def connection_class(self):
        kind = ConnectionOverTLS if self.use_ssl else Connection
        return partial(kind, before_data=lambda: self.before_data())

    def open(self):
        """Greet the server as well: if it refuses that, it refuses every message."""
        is_new = super().open()
        if is_new:
            self.connection.ehlo_or_helo_if_needed()
        return is_new
