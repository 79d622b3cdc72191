"""Packets that were written, as Wireshark's dissectors see them."""
from __future__ import annotations

import contextlib
from typing import Any, Dict, Iterator, List, Optional, Union

from .answers import build
from .dissected import DissectedPacket
from .dissected_lists import DisplayField, DisplayFields, DisplayFilterCheck, DissectedList, DissectedStream, Opened, PacketRow
from .errors import BaleenError, FilterError, Problem
from .http import Http, Parameter
from .times import fixed

PATH = '/api/v1/dissections'
PAGE_ROWS_MAX = 500


class Dissection:
    """Packets that Client.dissect() has opened; closed at the end of `with`, or by close(). len() is how many there are.

    The server keeps few at a time, and closes one that nobody has asked for `idle_s` seconds. Then the next question opens
    the same packets again, once and without a word; `id` is another one from then on. Times that are relative to the
    present mean what they meant at first: packets keep their numbers, unless the store has deleted some. Where `until` is
    open, later ones come behind.
    """

    def __init__(self, api: Http, question: Dict[str, Parameter]) -> None:
        """`question`: parameters of the POST. Times in it that are relative to the present are fixed, to the second."""
        self._api, self._question, self._is_closed = api, question, False
        relative = {name: value for name, value in question.items()
                    if name in ('since', 'until') and isinstance(value, str) and value.startswith('now')}
        if relative:
            now_ns = api.now_ns()
            self._question = {**question, **{name: fixed(value, now_ns) for name, value in relative.items()}}
        self._opened = self._open()

    def _open(self) -> Opened:
        return build(Opened, self._api.post(PATH, self._question))

    def _ask(self, path: str, **parameters: Parameter) -> Any:
        if self._is_closed:
            raise ValueError('the dissection is closed')
        try:
            return self._api.get('%s/%s/%s' % (PATH, self.id, path), parameters)
        except Problem as problem:
            if problem.status != 404:
                raise
        self._opened = self._open()
        return self._api.get('%s/%s/%s' % (PATH, self.id, path), parameters)

    @property
    def id(self) -> str:
        return self._opened.id

    @property
    def idle_s(self) -> int:
        return self._opened.idle_s

    @property
    def is_whole(self) -> bool:
        """False: there are more packets than a dissection takes, and these are the first ones."""
        return self._opened.is_whole

    def __len__(self) -> int:
        return self._opened.packets

    def packets(self, display_filter: Optional[str] = None, limit: Optional[int] = None) -> Iterator[PacketRow]:
        """Rows of those that fit, in Wireshark's own language; pages are fetched as they are needed. FilterError if the filter
        cannot be read."""
        taken = 0
        while limit is None or taken < limit:
            wanted = PAGE_ROWS_MAX if limit is None else min(PAGE_ROWS_MAX, limit - taken)
            page = build(DissectedList, self._ask('packets', display_filter=display_filter, skip=taken, limit=wanted))
            yield from (PacketRow(page.columns, each) for each in page.packets)
            taken += len(page.packets)
            if page.is_last or not page.packets:
                return

    def __iter__(self) -> Iterator[PacketRow]:
        return self.packets()

    def packet(self, number: int) -> DissectedPacket:
        """All layers of one, by its number from 1 on. Problem 400 where there is none."""
        return build(DissectedPacket, self._ask('packets/%d' % number))

    def stream(self, packet_or_filter: Union[DissectedPacket, str], protocol: str = 'TCP') -> DissectedStream:
        """What both sides said: of the stream of a packet (KeyError if it belongs to none), or of that which a display filter
        names. `protocol`: TCP, UDP, TLS, HTTP, HTTP2, QUIC, SIP or DCCP."""
        if isinstance(packet_or_filter, DissectedPacket):
            found = {each.protocol: each.display_filter for each in packet_or_filter.streams}
            if protocol not in found:
                raise KeyError('packet %d is in no stream of %s' % (packet_or_filter.number, protocol))
            packet_or_filter = found[protocol]
        return build(DissectedStream, self._ask('stream', protocol=protocol, display_filter=packet_or_filter))

    def fields(self, prefix: str) -> List[DisplayField]:
        """Protocols that begin so, or behind a dot (tls.hand) the fields of one; 200 at most."""
        return build(DisplayFields, self._ask('fields', prefix=prefix)).fields

    def check_filter(self, text: str) -> None:
        """FilterError, with Wireshark's sentence about it, if the display filter cannot be read."""
        told = build(DisplayFilterCheck, self._ask('filter', display_filter=text))
        if not told.valid:
            raise FilterError(told.message, text)

    def close(self) -> None:
        """Nothing can be asked any more; the server has room for another one."""
        if not self._is_closed:
            self._is_closed = True
            self._api.delete('%s/%s' % (PATH, self.id))

    def __enter__(self) -> Dissection:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(BaleenError):  # nobody asks any more: the server closes it by itself
            self.close()

    def __repr__(self) -> str:
        return '<Dissection of %d packets>' % len(self)
