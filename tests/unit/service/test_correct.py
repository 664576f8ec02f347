"""A published post is corrected once: by an edit, or by a reply where there are no edits."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from perihelion.model.corrections import Means
from perihelion.model.deliveries import State
from perihelion.model.errors import IllegalTransition, NotSent, OutcomeUnknown, UsageError
from perihelion.model.posts import Receipt
from perihelion.service.attention import find_attention
from perihelion.service.audit import audit_accounts
from perihelion.service.commands import correct as verb
from perihelion.service.post_correction import open_published
from perihelion.testing.http_server import FakeServer, Fault, Reply
from tests.fakes.mastodon_server import TOKEN, FakeMastodon
from tests.fakes.published_post import RIGHT, SENT_AT, WRONG, PublishedPost

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from perihelion.model.corrections import Correction
    from perihelion.model.posts import Post
    from perihelion.service.wiring import App

HOUR = timedelta(hours=1)


class OnMastodon(PublishedPost):
    """The post on Mastodon, with the server in the test's hand."""

    def __init__(self, folder: Path, mastodon: FakeMastodon, server: FakeServer) -> None:
        self.mastodon, self.server = mastodon, server
        mastodon.now = lambda: self.clock.now()  # noqa: PLW0108 - there is no clock yet
        super().__init__(folder, "mastodon", {"MASTODON_URL": server.url, "MASTODON_TOKEN": TOKEN})

    @property
    def texts(self) -> list[str]:
        return [status.text for status in self.mastodon.statuses]

    def break_edit(self, fault: Fault) -> None:
        self.server.break_next(fault, lambda request: request.method == "PUT")


@pytest.fixture
def post(tmp_path: Path) -> Iterator[OnMastodon]:
    mastodon = FakeMastodon()
    with mastodon.serve() as server:
        yield OnMastodon(tmp_path, mastodon, server)


@pytest.fixture
def local(tmp_path: Path) -> PublishedPost:
    """On the local timeline, which has replies and no edits."""
    return PublishedPost(tmp_path, "local", {})


def correct(post: PublishedPost, *, reply: bool = False) -> Correction | None:
    """What the verb does once a person has agreed."""
    ledger = post.app.open_ledger()
    try:
        published = open_published(post.app, ledger, post.key)
        corrector = published.open_corrector(ledger)
        if published.unfinished is not None:
            return corrector.resume(published.unfinished)
        plan = published.plan(ledger, prefers_reply=reply)
        return corrector.start(post.key, plan.means, plan.before, plan.post) if plan else None
    finally:
        ledger.close()


def test_where_the_network_has_edits_the_post_itself_is_corrected(post: OnMastodon) -> None:
    assert WRONG in post.texts[0]
    made = correct(post)
    assert made is not None
    assert (made.state, made.means, made.key) == (State.SENT, Means.EDIT, f"{post.key}#1")
    assert [RIGHT in text for text in post.texts] == [True]


def test_elsewhere_a_reply_says_what_is_right(local: PublishedPost) -> None:
    made = correct(local)
    assert made is not None
    assert (made.state, made.means) == (State.SENT, Means.REPLY)
    first, second = local.list_timeline()
    assert WRONG in first.text
    assert second.text.startswith("Correction: ")
    assert RIGHT in second.text
    assert made.post.reply_to == first.receipt.id


@pytest.mark.parametrize("where", ["post", "local"])
def test_it_is_corrected_once(where: str, request: pytest.FixtureRequest) -> None:
    published: PublishedPost = request.getfixturevalue(where)
    correct(published)
    before = [one.text for one in published.list_timeline()]
    assert correct(published) is None
    assert [one.text for one in published.list_timeline()] == before
    assert len(published.list_corrections()) == 1


def test_a_second_mistake_is_corrected_after_the_first(post: OnMastodon) -> None:
    correct(post)
    post.write_schedule("The probe sets out from Cape Canaveral")
    post.app = post.open_app()
    made = correct(post)
    assert made is not None
    assert (made.number, RIGHT in made.before) == (2, True)
    assert ["Cape Canaveral" in text for text in post.texts] == [True]


def test_an_edit_whose_answer_is_lost_is_looked_up_and_not_made_again(post: OnMastodon) -> None:
    post.break_edit(Fault(acted=True, cut_after=0))
    made = correct(post)
    assert made is not None
    assert made.state is State.UNKNOWN
    assert correct(post) == made, "its request may still be under way"
    post.clock.at += HOUR
    made = correct(post)
    assert made is not None
    assert (made.state, made.attempts) == (State.SENT, 1)


