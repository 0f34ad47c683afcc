"""How a visit came, as data: the rules that read it from campaign, click id and referrer.

A rule's conditions are lists of patterns, of which one must fit; all conditions of a rule must
hold, and the first rule that holds wins. A pattern fits a whole word, whatever its case and
accents; `*` stands for anything, nothing included. Of sources and referrers a pattern also means
what lies below it: `facebook.com` is `m.facebook.com` too.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

# What may name a site: there, a pattern also means the hosts below it.
SITES = ("source", "referrer")


@dataclass(frozen=True, slots=True)
class TrafficRule:
    """What one way to come is called, and what must be told of a visit that came so.

    A condition without a pattern asks nothing. `is_brand` asks whether the searched term or the
    campaign names the project's own brand.
    """

    traffic: str
    medium: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()
    click_id: tuple[str, ...] = ()
    referrer: tuple[str, ...] = ()
    is_brand: bool | None = None

    def conditions(self) -> dict[str, tuple[str, ...]]:
        """Give the patterns of every condition that asks something."""
        asked = {
            "medium": self.medium,
            "source": self.source,
            "campaign": self.campaign,
            "click_id": self.click_id,
            "referrer": self.referrer,
        }
        return {name: patterns for name, patterns in asked.items() if patterns}

    def __str__(self) -> str:
        asked = [f"{name} = {', '.join(fits)}" for name, fits in self.conditions().items()]
        if self.is_brand is not None:
            asked.append(f"brand = {str(self.is_brand).lower()}")
        return f"{self.traffic}: {'; '.join(asked)}"

    def hides(self, later: "TrafficRule") -> bool:
        """Tell whether whatever a later rule fits, this one fits as well.

        Only one pattern that holds another whole is seen, not several that do together.
        """
        asked = later.conditions()
        return self.is_brand in (None, later.is_brand) and all(
            name in asked
            and all(any(_holds(wide, one, name) for wide in patterns) for one in asked[name])
            for name, patterns in self.conditions().items()
        )


@cache  # The patterns of a config are few, and each is compared with all others.
def plain(text: str) -> str:
    """Give a text without case and accents, as patterns are compared."""
    bare = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def words(text: str) -> str:
    """Give a text's words, plain and a space apart."""
    return " ".join(re.findall(r"[^\W_]+", plain(text)))


def regex_of(patterns: tuple[str, ...], condition: str) -> str:
    """Write the regular expression of a condition's patterns, for a whole plain word."""
    fits = "|".join(re.escape(plain(pattern)).replace(r"\*", ".*") for pattern in patterns)
    return f"(?:.*\\.)?(?:{fits})" if condition in SITES else f"(?:{fits})"


def _holds(wide: str, narrow: str, condition: str) -> bool:
    """Tell whether a pattern fits whatever another fits; a star fits nothing but a star."""
    return re.fullmatch(regex_of((wide,), condition), plain(narrow)) is not None


def _sites(*names: str) -> tuple[str, ...]:
    """Let a name without a dot mean the site of that name in any country, too."""
    return tuple(
        pattern for name in names for pattern in ((name,) if "." in name else (name, f"{name}.*"))
    )


