"""Types and descriptions that several tables of keys share."""

from __future__ import annotations

from perihelion.model.advice_codes import AdviceCode
from perihelion.model.approvals import Requirement, UnapprovedRule
from perihelion.model.cards import CardRule
from perihelion.model.moments import LeapDayRule, MemorialRule, ObserveMode
from perihelion.schedule import finish
from perihelion.schedule.day_types import QuietHoursType, SpacingType
from perihelion.schedule.list_types import ListType
from perihelion.schedule.mapping_types import MappingType
from perihelion.schedule.milestone_types import MilestoneType
from perihelion.schedule.patterns import LANGUAGE, TAG
from perihelion.schedule.scalar_types import EnumType, IntegerType, TextType
from perihelion.schedule.span_types import DaysType
from perihelion.schedule.time_types import LatePolicyType, TimeOfDayType
from perihelion.schedule.time_zones import TimeZoneType
from perihelion.schedule.years_type import YearsRuleType

SINGLE_LINE = TextType()
MULTILINE = TextType(multiline=True)
LINE_LIST = ListType(SINGLE_LINE)
LOCAL_NAMES = MappingType(
    LANGUAGE,
    SINGLE_LINE,
    "a mapping of languages to names, such as {de: Kalifornien}",
    finish.finish_pairs,
)
TAG_LIST = ListType(TAG)
MILESTONES = ListType(MilestoneType(), min_items=1)
LEAP_DAY = EnumType(LeapDayRule)
LATE_POLICY = LatePolicyType()
TIME_ZONE = TimeZoneType()
POSTING_TIMES = ListType(TimeOfDayType(), min_items=1)
SPACING = SpacingType()
QUIET_HOURS = QuietHoursType()
IMPORTANCE = IntegerType(1, 5)
IMPORTANCE_LIST = ListType(IMPORTANCE)
YEARS = YearsRuleType()
MEMORIAL_RULE = EnumType(MemorialRule)
OBSERVE = EnumType(ObserveMode)
DAILY_CAP = IntegerType(1, 1000)
REPEAT_WINDOW = DaysType(360)
ADVICE_OFF = MappingType(
    EnumType(AdviceCode),
    SINGLE_LINE,
    "a mapping of codes to reasons, such as {exclamation: it is a quotation}",
    finish.finish_pairs,
)
CARD_RULE = EnumType(CardRule)
REQUIRES = EnumType(Requirement)
UNAPPROVED = EnumType(UnapprovedRule)

LATE_DESCRIPTION = "how long after its time a post may still go out: same-day, or as 90m, 6h, 2d"
LEAP_DAY_DESCRIPTION = (
    "when common years observe 29 February: feb-28, mar-1, or leap-years (not at all)"
)
POST_AT_DESCRIPTION = (
    "when an account posts, in its own zone (hh:mm), or several such times, which a day's events "
    "take in the order of their own time of day"
)
SPACING_DESCRIPTION = "how far apart an account's posts are at least: 20m, 2h; 0m for no distance"
QUIET_HOURS_DESCRIPTION = (
    'hours such as "22:00-07:00", in the account\'s zone: what would be posted to the minute in '
    "them is posted at the nearest `post_at` of the day instead"
)
TO_THE_MINUTE_DESCRIPTION = (
    "how important events are that are posted at their exact instant, where they do not say "
    "themselves: [5], or [5, 4]"
)
YEARS_DESCRIPTION = (
    "which numbers of years are remembered: every, round (the first and each fifth), or a list "
    "such as [1, 5, 10, 25]"
)
MEMORIAL_RULE_DESCRIPTION = (
    "what becomes of an account's other posts on the day of a memorial: move (to the next day), "
    "or skip"
)
OBSERVE_DESCRIPTION = "on the day, or at the instant itself"
ACCOUNT_ZONE_DESCRIPTION = "an account's IANA time zone: what `post_at` and the end of a day mean"
DAILY_CAP_DESCRIPTION = "how many anniversaries an account posts in a day at most; the best ones"
REPEAT_WINDOW_DESCRIPTION = "within how many days an account says the same text once, such as 300d"
TIME_ZONE_DESCRIPTION = "the IANA zone in which the event's day, and a local time in `at`, are read"
MILESTONES_DESCRIPTION = "other counts to remember it by, such as [10000 days, 500 sols]"
PLACE_DESCRIPTION = "where people had another date or time; posts state it, the day stays"
CARDS_DESCRIPTION = "which posts without a picture get a drawn card: all, great or none"
KIND_DESCRIPTION = "what kind of event it is, such as launch: chooses the template"
REQUIRES_DESCRIPTION = "what an account's posts need before they go out: approval, or nothing"
UNAPPROVED_DESCRIPTION = (
    "what becomes of a post that nobody has approved at its time: hold (until one does), or skip"
)
TAGS_DESCRIPTION = "hashtags, without the #"
ADVICE_OFF_DESCRIPTION = "advice of `check` that does not apply, by code, each with the reason"
