"""Files that are sent to the API: the body is the file as it is."""

from io import BytesIO

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from o2c.core.api import strict

LARGEST_FILE = 32 * 1024 * 1024


class FileParser(BaseParser):
    """A file of any kind: what it is, its content says."""

    media_type = "*/*"

    def parse(self, stream, media_type=None, parser_context=None):
        return {}


class ReceivesFile:
    """An endpoint whose POST takes a file as its body, as it came."""

    parser_classes = [FileParser]
    largest = LARGEST_FILE

    def initial(self, request: Request, *args, **kwargs) -> None:
        if request.method == "POST":
            # read before anybody asks for it, as a file is larger than other bodies
            strict.check_length(request.META, self.largest)
            body = request._request.read(self.largest + 1)
            request._request._body = body
            request._request._stream = BytesIO(body)
            request.META["CONTENT_LENGTH"] = "0"
        super().initial(request, *args, **kwargs)
