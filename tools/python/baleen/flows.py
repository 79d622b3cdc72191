"""Flows without a server: out of a store's folder, or out of capture files, which are run through the data plane first."""
from __future__ import annotations

import json
import pathlib
import shutil
import tempfile
import threading
import weakref
from typing import Any, Callable, Iterable, Iterator, List, Optional

from .capture import Path, Paths, path_list
from .program import Child
from .records import Flow

SLICES = 'flows-*Z.sqlite'


def is_store(path: Path) -> bool:
    return any(pathlib.Path(path).glob(SLICES))


class Flows:
    """Flow records; iterating asks for them, in order of their start where there is no `sort`, as often as one likes.

    Iterating raises FilterError, or ProgramError for what cannot be read. Out of capture files a temporary store is
    made when flows are first asked for. It takes the place of the records in $TMPDIR until close(), or until this object
    is gone.
    """

    def __init__(self, source: Paths, filter: Optional[str] = None, *, sort: Optional[str] = None,
                 limit: Optional[int] = None, last_run: bool = False, rules: Iterable[Path] = (),
                 bpf_filter: Optional[str] = None, settings: Iterable[str] = ()) -> None:
        """source      the folder of a store (`baleen run --data`), or captures: files, or folders of them
        filter      docs/filter.md
        sort        a field; a leading - turns the order round
        limit       at most so many
        last_run    of a store, only its newest run
        rules, bpf_filter, settings
                    of captures: files of rules to match with, pcap-filter(7), KEY=VALUE of the configuration
        """
        self._sources = path_list(source)
        self._of_store = len(self._sources) == 1 and is_store(self._sources[0])
        of_captures = [*['--rules=%s' % path for path in path_list(list(rules))], *['--set=' + each for each in settings],
                       *(['--filter=' + bpf_filter] if bpf_filter else [])]
        if self._of_store and of_captures:
            raise ValueError('%s is a store: its packets are counted already' % self._sources[0])
        self._run_options = of_captures
        self._query = [*(['--sort=' + sort] if sort else []), *(['--limit=%d' % limit] if limit is not None else []),
                       *(['--last-run'] if last_run else []), *(['--', filter] if filter else [])]
        self._made: Optional[str] = None
        self._delete: Optional[Callable[[], object]] = None
        self._lock = threading.Lock()

    @property
    def store(self) -> str:
        """The store's folder."""
        if self._of_store:
            return self._sources[0]
        with self._lock:
            if self._made is None:
                made = tempfile.mkdtemp(prefix='baleen-')
                delete = weakref.finalize(self, shutil.rmtree, made, ignore_errors=True)
                try:
                    self._count_captures(made)
                except BaseException:
                    delete()
                    raise
                self._made, self._delete = made, delete
            return self._made

    def _count_captures(self, folder: str) -> None:
        captures = [word for path in self._sources for word in ('-r', path)]
        with Child(['run', '--quiet', '--data', folder, *captures, *self._run_options]) as child:
            for _ in child:
                pass

    def __iter__(self) -> Iterator[Flow]:
        store = self.store
        if not self._of_store and not is_store(store):
            return  # the captures had no flow
        with Child(['flows', '--json', '--data', store, *self._query]) as child:
            for line in child:
                yield Flow(json.loads(line))

    def to_dataframe(self) -> Any:
        """A pandas.DataFrame, a row for each."""
        from .frames import to_dataframe
        return to_dataframe(self)

    def to_networkx(self, directed: bool = False) -> Any:
        """Hosts and who talks to whom: see baleen.to_networkx()."""
        from .networks import to_networkx
        return to_networkx(self, directed)

    def close(self) -> None:
        """Deletes the temporary store; the flows can be asked for again all the same."""
        with self._lock:
            if self._delete is not None:
                self._delete()
            self._made = None

    def __enter__(self) -> Flows:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def flows(source: Paths, filter: Optional[str] = None, *, sort: Optional[str] = None, limit: Optional[int] = None,
          last_run: bool = False, rules: Iterable[Path] = (), bpf_filter: Optional[str] = None,
          settings: Iterable[str] = ()) -> Flows:
    """Flow records of a store or of captures, in the manner of NFStreamer(source=...): see Flows."""
    return Flows(source, filter, sort=sort, limit=limit, last_run=last_run, rules=rules, bpf_filter=bpf_filter,
                 settings=settings)
