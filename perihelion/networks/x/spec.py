"""What is known about X before an account is connected."""

from __future__ import annotations

from perihelion.model.posts import Counting, Limits, MentionSyntax
from perihelion.networks.base import NetworkSpec, Option, Variable
from perihelion.networks.shared.deferred_import import connect_by
from perihelion.networks.x.budget import OverBudget, read_budget

PUBLIC_API = "https://api.x.com"
LIMITS = Limits(
    links_cost=True,
    several_tags=False,
    length=280,
    counting=Counting.WEIGHTED,
    url_length=23,
    pictures=4,
    alt_length=1000,
    picture_bytes=5_000_000,
    picture_min_side=4,
    mentions=MentionSyntax.X,
)


_URL_VARIABLE = Variable(
    "URL", required=False, default=PUBLIC_API, help="another server, for tests"
)
SPEC = NetworkSpec(
    "x",
    connect_by("perihelion.networks.x.adapter:X"),
    LIMITS,
    variants=(
        (
            _URL_VARIABLE,
            Variable("API_KEY", secret=True, help="the app's API key (OAuth 1.0a)"),
            Variable("API_SECRET", secret=True, help="the app's API key secret"),
            Variable("ACCESS_TOKEN", secret=True, help="the account's access token"),
            Variable("ACCESS_SECRET", secret=True, help="the account's access token secret"),
        ),
        (
            _URL_VARIABLE,
            Variable("CLIENT_ID", help="the app's client ID (OAuth 2)"),
            Variable("CLIENT_SECRET", secret=True, required=False, help="if it has one"),
            Variable("REFRESH_TOKEN", secret=True, help="from the sign-in; renewed from then on"),
        ),
    ),
    options=(
        Option("budget", (), 'the most USD to spend in a calendar month, such as "5.00"'),
        Option("over_budget", tuple(OverBudget), "what happens to a post that exceeds the budget"),
    ),
    read_options=read_budget,
    login="perihelion.networks.x.login:sign_in",
    is_paid=True,
)
