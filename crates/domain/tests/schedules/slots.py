"""The slots of every zone of a folder, calculated with Python's zoneinfo and nothing of ours.

Prints lines of words that are divided by tabs:
  version V
  zone NAME
  change NAME AT OFFSET_BEFORE OFFSET_AFTER
  slots NAME PATTERN FROM UNTIL COUNT SHA256
Times are seconds since 1970. `zoneinfo.rs` compares.
"""

import hashlib
import sys
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

DAY = 86_400
FIRST = datetime(1970, 1, 1)
ALL_HOURS = tuple(range(24))

# name, hours, minutes, day of the month
PATTERNS = [
    ("0,30 1 * * *", (1,), (0, 30), None),
    ("30 2 * * *", (2,), (30,), None),
    ("0 2,3 * * *", (2, 3), (0,), None),
    ("15 0 * * *", (0,), (15,), None),
    ("*/15 * * * *", ALL_HOURS, (0, 15, 30, 45), None),
    ("0 0 31 * *", (0,), (0,), 31),
]
# These are compared over whole years too.
YEARLY = [PATTERNS[1], PATTERNS[5]]


def seconds(civil):
    return round((civil - FIRST).total_seconds())


def offset_at(zone, at):
    utc = datetime.fromtimestamp(at, timezone.utc)
    return round(utc.astimezone(zone).utcoffset().total_seconds())


def changes(zone, start, end):
    """Every instant at which the offset changes. No two of them are closer than six hours."""
    step = DAY // 4
    before = offset_at(zone, start)
    for low in range(start, end, step):
        after = offset_at(zone, low + step)
        if after == before:
            continue
        high, bottom = low + step, low
        while high - bottom > 1:
            middle = (high + bottom) // 2
            if offset_at(zone, middle) == before:
                bottom = middle
            else:
                high = middle
        if high < end:
            yield high, before, after
        before = after


def instants(zone, civil, is_every_hour):
    """PEP 495: in a gap, fold=0 reads with the offset before it; in a fold, it is the first."""
    local = seconds(civil)
    offsets = [
        round(civil.replace(tzinfo=zone, fold=fold).utcoffset().total_seconds()) for fold in (0, 1)
    ]
    first = local - offsets[0]
    if offsets[0] == offsets[1]:
        return [(local, 0, first)]
    if offsets[0] < offsets[1]:  # jumped over
        return [] if is_every_hour else [(local, 0, first)]
    both = [(local, 0, first), (local, 1, local - offsets[1])]
    return both if is_every_hour else both[:1]


def slots(zone, pattern, start, until):
    _, hours, minutes, day_of_month = pattern
    found = []
    day = date(1970, 1, 1) + timedelta(days=(start - DAY) // DAY)
    last = date(1970, 1, 1) + timedelta(days=(until + DAY) // DAY)
    while day <= last:
        if day_of_month in (None, day.day):
            for hour in hours:
                for minute in minutes:
                    civil = datetime(day.year, day.month, day.day, hour, minute)
                    found += instants(zone, civil, len(hours) == 24)
        day += timedelta(days=1)
    return sorted(slot for slot in found if start <= slot[2] < until)


def tell(name, zone, pattern, start, until):
    found = slots(zone, pattern, start, until)
    text = "".join(f"{local} {fold} {instant}\n" for local, fold, instant in found)
    digest = hashlib.sha256(text.encode()).hexdigest()
    print("slots", name, pattern[0], start, until, len(found), digest, sep="\t")


def main(first_year, last_year, folder):
    print("version", "python-" + sys.version.split()[0], sep="\t")
    for path in sorted(path for path in Path(folder).rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        with path.open("rb") as file:
            zone = ZoneInfo.from_file(file, key=name)
        print("zone", name, sep="\t")
        bounds = [seconds(datetime(year, 1, 1)) for year in (first_year, last_year + 1)]
        for at, before, after in changes(zone, *bounds):
            print("change", name, at, before, after, sep="\t")
            for pattern in PATTERNS:
                tell(name, zone, pattern, at - 30 * 3600 - 1, at + 30 * 3600 + 1)
        for year in range(first_year, last_year + 1):
            start, end = seconds(datetime(year, 1, 1)), seconds(datetime(year + 1, 1, 1))
            for pattern in YEARLY:
                tell(name, zone, pattern, start, end)


main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
