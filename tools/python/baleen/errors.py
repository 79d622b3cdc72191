"""What can go wrong, as exceptions: all of them are BaleenError."""
from __future__ import annotations

from typing import Optional


def caret(text: str, offset: int) -> str:
    """`text`, and below it a caret under byte `offset`: filters count bytes, terminals columns."""
    encoded = text.encode()
    before = encoded[:offset].decode(errors='replace')
    line = before.rsplit('\n', 1)[-1]
    return '%s\n%s^' % (text, ' ' * len(line))


class BaleenError(Exception):
    """Base of all."""


class ProgramError(BaleenError):
    """A program of Baleen could not be started, or has failed: `status` is its exit status, if it had one."""

    def __init__(self, message: str, status: Optional[int] = None) -> None:
        super().__init__(message)
        self.status = status


class FilterError(BaleenError):
    """A filter cannot be read. `offset`: where it goes wrong, in bytes; None where that is not known, as of pcap-filter(7)
    and of Wireshark's display filters."""

    def __init__(self, message: str, text: str = '', offset: Optional[int] = None) -> None:
        super().__init__(message)
        self.message, self.text, self.offset = message, text, offset

    def __str__(self) -> str:
        if self.offset is None:
            return self.message
        return '%s %s' % (caret(self.text, self.offset), self.message)


class ConnectionFailed(BaleenError):
    """Nobody answers at the address, or an answer broke off."""


class Problem(BaleenError):
    """The API refuses (RFC 9457). `parameter` is the one that is wrong, `retry_after_s` when to ask again."""

    def __init__(self, status: int, title: str, detail: str = '', kind: str = '', parameter: Optional[str] = None,
                 retry_after_s: Optional[float] = None) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.kind = status, title, detail, kind
        self.parameter, self.retry_after_s = parameter, retry_after_s

    def __str__(self) -> str:
        where = '%s: ' % self.parameter if self.parameter else ''
        return '%d %s%s' % (self.status, self.title, ': ' + where + self.detail if self.detail else '')


class FilterProblem(Problem, FilterError):
    """The API refuses a filter; a FilterError as well, with `text`, `offset` and the caret."""

    def __init__(self, problem: Problem, text: str, offset: Optional[int]) -> None:
        Problem.__init__(self, problem.status, problem.title, problem.detail, problem.kind, problem.parameter)
        self.message, self.text, self.offset = problem.detail or problem.title, text, offset

    def __str__(self) -> str:
        return FilterError.__str__(self)


class MissingPackage(BaleenError, ImportError):
    """An optional package is not installed."""

    def __init__(self, name: str, purpose: str) -> None:
        super().__init__('%s needs the package %s: apt install python3-%s, or pip install %s' % (purpose, name, name, name))
