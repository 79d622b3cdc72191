"""sniff() and rdpcap(), as users of Scapy know them."""
from __future__ import annotations

from typing import Any, Callable, Iterable, List, Optional

from .capture import Capture, Paths
from .packet import Packet


class PacketList(List[Packet]):
    """Packets in memory."""

    def summary(self) -> None:
        """Prints a line for each."""
        for packet in self:
            print(packet.summary())

    def filter(self, wanted: Callable[[Packet], bool]) -> PacketList:
        return PacketList(packet for packet in self if wanted(packet))

    def __repr__(self) -> str:
        return '<PacketList of %d packets>' % len(self)


def sniff(iface: Optional[str] = None, offline: Optional[Paths] = None, filter: Optional[str] = None,
          prn: Optional[Callable[[Packet], Any]] = None, count: int = 0, timeout: Optional[float] = None,
          store: bool = True, *, display_filter: Optional[str] = None, fields: Iterable[str] = (),
          lfilter: Optional[Callable[[Packet], bool]] = None, stop_filter: Optional[Callable[[Packet], bool]] = None,
          started_callback: Optional[Callable[[], object]] = None) -> PacketList:
    """Packets off an interface, which may need root, or out of files, until one of: `count` packets (0: all), `timeout`
    seconds, a packet that fits stop_filter, Ctrl-C, the end of the file.

    prn        is called with each packet; what it returns is printed unless it is None
    store      False: the list stays empty
    lfilter    packets that fit only, asked in Python and so slower than `filter` and `display_filter`
    The other arguments are those of Capture, and so are the errors.
    """
    kept = PacketList()
    in_program = lfilter is None and count > 0
    capture = Capture(offline, iface, filter=filter, display_filter=display_filter, fields=fields,
                      count=count if in_program else None, timeout=timeout, started_callback=started_callback)
    taken = 0
    packets = iter(capture)
    try:
        for packet in packets:
            if lfilter is not None and not lfilter(packet):
                continue
            taken += 1
            if store:
                kept.append(packet)
            if prn is not None:
                told = prn(packet)
                if told is not None:
                    print(told)
            if 0 < count <= taken or (stop_filter is not None and stop_filter(packet)):
                break
    except KeyboardInterrupt:
        pass
    finally:
        close = getattr(packets, 'close', None)  # the program ends now, and not when garbage is collected
        if close is not None:
            close()
    return kept


def rdpcap(filename: Paths, count: int = -1) -> PacketList:
    """All packets of files, or the first `count`. Capture reads what is too large for that."""
    return sniff(offline=filename, count=max(count, 0))
