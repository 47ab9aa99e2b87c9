"""What gunicorn can be told in no argument."""

from gunicorn.http import message

# gunicorn cuts an address off at 8,190 bytes, or nowhere. A question of 10,000 characters is to be
# answered like any other, even if each of them takes nine bytes in the address.
message.MAX_REQUEST_LINE = 128 * 1024
limit_request_line = message.MAX_REQUEST_LINE
