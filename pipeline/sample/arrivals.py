"""How a visit to the site comes about: what the address and the referrer then say."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """One way to come: the traffic it is, and the marks that it leaves on the landing page.

    A `{}` in `campaign` stands for the feast that the campaign leads up to.
    """

    name: str
    traffic: str
    utm_source: str | None = None
    utm_medium: str | None = None
    campaign: str | None = None
    term: str | None = None
    referrer: str | None = None
    click_id_type: str | None = None


_GOOGLE = "https://www.google.com/"
_SHOP = "flores del sur"

# A persona's `arrivals` weigh the first eight; the last two come with an ad or a mail.
ARRIVALS = (
    Arrival("direct", "direct"),
    Arrival("organic_search", "organic_search", referrer=_GOOGLE),
    Arrival("brand_organic", "brand_search", "google", "organic", None, _SHOP, _GOOGLE),
    Arrival(
        "brand_paid", "brand_search", "google", "cpc", "brand-flores-del-sur", _SHOP, _GOOGLE,
        "gclid",
    ),
    Arrival(
        "paid_search", "paid_search", "google", "cpc", "search-flores-a-domicilio",
        "flores a domicilio", _GOOGLE, "gclid",
    ),
    Arrival(
        "paid_social", "paid_social", "instagram", "paid_social", "ig-{}",
        referrer="https://l.instagram.com/",
    ),
    Arrival("social", "social", referrer="https://www.facebook.com/"),
    Arrival("referral", "referral", referrer="https://www.matrimonios.example/proveedores"),
    Arrival("display", "display", "cm360", "display", "display-{}", click_id_type="dclid"),
    Arrival("email", "email", "boletin", "email", "promo-{}"),
)  # fmt: skip
ARRIVAL_NAMES = tuple(arrival.name for arrival in ARRIVALS)
DISPLAY = ARRIVAL_NAMES.index("display")
EMAIL = ARRIVAL_NAMES.index("email")
DIRECT = ARRIVAL_NAMES.index("direct")
# Who comes back in the same journey knows the shop's name.
RETURNING = (0.46, 0.10, 0.16, 0.10, 0.07, 0.06, 0.03, 0.02)
