"""Owns other days, hours and amounts, alike in chat and gold; it must not touch anything else.

Each of the three is changed by one rule for the whole conversation, so that what is said of them
stays true: a sum, a difference, "two hours later", "the day after". None is changed where a
figure may be meant that is not written as one, or where the gold has one that the chat lacks.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from decimal import Decimal

from inference.training.corpus import Conversation
from inference.training.rewriting import all_texts, chat_texts, gold_texts, rewrite

Change = Callable[[str], str]

_HOURS = (-2, -1, 1, 2)
_FACTORS = tuple(Decimal(factor) for factor in ("2", "3", "4", "0.5", "1.5", "0.4", "2.5", "0.8"))


def shift(conversation: Conversation, rng: random.Random) -> Conversation | None:
    """The conversation with each of days, hours and amounts changed that surely can be.

    None if none can. Days turn round the week, hours move by up to two and stay in their half of
    the day, amounts are multiplied by one factor and stay as round as they were.
    """
    changed = conversation
    for choose in (_choose_turn, _choose_move, _choose_factor):
        change = choose(changed, rng)
        if change is not None:
            changed = rewrite(changed, change)
    return None if changed == conversation else changed


_DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_KO = "월화수목금토일"
_DAY = {
    "en": re.compile(
        rf"\b(?:(?i:{'|'.join(_DAYS_EN)})(?=s?\b)"
        r"|(?:Mon|MON|Tues?|TUE|Weds?|WED|Thu(?:rs?)?|THU|Fri|FRI|Sat|SAT|Sun|SUN)\b)"
    ),
    "ko": re.compile(rf"[{_DAYS_KO}](?=요일|욜)|(?<=\()[{_DAYS_KO}](?=\))"),
}
# Days said in a way that is not looked for, and what is tied to certain days.
_UNSURE_DAY = {
    "en": re.compile(
        r"\b(?:mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun|weekdays?|weekends?|midweek)\b"
        r"|\b(?:Good|Black|Easter|Palm|Ash|Shrove|Cyber) [MTWFS]\w+day"
        r"|\b[Tt]he Sun\b|\bSun (?:is|was)\b"
        r"|\b(?i:church|mass|sermon|jummah|shabbat|mosque|bank holiday|market)\b"
        r"|\b(?i:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi"
        r"|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|s[áa]bado|domingo)\b"
    ),
    "ko": re.compile(
        rf"(?<![가-힣\d])(?:[화목금토]|[{_DAYS_KO}]{{2,}})(?![가-힣])|\d\s?[화목금토](?![가-힣])"
        rf"|주말|평일|불금|주중|예배|교회|미사|성당|공휴일|{_DAY['en'].pattern}"
    ),
}


def _choose_turn(conversation: Conversation, rng: random.Random) -> Change | None:
    """Every weekday the same number of days on."""
    language = conversation.language
    by = rng.randint(1, 6)
    pattern = _DAY[language]
    if any(_UNSURE_DAY[language].search(text) for text in all_texts(conversation)):
        return None
    said = {_day_index(day) for text in chat_texts(conversation) for day in pattern.findall(text)}
    meant = {_day_index(day) for text in gold_texts(conversation) for day in pattern.findall(text)}
    if not said or not meant <= said:
        return None
    return lambda text: pattern.sub(lambda day: _turn_day(day[0], by), text)


def _day_index(day: str) -> int:
    if day in _DAYS_KO:
        return _DAYS_KO.index(day)
    return [name[:3].lower() for name in _DAYS_EN].index(day[:3].lower())


def _turn_day(day: str, by: int) -> str:
    index = (_day_index(day) + by) % 7
    if day in _DAYS_KO:
        return _DAYS_KO[index]
    turned = _DAYS_EN[index] if len(day) >= 6 else _DAYS_EN[index][:3]
    return turned.upper() if day.isupper() else turned.lower() if day.islower() else turned


# Figures that surely are neither an hour nor an amount.
_MONTHS_EN = "(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sept?|Oct|Nov|Dec)[a-z]*"
_UNITS_EN = (
    "mins?|minutes?|hrs?|hours?|days?|nights?|weeks?|wks?|months?|years?|yrs?|people|kids?|kg|km|m|cm"
    "|miles?|litres?|pages?|boxes|bags?|tickets?|seats?|rooms?|beds?|degrees|points?|times|copies"
    "|bottles?|chairs?|tables?|cars?|adults?|children|guests?"
)
_NUMBERED_EN = (
    "flat|room|bed|gate|platform|plot|unit|no|page|level|bus|line|day|week|year|floor|table|seat|part"
    "|chapter|episode|step|version"
)
_UNITS_KO = (
    "분|초|시간|일|박|주|개월|월|년|명|인|개|권|장|대|병|통|박스|봉|포기|키로|kg|km|층|호|동|번|차|회|살"
    "|세|학년|반|점|도|쪽|페이지|팀|마리|벌|잔|판|줄|칸|평|가지|곳|집|단지|등|위|퍼|그릇|컵|자리|강|과|편|화"
)
_LINK_OR_CODE = r"https?://\S+|\w*[A-Za-z_#@]-?\d[\w-]*|\d+(?:\.\d+)?\s?%|\b(?:19|20)\d\d\b"
_COUNTED = {
    "en": re.compile(
        rf"{_LINK_OR_CODE}|\d+(?:st|nd|rd|th)\b|\d+/\d+|\b\d{{1,2}} {_MONTHS_EN}\b"
        rf"|\b{_MONTHS_EN} \d{{1,2}}\b|\d+(?:[.,]\d+)?[ -]?(?:{_UNITS_EN})\b"
        rf"|\b(?i:{_NUMBERED_EN}) \d+\b"
    ),
    "ko": re.compile(
        rf"{_LINK_OR_CODE}|\d+-\d+(?:-\d+)?|\d+/\d+|\d+(?:[.,]\d+)?\s?(?:{_UNITS_KO})"
    ),
}

_CLOCK = {
    "en": re.compile(
        r"(?<![\d.:,£$€₹])(?P<hour>\d{1,2})"
        r"(?P<minutes>:[0-5]\d(?!\d)|\.[0-5]\d(?=\s?[AaPp]\.?[Mm]\b))?(?P<mark>\s?[AaPp]\.?[Mm]\b)?"
    ),
    "ko": re.compile(
        r"(?<![\d.:,])(?P<hour>\d{1,2})(?P<minutes>:[0-5]\d(?!\d))?(?P<mark>\s?시(?!간))?"
    ),
}
"""Without minutes and mark it is a bare number, and no clock; nor is 7.30, which may be a price."""
_NUMBER_WORDS_EN = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_UNSURE_CLOCK = {
    "en": re.compile(
        r"\b(?i:noon|midday|midnight|half past|quarter (?:to|past)|o'?clock"
        rf"|(?:half|at|by|till?|until|from|around|before|after) (?:{_NUMBER_WORDS_EN}))\b"
    ),
    "ko": re.compile(r"정오|자정|(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열|열한|열두)\s?시(?!간)"),
}


def _choose_move(conversation: Conversation, rng: random.Random) -> Change | None:
    """Every hour the same number of hours on or back."""
    language = conversation.language
    pattern = _CLOCK[language]
    said = [clock for text in chat_texts(conversation) for clock in _clocks(text, language)]
    meant = [clock for text in gold_texts(conversation) for clock in _clocks(text, language)]
    if not said or not {_hour_of(clock) for clock in meant} <= {_hour_of(clock) for clock in said}:
        return None
    for text in all_texts(conversation):
        rest = _COUNTED[language].sub(" ", _AMOUNT[language].sub(" ", text))
        bare = [n for n in pattern.finditer(rest) if not _is_clock(n) and int(n["hour"]) <= 24]
        if bare or _UNSURE_CLOCK[language].search(text):
            return None
    possible = [by for by in _HOURS if all(_stays(clock, by) for clock in (*said, *meant))]
    if not possible:
        return None
    by = rng.choice(possible)

    def move(clock: re.Match[str]) -> str:
        if not _is_clock(clock):
            return clock[0]
        width = len(clock["hour"]) if clock["hour"][0] == "0" else 1
        return f"{int(clock['hour']) + by:0{width}}{clock['minutes'] or ''}{clock['mark'] or ''}"

    return lambda text: pattern.sub(move, text)


def _clocks(text: str, language: str) -> list[re.Match[str]]:
    return [clock for clock in _CLOCK[language].finditer(text) if _is_clock(clock)]


def _is_clock(number: re.Match[str]) -> bool:
    return bool(number["minutes"] or number["mark"])


def _hour_of(clock: re.Match[str]) -> tuple[int, str]:
    return int(clock["hour"]), (clock["minutes"] or ":00")[1:]


def _stays(clock: re.Match[str], by: int) -> bool:
    """Whether an hour moved so is in the same half of the day, and written with as many digits."""
    hour = int(clock["hour"])
    first, last = (13, 23) if hour > 12 else (6, 11) if clock["hour"][0] == "0" else (1, 11)
    return first <= hour <= last and first <= hour + by <= last


_AMOUNT = {
    "en": re.compile(
        r"(?<=[£$€₹])\d[\d,]*(?:\.\d\d)?(?![\d.,]*\d)"
        r"|(?<![\d.,])\d[\d,]*(?:\.\d\d)?(?=\s?(?:quid|bucks|euros?|pounds|dollars|rupees|pesos)\b)"
    ),
    "ko": re.compile(r"(?<![\d.,])\d[\d,]*(?=\s?[만억]?\s?원|만(?![\d가-힣]|\s?[\d천]))"),
}
_UNSURE_AMOUNT = {
    "en": re.compile(r"\b(?i:hundred|thousand|grand|tenner|fiver|million|half|third)\b|\d[kp]\b"),
    "ko": re.compile(
        r"\d\s?[천백]|\d\s?만\s?\d|(?<![\d만천])[일이삼사오육칠팔구십백천만]+\s?원|반값|절반"
    ),
}


def _choose_factor(conversation: Conversation, rng: random.Random) -> Change | None:
    """Every amount times the same factor."""
    language = conversation.language
    pattern = _AMOUNT[language]
    said = {_value(n[0]) for text in chat_texts(conversation) for n in pattern.finditer(text)}
    meant = {_value(n[0]) for text in gold_texts(conversation) for n in pattern.finditer(text)}
    if not said or not meant <= said:
        return None
    for text in all_texts(conversation):
        rest = _COUNTED[language].sub(" ", pattern.sub(" ", text))
        bare = [number for number in _CLOCK[language].finditer(rest) if not _is_clock(number)]
        if bare or _UNSURE_AMOUNT[language].search(text):
            return None
    possible = [factor for factor in _FACTORS if all(_is_round(n, n * factor) for n in said)]
    if not possible:
        return None
    factor = rng.choice(possible)
    return lambda text: pattern.sub(lambda amount: _times(amount[0], factor), text)


def _value(amount: str) -> Decimal:
    return Decimal(amount.replace(",", ""))


def _is_round(old: Decimal, new: Decimal) -> bool:
    """Whether the new amount has as few decimals as the old one, and about as few digits not 0."""
    if old == 0:
        return False
    if old == int(old) and new != int(new):
        return False
    digits = [len(str(int(n * 100)).rstrip("0")) for n in (old, new)]
    return digits[1] <= max(digits[0], 2)


def _times(amount: str, factor: Decimal) -> str:
    places = len(amount.partition(".")[2])
    grouped = "," if "," in amount else ""
    return f"{_value(amount) * factor:{grouped}.{places}f}"
