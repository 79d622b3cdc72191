"""Times: ns since 1970-01-01 UTC within, and whatever people write without."""
from __future__ import annotations

import datetime
import functools
import re
from typing import Tuple, Union

SECOND_NS = 1_000_000_000
UNITS_NS = {'ns': 1, 'us': 1_000, 'ms': 1_000_000, 's': SECOND_NS, 'm': 60 * SECOND_NS, 'h': 3600 * SECOND_NS,
            'd': 86400 * SECOND_NS}

# "now-15m", RFC 3339, seconds since 1970, an aware datetime, or how long ago.
When = Union[str, int, float, datetime.datetime, datetime.timedelta]
Range = Union[str, Tuple[When, When]]


@functools.lru_cache(maxsize=4096)
def _seconds(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text + '+00:00').timestamp())


def parse_ns(text: str) -> int:
    """ns since 1970 of a time stamp of EVE: 2026-11-23T15:34:13.668079+0000, with up to nine digits."""
    fraction = text[20:-5]
    zone = int(text[-4:-2]) * 3600 + int(text[-2:]) * 60
    seconds = _seconds(text[:19]) - (zone if text[-5] == '+' else -zone)
    return seconds * SECOND_NS + int(fraction.ljust(9, '0'))


def to_datetime(time_ns: int) -> datetime.datetime:
    """An aware datetime in UTC; digits below the microsecond are cut off."""
    seconds, rest_ns = divmod(time_ns, SECOND_NS)
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.replace(microsecond=rest_ns // 1000)


def to_parameter(when: When) -> str:
    """As the API takes it. ValueError for a datetime without a zone, which could mean two things."""
    if isinstance(when, str):
        return when
    if isinstance(when, datetime.timedelta):
        return 'now-%dms' % (when / datetime.timedelta(milliseconds=1))
    if isinstance(when, datetime.datetime):
        if when.tzinfo is None:
            raise ValueError('%s has no time zone; datetime.now(timezone.utc) has' % when)
        return when.astimezone(datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%S.%fZ')
    return '%.6f' % when if isinstance(when, float) else str(when)


def fixed(when: str, now_ns: int) -> str:
    """A parameter that means the same later on: now-15m becomes seconds since 1970, what is a time by itself stays."""
    found = re.fullmatch(r'now(?:([+-]) *(\d+(?:\.\d+)?) *(%s))?' % '|'.join(UNITS_NS), when)
    if found is None:
        return when
    distance_ns = round(float(found[2]) * UNITS_NS[found[3]]) if found[1] else 0
    return '%d.%09d' % divmod(max(0, now_ns - distance_ns if found[1] == '-' else now_ns + distance_ns), SECOND_NS)


def to_range(when: Range) -> str:
    """A range T1..T2 of the API, out of a pair of times."""
    return when if isinstance(when, str) else '..'.join(to_parameter(end) for end in when)
