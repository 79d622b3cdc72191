"""HTTP to the API: one request, its answer, and what is wrong with it as an exception."""
from __future__ import annotations

import contextlib
import email.utils
import http.client
import json
import os
import ssl
import time
import urllib.parse
from typing import Any, Dict, Iterator, Mapping, Optional, Union

from .errors import ConnectionFailed, FilterProblem, Problem
from .times import SECOND_NS

DEFAULT_ADDRESS = '127.0.0.1:8600'
PIECE_BYTES = 1 << 16
# Of a body that says what is wrong; what is longer is no such body.
PROBLEM_BYTES_MAX = 1 << 16

# Whatever Wireshark's dissectors refuse; where a display filter was given, they refuse that one.
DISPLAY_FILTER_KIND = '/problems/display-filter'

Parameter = Union[str, int, float, bool, None]


def encode(parameters: Mapping[str, Parameter]) -> str:
    """A query; what is None is left out, and False is the default of all flags."""
    given = {name: 'true' if value is True else str(value) for name, value in parameters.items()
             if value is not None and value is not False}
    return urllib.parse.urlencode(given, quote_via=urllib.parse.quote)


def problem_of(response: http.client.HTTPResponse, parameters: Mapping[str, Parameter]) -> Problem:
    """The problem body of RFC 9457, or as much of one as the status line is."""
    told: Any = None
    with contextlib.suppress(ValueError):
        told = json.loads(response.read(PROBLEM_BYTES_MAX))
    if not isinstance(told, dict):
        told = {}
    after = response.headers.get('Retry-After', '')
    problem = Problem(response.status, str(told.get('title') or response.reason), str(told.get('detail', '')),
                      str(told.get('type', '')), told.get('parameter'), float(after) if after.isdigit() else None)
    offset = told.get('offset')
    text = parameters.get(problem.parameter or 'filter')
    if isinstance(offset, int) and isinstance(text, str):
        return FilterProblem(problem, text, offset)
    display_filter = parameters.get('display_filter')
    if problem.kind == DISPLAY_FILTER_KIND and isinstance(display_filter, str):
        return FilterProblem(problem, display_filter, None)
    return problem


class Http:
    """An address of the API. Safe to use from several threads: each request has its own connection."""

    def __init__(self, address: Optional[str], token: Optional[str], timeout: float,
                 context: Optional[ssl.SSLContext]) -> None:
        named = address or os.environ.get('BALEEN_API') or DEFAULT_ADDRESS
        url = urllib.parse.urlsplit(named if '://' in named else 'http://' + named)
        if url.scheme not in ('http', 'https') or not url.hostname:
            raise ValueError('%s is no address of an API, such as 127.0.0.1:8600 or https://sensor:8600' % named)
        self._host, self._port, self._is_tls = url.hostname, url.port, url.scheme == 'https'
        self._base = url.path.rstrip('/')
        self._token = token or os.environ.get('BALEEN_TOKEN')
        self._timeout, self._context = timeout, context
        self.address = '%s://%s%s' % (url.scheme, url.netloc, self._base)

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        if self._is_tls:
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout,
                                               context=self._context or ssl.create_default_context())
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)

    @contextlib.contextmanager
    def _failing(self) -> Iterator[None]:
        """What sockets and http.client raise, as ConnectionFailed."""
        try:
            yield
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailed('%s: %s' % (self.address, error or type(error).__name__)) from error

    @contextlib.contextmanager
    def open(self, path: str, parameters: Mapping[str, Parameter], headers: Optional[Dict[str, str]] = None,
             timeout: Optional[float] = None, method: str = 'GET') -> Iterator[http.client.HTTPResponse]:
        """The answer, not yet read. Problem if it is a refusal, ConnectionFailed if there is none. `timeout`: seconds
        without a byte."""
        query = encode(parameters)
        sent = {'Accept': '*/*', **(headers or {})}
        if self._token:
            sent['Authorization'] = 'Bearer ' + self._token
        connection = self._connect(self._timeout if timeout is None else timeout)
        try:
            with self._failing():
                connection.request(method, self._base + path + ('?' + query if query else ''), headers=sent)
                response = connection.getresponse()
                if response.status >= 300:
                    raise problem_of(response, parameters)
            yield response
        finally:
            connection.close()

    def pieces(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        """The body; ConnectionFailed if it breaks off."""
        while True:
            with self._failing():
                piece = response.read(PIECE_BYTES)
                if not piece and response.length:  # read(n) is silent about a body that ends early
                    raise http.client.IncompleteRead(piece, response.length)
            if not piece:
                return
            yield piece

    def lines(self, response: http.client.HTTPResponse) -> Iterator[bytes]:
        """The body as it comes, line by line; the last one may be a part of one."""
        while True:
            with self._failing():
                line = response.readline()
            if not line:
                return
            yield line

    def text(self, path: str, parameters: Mapping[str, Parameter], method: str = 'GET') -> str:
        with self.open(path, parameters, method=method) as response:
            return b''.join(self.pieces(response)).decode()

    def _json(self, method: str, path: str, parameters: Mapping[str, Parameter]) -> Any:
        body = self.text(path, parameters, method)
        try:
            return json.loads(body)
        except ValueError as error:
            raise ConnectionFailed('%s%s: the answer is no JSON' % (self.address, path)) from error

    def get(self, path: str, parameters: Mapping[str, Parameter]) -> Any:
        """A JSON answer."""
        return self._json('GET', path, parameters)

    def post(self, path: str, parameters: Mapping[str, Parameter]) -> Any:
        """A JSON answer to a request without a body."""
        return self._json('POST', path, parameters)

    def delete(self, path: str) -> None:
        self.text(path, {}, 'DELETE')

    def now_ns(self) -> int:
        """The clock of the server, to the second; the one that is here where it does not tell."""
        with self.open('/api/v1/openapi.json', {}, method='HEAD') as response:
            told = email.utils.parsedate_tz(response.headers.get('Date', ''))
        return int(email.utils.mktime_tz(told) if told else time.time()) * SECOND_NS

    def download(self, path: str, parameters: Mapping[str, Parameter], file: Union[str, 'os.PathLike[str]']) -> int:
        """Into a file, which is there only if all of it came: its size in bytes. OSError if it cannot be written."""
        target = os.fspath(file)
        part = target + '.part'
        try:
            with self.open(path, parameters) as response, open(part, 'wb') as out:
                size = sum(out.write(piece) for piece in self.pieces(response))
            os.replace(part, target)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.remove(part)
            raise
        return size
