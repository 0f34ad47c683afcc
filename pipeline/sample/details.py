"""What a touch tells besides who and when: the page, the product, the campaign, the money."""

import numpy as np
import polars as pl

from pipeline.sample.arrivals import ARRIVALS
from pipeline.sample.catalogue import PRICES, SEARCHES, SKUS
from pipeline.sample.draw import Numbers, digits
from pipeline.sample.season import CAMPAIGNS, SECOND, campaign_of

SITE = "https://www.floresdelsur.example"
_PAGES = {
    "session_start": "/", "page_view": "/", "view_promotion": "/ofertas",
    "view_item_list": "/ramos", "search": "/buscar", "generate_lead": "/boletin",
    "sign_up": "/cuenta/nueva", "store_locator": "/tiendas", "view_pricing": "/despacho",
    "view_cart": "/carro", "remove_from_cart": "/carro", "begin_checkout": "/pago",
    "login": "/pago", "add_shipping_info": "/pago/despacho", "payment_error": "/pago/medio",
    "add_payment_info": "/pago/medio", "purchase": "/pago/gracias",
    "track_order": "/mis-pedidos", "loyalty_join": "/club", "gift_card_preview": "/tarjetas",
}  # fmt: skip
_ABOUT_A_PRODUCT = (
    "select_item", "view_item", "view_reviews", "add_to_cart", "remove_from_cart", "view_cart",
    "add_to_wishlist", "begin_checkout", "purchase", "review", "return",
)  # fmt: skip
_ON_PRODUCT_PAGE = (*_ABOUT_A_PRODUCT[:4], "add_to_wishlist")
_BROWSED = ("select_item", "view_item", "view_reviews")
_PRICED = ("view_item", "add_to_cart", "begin_checkout", "add_shipping_info", "add_payment_info")