def test_an_edit_that_did_not_arrive_is_made_again(post: OnMastodon) -> None:
    post.break_edit(Fault(Reply(502, {})))
    correct(post)
    post.clock.at += HOUR
    made = correct(post)
    assert made is not None
    assert (made.state, made.attempts) == (State.SENT, 2)
    assert [RIGHT in text for text in post.texts] == [True]


def test_a_post_that_is_gone_is_not_corrected_and_not_made_anew(post: OnMastodon) -> None:
    post.mastodon.statuses.clear()
    made = correct(post)
    assert made is not None
    assert made.state is State.REJECTED
    assert post.texts == []


def test_a_refusal_that_may_pass_waits_until_it_is_called_again(post: OnMastodon) -> None:
    post.break_edit(Fault(Reply(429, {"error": "slow down"})))
    made = correct(post)
    assert made is not None
    assert made.state is State.WAITING
    made = correct(post)
    assert made is not None
    assert made.state is State.SENT


def test_what_is_under_way_elsewhere_is_left_alone_until_its_lease_and_patience_are_over(
    post: OnMastodon,
) -> None:
    begin_and_die(post)
    made = correct(post)
    assert made is not None
    assert made.state is State.SENDING
    assert WRONG in post.texts[0]
    post.clock.at += HOUR
    made = correct(post)
    assert made is not None
    assert (made.state, made.attempts) == (State.SENT, 2)


def begin_and_die(post: PublishedPost) -> None:
    """A process that is killed once its intent is on disk."""
    ledger = post.app.open_ledger()
    plan = open_published(post.app, ledger, post.key).plan(ledger, prefers_reply=False)
    assert plan is not None
    ledger.begin_correction(post.key, plan.means, plan.before, plan.post, post.clock.at)
    with pytest.raises(IllegalTransition, match="has not come to an end"):
        ledger.begin_correction(post.key, plan.means, plan.before, plan.post, post.clock.at)
    ledger.close()


def test_a_result_that_comes_after_another_process_took_over_is_refused(post: OnMastodon) -> None:
    begin_and_die(post)
    (stale,) = post.list_corrections()
    post.clock.at += HOUR
    correct(post)
    ledger = post.app.open_ledger()
    with pytest.raises(IllegalTransition, match="taken over"):
        ledger.settle_correction(stale, replace(stale, state=State.UNKNOWN), post.clock.at)
    ledger.close()


def test_every_step_is_in_the_history(post: OnMastodon) -> None:
    post.break_edit(Fault(Reply(502, {})))
    correct(post)
    post.clock.at += HOUR
    made = correct(post)
    assert made is not None
    ledger = post.app.open_ledger()
    steps = ledger.list_correction_history(made)
    ledger.close()
    assert [one.after for one in steps] == [
        State.SENDING,
        State.UNKNOWN,
        State.SENDING,
        State.SENT,
    ]


def test_a_correction_that_is_not_over_needs_a_person(post: OnMastodon) -> None:
    post.break_edit(Fault(Reply(502, {})))
    correct(post)
    ledger = post.app.open_ledger()
    found = [one for one in find_attention(post.app, ledger) if one.need.value == "correction"]
    ledger.close()
    assert [one.subject for one in found] == [f"{post.key}#1"]
    assert f"correct {post.key}" in found[0].text


def test_the_audit_expects_the_corrected_text(post: OnMastodon) -> None:
    correct(post)
    ledger = post.app.open_ledger()
    (audit,) = audit_accounts(post.app, ledger, SENT_AT - HOUR)
    ledger.close()
    assert (audit.judged, audit.findings) == (1, ())


