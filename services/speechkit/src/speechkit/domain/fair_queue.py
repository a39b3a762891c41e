"""Who is served next when there is less room than work: by priority, then fair by audio seconds.

Deficit round robin over tenants, and within each over its requests, with ageing. Pure: costs and times are given and
nothing waits here; what is served, and by whom, is the caller's matter.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from speechkit.domain.options import Priority

QUANTUM_SECONDS = 30.0
"""A turn is worth one window of the longest kind, so that a turn always suffices for the next window."""

AGEING_SECONDS = 20.0
AGED_TURN = 4
"""Priorities are strict, but work that has waited this long gets every fourth turn: no level is starved by another."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Ticket:
    """One window that waits to be served, and whose it is."""

    priority: Priority
    tenant: str
    request: str
    cost_seconds: float
    since: float


class FairQueue:
    def __init__(self) -> None:
        self._levels: dict[Priority, _Turns[_Turns[_Line]]] = {level: _Turns() for level in Priority}
        self._turn = 0

    def put(self, ticket: Ticket) -> None:
        requests = self._levels[ticket.priority].children.setdefault(ticket.tenant, _Turns())
        requests.children.setdefault(ticket.request, _Line()).tickets.append(ticket)

    def take(self, *, now: float) -> Ticket | None:
        """The next to be served; None when nobody waits."""
        waiting = [level for level in Priority if self._levels[level].children]
        if not waiting:
            return None
        self._turn += 1
        chosen = waiting[0]
        if self._turn % AGED_TURN == 0:
            chosen = next((level for level in reversed(waiting) if self._waited(level, now)), chosen)
        return self._levels[chosen].take()

    def remove(self, ticket: Ticket) -> None:
        """Work that is not wanted any more; nothing happens when it has been served already."""
        tenants = self._levels[ticket.priority]
        if (requests := tenants.children.get(ticket.tenant)) is None:
            return
        if (line := requests.children.get(ticket.request)) is None or ticket not in line.tickets:
            return
        line.tickets.remove(ticket)
        requests.forget_if_empty(ticket.request)
        tenants.forget_if_empty(ticket.tenant)

    def seconds_before(self, priority: Priority) -> float:
        """The audio that is served before, or in turn with, new work of this priority."""
        return sum(
            ticket.cost_seconds for level in Priority if level <= priority for ticket in self._levels[level].waiting()
        )

    def _waited(self, level: Priority, now: float) -> bool:
        return any(now - ticket.since >= AGEING_SECONDS for ticket in self._levels[level].waiting())


class _Child(Protocol):
    @property
    def empty(self) -> bool: ...
    def next_cost(self) -> float: ...
    def take(self) -> Ticket: ...
    def waiting(self) -> Iterator[Ticket]: ...


ChildT = TypeVar("ChildT", bound=_Child)


class _Line:
    """One request's windows, in their order."""

    def __init__(self) -> None:
        self.tickets: deque[Ticket] = deque()

    @property
    def empty(self) -> bool:
        return not self.tickets

    def next_cost(self) -> float:
        return self.tickets[0].cost_seconds

    def take(self) -> Ticket:
        return self.tickets.popleft()

    def waiting(self) -> Iterator[Ticket]:
        return iter(self.tickets)


class _Turns(Generic[ChildT]):
    """Deficit round robin: each child in turn gets a quantum, and is served while what it has saved up suffices."""

    def __init__(self) -> None:
        self.children: dict[str, ChildT] = {}
        """In the order of their turns: the first has it, and goes to the end when it is over."""
        self._saved: dict[str, float] = {}

    @property
    def empty(self) -> bool:
        return not self.children

    def next_cost(self) -> float:
        return self.children[self._whose_turn()].next_cost()

    def take(self) -> Ticket:
        name = self._whose_turn()
        ticket = self.children[name].take()
        self._saved[name] -= ticket.cost_seconds
        self.forget_if_empty(name)
        return ticket

    def waiting(self) -> Iterator[Ticket]:
        for child in self.children.values():
            yield from child.waiting()

    def forget_if_empty(self, name: str) -> None:
        """Who wants nothing saves nothing: an idle tenant does not collect turns for later."""
        if self.children[name].empty:
            del self.children[name]
            self._saved.pop(name, None)

    def _whose_turn(self) -> str:
        """Pass the turn on until somebody can afford its next window; asking again gives the same answer."""
        while True:
            name, child = next(iter(self.children.items()))
            if name not in self._saved:
                self._saved[name] = QUANTUM_SECONDS
            if child.next_cost() <= self._saved[name]:
                return name
            self.children[name] = self.children.pop(name)
            following = next(iter(self.children))
            self._saved[following] = self._saved.get(following, 0.0) + QUANTUM_SECONDS