_SEARCH_ENGINES = _sites(
    *("google", "bing", "yahoo", "duckduckgo", "ecosia", "qwant", "startpage", "search.brave.com"),
    *(
        "yandex",
        "ya.ru",
        "baidu",
        "naver",
        "daum",
        "seznam",
        "sogou",
        "so.com",
        "coccoc",
        "ask.com",
    ),
    *("aol", "lycos", "kagi.com", "mojeek", "swisscows", "metager", "presearch", "petalsearch"),
    *("dogpile", "busca.uol.com.br", "pesquisa.sapo.pt", "buscador.terra.*"),
    "com.google.android.googlequicksearchbox",
)
# Of the search engines' own houses, what is no search.
_WORKPLACES = ("docs.google.com", "drive.google.com", "sites.google.com", "classroom.google.com")
_ASSISTANTS = (
    *_sites("chatgpt", "openai", "perplexity", "deepseek", "gemini.google.com", "bard.google.com"),
    *_sites("notebooklm.google.com", "copilot.microsoft.com", "edgeservices.bing.com", "claude.ai"),
    *_sites("grok.com", "meta.ai", "mistral.ai", "chat.qwen.ai", "you.com", "poe.com", "phind.com"),
    *_sites("duck.ai", "yiyan.baidu.com"),
    # What campaigns call them; as hosts these would be somebody else's.
    *("gemini", "copilot", "claude", "grok", "mistral"),
)
_SOCIAL_NETWORKS = (
    *_sites("facebook", "fb.com", "fb.me", "instagram", "messenger.com", "threads.net"),
    *_sites(
        "threads.com", "twitter", "x.com", "t.co", "linkedin", "lnkd.in", "tiktok", "pinterest"
    ),
    *_sites("pin.it", "reddit", "snapchat", "whatsapp", "wa.me", "telegram", "t.me", "discord"),
    *_sites("bsky.app", "mastodon", "quora", "tumblr", "vk.com", "weibo", "xing", "nextdoor"),
    # Where Spanish is spoken; and the page of links that a profile leads to.
    *_sites("taringa", "meneame.net", "forocoches", "linktr.ee"),
    *("fb", "ig", "meta", "msg", "messenger", "threads", "x", "bluesky"),
    # Apps call themselves so: android-app://com.facebook.katana.
    *("com.facebook.*", "com.instagram.android", "com.linkedin.android", "com.twitter.android"),
    *("com.pinterest", "com.reddit.frontpage", "org.telegram.*"),
)
_VIDEO_SITES = (*_sites("youtube", "youtu.be", "vimeo", "twitch", "dailymotion"), "yt")
_SHOPPING_SITES = _sites(
    *("idealo", "kelkoo", "pricerunner", "shopzilla", "twenga", "ceneo", "buscape", "solotodo"),
    *("knasta", "mercadolibre", "mercadolivre", "amazon", "ebay", "etsy", "aliexpress", "walmart"),
    *("shopping.google.com", "googleshopping"),
)
_DISPLAY_NETWORKS = _sites(
    *("dv360", "cm360", "doubleclick", "googlesyndication", "criteo", "taboola", "outbrain"),
    *("adroll", "rtbhouse", "teads", "mgid", "seedtag", "xandr", "adnxs.com"),
)
_AFFILIATE_NETWORKS = _sites(
    *("awin", "awin1", "tradedoubler", "tradetracker", "shareasale", "rakutenadvertising"),
    *("linksynergy", "webgains", "admitad", "lomadee", "soicos"),
)
_WEBMAILS = ("mail.*", "webmail.*", "correo.*", "outlook.*", "com.google.android.gm")

_PAID = (
    *("cpc", "ppc", "cpa", "cpm", "cpv", "sem", "sea", "ad", "ads", "adwords", "paid*", "pago"),
    *("pagado", "retargeting", "remarketing"),
)
_PAID_SOCIAL = ("*paid*social*", "*social*paid*", "social*ads", "social*ad", "social*cpc")
_EMAIL = ("email", "e-mail", "e_mail", "e mail", "newsletter", "mailing", "boletin", "correo")
_SMS = ("sms", "mms")
_SEARCH_CLICKS = ("gclid", "gbraid", "wbraid", "msclkid", "yclid")

