"""Fairness that holds for any mix of tenants, requests and windows."""

from collections import Counter, defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from speechkit.domain.fair_queue import AGED_TURN, AGEING_SECONDS, QUANTUM_SECONDS, FairQueue, Ticket
from speechkit.domain.options import Priority

WINDOW_SECONDS = 30.0


def ticket(
    tenant: str = "a",
    request: str = "1",
    *,
    cost: float = 10.0,
    priority: Priority = Priority.INTERACTIVE,
    since: float = 0,
) -> Ticket:
    return Ticket(priority=priority, tenant=tenant, request=request, cost_seconds=cost, since=since)


tickets = st.lists(
    st.builds(
        ticket,
        st.sampled_from("abc"),
        st.sampled_from("123"),
        cost=st.floats(0.1, WINDOW_SECONDS),
        priority=st.sampled_from(Priority),
    ),
    max_size=60,
)


def filled(waiting: list[Ticket]) -> FairQueue:
    queue = FairQueue()
    for each in waiting:
        queue.put(each)
    return queue


def served(queue: FairQueue, *, now: float = 0.0) -> list[Ticket]:
    order = []
    while (each := queue.take(now=now)) is not None:
        order.append(each)
    return order


@given(waiting=tickets)
def test_everybody_is_served_once(waiting: list[Ticket]) -> None:
    assert Counter(map(id, served(filled(waiting)))) == Counter(map(id, waiting))


@given(waiting=tickets)
def test_the_windows_of_a_request_keep_their_order(waiting: list[Ticket]) -> None:
    def by_request(order: list[Ticket]) -> dict[tuple[Priority, str, str], list[int]]:
        lines = defaultdict(list)
        for each in order:
            lines[each.priority, each.tenant, each.request].append(id(each))
        return lines

    assert by_request(served(filled(waiting))) == by_request(waiting)


@given(waiting=tickets)
def test_fresh_work_is_served_by_priority(waiting: list[Ticket]) -> None:
    levels = [each.priority for each in served(filled(waiting))]
    assert levels == sorted(levels)


@given(waiting=tickets, gone=st.sets(st.integers(0, 59)))
def test_what_was_removed_is_not_served(waiting: list[Ticket], gone: set[int]) -> None:
    queue = filled(waiting)
    removed = [each for index, each in enumerate(waiting) if index in gone]
    for each in [*removed, *removed]:
        queue.remove(each)
    assert {id(each) for each in served(queue)} == {id(each) for each in waiting} - {id(each) for each in removed}


@settings(deadline=None, max_examples=25)
@given(costs=st.lists(st.floats(0.5, WINDOW_SECONDS), min_size=3, max_size=3))
def test_tenants_get_the_same_audio_whatever_their_windows_and_requests(costs: list[float]) -> None:
    """At any moment two tenants who both wait differ by no more than two turns, however they slice their work."""
    queue = FairQueue()
    for tenant, cost, requests in zip("abc", costs, (1, 4, 9), strict=True):
        for number in range(round(900 / cost)):
            queue.put(ticket(tenant, str(number % requests), cost=cost))
    given_seconds = dict.fromkeys("abc", 0.0)
    while min(given_seconds.values()) < 600:
        each = queue.take(now=0)
        assert each
        given_seconds[each.tenant] += each.cost_seconds
        assert max(given_seconds.values()) - min(given_seconds.values()) <= 2 * QUANTUM_SECONDS + 60


def test_a_short_request_is_not_stuck_behind_a_long_file() -> None:
    """Of the same tenant, too: the long file's next window may come first, its other hundred don't."""
    queue = filled([ticket(request="long", cost=28) for _ in range(100)])
    for _ in range(10):
        queue.take(now=0)
    short = ticket(request="short", cost=5)
    queue.put(short)
    assert short in [queue.take(now=0) for _ in range(3)]


def test_old_jobs_get_every_fourth_turn_and_no_more() -> None:
    queue = filled([ticket(priority=Priority.LIVE, since=AGEING_SECONDS) for _ in range(40)])
    for _ in range(40):
        queue.put(ticket(priority=Priority.JOB, since=0))
    order = [each.priority for each in (queue.take(now=AGEING_SECONDS) for _ in range(40)) if each]
    assert order.count(Priority.JOB) == 40 // AGED_TURN


def test_what_waits_before_new_work_is_known() -> None:
    queue = filled([ticket(priority=level, cost=10) for level in Priority])
    assert [queue.seconds_before(level) for level in Priority] == [10, 20, 30]
