"""The website as a WSGI application: what every response has in common."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from flask import Flask, Response, render_template, request

from perihelion.schedule.load import load_schedule
from perihelion.service.clock import SystemClock
from perihelion.service.program import find_program
from perihelion.service.redaction import find_secrets
from perihelion.service.settings import read_settings
from perihelion.service.web.api import make_api
from perihelion.service.web.corrections import make_corrections
from perihelion.service.web.feeds import make_feeds
from perihelion.service.web.headers import MAX_AGE_SECONDS, SECURITY_HEADERS
from perihelion.service.web.link_cards import make_link_cards
from perihelion.service.web.operators import make_operators
from perihelion.service.web.page_cache import KeptPages, PageCache
from perihelion.service.web.pages import make_pages
from perihelion.service.web.published_posts import PublishedPosts
from perihelion.service.web.readable_ledger import ReadableLedger
from perihelion.service.web.search_engines import make_search_engines
from perihelion.service.web.site import Site
from perihelion.service.web.static_pages import make_static_pages
from perihelion.service.web.view import WebContext
from perihelion.service.web.words import LANGUAGES, Words
from perihelion.service.wiring import App

if TYPE_CHECKING:
    from collections.abc import Mapping

    from perihelion.publish.context import Clock


def create_app(
    environ: Mapping[str, str] | None = None, clock: Clock | None = None, *, as_files: bool = False
) -> Flask:
    """The application for the schedule that `environ` names (by default the process's own).

    With `as_files`, its pages lead to nothing that a server has to work out, such as a search, and
    it has what only a site of files needs.
    It connects no account, and only what operators look at needs a ledger: other pages lack what
    only a ledger knows. Raises ConfigurationError for mistakes in the settings or the schedule.
    """
    settings = read_settings(os.environ if environ is None else environ)
    schedule, clock = load_schedule(settings.schedule), clock or SystemClock()
    context = WebContext(
        Site(schedule), clock, settings.schedule.parent.absolute(), settings.site, as_files
    )
    secrets = find_secrets(os.environ if environ is None else environ)
    program = find_program()
    service = App(settings, schedule, clock, (), (), lambda: settings, secrets, program=program)
    app = Flask("perihelion.service.web", static_folder="static", template_folder="templates")
    app.url_map.strict_slashes = False
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = MAX_AGE_SECONDS
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    ledger = ReadableLedger(service.open_ledger, clock.real_now)
    posts = PublishedPosts(context, ledger)
    for language in LANGUAGES:
        app.register_blueprint(make_pages(context, posts, language))
    app.register_blueprint(make_feeds(context))
    app.register_blueprint(make_api(context))
    app.register_blueprint(make_corrections(context, ledger))
    app.register_blueprint(make_link_cards(context))
    app.register_blueprint(make_search_engines(context))
    app.register_blueprint(make_operators(service))
    if as_files:
        app.register_blueprint(make_static_pages(context))
    app.extensions |= {"perihelion": service, "perihelion-site": context}
    _add_common_parts(app, context)
    return app


def _add_common_parts(app: Flask, context: WebContext) -> None:
    cache = PageCache()
    app.wsgi_app = KeptPages(app.wsgi_app, cache, context.address, context.clock.now)  # type: ignore[method-assign]  # as Flask's guide does

    @app.before_request
    def answer_from_cache() -> Response | None:
        return cache.find(request, context.root, context.clock.now())

    @app.after_request
    def finish_response(response: Response) -> Response:
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.method in {"GET", "HEAD"} and response.status_code == 200:  # noqa: PLR2004 - HTTP's OK
            response.headers.setdefault("Cache-Control", f"public, max-age={MAX_AGE_SECONDS}")
            cache.keep(request, context.root, context.clock.now(), response)
            response.make_conditional(request)
        return response

    @app.errorhandler(404)
    def show_not_found(_error: Exception) -> tuple[str, int]:
        first = request.path.split("/")[1]
        language = first if first in LANGUAGES else LANGUAGES[0]
        words, shared = Words(language), context.shared(language)
        return render_template("not_found.html", words=words, spoken=[words], **shared), 404
