"""The program `baleen` as a child process, whose lines are read as they come."""
from __future__ import annotations

import collections
import os
import re
import shutil
import signal
import subprocess
import threading
from types import TracebackType
from typing import Callable, Deque, Iterator, List, Optional, Sequence, Type

from .errors import FilterError, ProgramError

USAGE_STATUS = 2
COMPLAINT_LINES_MAX = 50


def find() -> str:
    """The program's path: $BALEEN_PROGRAM, or `baleen` in $PATH. ProgramError if there is none."""
    named = os.environ.get('BALEEN_PROGRAM')
    found = shutil.which(named or 'baleen')
    if found is None:
        raise ProgramError('there is no program %s; BALEEN_PROGRAM names another' % (named or 'baleen in PATH'))
    return found


def failure(status: int, complaint: str) -> Exception:
    """What a complaint of the program means."""
    sentence = '\n'.join(re.sub(r'^baleen: (filter:\s*)?', '', line) for line in complaint.splitlines()).strip('\n')
    if status == USAGE_STATUS:
        text, _, below = sentence.rpartition('\n')
        pointed = re.match(r'( *)\^ (.*)', below)
        if text and pointed:
            last_line = text.rfind('\n') + 1
            column = len(pointed[1])
            return FilterError(pointed[2], text, len(text[:last_line + column].encode()))
        if sentence.startswith('capture filter'):
            return FilterError(sentence)
    return ProgramError(sentence or 'baleen ended with status %d and no word' % status, status)


class Child:
    """`baleen ARGUMENTS`: iterating gives the lines of its output; close() or the end of a `with` block ends it.

    Its end is checked when its output ends: ProgramError or FilterError if it has failed, unless it was told to stop.
    """

    def __init__(self, arguments: Sequence[str], on_ready: Optional[Callable[[], object]] = None) -> None:
        """`on_ready` is called, from a thread, when a port is open, which standard error tells."""
        self._on_ready = on_ready
        self._stopped = False
        self._complaint: Deque[str] = collections.deque(maxlen=COMPLAINT_LINES_MAX)
        self._process = subprocess.Popen([find(), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, encoding='utf-8', errors='replace')
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._complaint.append(line)
            if re.match(r'baleen: \S+: ', line) and self._on_ready is not None:
                on_ready, self._on_ready = self._on_ready, None
                on_ready()

    def __iter__(self) -> Iterator[str]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield line
        status = self._process.wait()
        self._listener.join()
        if status != 0 and not self._stopped:
            raise failure(status, ''.join(self._complaint))

    @property
    def notices(self) -> List[str]:
        """The last lines on standard error: which driver a port has, how many packets were dropped."""
        return [line.rstrip('\n') for line in self._complaint]

    def stop(self) -> None:
        """Asks it to end; what it has read so far still comes."""
        self._stopped = True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def close(self) -> None:
        """Ends it, whatever it still has to say."""
        self.stop()
        assert self._process.stdout is not None and self._process.stderr is not None
        self._process.stdout.close()
        try:
            self._process.wait(timeout=10)  # a port takes a moment to close
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._process.stderr.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
                 trace: Optional[TracebackType]) -> None:
        self.close()