# What a campaign says goes before the click id, and both go before the referrer.
DEFAULT_TRAFFIC_RULES: tuple[TrafficRule, ...] = (
    # The campaign's medium, with the source where it matters who was paid.
    TrafficRule("affiliate", medium=("affiliate*", "afiliad*", "partner", "partners")),
    TrafficRule("email", medium=_EMAIL),
    TrafficRule("email", source=_EMAIL),
    TrafficRule("sms", medium=_SMS),
    TrafficRule("sms", source=_SMS),
    TrafficRule("push", medium=("*push", "push*", "notification*", "notificacion*")),
    TrafficRule("ai", medium=("ai-assistant",)),
    TrafficRule("paid_social", medium=_PAID_SOCIAL),
    TrafficRule("paid_social", medium=_PAID, source=_SOCIAL_NETWORKS),
    TrafficRule("video", medium=("*video*", "cpv")),
    TrafficRule("video", medium=_PAID, source=_VIDEO_SITES),
    TrafficRule("shopping", medium=("shopping", "*shopping*ads*")),
    TrafficRule("shopping", medium=_PAID, source=_SHOPPING_SITES),
    TrafficRule("shopping", medium=_PAID, campaign=("*shopping*",)),
    TrafficRule("display", medium=("display*", "banner*", "cpm", "interstitial", "expandable")),
    TrafficRule("display", medium=("programmatic", "retargeting", "remarketing")),
    TrafficRule("display", medium=_PAID, source=_DISPLAY_NETWORKS),
    TrafficRule("brand_search", medium=_PAID, is_brand=True),
    TrafficRule("paid_search", medium=_PAID),
    TrafficRule("social", medium=("social*", "sm")),
    TrafficRule("social", medium=("organic",), source=_SOCIAL_NETWORKS),
    TrafficRule("video", medium=("organic",), source=_VIDEO_SITES),
    TrafficRule("ai", medium=("organic",), source=_ASSISTANTS),
    TrafficRule("brand_search", medium=("organic",), is_brand=True),
    TrafficRule("organic_search", medium=("organic",)),
    # The click id. An fbclid is on every link of that network, so it alone is no sign of an ad.
    TrafficRule("display", click_id=("dclid",)),
    TrafficRule("shopping", click_id=_SEARCH_CLICKS, campaign=("*shopping*",)),
    TrafficRule("brand_search", click_id=_SEARCH_CLICKS, is_brand=True),
    TrafficRule("paid_search", click_id=_SEARCH_CLICKS),
    TrafficRule("paid_social", click_id=("ttclid", "twclid", "li_fat_id")),
    TrafficRule("social", click_id=("fbclid",)),
    # The campaign's source alone, whatever medium it made up; and what is left of campaigns.
    TrafficRule("ai", source=_ASSISTANTS),
    TrafficRule("email", source=_WEBMAILS),
    TrafficRule("affiliate", source=_AFFILIATE_NETWORKS),
    TrafficRule("shopping", source=_SHOPPING_SITES),
    TrafficRule("social", source=_SOCIAL_NETWORKS),
    TrafficRule("video", source=_VIDEO_SITES),
    TrafficRule("display", source=_DISPLAY_NETWORKS),
    TrafficRule("referral", source=_WORKPLACES),
    TrafficRule("brand_search", source=_SEARCH_ENGINES, is_brand=True),
    TrafficRule("organic_search", source=_SEARCH_ENGINES),
    TrafficRule("direct", source=("direct", "(direct)")),
    TrafficRule("referral", medium=("referral", "link", "app")),
    TrafficRule("other", source=("*",)),
    TrafficRule("other", medium=("*",)),
    # The referrer.
    TrafficRule("ai", referrer=_ASSISTANTS),
    TrafficRule("email", referrer=_WEBMAILS),
    TrafficRule("affiliate", referrer=_AFFILIATE_NETWORKS),
    TrafficRule("shopping", referrer=_SHOPPING_SITES),
    TrafficRule("social", referrer=_SOCIAL_NETWORKS),
    TrafficRule("video", referrer=_VIDEO_SITES),
    TrafficRule("display", referrer=_DISPLAY_NETWORKS),
    TrafficRule("referral", referrer=_WORKPLACES),
    TrafficRule("brand_search", referrer=_SEARCH_ENGINES, is_brand=True),
    TrafficRule("organic_search", referrer=_SEARCH_ENGINES),
    TrafficRule("referral", referrer=("*",)),
)
