"""What the API answers about the run, typed. Times are ns since 1970-01-01 UTC."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional


@dataclass(frozen=True)
class Run:
    """state: none, running, ended or gone. progress: of files, 0 to 1."""
    state: str = 'none'
    id: int = 0
    is_live: bool = False
    start_ns: int = 0
    end_ns: Optional[int] = None
    workers: int = 0
    progress: Optional[float] = None


@dataclass(frozen=True)
class LedgerInShort:
    """Every packet accounted for. lost: packets, records and events by where they were lost."""
    balanced: bool = True
    imbalances: List[str] = field(default_factory=list)
    wire: int = 0
    received: int = 0
    received_bytes: int = 0
    lost: Dict[str, int] = field(default_factory=dict)
    flows: int = 0
    flows_active: int = 0
    records: int = 0
    events: int = 0
    matches: int = 0


@dataclass(frozen=True)
class Store:
    """first_ns: when the first flow ended, last_ns: behind where the last one did. history_days: what the budgets hold once
    they are filled, None: no end. deletion_days, full_days: until the oldest slice is deleted, until there is no more room.
    damaged: slices that were put aside."""
    directory: str = ''
    slices: int = 0
    damaged: int = 0
    bytes: int = 0
    budget_bytes: int = 0
    free_bytes: Optional[int] = None
    first_ns: Optional[int] = None
    last_ns: Optional[int] = None
    bytes_per_day: float = 0.0
    history_days: Optional[float] = None
    deletion_days: Optional[float] = None
    full_days: Optional[float] = None


@dataclass(frozen=True)
class Status:
    version: str = ''
    ready: bool = False
    run: Run = Run()
    ledger: Optional[LedgerInShort] = None
    store: Optional[Store] = None


@dataclass(frozen=True)
class Port:
    """missed: packets by why they were missed. clock_error_ns: how far its time stamps may be off."""
    name: str = ''
    wire_packets: int = 0
    wire_bytes: int = 0
    clock: str = ''
    clock_error_ns: int = 0
    link_is_up: bool = False
    link_up_count: int = 0
    link_down_count: int = 0
    is_absent: bool = False
    missed: Dict[str, int] = field(default_factory=dict)
    no_mbuf: int = 0
    mbuf_failures: int = 0
    shunted: int = 0
    queues: List[Dict[str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Worker:
    """ring: bytes and frames; counters: by term and cause, as in the ledger."""
    worker: int = 0
    flows_active: int = 0
    clock_ns: int = 0
    ring: Dict[str, int] = field(default_factory=dict)
    counters: Dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rates:
    """Of one second. ring_fill: 0 to 1."""
    time_ns: int = 0
    run_id: int = 0
    packets_per_s: float = 0.0
    bits_per_s: float = 0.0
    flows_per_s: float = 0.0
    records_per_s: float = 0.0
    events_per_s: float = 0.0
    matches_per_s: float = 0.0
    captured_per_s: float = 0.0
    flows_active: int = 0
    ring_fill: float = 0.0
    lost_per_s: Dict[str, float] = field(default_factory=dict)
    port_packets_per_s: List[float] = field(default_factory=list)


@dataclass(frozen=True)
class Field:
    """A field of filters."""
    name: str = ''
    type: str = ''
    description: str = ''
