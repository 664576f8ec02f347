"""Events and a span of time give anniversaries: pure rules, no clock, no I/O.

`Calendar` finds what is observed on a day, `rank` puts it in order, `due` says when an account
posts it. Instants are UTC; a day is a calendar day in a named IANA zone.
"""