def add_visit_details(
    touches: pl.DataFrame, visits: pl.DataFrame, devices: pl.DataFrame, *, first_visit: int
) -> pl.DataFrame:
    """Add device, session and, where a visit lands, how it came; ads get the click's id too."""
    begun = (
        touches.filter(pl.col("visit").is_not_null() & _is("web"))
        .group_by("visit")
        .agg(begins=pl.col("occurred_at").min())
    )
    seen = visits.join(begun, on="visit", how="left", maintain_order="left").select(
        "visit", "is_denied", "begins", *_arrival_columns(visits, first_visit),
        anonymous_id=devices["cookie"].gather(visits["device"]),
        device_type=devices["device_type"].gather(visits["device"]),
    )  # fmt: skip
    lands = pl.col("occurred_at") == pl.col("begins")
    is_click = pl.col("event").cast(pl.String) == "ad_click"
    marks = ("traffic", "utm_source", "utm_medium", "utm_campaign", "utm_term", "referrer")
    joined = touches.join(seen, on="visit", how="left", maintain_order="left").with_columns(
        is_landing=lands.fill_null(value=False) & _is("web")
    )
    campaign = _season_names(touches["occurred_at"].to_numpy())
    utm_campaign = pl.col("utm_campaign").str.replace("{}", campaign, literal=True)
    sent = pl.when(_is("email") & pl.col("order_no").is_null()).then(
        pl.format("promo-{}", campaign)
    )
    return (
        joined.with_columns(utm_campaign=utm_campaign)
        .with_columns(
            *[pl.when(pl.col("is_landing")).then(mark).alias(mark) for mark in marks],
            *[
                pl.when(pl.col("is_landing") | is_click).then(mark).alias(mark)
                for mark in ("click_id", "click_id_type")
            ],
            anonymous_id=pl.when(_is("web")).then("anonymous_id"),
            device_type=pl.when(_is("web")).then("device_type"),
            session_id=pl.when(_is("web")).then(pl.col("begins") // SECOND),
            is_denied=pl.col("is_denied").fill_null(value=False) & _is("web"),
            campaign=pl.when(pl.col("mailing").is_not_null())
            .then(pl.format("boletin-{}", pl.col("mailing") + 1))
            .when(_is("ads"))
            .then(pl.format("display-{}", campaign))
            .otherwise(sent),
        )
        .drop("begins")
    )


def _is(channel: str) -> pl.Expr:
    return pl.col("channel").cast(pl.String) == channel


def _season_names(moments: Numbers) -> pl.Expr:
    return pl.lit(pl.Series(CAMPAIGNS).gather(campaign_of(moments)))


def _arrival_columns(visits: pl.DataFrame, first_visit: int) -> list[pl.Expr]:
    told = pl.DataFrame(
        {
            name: pl.Series([getattr(arrival, name) for arrival in ARRIVALS], dtype=pl.String)
            for name in ("traffic", "utm_source", "utm_medium", "campaign", "term", "referrer",
                         "click_id_type")
        }
    )[visits["arrival"]]  # fmt: skip
    number = visits["visit"].to_numpy() + first_visit
    click = digits(number, salt=11, places=15, name="click")
    kind = told["click_id_type"]
    return [
        pl.lit(told["traffic"].alias("traffic")),
        pl.lit(told["utm_source"].alias("utm_source")),
        pl.lit(told["utm_medium"].alias("utm_medium")),
        pl.lit(told["campaign"].alias("utm_campaign")),
        pl.lit(told["term"].alias("utm_term")),
        pl.lit(told["referrer"].alias("referrer")),
        pl.lit(kind.alias("click_id_type")),
        pl.when(pl.lit(kind.is_not_null()))
        .then(pl.format("Cj{}", pl.lit(click)))
        .alias("click_id"),
    ]


def add_products(
    touches: pl.DataFrame,
    orders: pl.DataFrame,
    favourites: Numbers,
    chance: np.random.Generator,
) -> pl.DataFrame:
    """Add product (its number in the catalogue), value in pesos, and the address of the page."""
    event = pl.col("event").cast(pl.String)
    favourite = favourites[touches["journey"].fill_null(0).to_numpy()]
    prices = pl.lit(pl.Series(PRICES))
    of_favourite = prices.gather(pl.lit(pl.Series(favourite)))
    strays = pl.lit(pl.Series(chance.random(touches.height) < 0.35)) & event.is_in(_BROWSED)
    other = pl.lit(pl.Series(chance.permutation(favourite)))
    product = pl.when(strays).then(other).otherwise(pl.lit(pl.Series(favourite)))
    is_part = pl.lit(pl.Series(chance.random(touches.height) < 0.3))
    paid = orders.select("order_no", paid="value", part=prices.gather(pl.col("product")))
    search = pl.lit(pl.Series(SEARCHES).gather(chance.integers(0, len(SEARCHES), touches.height)))
    return (
        touches.join(paid, on="order_no", how="left", maintain_order="left")
        .with_columns(product=pl.when(event.is_in(_ABOUT_A_PRODUCT)).then(product))
        .with_columns(
            value=pl.when(event == "purchase").then("paid")
            .when(event == "return").then(-pl.when(is_part).then("part").otherwise("paid"))
            .when(event.is_in(_PRICED))
            .then(pl.coalesce(prices.gather(pl.col("product")), of_favourite)),
            search_term=pl.when(event == "search").then(search),
            page_url=pl.when(_is("web")).then(_page()),
        )
        .drop("paid", "part")
    )  # fmt: skip


def _page() -> pl.Expr:
    event = pl.col("event").cast(pl.String)
    sku = pl.lit(pl.Series(SKUS)).gather(pl.col("product")).str.to_lowercase()
    product_page = pl.format("/producto/{}", sku)
    path = (
        pl.when(event.is_in(_ON_PRODUCT_PAGE))
        .then(product_page)
        .otherwise(event.replace_strict(_PAGES, default="/"))
    )
    query = pl.concat_str(
        *[
            pl.when(pl.col(mark).is_not_null()).then(
                pl.format(f"&{mark}={{}}", pl.col(mark).str.replace_all(" ", "+"))
            ).otherwise(pl.lit(""))
            for mark in ("utm_source", "utm_medium", "utm_campaign", "utm_term")
        ],
        pl.when(pl.col("click_id").is_not_null())
        .then(pl.format("&{}={}", "click_id_type", "click_id"))
        .otherwise(pl.lit("")),
    )  # fmt: skip
    marks = query.str.replace("^&", "?")
    return pl.concat_str(pl.lit(SITE), path, marks)
