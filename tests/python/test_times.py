"""Times as EVE has them, as people write them, and as the API takes them."""
import datetime

import pytest

from baleen.times import fixed, parse_ns, to_datetime, to_parameter, to_range


@pytest.mark.parametrize('text, time_ns', [
    ('1970-01-01T00:00:01.000001+0000', 1_000_001_000),
    ('1970-01-01T00:00:01.000000001+0000', 1_000_000_001),
    ('2026-11-23T15:34:13.668079+0000', 1795448053668079000),
    ('2026-11-23T17:34:13.668079+0200', 1795448053668079000),
    ('2026-11-23T10:04:13.668079-0530', 1795448053668079000),
])
def test_stamps_of_eve_are_exact(text, time_ns):
    assert parse_ns(text) == time_ns
    assert to_datetime(time_ns).timestamp() == pytest.approx(time_ns / 1e9)


def test_times_as_the_api_takes_them():
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))
    assert to_parameter(noon) == '2026-01-01T10:00:00.000000Z'
    assert to_parameter(datetime.timedelta(minutes=1.5)) == 'now-90000ms'
    assert [to_parameter(when) for when in ('now-1h', 3, 3.25)] == ['now-1h', '3', '3.250000']
    assert to_range((1, 'now')) == '1..now' and to_range('a..b') == 'a..b'


@pytest.mark.parametrize('when, then', [
    ('now', '1795448053.500000000'), ('now-15m', '1795447153.500000000'), ('now-0.5h', '1795446253.500000000'),
    ('now-90000ms', '1795447963.500000000'), ('now+1s', '1795448054.500000000'), ('now-7 d', '1794843253.500000000'),
    ('now-1ns', '1795448053.499999999'), ('now-99999d', '0.000000000'),
    ('2026-01-01', '2026-01-01'), ('1795448053', '1795448053'), ('now-', 'now-'), ('now-15', 'now-15'), ('nowhere', 'nowhere'),
])
def test_what_is_relative_to_the_present_is_fixed(when, then):
    assert fixed(when, 1795448053_500000000) == then
