"""Every word of the page on sensitivity, in Spanish and English; stages have theirs in `texts`."""

import re

from pipeline.report.contents import Language

# key: (Spanish, English). Figures come in already written, in braces.
WORDS: dict[str, tuple[str, str]] = {
    "title": ("¿Cuánto depende de los ajustes?", "How much hangs on the settings?"),
    "cut_off": ("Datos hasta el {moment}", "Data up to {moment}"),
    "made_at": ("Hecho el {moment} ({zone})", "Made on {moment} ({zone})"),
    "private": (
        "La página no contiene nombres ni direcciones, y no pide nada a la red.",
        "The page holds no names or addresses, and asks nothing of the network.",
    ),
    # Headline
    "headline.rate": (
        (
            "De los recorridos decididos, el {today} termina en compra. Según los ajustes, "
            "entre el {low} y el {high}: lo que más pesa es {parameter}."
        ),
        (
            "Of the decided journeys, {today} end in a purchase. Depending on the settings, "
            "between {low} and {high}: what weighs most is {parameter}."
        ),
    ),
    "headline.steady": (
        "La tasa de compra no depende de ninguno de los ajustes probados.",
        "The rate of purchases hangs on none of the settings tried.",
    ),
    "headline.revenue": (
        "Compras e ingresos no cambian con ninguno.",
        "Purchases and revenue change with none of them.",
    ),
    # The small multiples
    "moves.title": ("Qué mueve cada ajuste", "What each setting moves"),
    "moves.read": (
        (
            "Cada fila es la misma historia contada otra vez con un solo ajuste cambiado. La línea "
            "vertical es lo publicado hoy; el punto dice cuánto se aparta: a la derecha más, a la "
            "izquierda menos. Las cantidades se miden en porcentaje de lo publicado y comparten "
            "una escala; las tasas, en puntos porcentuales, otra. El crédito movido es la parte "
            "de las compras que pasaría de un tráfico a otro."
        ),
        (
            "Each row is the same history told anew with one setting changed. The upright line is "
            "what is published today; the dot says how far it moves: to the right more, to the "
            "left less. Counts are measured as a percentage of what is published and share one "
            "scale; rates, in percentage points, another. Credit moved is the share of purchases "
            "that would go from one traffic to another."
        ),
    ),
    "moves.counts": ("Cantidades", "Counts"),
    "moves.rates": ("Tasas", "Rates"),
    "moves.credit": ("Atribución", "Attribution"),
    "moves.drop_off": ("Pérdida en {stage}", "Drop-off at {stage}"),
    "moves.today": ("hoy", "today"),
    "moves.same": ("igual", "same"),
    "moves.hidden": (
        "En pantallas angostas, lo que no aparece no cambia.",
        "On narrow screens, what is not shown does not change.",
    ),
    "moves.points": ("{change} pts", "{change} pts"),
    "figure.customers": ("Clientes", "Customers"),
    "figure.sessions": ("Sesiones", "Sessions"),
    "figure.journeys": ("Recorridos", "Journeys"),
    "figure.open": ("Abiertos", "Open"),
    "figure.conversions": ("Compras", "Purchases"),
    "figure.revenue": ("Ingresos", "Revenue"),
    "figure.conversion_rate": ("Conversión", "Conversion"),
    "figure.credit_moved": ("Crédito movido", "Credit moved"),
    "parameter.sessions.silence": ("Silencio de la sesión", "Silence of a session"),
    "parameter.journeys.silence": ("Silencio del recorrido", "Silence of a journey"),
    "parameter.journeys.after_silence": ("Silencio tras la compra", "Silence after a purchase"),
    "parameter.identity.mode": ("Reunir dispositivos", "Stitching of devices"),
    "parameter.attribution.lookback": ("Ventana de atribución", "Attribution window"),
    "the.sessions.silence": (
        "el silencio que cierra una sesión",
        "the silence that ends a session",
    ),
    "the.journeys.silence": (
        "el silencio que da por perdido un recorrido",
        "the silence after which a journey is given up",
    ),
    "the.journeys.after_silence": (
        "el silencio que cierra la historia tras la compra",
        "the silence that ends what follows a purchase",
    ),
    "the.identity.mode": (
        "cómo se reúnen los dispositivos de una persona",
        "how a person's devices are brought together",
    ),
    "the.attribution.lookback": ("la ventana de atribución", "the attribution window"),
    "says.sessions.silence": (
        "La pausa que cierra una sesión en línea.",
        "The pause that ends a session online.",
    ),
    "says.journeys.silence": (
        (
            "La pausa que da por perdido un recorrido sin compra. Cuidado: comprar se ve enseguida "
            "y perderse solo al final del silencio. Con uno más largo, más recorridos siguen "
            "abiertos y la conversión de los decididos parece más alta."
        ),
        (
            "The pause after which a journey without a purchase is given up. Beware: a purchase is "
            "seen at once, a loss only when the silence is over. With a longer one more journeys "
            "are still open, and the conversion of the decided looks higher."
        ),
    ),
    "says.journeys.after_silence": (
        "Cuánto se espera después de una compra por lo que venga de ella.",
        "How long one waits after a purchase for what comes of it.",
    ),
    "says.identity.mode": (
        (
            "De quién es lo que pasó en un dispositivo sin nombre. Sin reunirlos, quien mira en un "
            "dispositivo y compra con su nombre parece dos personas, y su compra no tiene visitas."
        ),
        (
            "Whose it is what happened on a device without a name. Left apart, someone who looks "
            "on a device and buys under a name seems to be two, and the purchase has no visits."
        ),
    ),
    "says.attribution.lookback": (
        "Cuánto antes de la compra puede haber comenzado una visita para ganar crédito.",
        "How long before the purchase a visit may have begun to earn credit.",
    ),
    "value.two_way": ("en ambos sentidos", "both ways"),
    "value.device_only": ("cada uno aparte", "each apart"),
    "value.last_person": ("última persona", "last person"),
    "value.none": ("sin límite", "no limit"),
    "unit.s": ("s", "s"),
    "unit.m": ("min", "min"),
    "unit.h": ("h", "h"),
    "unit.d": ("días", "days"),
    # Credit
    "credit.title": (
        "A qué tráfico se deben las compras",
        "Which traffic purchases are credited to",
    ),
    "credit.read": (
        (
            "La parte de todas las compras que gana cada tráfico. La marca llena es lo publicado "
            "por la última visita no directa; las otras, lo que dirían los demás. Una franja corta "
            "es firme; en una larga, la respuesta depende de la pregunta."
        ),
        (
            "The share of all purchases that each traffic earns. The full mark is what is "
            "published by the last visit that was not direct; the others are what the rest would "
            "say. A short band is firm; in a long one the answer hangs on the question."
        ),
    ),
    "credit.attribution.model": ("Según el modelo", "By model"),
    "credit.attribution.lookback": ("Según la ventana", "By window"),
    "credit.identity.mode": ("Según cómo se reúnen dispositivos", "By stitching of devices"),
    "credit.sessions.silence": ("Según el silencio de la sesión", "By silence of a session"),
    "credit.journeys.silence": ("Según el silencio del recorrido", "By silence of a journey"),
    "credit.journeys.after_silence": (
        "Según el silencio tras la compra",
        "By silence after a purchase",
    ),
    "credit.traffic": ("Tráfico", "Traffic"),
    "credit.today": ("Publicado", "Published"),
    "credit.least": ("Lo menos", "Least"),
    "credit.most": ("Lo más", "Most"),
    "credit.unattributed": ("sin atribuir", "unattributed"),
    "credit.more": ("y {more} tráficos menores", "and {more} lesser ones"),
    "credit.moved": (
        "Como mucho cambia de tráfico el {moved} del crédito ({value}).",
        "At most {moved} of the credit changes its traffic ({value}).",
    ),
    "model.first": ("primera visita", "first visit"),
    "model.last": ("última visita", "last visit"),
    "model.last_non_direct": ("última no directa", "last non-direct"),
    "model.linear": ("lineal", "linear"),
    "model.position": ("por posición", "by position"),
    "model.j": ("J", "J"),
    "model.inverse_j": ("J invertida", "inverse J"),
    "model.time_decay": ("decae con el tiempo", "time decay"),
    "model.markov_1": ("Markov 1", "Markov 1"),
    "model.markov_2": ("Markov 2", "Markov 2"),
    "model.markov_3": ("Markov 3", "Markov 3"),
    "model.shapley": ("Shapley", "Shapley"),
    # Glossary
    "glossary.title": ("Glosario", "Glossary"),
    "glossary.decided": ("Conversión", "Conversion"),
    "glossary.decided_says": (
        "Recorridos que compraron, de todos los que compraron o se perdieron.",
        "Journeys that bought, of all that bought or dropped out.",
    ),
    "glossary.drop_off": ("Pérdida", "Drop-off"),
    "glossary.drop_off_says": (
        "Perdidos en la etapa, de todos los que llegaron a ella y ya no están abiertos ahí.",
        "Dropped at the stage, of all that came to it and are no longer open there.",
    ),
    "glossary.moved": ("Crédito movido", "Credit moved"),
    "glossary.moved_says": (
        "La parte de las compras que pasa de un tráfico a otro.",
        "The share of purchases that goes from one traffic to another.",
    ),
}
_LENGTH = re.compile(r"(\d+)([smhd])")


def word(language: Language, key: str, **figures: str) -> str:
    """Say a text, with its figures in their places."""
    spanish, english = WORDS[key]
    return (spanish if language == "es" else english).format(**figures)


def value_word(language: Language, value: str) -> str:
    """Name a value that was tried: a length of time, a way to stitch, a model."""
    if length := _LENGTH.fullmatch(value):
        return f"{length[1]}\u00a0{word(language, f'unit.{length[2]}')}"
    key = next((f"{kind}.{value}" for kind in ("value", "model") if f"{kind}.{value}" in WORDS), "")
    return word(language, key) if key else value
