"""What a browser may do with our pages: three fixed policies, by the first part of the address.

Whatever a page needs is added to the policy of its part, never to all. The other headers of
safety (HSTS, nosniff, referrer, opener) are Django's SecurityMiddleware's.
"""

# Nothing on these pages can connect, since no script runs; it is allowed so that an audit in the
# browser can read robots.txt.
PUBLIC = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Signing in: scripts of our own, and the QR code of a second factor is a data: image.
ACCOUNTS = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# The admin's scripts may also ask the site for more.
ADMIN = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

PERMISSIONS = (
    "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), "
    "display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), serial=(), usb=()"
)


class HeadersMiddleware:
    """The outermost middleware, so that static files, redirects and errors pass it as well."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response["Content-Security-Policy"] = policy(request.path)
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        # Else a cache may guess how long an answer holds, "not found" too (RFC 9111, 4.2.2).
        response.headers.setdefault("Cache-Control", "no-cache")
        return response


def policy(path):
    if path.startswith("/admin/"):
        return ADMIN
    if path.startswith("/accounts/"):
        return ACCOUNTS
    return PUBLIC
