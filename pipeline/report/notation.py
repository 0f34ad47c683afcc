"""How numbers, money and days are written in either language."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from pipeline.report.contents import Language

NOTHING = "–"
_NO_BREAK = "\u00a0"
# Of these nobody has seen a hundredth.
_WHOLE_CURRENCIES = frozenset(
    {"CLP", "COP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"}
)
_MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "en": "January February March April May June July August September October November December",
}


@dataclass(frozen=True)
class Notation:
    """The hand that writes figures: one language, one zone, one currency."""

    language: Language
    time_zone: str
    currency: str

    def number(self, amount: int | float | Decimal, *, decimals: int = 0) -> str:
        """Write a number with the separators of the language, halves rounded away from zero."""
        step = Decimal(1).scaleb(-decimals)
        rounded = Decimal(str(amount)).quantize(step, rounding=ROUND_HALF_UP)
        written = f"{rounded:,f}"
        return written.translate(str.maketrans(",.", ".,")) if self.language == "es" else written

    def share(self, share: float | None, *, decimals: int = 0) -> str:
        """Write a share of one as a percentage; a share that is not nothing never reads 0."""
        if share is None:
            return NOTHING
        sign = f"{_NO_BREAK}%" if self.language == "es" else "%"
        least = 0.01 / 10**decimals
        if 0 < share < least / 2:
            return f"<{_NO_BREAK}{self.number(least * 100, decimals=decimals)}{sign}"
        return self.number(share * 100, decimals=decimals) + sign

    def interval(self, low: float | None, high: float | None) -> str:
        """Write the bounds of an interval of shares, the sign once."""
        if low is None or high is None:
            return NOTHING
        written = self.share(high)
        return written if written.startswith("<") else f"{self.number(low * 100)}–{written}"

    def money(self, amount: int | float | Decimal) -> str:
        """Write an amount of the project's currency, without its name."""
        return self.number(amount, decimals=0 if self.currency in _WHOLE_CURRENCIES else 2)

    def day(self, moment: datetime | date) -> str:
        """Write a day in words; a moment falls on the day that it has in the project's zone."""
        day = self._there(moment) if isinstance(moment, datetime) else moment
        month = _MONTHS[self.language].split()[day.month - 1]
        joint = " de " if self.language == "es" else " "
        return f"{day.day}{joint}{month}{joint}{day.year}"

    def moment(self, moment: datetime) -> str:
        """Write a day and its clock in the project's zone."""
        return f"{self.day(moment)}, {self._there(moment):%H:%M}"

    def month(self, first: date) -> str:
        """Write a month and its year."""
        return f"{_MONTHS[self.language].split()[first.month - 1][:3]} {first.year}"

    def days(self, length: timedelta) -> str:
        """Write a length of time as days, or as hours where it is shorter than two days."""
        if length < timedelta(days=2):
            hours = self.number(length / timedelta(hours=1))
            return f"{hours} {'horas' if self.language == 'es' else 'hours'}"
        written = self.number(length / timedelta(days=1))
        return f"{written} {'días' if self.language == 'es' else 'days'}"

    def _there(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.time_zone))