def test_a_reply_that_is_lost_is_repeated_once_and_then_held(
    local: PublishedPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = type(next(iter(local.app.connect_accounts().values())))

    def lose(_self: object, _post: Post, _token: str) -> Receipt:
        raise OutcomeUnknown("no answer")

    monkeypatch.setattr(adapter, "publish", lose)
    monkeypatch.setattr(adapter, "find", lambda _self, _post, _token: None)
    lookup = replace(next(iter(local.app.connect_accounts().values())).dedupe, window=HOUR)
    monkeypatch.setattr(adapter, "dedupe", replace(lookup, then_lookup=True))
    states = []
    for _ in range(8):
        made = correct(local)
        assert made is not None
        states.append((made.state.value, made.attempts, made.absences))
        local.clock.at += HOUR
        if made.state is State.HELD:
            break
    assert states == [
        ("unknown", 1, 0),
        ("unknown", 1, 1),
        ("waiting", 1, 2),
        ("unknown", 2, 0),
        ("unknown", 2, 1),
        ("held", 2, 2),
    ]
    with pytest.raises(IllegalTransition, match="look at the account"):
        correct(local)


def test_a_look_up_without_an_answer_proves_nothing(
    local: PublishedPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = type(next(iter(local.app.connect_accounts().values())))
    lookup = replace(next(iter(local.app.connect_accounts().values())).dedupe, window=HOUR)

    def lose(_self: object, _post: Post, _token: str) -> Receipt:
        raise OutcomeUnknown("no answer")

    def fail(_self: object, _post: Post, _token: str) -> Receipt:
        raise NotSent("no connection")

    monkeypatch.setattr(adapter, "dedupe", replace(lookup, then_lookup=True))
    monkeypatch.setattr(adapter, "publish", lose)
    monkeypatch.setattr(adapter, "find", fail)
    correct(local)
    for _ in range(4):
        local.clock.at += HOUR
        made = correct(local)
        assert made is not None
        assert (made.state, made.absences) == (State.UNKNOWN, 0)
    found = Receipt("9", "https://example.org/9")
    monkeypatch.setattr(adapter, "find", lambda _self, _post, _token: found)
    local.clock.at += HOUR
    made = correct(local)
    assert made is not None
    assert (made.state, made.url) == (State.SENT, found.url)


def run_verb(
    post: PublishedPost, monkeypatch: pytest.MonkeyPatch, *arguments: str, answer: str = ""
) -> tuple[int, str]:
    def open_app(_environ: object, only: str) -> App:
        assert only == post.key.account
        return post.app

    monkeypatch.setattr(verb, "open_app", open_app)
    result = CliRunner().invoke(
        verb.command, [str(post.key), *arguments], input=answer, standalone_mode=False
    )
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.output


def test_the_verb_shows_both_texts_and_sends_nothing_unless_a_person_agrees(
    post: OnMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, output = run_verb(post, monkeypatch, answer="n\n")
    assert (status, post.list_corrections()) == (0, [])
    assert WRONG in output
    assert RIGHT in output
    assert "The post will be edited:" in output
    status, output = run_verb(post, monkeypatch, answer="y\n")
    assert status == 0
    assert f"{post.key}#1 is sent: {post.server.url}/@year/" in output
    status, output = run_verb(post, monkeypatch, "--yes")
    assert (status, "nothing to correct" in output) == (0, True)


def test_for_programs_it_asks_nothing(post: OnMastodon, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="--json asks nothing"):
        run_verb(post, monkeypatch, "--json")
    status, output = run_verb(post, monkeypatch, "--json", "--dry-run")
    shown = json.loads(output)
    assert (status, shown["means"], shown["state"]) == (0, "edit", None)
    status, output = run_verb(post, monkeypatch, "--json", "--yes")
    shown = json.loads(output)
    assert (status, shown["key"], shown["state"]) == (0, f"{post.key}#1", "sent")
    assert WRONG in shown["before"]
    assert RIGHT in shown["text"]


def test_a_reply_can_be_asked_for_where_there_are_edits(
    post: OnMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, output = run_verb(post, monkeypatch, "--reply", "--yes")
    assert (status, "a reply will be published" in output) == (0, True)
    original, reply = post.mastodon.statuses
    assert WRONG in original.text
    assert (reply.reply_to, reply.text.startswith("Correction: ")) == (original.id, True)


def test_what_failed_makes_the_exit_status_one(
    post: OnMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.break_edit(Fault(Reply(502, {})))
    status, output = run_verb(post, monkeypatch, "--yes")
    assert status == 1
    assert "correct it again after 2027-03-03 01:02 UTC" in output


def test_a_held_correction_is_settled_by_a_person(
    post: OnMastodon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no correction of"):
        run_verb(post, monkeypatch, "--done")
    begin_and_die(post)
    ledger = post.app.open_ledger()
    (lost,) = ledger.list_corrections()
    unknown = replace(lost, state=State.UNKNOWN)
    ledger.settle_correction(lost, unknown, post.clock.at)
    ledger.settle_correction(unknown, replace(unknown, state=State.HELD), post.clock.at)
    ledger.close()
    assert run_verb(post, monkeypatch, "--done")[0] == 0
    assert [one.state for one in post.list_corrections()] == [State.SENT]
