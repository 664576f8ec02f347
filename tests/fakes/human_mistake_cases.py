"""Each mistake of docs/mistakes.md, by what it is about."""

from __future__ import annotations

from tests.fakes.human_mistakes import HumanMistake

TITLE = "title: Two people land on the Moon"
TEXT = "'Armstrong steered past a field of boulders.'"
LEAD = '"Apollo 11 left Earth {ago}."'
KIND = "        kind: landing\n"
DAY = "1969-07-20T20:17Z"
PICTURE = "{file: media/eagle.jpg, alt: A lander, credit: NASA}"
GERMAN = "{de: {title: Zwei Menschen landen auf dem Mond}}"
LINKS = "links: [https://www.nasa.gov/]"
DATE_KEYS = "      - id: landing\n        at:"

_INDENTATION = (
    ("a key one space too far to the right", KIND, f" {KIND}", "indent this line like its"),
    ("a key one space too far to the left", KIND, KIND[1:], "indent this line like its"),
    ("keys below their dash", "launch\n        at:", "launch\n      at:", "indent this line"),
    ("an item one space too far to the left", "      - id: landing", "     - id: landing",
     "indent this line like its neighbours"),
    ("a long text that is not indented", "          Two of", "        Two of", "indent it like"),
    ("a tab for spaces", KIND, "\tkind: landing\n", "indent YAML with spaces only"),
    ("a tab among spaces", KIND, "      \tkind: landing\n", "indent YAML with spaces only"),
    ("a no-break space", KIND, f"\u00a0{KIND[1:]}", "type an ordinary one"),
)  # fmt: skip
_DASHES_AND_COLONS = (
    ("a missing `- `", "      - id: landing", "        id: landing", "write `- ` before it"),
    ("no space after a dash", "      - id: landing", "      -id: landing", "a space after"),
    ("no space after a dash in a short list", "- title: Apollo", "-title: Apollo", "`- title`"),
    ("items without dashes at all", "      - id: launch", "        id: launch", "with `- ` before"),
    ("no space after a colon", "title: Two", "title:Two", "write a space after `title:`"),
    ("a missing colon", "kind: landing", "kind landing", "write `key: value`"),
    ("= for a colon", "kind: landing", "kind = landing", "write `kind: `"),
    ("a full-width colon", "kind: landing", "kind：landing", "write `kind: `"),  # noqa: RUF001 - it is the mistake
    ("a no-break space after a colon", "kind: landing", "kind:\u00a0landing", "an ordinary one"),
    ("a text with a colon", TITLE, "title: Apollo 11: the landing", "must be quoted"),
)  # fmt: skip
_QUOTES_AND_BRACKETS = (
    ("a lost closing quote", LEAD, LEAD[:-1], 'is never closed; write " at the end'),
    ("a lost closing apostrophe", TEXT, TEXT[:-1], "is never closed; write ' at the end"),
    ("an apostrophe in apostrophes", TEXT, "'Armstrong's hand was calm.'", "is written twice"),
    ("quotes in quotes", LEAD, '"The "Eagle" left {ago}."', "quote the whole text with '"),
    ("a text that begins with a quotation", TEXT, '"It has landed," he said.', "the whole text"),
    ("curly quotes around a time", '"09:00"', "“09:00”", 'type straight ones (")'),
    ("curly quotes around a text", LEAD, "“Apollo 11: it left {ago}.”", "type straight ones"),
    ("one curly quote", LEAD, '"Apollo 11 left Earth {ago}.”', "type straight ones"),
    ("a text that begins with @", TEXT, "@NASA was calm.", "must be quoted"),
    ("a text in Markdown", TEXT, "**Armstrong** was calm.", "must be quoted"),
    ("a backslash in quotes", LEAD, '"Apollo 11\\left {ago}."', "is written twice"),
    ("a lead that begins with a brace", LEAD, "{ago}, it left.", "write a sentence in quotes"),
    ("`[#Tag]`", "[Apollo11]", "[#Apollo11]", "leave the # out"),
    ("`tags: #Tag`", "[Apollo11]", "#Apollo11", "` #` begins a comment"),
    ("a list that is not closed", LINKS, LINKS[:-1], "write `]` at its end"),
    ("a mapping that is not closed", PICTURE, PICTURE[:-1], "write `}` at its end"),
    ("a brace too many", PICTURE, f"{PICTURE}}}", "this bracket was never opened"),
    ("a lost comma", "A lander, credit", "A lander credit", "write the comma"),
    ("a Markdown link", LINKS, "links: [NASA](https://www.nasa.gov/)", "quote a text"),
)  # fmt: skip
_FILES = (
    ("merge markers", KIND, f"<<<<<<< HEAD\n{KIND}=======\n        kind: touchdown\n>>>>>>> a\n",
     "keep what is right of the two versions"),
    ("a merge marker that was left", KIND, f"{KIND}>>>>>>> kinds\n", "keep what is right"),
    ("a byte order mark in the middle", "      - id: landing", "\ufeff      - id: landing",
     "remove it"),
    ("a file that is not UTF-8", "the crew", "the cr\udcebw", "save as UTF-8"),
    ("a second document", "missions:", "---\nmissions:", "remove the `---`"),
    ("the key `missions` twice", "      - id: landing", "missions:\n      - id: landing",
     "duplicate key `missions`"),
    ("an anchor and its use", "late: 6h", "late: *late", "write the value out"),
    ("an included file that is not there", "missions:", "include: schedul/*.yaml\nmissions:",
     "matches no file"),
    ("an invisible character", TITLE, "title: Two people \u202eland", "remove it"),
)  # fmt: skip
_KEYS = (
    ("a slip in a key", "title: Two", "tilte: Two", "did you mean `title`?"),
    ("a capital in a key", "title: Two", "Title: Two", "did you mean `title`?"),
    ("`date` for `at`", "at: 1969-07-20", "date: 1969-07-20", "did you mean `at`?"),
    ("`description` for `text`", "text: 'Arm", "description: 'Arm", "did you mean `text`?"),
    ("`image` for `picture`", "picture:", "image:", "did you mean `picture`?"),
    ("an account's key in an event", "late: 6h", 'post_at: "10:00"', "it belongs in an account"),
    ("an event's key in a mission", "    tags:", "    title: First\n    tags:", "did you mean"),
    ("no source", "        sources: [GCAT 1969-059]\n", "", "an event needs `sources`",
     "      - id: launch"),
    ("no id", "      - id: launch\n        at:", "      - at:", "an event needs `id`"),
    ("a title that is empty", TITLE, "title:", "the value is missing"),
    ("a title of two lines", TITLE, "title: |\n          Two\n          people",
     "stand on one line"),
    ("a picture without its keys", PICTURE, "media/eagle.jpg", "write a picture, a mapping"),
    ("a picture without alt text", "alt: A lander, ", "", "a picture needs `alt`"),
    ("a translation without keys", GERMAN, "{de: Gelandet}", "write a translation, a mapping"),
)  # fmt: skip
_IDS_AND_NAMES = (
    ("a capital in an id", "id: landing", "id: Landing", "did you mean `landing`?"),
    ("a space in an id", "id: apollo-11", "id: Apollo 11", "did you mean `apollo-11`?"),
    ("an accent, as macOS writes it, in an id", "id: landing", "id: lande\u0301",
     "did you mean `lande`?"),
    ("an id twice", "id: landing", "id: launch", "already used on line 11"),
    ("a kind that no template knows", "kind: landing", "kind: laning", "did you mean `landing`?"),
    ("a kind of two words", "kind: landing", "kind: Moon Landing", "did you mean `moon-landing`"),
    ("a slip in a network", "network: mastodon", "network: mastadon", "did you mean `mastodon`?"),
    ("a capital in a network", "network: mastodon", "network: Mastodon", "did you mean `mastodon`"),
    ("a network's old name", "network: mastodon", "network: twitter", "did you mean `x`?"),
    ("an account without a network", "network: mastodon", "name: mastodon", "needs `network`"),
    ("an account twice", "    language: de\n", "    language: de\n  - network: mastodon\n",
     "already used on line 3"),
    ("a language's name", "language: de", "language: German", "did you mean `de`?"),
    ("a tag with #", "[Apollo11]", "['#Apollo11']", "did you mean `Apollo11`?"),
    ("a tag of two words", "[Apollo11]", "[Moon landing]", "did you mean `MoonLanding`?"),
    ("a link without https", LINKS, "links: [www.nasa.gov]", "did you mean `https://www.nasa.gov`"),
    ("a path of Windows", "media/eagle.jpg", "media\\eagle.jpg", "did you mean `media/eagle.jpg`?"),
    ("a mention without @", "late: 6h", "mentions: {mastodon: NASA}", "did you mean `@NASA`?"),
)  # fmt: skip
_DATES_AND_NUMBERS = (
    ("day and month swapped", DAY, "1969-20-07", "the other way round it is 1969-07-20"),
    ("a date with dots", DAY, "20.7.1969", "write 1969-07-20"),
    ("a date with slashes", DAY, "7/20/1969", "write 1969-07-20"),
    ("a date in words", DAY, "July 20, 1969", "write 1969-07-20"),
    ("a month of one digit", DAY, "1969-7-20", "write 1969-07-20"),
    ("a day that does not exist", DAY, "1969-02-29", "February 1969 has 28 days"),
    ("only a year", DAY, "1969", "a day is needed"),
    ("a space between date and time", DAY, "1969-07-20 20:17Z", "write `T` between"),
    ("a time without a zone", DAY, "1969-07-20T20:17", "add `zone:`"),
    ("a zone after the time", DAY, "1969-07-20T16:17 EDT", "as in 1969-07-20T16:17-04:00"),
    ("a time that clocks skipped", f"at: {DAY}", "at: 2016-03-13T02:30\n        zone: US/Eastern",
     "write the offset"),
    ("24:17", DAY, "1969-07-20T24:17Z", "write 00:00 to 23:59"),
    ("a slip in a zone", "Europe/Berlin", "Europe/Berln", "did you mean `Europe/Berlin`?"),
    ("a zone's abbreviation", "Europe/Berlin", "CEST", "did you mean `Europe/Berlin`?"),
    ("an offset for a zone", "Europe/Berlin", "+01:00", "write an IANA time zone"),
    ("a time of one digit", '"09:00"', "9:00", 'did you mean "09:00"?'),
    ("am and pm", '"09:00"', "9 pm", 'did you mean "21:00"?'),
    ("a number out of range", "importance: 5", "importance: 6", "a whole number from 1 to 5"),
    ("a duration in words", "late: 6h", "late: 6 hours", "did you mean `6h`?"),
    ("a lead without {ago}", "Earth {ago}.", "Earth in 1969.", "write {ago} once"),
    ("advice turned off without a reason", "late: 6h", "advice_off: exclamation",
     "such as {exclamation: it is a quotation}"),
)  # fmt: skip

CASES = tuple(
    HumanMistake(*case)
    for group in (
        _INDENTATION,
        _DASHES_AND_COLONS,
        _QUOTES_AND_BRACKETS,
        _FILES,
        _KEYS,
        _IDS_AND_NAMES,
        _DATES_AND_NUMBERS,
    )
    for case in group
)
